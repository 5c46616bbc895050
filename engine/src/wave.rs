//! Waves: plan, test, approve, release, pause, cancel, and how they stand.

mod approve;
mod control;
mod households;
mod loading;
mod plan;
mod reconcile;
mod status;
mod test;

use simrecall_core::delivery::Policy;
use simrecall_core::id::WaveNo;
use simrecall_core::wave::{Ladder, RungRule, WaveState};
use simrecall_store::ledger::Wave;

pub use approve::{Approved, approve, release};
pub use control::{cancel, pause, resume};
pub use plan::{Planned, plan};
pub(crate) use reconcile::unknown_wave;
pub use reconcile::{ReconcileOptions, Reconciled, reconcile};
pub(crate) use status::progress_of;
pub use status::{Status, status};
pub use test::Tested;
pub use test::test;

use crate::config::Config;
use crate::home::Home;
use crate::problem::{self, Problem, Result};

/// A wave that exists.
pub(crate) fn get(home: &Home, no: WaveNo) -> Result<Wave> {
    let wave = home.store.read(|tx| tx.wave(no)).map_err(problem::store)?;
    wave.ok_or_else(|| {
        Problem::input("wave", format!("there is no wave {}", no.0))
            .hint("make one with: simrecall wave plan --incident CODE")
    })
}

/// A wave that may be sent.
pub(crate) fn released(home: &Home, no: WaveNo) -> Result<Wave> {
    let wave = get(home, no)?;
    if wave.state == WaveState::Released {
        return Ok(wave);
    }
    let problem = Problem::state("wave_state", format!("wave {} is {}", no.0, wave.state.name()));
    Err(match wave.state {
        WaveState::Planning | WaveState::Draft => problem.hint(format!(
            "two people sign it: simrecall wave approve {0}; then: simrecall wave release {0}",
            no.0
        )),
        WaveState::Released | WaveState::Done | WaveState::Cancelled => problem
            .hint("what is new to people since then goes into the next wave: simrecall wave plan"),
    })
}

/// The ladder the configuration describes.
pub(crate) fn ladder(config: &Config) -> Result<Ladder> {
    let rules = config.ladder.iter().map(|step| RungRule {
        rung: step.rung,
        give_up_after: step.give_up_after.0,
        max_tries: step.max_tries,
        retry_after: step.retry_after.0,
    });
    Ladder::new(rules.collect()).map_err(|error| {
        Problem::configuration("ladder", "the ladder makes no sense")
            .caused_by(error)
            .hint("mend [[ladder]] in simrecall.toml, then: simrecall config check")
    })
}

/// What the configuration says about waiting and doubt. Legal notices in doubt are sent again, flagged.
pub(crate) fn policy(config: &Config) -> Policy {
    Policy {
        settle_after: config.wave.settle_after.0,
        bounce_window: config.wave.bounce_window.0,
        resend_doubt: true,
    }
}
