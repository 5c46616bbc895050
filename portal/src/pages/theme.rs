//! How the pages look for a brand: names, colours whose contrast is checked, a logo.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use simrecall_core::notice::Language;
use simrecall_engine::{Problem, Result};

use super::asset::Asset;

/// Contrast of text, at least (WCAG 2.2, 1.4.3).
const CONTRAST: f64 = 4.5;
/// Bytes of a logo at most.
const LOGO: usize = 64 * 1024;
/// What `portal.css` puts behind text: the page and what stands out on it, by day and by night.
const LIGHT_GROUNDS: [&str; 2] = ["#ffffff", "#f1f4f7"];
const DARK_GROUNDS: [&str; 2] = ["#14181c", "#1f262c"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    logo: Option<String>,
    #[serde(default)]
    name: BTreeMap<String, String>,
    light: Colours,
    dark: Colours,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Colours {
    accent: String,
    on_accent: String,
}

/// A brand's looks, checked.
#[derive(Debug)]
pub(super) struct Theme {
    names: BTreeMap<&'static str, String>,
    colours: Asset,
    logo: Option<Asset>,
}

impl Theme {
    /// Our own.
    pub(super) fn built_in() -> Result<Self> {
        let logo = include_bytes!("../../pages/theme/mark.svg");
        Self::of(include_str!("../../pages/theme/theme.toml"), |_| Ok(logo.to_vec()))
    }

    /// A carrier's, with the logo beside it.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let unreadable = |path: &Path, error| {
            let what = format!("the theme {} cannot be read", path.display());
            Problem::configuration("theme", what).caused_by(error)
        };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
        Self::of(&text, |name| {
            let path = path.with_file_name(name);
            std::fs::read(&path).map_err(|error| unreadable(&path, error))
        })
    }

    fn of(text: &str, load: impl FnOnce(&str) -> Result<Vec<u8>>) -> Result<Self> {
        let file: File = toml::from_str(text)
            .map_err(|error| refused("the theme is not one").caused_by(error))?;
        let mut names = BTreeMap::new();
        for (tag, name) in file.name {
            let language = Language::parse(&tag).map_err(|error| {
                refused("theme: [name] has a language we lack").caused_by(error)
            })?;
            names.insert(language.tag(), name);
        }
        let light = file.light.css("light", LIGHT_GROUNDS)?;
        let dark = file.dark.css("dark", DARK_GROUNDS)?;
        let css = format!(
            ":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        );
        let logo = match file.logo {
            Some(name) => Some(logo(&name, load(&name)?)?),
            None => None,
        };
        Ok(Self {
            names,
            colours: kept("theme", "css", "text/css; charset=utf-8", css.into_bytes()),
            logo,
        })
    }

    /// The brand's name in a language, if the theme says one.
    pub(super) fn name(&self, language: Language) -> Option<&str> {
        self.names.get(language.tag()).map(String::as_str)
    }

    /// Where the colours are.
    pub(super) const fn colours(&self) -> &'static str {
        self.colours.path
    }

    /// Where the logo is.
    pub(super) fn logo(&self) -> Option<&'static str> {
        self.logo.as_ref().map(|logo| logo.path)
    }

    /// The file at a path.
    pub(super) fn asset(&self, path: &str) -> Option<&Asset> {
        [Some(&self.colours), self.logo.as_ref()].into_iter().flatten().find(|one| one.path == path)
    }
}

impl Colours {
    fn css(&self, which: &str, grounds: [&str; 2]) -> Result<String> {
        let (accent, on_accent) = (luminance(&self.accent)?, luminance(&self.on_accent)?);
        for ground in grounds {
            enough(contrast(accent, luminance(ground)?), &format!("[{which}] accent on {ground}"))?;
        }
        enough(contrast(on_accent, accent), &format!("[{which}] on_accent on accent"))?;
        Ok(format!("--accent:{};--on-accent:{}", self.accent, self.on_accent))
    }
}

fn enough(contrast: f64, what: &str) -> Result<()> {
    if contrast >= CONTRAST {
        return Ok(());
    }
    let what = format!("theme: {what} has a contrast of {contrast:.1} to 1");
    Err(refused(&what).hint("text needs 4.5 to 1: take a darker or a lighter colour"))
}

/// Contrast of two luminances (WCAG 2.2).
fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance of `#rrggbb` (WCAG 2.2).
fn luminance(colour: &str) -> Result<f64> {
    let wrong = || refused("theme: a colour is not written #rrggbb");
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or_else(wrong)?;
    let part = |from: usize| -> Result<f64> {
        let digits = digits.get(from..from + 2).ok_or_else(wrong)?;
        let value = f64::from(u8::from_str_radix(digits, 16).map_err(|_| wrong())?) / 255.0;
        Ok(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    let (red, green, blue) = (part(0)?, part(2)?, part(4)?);
    Ok(0.2126f64.mul_add(red, 0.7152f64.mul_add(green, 0.0722 * blue)))
}

fn logo(name: &str, bytes: Vec<u8>) -> Result<Asset> {
    if bytes.len() > LOGO {
        return Err(refused("theme: the logo has more than 64 KiB"));
    }
    match Path::new(name).extension().and_then(|end| end.to_str()) {
        Some("svg") => Ok(kept("logo", "svg", "image/svg+xml", bytes)),
        Some("png") => Ok(kept("logo", "png", "image/png", bytes)),
        _ => Err(refused("theme: the logo is neither .svg nor .png")),
    }
}

/// A file that is kept as long as the program runs; a theme is read once.
fn kept(name: &'static str, end: &str, content_type: &'static str, bytes: Vec<u8>) -> Asset {
    let mut sha256 = String::new();
    for byte in Sha256::digest(&bytes) {
        // Writing to a String cannot fail.
        write!(sha256, "{byte:02x}").unwrap_or_default();
    }
    let path = format!("/a/{name}.{}.{end}", sha256.get(..12).unwrap_or(&sha256));
    Asset {
        name,
        path: path.leak(),
        content_type,
        bytes: bytes.leak(),
        br: None,
        gz: None,
        sha256: sha256.leak(),
    }
}

fn refused(what: &str) -> Problem {
    Problem::configuration("theme", what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(light: &str, on: &str, rest: &str) -> Result<Theme> {
        let text = format!(
            "{rest}\n[light]\naccent = '{light}'\non_accent = '{on}'\n\
             [dark]\naccent = '#86c8f2'\non_accent = '#0b1a24'"
        );
        Theme::of(&text, |_| Ok(b"<svg/>".to_vec()))
    }

    #[test]
    fn black_on_white_is_21_to_1() {
        let (black, white) = (luminance("#000000").unwrap(), luminance("#ffffff").unwrap());
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        // 4.54 to 1, the usual example of grey that just passes.
        let grey = contrast(luminance("#767676").unwrap(), white);
        assert!((grey - 4.54).abs() < 0.01, "{grey}");
    }

    #[test]
    fn pale_colours_are_refused_with_what_is_wrong() {
        let pale = with("#999999", "#ffffff", "").unwrap_err();
        assert_eq!(pale.what, "theme: [light] accent on #ffffff has a contrast of 2.8 to 1");
        let button = with("#0a5a8c", "#222222", "").unwrap_err();
        assert!(button.what.contains("on_accent on accent"), "{}", button.what);
        assert!(with("blue", "#ffffff", "").is_err());
        assert!(with("#0a5a8c", "#ffffff", "color = 'x'").is_err());
        assert!(with("#0a5a8c", "#ffffff", "logo = 'x.gif'").is_err());
    }

    #[test]
    fn names_and_logo_are_served() {
        let theme = with("#0a5a8c", "#ffffff", "logo = 'x.svg'\n[name]\nko = '새빛'").unwrap();
        assert_eq!(theme.name(Language::Korean), Some("새빛"));
        assert_eq!(theme.name(Language::English), None);
        let logo = theme.asset(theme.logo().unwrap()).unwrap();
        assert_eq!((logo.content_type, logo.bytes), ("image/svg+xml", &b"<svg/>"[..]));
        assert!(theme.asset(theme.colours()).is_some());
    }

    #[test]
    fn our_own_stands_out() {
        Theme::built_in().unwrap();
    }
}
