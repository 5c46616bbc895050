//! Letters, ready to print.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use simrecall_core::id::AttemptKey;

use super::disk::{self, Draft, Readers};
use super::writer::{self, Shelf};
use crate::route::{Outcome, Route, RouteError};

/// The file that holds a whole batch.
const COMBINED: &str = "letters.html";

/// One letter.
#[derive(Clone)]
pub struct Letter {
    /// The attempt's text form; names the file.
    pub reference: String,
    /// A whole HTML page; personal.
    pub html: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("reference", &self.reference).finish_non_exhaustive()
    }
}

/// A route that writes `<folder>/<batch>/<reference>.html`, and `letters.html` beside them when it ends.
///
/// The combined file is made from what lies in the folder, in plan order: after a crash the next run completes it.
pub fn letters(folder: &Path, batch: &str) -> Result<Route<Letter>, RouteError> {
    if !disk::is_plain_name(batch) {
        return Err(RouteError::Setting {
            what: "a batch of letters needs a plain name".to_owned(),
        });
    }
    let folder = folder.join(batch);
    writer::open_folder(&folder, Readers::Owner)?;
    Ok(writer::start(Letters { folder }))
}

#[derive(Debug)]
struct Letters {
    folder: PathBuf,
}

impl Shelf for Letters {
    type Item = Letter;

    fn put(&mut self, items: &[Letter]) -> Vec<Outcome> {
        let files: Vec<(String, &[u8])> = items
            .iter()
            .map(|letter| (format!("{}.html", letter.reference), letter.html.as_bytes()))
            .collect();
        writer::put_files(&self.folder, &files, Readers::Owner)
    }

    fn close(&mut self) -> io::Result<()> {
        combine(&self.folder)
    }
}

/// Writes all letters of a folder into one printable file, one letter in memory at a time.
fn combine(folder: &Path) -> io::Result<()> {
    let names = letters_in(folder)?;
    if names.is_empty() {
        return Ok(());
    }
    let mut draft = Draft::new(folder, COMBINED, Readers::Owner)?;
    let mut out = io::BufWriter::new(draft.file());
    out.write_all(b"<!doctype html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n")?;
    let mut styles = BTreeSet::new();
    for name in &names {
        let page = fs::read_to_string(folder.join(name))?;
        for style in style_blocks(&page) {
            if styles.insert(style.to_owned()) {
                writeln!(out, "<style>{style}</style>")?;
            }
        }
    }
    out.write_all(b"<style>.letter + .letter { break-before: page; }</style>\n</head>\n<body>\n")?;
    for name in &names {
        let page = fs::read_to_string(folder.join(name))?;
        let language = attribute(&page, "lang").unwrap_or_default();
        writeln!(
            out,
            "<section class=\"letter\" lang=\"{language}\">\n{}\n</section>",
            body(&page)
        )?;
    }
    out.write_all(b"</body>\n</html>\n")?;
    out.flush()?;
    drop(out);
    draft.finish()?;
    disk::sync_folder(folder)
}

/// The letters of a folder in plan order; names that are no attempt's come last.
fn letters_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let stem = name.strip_suffix(".html").filter(|stem| !stem.starts_with('.'));
        if let Some(stem) = stem.filter(|_| name != COMBINED) {
            let key = AttemptKey::parse(stem).ok();
            names.push((key.is_none(), key, name));
        }
    }
    names.sort();
    Ok(names.into_iter().map(|(_, _, name)| name).collect())
}

fn style_blocks(page: &str) -> impl Iterator<Item = &str> {
    page.split("<style").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once('>')?;
        rest.split_once("</style>").map(|(style, _)| style)
    })
}

/// What stands between the body's tags; the whole text if it has none.
fn body(page: &str) -> &str {
    let inner = page.split_once("<body").and_then(|(_, rest)| rest.split_once('>'));
    let inner = inner.map_or(page, |(_, inner)| inner);
    inner.rsplit_once("</body>").map_or(inner, |(inner, _)| inner).trim()
}

/// A plain attribute of the `html` element.
fn attribute<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let (tag, _) = page.split_once("<html")?.1.split_once('>')?;
    let (_, value) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = value.split_once('"')?;
    value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-').then_some(value)
}
