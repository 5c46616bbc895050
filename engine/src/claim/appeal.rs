//! How long a decision may be objected to: from when its owner was told, or two weeks later where nobody could be.

use chrono::{DateTime, Utc};
use simrecall_core::claim::{APPEAL, UNREACHED};
use simrecall_core::id::{ClaimId, IncidentId};
use simrecall_store::case_notice::{CaseNotice, CaseNoticeKey, CaseNoticeState};
use simrecall_store::{StoreError, Tx};

/// A notice of a decision was handed over, or failed: the time to object begins with the first that was handed, or once all failed.
pub(crate) fn notice_settled(
    tx: &mut Tx<'_>,
    incident: IncidentId,
    key: &CaseNoticeKey,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let claim = key.of.claim();
    let notices = tx.claim_notices(incident, claim)?;
    let Some(this) = notices.iter().find(|one| one.key == *key) else { return Ok(()) };
    // The notice of an earlier decision says nothing about this one.
    let events = tx.claim_events(incident, claim)?;
    let decided = events.iter().rposition(|event| event.to.may_appeal());
    let decided = decided.and_then(|at| i32::try_from(at + 1).ok());
    if decided != Some(this.about) {
        return Ok(());
    }
    let of_this = |one: &&CaseNotice| one.about == this.about && one.key.kind.begins_appeal();
    match this.state {
        CaseNoticeState::Handed => tx.begin_appeal(incident, claim, at + APPEAL).map(drop),
        CaseNoticeState::Failed if !notices.iter().filter(of_this).any(may_arrive) => {
            reached_nobody(tx, incident, claim, at)
        }
        CaseNoticeState::Failed
        | CaseNoticeState::Due
        | CaseNoticeState::Trying
        | CaseNoticeState::InDoubt
        | CaseNoticeState::Dropped => Ok(()),
    }
}

/// Nobody can be told of a decision: the time to object begins later, so that they may hear of it otherwise.
pub(super) fn reached_nobody(
    tx: &mut Tx<'_>,
    incident: IncidentId,
    claim: ClaimId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.begin_appeal(incident, claim, at + UNREACHED + APPEAL).map(drop)
}

/// Whether a notice arrived, or still may. One in doubt has a row of its own in its place.
fn may_arrive(notice: &CaseNotice) -> bool {
    match notice.state {
        CaseNoticeState::Due | CaseNoticeState::Trying | CaseNoticeState::Handed => true,
        CaseNoticeState::Failed | CaseNoticeState::InDoubt | CaseNoticeState::Dropped => false,
    }
}
