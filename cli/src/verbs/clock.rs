//! `clock`: by when, counted from what, and how it stands.

use std::process::ExitCode;

use simrecall_engine::law::{
    self, ActAnswer, Choice, ClockList, ClockRow, Decided, Done, ExcuseAnswer, NewAct, NewDecision,
    NewExcuse, SelectAnswer, SilenceAnswer, SilenceRow,
};
use simrecall_engine::law::{Change, WaitingChoice};
use simrecall_engine::{Home, Result};

use super::{Desk, sequence};
use crate::args::{ClockDone, ClockExcuse, ClockSelect, ClockVerb, Silence};
use crate::report::{Sheet, count};

pub(super) fn run(desk: &Desk<'_>, verb: &ClockVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        ClockVerb::List { incident } => {
            let answer = law::list(&home, incident)?;
            Ok(desk.say(&answer, || listed(&answer)))
        }
        ClockVerb::Select(typed) => select(desk, &home, typed),
        ClockVerb::Excuse(typed) => excuse(desk, &home, typed),
        ClockVerb::Done(typed) => done(desk, &home, typed),
        ClockVerb::Extend(typed) => silence(desk, &home, typed, Change::Extend),
        ClockVerb::Lift(typed) => silence(desk, &home, typed, Change::Lift),
    }
}

fn select(desk: &Desk<'_>, home: &Home, typed: &ClockSelect) -> Result<ExitCode> {
    let ClockSelect { incident, anchor, knowledge, revision, reason, by } = typed;
    let choice = Choice { anchor, revision: *revision, knowledge: *knowledge, reason };
    let answer = law::select(home, incident, &choice, by)?;
    sequence(home);
    Ok(desk.say(&answer, || selected(&answer)))
}

fn excuse(desk: &Desk<'_>, home: &Home, typed: &ClockExcuse) -> Result<ExitCode> {
    let ClockExcuse { incident, rule, scope, until, reason, by } = typed;
    let new = NewExcuse { rule, scope, until: *until, reason };
    let answer = law::excuse(home, incident, &new, by)?;
    sequence(home);
    Ok(desk.say(&answer, || excused(&answer)))
}

fn done(desk: &Desk<'_>, home: &Home, typed: &ClockDone) -> Result<ExitCode> {
    let ClockDone { incident, rule, scope, at, what, by } = typed;
    let answer = law::record_act(home, incident, &NewAct { rule, scope, at: *at, what }, by)?;
    sequence(home);
    Ok(desk.say(&answer, || recorded(&answer)))
}

fn silence(desk: &Desk<'_>, home: &Home, typed: &Silence, change: Change) -> Result<ExitCode> {
    let Silence { incident, rule, until, reason, by } = typed;
    let new = NewDecision { rule, change, until: *until, reason };
    let answer = law::decide_silence(home, incident, &new, by)?;
    sequence(home);
    Ok(desk.say(&answer, || silenced(&answer)))
}

fn selected(answer: &SelectAnswer) -> String {
    let SelectAnswer { decided, anchor, knowledge, clocks } = answer;
    let what = format!("{anchor} counts from knowledge time {}", knowledge.no);
    let sheet = decision(Sheet::default(), decided, &what);
    clocks.iter().fold(sheet, |sheet, row| sheet.line(&one_line(row))).text()
}

fn excused(answer: &ExcuseAnswer) -> String {
    let ExcuseAnswer { decided, rule, scope, allowed, until: _, clocks } = answer;
    let what = format!("{rule}, {scope}, is excused");
    let sheet = decision(Sheet::default(), decided, &what).row("the law takes", allowed);
    clocks.iter().fold(sheet, |sheet, row| sheet.line(&one_line(row))).text()
}

fn recorded(answer: &ActAnswer) -> String {
    let ActAnswer { no, rule, scope, at, clocks } = answer;
    let sheet = Sheet::default().line(&format!("act {no}: {rule}, {scope}, was done {at}"));
    clocks.iter().fold(sheet, |sheet, row| sheet.line(&one_line(row))).text()
}

fn silenced(answer: &SilenceAnswer) -> String {
    let sheet = decision(Sheet::default(), &answer.decided, "the silence is as decided");
    if answer.silences.is_empty() {
        return sheet.line("nothing is silent now").text();
    }
    answer.silences.iter().fold(sheet, |sheet, row| sheet.line(&still(row))).text()
}

/// How far something has come that takes two people.
pub(super) fn decision(sheet: Sheet, decided: &Decided, what: &str) -> Sheet {
    let Decided { no: _, counts, agreed, waits_for } = decided;
    let sheet = if *counts {
        sheet.line(what)
    } else {
        let roles = waits_for.join(" or ");
        sheet.line(&format!("once somebody of {roles} gives the same command: {what}"))
    };
    sheet.row_if(!agreed.is_empty(), "agreed", agreed.join(", "))
}

fn listed(answer: &ClockList) -> String {
    let ClockList { incident, as_of, clocks, otherwise, pending, silences, waiting } = answer;
    let mut sheet = Sheet::default().line(&format!("{incident} · as of {as_of}"));
    if clocks.is_empty() {
        sheet = sheet
            .line("no clock binds")
            .next(&format!("incident fact add --incident {incident} …"));
    }
    sheet = clocks.iter().fold(sheet, lines);
    for row in silences {
        sheet = sheet.line(&still(row));
    }
    for choice in waiting {
        sheet = sheet.line(&waits(choice));
    }
    sheet = block(sheet, "If counsel chose another time", otherwise);
    block(sheet, "Not in force", pending).text()
}

fn block(sheet: Sheet, title: &str, rows: &[ClockRow]) -> Sheet {
    if rows.is_empty() {
        return sheet;
    }
    rows.iter().fold(sheet.line("").line(title), |sheet, row| sheet.line(&one_line(row)))
}

/// A clock that counts, on two lines.
fn lines(sheet: Sheet, row: &ClockRow) -> Sheet {
    let mut about = vec![row.rule.to_string()];
    if let Some(from) = row.from {
        let knowledge = row.knowledge.map_or_else(
            || "something that was done".to_owned(),
            |no| format!("knowledge time {no}"),
        );
        about.push(format!("from {knowledge}, {from}"));
    }
    if let Some(done) = row.done.filter(|done| done.owed > 0) {
        about.push(told(done));
    }
    if row.presumed {
        let open = row.determine.join(", ");
        about.push(format!("presumed until staff say of {open} (incident determine)"));
    }
    sheet.line(&one_line(row)).line(&format!("    {}", about.join(" · ")))
}

fn told(done: Done) -> String {
    format!("{} of {} people told", count(done.told), count(done.owed))
}

/// What, by when, how it stands.
pub(super) fn one_line(row: &ClockRow) -> String {
    let scope = row.scope.to_string();
    let scope = if scope == "incident" { String::new() } else { format!(" ({scope})") };
    let period = row.period.map_or_else(String::new, |period| format!(", {period}"));
    let due = row.due.map_or_else(String::new, |due| format!("due {due}  "));
    let from = if row.counts { None } else { row.knowledge };
    let from = from.map_or_else(String::new, |no| format!("from {no}: "));
    let standing = match row.standing {
        simrecall_core::law::Standing::Unverified => " · unverified",
        simrecall_core::law::Standing::Verified | simrecall_core::law::Standing::Pending => "",
    };
    let what = format!("{}{period}{scope}", row.what);
    format!(" {what:<42} {from}{due}{}{standing}", row.stands).trim_end().to_owned()
}

fn still(row: &SilenceRow) -> String {
    let SilenceRow { rule, country, from: _, until, holds: _ } = row;
    let until = until.map_or_else(
        || "without end until law enforcement was told".to_owned(),
        |until| format!("until {until}"),
    );
    format!(" SILENCE: people in {country} are told nothing {until} ({rule})")
}

fn waits(choice: &WaitingChoice) -> String {
    let WaitingChoice { decided, anchor, revision, knowledge, reason: _ } = choice;
    let of = revision.map_or_else(String::new, |no| format!(" for {no}"));
    let roles = decided.waits_for.join(" or ");
    format!(" waits for {roles}: {anchor}{of} from knowledge time {knowledge} (clock select)")
}
