//! Texts and attempts: what was sent is what the templates and the sealed variables give again.

use simrecall_core::access::Purpose;
use simrecall_core::delivery::Standing;
use simrecall_core::incident::Incident;
use simrecall_store::ledger::{AttemptRecord, TargetRecord, Wave};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::seal::IncidentKeys;

use super::{IncidentCount, Verified};
use crate::home::Home;
use crate::incident;
use crate::problem::{self, Result};
use crate::send::is_first;
use crate::target::TargetContent;
use crate::words::Words;

/// An attempt that was adopted after a restore: nobody knows its text.
const UNKNOWN_TEXT: [u8; 32] = [0; 32];

/// Renders every attempt of an incident again and counts how attempts stand.
pub(super) fn verify(
    home: &Home,
    incident: &Incident,
    waves: &[Wave],
    count: &mut IncidentCount,
    found: &mut Verified,
) -> Result<()> {
    if waves.is_empty() {
        return Ok(());
    }
    let words = Words::read(home, &incident::words(home, incident.id)?)?;
    let keys = home.keys.incident(incident.id).map_err(problem::keys)?;
    for wave in waves {
        let chunks = home.store.read(|tx| tx.chunks(wave.no)).map_err(problem::store)?;
        for chunk in chunks.iter().filter(|chunk| is_first(chunk.kind)) {
            let targets = home
                .store
                .read(|tx| tx.chunk_targets(wave.no, chunk.no))
                .map_err(problem::store)?;
            let tried: Vec<&TargetRecord> =
                targets.iter().filter(|t| !t.attempts.is_empty()).collect();
            let mut permit = home.permit(&PermitRequest {
                purpose: Purpose::Audit,
                actor: "verify".to_owned(),
                incident: Some(incident.id),
                scope: format!("wave {} chunk {}", wave.no.0, chunk.no.0),
                fields: vec!["contact".to_owned(), "variables".to_owned()],
                rows: u64::try_from(tried.len()).unwrap_or(u64::MAX),
            })?;
            for target in tried {
                verify_target(&words, &mut permit, &keys, target, (count, found))?;
            }
        }
    }
    Ok(())
}

fn verify_target(
    words: &Words,
    permit: &mut Permit,
    keys: &IncidentKeys,
    target: &TargetRecord,
    (count, found): (&mut IncidentCount, &mut Verified),
) -> Result<()> {
    let content = TargetContent::open(permit, keys, &target.key, &target.sealed)?;
    for attempt in &target.attempts {
        note(attempt, count);
        if attempt.text_sha256 == UNKNOWN_TEXT {
            continue;
        }
        let rendered = words.render(attempt.intent.rung, &content.variables);
        if rendered.is_ok_and(|rendered| rendered.sha256() == attempt.text_sha256) {
            count.texts += 1;
        } else {
            found.fault(format!(
                "{}: the text rendered again is not the one that was sent",
                attempt.key
            ));
        }
    }
    Ok(())
}

fn note(attempt: &AttemptRecord, count: &mut IncidentCount) {
    count.resent += u64::from(attempt.intent.resend);
    match attempt.state.standing() {
        Standing::InDoubt => count.in_doubt += 1,
        Standing::Accepted
        | Standing::Delivered
        | Standing::Failed
        | Standing::Expired
        | Standing::Bounced
        | Standing::Mailed
        | Standing::Lettered
        | Standing::Published => count.accepted += 1,
        Standing::Open | Standing::NotTaken | Standing::NotAccepted | Standing::Rejected => {}
    }
}
