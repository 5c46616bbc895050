//! Whether a message with a code is genuine: answered only for the code together with where the message went.

use std::fmt;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::delivery::Rung;
use simrecall_core::id::{IncidentId, TargetKey};
use simrecall_core::identity::{EmailAddress, Msisdn};
use simrecall_core::notice::MessageCode;
use simrecall_store::ledger::{AttemptRecord, NoticeRecord, TargetRecord};
use simrecall_store::wording::TryLimits;
use simrecall_store::{StoreError, Tx};

use super::code::{row_key, try_key};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{incident, staff};

/// The journal's word for a look-up.
const CHECKED: &str = "register.code_checked";

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The number or mail address the message came to.
    pub reach: &'a str,
    /// The code in it.
    pub code: &'a str,
    /// The staff member who asks.
    pub by: &'a str,
}

impl fmt::Debug for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("by", &self.by).finish_non_exhaustive()
    }
}

/// Whether the message is genuine. Why it is not, nobody is told: a wrong code, a number that got nothing and one that is not
/// in the registry look the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeAnswer {
    /// Whether the code was sent there.
    pub genuine: bool,
    /// What was sent; none unless it is genuine.
    pub sent: Option<SentAnswer>,
}

/// A message that was sent with the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentAnswer {
    /// When it was first handed over.
    pub at: DateTime<Utc>,
    /// The wave.
    pub wave: i32,
    /// What it is: `confirmed`, `supplement`, …
    pub kind: &'static str,
    /// Its language, as a tag.
    pub language: &'static str,
    /// The rung it first went by.
    pub rung: &'static str,
}

/// Looks a code up, if it was not asked for too often. That it was is in the journal, without number and code.
pub fn check_code(home: &Home, incident_code: &str, question: &Question<'_>) -> Result<CodeAnswer> {
    let incident = incident::by_code(home, incident_code)?.id;
    let member = staff::may(home, question.by, Act::ReportFake)?;
    check_code_as(home, incident, (question.reach, question.code), &member.id.to_string())
}

/// The same, asked by `actor`.
pub(crate) fn check_code_as(
    home: &Home,
    incident: IncidentId,
    (typed, code): (&str, &str),
    actor: &str,
) -> Result<CodeAnswer> {
    let reach = reach(typed)?;
    let code = MessageCode::parse(code).map_err(|error| {
        Problem::input("message_code", "this is no message code")
            .caused_by(error)
            .hint("read it again, three by three: 7K2-M9Q-X4T")
    })?;
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let (row, tries) = (row_key(&keys, code, &reach), try_key(&keys, &reach));
    let hour = hour(home.now());
    let limits = home.config.register;
    let limits = TryLimits { per_number: limits.per_number, in_all: limits.in_all };
    let found = home.store.read(|tx| sent(tx, incident, &row)).map_err(problem::store)?;
    let body = serde_json::json!({ "genuine": found.is_some() });
    let entry = home.entry(CHECKED, actor, Some(incident), body)?;
    let counted = home.store.write(|tx| {
        tx.forget_code_tries(hour)?;
        let counted = tx.count_code_try(&tries, hour, limits)?;
        if counted {
            tx.journal(&entry)?;
        }
        Ok(counted)
    });
    if !counted.map_err(problem::store)? {
        return Err(Problem::state("too_often", "codes were asked for too often in this hour")
            .hint("ask again in the next hour; [register] in simrecall.toml sets how often"));
    }
    Ok(CodeAnswer { genuine: found.is_some(), sent: found })
}

/// A number or mail address in its normal form.
fn reach(text: &str) -> Result<String> {
    let refused = || {
        Problem::input("number", "this is neither a mobile number nor a mail address")
            .hint("write the number the message came to, such as 010-1234-5678")
    };
    if text.contains('@') {
        let email = EmailAddress::parse(text).map_err(|error| refused().caused_by(error))?;
        return Ok(email.expose().to_owned());
    }
    let number = Msisdn::parse(text).map_err(|error| refused().caused_by(error))?;
    Ok(number.expose().to_owned())
}

/// The hour that is under way.
fn hour(now: DateTime<Utc>) -> DateTime<Utc> {
    now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now)
}

/// What was sent to the targets of this incident whose code it is; the earliest of several.
fn sent(
    tx: &mut Tx<'_>,
    incident: IncidentId,
    row: &[u8; 16],
) -> std::result::Result<Option<SentAnswer>, StoreError> {
    let keys = tx.code_targets(row)?;
    let mut earliest: Option<SentAnswer> = None;
    for target in tx.targets(&keys)? {
        let Some((at, rung)) = first_sent(&target) else { continue };
        let history = tx.person_history(incident, target.person)?;
        let Some(notice) = notice_of(&history, &target.key) else { continue };
        let answer = SentAnswer {
            at,
            wave: target.key.wave.0,
            kind: notice.kind.name(),
            language: notice.language.tag(),
            rung: rung.name(),
        };
        if earliest.as_ref().is_none_or(|before| answer.at < before.at) {
            earliest = Some(answer);
        }
    }
    Ok(earliest)
}

/// The notice of a target; none if it belongs to another incident.
fn notice_of<'a>(history: &'a [NoticeRecord], target: &TargetKey) -> Option<&'a NoticeRecord> {
    history.iter().find(|notice| notice.targets.iter().any(|other| other.key == *target))
}

/// When and how the first message that shows a code went out.
fn first_sent(target: &TargetRecord) -> Option<(DateTime<Utc>, Rung)> {
    let sent = target.attempts.iter().filter(|attempt| was_sent(attempt));
    sent.map(|attempt| (attempt.intent.at, attempt.intent.rung)).min_by_key(|(at, _)| *at)
}

fn was_sent(attempt: &AttemptRecord) -> bool {
    let shows_code = match attempt.intent.rung {
        Rung::Lms | Rung::Sms | Rung::Email => true,
        Rung::Letter | Rung::Posting => false,
    };
    // Whoever holds the code of one that may have arrived holds its text.
    shows_code && attempt.state.standing().may_have_arrived()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_in_any_form_and_shown_in_none() {
        assert_eq!(reach("010-1234-5678").unwrap(), "821012345678");
        assert_eq!(reach("A@Example.com").unwrap(), "A@example.com");
        for bad in ["", "114", "@"] {
            let problem = reach(bad).unwrap_err();
            assert_eq!(problem.code, "number");
        }
        let question = Question { reach: "01012345678", code: "28T-5CY-4TH", by: "desk" };
        assert_eq!(format!("{question:?}"), "Question { by: \"desk\", .. }");
    }

    #[test]
    fn tries_are_counted_by_the_hour() {
        let at = DateTime::from_timestamp(1_757_552_399, 0).unwrap();
        assert_eq!(hour(at), DateTime::from_timestamp(1_757_548_800, 0).unwrap());
    }
}
