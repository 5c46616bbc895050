//! What one person was told: word for word, when, over which rung, and what came of it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::{Act, Purpose};
use simrecall_core::cohort::{FactSet, Item, ItemSet};
use simrecall_core::delivery::Rung;
use simrecall_core::id::{SubscriberId, WaveNo};
use simrecall_core::identity::Msisdn;
use simrecall_core::incident::Incident;
use simrecall_core::notice::Rendered;
use simrecall_core::subscriber::Contact;
use simrecall_store::ledger::{AttemptRecord, NoticeRecord, TargetRecord};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::seal::IncidentKeys;

use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::staff::hex;
use crate::target::TargetContent;
use crate::terminal::honey;
use crate::words::Words;
use crate::{incident, staff};

/// What an attempt carries whose text nobody wrote down: one adopted after a restore.
const NO_TEXT: [u8; 32] = [0; 32];

/// One person's notices in one incident, oldest first.
#[derive(Debug, Clone, Serialize)]
pub struct PersonAnswer {
    /// The incident's code.
    pub incident: String,
    /// Whether somebody was told something, by any of the notices.
    pub told: bool,
    /// The notices; none if nothing was owed so far.
    pub notices: Vec<NoticeAnswer>,
}

/// One notice.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeAnswer {
    /// The wave it belongs to.
    pub wave: WaveNo,
    /// What it is: `confirmed`, `supplement`, …
    pub kind: &'static str,
    /// The language, as a tag.
    pub language: &'static str,
    /// How many lines it speaks of.
    pub lines: usize,
    /// The items it says have leaked, over all lines.
    pub confirmed: Vec<&'static str>,
    /// The items it says may have leaked, over all lines.
    pub possible: Vec<&'static str>,
    /// Whether its primary recipient was told.
    pub told: bool,
    /// The primary recipient, then the copies.
    pub recipients: Vec<RecipientAnswer>,
}

/// One recipient of a notice.
#[derive(Debug, Clone, Serialize)]
pub struct RecipientAnswer {
    /// As whom.
    pub role: &'static str,
    /// Whether they were told.
    pub told: bool,
    /// Every try, in order.
    pub attempts: Vec<AttemptAnswer>,
}

/// One try.
#[derive(Debug, Clone, Serialize)]
pub struct AttemptAnswer {
    /// The reference under which the network knows it.
    pub reference: String,
    /// The rung.
    pub rung: &'static str,
    /// The route.
    pub route: String,
    /// Where it went, masked; nowhere in particular for a posting.
    pub to: Option<String>,
    /// When it was handed over.
    pub at: DateTime<Utc>,
    /// Whether the try before it may have arrived, so that this one may be a repetition.
    pub resend: bool,
    /// How it stands, by the standing's name.
    pub standing: &'static str,
    /// Since when it stands so.
    pub since: Option<DateTime<Utc>>,
    /// SHA-256 of the text as the ledger has it.
    pub text_sha256: String,
    /// The text, if it can be shown to be the one that was sent.
    pub text: TextAnswer,
}

/// What can be said of an attempt's text.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum TextAnswer {
    /// Rendered again, it has the hash that was written down before it was sent.
    Exact(NoticeText),
    /// Rendered again it has another hash: the words or templates installed here have changed since.
    Differs,
    /// Nobody wrote the hash down: the attempt was adopted after a restore.
    Unknown,
}

/// A notice's text. `Debug` does not show it: it holds a name.
#[derive(Clone, Serialize)]
pub struct NoticeText {
    /// The subject, where the rung has one.
    pub subject: Option<String>,
    /// Plain text; empty for a letter and a posting.
    pub plain: String,
    /// HTML of a mail, a letter or a posting.
    pub html: Option<String>,
}

impl fmt::Debug for NoticeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoticeText(***)")
    }
}

/// Whom to look at, and why.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The carrier's reference of the person.
    pub person: &'a str,
    /// Why, as [`Purpose::parse`] reads it.
    pub purpose: &'a str,
    /// The staff member who looks.
    pub by: &'a str,
}

impl fmt::Debug for Look<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Look").field("purpose", &self.purpose).field("by", &self.by).finish()
    }
}

/// Shows one person's notices. Who looks, and why, is in the journal before anything is opened.
pub fn show(home: &Home, code: &str, look: &Look<'_>) -> Result<PersonAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, look.by, Act::OpenPerson)?;
    let purpose = purpose(look.purpose)?;
    // Whoever types a number that is laid out here did not get it from a customer.
    if let Ok(number) = Msisdn::parse(look.person) {
        honey::touched_at_desk(home, &member, &number)?;
    }
    let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
    let person = keys.subscriber_id(look.person);
    let notices = home.store.read(|tx| tx.person_history(incident.id, person));
    let notices = notices.map_err(problem::store)?;
    let targets = notices.iter().map(|notice| notice.targets.len()).sum::<usize>();
    let permit = home.permit(&PermitRequest {
        purpose,
        actor: member.id.to_string(),
        incident: Some(incident.id),
        scope: format!("notices of person {person}"),
        fields: vec!["contact".to_owned(), "variables".to_owned()],
        rows: u64::try_from(targets).unwrap_or(u64::MAX),
    })?;
    if notices.is_empty() {
        known(home, &incident, person)?;
    }
    let mut reader = Reader::new(home, permit, keys)?;
    let notices = notices.iter().map(|notice| reader.notice(notice)).collect::<Result<Vec<_>>>()?;
    let told = notices.iter().any(|notice| notice.told);
    Ok(PersonAnswer { incident: incident.code.to_string(), told, notices })
}

/// A purpose for which a person looks at a person.
pub(crate) fn purpose(name: &str) -> Result<Purpose> {
    let refused = |why: String| {
        Problem::input("purpose", why).hint("write customer_request, authority or audit")
    };
    let purpose = Purpose::parse(name).map_err(|error| refused(error.to_string()))?;
    match purpose {
        Purpose::CustomerRequest | Purpose::Authority | Purpose::Audit => Ok(purpose),
        Purpose::Plan | Purpose::Send | Purpose::Settle => {
            Err(refused(format!("{name} is a purpose of the sender, not of a person who looks")))
        }
    }
}

/// Refuses a reference that names nobody: it is a slip of the keyboard, not a person without notices.
pub(crate) fn known(home: &Home, incident: &Incident, person: SubscriberId) -> Result<()> {
    let found = home.store.read(|tx| match tx.latest_snapshot(incident.id)? {
        Some(snapshot) => tx.parties(incident.id, snapshot.no, &[person]),
        None => Ok(Vec::new()),
    });
    if found.map_err(problem::store)?.is_empty() {
        let what = format!("the registry of {} knows nobody by this reference", incident.code);
        return Err(Problem::input("person", what)
            .hint("is it the carrier's own reference, letter for letter?"));
    }
    Ok(())
}

/// Opens what was sent to one person, and renders it again.
pub(crate) struct Reader {
    permit: Permit,
    keys: IncidentKeys,
    words: Words,
}

impl Reader {
    /// With the words the incident's people are told in now: what was said in others is not shown.
    pub(crate) fn new(home: &Home, permit: Permit, keys: IncidentKeys) -> Result<Self> {
        let words = Words::read(home, &incident::words(home, keys.incident())?)?;
        Ok(Self { permit, keys, words })
    }

    /// Where a target is reached and what its notice says.
    pub(crate) fn content(&mut self, target: &TargetRecord) -> Result<TargetContent> {
        TargetContent::open(&mut self.permit, &self.keys, &target.key, &target.sealed)
    }

    fn notice(&mut self, notice: &NoticeRecord) -> Result<NoticeAnswer> {
        let recipients = notice.targets.iter().map(|target| self.recipient(target));
        let all =
            notice.tellings.iter().fold(FactSet::default(), |all, (_, facts)| all.union(*facts));
        Ok(NoticeAnswer {
            wave: notice.wave,
            kind: notice.kind.name(),
            language: notice.language.tag(),
            lines: notice.tellings.len(),
            confirmed: names(all.confirmed()),
            possible: names(all.possible()),
            recipients: recipients.collect::<Result<_>>()?,
            told: notice.targets.iter().any(|target| target.role.is_primary() && target.is_told()),
        })
    }

    fn recipient(&mut self, target: &TargetRecord) -> Result<RecipientAnswer> {
        let content = self.content(target)?;
        let attempts = target.attempts.iter().map(|attempt| self.attempt(attempt, &content));
        Ok(RecipientAnswer {
            role: target.role.name(),
            told: target.is_told(),
            attempts: attempts.collect(),
        })
    }

    fn attempt(&self, attempt: &AttemptRecord, content: &TargetContent) -> AttemptAnswer {
        AttemptAnswer {
            reference: attempt.key.to_string(),
            rung: attempt.intent.rung.name(),
            route: attempt.route.clone(),
            to: masked(attempt.intent.rung, &content.contact),
            at: attempt.intent.at,
            resend: attempt.intent.resend,
            standing: attempt.state.standing().name(),
            since: attempt.state.since(),
            text_sha256: hex(&attempt.text_sha256),
            text: self.text(attempt, content),
        }
    }

    /// An attempt's text, if it can be shown to be the one that was sent.
    pub(crate) fn text(&self, attempt: &AttemptRecord, content: &TargetContent) -> TextAnswer {
        if attempt.text_sha256 == NO_TEXT {
            return TextAnswer::Unknown;
        }
        // A brand that has no words any more cannot give the text of the time either.
        match self.words.render(attempt.intent.rung, &content.variables) {
            Ok(rendered) if rendered.sha256() == attempt.text_sha256 => {
                let Rendered { subject, text, html } = rendered;
                TextAnswer::Exact(NoticeText { subject, plain: text, html })
            }
            Ok(_) | Err(_) => TextAnswer::Differs,
        }
    }
}

/// The words for items.
pub(crate) fn names(items: ItemSet) -> Vec<&'static str> {
    items.iter().map(Item::code).collect()
}

/// Where an attempt went, masked.
pub(crate) fn masked(rung: Rung, contact: &Contact) -> Option<String> {
    match rung {
        Rung::Lms | Rung::Sms => contact.msisdn.as_ref().map(ToString::to_string),
        Rung::Email => contact.email.as_ref().map(ToString::to_string),
        Rung::Letter => contact.postal.as_ref().map(|postal| postal.name.to_string()),
        Rung::Posting => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_s_purposes_open_a_person() {
        assert_eq!(purpose("customer_request").unwrap(), Purpose::CustomerRequest);
        for refused in ["send", "plan", "settle", "curiosity", ""] {
            assert_eq!(purpose(refused).unwrap_err().code, "purpose", "{refused}");
        }
    }

    #[test]
    fn a_text_and_a_look_are_not_shown() {
        let text =
            NoticeText { subject: None, plain: "홍길동 고객님".to_owned(), html: None };
        let look = Look { person: "P-0001234", purpose: "audit", by: "auditor" };
        let shown = format!("{:?} {look:?}", TextAnswer::Exact(text));
        assert!(!shown.contains("홍길동") && !shown.contains("P-0001234"), "{shown}");
    }
}
