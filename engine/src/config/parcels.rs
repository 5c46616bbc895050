//! New cards that go to people's homes.

use chrono::TimeDelta;
use serde::Deserialize;

use super::Span;

/// `[parcels]`: without a warehouse nothing is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParcelsConfig {
    /// The code of the agency, a warehouse, whose cards are sent.
    pub warehouse: Option<String>,
    /// How long a card that was activated at home may take to attach before the old one gets the number back.
    pub attach_within: Span,
    /// After how long a parcel counts as lost that nobody activated, from when the shipping system took it over.
    pub give_up_after: Span,
}

impl Default for ParcelsConfig {
    fn default() -> Self {
        Self {
            warehouse: None,
            attach_within: Span(TimeDelta::minutes(60)),
            give_up_after: Span(TimeDelta::days(30)),
        }
    }
}

impl ParcelsConfig {
    /// Which key makes no sense by itself, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.attach_within.0 < TimeDelta::minutes(1) {
            return Err(("attach_within", "nobody changes a card within less than a minute"));
        }
        // Those who were warned have a day to object; before that nobody can activate anything.
        if self.give_up_after.0 < TimeDelta::days(3) {
            return Err(("give_up_after", "a parcel takes days: 3 at least"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused() {
        let read = |text: &str| toml::from_str::<ParcelsConfig>(text).unwrap();
        assert_eq!(read("").check(), Ok(()));
        assert_eq!(read("warehouse = \"depot\"\nattach_within = \"2h\"").check(), Ok(()));
        let named = |text: &str| read(text).check().unwrap_err().0;
        assert_eq!(named("attach_within = \"59s\""), "attach_within");
        assert_eq!(named("give_up_after = \"2d\""), "give_up_after");
        assert!(toml::from_str::<ParcelsConfig>("address = \"typed\"").is_err());
    }
}
