//! Which law binds the carrier.

use std::path::PathBuf;

use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, de::Error as _};

/// The law that binds this carrier; by default that of a Korean one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LawConfig {
    /// What an incident is judged by, unless its file says otherwise.
    pub statutes: Vec<String>,
    /// A folder with rule packs of the carrier's own, relative to the home: they add to the built-in ones or take their place.
    pub packs: Option<PathBuf>,
    /// Where people live whose country the registry does not say: two capital letters of ISO 3166.
    pub country: String,
    /// The zone of the carrier's clocks, in which times are shown.
    #[serde(deserialize_with = "zone")]
    pub zone: Tz,
}

impl Default for LawConfig {
    fn default() -> Self {
        let statutes = ["kr-pipa", "kr-network"].map(str::to_owned).to_vec();
        Self { statutes, packs: None, country: "KR".to_owned(), zone: Tz::Asia__Seoul }
    }
}

impl LawConfig {
    /// Which key makes no sense by itself, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let is_capital = |letter: char| letter.is_ascii_uppercase();
        if self.country.len() != 2 || !self.country.chars().all(is_capital) {
            return Err(("country", "it takes two capital letters, such as KR"));
        }
        if self.statutes.is_empty() {
            return Err(("statutes", "it names no statute; simrecall law show lists them"));
        }
        Ok(())
    }
}

fn zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse()
        .map_err(|_| D::Error::custom(format!("{name} is no time zone, such as Asia/Seoul")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_korean_carrier_needs_no_settings() {
        let law = LawConfig::default();
        assert_eq!(law.statutes, ["kr-pipa", "kr-network"]);
        assert_eq!(law.check(), Ok(()));
    }

    #[test]
    fn a_country_is_two_capital_letters() {
        for country in ["", "K", "kr", "KOR", "대한"] {
            let law = LawConfig { country: country.to_owned(), ..LawConfig::default() };
            assert_eq!(law.check().unwrap_err().0, "country", "{country}");
        }
    }

    #[test]
    fn a_zone_is_one_of_the_worlds() {
        let read = |text| toml::from_str::<LawConfig>(text);
        assert_eq!(read("zone = \"Europe/Brussels\"").unwrap().zone, Tz::Europe__Brussels);
        let refused = read("zone = \"Seoul\"").unwrap_err().to_string();
        assert!(refused.contains("Seoul is no time zone"), "{refused}");
    }
}
