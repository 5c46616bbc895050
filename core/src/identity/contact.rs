//! Names and mail addresses.

use super::mask::first_only;
use super::typed::half_width;
use super::{Reason, compose_hangul, personal};

/// A mail address that every SMTP server takes: ASCII, no quoting, its domain in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(Box<str>);

/// A person's or a company's name, on one line, blanks collapsed, Hangul composed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName(Box<str>);

/// A text that is no mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseEmailError {
    /// Nothing there.
    #[error("no mail address is given")]
    Empty,
    /// Not one `@` with something on both sides.
    #[error("a mail address has one @, with a name before it and a domain behind it")]
    Shape,
    /// Longer than SMTP carries.
    #[error("at most 64 characters stand before the @ of a mail address, and 254 in all")]
    Long,
    /// A character no plain address holds.
    #[error(
        "a mail address holds Latin letters, digits and a few signs; remove blanks and other scripts"
    )]
    Character,
    /// A dot in the wrong place.
    #[error("a mail address has no dot at its start, before the @, or next to another dot")]
    Dot,
    /// The domain cannot exist.
    #[error(
        "the part behind the @ is not a domain; it needs a dot and a name such as com or kr at its end"
    )]
    Domain,
}

/// A text that is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseNameError {
    /// Nothing there.
    #[error("no name is given")]
    Empty,
    /// Longer than any name.
    #[error("a name has at most {limit} characters, this one has {actual}")]
    Long {
        /// How many it may have.
        limit: usize,
        /// How many it has.
        actual: usize,
    },
    /// Control characters or marks that turn the direction of writing.
    #[error("a name holds no line break, control character or direction mark; remove it")]
    Control,
}

impl Reason for ParseEmailError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "email.empty",
            Self::Shape => "email.shape",
            Self::Long => "email.long",
            Self::Character => "email.character",
            Self::Dot => "email.dot",
            Self::Domain => "email.domain",
        }
    }
}

impl Reason for ParseNameError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "name.empty",
            Self::Long { .. } => "name.long",
            Self::Control => "name.control",
        }
    }
}

impl EmailAddress {
    /// Reads an address; surrounding blanks and full-width letters are put right.
    pub fn parse(text: &str) -> Result<Self, ParseEmailError> {
        let text = half_width(text);
        let text = text.trim();
        if text.is_empty() {
            return Err(ParseEmailError::Empty);
        }
        let (local, domain) = text.split_once('@').ok_or(ParseEmailError::Shape)?;
        if local.is_empty() || domain.is_empty() || domain.contains('@') {
            return Err(ParseEmailError::Shape);
        }
        if local.len() > 64 || text.len() > 254 {
            return Err(ParseEmailError::Long);
        }
        check_local(local)?;
        check_domain(domain)?;
        Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase()).into()))
    }

    /// The part behind the `@`, in clear.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// `h**@n**.com`.
    pub fn masked(&self) -> String {
        let local = self.0.split('@').next().unwrap_or_default();
        let (name, top) = self.domain().rsplit_once('.').unwrap_or_default();
        format!("{}@{}.{top}", first_only(local), first_only(name))
    }
}

impl PersonName {
    /// Longest name in characters; company names count.
    pub const MAX_CHARS: usize = 80;

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, ParseNameError> {
        let text = compose_hangul(text.trim());
        if text.chars().any(|c| c.is_control() || turns_direction(c)) {
            return Err(ParseNameError::Control);
        }
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let actual = name.chars().count();
        match actual {
            0 => Err(ParseNameError::Empty),
            _ if actual > Self::MAX_CHARS => {
                Err(ParseNameError::Long { limit: Self::MAX_CHARS, actual })
            }
            _ => Ok(Self(name.into())),
        }
    }

    /// `홍**`.
    pub fn masked(&self) -> String {
        first_only(&self.0)
    }
}

personal!(EmailAddress, ParseEmailError, Self::parse);
personal!(PersonName, ParseNameError, Self::parse);

/// Whether the character changes the direction of the text around it, and with it what a reader
/// sees.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// RFC 5321 `Dot-string`.
fn check_local(local: &str) -> Result<(), ParseEmailError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    if !local.bytes().all(allowed) {
        return Err(ParseEmailError::Character);
    }
    if local.split('.').any(str::is_empty) {
        return Err(ParseEmailError::Dot);
    }
    Ok(())
}

/// Two labels or more of letters, digits and inner hyphens, the last one no number.
fn check_domain(domain: &str) -> Result<(), ParseEmailError> {
    if !domain.is_ascii() || domain.contains(char::is_whitespace) {
        return Err(ParseEmailError::Character);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    let is_named = top.len() >= 2 && top.starts_with(|c: char| c.is_ascii_alphabetic());
    if domain.contains('.') && is_named && domain.split('.').all(label) {
        Ok(())
    } else {
        Err(ParseEmailError::Domain)
    }
}
