//! A wave's answers in words.

use simrecall_core::delivery::Tally;
use simrecall_core::id::WaveNo;
use simrecall_engine::send::{Ended, Progress, Sent};
use simrecall_engine::wave::{Approved, Planned, Reconciled, Tested};

use crate::report::{Sheet, count, short, when};

pub(super) fn planned(planned: &Planned) -> Sheet {
    let state = if planned.lint.is_empty() { "draft" } else { "cannot be signed: lint" };
    let sheet = Sheet::default()
        .line(&format!("wave {} ({state}), of revision {}", planned.wave.0, planned.revision))
        .row("people", format!("{}  {}", count(planned.persons), parts(&planned.by_kind)))
        .row("start with", parts(&planned.by_rung))
        .row("language", parts(&planned.by_language));
    let sheet = who_differs(sheet, planned).row("lines", lines(planned)).row_if(
        planned.unresolved > 0,
        "unresolved",
        format!("{} rows of the list", count(planned.unresolved)),
    );
    let sheet = when_done(sheet, planned);
    let sheet = match planned.cost_won {
        Some(won) => sheet.row("cost", format!("{won:.0} won for first tries")),
        None => sheet.row("cost", "no prices; name a file as prices in simrecall.toml"),
    };
    let sheet = sheet.row("texts", format!("{} wordings registered", planned.wordings));
    let sheet = planned.lint.iter().fold(sheet, |sheet, finding| sheet.row("lint", finding));
    match &planned.statement_sha256 {
        Some(hash) => sheet.row("statement", format!("sha256 {}", short(hash))),
        None => sheet.row("statement", "none: mend what lint names, then plan again"),
    }
}

/// Everybody who is not told in the plain way.
fn who_differs(sheet: Sheet, planned: &Planned) -> Sheet {
    let sheet = sheet
        .row_if(
            planned.copies > 0,
            "copies",
            format!("{} to children's and companies' lines, and to handsets", count(planned.copies)),
        )
        .row_if(
            planned.by_mail_for_language > 0,
            "by mail",
            format!(
                "{} chose a language that messages do not carry: in full by mail or letter, a copy in English",
                count(planned.by_mail_for_language)
            ),
        )
        .row_if(
            planned.other_language > 0,
            "other language",
            format!("{} are told in one they did not choose", count(planned.other_language)),
        )
        .row_if(
            planned.suppressed > 0,
            "suppressed",
            format!("{} lines, for legal reasons two people approved", count(planned.suppressed)),
        );
    planned.held_back.iter().fold(sheet, |sheet, (country, held)| {
        sheet.row("held back", format!("{} people in {country}: {}", count(held.persons), held.why))
    })
}

/// When it would be done, against each clock.
fn when_done(sheet: Sheet, planned: &Planned) -> Sheet {
    let sheet = planned.routes.iter().fold(sheet, |sheet, load| {
        let pace = load.per_second.map_or("no limit".to_owned(), |pace| format!("{pace}/s"));
        let text = format!("{} by {} at {pace}", count(load.messages), load.rung);
        sheet.row(&format!("route {}", load.route), text)
    });
    let sheet = sheet
        .row("first tries", format!("until {}", when(planned.first_tries_end)))
        .row("last rung", format!("begins {}", when(planned.last_rung_starts)))
        .row_if(
            planned.quiet_overridden,
            "quiet hours",
            "not kept: a clock would be missed".to_owned(),
        );
    planned.in_time.iter().fold(sheet, |sheet, clock| {
        let text = format!("{} ({}): {}", clock.rule, clock.scope, clock.words);
        sheet.row(if clock.is_met { "in time" } else { "NOT IN TIME" }, text)
    })
}

fn lines(planned: &Planned) -> String {
    format!(
        "{} of {} spoken of; {} left out, each with a reason",
        count(planned.lines_told),
        count(planned.lines),
        count(planned.left_out)
    )
}

fn parts<'a>(parts: impl IntoIterator<Item = (&'a &'static str, &'a u64)>) -> String {
    let parts: Vec<String> =
        parts.into_iter().map(|(name, number)| format!("{name} {}", count(*number))).collect();
    parts.join(" · ")
}

pub(super) fn tested(tested: &Tested) -> String {
    let sheet = Sheet::default().line(&format!("{} messages were taken", tested.accepted));
    tested.refused.iter().fold(sheet, |sheet, why| sheet.row("refused", why)).text()
}

pub(super) fn approved(approved: &Approved) -> String {
    let missing = approved.needed.saturating_sub(approved.approvals.len());
    let who = approved.approvals.iter().map(|(name, role)| format!("{name} ({role})"));
    let sheet = Sheet::default()
        .line(approved.statement.trim_end())
        .line("")
        .row("statement", format!("sha256 {}", short(&approved.statement_sha256)))
        .row("signed by", who.collect::<Vec<_>>().join(", "));
    sheet.row_if(missing > 0, "still to sign", format!("{missing} of another role")).text()
}

pub(super) fn sent(no: WaveNo, sent: &Sent) -> String {
    let ended = match sent.ended {
        Ended::Complete => "is done: everyone is told or posted",
        Ended::Idle => "has nothing to submit now; the same command goes on",
        Ended::Stopped => "was stopped; the same command goes on with exactly the rest",
        Ended::Cancelled => "was cancelled meanwhile",
    };
    progress(Sheet::default().line(&format!("wave {} {ended}", no.0)), &sent.progress).text()
}

pub(super) fn paced(no: WaveNo, per_second: Option<u32>) -> String {
    let pace = per_second.map_or_else(
        || "at the pace that was approved".to_owned(),
        |pace| format!("with at most {} messages a second over each route", count(pace)),
    );
    format!("wave {} is sent {pace}", no.0)
}

pub(super) fn progress(sheet: Sheet, progress: &Progress) -> Sheet {
    let answered =
        format!("{} of {} recipients", count(progress.answered), count(progress.targets));
    let problem = progress.last_problem.as_deref();
    sheet
        .row("answered", answered)
        .row("in flight", count(progress.in_flight))
        .row("in doubt", count(progress.in_doubt))
        .row("receipts", format!("{} to come", count(progress.awaiting_receipt)))
        .row_if(progress.paused, "paused", "nothing is submitted until: wave resume")
        .row_if(problem.is_some(), "last problem", problem.unwrap_or_default())
}

/// How attempts stand; what there is none of is left out.
pub(super) fn tally(numbers: Tally) -> String {
    let Tally { open, accepted, not_accepted, rejected, in_doubt, reached, failed } = numbers;
    let named = [
        ("reached", reached),
        ("accepted", accepted),
        ("failed", failed),
        ("rejected", rejected),
        ("in doubt", in_doubt),
        ("open", open),
        ("not accepted", not_accepted),
    ];
    let there = named.into_iter().filter(|(_, number)| *number != 0);
    there.map(|(name, number)| format!("{name} {}", count(number))).collect::<Vec<_>>().join(" · ")
}

pub(super) fn cancelled(no: WaveNo, kept: i64, withdrawn: i64) -> String {
    Sheet::default()
        .line(&format!("wave {} is cancelled", no.0))
        .row("stay told", format!("{} people who may have been told", count(kept)))
        .row("owed again", format!("{} people, by the next wave", count(withdrawn)))
        .text()
}

pub(super) fn reconciled(done: &Reconciled) -> String {
    Sheet::default()
        .line("reconciled: sending may go on")
        .row("waves", count(done.waves))
        .row("put in doubt", count(done.put_in_doubt))
        .row("were taken", format!("{} by the carrier's records", count(done.found)))
        .row("not taken", count(done.not_taken))
        .row("still in doubt", format!("{}, which are sent again, flagged", count(done.in_doubt)))
        .row("unmatched", format!("{} records fit no attempt", count(done.unmatched_records)))
        .text()
}
