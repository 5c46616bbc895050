//! Files that are there whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Its owner: it holds personal data.
    Owner,
    /// Everybody: it is meant to be published.
    Everybody,
}

impl Readers {
    const fn file_mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Everybody => 0o644,
        }
    }

    const fn folder_mode(self) -> u32 {
        match self {
            Self::Owner => 0o700,
            Self::Everybody => 0o755,
        }
    }
}

/// Makes a folder and those above it.
pub(super) fn make_folder(path: &Path, readers: Readers) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(readers.folder_mode()).create(path)
}

/// A file being written beside its final name.
#[derive(Debug)]
pub(super) struct Draft {
    file: File,
    beside: PathBuf,
    path: PathBuf,
}

impl Draft {
    /// Starts the file of that name in a folder; a name that is not plain is `InvalidInput`, so that none can lead
    /// out of the folder.
    pub(super) fn new(folder: &Path, name: &str, readers: Readers) -> io::Result<Self> {
        if !is_plain_name(name) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let beside = folder.join(format!(".{name}.draft"));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(readers.file_mode())
            .open(&beside)?;
        Ok(Self { file, beside, path: folder.join(name) })
    }

    /// The file, to write to.
    pub(super) const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes the bytes safe and gives the file its name. The name itself is safe after [`sync_folder`].
    pub(super) fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.beside, &self.path)
    }
}

/// Writes several files of one folder and makes them safe together: all bytes first, then all syncs, so that the
/// disk's own journal is flushed once for many.
pub(super) fn write_all(
    folder: &Path,
    files: &[(String, &[u8])],
    readers: Readers,
) -> Vec<io::Result<()>> {
    let drafts: Vec<io::Result<Draft>> = files
        .iter()
        .map(|(name, bytes)| {
            let mut draft = Draft::new(folder, name, readers)?;
            draft.file().write_all(bytes)?;
            Ok(draft)
        })
        .collect();
    let written: Vec<io::Result<()>> =
        drafts.into_iter().map(|draft| draft.and_then(Draft::finish)).collect();
    match sync_folder(folder) {
        Ok(()) => written,
        Err(error) => files.iter().map(|_| Err(io::Error::from(error.kind()))).collect(),
    }
}

/// Makes the names in a folder safe.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Whether a text can be a file's name as it is.
pub(super) fn is_plain_name(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@');
    (1..=128).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(plain)
}
