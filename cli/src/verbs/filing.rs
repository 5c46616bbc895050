//! `filing`: reports to authorities, from the ledger as of an instant.

use std::process::ExitCode;

use simrecall_engine::filing::{
    self, DraftAnswer, FilingAnswer, FilingSheet, Late, NewDraft, NewSubmission, SubmitAnswer,
};
use simrecall_engine::{Home, Result};

use super::clock::one_line;
use super::{Desk, sequence};
use crate::args::{FilingRender, FilingVerb};
use crate::report::{Sheet, short};

pub(super) fn run(desk: &Desk<'_>, verb: &FilingVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        FilingVerb::Render(typed) => render(desk, &home, typed),
        FilingVerb::Submit { number, at, channel, by } => {
            let answer = filing::submit(&home, number, &NewSubmission { at: *at, channel, by })?;
            sequence(&home);
            Ok(desk.say(&answer, || submitted(desk, &answer)))
        }
        FilingVerb::Acknowledge { number, receipt, at, by } => {
            let answer = filing::acknowledge(&home, number, receipt, *at, by)?;
            sequence(&home);
            Ok(desk.say(&answer, || row(Sheet::default(), &answer).text()))
        }
        FilingVerb::List { incident } => {
            let all = filing::list(&home, incident)?;
            Ok(desk.say(&all, || listed(desk, incident, &all)))
        }
        FilingVerb::Show { number } => {
            let sheet = filing::show(&home, number)?;
            Ok(desk.say(&sheet, || shown(&sheet)))
        }
    }
}

fn render(desk: &Desk<'_>, home: &Home, typed: &FilingRender) -> Result<ExitCode> {
    let FilingRender { kind, incident, as_of, late_reason, consequences, by } = typed;
    let new = NewDraft {
        kind,
        incident,
        as_of: *as_of,
        late_reason: late_reason.as_deref(),
        consequences: consequences.as_deref(),
        by,
    };
    let answer = filing::render(home, &new)?;
    sequence(home);
    Ok(desk.say(&answer, || drafted(desk, &answer)))
}

fn drafted(desk: &Desk<'_>, answer: &DraftAnswer) -> String {
    let DraftAnswer { filing, no_change, missing, clocks, late } = answer;
    let number = &filing.number;
    let what = if *no_change { "says the same as before: no change" } else { "is rendered" };
    let mut sheet = Sheet::default().line(&format!("{number} {what}, as of {}", filing.as_of));
    if let Some(before) = &filing.supplement_of {
        sheet = sheet.row("adds to", before);
    }
    sheet = sheet
        .row("text", filing.text_file.display())
        .row("to print", filing.html_file.display())
        .row("sha256", short(&filing.sha256));
    for one in missing {
        sheet = sheet.row("LACKS", one);
    }
    sheet = clocks.iter().fold(sheet, |sheet, clock| sheet.line(&one_line(clock)));
    let says_why = filing.late_reason.is_some();
    if let Some(reason) = &filing.late_reason {
        sheet = sheet.row("late because", reason);
    }
    if !says_why {
        sheet = late.iter().fold(sheet, is_late);
    }
    let next = if filing.submitted.is_some() {
        format!("filing list --incident {}", number.incident)
    } else if late.is_empty() || says_why {
        format!("filing submit {number} --at TIME --channel web --by NAME")
    } else {
        let (kind, incident) = (number.kind, &number.incident);
        format!("filing render {kind} --incident {incident} --late-reason WHY --by NAME")
    };
    sheet.next(&desk.next(&next)).text()
}

fn is_late(sheet: Sheet, late: &Late) -> Sheet {
    let Late { rule, scope, due, by, .. } = late;
    sheet.row("LATE", format!("by {by}: {rule} ({scope}) was due {due}"))
}

fn submitted(desk: &Desk<'_>, answer: &SubmitAnswer) -> String {
    let SubmitAnswer { filing, clocks } = answer;
    let sheet = row(Sheet::default(), filing);
    let sheet = clocks.iter().fold(sheet, |sheet, clock| sheet.line(&one_line(clock)));
    let next = format!("filing acknowledge {} --receipt NUMBER --at TIME --by NAME", filing.number);
    sheet.next(&desk.next(&next)).text()
}

fn listed(desk: &Desk<'_>, incident: &str, all: &[FilingAnswer]) -> String {
    if all.is_empty() {
        let next = format!("filing render pipc_leak --incident {incident} --by NAME");
        return Sheet::default()
            .line(&format!("{incident} has no filing"))
            .next(&desk.next(&next))
            .text();
    }
    all.iter().fold(Sheet::default(), row).text()
}

fn shown(sheet: &FilingSheet) -> String {
    let FilingSheet { filing, text, facts: _ } = sheet;
    row(Sheet::default(), filing)
        .row("text", filing.text_file.display())
        .row("to print", filing.html_file.display())
        .line("")
        .line(text.trim_end())
        .text()
}

fn row(sheet: Sheet, filing: &FilingAnswer) -> Sheet {
    let mut sheet = sheet
        .line(&format!("{}  {}, as of {}", filing.number, filing.stands(), filing.as_of))
        .row("rendered", format!("{} by {}", filing.rendered_at, filing.rendered_by));
    if let Some(before) = &filing.supplement_of {
        sheet = sheet.row("adds to", before);
    }
    if let Some(reason) = &filing.late_reason {
        sheet = sheet.row("late because", reason);
    }
    if let Some(done) = &filing.submitted {
        sheet = sheet.row("submitted", format!("{} by {}, {}", done.at, done.by, done.channel));
    }
    if let Some(answer) = &filing.acknowledged {
        let words =
            format!("{}, {} (recorded by {})", answer.acknowledgement, answer.at, answer.by);
        sheet = sheet.row("acknowledged", words);
    }
    sheet
}
