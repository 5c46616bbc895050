//! Key files: a line that says what they are, the domain, and the wrapped key in hexadecimal digits.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{Domain, KeystoreError, Secret};

const HEADING: &str = "simrecall key 1";

pub(super) fn create_folder(dir: &Path) -> Result<(), KeystoreError> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|source| failed("create", dir, source))
}

/// The text of a key file. The domain's name is bound to it, so files cannot be exchanged.
pub(super) fn wrap(root: &Secret, domain: Domain, key: &Secret) -> Result<String, KeystoreError> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|_| KeystoreError::Random)?;
    let name = domain.to_string();
    let mut wrapped = Zeroizing::new(key.to_vec());
    wrapping_key(root)
        .and_then(|root| {
            let nonce = Nonce::assume_unique_for_key(nonce);
            root.seal_in_place_append_tag(nonce, Aad::from(name.as_bytes()), &mut *wrapped).ok()
        })
        .ok_or(KeystoreError::Unwrap { domain })?;
    Ok(format!("{HEADING}\n{name}\n{}{}\n", *hex(&nonce), *hex(&wrapped)))
}

/// The key in a key file's text, if it is that domain's and the root key is the right one.
pub(super) fn unwrap(root: &Secret, domain: Domain, text: &str) -> Option<Secret> {
    let mut lines = text.lines();
    let name = domain.to_string();
    if lines.next() != Some(HEADING) || lines.next() != Some(name.as_str()) {
        return None;
    }
    let bytes = unhex(lines.next()?)?;
    let (nonce, wrapped) = bytes.split_first_chunk::<NONCE_LEN>()?;
    let mut wrapped = Zeroizing::new(wrapped.to_vec());
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let root = wrapping_key(root)?;
    let key = root.open_in_place(nonce, Aad::from(name.as_bytes()), &mut wrapped).ok()?;
    Some(Zeroizing::new(<[u8; 32]>::try_from(&*key).ok()?))
}

/// Writes a file that must not exist yet: whole and on disk, or not at all.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeystoreError> {
    let write = || -> io::Result<()> {
        let dir = path.parent().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let mut fresh = tempfile::Builder::new().prefix(".key-").tempfile_in(dir)?;
        fresh.write_all(bytes)?;
        fresh.as_file().sync_all()?;
        fresh.persist_noclobber(path).map_err(|refused| refused.error)?;
        File::open(dir)?.sync_all()
    };
    write().map_err(|source| failed("create", path, source))
}

pub(super) fn read(path: &Path) -> Result<String, KeystoreError> {
    fs::read_to_string(path).map_err(|source| failed("read", path, source))
}

/// Overwrites a key file before it removes it. On a disk that copies on write the old blocks may live on; the wrapping
/// by the root key is what protects them.
pub(super) fn destroy(path: &Path) -> Result<(), KeystoreError> {
    let remove = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
        file.write_all(&vec![b'0'; length])?;
        file.sync_all()?;
        fs::remove_file(path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    remove().map_err(|source| failed("remove", path, source))
}

/// The domains whose key files lie in a folder, in order; other files are none of ours.
pub(super) fn list(dir: &Path) -> Result<Vec<Domain>, KeystoreError> {
    let read = || -> io::Result<Vec<Domain>> {
        let mut domains = Vec::new();
        for entry in fs::read_dir(dir)? {
            let name = entry?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".key"));
            domains.extend(name.and_then(|name| name.parse::<Domain>().ok()));
        }
        domains.sort_unstable();
        Ok(domains)
    };
    read().map_err(|source| failed("read", dir, source))
}

pub(super) fn failed(what: &'static str, path: &Path, source: io::Error) -> KeystoreError {
    KeystoreError::File { what, path: path.to_owned(), source }
}

pub(super) fn hex(bytes: &[u8]) -> Zeroizing<String> {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]);
    // The room is taken at once: a String that grows leaves copies behind that nobody wipes.
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    text.extend(digits);
    text
}

pub(super) fn unhex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let digits = text.as_bytes().chunks_exact(2);
    let bytes: Option<Vec<u8>> =
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    bytes.map(Zeroizing::new)
}

fn wrapping_key(root: &Secret) -> Option<LessSafeKey> {
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &**root).ok()?))
}
