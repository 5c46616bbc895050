//! Embeds the files a page loads: each under a name with its hash, with a Brotli and a gzip twin.
//!
//! The folder `pages/assets` always; with the feature `browser` also what `scripts/wasm.sh build`
//! made. Nothing is compressed while serving.
//!
//! The agency's files are a second set. Its modules name each other, so the set lies in one folder named by the hash of all,
//! and each file keeps its name in it.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

/// Our own files.
const OWN: &str = "pages/assets";
/// The packages for the browser, and what of them a page loads.
const PACKAGES: [(&str, [&str; 2]); 2] =
    [("check", ["check.js", "check_bg.wasm"]), ("matcher", ["matcher.js", "matcher_bg.wasm"])];
/// The agency's own files.
const AGENCY: &str = "pages/agency/assets";
/// Where `scripts/wasm.sh build` puts the reader of bar codes.
const READER: &str = "../target/npm/reader/node_modules/zxing-wasm";
/// What of the reader a page loads, and under which name. Its licence goes with it.
const READS: [(&str, &str); 4] = [
    ("LICENSE", "zxing/LICENSE.txt"),
    ("dist/es/reader/index.js", "zxing/reader/index.js"),
    ("dist/es/share.js", "zxing/share.js"),
    ("dist/reader/zxing_reader.wasm", "zxing/zxing_reader.wasm"),
];
/// Hexadecimal digits of the hash in a name.
const HASH: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    let mut told = std::io::stdout();
    writeln!(told, "cargo::rerun-if-changed=build.rs")?;
    for folder in [OWN, AGENCY] {
        writeln!(told, "cargo::rerun-if-changed={folder}")?;
    }
    public(&out)?;
    agency(&out)
}

/// The files of the public surface, each named by its own hash.
fn public(out: &Path) -> Result<(), Box<dyn Error>> {
    let mut files = own(OWN)?;
    if cfg!(feature = "browser") {
        for (package, names) in PACKAGES {
            let folder = Path::new("../target/npm").join(package).join("web");
            for name in names {
                files.push(made(folder.join(name))?);
            }
        }
    }
    let mut table = String::from("&[\n");
    for (at, file) in files.iter().enumerate() {
        let name = name_of(file)?;
        let (stem, ending) =
            name.rsplit_once('.').ok_or_else(|| format!("{name} has no ending"))?;
        let bytes = read(file)?;
        let path = format!("/a/{stem}.{}.{ending}", short(&sha256(&bytes))?);
        table.push_str(&embed(out, &at.to_string(), name, &path, &bytes)?);
    }
    table.push_str("]\n");
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// The files of the agency's surface, in a folder named by the hash of all.
fn agency(out: &Path) -> Result<(), Box<dyn Error>> {
    let mut files = Vec::new();
    for file in own(AGENCY)? {
        files.push((name_of(&file)?.to_owned(), read(&file)?));
    }
    if cfg!(feature = "browser") {
        for (file, name) in READS {
            files.push((name.to_owned(), read(&made(Path::new(READER).join(file))?)?));
        }
    }
    let all = files.iter().fold(String::new(), |mut all, (name, bytes)| {
        // Writing to a string does not fail.
        let _ = writeln!(all, "{name} {}", sha256(bytes));
        all
    });
    let set = sha256(all.as_bytes());
    let folder = format!("/a/agency.{}", short(&set)?);
    let mut table = format!("(\"{folder}\", &[\n");
    for (at, (name, bytes)) in files.iter().enumerate() {
        let path = format!("{folder}/{name}");
        table.push_str(&embed(out, &format!("agency.{at}"), name, &path, bytes)?);
    }
    table.push_str("])\n");
    fs::write(out.join("agency.rs"), table)?;
    Ok(())
}

/// A file that another build made.
fn made(file: PathBuf) -> Result<PathBuf, Box<dyn Error>> {
    let mut told = std::io::stdout();
    writeln!(told, "cargo::rerun-if-changed={}", file.display())?;
    if file.is_file() {
        return Ok(file);
    }
    let missing = file.display();
    writeln!(told, "cargo::error={missing} is missing; make it with: scripts/wasm.sh build")?;
    Err("the browser packages are not built".into())
}

fn name_of(file: &Path) -> Result<&str, Box<dyn Error>> {
    Ok(file.file_name().and_then(|name| name.to_str()).ok_or("a name is no text")?)
}

fn read(file: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?)
}

/// SHA-256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn short(hash: &str) -> Result<&str, Box<dyn Error>> {
    Ok(hash.get(..HASH).ok_or("a short hash")?)
}

/// Our own files of a folder by name: the same order on every machine.
fn own(folder: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            files.push(entry.path());
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Writes a file and its twins into `out` under `stored`; gives its row of a table.
fn embed(
    out: &Path,
    stored: &str,
    name: &str,
    path: &str,
    bytes: &[u8],
) -> Result<String, Box<dyn Error>> {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let content_type = content_type(ending).ok_or_else(|| format!("{name}: which type is it?"))?;
    fs::write(out.join(stored), bytes)?;
    let br = twin(out, &format!("{stored}.br"), bytes, &brotli(bytes)?)?;
    let gz = twin(out, &format!("{stored}.gz"), bytes, &gzip(bytes)?)?;
    Ok(format!(
        "Asset {{ name: {name:?}, path: {path:?}, content_type: {content_type:?}, \
         bytes: {plain}, br: {br}, gz: {gz}, sha256: {sha256:?} }},\n",
        plain = include(stored),
        sha256 = sha256(bytes),
    ))
}

/// Only a twin that is smaller is kept.
fn twin(out: &Path, name: &str, bytes: &[u8], packed: &[u8]) -> Result<String, Box<dyn Error>> {
    if packed.len() >= bytes.len() {
        return Ok("None".to_owned());
    }
    fs::write(out.join(name), packed)?;
    Ok(format!("Some({})", include(name)))
}

fn include(name: &str) -> String {
    format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\"))")
}

fn content_type(ending: &str) -> Option<&'static str> {
    match ending {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
        "wasm" => Some("application/wasm"),
        _ => None,
    }
}

fn brotli(mut bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let best = brotli::enc::BrotliEncoderParams {
        quality: 11,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut packed, &best)?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packed = GzBuilder::new().write(Vec::new(), Compression::best());
    packed.write_all(bytes)?;
    packed.finish()
}
