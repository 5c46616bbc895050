//! Where a letter goes.

use super::mask::first_only;
use super::typed::half_width;
use super::{ParseNameError, PersonName, Reason, personal};

/// A Korean postal address. Normal form: the five-digit postcode, then one to four lines, each on a
/// line of its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostalAddress(Box<str>);

/// A text that is no postal address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParsePostalError {
    /// Nothing there.
    #[error("no address is given")]
    Empty,
    /// No postcode in front.
    #[error("an address begins with its five-digit postcode, as in 04524")]
    NoPostcode,
    /// A postcode of another length.
    #[error("a postcode has 5 digits, this one has {actual}; those of 6 digits ended in 2015")]
    Postcode {
        /// How many it has.
        actual: usize,
    },
    /// A postcode and nothing else.
    #[error("only a postcode is given; street and house are missing")]
    NoLines,
    /// Too much for an envelope's window.
    #[error("an address has at most {limit} lines, this one has {actual}")]
    Lines {
        /// How many it may have.
        limit: usize,
        /// How many it has.
        actual: usize,
    },
    /// A line that cannot be printed.
    #[error(
        "a line of an address has at most {} characters and no control character",
        PersonName::MAX_CHARS
    )]
    Line,
}

impl Reason for ParsePostalError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "address.empty",
            Self::NoPostcode => "address.no_postcode",
            Self::Postcode { .. } => "address.postcode",
            Self::NoLines => "address.no_lines",
            Self::Lines { .. } => "address.lines",
            Self::Line => "address.line",
        }
    }
}

impl PostalAddress {
    /// Lines that fit an envelope's window, the postcode aside.
    pub const MAX_LINES: usize = 4;

    /// Reads `04524 …`, `(04524) …`, or a postcode on its own line; line breaks and `|` part the
    /// lines.
    pub fn parse(text: &str) -> Result<Self, ParsePostalError> {
        let text = half_width(text);
        let text = text.trim().trim_start_matches(['(', '[']);
        if text.is_empty() {
            return Err(ParsePostalError::Empty);
        }
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
        let (postcode, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let lines: Vec<&str> =
            rest.trim_start_matches([')', ']', ',']).split(['\n', '\r', '|']).collect();
        Self::new(postcode.trim_end_matches('-'), &lines)
    }

    /// An address from its parts; empty lines are dropped.
    pub fn new(postcode: &str, lines: &[&str]) -> Result<Self, ParsePostalError> {
        let postcode = half_width(postcode.trim());
        let digits = postcode.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 {
            return Err(ParsePostalError::NoPostcode);
        }
        if digits != 5 || postcode.len() != 5 {
            return Err(ParsePostalError::Postcode { actual: digits });
        }
        let mut address = postcode;
        let mut actual = 0;
        for line in lines.iter().filter(|line| !line.trim().is_empty()) {
            let line = PersonName::parse(line).map_err(|error| Self::bad_line(&error))?;
            address.push('\n');
            address.push_str(line.expose());
            actual += 1;
        }
        match actual {
            0 => Err(ParsePostalError::NoLines),
            1..=Self::MAX_LINES => Ok(Self(address.into())),
            _ => Err(ParsePostalError::Lines { limit: Self::MAX_LINES, actual }),
        }
    }

    /// The five digits, in clear.
    pub fn postcode(&self) -> &str {
        self.0.split('\n').next().unwrap_or_default()
    }

    /// The lines below the postcode, in clear.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.split('\n').skip(1)
    }

    /// `04*** 서**`.
    pub fn masked(&self) -> String {
        let region: String = self.postcode().chars().take(2).collect();
        format!("{region}*** {}", self.lines().next().map(first_only).unwrap_or_default())
    }

    fn bad_line(error: &ParseNameError) -> ParsePostalError {
        match error {
            ParseNameError::Empty => ParsePostalError::NoLines,
            ParseNameError::Long { .. } | ParseNameError::Control => ParsePostalError::Line,
        }
    }
}

personal!(PostalAddress, ParsePostalError, Self::parse);
