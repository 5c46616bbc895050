//! `law`: what the rule packs say.

use std::process::ExitCode;

use simrecall_core::law::{Pack, Rule, Standing, Trigger};
use simrecall_engine::Result;
use simrecall_engine::law::{self, LawAnswer, duty_words};

use super::Desk;
use crate::args::LawVerb;
use crate::report::Sheet;

pub(super) fn run(desk: &Desk<'_>, verb: &LawVerb) -> Result<ExitCode> {
    let LawVerb::Show { pack, on } = verb;
    let home = desk.open()?;
    let answer = law::show(&home, pack.as_deref(), *on)?;
    Ok(desk.say(&answer, || words(&answer)))
}

fn words(answer: &LawAnswer) -> String {
    let binding = answer.binding.iter().cloned().collect::<Vec<_>>().join(", ");
    let sheet = Sheet::default().line(&format!("this carrier is bound by {binding}"));
    if answer.packs.is_empty() {
        return sheet.line("nothing is in force on that day").text();
    }
    answer.packs.iter().fold(sheet, pack).text()
}

fn pack(sheet: Sheet, pack: &Pack) -> Sheet {
    let days = match (pack.valid_from, pack.valid_to) {
        (None, _) => "not in force".to_owned(),
        (Some(from), None) => format!("known from {from} on"),
        (Some(from), Some(to)) => format!("known from {from} to {to}"),
    };
    let mut sheet = sheet
        .line("")
        .line(&format!("{} · {days} · {}", pack.id, standing(pack.standing)))
        .line(&format!(" {}", pack.title))
        .line(&format!(" {}", pack.source.join(" · ")));
    if let Some(note) = &pack.note {
        sheet = sheet.line(&format!(" {note}"));
    }
    pack.rules.iter().fold(sheet, |sheet, one| rule(sheet, pack, one))
}

fn rule(sheet: Sheet, pack: &Pack, rule: &Rule) -> Sheet {
    let after = rule.after.as_ref().map_or_else(String::new, |after| format!(" or {after}"));
    let what = duty_words(rule.duty, &rule.to);
    let mut sheet = sheet.line(&format!(
        "  {:<20} {what:<38} {:<12} from {}{after}",
        rule.id.as_str(),
        rule.period.to_string(),
        rule.clock,
    ));
    if rule.standing != pack.standing {
        sheet = sheet.line(&format!("      {}", standing(rule.standing)));
    }
    let elements: Vec<&str> = rule.elements.iter().map(|element| element.name()).collect();
    for (title, text) in [
        ("when", conditions(rule)),
        ("says", elements.join(", ")),
        ("excuse", rule.excuse.clone().unwrap_or_default()),
        ("except", rule.exceptions.join("; ")),
        ("source", rule.source.join(" · ")),
        ("note", rule.note.clone().unwrap_or_default()),
    ] {
        if !text.is_empty() {
            sheet = sheet.line(&format!("      {title:<7} {text}"));
        }
    }
    sheet
}

/// What must be true for it to bind.
fn conditions(rule: &Rule) -> String {
    let when = all(&rule.when);
    if rule.any_of.is_empty() {
        return when;
    }
    let any: Vec<String> = rule.any_of.iter().map(|one| all(one)).collect();
    format!("{when}, and one of: {}", any.join("; "))
}

fn all(triggers: &[Trigger]) -> String {
    triggers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}

/// How far a rule can be relied on, in words.
fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Verified => "text read",
        Standing::Unverified => "unverified: the text was not read; shown, and gates nothing",
        Standing::Pending => "pending: not in force; shown, and makes no clock",
    }
}
