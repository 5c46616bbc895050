//! Proofs that failed: the third of a line in a day, wherever, holds the line.

use chrono::TimeDelta;
use simrecall_core::id::{CaseId, IncidentId, LineId};
use simrecall_core::replacement::{Event, step};
use simrecall_core::terminal::look;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::line_hold::LineHold;
use simrecall_store::proof::CaseProof;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::{StoreError, Tx};

use super::notices::Letters;
use super::step::{Hand, moved};
use crate::home::Home;

/// Proofs of a line that failed, after which it is held.
pub(crate) const FAILURES: usize = 3;
/// Over how long they are counted.
pub(crate) const COUNTED: TimeDelta = TimeDelta::hours(24);

/// A proof that failed.
pub(crate) struct Failed<'a> {
    /// Whose it was meant to be.
    pub(crate) case: &'a ReplacementCase,
    /// Blind index of the number under the service key.
    pub(crate) number: &'a [u8; 16],
    /// What failed.
    pub(crate) proof: CaseProof,
    /// Whoever is told when the line is held, made ready.
    pub(crate) letters: &'a Letters,
    /// Who tried it, and where.
    pub(crate) hand: &'a Hand<'a>,
}

impl Failed<'_> {
    /// Keeps it, and holds the line with the third one in a day, at whichever counter or page; how many there are. Those before a hold
    /// that somebody has looked at and cleared are not counted again.
    pub(crate) fn keep(&self, tx: &mut Tx<'_>, home: &Home) -> Result<usize, StoreError> {
        let case = self.case;
        tx.lock_line(self.number)?;
        tx.add_case_proof(case.incident, case.id, &self.proof)?;
        let failures = count(tx, home, (case.incident, case.line), self.number)?;
        if failures >= FAILURES {
            self.hold(tx, home)?;
        }
        Ok(failures)
    }

    fn hold(&self, tx: &mut Tx<'_>, home: &Home) -> Result<(), StoreError> {
        let case = self.case;
        raise(tx, home, self.number, Some((case.incident, case.id)))?;
        let now = tx.replacement(case.incident, case.id)?.ok_or(StoreError::NotFound("case"))?;
        // One that is being swapped is turned by whoever works at it, who sees the hold.
        if now.state.is_swapping() || step(now.state, Event::Hold).is_err() {
            return Ok(());
        }
        let done = moved(tx, home, (&now, Event::Hold, PlaceChange::Leave), self.hand)?;
        if done == Moved::Done {
            self.letters.write(tx, home, &now, (CaseNoticeKind::Held, now.version + 1))?;
        }
        Ok(())
    }
}

/// A second look at somebody without a case failed: it is kept already, and holds the line if it is the third.
pub(crate) fn walk_in(
    tx: &mut Tx<'_>,
    home: &Home,
    line: (IncidentId, LineId),
    number: &[u8; 16],
) -> Result<(), StoreError> {
    tx.lock_line(number)?;
    if count(tx, home, line, number)? >= FAILURES {
        raise(tx, home, number, None)?;
    }
    Ok(())
}

/// How many proofs of a line failed in a day, since somebody last looked at a hold of it.
fn count(
    tx: &mut Tx<'_>,
    home: &Home,
    (incident, line): (IncidentId, LineId),
    number: &[u8; 16],
) -> Result<usize, StoreError> {
    let looked = tx.line_holds(number)?;
    let looked = looked.into_iter().filter_map(|hold| hold.cleared).map(|(at, _)| at).max();
    let day = home.now() - COUNTED;
    let since = looked.map_or(day, |at| at.max(day));
    let failures = tx.failed_proofs(incident, line, since)?;
    // A look at somebody without a case is no proof of any.
    let looks = tx.looks_of_number(number, since)?;
    let denied = looks.iter().filter(|one| one.case.is_none() && one.state == look::State::Denied);
    Ok(usize::try_from(failures).unwrap_or(usize::MAX).saturating_add(denied.count()))
}

fn raise(
    tx: &mut Tx<'_>,
    home: &Home,
    number: &[u8; 16],
    case: Option<(IncidentId, CaseId)>,
) -> Result<bool, StoreError> {
    tx.raise_line_hold(&LineHold {
        number: *number,
        raised_at: home.now(),
        by: None,
        reason: "proofs_failed".to_owned(),
        case,
        cleared: None,
        owner_agreed_at: None,
    })
}
