//! A brand: its words, and who tells its people.

use std::path::PathBuf;

use chrono::TimeDelta;
use serde::Deserialize;

use super::Span;

/// A brand of the registry: `"carrier.toml"`, or `{ words = "carrier.toml", list = "age1…" }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Written")]
pub struct BrandConfig {
    /// The file with its name, telephone number and host in each language.
    pub words: PathBuf,
    /// Who opens its list: the brand's `age` recipient, if the brand tells its people itself.
    pub list: Option<String>,
    /// How long its result may take before the carrier's next rung is used.
    pub patience: Span,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Words(PathBuf),
    Table(Table),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    words: PathBuf,
    #[serde(default)]
    list: Option<String>,
    #[serde(default = "a_week")]
    patience: Span,
}

const fn a_week() -> Span {
    Span(TimeDelta::days(7))
}

impl From<Written> for BrandConfig {
    fn from(written: Written) -> Self {
        match written {
            Written::Words(words) => Self { words, list: None, patience: a_week() },
            Written::Table(Table { words, list, patience }) => Self { words, list, patience },
        }
    }
}

impl BrandConfig {
    /// What makes no sense about it.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let Some(list) = &self.list else { return Ok(()) };
        if list.parse::<age::x25519::Recipient>().is_err() {
            return Err(
                "list takes the age recipient of the brand, age1…, which age-keygen prints",
            );
        }
        if self.patience.0 <= TimeDelta::zero() {
            return Err("patience is how long its result may take, such as 7d");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<BrandConfig, toml::de::Error> {
        let table: toml::Table = toml::from_str(text)?;
        table["brand"].clone().try_into()
    }

    #[test]
    fn a_brand_is_a_file_or_a_table() {
        let plain = parse("brand = \"hanbit.toml\"").unwrap();
        assert_eq!((plain.words.to_str(), plain.list), (Some("hanbit.toml"), None));
        let recipient = age::x25519::Identity::generate().to_public().to_string();
        let listed = format!(
            "brand = {{ words = \"sori.toml\", list = \"{recipient}\", patience = \"3d\" }}"
        );
        let listed = parse(&listed).unwrap();
        assert_eq!(listed.list.as_deref(), Some(recipient.as_str()));
        assert_eq!((listed.patience, listed.check()), (Span(TimeDelta::days(3)), Ok(())));
        assert!(parse("brand = { words = \"sori.toml\", lst = \"age1\" }").is_err());
    }

    #[test]
    fn a_list_needs_a_recipient() {
        let listed = parse("brand = { words = \"sori.toml\", list = \"sori\" }").unwrap();
        assert!(listed.check().is_err());
    }
}
