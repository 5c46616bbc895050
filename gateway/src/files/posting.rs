//! The public posting: pages that stand for a time, and an index that says from when to when.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk::{self, Readers};
use super::writer::{self, Shelf};
use crate::route::{Outcome, Route, RouteError};

/// A page to publish. It names nobody: many attempts share one page.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The attempt's text form.
    pub reference: String,
    /// The page's name, such as `hb-2025-09-r3-ko`.
    pub page: String,
    /// Its title in the index.
    pub title: String,
    /// The whole HTML page.
    pub html: String,
    /// The first day it stands.
    pub from: NaiveDate,
    /// The last day it stands.
    pub until: NaiveDate,
}

/// What is written beside a page, as evidence and to make the index from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    title: String,
    from: NaiveDate,
    until: NaiveDate,
    sha256: String,
}

/// A route that writes `<folder>/<page>.html`, a `<page>.json` with its days and hash, and `index.html` over all pages.
///
/// The same page again is written only if it differs; its first day never moves later and its last never earlier, so
/// that nobody's posting is cut short by another's.
pub fn posting(folder: &Path) -> Result<Route<Posting>, RouteError> {
    writer::open_folder(folder, Readers::Everybody)?;
    Ok(writer::start(Postings { folder: folder.to_owned() }))
}

#[derive(Debug)]
struct Postings {
    folder: PathBuf,
}

impl Shelf for Postings {
    type Item = Posting;

    fn put(&mut self, items: &[Posting]) -> Vec<Outcome> {
        let mut changed = false;
        let published: Vec<io::Result<()>> =
            items.iter().map(|item| self.publish(item).map(|new| changed |= new)).collect();
        let index = if changed { self.write_index() } else { Ok(()) };
        let outcome = |(item, result): (&Posting, io::Result<()>)| match (result, &index) {
            (Ok(()), Ok(())) => Outcome::Accepted {
                provider_ids: vec![format!("{}.html#{}", item.page, item.reference)],
            },
            (Err(error), _) => writer::failed(&error),
            (Ok(()), Err(error)) => writer::failed(error),
        };
        items.iter().zip(published).map(outcome).collect()
    }

    fn close(&mut self) -> io::Result<()> {
        self.write_index()
    }
}

impl Postings {
    /// Writes a page if it is new or different; true if it was.
    fn publish(&self, item: &Posting) -> io::Result<bool> {
        if item.until < item.from || !disk::is_plain_name(&item.page) || item.page == "index" {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let before = self.standing(&format!("{}.json", item.page));
        let now = Standing {
            title: item.title.clone(),
            from: before.as_ref().map_or(item.from, |before| before.from.min(item.from)),
            until: before.as_ref().map_or(item.until, |before| before.until.max(item.until)),
            sha256: hex_sha256(item.html.as_bytes()),
        };
        let page = format!("{}.html", item.page);
        if before.as_ref() == Some(&now) && self.folder.join(&page).exists() {
            return Ok(false);
        }
        let facts = serde_json::to_vec_pretty(&now).map_err(io::Error::other)?;
        let files =
            [(page, item.html.as_bytes()), (format!("{}.json", item.page), facts.as_slice())];
        for result in disk::write_all(&self.folder, &files, Readers::Everybody) {
            result?;
        }
        Ok(true)
    }

    fn standing(&self, name: &str) -> Option<Standing> {
        let bytes = fs::read(self.folder.join(name)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn write_index(&self) -> io::Result<()> {
        let mut pages = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let standing = name.strip_suffix(".json").zip(self.standing(&name));
            pages.extend(standing.map(|(page, standing)| (page.to_owned(), standing)));
        }
        pages.sort_by(|a, b| (a.1.from, &a.0).cmp(&(b.1.from, &b.0)));
        let index = index_page(&pages);
        let files = [("index.html".to_owned(), index.as_bytes())];
        disk::write_all(&self.folder, &files, Readers::Everybody).into_iter().collect()
    }
}

fn index_page(pages: &[(String, Standing)]) -> String {
    let mut html = String::from(
        "<!doctype html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>개인정보 유출 공고</title>\n</head>\n<body>\n<h1>개인정보 유출 공고</h1>\n<ul>\n",
    );
    for (page, Standing { title, from, until, .. }) in pages {
        // Writing to a String cannot fail.
        let _ = writeln!(
            html,
            "<li><a href=\"{page}.html\">{}</a> \
             <time datetime=\"{from}\">{from}</time> – <time datetime=\"{until}\">{until}</time></li>",
            escaped(title)
        );
    }
    html.push_str("</ul>\n</body>\n</html>\n");
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
