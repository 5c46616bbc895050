//! The kinds of notice and the languages they come in.

use serde::{Deserialize, Serialize};

/// What a notice is, which follows from what the person was told before. Codes are stored: never
/// renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Their data may have leaked.
    Possible = 1,
    /// Their data leaked.
    Confirmed = 2,
    /// More leaked than they were told.
    Supplement = 3,
    /// Some of what they were told does not stand.
    Correction = 4,
    /// None of what they were told stands.
    AllClear = 5,
    /// Come to your agency: the exposed USIM is replaced there.
    RemedyVisit = 6,
    /// The new card is there.
    RemedyReady = 7,
    /// The card was swapped; if that was not you, call.
    RemedyDone = 8,
    /// They were told before, and now a payment loss was found on their line.
    LossFound = 9,
}

impl NoticeKind {
    /// All kinds, in code order.
    pub const ALL: [Self; 9] = [
        Self::Possible,
        Self::Confirmed,
        Self::Supplement,
        Self::Correction,
        Self::AllClear,
        Self::RemedyVisit,
        Self::RemedyReady,
        Self::RemedyDone,
        Self::LossFound,
    ];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The word for it in folders, files and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Confirmed => "confirmed",
            Self::Supplement => "supplement",
            Self::Correction => "correction",
            Self::AllClear => "all_clear",
            Self::RemedyVisit => "remedy_visit",
            Self::RemedyReady => "remedy_ready",
            Self::RemedyDone => "remedy_done",
            Self::LossFound => "loss_found",
        }
    }

    /// Reads the word back.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is about the replacement of a card, and so says no facts of a leak.
    pub const fn is_remedy(self) -> bool {
        match self {
            Self::RemedyVisit | Self::RemedyReady | Self::RemedyDone => true,
            Self::Possible
            | Self::Confirmed
            | Self::Supplement
            | Self::Correction
            | Self::AllClear
            | Self::LossFound => false,
        }
    }
}

/// A language a person may have chosen (BCP 47).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Korean.
    #[serde(rename = "ko")]
    Korean = 1,
    /// English.
    #[serde(rename = "en")]
    English = 2,
    /// Chinese in simplified script.
    #[serde(rename = "zh-Hans")]
    Chinese = 3,
    /// Vietnamese.
    #[serde(rename = "vi")]
    Vietnamese = 4,
    /// Japanese.
    #[serde(rename = "ja")]
    Japanese = 5,
}

/// A tag that names no language of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a language of ours; one of ko, en, zh-Hans, vi, ja")]
pub struct ParseLanguageError;

impl Language {
    /// All languages, in code order.
    pub const ALL: [Self; 5] =
        [Self::Korean, Self::English, Self::Chinese, Self::Vietnamese, Self::Japanese];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// A code read back.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Korean => "ko",
            Self::English => "en",
            Self::Chinese => "zh-Hans",
            Self::Vietnamese => "vi",
            Self::Japanese => "ja",
        }
    }

    /// Reads the tag.
    pub fn parse(tag: &str) -> Result<Self, ParseLanguageError> {
        Self::ALL.into_iter().find(|language| language.tag() == tag).ok_or(ParseLanguageError)
    }

    /// What stands between the parts of a list.
    pub const fn comma(self) -> &'static str {
        match self {
            Self::Korean | Self::English | Self::Vietnamese => ", ",
            Self::Chinese | Self::Japanese => "、",
        }
    }
}
