//! What the ledger says, read from its rows.

use std::collections::BTreeSet;

use simrecall_core::delivery::{Rung, Standing};
use simrecall_core::id::{AttemptKey, WaveNo};
use simrecall_engine::Home;
use simrecall_engine::verify::verify;
use simrecall_store::ledger::{AttemptRecord, TargetRecord};

use super::{Due, Try};

/// Every attempt of a wave.
pub(crate) fn attempts(home: &Home, wave: WaveNo) -> Vec<AttemptRecord> {
    targets(home, wave).into_iter().flat_map(|target| target.attempts).collect()
}

/// Attempts whose intent is written and whose result is not.
pub(crate) fn open_attempts(home: &Home, wave: WaveNo, rung: Rung) -> BTreeSet<AttemptKey> {
    attempts(home, wave)
        .into_iter()
        .filter(|attempt| attempt.intent.rung == rung)
        .filter(|attempt| attempt.state.standing() == Standing::Open)
        .map(|attempt| attempt.key)
        .collect()
}

/// Recipients who had to get a message on their telephone, with what was tried.
pub(crate) fn dues(home: &Home, waves: &[WaveNo]) -> Vec<Due<[u8; 16]>> {
    let targets = waves.iter().flat_map(|wave| targets(home, *wave));
    targets.filter(|target| target.reach.contains(Rung::Lms)).map(|target| due(&target)).collect()
}

/// What `verify` finds wrong.
pub(crate) fn faults(home: &Home) -> Vec<String> {
    verify(home).unwrap().faults
}

/// Receipts that fit nothing, over all routes.
pub(crate) fn orphans(home: &Home) -> i64 {
    let routes = home.config.routes.keys();
    routes.map(|route| home.store.read(|tx| tx.orphans(route)).unwrap()).sum()
}

fn due(target: &TargetRecord) -> Due<[u8; 16]> {
    let mobile = || target.attempts.iter().filter(|attempt| attempt.intent.rung == Rung::Lms);
    let name = |attempt: &AttemptRecord| Try {
        reference: attempt.key.short_reference(),
        resend: attempt.intent.resend,
    };
    // Nobody has the destination zero, so a target that was never tried is found lost.
    let destination = mobile().find_map(|attempt| attempt.destination).unwrap_or_default();
    Due { destination, tries: mobile().map(name).collect() }
}

fn targets(home: &Home, wave: WaveNo) -> Vec<TargetRecord> {
    let read = |tx: &mut simrecall_store::Tx<'_>| {
        let mut all = Vec::new();
        for chunk in tx.chunks(wave)? {
            if chunk.kind == simrecall_core::delivery::ChunkKind::First {
                all.extend(tx.chunk_targets(wave, chunk.no)?);
            }
        }
        Ok(all)
    };
    home.store.read(read).unwrap()
}
