//! `sample`: lists of invented people.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::sample::{self, SampleFiles, SamplePlan};

use super::Desk;
use crate::args::Sample;
use crate::report::{Sheet, count};

pub(super) fn run(desk: &Desk<'_>, verb: &Sample) -> Result<ExitCode> {
    let plan = if verb.kt_2025 {
        SamplePlan::kt_story(verb.seed)
    } else {
        SamplePlan::sized(verb.seed, verb.lines)
    };
    let files = sample::write(&SamplePlan { bad_rows: verb.bad_rows, ..plan }, &verb.out)?;
    Ok(desk.say(&files, || words(&files, verb)))
}

fn words(files: &SampleFiles, verb: &Sample) -> String {
    let counts = &files.counts;
    let mut sheet = Sheet::default()
        .line(&format!("a sample in {}, of seed {}", verb.out.display(), verb.seed))
        .row(
            "subscribers",
            format!("{:>9}  {}", count(counts.subscribers), files.subscribers.display()),
        )
        .row("lines", format!("{:>9}  {}", count(counts.lines), files.lines.display()));
    for (stage, file) in counts.stages.iter().zip(&files.exposures) {
        let text = format!(
            "{:>9}  {} ({} people)",
            count(stage.lines),
            file.display(),
            count(stage.people)
        );
        sheet = sheet.row("exposed", text);
        sheet =
            sheet.row_if(stage.bad_rows > 0, "bad rows", format!("{:>9}", count(stage.bad_rows)));
    }
    sheet.text()
}
