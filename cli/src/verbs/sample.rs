//! `sample`: lists of invented people.

use std::path::PathBuf;
use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::sample::{
    self, RecordCounts, RecordFiles, RecordFormat, RecordsPlan, SampleFiles, SamplePlan,
};

use super::Desk;
use crate::args::{RecordForm, Sample};
use crate::report::{Sheet, count};

pub(super) fn run(desk: &Desk<'_>, verb: &Sample) -> Result<ExitCode> {
    let files = sample::write(&plan(verb), &verb.out)?;
    Ok(desk.say(&files, || words(&files, verb)))
}

fn plan(verb: &Sample) -> SamplePlan {
    let plan = if verb.kt_2025 {
        SamplePlan::kt_story(verb.seed)
    } else {
        SamplePlan::sized(verb.seed, verb.lines)
    };
    let records = match verb.records {
        Some(attach) => Some(records(verb, attach, plan.records)),
        None => plan.records,
    };
    SamplePlan { bad_rows: verb.bad_rows, records, ..plan }
}

/// The records that were asked for; a story keeps its own cells and losses.
fn records(verb: &Sample, attach: u64, story: Option<RecordsPlan>) -> RecordsPlan {
    let sized = RecordsPlan::sized(attach, verb.cells, verb.lines);
    let payments = verb.payments.unwrap_or(sized.payments);
    let format = match verb.format {
        RecordForm::Csv => RecordFormat::Csv,
        RecordForm::CsvGz => RecordFormat::CsvGz,
        RecordForm::Parquet => RecordFormat::Parquet,
    };
    let files = verb.record_files;
    RecordsPlan { attach, payments, files, format, ..story.unwrap_or(sized) }
}

fn words(files: &SampleFiles, verb: &Sample) -> String {
    let counts = &files.counts;
    let mut sheet = Sheet::default()
        .line(&format!("a sample in {}, of seed {}", verb.out.display(), verb.seed))
        .row(
            "subscribers",
            format!("{:>11}  {}", count(counts.subscribers), files.subscribers.display()),
        )
        .row("lines", format!("{:>11}  {}", count(counts.lines), files.lines.display()));
    for (stage, file) in counts.stages.iter().zip(&files.exposures) {
        let text = format!(
            "{:>11}  {} ({} people)",
            count(stage.lines),
            file.display(),
            count(stage.people)
        );
        sheet = sheet.row("exposed", text);
        sheet =
            sheet.row_if(stage.bad_rows > 0, "bad rows", format!("{:>11}", count(stage.bad_rows)));
    }
    for (files, counts) in files.records.iter().zip(&counts.records) {
        sheet = recorded(sheet, files, counts);
    }
    sheet.text()
}

fn recorded(sheet: Sheet, files: &RecordFiles, counts: &RecordCounts) -> Sheet {
    let of = |rows: u64, paths: &[PathBuf]| {
        let first = paths.first().map(|path| path.display().to_string()).unwrap_or_default();
        let more = match paths.len() {
            0 | 1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        format!("{:>11}  {first}{more}", count(rows))
    };
    let mut sheet = sheet.row("attach", of(counts.attach, &files.attach));
    for (rows, file) in counts.windows.iter().zip(&files.cells) {
        sheet = sheet.row("windows", of(*rows, std::slice::from_ref(file)));
    }
    sheet.row("payments", of(counts.payments, &files.payments))
}
