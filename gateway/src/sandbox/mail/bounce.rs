//! Mails that come back, as a relay would report them (RFC 3464).

use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// A mail to be sent back.
#[derive(Debug, Clone)]
pub(super) struct Returned {
    pub(super) return_path: String,
    pub(super) recipient: String,
    pub(super) message_id: String,
    /// The mail's own `Date`, used for the report too: the sandbox has no clock.
    pub(super) date: String,
}

impl Returned {
    /// Puts the report into a maildir. The same mail gives the same file.
    pub(super) fn write_to(&self, maildir: &Path) -> io::Result<()> {
        let name = self.file_name();
        for folder in ["tmp", "new", "cur"] {
            fs::create_dir_all(maildir.join(folder))?;
        }
        let draft = maildir.join("tmp").join(&name);
        fs::write(&draft, self.report())?;
        fs::rename(draft, maildir.join("new").join(name))
    }

    fn file_name(&self) -> String {
        let digest = Sha256::digest(self.message_id.as_bytes());
        digest
            .iter()
            .take(12)
            .fold(String::from("report-"), |name, byte| format!("{name}{byte:02x}"))
    }

    fn report(&self) -> String {
        let Self { return_path, recipient, message_id, date } = self;
        format!(
            "Return-Path: <>\r\nDelivered-To: {return_path}\r\nDate: {date}\r\n\
             From: MAILER-DAEMON@sandbox.invalid (Mail Delivery System)\r\nTo: {return_path}\r\n\
             Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"sandbox/report\"\r\n\r\n\
             --sandbox/report\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
             The mail system could not deliver your message.\r\n\r\n\
             --sandbox/report\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; sandbox.invalid\r\n\r\n\
             Final-Recipient: rfc822; {recipient}\r\nOriginal-Recipient: rfc822;{recipient}\r\n\
             Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown user\r\n\
             Last-Attempt-Date: {date}\r\n\r\n\
             --sandbox/report\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message_id}>\r\n\r\n\
             --sandbox/report--\r\n"
        )
    }
}
