//! What goes in and out of the door. Everything that comes out is made for a page: masked, in words that never change.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Way;
use simrecall_core::id::LineId;
use simrecall_core::notice::Language;
use simrecall_core::selfcheck::Standing;

use super::SessionKey;

/// What anybody may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Public {
    /// The incident's code.
    pub incident: String,
    /// What happened, in one line.
    pub title: String,
    /// The brand's name by language tag; Korean and English always.
    pub brand: BTreeMap<&'static str, String>,
    /// The number that is answered day and night.
    pub hotline: String,
    /// The one host that mails and letters name.
    pub official_host: String,
    /// The list that answers come from; none while nobody was told yet.
    pub published: Option<Published>,
    /// Every way to prove who one is.
    pub ways: Vec<WayAnswer>,
}

/// The list that answers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Its revision.
    pub revision: i32,
    /// When a wave that tells it was released.
    pub at: DateTime<Utc>,
}

/// Whether one way is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WayAnswer {
    /// The way.
    pub way: Way,
    /// Whether it can be gone now.
    pub open: bool,
    /// The compromised channel that closes it; none if it is open, or not set up.
    pub because: Option<&'static str>,
}

/// A code is asked for.
#[derive(Clone, Copy)]
pub enum Ask<'a> {
    /// By mail.
    Email {
        /// The number of a line, as typed.
        number: &'a str,
        /// The address the code goes to, as typed.
        address: &'a str,
        /// The language of the mail.
        language: Language,
        /// The browser's session, if it has one: its earlier request is replaced.
        before: Option<&'a SessionKey>,
    },
    /// By message to the line.
    Sms {
        /// The number of the line, as typed.
        number: &'a str,
        /// The language of the message.
        language: Language,
        /// The browser's session, if it has one: its earlier request is replaced.
        before: Option<&'a SessionKey>,
    },
}

impl fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Email { .. } => "Ask::Email(***)",
            Self::Sms { .. } => "Ask::Sms(***)",
        })
    }
}

/// A code was asked for. It says the same whoever asked, and whether or not a code is on its way.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The session that the code belongs to; it knows nothing yet.
    pub session: SessionKey,
    /// How many minutes a code lives.
    pub minutes: u32,
}

/// A login begins.
#[derive(Clone)]
pub struct LoginStart {
    /// The session the login belongs to; it knows nothing yet.
    pub session: SessionKey,
    /// Where the browser goes.
    pub url: String,
}

/// A login has ended well.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The session that is proved now.
    pub session: SessionKey,
    /// The tag of the language they read when they left for the provider's page.
    pub language: String,
}

impl fmt::Debug for LoginStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginStart(***)")
    }
}

/// What a login came back with, as the query of `/login/callback` has it.
#[derive(Clone, Copy)]
pub struct LoginBack<'a> {
    /// `code`.
    pub code: Option<&'a str>,
    /// `state`.
    pub state: Option<&'a str>,
    /// `iss` (RFC 9207).
    pub iss: Option<&'a str>,
    /// `error`.
    pub error: Option<&'a str>,
}

impl fmt::Debug for LoginBack<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginBack(***)")
    }
}

/// What leaked of somebody who proved who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The answer in a word.
    pub standing: Standing,
    /// When the list was published that it comes from.
    pub as_of: DateTime<Utc>,
    /// Which revision that is.
    pub revision: i32,
    /// Their lines of which something leaked or may have; empty unless the standing says so.
    pub lines: Vec<AnswerLine>,
    /// Items that leaked of others in this incident, and not of them.
    pub not_leaked: Vec<&'static str>,
    /// When they were first told, if they were.
    pub told_since: Option<DateTime<Utc>>,
    /// What this page said before, if that was something else.
    pub changed: Option<Changed>,
    /// What they may do: `items`, `moment`, `apply`, `protect`, `unprotect`, `claim`, `notices`, `choose` and so on.
    pub may: Vec<&'static str>,
    /// The incident's code.
    pub incident_reference: String,
}

/// One line of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerLine {
    /// Its key; stands for nothing outside this incident.
    pub line: LineId,
    /// Its number, masked.
    pub number: String,
    /// The items that leaked.
    pub confirmed: Vec<&'static str>,
    /// The items that may have leaked.
    pub possible: Vec<&'static str>,
    /// When it first met what took the data; only for whoever used the line.
    pub moment: Option<DateTime<Utc>>,
}

/// What the page said before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// When.
    pub at: DateTime<Utc>,
    /// From which revision.
    pub revision: i32,
    /// What.
    pub standing: Standing,
}

/// A notice they were sent, word for word if that can be shown.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct OwnNotice {
    /// When it was handed over.
    pub at: DateTime<Utc>,
    /// What it is: `confirmed`, `supplement`, …
    pub kind: &'static str,
    /// Its language, as a tag.
    pub language: &'static str,
    /// The rung it went by.
    pub rung: &'static str,
    /// The items it says have leaked.
    pub confirmed: Vec<&'static str>,
    /// The items it says may have leaked.
    pub possible: Vec<&'static str>,
    /// Its subject.
    pub subject: Option<String>,
    /// Its text; none unless it is the one that was sent.
    pub plain: Option<String>,
    /// Whether it also had an HTML side.
    pub html_available: bool,
    /// Whether what is shown is what was sent, by the hash that was written down before.
    pub exact: bool,
    /// Where it went, masked; none if it went to somebody else.
    pub to: Option<String>,
}

impl fmt::Debug for OwnNotice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnNotice")
            .field("at", &self.at)
            .field("kind", &self.kind)
            .field("exact", &self.exact)
            .finish_non_exhaustive()
    }
}

/// A line they hold or use now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnLine {
    /// Its key.
    pub line: LineId,
    /// Its number, masked.
    pub number: String,
}

/// A replacement of one line's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnCase {
    /// The line.
    pub line: LineId,
    /// Its number, masked.
    pub number: String,
    /// How it stands.
    pub state: &'static str,
    /// When it was applied for.
    pub applied_at: DateTime<Utc>,
}

/// The protection of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnProtection {
    /// The line.
    pub line: LineId,
    /// Its number, masked.
    pub number: String,
    /// How it stands.
    pub state: &'static str,
    /// Since when; none if it was never on.
    pub since: Option<DateTime<Utc>>,
}

/// A claim for money that somebody else paid with the line.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct OwnClaim {
    /// Its name.
    pub id: String,
    /// The line.
    pub line: LineId,
    /// Its number, masked.
    pub number: String,
    /// What it is about: `loss`, money somebody else took, or `refund`, what they paid for a new card.
    pub kind: &'static str,
    /// Who found it: `customer`, `carrier`, or `elsewhere`, a list of cards that were changed elsewhere.
    pub source: &'static str,
    /// How it stands.
    pub state: &'static str,
    /// How much, in won.
    pub amount_won: u64,
    /// How much of it is paid back, in won; none where nothing was granted.
    pub granted_won: Option<u64>,
    /// The day it is paid on, as `2025-10-10`; none where no day is set.
    pub pay_on: Option<String>,
    /// Whether they may object to how it was decided.
    pub may_appeal: bool,
    /// The day of the payment, as `2025-09-05`.
    pub day: String,
    /// Whom was paid, as the customer knows it.
    pub merchant: String,
    /// What else there is to say.
    pub note: String,
    /// When it was first written down.
    pub created_at: DateTime<Utc>,
    /// Whether the line is not on the list: staff look at its exposure again. Not for the customer.
    #[serde(skip)]
    pub outside_cohort: bool,
}

impl fmt::Debug for OwnClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnClaim")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// A claim as typed.
#[derive(Clone, Copy)]
pub struct NewClaim<'a> {
    /// The line.
    pub line: LineId,
    /// The day of the payment: `YYYY-MM-DD`.
    pub day: &'a str,
    /// How much, in won: digits, with commas or without, with 원 behind or without.
    pub amount: &'a str,
    /// Whom was paid.
    pub merchant: &'a str,
    /// What else there is to say; may be empty.
    pub note: &'a str,
    /// The draft it takes the place of.
    pub id: Option<&'a str>,
}

impl fmt::Debug for NewClaim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewClaim(***)")
    }
}
