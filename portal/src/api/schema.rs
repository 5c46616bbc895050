//! The shapes of the documents: what programs send, and, for the description, what they get. What they get is made by the
//! engine; a test holds each of its answers against these.

use serde::{Deserialize, Serialize};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, ToSchema};

/// The session's cookie.
#[derive(Debug)]
pub(super) struct Session;

impl Modify for Session {
    fn modify(&self, description: &mut OpenApi) {
        let cookie = ApiKey::Cookie(ApiKeyValue::new("__Host-simrecall"));
        let parts = description.components.get_or_insert_default();
        parts.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// How every operation ends that does not do what was asked: before it is reached as in it.
#[derive(Debug)]
pub(super) struct Problems;

impl Modify for Problems {
    fn modify(&self, description: &mut OpenApi) {
        let places = description.paths.paths.values_mut();
        let operations = places.flat_map(|place| [&mut place.get, &mut place.post]).flatten();
        for operation in operations {
            for (status, whose) in
                [("4XX", "not done"), ("5XX", "not done, and not the asker's fault")]
            {
                let _none = operation.responses.responses.insert(status.to_owned(), problem(whose));
            }
        }
    }
}

fn problem(whose: &str) -> RefOr<Response> {
    let shape = Ref::from_schema_name("ProblemDocument");
    let content = ContentBuilder::new().schema(Some(shape)).build();
    let response = ResponseBuilder::new().description(whose);
    RefOr::T(response.content("application/problem+json", content).build())
}

/// What went wrong, as RFC 9457 writes it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemDocument {
    /// A name for this kind of problem.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The status in words.
    pub(crate) title: String,
    /// The status.
    pub(crate) status: u16,
    /// The kind again, as one stable word.
    pub(crate) code: String,
    /// One clause more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    /// The request, as the log has it.
    pub(crate) instance: String,
}

/// Where a code goes.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SendWay {
    /// To the mail address that is named.
    Email,
    /// To the line, by the carrier's own service.
    Sms,
}

/// A code is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SendCode {
    /// Where to.
    pub(super) way: SendWay,
    /// The number of the line, national or international.
    pub(super) phone_number: String,
    /// The mail address; needed for the way `email`.
    pub(super) email: Option<String>,
    /// The language of the message: ko, en, zh-Hans, vi or ja.
    pub(super) language: Option<String>,
}

/// A code is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SentCode {
    /// How many minutes it lives.
    pub(super) minutes: u32,
}

/// A code that came.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    /// Six digits.
    pub(super) code: String,
}

/// Nothing: `{}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A text somebody got.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Text {
    /// Its words.
    pub(super) text: String,
    /// The number or address it came from.
    pub(super) sender: Option<String>,
}

/// A code that a message showed, and where the message came.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reach {
    /// The number or mail address.
    pub(super) number: String,
    /// The code.
    pub(super) code: String,
}

/// A fake.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reported {
    /// Its words.
    pub(super) text: String,
    /// The number or address it came from.
    pub(super) sender: String,
}

/// Lines to get new cards for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Apply {
    /// Their keys, as `lines` gives them.
    pub(super) lines: Vec<String>,
}

/// One line.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LineOnly {
    /// Its key, as `lines` gives it.
    pub(super) line: String,
}

/// A line to tie to its handset.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    /// Its key, as `lines` gives it.
    pub(super) line: String,
    /// The handset; the one the line is in when absent.
    pub(super) imei: Option<String>,
}

/// A claim as written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftClaim {
    /// The line's key, as `lines` gives it.
    pub(super) line: String,
    /// The day of the payment: `YYYY-MM-DD`.
    pub(super) day: String,
    /// How much, in won.
    pub(super) amount: String,
    /// Whom was paid.
    pub(super) merchant: String,
    /// What else there is to say.
    #[serde(default)]
    pub(super) note: String,
    /// The draft it takes the place of.
    pub(super) id: Option<String>,
}

/// One claim.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClaimId {
    /// Its name.
    pub(super) id: String,
}

/// Shapes that are only described: the engine makes the documents.
macro_rules! described {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(ToSchema)]
            #[expect(dead_code, reason = "only its shape is used")]
            pub(super) struct $name { $($(#[$field_doc])* $field: $kind),* }
        )*
        /// The names of every field that is described, by shape.
        #[cfg(test)]
        pub(super) fn fields() -> Vec<(&'static str, Vec<&'static str>)> {
            vec![$((stringify!($name), vec![$(stringify!($field)),*])),*]
        }
    };
}

described! {
    /// What anybody may know.
    Open {
        /// The incident's code.
        incident: String,
        /// What happened, in one line.
        title: String,
        /// The brand's name by language.
        brand: std::collections::BTreeMap<String, String>,
        /// The number that is answered day and night.
        hotline: String,
        /// The one host that mails and letters name.
        official_host: String,
        /// The list that answers come from.
        published: Option<OpenList>,
        /// Every way of proof.
        ways: Vec<OpenWay>,
    }
    /// The list that answers come from.
    OpenList {
        /// Its revision.
        revision: i32,
        /// When it was told.
        #[schema(format = DateTime)]
        at: String,
    }
    /// A way of proof.
    OpenWay {
        /// email, sms, login or agency.
        way: String,
        /// Whether it can be gone now.
        open: bool,
        /// The compromised channel that closes it.
        because: Option<String>,
    }
    /// What leaked of one person.
    Answer {
        /// `leaked`, `possibly`, `not_found`, `not_ours` or `ask`.
        standing: String,
        /// When the list was told that it comes from.
        #[schema(format = DateTime)]
        as_of: String,
        /// Which revision that is.
        revision: i32,
        /// Their lines of which something leaked or may have.
        lines: Vec<AnswerLine>,
        /// Items that leaked of others and not of them.
        not_leaked: Vec<String>,
        /// When they were first told.
        #[schema(format = DateTime)]
        told_since: Option<String>,
        /// What was answered before, if that was something else.
        changed: Option<Changed>,
        /// What they may do.
        may: Vec<String>,
        /// The incident's code.
        incident_reference: String,
    }
    /// One of their lines.
    AnswerLine {
        /// Its key.
        line: String,
        /// Its number, masked.
        number: String,
        /// Items that leaked.
        confirmed: Vec<String>,
        /// Items that may have leaked.
        possible: Vec<String>,
        /// When it met what took the data.
        #[schema(format = DateTime)]
        moment: Option<String>,
    }
    /// What was answered before.
    Changed {
        /// When.
        #[schema(format = DateTime)]
        at: String,
        /// From which revision.
        revision: i32,
        /// What.
        standing: String,
    }
    /// A notice that was sent.
    Notice {
        /// When.
        #[schema(format = DateTime)]
        at: String,
        /// What it is.
        kind: String,
        /// Its language.
        language: String,
        /// The rung it went by.
        rung: String,
        /// Items it says have leaked.
        confirmed: Vec<String>,
        /// Items it says may have leaked.
        possible: Vec<String>,
        /// Its subject.
        subject: Option<String>,
        /// Its text, if it is the one that was sent.
        plain: Option<String>,
        /// Whether it had an HTML side.
        html_available: bool,
        /// Whether what is shown is what was sent.
        exact: bool,
        /// Where it went, masked.
        to: Option<String>,
    }
    /// A line they hold or use now.
    Line {
        /// Its key.
        line: String,
        /// Its number, masked.
        number: String,
    }
    /// A replacement of a card.
    Case {
        /// The line's key.
        line: String,
        /// Its number, masked.
        number: String,
        /// How it stands.
        state: String,
        /// When it was applied for.
        #[schema(format = DateTime)]
        applied_at: String,
    }
    /// The protection of a line.
    Protection {
        /// The line's key.
        line: String,
        /// Its number, masked.
        number: String,
        /// How it stands.
        state: String,
        /// Since when.
        #[schema(format = DateTime)]
        since: Option<String>,
    }
    /// The small payments of a line.
    Payments {
        /// The line's key.
        line: String,
        /// Its number, masked.
        number: String,
        /// How they stand.
        state: String,
        /// Since when.
        #[schema(format = DateTime)]
        since: String,
        /// Until when they stay blocked, because the line has just got another card.
        #[schema(format = DateTime)]
        until: Option<String>,
        /// Whether they can be unblocked now.
        liftable: bool,
    }
    /// A hold that they raised on a line of theirs.
    OwnHold {
        /// The line's key.
        line: String,
        /// Its number, masked.
        number: String,
        /// Whether they have agreed that it ends.
        agreed: bool,
    }
    /// A claim.
    Claim {
        /// Its name.
        id: String,
        /// The line's key.
        line: String,
        /// Its number, masked.
        number: String,
        /// What it is about: `loss` or `refund`.
        kind: String,
        /// Who found it: `customer`, `carrier` or `elsewhere`.
        source: String,
        /// How it stands.
        state: String,
        /// How much, in won.
        amount_won: u64,
        /// How much of it is paid back, in won.
        granted_won: Option<u64>,
        /// The day it is paid on.
        pay_on: Option<String>,
        /// Whether they may object to how it was decided.
        may_appeal: bool,
        /// The day of the payment.
        day: String,
        /// Whom was paid.
        merchant: String,
        /// What else there is to say.
        note: String,
        /// When it was written down.
        #[schema(format = DateTime)]
        created_at: String,
    }
    /// What a text is.
    Matched {
        /// `official`, `other_sender`, `altered`, `link` or `not_ours`.
        is: String,
        /// The text it is or resembles.
        ours: Option<Ours>,
        /// The name it speaks to.
        addressed_to: Option<String>,
        /// Where it differs.
        places: Vec<Place>,
    }
    /// A text of the carrier's.
    Ours {
        /// The wave it went out in.
        wave: i32,
        /// Its number within the wave.
        no: i32,
        /// What it is.
        kind: String,
        /// Its language.
        language: String,
        /// The rung it goes by.
        rung: String,
        /// Whom it comes from.
        sender: String,
        /// Its SHA-256.
        sha256: String,
    }
    /// Where a text differs.
    Place {
        /// How.
        kind: String,
        /// What the carrier's says.
        ours: String,
        /// What the text says.
        theirs: String,
        /// The same as a sentence in English.
        en: String,
        /// The same as a sentence in Korean.
        ko: String,
    }
    /// Whether a code is genuine.
    Checked {
        /// Whether it was sent there.
        genuine: bool,
        /// What was sent.
        sent: Option<SentMessage>,
    }
    /// A message that was sent.
    SentMessage {
        /// When.
        #[schema(format = DateTime)]
        at: String,
        /// The wave.
        wave: i32,
        /// What it is.
        kind: String,
        /// Its language.
        language: String,
        /// The rung it first went by.
        rung: String,
    }
}
