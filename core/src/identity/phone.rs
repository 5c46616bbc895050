//! Telephone numbers.

use super::mask::digits_masked;
use super::typed::{all_digits, compact};
use super::{Reason, personal};

/// A mobile number: Korean (010, and the old 011, 016 to 019), or any other country's in E.164.
///
/// Normal form: E.164 digits without the plus, `821012345678`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Msisdn(Box<str>);

/// A text that is no mobile number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseMsisdnError {
    /// Nothing there.
    #[error("no number is given")]
    Empty,
    /// Letters, or signs that belong in no number.
    #[error(
        "a number is written with digits, blanks, hyphens and one leading plus; remove the rest"
    )]
    Character,
    /// Too few or too many digits behind a Korean prefix.
    #[error("a {prefix} number has {expected} digits, this one has {actual}")]
    Length {
        /// The prefix, such as `010`.
        prefix: &'static str,
        /// How many digits it should have, leading 0 included.
        expected: &'static str,
        /// How many it has, leading 0 included.
        actual: usize,
    },
    /// 10 digits that begin with 10: the leading 0 was eaten.
    #[error("the leading 0 is missing, as when a spreadsheet keeps it as a number; write 010")]
    LeadingZero,
    /// Korean, but not a mobile prefix.
    #[error("not a mobile number; those begin with 010, 011, 016, 017, 018 or 019")]
    NotMobile,
    /// Digits with neither a leading 0 nor a known country code.
    #[error("the country is not clear; begin with 010, or with + and the country code")]
    NoCountry,
    /// Not the length of an international number.
    #[error(
        "a number behind a + has 8 to 15 digits and does not begin with 0, this one has {actual}"
    )]
    International {
        /// How many digits it has, country code included.
        actual: usize,
    },
}

impl Reason for ParseMsisdnError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "msisdn.empty",
            Self::Character => "msisdn.character",
            Self::Length { .. } => "msisdn.length",
            Self::LeadingZero => "msisdn.leading_zero",
            Self::NotMobile => "msisdn.not_mobile",
            Self::NoCountry => "msisdn.no_country",
            Self::International { .. } => "msisdn.international",
        }
    }
}

/// Mobile prefixes without their 0, as a person writes them, and the digits a whole national number
/// has.
const PREFIXES: [(&str, &str, &[usize], &str); 6] = [
    ("10", "010", &[11], "11"),
    ("11", "011", &[10, 11], "10 or 11"),
    ("16", "016", &[10, 11], "10 or 11"),
    ("17", "017", &[10, 11], "10 or 11"),
    ("18", "018", &[10, 11], "10 or 11"),
    ("19", "019", &[10, 11], "10 or 11"),
];

impl Msisdn {
    /// Reads a number as people and files write it: `010-1234-5678`, `+82 10 1234 5678`, `82-10-…`,
    /// full-width digits, `+1 415 …`.
    pub fn parse(text: &str) -> Result<Self, ParseMsisdnError> {
        let compact = compact(text);
        let (plus, digits) = match compact.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, compact.as_str()),
        };
        if digits.is_empty() {
            return Err(ParseMsisdnError::Empty);
        }
        if !all_digits(digits) {
            return Err(ParseMsisdnError::Character);
        }
        // `+82 (0)10` and `82-010` are common: the 0 does not belong behind a country code.
        if let Some(rest) = digits.strip_prefix("82").filter(|_| plus || digits.len() >= 10) {
            return korean(rest.strip_prefix('0').unwrap_or(rest));
        }
        match digits.strip_prefix('0') {
            _ if plus => international(digits),
            Some(rest) => korean(rest),
            None if digits.len() == 10 && digits.starts_with("10") => {
                Err(ParseMsisdnError::LeadingZero)
            }
            None => Err(ParseMsisdnError::NoCountry),
        }
    }

    /// As dialled at home, `01012345678`, in clear; a foreign number with its plus.
    pub fn national(&self) -> String {
        match self.0.strip_prefix("82") {
            Some(rest) => format!("0{rest}"),
            None => format!("+{}", self.0),
        }
    }

    /// Whether it is a Korean number.
    pub fn is_korean(&self) -> bool {
        self.0.starts_with("82")
    }

    /// `010-****-**78`.
    pub fn masked(&self) -> String {
        let national = self.national();
        if !self.is_korean() {
            return format!("+{}", digits_masked(&self.0, 1, 2));
        }
        let middle = "*".repeat(national.len().saturating_sub(7));
        let prefix: String = national.chars().take(3).collect();
        let end: String = national.chars().skip(national.len().saturating_sub(2)).collect();
        format!("{prefix}-{middle}-**{end}")
    }
}

personal!(Msisdn, ParseMsisdnError, |text: &str| Self::parse(&format!("+{text}")));

/// `rest` is the number without its leading 0 and without the country code.
fn korean(rest: &str) -> Result<Msisdn, ParseMsisdnError> {
    let (_, prefix, lengths, expected) = PREFIXES
        .into_iter()
        .find(|(start, ..)| rest.starts_with(start))
        .ok_or(ParseMsisdnError::NotMobile)?;
    let actual = rest.len() + 1;
    if !lengths.contains(&actual) {
        return Err(ParseMsisdnError::Length { prefix, expected, actual });
    }
    Ok(Msisdn(format!("82{rest}").into()))
}

fn international(digits: &str) -> Result<Msisdn, ParseMsisdnError> {
    if digits.starts_with('0') || !(8..=15).contains(&digits.len()) {
        return Err(ParseMsisdnError::International { actual: digits.len() });
    }
    Ok(Msisdn(digits.into()))
}
