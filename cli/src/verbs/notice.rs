//! `notice`: what one person was told.

use std::process::ExitCode;

use serde_json::json;
use simrecall_core::notice::lint::Report;
use simrecall_engine::notice::{
    self, AttemptAnswer, Look, NoticeAnswer, NoticeText, PersonAnswer, TextAnswer,
};
use simrecall_engine::{Result, lint, wave};

use super::{Desk, sequence};
use crate::args::NoticeVerb;
use crate::report::{Sheet, when};

pub(super) fn run(desk: &Desk<'_>, verb: &NoticeVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        NoticeVerb::Lint { incident } => {
            let report = lint::lint(&home, incident)?;
            desk.say(&report, || report_words(&report));
            Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        NoticeVerb::Preview { incident, kind, language, rung, brand } => {
            let look = lint::Look { kind, language, rung, brand: brand.as_deref() };
            let text = lint::preview(&home, incident, &look)?;
            let subject = text.subject.clone().unwrap_or_default();
            let body = if text.text.is_empty() { text.html.clone() } else { None };
            let body = body.unwrap_or_else(|| text.text.clone());
            let json = json!({ "subject": subject, "text": text.text, "html": text.html });
            Ok(desk.say(&json, || format!("{subject}\n\n{body}")))
        }
        NoticeVerb::Show { incident, person, purpose, by } => {
            let shown = notice::show(&home, incident, &Look { person, purpose, by });
            // That somebody looked is in the journal, whatever came of it.
            sequence(&home);
            let answer = shown?;
            Ok(desk.say(&answer, || words(&answer)))
        }
    }
}

fn report_words(report: &Report) -> String {
    let verdict = if report.is_clean() { "nothing to mend" } else { "nobody can sign this" };
    let title = format!("{} texts looked at: {verdict}", report.checked);
    let sheet = report.findings.iter().fold(Sheet::default().line(&title), |sheet, found| {
        sheet.line(&format!("  {}", wave::finding(found)))
    });
    let longest = report.longest.iter().map(|one| {
        format!("{} {}: {} of {} bytes", one.rung.name(), one.language.tag(), one.bytes, one.limit)
    });
    longest.fold(sheet, |sheet, text| sheet.row("longest", text)).text()
}

fn words(answer: &PersonAnswer) -> String {
    if answer.notices.is_empty() {
        return format!("{}: nothing was owed to this person so far", answer.incident);
    }
    let told = if answer.told { "was told" } else { "was not told yet" };
    let sheet = Sheet::default().line(&format!("{}: this person {told}", answer.incident));
    answer.notices.iter().fold(sheet, notice_words).text()
}

fn notice_words(sheet: Sheet, notice: &NoticeAnswer) -> Sheet {
    let title = format!(
        "wave {}: {} notice ({}), of {} lines",
        notice.wave.0, notice.kind, notice.language, notice.lines
    );
    let mut sheet = sheet
        .line("")
        .line(&title)
        .row_if(!notice.confirmed.is_empty(), "leaked", notice.confirmed.join(", "))
        .row_if(!notice.possible.is_empty(), "perhaps leaked", notice.possible.join(", "));
    for recipient in &notice.recipients {
        let told = if recipient.told { "told" } else { "not told yet" };
        sheet = sheet.row(recipient.role, told);
        sheet = recipient.attempts.iter().fold(sheet, attempt_words);
    }
    sheet
}

fn attempt_words(sheet: Sheet, attempt: &AttemptAnswer) -> Sheet {
    let to = attempt.to.as_deref().map(|to| format!(" to {to}")).unwrap_or_default();
    let resend =
        if attempt.resend { " · sent again: the one before may have arrived" } else { "" };
    let since = attempt.since.map(|at| format!(" {}", when(at))).unwrap_or_default();
    let sheet = sheet
        .row(attempt.rung, format!("{}{to} over {}{resend}", when(attempt.at), attempt.route))
        .row("", format!("{}{since} · {}", attempt.standing.replace('_', " "), attempt.reference));
    match &attempt.text {
        TextAnswer::Exact(text) => text_words(sheet, text),
        TextAnswer::Differs => sheet.row(
            "",
            "the words or templates here have changed since, so the text cannot be shown; its sha256 is on record",
        ),
        TextAnswer::Unknown => sheet.row("", "text unknown: adopted after a restore"),
    }
}

/// The text as it was sent, set off by bars.
fn text_words(sheet: Sheet, text: &NoticeText) -> Sheet {
    let subject = text.subject.as_deref();
    let mut sheet = sheet.row_if(subject.is_some(), "subject", subject.unwrap_or_default());
    if text.plain.is_empty() {
        return sheet.row("", "a printed sheet; --json shows it");
    }
    for line in text.plain.lines() {
        sheet = sheet.line(&format!("  │ {line}"));
    }
    sheet
}
