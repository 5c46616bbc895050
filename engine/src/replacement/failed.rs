//! Proofs that failed: the third of a line in a day, wherever, holds the line.

use chrono::TimeDelta;
use simrecall_core::replacement::{Event, step};
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
        let looked = tx.line_holds(self.number)?;
        let looked = looked.into_iter().filter_map(|hold| hold.cleared).map(|(at, _)| at).max();
        let day = home.now() - COUNTED;
        let since = looked.map_or(day, |at| at.max(day));
        let failures = tx.failed_proofs(case.incident, case.line, since)?;
        let failures = usize::try_from(failures).unwrap_or(usize::MAX);
        if failures >= FAILURES {
            self.hold(tx, home)?;
        }
        Ok(failures)
    }

    fn hold(&self, tx: &mut Tx<'_>, home: &Home) -> Result<(), StoreError> {
        let case = self.case;
        tx.raise_line_hold(&LineHold {
            number: *self.number,
            raised_at: home.now(),
            by: None,
            reason: "proofs_failed".to_owned(),
            case: Some((case.incident, case.id)),
            cleared: None,
            owner_agreed_at: None,
        })?;
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
