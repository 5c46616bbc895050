//! Where the root key comes from.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::file::{self, failed, hex, unhex};
use super::{KeystoreError, Secret, random_key};

/// Where the root key is. It is 64 hexadecimal digits everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootKeySource {
    /// A file that only its owner may read.
    File(PathBuf),
    /// A command that prints it, for a key service: the program and its arguments, without a shell.
    Command(Vec<String>),
    /// An environment variable.
    Environment(String),
}

impl RootKeySource {
    /// Reads the key.
    pub(super) fn read(&self) -> Result<Secret, KeystoreError> {
        match self {
            Self::File(path) => {
                refuse_open_to_others(path)?;
                let text = Zeroizing::new(file::read(path)?);
                self.parse(&text)
            }
            Self::Command(argv) => self.parse(&self.run(argv)?),
            Self::Environment(name) => {
                let text = env::var(name).map_err(|_| self.none())?;
                self.parse(&Zeroizing::new(text))
            }
        }
    }

    /// Reads the key; a file that does not exist yet is made.
    pub(super) fn read_or_create(&self) -> Result<Secret, KeystoreError> {
        if let Self::File(path) = self
            && !path.exists()
        {
            if let Some(dir) = path.parent() {
                file::create_folder(dir)?;
            }
            let text = Zeroizing::new(format!("{}\n", *hex(&*random_key()?)));
            file::write_new(path, text.as_bytes())?;
        }
        self.read()
    }

    fn run(&self, argv: &[String]) -> Result<Zeroizing<String>, KeystoreError> {
        let (program, arguments) = argv.split_first().ok_or_else(|| self.none())?;
        let output = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|source| failed("run", Path::new(program), source))?;
        if !output.status.success() {
            return Err(self.none());
        }
        let bytes = Zeroizing::new(output.stdout);
        let text = std::str::from_utf8(&bytes).map_err(|_| self.form())?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    fn parse(&self, text: &str) -> Result<Secret, KeystoreError> {
        let bytes = unhex(text.trim()).ok_or_else(|| self.form())?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| self.form())?;
        Ok(Zeroizing::new(key))
    }

    fn form(&self) -> KeystoreError {
        KeystoreError::RootKeyForm { origin: self.origin() }
    }

    fn none(&self) -> KeystoreError {
        KeystoreError::NoRootKey { origin: self.origin() }
    }

    fn origin(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            // Arguments may hold secrets of their own.
            Self::Command(argv) => {
                format!("the command {}", argv.first().map_or("(none)", String::as_str))
            }
            Self::Environment(name) => format!("the environment variable {name}"),
        }
    }
}

fn refuse_open_to_others(path: &Path) -> Result<(), KeystoreError> {
    let metadata = fs::metadata(path).map_err(|source| failed("read", path, source))?;
    let mode = metadata.permissions().mode() & 0o7777;
    let of_others = mode & 0o077;
    if of_others == 0 {
        Ok(())
    } else {
        Err(KeystoreError::OpenToOthers { path: path.to_owned(), mode })
    }
}
