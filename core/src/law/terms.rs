//! The words rules are written in.

use std::fmt;

use chrono_tz::Tz;

named! {
    /// What a rule makes the carrier do.
    Duty, ParseDutyError, "a duty" {
        /// Tell the persons concerned.
        Notify = "notify",
        /// Tell those whose data may have leaked.
        NotifyPossible = "notify_possible",
        /// Tell those told of a possibility that nothing leaked.
        AllClear = "all_clear",
        /// Tell what was left open in the first notice.
        Supplement = "supplement",
        /// Publish in place of telling each person.
        Post = "post",
        /// Report to an authority.
        Report = "report",
        /// Report again what is new.
        ReportUpdate = "report_update",
        /// Warn an authority before the report.
        EarlyWarning = "early_warning",
        /// Close the report.
        FinalReport = "final_report",
        /// Tell nobody for a while.
        Silence = "silence",
        /// Report how relief goes on.
        Progress = "progress",
        /// Keep records.
        Records = "records",
    }
}

impl Duty {
    /// Whether each revision of the cohort has a clock of its own for it.
    pub const fn is_per_revision(self) -> bool {
        match self {
            Self::Notify | Self::NotifyPossible => true,
            Self::AllClear
            | Self::Supplement
            | Self::Post
            | Self::Report
            | Self::ReportUpdate
            | Self::EarlyWarning
            | Self::FinalReport
            | Self::Silence
            | Self::Progress
            | Self::Records => false,
        }
    }
}

impl Duty {
    /// Whether it is done by telling people, so that a silence forbids it.
    pub const fn tells(self) -> bool {
        match self {
            Self::Notify
            | Self::NotifyPossible
            | Self::AllClear
            | Self::Supplement
            | Self::Post => true,
            Self::Report
            | Self::ReportUpdate
            | Self::EarlyWarning
            | Self::FinalReport
            | Self::Silence
            | Self::Progress
            | Self::Records => false,
        }
    }
}

named! {
    /// How far a rule can be relied on.
    Standing, ParseStandingError, "a standing" {
        /// Its text was read.
        Verified = "verified",
        /// Its text was not read: shown, marked, and never in the way.
        Unverified = "unverified",
        /// Not in force: shown, and never counted.
        Pending = "pending",
    }
}

named! {
    /// A way of giving notice that a rule names.
    Method, ParseMethodError, "a method" {
        /// In writing.
        Letter = "letter",
        /// By e-mail.
        Email = "email",
        /// By a text message long enough to hold all that is asked.
        Lms = "lms",
        /// By fax.
        Fax = "fax",
        /// By telephone.
        Telephone = "telephone",
        /// On the carrier's own site, easily noticed.
        Website = "website",
        /// Visibly at the place of business.
        Premises = "premises",
        /// In the authority's form on the web.
        WebForm = "web_form",
        /// In the media.
        Media = "media",
    }
}

named! {
    /// Why a posting may take the place of telling each person.
    Ground, ParseGroundError, "a ground for posting" {
        /// No way of reaching the person is known.
        ContactUnknown = "contact_unknown",
        /// Another just cause.
        JustCause = "just_cause",
        /// Telling each would take a disproportionate effort.
        DisproportionateEffort = "disproportionate_effort",
        /// Telling each is difficult, and other steps protect their interests.
        Difficult = "difficult",
    }
}

named! {
    /// Where a statute's days are counted.
    Zone, ParseZoneError, "a zone" {
        /// Korea.
        Seoul = "Asia/Seoul",
        /// Japan.
        Tokyo = "Asia/Tokyo",
        /// The seat of the Union.
        Brussels = "Europe/Brussels",
        /// The United Kingdom.
        London = "Europe/London",
        /// The federal authorities of the United States.
        NewYork = "America/New_York",
        /// California.
        LosAngeles = "America/Los_Angeles",
    }
}

impl Zone {
    /// Its clock.
    pub const fn tz(self) -> Tz {
        match self {
            Self::Seoul => Tz::Asia__Seoul,
            Self::Tokyo => Tz::Asia__Tokyo,
            Self::Brussels => Tz::Europe__Brussels,
            Self::London => Tz::Europe__London,
            Self::NewYork => Tz::America__New_York,
            Self::LosAngeles => Tz::America__Los_Angeles,
        }
    }
}

/// To whom a duty is owed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recipient {
    /// The persons whose data leaked.
    Persons,
    /// Those whose data may have leaked.
    PossiblyAffected,
    /// Those told that their data may have leaked.
    ToldPossible,
    /// An authority, by its usual names.
    Authority(Box<str>),
    /// Everybody.
    Public,
    /// Other providers.
    Providers,
    /// Nobody: kept.
    Files,
}

/// A word that names no recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a recipient; one of persons, possibly_affected, told_possible, authority:NAME, public, providers, files"
)]
pub struct ParseRecipientError;

impl Recipient {
    /// Reads the word of a pack.
    pub fn parse(text: &str) -> Result<Self, ParseRecipientError> {
        match text {
            "persons" => Ok(Self::Persons),
            "possibly_affected" => Ok(Self::PossiblyAffected),
            "told_possible" => Ok(Self::ToldPossible),
            "public" => Ok(Self::Public),
            "providers" => Ok(Self::Providers),
            "files" => Ok(Self::Files),
            other => match other.strip_prefix("authority:").map(str::trim) {
                None | Some("") => Err(ParseRecipientError),
                Some(name) => Ok(Self::Authority(name.into())),
            },
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Persons => f.write_str("persons"),
            Self::PossiblyAffected => f.write_str("possibly_affected"),
            Self::ToldPossible => f.write_str("told_possible"),
            Self::Authority(name) => write!(f, "authority:{name}"),
            Self::Public => f.write_str("public"),
            Self::Providers => f.write_str("providers"),
            Self::Files => f.write_str("files"),
        }
    }
}

by_name!(Recipient);
