//! One file a verb: call one engine function, say what came of it.

mod access;
mod agency;
mod benefit;
mod brand;
mod case;
mod claim;
mod clock;
mod cohort;
mod config;
mod drill;
mod fake;
mod filing;
mod incident;
mod init;
mod key;
mod kpi;
mod law;
mod notice;
mod orders;
mod posting;
mod preserve;
mod protection;
mod register;
mod registry;
mod sample;
mod sandbox;
mod serve;
mod staff;
mod stock;
mod suppress;
mod swap;
mod terminal;
mod verify;
mod wave;

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use simrecall_engine::swap::{OsmoHlr, register};
use simrecall_engine::{Clock, Home, Problem, Result, journal};

use crate::args::Verb;
use crate::report::Out;

/// The answer is "no", though nothing went wrong.
const NO: u8 = 1;

/// Carries a verb out.
pub(crate) fn run(home: &Path, out: Out, verb: &Verb) -> Result<ExitCode> {
    Desk { dir: home, out, clock: Clock::machine() }.run(verb)
}

/// Where a verb works, where it answers, and what time it is there.
struct Desk<'a> {
    dir: &'a Path,
    out: Out,
    clock: Clock,
}

impl Desk<'_> {
    fn run(&self, verb: &Verb) -> Result<ExitCode> {
        let desk = self;
        match verb {
            Verb::Init(verb) => init::run(desk, verb),
            Verb::Config(verb) => config::run(desk, verb),
            Verb::Incident(verb) => incident::run(desk, verb),
            Verb::Clock(verb) => clock::run(desk, verb),
            Verb::Law(verb) => law::run(desk, verb),
            Verb::Filing(verb) => filing::run(desk, verb),
            Verb::Preserve(verb) => preserve::run(desk, verb),
            Verb::Staff(verb) => staff::run(desk, verb),
            Verb::Registry(verb) => registry::run(desk, verb),
            Verb::Cohort(verb) => cohort::run(desk, verb),
            Verb::Wave(verb) => wave::run(desk, verb),
            Verb::Posting(verb) => posting::run(desk, verb),
            Verb::Suppress(verb) => suppress::run(desk, verb),
            Verb::Brand(verb) => brand::run(desk, verb),
            Verb::Notice(verb) => notice::run(desk, verb),
            Verb::Register(verb) => register::run(desk, verb),
            Verb::Fake(verb) => fake::run(desk, verb),
            Verb::Claim(verb) => claim::run(desk, verb),
            Verb::Benefit(verb) => benefit::run(desk, verb),
            Verb::Swap(verb) => swap::run(desk, verb),
            Verb::Agency(verb) => agency::run(desk, verb),
            Verb::Stock(verb) => stock::run(desk, verb),
            Verb::Case(verb) => case::run(desk, verb),
            Verb::Kpi(verb) => kpi::run(desk, verb),
            Verb::Orders(verb) => orders::run(desk, verb),
            Verb::Honey(verb) => access::honey(desk, verb),
            Verb::Alarm(verb) => access::alarm(desk, verb),
            Verb::Protection(verb) => protection::run(desk, verb),
            Verb::Terminal(verb) => terminal::run(desk, verb),
            Verb::Key(verb) => key::run(desk, verb),
            Verb::Verify => verify::run(desk),
            Verb::Serve(verb) => serve::run(desk, verb),
            Verb::Sandbox(verb) => sandbox::run(desk, verb),
            Verb::Sample(verb) => sample::run(desk, verb),
            Verb::Drill(verb) => drill::run(desk, verb),
        }
    }

    fn open(&self) -> Result<Home> {
        Home::open(self.dir, self.clock.clone())
    }

    /// Answers, and ends well.
    fn say(&self, answer: &impl Serialize, words: impl FnOnce() -> String) -> ExitCode {
        self.judge(true, answer, words)
    }

    /// Answers, and ends by how the answer turned out.
    fn judge(
        &self,
        is_well: bool,
        answer: &impl Serialize,
        words: impl FnOnce() -> String,
    ) -> ExitCode {
        self.out.answer(answer, words);
        if is_well { ExitCode::SUCCESS } else { ExitCode::from(NO) }
    }

    /// A command that goes on in this home.
    fn next(&self, command: &str) -> String {
        if self.dir == Path::new(".") {
            command.to_owned()
        } else {
            format!("--home {} {command}", self.dir.display())
        }
    }
}

/// The network's register, if one is configured.
fn network(home: &Home) -> Result<Option<OsmoHlr>> {
    home.config.hlr.is_some().then(|| register(home)).transpose()
}

/// Two names, as given.
fn two(by: &[String]) -> Result<[&str; 2]> {
    match by {
        [first, second] => Ok([first, second]),
        _ => Err(Problem::input("two_persons", "this takes two people of different roles")
            .hint("name both: --by NAME --by NAME")),
    }
}

/// After something changed: numbers what it put in the journal. What is not numbered now is numbered next time.
fn sequence(home: &Home) {
    if let Err(problem) = journal::sequence(home) {
        tracing::warn!(%problem, "the journal's new entries wait to be numbered");
    }
}
