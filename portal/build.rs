//! Embeds the files a page loads: each under a name with its hash, with a Brotli and a gzip twin.
//!
//! The folder `pages/assets` always; with the feature `browser` also what `scripts/wasm.sh build`
//! made. Nothing is compressed while serving.

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
/// Hexadecimal digits of the hash in a name.
const HASH: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    let mut told = std::io::stdout();
    writeln!(told, "cargo::rerun-if-changed=build.rs")?;
    writeln!(told, "cargo::rerun-if-changed={OWN}")?;
    let mut files = own()?;
    if cfg!(feature = "browser") {
        for (package, names) in PACKAGES {
            for file in
                names.map(|name| Path::new("../target/npm").join(package).join("web").join(name))
            {
                writeln!(told, "cargo::rerun-if-changed={}", file.display())?;
                if !file.is_file() {
                    let file = file.display();
                    writeln!(
                        told,
                        "cargo::error={file} is missing; make it with: scripts/wasm.sh build"
                    )?;
                    return Err("the browser packages are not built".into());
                }
                files.push(file);
            }
        }
    }
    let mut table = String::from("&[\n");
    for (at, file) in files.iter().enumerate() {
        table.push_str(&embed(&out, at, file)?);
    }
    table.push_str("]\n");
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// Our own files by name: the same order on every machine.
fn own() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(OWN).map_err(|error| format!("{OWN}: {error}"))? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            files.push(entry.path());
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Writes a file and its twins into `out`; gives its row of the table.
fn embed(out: &Path, at: usize, file: &Path) -> Result<String, Box<dyn Error>> {
    let name = file.file_name().and_then(|name| name.to_str()).ok_or("a name is no text")?;
    let (stem, ending) = name.rsplit_once('.').ok_or_else(|| format!("{name} has no ending"))?;
    let content_type = content_type(ending).ok_or_else(|| format!("{name}: which type is it?"))?;
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let hash = Sha256::digest(&bytes);
    let sha256 = hash.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    let short = sha256.get(..HASH).ok_or("a short hash")?;
    fs::write(out.join(at.to_string()), &bytes)?;
    let br = twin(out, &format!("{at}.br"), &bytes, &brotli(&bytes)?)?;
    let gz = twin(out, &format!("{at}.gz"), &bytes, &gzip(&bytes)?)?;
    Ok(format!(
        "Asset {{ name: {name:?}, path: \"/a/{stem}.{short}.{ending}\", content_type: {content_type:?}, \
         bytes: {plain}, br: {br}, gz: {gz}, sha256: {sha256:?} }},\n",
        plain = include(&at.to_string()),
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
