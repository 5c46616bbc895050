//! A file for somebody outside: sealed to them, and there once it is whole.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use age::x25519::Recipient;
use sha2::{Digest as _, Sha256};

use crate::problem::{self, Problem, Result};

/// Whom a file is for, and that it is not there yet.
pub(super) fn recipient(to: &str, file: &Path) -> Result<Recipient> {
    let recipient = to.trim().parse().map_err(|_| {
        Problem::input("recipient", "this is no age recipient")
            .hint("whoever opens the file makes one with age-keygen: age1…")
    })?;
    if file.exists() {
        return Err(Problem::input("exists", format!("{} is there already", file.display()))
            .hint("name a file that is not"));
    }
    Ok(recipient)
}

/// Writes the file; its SHA-256.
pub(super) fn write(file: &Path, to: &Recipient, plain: &str) -> Result<[u8; 32]> {
    let to: &dyn age::Recipient = to;
    let sealing = age::Encryptor::with_recipients(std::iter::once(to)).map_err(|error| {
        Problem::input("recipient", "nobody could open the file").caused_by(error)
    })?;
    let mut sealed = Vec::new();
    let failed = |error: std::io::Error| problem::file(file, error);
    let mut out = sealing.wrap_output(&mut sealed).map_err(failed)?;
    out.write_all(plain.as_bytes()).map_err(failed)?;
    out.finish().map_err(failed)?;
    let mut draft = file.as_os_str().to_owned();
    draft.push(".draft");
    let draft = PathBuf::from(draft);
    let options =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft);
    let mut out = options.map_err(failed)?;
    out.write_all(&sealed).and_then(|()| out.sync_all()).map_err(failed)?;
    std::fs::rename(&draft, file).map_err(failed)?;
    Ok(Sha256::digest(&sealed).into())
}
