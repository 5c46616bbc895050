//! What somebody was sent, shown to them again.

use chrono::{DateTime, Utc};
use simrecall_core::access::{Capacity, Unlock};
use simrecall_core::cohort::FactSet;
use simrecall_core::subscriber::RecipientRole;
use simrecall_store::ledger::{AttemptRecord, NoticeRecord, TargetRecord};

use super::door::Door;
use super::session::{Known, Visit, locked};
use super::shown::OwnNotice;
use crate::notice::{Reader, TextAnswer, masked, names};
use crate::problem::Result;

impl Door {
    /// What they were sent, oldest first: word for word where what was written down before sending proves it.
    pub fn notices(&self, visit: &Visit) -> Result<Vec<OwnNotice>> {
        let known = visit.asked(Unlock::Notices)?;
        if self.is_silent(known)? {
            return Err(locked());
        }
        let permit = self.permit("the notices somebody was sent")?;
        let mut reader = Reader::new(&self.inner.home, permit, self.inner.keys.clone())?;
        let mut shown = Vec::new();
        for notice in &self.released_notices(known)? {
            for target in notice.targets.iter().filter(|one| is_of(known.proven.capacity, one.role))
            {
                let content = reader.content(target)?;
                let sent = target.attempts.iter();
                for attempt in sent.filter(|one| one.state.standing().may_have_arrived()) {
                    let to = masked(attempt.intent.rung, &content.contact);
                    let is_theirs = is_own(known.proven.capacity, target.role);
                    let text = reader.text(attempt, &content);
                    shown.push(own(notice, attempt, (text, to.filter(|_| is_theirs))));
                }
            }
        }
        shown.sort_by_key(|one: &OwnNotice| one.at);
        Ok(shown)
    }

    /// Their notices in waves that two people let go.
    fn released_notices(&self, known: &Known) -> Result<Vec<NoticeRecord>> {
        let (incident, person) = (self.inner.incident, known.person);
        let read = self.inner.home.store.read(|tx| tx.person_history_released(incident, person));
        Ok(read?)
    }
}

/// When the first notice reached them, if one did.
pub(crate) fn told_since(door: &Door, known: &Known) -> Result<Option<DateTime<Utc>>> {
    let notices = door.released_notices(known)?;
    let primary = |notice: &NoticeRecord| {
        let targets = notice.targets.iter().filter(|target| target.role.is_primary());
        targets.filter_map(told_at).min()
    };
    Ok(notices.iter().filter_map(primary).min())
}

fn told_at(target: &TargetRecord) -> Option<DateTime<Utc>> {
    let told = target.attempts.iter().filter(|one| one.state.standing().is_positive());
    told.map(|one| one.intent.at).min()
}

fn own(
    notice: &NoticeRecord,
    attempt: &AttemptRecord,
    (text, to): (TextAnswer, Option<String>),
) -> OwnNotice {
    let all = notice.tellings.iter().fold(FactSet::default(), |all, (_, facts)| all.union(*facts));
    let (exact, text) = match text {
        TextAnswer::Exact(text) => (true, Some(text)),
        TextAnswer::Differs | TextAnswer::Unknown => (false, None),
    };
    OwnNotice {
        at: attempt.intent.at,
        kind: notice.kind.name(),
        language: notice.language.tag(),
        rung: attempt.intent.rung.name(),
        confirmed: names(all.confirmed()),
        possible: names(all.possible()),
        html_available: text.as_ref().is_some_and(|text| text.html.is_some()),
        subject: text.as_ref().and_then(|text| text.subject.clone()),
        plain: text.map(|text| text.plain).filter(|plain| !plain.is_empty()),
        exact,
        to,
    }
}

/// Whether a notice to this recipient is shown to them: the primary one, and copies that went to their own line or to the line
/// they speak for.
const fn is_of(capacity: Capacity, role: RecipientRole) -> bool {
    match role {
        RecipientRole::Holder | RecipientRole::Handset | RecipientRole::Line => match capacity {
            Capacity::Holder | Capacity::Guardian | Capacity::Company => true,
            Capacity::LineUser => false,
        },
        RecipientRole::Guardian => matches!(capacity, Capacity::Guardian),
        RecipientRole::CompanyContact => matches!(capacity, Capacity::Company),
    }
}

/// Whether it went to the one who looks; another recipient's number is not shown.
const fn is_own(capacity: Capacity, role: RecipientRole) -> bool {
    match (capacity, role) {
        (Capacity::Holder, RecipientRole::Holder | RecipientRole::Handset)
        | (Capacity::Guardian, RecipientRole::Guardian | RecipientRole::Handset)
        | (Capacity::Company, RecipientRole::CompanyContact | RecipientRole::Handset) => true,
        (Capacity::Holder | Capacity::Guardian | Capacity::Company | Capacity::LineUser, _) => {
            false
        }
    }
}
