//! Waves: plan, test, approve, release, pause, cancel, and how they stand.

mod approve;
mod control;
mod households;
mod loading;
mod plan;
mod reconcile;
mod status;
mod test;
mod told;

use simrecall_core::delivery::Policy;
use simrecall_core::id::WaveNo;
use simrecall_core::wave::{Ladder, RungRule, WaveState};
use simrecall_store::ledger::Wave;

pub use approve::{Approved, approve, release};
pub(crate) use approve::{signable, signed_as};
pub(crate) use control::halt;
pub use control::{cancel, pace, pause, resume};
pub use plan::{HeldBack, InTime, Planned, RouteLoad, finding, plan};
pub(crate) use reconcile::unknown_wave;
pub use reconcile::{ReconcileOptions, Reconciled, reconcile};
pub(crate) use status::progress_of;
pub use status::{Headline, Open, Status, status};
pub use test::Tested;
pub use test::test;
pub(crate) use told::{done_entry, told};

use crate::config::Config;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::words::Words;

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

/// Refuses to send under words, templates, ladder, routes or patience other than those that were signed.
///
/// Slower needs nobody's signature, so pace and window may only be lower.
pub(crate) fn check_as_signed(home: &Home, wave: &Wave, words: &Words) -> Result<()> {
    let signed = wave.statement.as_deref().unwrap_or_default();
    let now = plan::binding_lines(home, words)?;
    let fixed = |line: &&str| BINDING.iter().any(|key| line.starts_with(key));
    let before: Vec<&str> = signed.lines().filter(fixed).collect();
    let after: Vec<&str> = now.lines().filter(fixed).collect();
    let changed =
        before.iter().chain(&after).find(|line| !before.contains(line) || !after.contains(line));
    let faster =
        ["pace ", "window "].into_iter().find(|key| number(&now, key) > number(signed, key));
    let Some(what) = changed.copied().or(faster) else { return Ok(()) };
    Err(Problem::state("not_as_signed", format!("wave {} would not be sent as it was signed; nothing was submitted", wave.no.0))
        .detail(format!("differs: {what}"))
        .hint("put simrecall.toml and the brands' words back as they were; or cancel the wave and plan it again"))
}

/// The lines of a statement that follow from configuration and words.
const BINDING: [&str; 9] = [
    "template ",
    "message_code ",
    "carries ",
    "sender ",
    "rung ",
    "canary ",
    "bounce_window ",
    "settle_after ",
    "doubt ",
];

/// The pace a wave's approvers signed, in messages a second over each route; none when no route has a licence.
pub(crate) fn signed_pace(wave: &Wave) -> Option<u32> {
    let signed = number(wave.statement.as_deref().unwrap_or_default(), "pace ");
    u32::try_from(signed).ok().filter(|pace| *pace != u32::MAX)
}

fn number(statement: &str, key: &str) -> u64 {
    let line = statement.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|number| number.parse().ok()).unwrap_or(u64::MAX)
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
