//! Deriving, in words.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use simrecall_core::cohort::Certainty;
use simrecall_core::derive::{Cause, Rules};
use simrecall_engine::derive::{
    self, Brought, BroughtBy, DerivedAnswer, Inputs, Options, SetAnswer, WhatIfAnswer,
};
use simrecall_engine::derive_sql::{self, Dialect};
use simrecall_engine::{Home, Problem, Result};

use super::{known_at, sheet_of};
use crate::args::{Derive, Engine, WhatIf};
use crate::progress::Reading;
use crate::report::{Sheet, count};
use crate::verbs::{Desk, sequence};

/// The rules that ship.
pub(super) fn show_rules(desk: &Desk<'_>) -> ExitCode {
    let rules = Rules::builtin();
    let json = serde_json::json!({ "id": rules.id, "text": rules.text() });
    desk.say(&json, || rules.text().to_owned())
}

/// Derives, or prints the rules as one query, which needs no installation.
pub(super) fn run(desk: &Desk<'_>, typed: &Derive) -> Result<ExitCode> {
    match typed.emit_sql {
        Some(Engine::Spark) => emit(desk, typed, Dialect::Spark),
        Some(Engine::Trino) => emit(desk, typed, Dialect::Trino),
        None => derive(desk, &desk.open()?, typed),
    }
}

pub(super) fn what_if(desk: &Desk<'_>, home: &Home, typed: &WhatIf) -> Result<ExitCode> {
    let records = &typed.records;
    let asked = derive::WhatIf {
        rules: &typed.rules,
        registry: typed.registry,
        accept_rejects: typed.rejects.accept_rejects,
        by: &typed.by,
    };
    let inputs = inputs(&records.attach, &records.cells, &records.payments);
    let mut screen = Reading::new(desk.out);
    let compared = derive::what_if(home, &typed.incident, &inputs, &asked, &mut screen);
    screen.end();
    let answer = compared?;
    Ok(desk.say(&answer, || what_if_words(&answer)))
}

/// What a derived revision brought.
pub(super) fn brought(sheet: Sheet, brought: Option<&Brought>) -> Sheet {
    let Some(brought) = brought else { return sheet };
    let distinct = format!(
        "{} new lines · {} with more facts",
        count(brought.new_lines),
        count(brought.more_facts)
    );
    let mut sheet = sheet.row("brought", distinct);
    for BroughtBy { rule, cause, new_lines, more_facts } in &brought.by {
        let (why, new, more) = (cause_words(*cause), count(*new_lines), count(*more_facts));
        sheet = sheet.line(&format!("   {rule:<22} {why:<20} {new:>10} new {more:>10} more"));
    }
    for losses in brought.losses.iter().filter(|losses| losses.payments > 0) {
        let text = format!(
            "{}: {} lines · {} payments · {} won",
            losses.rule,
            count(losses.lines),
            count(losses.payments),
            count(losses.amount_won)
        );
        let word = match losses.fact {
            Certainty::Confirmed => "losses",
            Certainty::Possible => "perhaps",
        };
        sheet = sheet.row(word, text);
    }
    sheet
}

fn emit(desk: &Desk<'_>, typed: &Derive, dialect: Dialect) -> Result<ExitCode> {
    let sql = derive_sql::emit(typed.rules.as_deref(), dialect)?;
    Ok(desk.say(&serde_json::json!({ "engine": dialect.name(), "sql": sql }), || sql.clone()))
}

fn derive(desk: &Desk<'_>, home: &Home, typed: &Derive) -> Result<ExitCode> {
    let incident = typed.incident.as_deref().ok_or_else(|| lacks("incident"))?;
    let cells = typed.cells.as_deref().ok_or_else(|| lacks("cells"))?;
    let options = Options {
        rules: typed.rules.as_deref(),
        registry: typed.registry,
        accept_rejects: typed.rejects.accept_rejects,
        removes: typed.removes,
        expect_change: typed.expect_change,
        known: known_at(&typed.known),
        by: typed.by.as_deref().ok_or_else(|| lacks("by"))?,
    };
    let inputs = inputs(&typed.attach, cells, &typed.payments);
    let mut screen = Reading::new(desk.out);
    let derived = derive::derive(home, incident, &inputs, &options, &mut screen);
    screen.end();
    let answer = derived?;
    sequence(home);
    Ok(desk.say(&answer, || derived_words(&answer)))
}

fn inputs<'a>(attach: &'a [PathBuf], cells: &'a Path, payments: &'a [PathBuf]) -> Inputs<'a> {
    Inputs { attach, cells, payments }
}

/// What the parser refuses before anybody gets here.
fn lacks(argument: &str) -> Problem {
    Problem::input("usage", format!("--{argument} is missing"))
}

fn derived_words(answer: &DerivedAnswer) -> String {
    let sheet = sheet_of(&answer.made, "the records say");
    let rules =
        format!("{} ({}…)", answer.rules, answer.rules_sha256.get(..12).unwrap_or_default());
    let rows: u64 = answer.files.iter().map(|file| file.rows).sum();
    let read = format!("{} rows in {} files", count(rows), answer.files.len());
    let met = format!("{} records · {} windows", count(answer.records), count_of(answer.windows));
    let mut sheet = sheet.row("rules", rules).row("read", read).row("at rogue cells", met);
    for rule in &answer.brought.rules {
        sheet = sheet.row(&rule.rule, format!("{} lines", count(rule.lines)));
    }
    sheet = brought(sheet, (!answer.made.no_change).then_some(&answer.brought));
    let silent = answer.silent_cells.join(", ");
    sheet
        .row_if(
            !silent.is_empty(),
            "no record names",
            format!("{silent}: is it written as in the records?"),
        )
        .text()
}

fn what_if_words(answer: &WhatIfAnswer) -> String {
    let WhatIfAnswer { one, other, same, differ, only_one, only_other } = answer;
    Sheet::default()
        .line("nothing was made")
        .row(&one.rules, set_words(one))
        .row(&other.rules, set_words(other))
        .row("in both", format!("{} the same · {} with other facts", count(*same), count(*differ)))
        .row(
            "in one only",
            format!("{} {} · {} {}", count(*only_one), one.rules, count(*only_other), other.rules),
        )
        .text()
}

fn set_words(set: &SetAnswer) -> String {
    format!(
        "{} lines · {} confirmed · {} with a loss · {} cards unresolved",
        count(set.lines),
        count(set.confirmed),
        count(set.losing),
        count(set.unresolved)
    )
}

const fn cause_words(cause: Cause) -> &'static str {
    match cause {
        Cause::NewCell => "new cell",
        Cause::LongerWindow => "longer window",
        Cause::ReadsMore => "window reads more",
        Cause::SurerWindow => "surer window",
        Cause::RulesChanged => "rules changed",
        Cause::NewRecords => "new records",
        Cause::Evidence => "evidence",
    }
}

fn count_of(number: usize) -> String {
    count(u64::try_from(number).unwrap_or(u64::MAX))
}
