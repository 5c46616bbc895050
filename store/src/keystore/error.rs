//! Why a key could not be had.

use std::path::PathBuf;

use super::Domain;
use crate::seal::SealError;

/// Why a key could not be had.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// A file or folder did not do what was asked.
    #[error("cannot {what} {}", path.display())]
    File {
        /// What was tried: `read`, `write`, `create`, `remove`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the machine said.
        source: std::io::Error,
    },
    /// Others than the owner may read the root key.
    #[error(
        "the root key {} may be read by others (mode {mode:04o}); run: chmod 600 {}",
        path.display(),
        path.display()
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The root key is not 64 hexadecimal digits.
    #[error("the root key from {origin} is not 64 hexadecimal digits")]
    RootKeyForm {
        /// Where it came from.
        origin: String,
    },
    /// The command or variable gave no root key.
    #[error("no root key from {origin}")]
    NoRootKey {
        /// Where it should have come from.
        origin: String,
    },
    /// The domain has no key: never made, or destroyed.
    #[error("there is no key for {domain}; it was never made, or it was destroyed")]
    NoKey {
        /// The domain.
        domain: Domain,
    },
    /// The domain has a key already.
    #[error("there is a key for {domain} already")]
    Exists {
        /// The domain.
        domain: Domain,
    },
    /// This process holds some keys, and not this one.
    #[error(
        "this process does not hold the key for {domain}; it opened some keys and let the root key go"
    )]
    NotHeld {
        /// The domain.
        domain: Domain,
    },
    /// This process let the root key go.
    #[error("this process cannot {what}: it opened some keys and let the root key go")]
    Narrowed {
        /// What was tried.
        what: &'static str,
    },
    /// The key file does not open under this root key, or was altered.
    #[error("the key of {domain} does not open under this root key, or its file was altered")]
    Unwrap {
        /// The domain.
        domain: Domain,
    },
    /// Keys could not be derived.
    #[error("cannot derive the keys of {domain}")]
    Derive {
        /// The domain.
        domain: Domain,
        /// Why.
        source: SealError,
    },
    /// The machine's random source failed.
    #[error("the random source failed")]
    Random,
    /// The two recipients of a backup are one.
    #[error("a backup needs two different recipients")]
    OneRecipient,
    /// A backup could not be written.
    #[error("cannot write the backup")]
    Backup(#[source] std::io::Error),
    /// A backup could not be opened with this identity.
    #[error("this identity does not open the backup")]
    NotForIdentity,
    /// What the backup holds makes no sense.
    #[error("the backup is damaged at line {line}")]
    Damaged {
        /// The line, from 1.
        line: usize,
    },
    /// The backup has no key that it must have.
    #[error("the backup has no key for {domain}")]
    Lacks {
        /// The domain.
        domain: Domain,
    },
    /// A key in the backup differs from the one here.
    #[error("the backup has another key for {domain} than this keystore")]
    Differs {
        /// The domain.
        domain: Domain,
    },
}

impl KeystoreError {
    pub(super) fn is_io(&self, kind: std::io::ErrorKind) -> bool {
        matches!(self, Self::File { source, .. } if source.kind() == kind)
    }
}
