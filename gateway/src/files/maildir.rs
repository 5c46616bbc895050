//! Mails into a maildir, for somebody else's sender to pick up.

use std::path::{Path, PathBuf};

use super::disk::Readers;
use super::writer::{self, Shelf};
use crate::mail::Mail;
use crate::route::{Outcome, Route, RouteError};

/// A mail for a maildir.
#[derive(Debug, Clone)]
pub struct FiledMail(pub Mail);

/// A route that puts each mail into `new/` of a maildir, with a `Return-Path` and `X-Envelope-To` line in front, since
/// a file has no envelope.
pub fn maildir(path: &Path) -> Result<Route<FiledMail>, RouteError> {
    for folder in ["tmp", "new", "cur"] {
        writer::open_folder(&path.join(folder), Readers::Owner)?;
    }
    Ok(writer::start(Maildir { new: path.join("new") }))
}

#[derive(Debug)]
struct Maildir {
    new: PathBuf,
}

impl Shelf for Maildir {
    type Item = FiledMail;

    fn put(&mut self, items: &[FiledMail]) -> Vec<Outcome> {
        let bytes: Vec<Vec<u8>> = items.iter().map(|FiledMail(mail)| with_envelope(mail)).collect();
        let files: Vec<(String, &[u8])> = items
            .iter()
            .zip(&bytes)
            .map(|(FiledMail(mail), bytes)| (mail.provider_id().to_owned(), bytes.as_slice()))
            .collect();
        writer::put_files(&self.new, &files, Readers::Owner)
    }
}

fn with_envelope(mail: &Mail) -> Vec<u8> {
    let mut bytes = format!(
        "Return-Path: <{}>\r\nX-Envelope-To: <{}>\r\n",
        mail.return_path(),
        mail.recipient()
    )
    .into_bytes();
    bytes.extend_from_slice(mail.bytes());
    bytes
}
