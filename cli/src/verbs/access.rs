//! `honey` and `alarm`: what staff may see and do, watched.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::terminal::alarm::{self, AlarmRow};
use simrecall_engine::terminal::honey::{self, HoneyAnswer};

use super::{Desk, sequence};
use crate::args::{AlarmVerb, HoneyVerb};
use crate::report::{Sheet, when};

pub(super) fn honey(desk: &Desk<'_>, verb: &HoneyVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let HoneyVerb::Add { numbers, codes, by } = verb;
    let numbers = given(numbers);
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let answer = honey::add(&home, &numbers, *codes, by)?;
    sequence(&home);
    Ok(desk.say(&answer, || laid_out(&answer)))
}

pub(super) fn alarm(desk: &Desk<'_>, verb: &AlarmVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        AlarmVerb::List { all } => {
            let alarms = alarm::list(&home, *all)?;
            Ok(desk.say(&alarms, || listed(&alarms)))
        }
        AlarmVerb::Close { alarm, by } => {
            let closed = alarm::close(&home, alarm, by)?;
            sequence(&home);
            Ok(desk.say(&closed, || row(Sheet::default(), &closed).text()))
        }
    }
}

/// Numbers as they were given; one that is a dash stands for standard input.
fn given(numbers: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for number in numbers {
        if number == "-" {
            let lines = std::io::stdin().lines().map_while(std::result::Result::ok);
            all.extend(lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()));
        } else {
            all.push(number.clone());
        }
    }
    all
}

fn laid_out(answer: &HoneyAnswer) -> String {
    let sheet = Sheet::default().line(&format!("{} are laid out", answer.added)).row_if(
        answer.known > 0,
        "were there",
        answer.known,
    );
    answer.codes.iter().fold(sheet, |sheet, code| sheet.row("code", code)).text()
}

fn listed(alarms: &[AlarmRow]) -> String {
    if alarms.is_empty() {
        return "nothing rings".to_owned();
    }
    alarms.iter().fold(Sheet::default(), row).text()
}

fn row(sheet: Sheet, one: &AlarmRow) -> Sheet {
    let place = one.agency.as_deref().unwrap_or("centre");
    let paused = if one.paused { ", paused" } else { "" };
    let closed = one.closed_at.map(|at| format!(", closed {}", when(at))).unwrap_or_default();
    let text =
        format!("{}  {} at {place}{paused}  {}{closed}", one.id, one.staff, when(one.raised_at));
    sheet.row(one.kind, text)
}
