//! Swaps as they are done here, every command written down before and after, and the bare commands on the same HLR.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use chrono::TimeDelta;
use simrecall_core::replacement::swap::Access;
use simrecall_engine::Clock;
use simrecall_engine::drill::CODE;
use simrecall_engine::swap::{Ended, Order, Pace, Scan, reserve, run_all};
use simrecall_gateway::hlr::{HlrSettings, OsmoHlr, Provisioning};

use super::report::{Goal, Side};
use super::{Bench, middle, name, real};
use crate::counter::{CLERK, Counter, iccid, imsi, key, number};
use crate::{Backend, HlrServer};

/// Swaps in each round.
const SWAPS: u32 = 300;
/// How often each is measured.
const ROUNDS: u32 = 3;
/// How many are swapped at a time.
const WORKERS: usize = 8;

/// Until only the attach is missing: that is the customer's part.
const PACE: Pace = Pace {
    command: Duration::from_secs(5),
    lease: Pace::LEASE,
    look_every: Duration::from_secs(1),
    attach_within: TimeDelta::minutes(10),
    stay: false,
};

/// Both in turns on one HLR: the middle of all rounds counts.
pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let swaps = u32::try_from(bench.scaled(SWAPS))?.min(2_000);
    for backend in Backend::ALL {
        let server = HlrServer::start()?;
        let hlr = OsmoHlr::new(HlrSettings::new(server.address()))?;
        let dir = bench.room(&format!("swap-{}", name(backend)))?;
        let store = bench.database(backend, &dir)?;
        let counter = Counter::build(&dir.join("home"), &store, Clock::machine(), swaps * ROUNDS)?;
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let customers: Vec<u32> = (1..=swaps).map(|no| round * swaps + no).collect();
            bare.push(commands(&hlr, &customers)?);
            ours.push(whole(&counter, &hlr, &customers)?);
        }
        let per_second = |seconds| real(u64::from(swaps)) / middle(seconds);
        let what = format!("{swaps} swaps, {WORKERS} at a time, {}", name(backend));
        let ours = Side::rate("from order to admitted card", per_second(ours));
        let bare = Side::rate("the seven bare commands", per_second(bare));
        bench.report.compare(&what, (&ours, &bare), Goal::AtLeast(0.5), 0);
    }
    Ok(())
}

/// The register's commands alone, without a look, a row or a lease; then everything as it was.
fn commands(hlr: &dyn Provisioning, customers: &[u32]) -> Result<f64> {
    for no in customers {
        let old = imsi(1, *no)?;
        hlr.create(&old)?;
        hlr.set_key(&old, &key(1, *no))?;
        hlr.set_number(&old, Some(&number(*no)?))?;
    }
    let began = Instant::now();
    std::thread::scope(|scope| {
        let share = customers.len().div_ceil(WORKERS).max(1);
        let workers: Vec<_> = customers
            .chunks(share)
            .map(|some| scope.spawn(move || some.iter().try_for_each(|no| bare(hlr, *no))))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().ok().context("a worker panicked")?)
    })?;
    let seconds = began.elapsed().as_secs_f64();
    for no in customers {
        let (old, new) = (imsi(1, *no)?, imsi(2, *no)?);
        hlr.delete(&new)?;
        hlr.set_number(&old, Some(&number(*no)?))?;
        hlr.set_access(&old, Access::BOTH)?;
    }
    Ok(seconds)
}

fn bare(hlr: &dyn Provisioning, no: u32) -> Result<()> {
    let (old, new) = (imsi(1, no)?, imsi(2, no)?);
    hlr.create(&new)?;
    hlr.set_access(&new, Access::NONE)?;
    hlr.set_key(&new, &key(2, no))?;
    hlr.set_access(&old, Access::NONE)?;
    hlr.set_number(&old, None)?;
    hlr.set_number(&new, Some(&number(no)?))?;
    hlr.set_access(&new, Access::BOTH)?;
    Ok(())
}

/// Swaps of verified customers, whose cards are scanned already.
fn whole(counter: &Counter, hlr: &dyn Provisioning, customers: &[u32]) -> Result<f64> {
    let mut cases = Vec::new();
    for no in customers {
        let case = counter.verified(*no)?.to_string();
        let iccid = iccid(*no)?;
        let scan = Scan { incident: CODE, case: &case, iccid: iccid.expose(), by: CLERK };
        reserve(&counter.home, &scan)?;
        cases.push(case);
    }
    let orders: Vec<Order<'_>> =
        cases.iter().map(|case| Order { incident: CODE, case, by: CLERK }).collect();
    let began = Instant::now();
    let ends = run_all(&counter.home, hlr, &orders, WORKERS, &PACE);
    let seconds = began.elapsed().as_secs_f64();
    for ended in ends {
        let ended = ended?;
        ensure!(ended == Ended::Waiting, "a swap ended in {ended:?}");
    }
    Ok(seconds)
}
