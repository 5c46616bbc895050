//! What was refused, beside the file it was refused from.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::problem::{self, Result};

/// One refusal. It names the place and the reason, never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The row; the header is row 1.
    pub row: u64,
    /// The column; empty if the whole row is refused.
    pub column: &'static str,
    /// A word that never changes.
    pub code: &'static str,
    /// The same in plain words.
    pub text: String,
}

/// Writes `<file>.rejects.csv`. The file appears when it is whole; without a reject none appears, and an older one goes.
#[derive(Debug)]
pub struct Rejects {
    path: PathBuf,
    draft: Option<(PathBuf, BufWriter<File>)>,
    count: u64,
}

/// The name of a file's list of rejects.
pub fn rejects_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".rejects.csv");
    PathBuf::from(name)
}

impl Rejects {
    /// Rejects of the file at `path`.
    pub fn beside(path: &Path) -> Self {
        Self { path: rejects_path(path), draft: None, count: 0 }
    }

    /// Adds one.
    pub fn write(&mut self, reject: &Reject) -> Result<()> {
        self.count += 1;
        self.try_write(reject).map_err(|error| problem::file(&self.path, error))
    }

    /// How many there are so far.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Finishes the file, and says where it is if there was anything to refuse.
    pub fn finish(mut self) -> Result<Option<PathBuf>> {
        let path = self.path.clone();
        self.try_finish().map_err(|error| problem::file(&path, error))?;
        Ok((self.count > 0).then_some(path))
    }

    fn try_write(&mut self, reject: &Reject) -> io::Result<()> {
        let draft = match self.draft.take() {
            Some(draft) => draft,
            None => self.start()?,
        };
        let (_, out) = self.draft.insert(draft);
        let Reject { row, column, code, text } = reject;
        writeln!(out, "{row},{column},{code},\"{}\"", text.replace('"', "\"\""))
    }

    fn start(&self) -> io::Result<(PathBuf, BufWriter<File>)> {
        let mut name = self.path.clone().into_os_string();
        name.push(".draft");
        let draft = PathBuf::from(name);
        let file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        let mut out = BufWriter::new(file);
        out.write_all(b"row,column,code,reason\n")?;
        Ok((draft, out))
    }

    fn try_finish(&mut self) -> io::Result<()> {
        let Some((draft, out)) = self.draft.take() else {
            return match fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        };
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(draft, &self.path)
    }
}

impl Drop for Rejects {
    /// An unfinished draft is of no use to anybody.
    fn drop(&mut self) {
        if let Some((draft, out)) = self.draft.take() {
            drop(out);
            drop(fs::remove_file(draft));
        }
    }
}
