//! `case`: one new card for one line, from the call to the counter.

use std::path::Path;
use std::process::ExitCode;

use simrecall_engine::replacement::book::{self, Booking, FreeDay};
use simrecall_engine::replacement::elsewhere::import;
use simrecall_engine::replacement::notices::notify;
use simrecall_engine::replacement::open::{self, NewCase};
use simrecall_engine::replacement::parcel::report::{self, ReportAnswer};
use simrecall_engine::replacement::parcel::ship::{self, ShipAnswer};
use simrecall_engine::replacement::parcel::want;
use simrecall_engine::replacement::shown::{self, CaseAnswer, CaseRow};
use simrecall_engine::replacement::tick::{self, TickAnswer};
use simrecall_engine::replacement::visit::{self, AtCounter, Bring, Showing, VerifyAnswer};
use simrecall_engine::swap::{self, Scan};
use simrecall_engine::{Home, Result};

use super::stock::number;
use super::{Desk, sequence, two};
use crate::args::{CaseAt, CaseBook, CaseBy, CaseOpen, CaseVerb, CaseVerify};
use crate::report::{Sheet, when};

pub(super) fn run(desk: &Desk<'_>, verb: &CaseVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let answer = match verb {
        CaseVerb::List { incident, state } => {
            let cases = shown::list(&home, incident, *state)?;
            return Ok(desk.say(&cases, || listed(&cases)));
        }
        CaseVerb::Free { agency, product } => {
            let days = book::free(&home, agency, product.as_deref())?;
            return Ok(desk.say(&days, || free(&days)));
        }
        CaseVerb::Documents { language } => {
            let bring = visit::documents(&home, *language)?;
            return Ok(desk.say(&bring, || documents(&bring)));
        }
        CaseVerb::Tick => {
            let done = tick::tick(&home)?;
            sequence(&home);
            return Ok(desk.say(&done, || ticked(&done)));
        }
        CaseVerb::Notify { incident } => {
            let done = notify(&home, incident)?;
            sequence(&home);
            return Ok(desk.judge(done.waiting == 0, &done, || {
                Sheet::default()
                    .row("handed over", done.handed)
                    .row_if(done.failed > 0, "failed", done.failed)
                    .row_if(done.in_doubt > 0, "in doubt, once more", done.in_doubt)
                    .row_if(done.waiting > 0, "waiting for a route", done.waiting)
                    .text()
            }));
        }
        CaseVerb::ImportCompleted { file, incident, by } => {
            return elsewhere(desk, &home, (incident, file, by));
        }
        CaseVerb::Ship { limit, by } => {
            let done = ship::ship(&home, *limit, by)?;
            sequence(&home);
            return Ok(desk.judge(done.left_out.is_empty(), &done, || shipped(&done)));
        }
        CaseVerb::Parcels { file, by } => {
            let done = report::report(&home, file, by)?;
            sequence(&home);
            return Ok(desk.judge(done.unknown.is_empty(), &done, || reported(&done)));
        }
        CaseVerb::WantParcel(CaseBy { of, by }) => want::want(&home, &of.incident, &of.case, by)?,
        CaseVerb::NoParcel(CaseBy { of, by }) => want::unwanted(&home, &of.incident, &of.case, by)?,
        CaseVerb::Verify(verb) => return verify(desk, &home, verb),
        CaseVerb::Hold(verb) => return super::swap::hold(desk, &home, verb),
        CaseVerb::Clear(verb) => return super::swap::clear(desk, &home, verb),
        CaseVerb::Show(CaseBy { of, by }) => shown::show(&home, &of.incident, &of.case, by)?,
        CaseVerb::Open(verb) => open_case(&home, verb)?,
        CaseVerb::Book(verb) => booked(&home, verb)?,
        CaseVerb::Wait { at: CaseAt { of, agency, by }, product } => {
            let wanted = (of.case.as_str(), agency.as_str(), product.as_deref());
            book::wait(&home, &of.incident, wanted, by)?
        }
        CaseVerb::Cancel(CaseBy { of, by }) => book::cancel(&home, &of.incident, &of.case, by)?,
        CaseVerb::CheckIn(at) => visit::check_in(&home, &at.of.incident, &counter(at))?,
        CaseVerb::Leave(at) => visit::leave(&home, &at.of.incident, &counter(at))?,
        CaseVerb::Reserve { of: CaseBy { of, by }, card } => {
            let (incident, case) = (of.incident.as_str(), of.case.as_str());
            swap::reserve(&home, &Scan { incident, case, iccid: &number(card)?, by })?;
            shown::show(&home, incident, case, by)?
        }
    };
    sequence(&home);
    Ok(desk.say(&answer, || words(&answer)))
}

fn elsewhere(
    desk: &Desk<'_>,
    home: &Home,
    (incident, file, by): (&str, &Path, &[String]),
) -> Result<ExitCode> {
    let hlr = super::network(home)?;
    let hlr = hlr.as_ref().map(|hlr| -> &dyn swap::Provisioning { hlr });
    let answer = import(home, incident, hlr, file, two(by)?)?;
    sequence(home);
    Ok(desk.say(&answer, || {
        Sheet::default()
            .line(&format!("{} rows", answer.rows))
            .row("completed", answer.completed)
            .row_if(answer.opened > 0, "of them without a case", answer.opened)
            .row_if(answer.known > 0, "brought in before", answer.known)
            .row_if(answer.refunds > 0, "refunds to look at", answer.refunds)
            .text()
    }))
}

fn counter(at: &CaseAt) -> AtCounter<'_> {
    AtCounter { case: &at.of.case, agency: &at.agency, by: &at.by }
}

fn open_case(home: &Home, verb: &CaseOpen) -> Result<CaseAnswer> {
    let CaseOpen { number, lost_money, leaves, disabled, incident, by } = verb;
    let new =
        NewCase { number, lost_money: *lost_money, leaves_on: *leaves, disabled: *disabled, by };
    open::open(home, incident, &new)
}

fn booked(home: &Home, verb: &CaseBook) -> Result<CaseAnswer> {
    let CaseBook { at, day, hour, product } = verb;
    let booking = Booking {
        case: &at.of.case,
        agency: &at.agency,
        product: product.as_deref(),
        day: *day,
        hour: *hour,
        by: &at.by,
    };
    book::book(home, &at.of.incident, &booking)
}

fn verify(desk: &Desk<'_>, home: &Home, verb: &CaseVerify) -> Result<ExitCode> {
    let CaseVerify { at, person, shown, code } = verb;
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    let showing = Showing { person: *person, shown: &shown, code: code.as_deref() };
    let answer = visit::verify(home, &at.of.incident, &counter(at), &showing)?;
    sequence(home);
    Ok(desk.judge(answer.verified, &answer, || verified(&answer)))
}

fn verified(answer: &VerifyAnswer) -> String {
    let sheet = Sheet::default().line(&words(&answer.case)).row("told", answer.told);
    if answer.verified {
        return sheet.text();
    }
    let until = answer.wait_until.map_or_else(
        || "24 hours after a network has taken the warning over: simrecall case notify".to_owned(),
        when,
    );
    sheet.row("not verified before", until).text()
}

fn row(case: &CaseRow) -> String {
    let place = match (&case.agency, case.day, case.hour) {
        (Some(agency), Some(day), Some(hour)) => format!("  {agency} {day} {hour:02}:00"),
        (Some(agency), _, _) => format!("  {agency}"),
        (None, _, _) => String::new(),
    };
    format!(
        "{}  {}  tier {} (now {})  since {}{place}",
        case.id,
        case.state,
        case.tier,
        case.lifted,
        when(case.applied_at)
    )
}

fn listed(cases: &[CaseRow]) -> String {
    let first = Sheet::default().line(&format!("{} cases", cases.len()));
    cases.iter().fold(first, |sheet, one| sheet.line(&row(one))).text()
}

fn words(answer: &CaseAnswer) -> String {
    let first = Sheet::default().line(&row(&answer.row));
    let event = |sheet: Sheet, one: &shown::EventRow| {
        let by = one.by.as_deref().map(|by| format!("  by {by}")).unwrap_or_default();
        let at = one.agency.as_deref().map(|at| format!("  at {at}")).unwrap_or_default();
        let what = one.event.unwrap_or("begun");
        sheet.line(&format!("{}  {what}: {}{at}{by}", when(one.at), one.to))
    };
    answer.events.iter().fold(first, event).text()
}

fn free(days: &[FreeDay]) -> String {
    if days.is_empty() {
        return "nothing is free; put the case in line: simrecall case wait".to_owned();
    }
    let line = |sheet: Sheet, one: &FreeDay| {
        let hours: Vec<String> = one.hours.iter().map(|hour| format!("{hour:02}")).collect();
        sheet.line(&format!("{}  {} places  hours {}", one.day, one.places, hours.join(" ")))
    };
    days.iter().fold(Sheet::default(), line).text()
}

fn documents(bring: &[Bring]) -> String {
    let line = |sheet: Sheet, one: &Bring| {
        let served = if one.allowed { "" } else { " (not served here)" };
        let sheet = sheet.line(&format!("{}{served}", one.person));
        one.names.iter().zip(&one.words).fold(sheet, |sheet, (names, words)| {
            sheet.row("one of", format!("{}  ({})", words.join(" / "), names.join(" ")))
        })
    };
    bring.iter().fold(Sheet::default(), line).text()
}

fn shipped(done: &ShipAnswer) -> String {
    let first = Sheet::default()
        .row("shipped", done.shipped)
        .row("still waiting", done.waiting)
        .row("cards nobody was promised", done.cards);
    let left = |sheet: Sheet, one: &ship::LeftOut| {
        sheet.line(&format!("no parcel for case {}: {}", one.case, one.why))
    };
    done.left_out.iter().fold(first, left).text()
}

fn reported(done: &ReportAnswer) -> String {
    let unknown: Vec<String> = done.unknown.iter().map(u64::to_string).collect();
    Sheet::default()
        .row("delivered", done.delivered)
        .row("returned", done.returned)
        .row("lost", done.lost)
        .row("said before, or too late", done.skipped)
        .row_if(!unknown.is_empty(), "rows of no parcel of ours", unknown.join(", "))
        .text()
}

fn ticked(done: &TickAnswer) -> String {
    Sheet::default()
        .row("parcels over", done.parcels)
        .row("protections back", done.protections)
        .row("cards released", done.released)
        .row("visits missed", done.missed)
        .row("promises over", done.freed)
        .row("cards promised", done.held)
        .row("visits given", done.booked)
        .row("told once more", done.told_again)
        .row("told that it is done", done.told_done)
        .row_if(done.looks > 0, "second looks not answered", done.looks)
        .row_if(done.images > 0, "images destroyed", done.images)
        .text()
}
