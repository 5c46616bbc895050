//! Files that a page loads: style, script, pictures and, with the feature `browser`, the modules for
//! the browser. Embedded, compressed and named by their hash when the program is built, so that a
//! browser may keep each for ever.

use std::fmt;

/// One file.
pub struct Asset {
    /// What it is called in the sources, such as `portal.js`.
    pub name: &'static str,
    /// Where it is served, with the start of its hash: `/a/portal.0123456789ab.js`.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
    /// The same in Brotli, if that is smaller.
    pub br: Option<&'static [u8]>,
    /// The same in gzip, if that is smaller.
    pub gz: Option<&'static [u8]>,
    /// SHA-256 of `bytes`, hexadecimal.
    pub sha256: &'static str,
}

impl fmt::Debug for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Asset({}, {} bytes)", self.path, self.bytes.len())
    }
}

impl Asset {
    /// Bytes that a browser loads at least: of Brotli, where there is such a twin.
    pub fn least(&self) -> usize {
        self.br.unwrap_or(self.bytes).len()
    }
}

static ALL: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The folder that the agency's files lie in, and the files: our own by name, then the reader of bar codes.
static AGENCY: (&str, &[Asset]) = include!(concat!(env!("OUT_DIR"), "/agency.rs"));

/// The folder of the agency's files, such as `/a/agency.0123456789ab`. Another content is another folder.
pub const fn agency_folder() -> &'static str {
    AGENCY.0
}

/// The files of the agency's surface. The reader of bar codes (`zxing/…`) is there with the feature `browser` only.
pub const fn agency() -> &'static [Asset] {
    AGENCY.1
}

/// All files of the public surface: our own by name, then those of the browser packages.
pub const fn all() -> &'static [Asset] {
    ALL
}

/// The file at a path of a request, such as `/a/portal.0123456789ab.js`.
pub fn find(path: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.path == path)
}

/// The file of a name, for the page that writes its path. The modules for the browser (`check.js`,
/// `check_bg.wasm`, `matcher.js`, `matcher_bg.wasm`) are there with the feature `browser` only.
pub fn named(name: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Read as _;

    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn a_file_is_found_by_its_name_and_by_its_path() {
        for asset in all() {
            assert_eq!(named(asset.name).map(|found| found.path), Some(asset.path));
            assert_eq!(find(asset.path).map(|found| found.name), Some(asset.name));
            assert_eq!(find(&format!("/a/{}", asset.name)).map(|found| found.name), None);
        }
        let paths: BTreeSet<_> = all().iter().map(|asset| asset.path).collect();
        assert_eq!(paths.len(), all().len());
    }

    #[test]
    fn a_path_holds_the_start_of_the_hash() {
        for asset in all().iter().chain(agency()) {
            let hash = Sha256::digest(asset.bytes);
            let hex = hash.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            assert_eq!(asset.sha256, hex);
        }
        for asset in all() {
            let short = asset.sha256.get(..12).unwrap();
            assert!(asset.path.contains(&format!(".{short}.")), "{}", asset.path);
        }
        for asset in agency() {
            assert_eq!(asset.path, format!("{}/{}", agency_folder(), asset.name));
        }
    }

    #[test]
    fn the_twins_unpack_to_the_same_bytes() {
        for asset in all().iter().chain(agency()) {
            if let Some(br) = asset.br {
                let mut plain = Vec::new();
                brotli::Decompressor::new(br, 4096).read_to_end(&mut plain).unwrap();
                assert_eq!(plain, asset.bytes, "{}", asset.name);
                assert!(br.len() < asset.bytes.len(), "{}", asset.name);
            }
            if let Some(gz) = asset.gz {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(gz).read_to_end(&mut plain).unwrap();
                assert_eq!(plain, asset.bytes, "{}", asset.name);
                assert!(gz.len() < asset.bytes.len(), "{}", asset.name);
            }
        }
    }

    #[test]
    fn the_browser_modules_are_there_with_their_feature_alone() {
        for name in ["check.js", "check_bg.wasm", "matcher.js", "matcher_bg.wasm"] {
            assert_eq!(named(name).is_some(), cfg!(feature = "browser"), "{name}");
        }
        let reader = agency().iter().filter(|asset| asset.name.starts_with("zxing/"));
        assert_eq!(reader.count() > 0, cfg!(feature = "browser"));
    }

    /// Everything that a browser loads on a first visit; the page itself goes out as it is.
    #[cfg(feature = "browser")]
    #[test]
    fn a_first_visit_is_small() {
        use simrecall_core::notice::Language;

        use crate::pages::tests::fixture::public;

        /// Bytes in all.
        const MOST: usize = 60 * 1024;
        let names = ["portal.css", "portal.js", "check.js", "check_bg.wasm"];
        let files: usize = names.iter().map(|name| named(name).unwrap().least()).sum();
        let pages = super::super::Pages::new(None, super::super::tests::TERMS).unwrap();
        for language in Language::ALL {
            let page = pages.start(language, &public()).len();
            let all = page + files;
            println!("{}: page {page}, files {files}, of {MOST} bytes", language.tag());
            assert!(all <= MOST, "{}: {all} bytes", language.tag());
        }
    }
}
