//! How a claim moves: the step, what it says from then on, and what its owner is told, in one transaction.

use chrono::{DateTime, NaiveTime, TimeZone as _, Utc};
use simrecall_core::claim::{Event, Source, StepError, step};
use simrecall_core::id::StaffId;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::claim::{Claim, ClaimStep};
use simrecall_store::seal::IncidentKeys;
use simrecall_store::{StoreError, Tx};

use super::{Record, appeal, sealed, wrong_state};
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::replacement::notices::{Letters, Topic};

/// Who moves claims.
pub(super) struct Desk<'a> {
    pub(super) home: &'a Home,
    pub(super) keys: &'a IncidentKeys,
    /// Who does it; none for its owner.
    pub(super) by: Option<StaffId>,
    /// The second of two who do it together.
    pub(super) also_by: Option<StaffId>,
    /// Who does it, as the journal names them.
    pub(super) actor: &'a str,
}

/// What happens to a claim besides where it goes.
#[derive(Default)]
pub(super) struct With {
    /// What is known of the cohort, when it is handed in.
    pub(super) outside: Option<bool>,
    /// What its owner is told.
    pub(super) tell: Option<CaseNoticeKind>,
}

/// A move that is ready to be written.
pub(super) struct Moving {
    claim: Claim,
    record: Record,
    sealed: Vec<u8>,
    with: With,
    by: Option<StaffId>,
    also_by: Option<StaffId>,
    at: DateTime<Utc>,
}

impl Desk<'_> {
    /// Makes a move ready, if the claim may go there.
    pub(super) fn ready(
        &self,
        claim: &Claim,
        record: Record,
        event: &Event,
        with: With,
    ) -> Result<Moving> {
        let to = step(&record.state, event, record.won).map_err(refused)?;
        let record = Record { state: to, ..record };
        Ok(Moving {
            sealed: sealed(self.keys, claim.id, &record)?,
            claim: claim.clone(),
            record,
            with,
            by: self.by,
            also_by: self.also_by,
            at: self.home.now(),
        })
    }

    /// Makes one move, and says so in the journal.
    pub(super) fn go(&self, moving: &Moving, kind: &str) -> Result<()> {
        let body = serde_json::json!({ "claim": moving.claim.id });
        let entry = self.home.entry(kind, self.actor, Some(moving.claim.incident), body)?;
        let letters = self.letters([moving])?;
        let moved = self.home.store.write(|tx| {
            let moved = moving.write(tx, self.home, &letters)?;
            if moved {
                tx.journal(&entry)?;
            }
            Ok(moved)
        })?;
        if moved { Ok(()) } else { Err(wrong_state()) }
    }

    /// Where those are reached who are told of these moves.
    pub(super) fn letters<'m>(
        &self,
        moves: impl IntoIterator<Item = &'m Moving>,
    ) -> Result<Letters> {
        let mut letters = Letters::none();
        let told = moves.into_iter().filter(|moving| moving.with.tell.is_some());
        letters.add_topics(self.home, told.map(|moving| topic(self.home, moving)))?;
        Ok(letters)
    }
}

impl Moving {
    /// The claim as it was found.
    pub(super) const fn claim(&self) -> &Claim {
        &self.claim
    }

    /// How much was granted.
    pub(super) fn granted(&self) -> u64 {
        self.record.state.granted().unwrap_or(0)
    }

    /// Writes the move and what its owner is told, if the claim still is where it was found. Whether it was.
    pub(super) fn write(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
        letters: &Letters,
    ) -> std::result::Result<bool, StoreError> {
        let (incident, id, to) = (self.claim.incident, self.claim.id, self.record.state.kind());
        let step = ClaimStep {
            incident,
            id,
            from: self.claim.state,
            to,
            outside_cohort: self.with.outside,
            sealed: Some(&self.sealed),
            by: self.by,
            also_by: self.also_by,
            at: self.at,
        };
        let Some(no) = tx.step_claim(&step)? else { return Ok(false) };
        let told = match self.with.tell {
            Some(kind) => letters.tell(tx, home, &topic(home, self), (kind, no))?,
            None => 0,
        };
        if to.may_appeal() && told == 0 {
            appeal::reached_nobody(tx, incident, id, self.at)?;
        }
        Ok(true)
    }
}

/// What the owner of a claim is told about. What the carrier found is older than its row.
fn topic(home: &Home, moving: &Moving) -> Topic {
    let Claim { incident, id, person, line, made_at, source, .. } = moving.claim;
    let since = match source {
        Source::Customer => made_at,
        Source::Carrier | Source::Elsewhere => {
            let midnight = moving.record.day.and_time(NaiveTime::MIN);
            let began = home.config.law.zone.from_local_datetime(&midnight).earliest();
            began.map_or(made_at, |began| began.with_timezone(&Utc).min(made_at))
        }
    };
    Topic { incident, of: id.into(), person, line, since }
}

fn refused(error: StepError) -> Problem {
    match error {
        StepError::Illegal { .. } => wrong_state().caused_by(error),
        StepError::Amount => Problem::input(
            "claim_amount",
            "this is more than was claimed, or nothing, or all of it",
        )
        .caused_by(error)
        .hint("a part is more than nothing and less than what was claimed"),
    }
}
