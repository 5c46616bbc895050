//! How sure it is that something leaked.

use serde::{Deserialize, Serialize};

use super::{FactSet, ItemSet};

/// How sure it is. What is confirmed is possible too, so the surer is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It may be so.
    Possible,
    /// It is so.
    Confirmed,
}

/// A word that says of nothing how sure it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not possible or confirmed")]
pub struct ParseCertaintyError;

impl Certainty {
    /// Both, the surer last.
    pub const ALL: [Self; 2] = [Self::Possible, Self::Confirmed];

    /// The word for it in files, JSON and SQL.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Confirmed => "confirmed",
        }
    }

    /// Reads the word back.
    pub fn parse(code: &str) -> Result<Self, ParseCertaintyError> {
        Self::ALL.into_iter().find(|one| one.code() == code).ok_or(ParseCertaintyError)
    }

    /// What is true of a line whose items leaked so surely.
    pub const fn of(self, items: ItemSet) -> FactSet {
        match self {
            Self::Possible => FactSet::new(items, ItemSet::EMPTY),
            Self::Confirmed => FactSet::new(ItemSet::EMPTY, items),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::Item;

    #[test]
    fn words_read_back() {
        for one in Certainty::ALL {
            assert_eq!(Certainty::parse(one.code()), Ok(one));
            assert_eq!(serde_json::to_string(&one).unwrap(), format!("{:?}", one.code()));
        }
        assert_eq!(Certainty::parse("Confirmed"), Err(ParseCertaintyError));
    }

    #[test]
    fn the_surer_says_all_that_the_other_says() {
        let items = ItemSet::EMPTY.with(Item::Imsi);
        let (possible, confirmed) = (Certainty::Possible.of(items), Certainty::Confirmed.of(items));
        assert!(Certainty::Possible < Certainty::Confirmed);
        assert!(possible.minus(confirmed).is_empty());
        assert_eq!(confirmed.minus(possible), confirmed);
    }
}
