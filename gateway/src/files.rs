//! Rungs with no network: letters to print, postings to publish, mails into a maildir, lists as JSON lines.
//!
//! | route | writes | provider id |
//! |---|---|---|
//! | [`letters`] | one page per letter, and all of them in `letters.html` | the file's name |
//! | [`posting`] | public pages, and `index.html` with the days each stands | the page's name, `#`, the reference |
//! | [`maildir`] | one message per mail | the file's name |
//! | [`json_lines`] | one line per record, in a file per batch | the file's name, `#`, the reference |
//!
//! `Accepted` means that the bytes are on the disk, synced. Everything is named after the attempt's reference, so that
//! the same submission again writes the same file again and adds nothing. Files are readable by their owner only, postings
//! by everybody.

mod disk;
mod json_lines;
mod letters;
mod maildir;
mod posting;
mod writer;

pub use json_lines::{Record, json_lines};
pub use letters::{Letter, letters};
pub use maildir::{FiledMail, maildir};
pub use posting::{Posting, posting};

#[cfg(test)]
mod tests;
