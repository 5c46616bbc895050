//! What stands on cards and in handsets: IMSI, IMEI, ICCID.

use super::mask::digits_masked;
use super::typed::{all_digits, compact};
use super::{Reason, luhn, personal};

/// An international mobile subscriber identity: 15 digits (ITU-T E.212).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imsi(Box<str>);

/// An international mobile equipment identity: 15 digits, the last one a check digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imei(Box<str>);

/// The number of a USIM or eSIM profile: 19 or 20 digits that begin with 89 (ITU-T E.118), the last
/// one a check digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iccid(Box<str>);

/// A text that is no IMSI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseImsiError {
    /// Nothing there.
    #[error("no IMSI is given")]
    Empty,
    /// Something other than digits.
    #[error("an IMSI is written with digits alone")]
    Character,
    /// Not 15 digits.
    #[error("an IMSI has 15 digits, this one has {actual}")]
    Length {
        /// How many it has.
        actual: usize,
    },
    /// The country code does not exist.
    #[error(
        "an IMSI begins with a country code: 200 to 799, 001 for tests, or 900 to 999 for networks of no country"
    )]
    Country,
}

/// A text that is no IMEI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseImeiError {
    /// Nothing there.
    #[error("no IMEI is given")]
    Empty,
    /// Something other than digits.
    #[error("an IMEI is written with digits alone")]
    Character,
    /// 14 digits.
    #[error("14 digits are an IMEI without its check digit; give all 15, as *#06# shows them")]
    NoCheckDigit,
    /// 16 digits.
    #[error("16 digits are an IMEISV (IMEI and software version); give the 15-digit IMEI")]
    SoftwareVersion,
    /// Another number of digits.
    #[error("an IMEI has 15 digits, this one has {actual}")]
    Length {
        /// How many it has.
        actual: usize,
    },
    /// The last digit does not fit the others.
    #[error("check digit is {found}, should be {expected}; look for a mistyped digit")]
    CheckDigit {
        /// The last digit.
        found: u32,
        /// What the other digits ask for.
        expected: u32,
    },
    /// All digits the same: a filler, not a handset.
    #[error("one digit repeated stands for no handset; leave it empty")]
    Filler,
}

/// A text that is no ICCID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseIccidError {
    /// Nothing there.
    #[error("no ICCID is given")]
    Empty,
    /// Something other than digits.
    #[error("an ICCID is written with digits, and at most one F behind them")]
    Character,
    /// Not 19 or 20 digits.
    #[error("an ICCID has 19 or 20 digits, this one has {actual}")]
    Length {
        /// How many it has.
        actual: usize,
    },
    /// Does not begin with 89.
    #[error("an ICCID begins with 89; this may be another number on the card")]
    Prefix,
    /// The last digit does not fit the others.
    #[error("check digit is {found}, should be {expected}; look for a mistyped digit")]
    CheckDigit {
        /// The last digit.
        found: u32,
        /// What the other digits ask for.
        expected: u32,
    },
}

impl Reason for ParseImsiError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "imsi.empty",
            Self::Character => "imsi.character",
            Self::Length { .. } => "imsi.length",
            Self::Country => "imsi.country",
        }
    }
}

impl Reason for ParseImeiError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "imei.empty",
            Self::Character => "imei.character",
            Self::NoCheckDigit => "imei.no_check_digit",
            Self::SoftwareVersion => "imei.software_version",
            Self::Length { .. } => "imei.length",
            Self::CheckDigit { .. } => "imei.check_digit",
            Self::Filler => "imei.filler",
        }
    }
}

impl Reason for ParseIccidError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "iccid.empty",
            Self::Character => "iccid.character",
            Self::Length { .. } => "iccid.length",
            Self::Prefix => "iccid.prefix",
            Self::CheckDigit { .. } => "iccid.check_digit",
        }
    }
}

/// ITU-T E.212: countries from 200 to 799, 001 for tests, 9xx for shared, trial and private networks.
fn is_country(digits: &[u8]) -> bool {
    matches!(digits, [b'2'..=b'7' | b'9', ..] | [b'0', b'0', b'1', ..])
}

impl Imsi {
    /// Whether fifteen plain digits are an IMSI as they stand.
    pub fn is_normal(digits: &[u8]) -> bool {
        digits.len() == 15 && is_country(digits) && digits.iter().all(u8::is_ascii_digit)
    }

    /// Reads an IMSI; blanks and hyphens are dropped.
    pub fn parse(text: &str) -> Result<Self, ParseImsiError> {
        let digits = compact(text);
        match digits.len() {
            0 => Err(ParseImsiError::Empty),
            _ if !all_digits(&digits) => Err(ParseImsiError::Character),
            15 if !is_country(digits.as_bytes()) => Err(ParseImsiError::Country),
            15 => Ok(Self(digits.into())),
            actual => Err(ParseImsiError::Length { actual }),
        }
    }

    /// The mobile country code, three digits: `450` is Korea.
    pub fn mcc(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }

    /// The mobile network code: three digits in the United States and Canada, two elsewhere.
    pub fn mnc(&self) -> &str {
        let american = matches!(self.mcc().parse(), Ok(302_u16 | 310..=316));
        let end = if american { 6 } else { 5 };
        self.0.get(3..end).unwrap_or_default()
    }

    /// `450**********01`.
    pub fn masked(&self) -> String {
        digits_masked(&self.0, 3, 2)
    }
}

impl Imei {
    /// Reads an IMEI; blanks and hyphens are dropped.
    pub fn parse(text: &str) -> Result<Self, ParseImeiError> {
        let digits = compact(text);
        if digits.is_empty() {
            return Err(ParseImeiError::Empty);
        }
        if !all_digits(&digits) {
            return Err(ParseImeiError::Character);
        }
        match digits.len() {
            15 => Self::checked(digits),
            14 => Err(ParseImeiError::NoCheckDigit),
            16 => Err(ParseImeiError::SoftwareVersion),
            actual => Err(ParseImeiError::Length { actual }),
        }
    }

    /// Reads what a network records of a handset: an IMEI, or an IMEISV of 16 digits, whose last two are the software's
    /// version. An IMEISV has no check digit; it is worked out.
    pub fn recorded(text: &str) -> Result<Self, ParseImeiError> {
        let digits = compact(text);
        match digits.get(..14) {
            Some(bare) if digits.len() == 16 && all_digits(&digits) => {
                if is_filler(bare) {
                    return Err(ParseImeiError::Filler);
                }
                Ok(Self(format!("{bare}{}", luhn::check_digit(bare)).into()))
            }
            Some(_) | None => Self::parse(text),
        }
    }

    /// The normal form of what [`Imei::recorded`] reads, where the text is digits alone and plainly right; `None` says
    /// nothing. For a great many records, few of which matter: nothing is made.
    pub fn normal_digits(text: &str) -> Option<[u8; 15]> {
        let bare = text.get(..14).filter(|bare| all_digits(text) && !is_filler(bare))?;
        let last = b'0' + u8::try_from(luhn::check_digit(bare)).ok()?;
        let right = match text.len() {
            15 => text.ends_with(char::from(last)),
            length => length == 16,
        };
        let mut normal = [last; 15];
        normal.iter_mut().zip(bare.bytes()).for_each(|(to, from)| *to = from);
        right.then_some(normal)
    }

    /// The type allocation code, the first eight digits, in clear: the model of the handset.
    pub fn tac(&self) -> &str {
        self.0.get(..8).unwrap_or_default()
    }

    /// `490**********18`.
    pub fn masked(&self) -> String {
        digits_masked(&self.0, 3, 2)
    }

    fn checked(digits: String) -> Result<Self, ParseImeiError> {
        if is_filler(&digits) {
            return Err(ParseImeiError::Filler);
        }
        match luhn::mismatch(&digits) {
            Some((found, expected)) => Err(ParseImeiError::CheckDigit { found, expected }),
            None => Ok(Self(digits.into())),
        }
    }
}

impl Iccid {
    /// Reads an ICCID; blanks, hyphens and the padding F of a 19-digit number are dropped.
    pub fn parse(text: &str) -> Result<Self, ParseIccidError> {
        let compact = compact(text);
        let digits = compact.strip_suffix(['F', 'f']).unwrap_or(&compact);
        if digits.is_empty() {
            return Err(ParseIccidError::Empty);
        }
        if !all_digits(digits) {
            return Err(ParseIccidError::Character);
        }
        if !(19..=20).contains(&digits.len()) {
            return Err(ParseIccidError::Length { actual: digits.len() });
        }
        if !digits.starts_with("89") {
            return Err(ParseIccidError::Prefix);
        }
        match luhn::mismatch(digits) {
            Some((found, expected)) => Err(ParseIccidError::CheckDigit { found, expected }),
            None => Ok(Self(digits.into())),
        }
    }

    /// `898**************45`.
    pub fn masked(&self) -> String {
        digits_masked(&self.0, 3, 2)
    }
}

fn is_filler(digits: &str) -> bool {
    let first = digits.bytes().next();
    digits.bytes().all(|digit| Some(digit) == first)
}

personal!(Imsi, ParseImsiError, Self::parse);
personal!(Imei, ParseImeiError, Self::parse);
personal!(Iccid, ParseIccidError, Self::parse);
