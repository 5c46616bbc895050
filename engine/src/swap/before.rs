//! What is known before a swap begins, read in one transaction: the rule that lets one begin is asked the same wherever it is asked.

use chrono::{DateTime, Utc};
use simrecall_core::identity::Imsi;
use simrecall_core::incident::{Channel, IncidentState};
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::told::{Before, FRESH, Line, NotYet, Shown, Warning, may_begin};
use simrecall_store::case_notice::{CaseNotice, CaseNoticeKind};
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{DomainKeys, Field};
use simrecall_store::swap::SwapState;
use simrecall_store::{StoreError, Tx};

use super::shown::{shown, told_of};
use crate::problem::Problem;

/// A line, by its names under the service key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineKeys {
    /// Of its number.
    pub(crate) number: [u8; 16],
    /// Of its card.
    pub(crate) imsi: [u8; 16],
}

impl LineKeys {
    /// Of a number and the card it has in the registry.
    pub(crate) fn of(service: &DomainKeys, number: &str, imsi: &Imsi) -> Self {
        let imsi = service.blind(Field::Imsi, imsi.expose());
        Self { number: service.blind(Field::Msisdn, number), imsi }
    }
}

/// What is known of a case before its swap begins.
pub(crate) struct Known {
    proofs: Vec<CaseProof>,
    notices: Vec<CaseNotice>,
    shown: Vec<Shown>,
    warnings: Vec<Warning>,
    sms_compromised: bool,
    line: Line,
}

impl Known {
    /// Reads it. `about`: the shipment whose warning counts, of a card that came by parcel.
    pub(crate) fn read(
        tx: &mut Tx<'_>,
        case: &ReplacementCase,
        keys: &LineKeys,
        about: Option<i32>,
    ) -> Result<Self, StoreError> {
        let proofs = tx.case_proofs(case.incident, case.id)?;
        let notices = tx.case_notices(case.incident, case.id)?;
        let incidents = tx.incidents()?;
        let mut open = incidents.iter().filter(|one| one.state == IncidentState::Open);
        let sms_compromised = open.any(|one| one.compromised.contains(&Channel::Sms));
        let line = Line {
            protected: is_protected(tx, &keys.imsi)?,
            sim_changed_at: changed_at(tx, case, &keys.number)?,
            countersigned: false,
        };
        let unused = |one: &&CaseProof| one.passed && one.used_at.is_none();
        let shown = proofs.iter().filter(unused).map(shown).collect();
        let warnings = told_of(&notices, (CaseNoticeKind::Warning, about));
        Ok(Self { proofs, notices, shown, warnings, sms_compromised, line })
    }

    /// As the rules ask for it. `countersigned`: a supervisor has signed this very order.
    pub(crate) fn before(&self, countersigned: bool) -> Before<'_> {
        let line = Line { countersigned, ..self.line };
        let (shown, warnings) = (self.shown.as_slice(), self.warnings.as_slice());
        Before { shown, warnings, sms_compromised: self.sms_compromised, line }
    }

    /// Notices of a kind and an occasion.
    pub(crate) fn told(&self, kind: CaseNoticeKind, about: Option<i32>) -> Vec<Warning> {
        told_of(&self.notices, (kind, about))
    }

    /// Whether a supervisor has to sign before it begins; or why it does not begin, whoever signs.
    pub(crate) fn needs_countersign(&self, now: DateTime<Utc>) -> Result<bool, NotYet> {
        match may_begin(&self.before(false), now) {
            Ok(()) => Ok(false),
            Err(NotYet::NoCountersign) => may_begin(&self.before(true), now).map(|()| true),
            Err(other) => Err(other),
        }
    }

    /// When it may begin at the earliest, if only time is missing.
    pub(crate) fn wait_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match may_begin(&self.before(true), now) {
            Err(NotYet::Objections { until }) => Some(until),
            Ok(()) | Err(_) => None,
        }
    }

    /// Whether proofs of these numbers passed, and none was used.
    pub(crate) fn are_left(&self, numbers: &[i32]) -> bool {
        let is_left = |no: &i32| {
            self.proofs.iter().any(|one| one.no == *no && one.passed && one.used_at.is_none())
        };
        numbers.iter().all(is_left)
    }

    /// The kinds of fresh proofs that a swap rests on.
    pub(crate) fn kinds(&self, now: DateTime<Utc>) -> Vec<ProofKind> {
        let fresh = self
            .proofs
            .iter()
            .filter(|one| one.passed && one.used_at.is_none() && now - one.made_at <= FRESH);
        let mut kinds: Vec<ProofKind> = fresh.map(|one| one.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

/// What a swap that does not begin yet says.
pub(crate) fn not_yet(error: NotYet) -> Problem {
    Problem::state(error.code(), "the swap cannot begin yet").caused_by(error)
}

/// Whether a line is tied to a handset, or is being. Rows do not say who asked: what nobody wrote down counts as its owner's wish.
fn is_protected(tx: &mut Tx<'_>, imsi: &[u8; 16]) -> Result<bool, StoreError> {
    let found = tx.protections_of(&[*imsi])?;
    Ok(found.iter().any(|one| match one.state {
        StateKind::Requested | StateKind::On | StateKind::Suspended | StateKind::Tripped => true,
        StateKind::Off => false,
    }))
}

/// When the number last got another card, unless it was the card of this very case, which went back.
fn changed_at(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    number: &[u8; 16],
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Some(changed) = tx.sim_change(number)? else { return Ok(None) };
    let swaps = tx.swaps_of(case.incident, case.id)?;
    let of_ours = swaps.iter().any(|swap| {
        swap.state == SwapState::RolledBack
            && swap.number == *number
            && swap.opened_at <= changed
            && swap.settled_at.is_some_and(|settled| changed <= settled)
    });
    Ok(Some(changed).filter(|_| !of_ours))
}
