//! Mails that come back: delivery status reports (RFC 3464) out of a maildir.
//!
//! Which mail a report speaks of is told by the address it came to (`bounce+<reference>@host`), and only failing that by
//! the Message-ID in the copy it encloses. Every file is read once: it leaves `new/` for `cur/` after its receipt is
//! committed ([`Held::committed`]), and a file that says nothing we understand goes to `quarantine/` beside them, where
//! staff can look at it. No file is ever deleted.

mod maildir;
mod report;

pub use maildir::{Bounces, Held, IntakeError, read_maildir};
pub use report::{NotAReport, read_report};
