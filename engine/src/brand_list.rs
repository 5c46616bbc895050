//! Brands that tell their people themselves: a sealed list goes out, results come back, and the ledger knows both.
//!
//! Their targets are planned and signed like all others, in chunks of their own that no sender leases. An export writes intents
//! first, over the route `list:BRAND`, then the list, then that the brand has it. Results settle those attempts as the carrier's
//! records would. Whom the brand fails to reach, or says nothing of, goes down the carrier's ladder, past messages: those would come
//! from us.

mod export;
mod next;
mod record;
mod results;

use chrono::TimeDelta;
use simrecall_core::delivery::{Next, TargetState};
use simrecall_core::wave::{Ladder, WaveState};
use simrecall_store::ledger::{TargetRecord, Wave};

pub use export::{Exported, export};
pub use results::{Taken, results};

use crate::config::BrandConfig;
use crate::home::Home;
use crate::problem::{Problem, Result};

/// What every list's route begins with.
const PREFIX: &str = "list:";

/// How often a sender looks whether results have come.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// The route of a brand's list.
fn route(brand: &str) -> String {
    format!("{PREFIX}{brand}")
}

/// Whether a route is a brand's list.
pub(crate) fn is_list_route(route: &str) -> bool {
    route.starts_with(PREFIX)
}

/// The age recipient of a brand that tells its people itself.
pub(crate) fn recipient<'a>(home: &'a Home, brand: &str) -> Option<&'a str> {
    home.config.brands.get(brand)?.list.as_deref()
}

/// What to do next about a target whose last attempt a brand's list carried; none for any other.
pub(crate) fn next(home: &Home, target: &TargetRecord, ladder: &Ladder) -> Option<Next> {
    let last = target.attempts.last()?;
    let brand = last.route.strip_prefix(PREFIX)?;
    let patience = home.config.brands.get(brand).map_or(TimeDelta::MAX, |b| b.patience.0);
    let state = TargetState::of(&target.views());
    let now = home.now();
    let next = next::next(state, target.reach, (ladder, patience), now)?;
    Some(match next {
        Next::Send { .. } if target.listed_after() => Next::Listed,
        // Results come by file, so nobody hears of them but by looking.
        Next::Wait { until } => Next::Wait { until: until.min(now + LOOK_AGAIN) },
        Next::Reached { .. }
        | Next::Listed
        | Next::Send { .. }
        | Next::Close { .. }
        | Next::Exhausted => next,
    })
}

/// A brand that has a list.
fn listed<'a>(home: &'a Home, brand: &str) -> Result<(&'a BrandConfig, &'a str)> {
    let config = home.config.brands.get(brand).ok_or_else(|| {
        Problem::input("brand", format!("no brand is called {brand}"))
            .hint("see [brands] in simrecall.toml")
    })?;
    let list = config.list.as_deref().ok_or_else(|| {
        Problem::state("no_list", format!("{brand}'s people are told by us, not from a list"))
            .hint(format!("a brand of its own sender: {brand} = {{ words = \"…\", list = \"age1…\" }} under [brands], before the wave is planned"))
    })?;
    Ok((config, list))
}

/// A wave whose lists may go out and come back.
fn sent(home: &Home, no: simrecall_core::id::WaveNo) -> Result<Wave> {
    let wave = crate::wave::get(home, no)?;
    match wave.state {
        WaveState::Released | WaveState::Done | WaveState::Cancelled => Ok(wave),
        WaveState::Planning | WaveState::Draft => crate::wave::released(home, no),
    }
}
