//! New cards: for whom, which, from when on, and what has to be shown.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Deserialize;

/// `[replacement]`: the programme.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReplacementConfig {
    /// Whom it is for: `exposed`, those whom a released list names, or `everybody`.
    pub programme: Programme,
    /// The product a line gets unless somebody says otherwise.
    pub product: String,
    /// The brands that take part; all of them when none is named.
    pub brands: Vec<String>,
    /// A file with the first day of each region, relative to the home; every region is open without one.
    pub phases: Option<PathBuf>,
    /// A file with what differs from the built-in rules on documents, relative to the home.
    pub documents: Option<PathBuf>,
    /// Regions where the fraud happens: who goes there and is surely exposed is served earlier.
    pub fraud_regions: Vec<String>,
    /// How many days ahead places are offered.
    pub days_ahead: u32,
    /// How many of a hundred cards stay for people without a booking.
    pub walk_in_percent: u32,
    /// Whether people are also told by SMS where that proves nothing: a courtesy.
    pub courtesy_sms: bool,
    /// The first day on which a new card that somebody paid for is paid back.
    pub refund_from: Option<NaiveDate>,
    /// The last such day.
    pub refund_until: Option<NaiveDate>,
}

/// Whom the programme is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Programme {
    /// Those whom a released list names.
    Exposed,
    /// Every line.
    Everybody,
}

impl Default for ReplacementConfig {
    fn default() -> Self {
        Self {
            programme: Programme::Exposed,
            product: "usim".to_owned(),
            brands: Vec::new(),
            phases: None,
            documents: None,
            fraud_regions: Vec::new(),
            days_ahead: 14,
            walk_in_percent: 10,
            courtesy_sms: true,
            refund_from: None,
            refund_until: None,
        }
    }
}

impl ReplacementConfig {
    /// Which key makes no sense by itself, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if !(1..=60).contains(&self.days_ahead) {
            return Err(("days_ahead", "places are offered for 1 to 60 days"));
        }
        if self.walk_in_percent > 100 {
            return Err(("walk_in_percent", "it is a part of a hundred"));
        }
        match (self.refund_from, self.refund_until) {
            (None, None) => Ok(()),
            (Some(from), Some(until)) if from <= until => Ok(()),
            (Some(_) | None, Some(_) | None) => {
                Err(("refund_until", "refund_from and refund_until are named together, in order"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused() {
        let read = |text: &str| toml::from_str::<ReplacementConfig>(text).unwrap();
        assert_eq!(read("").check(), Ok(()));
        let named = |text: &str| read(text).check().unwrap_err().0;
        assert_eq!(named("days_ahead = 0"), "days_ahead");
        assert_eq!(named("walk_in_percent = 101"), "walk_in_percent");
        assert_eq!(named("refund_from = \"2025-04-19\""), "refund_until");
        assert!(toml::from_str::<ReplacementConfig>("programme = \"nobody\"").is_err());
    }
}
