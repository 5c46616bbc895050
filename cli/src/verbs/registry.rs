//! `registry`: who held which line when.

use std::process::ExitCode;

use simrecall_engine::registry::{self, RegistryFiles, SnapshotAnswer};
use simrecall_engine::{Result, Tally};

use super::{Desk, sequence};
use crate::args::RegistryVerb;
use crate::report::{Sheet, count, short, when};

pub(super) fn run(desk: &Desk<'_>, verb: &RegistryVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let RegistryVerb::Import { incident, subscribers, lines, as_of, rejects, by } = verb;
    let files =
        RegistryFiles { subscribers, lines, as_of: *as_of, accept_rejects: rejects.accept_rejects };
    let answer = registry::import(&home, incident, &files, by)?;
    sequence(&home);
    Ok(desk.say(&answer, || words(&answer)))
}

fn words(answer: &SnapshotAnswer) -> String {
    let SnapshotAnswer { snapshot, no_change, as_of, subscribers, lines, sha256, tally } = answer;
    let sheet = if *no_change {
        Sheet::default().line(&format!("no change: snapshot {} is of these very files", snapshot.0))
    } else {
        Sheet::default().line(&format!("snapshot {}", snapshot.0))
    };
    let sheet = sheet
        .row("as of", when(*as_of))
        .row("subscribers", count(*subscribers))
        .row("lines", count(*lines))
        .row("sha256", short(sha256));
    rejected(sheet, tally).text()
}

/// What a list left behind, if anything.
pub(super) fn rejected(sheet: Sheet, tally: &Tally) -> Sheet {
    let text = format!(
        "{} rows of {}, accepted as such; {} of them unresolved",
        count(tally.bad_rows),
        count(tally.rows),
        count(tally.unresolved)
    );
    sheet.row_if(tally.bad_rows > 0, "rejected", text)
}
