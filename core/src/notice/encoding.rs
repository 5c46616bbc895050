//! Text as networks carry it: how many bytes it takes, which characters it cannot hold, where it is
//! cut.
//!
//! Domestic Korean messages count KS X 1001 bytes: 90 for an SMS, 2,000 for an LMS with a subject
//! of 40. Elsewhere an SMS holds 160 septets of the GSM alphabet or 70 UTF-16 units, and 153 or 67
//! in each part of several.

mod gsm7;
mod ksx1001;
mod normal;
mod segment;

use super::Language;

pub use normal::normalise;
pub use segment::{MAX_PARTS, Reference, Segment, segments};

/// Bytes of a domestic short message.
pub const SMS_BYTES: usize = 90;
/// Bytes of the text of a domestic long message.
pub const LMS_BYTES: usize = 2_000;
/// Bytes of the subject of a domestic long message.
pub const LMS_SUBJECT_BYTES: usize = 40;

/// A character set of a route.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Charset {
    /// KS X 1001 in EUC-KR form, strictly: no syllable that only the vendor extension has.
    Ksx1001,
    /// GSM 03.38 basic and extension table, one septet in each byte as SMPP carries it.
    Gsm7,
    /// UTF-16BE.
    Ucs2,
}

impl Charset {
    /// The word for it in configuration and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ksx1001 => "KS X 1001",
            Self::Gsm7 => "GSM 03.38",
            Self::Ucs2 => "UCS-2",
        }
    }

    /// Whether texts in the language can be written with it.
    pub const fn carries(self, language: Language) -> bool {
        match self {
            Self::Ucs2 => true,
            Self::Ksx1001 => matches!(language, Language::Korean | Language::English),
            Self::Gsm7 => matches!(language, Language::English),
        }
    }
}

/// What a route of messages carries.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Capacity {
    /// The characters it knows.
    pub charset: Charset,
    /// Bytes of a text at most, in that character set.
    pub long_bytes: usize,
}

impl Capacity {
    /// A domestic route of long messages.
    pub const DOMESTIC: Self = Self { charset: Charset::Ksx1001, long_bytes: LMS_BYTES };
    /// A domestic short message.
    pub const SHORT: Self = Self { charset: Charset::Ksx1001, long_bytes: SMS_BYTES };

    /// The text in characters that the route knows, as far as that changes nothing people read.
    pub fn prepare(self, text: &str) -> String {
        match self.charset {
            Charset::Ksx1001 | Charset::Gsm7 => normalise(text),
            Charset::Ucs2 => crate::identity::compose_hangul(text),
        }
    }
}

impl Default for Capacity {
    fn default() -> Self {
        Self::DOMESTIC
    }
}

/// Text that a network would not carry as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A character the set lacks.
    #[error("{} has no character {character:?} (U+{:04X})", charset.name(), u32::from(*character))]
    Unmappable {
        /// The first one.
        character: char,
        /// The set.
        charset: Charset,
    },
    /// Too many bytes.
    #[error("{what} takes {bytes} bytes, {limit} fit")]
    TooLong {
        /// Which text: `the message`, `the subject`.
        what: &'static str,
        /// How many it takes.
        bytes: usize,
        /// How many fit.
        limit: usize,
    },
    /// Too many parts.
    #[error("the message takes {parts} parts, {MAX_PARTS} are possible")]
    TooManyParts {
        /// How many it takes.
        parts: usize,
    },
}

/// A long message in the bytes of its route.
#[derive(Clone, PartialEq, Eq)]
pub struct Lms {
    /// At most 40 bytes, or 40 units of UTF-16.
    pub subject: Vec<u8>,
    /// At most as many bytes as the route carries: 2,000 on a domestic one.
    pub text: Vec<u8>,
}

impl std::fmt::Debug for Lms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lms({} + {} bytes)", self.subject.len(), self.text.len())
    }
}

/// The text in the set's bytes; GSM septets unpacked.
pub fn encode(text: &str, charset: Charset) -> Result<Vec<u8>, EncodeError> {
    match charset {
        Charset::Ksx1001 => ksx1001::encode(text),
        Charset::Gsm7 => gsm7::encode(text),
        Charset::Ucs2 => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    }
}

/// The text of bytes in the set; `None` if they are not in it.
pub fn decode(bytes: &[u8], charset: Charset) -> Option<String> {
    match charset {
        Charset::Ksx1001 => ksx1001::decode(bytes),
        Charset::Gsm7 => gsm7::decode(bytes),
        Charset::Ucs2 => {
            let (units, rest) = bytes.as_chunks::<2>();
            let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            String::from_utf16(&units).ok().filter(|_| rest.is_empty())
        }
    }
}

/// A domestic short message, if the text fits one.
pub fn fit_sms(text: &str) -> Result<Vec<u8>, EncodeError> {
    fit("the message", text, Capacity::SHORT)
}

/// A domestic long message, if subject and text fit one.
pub fn fit_lms(subject: &str, text: &str) -> Result<Lms, EncodeError> {
    fit_long(subject, text, Capacity::DOMESTIC)
}

/// A long message on a route that carries so much, if subject and text fit one. Subjects hold 40
/// bytes, and 40 units of UTF-16 where it is the character set.
pub fn fit_long(subject: &str, text: &str, capacity: Capacity) -> Result<Lms, EncodeError> {
    let subject_bytes = match capacity.charset {
        Charset::Ksx1001 | Charset::Gsm7 => LMS_SUBJECT_BYTES,
        Charset::Ucs2 => 2 * LMS_SUBJECT_BYTES,
    };
    let heading = Capacity { long_bytes: subject_bytes, ..capacity };
    Ok(Lms {
        subject: fit("the subject", subject, heading)?,
        text: fit("the message", text, capacity)?,
    })
}

fn fit(what: &'static str, text: &str, capacity: Capacity) -> Result<Vec<u8>, EncodeError> {
    let bytes = encode(text, capacity.charset)?;
    if bytes.len() > capacity.long_bytes {
        let limit = capacity.long_bytes;
        return Err(EncodeError::TooLong { what, bytes: bytes.len(), limit });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
