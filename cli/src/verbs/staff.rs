//! `staff`: who may do what, with which keys, and where.

use std::process::ExitCode;

use simrecall_engine::staff::{self, StaffAnswer};
use simrecall_engine::terminal::enrol::{self, Why};
use simrecall_engine::{Home, Problem, Result};

use super::{Desk, sequence};
use crate::args::{StaffAdd, StaffInvite, StaffVerb};
use crate::report::{Sheet, short};

pub(super) fn run(desk: &Desk<'_>, verb: &StaffVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        StaffVerb::Add(verb) => add(desk, &home, verb),
        StaffVerb::Invite(verb) => invite(desk, &home, verb),
        StaffVerb::Post(verb) => {
            enrol::post(&home, &verb.name, verb.agency.as_deref(), &verb.by)?;
            sequence(&home);
            let place = verb.agency.as_deref().unwrap_or("the customer centre");
            Ok(desk.say(&verb.agency, || format!("{} works at {place}", verb.name)))
        }
        StaffVerb::Revoke { name, by } => {
            enrol::revoke(&home, name, by)?;
            sequence(&home);
            Ok(desk.say(name, || format!("{name} works here no more")))
        }
        StaffVerb::List => {
            let staff = staff::list(&home)?;
            Ok(desk.say(&staff, || words(&staff)))
        }
    }
}

fn add(desk: &Desk<'_>, home: &Home, verb: &StaffAdd) -> Result<ExitCode> {
    let StaffAdd { name, role, key_out, by } = verb;
    let answer = match (key_out, by) {
        (Some(key_out), by) => staff::add(home, name, role, key_out, by.as_deref())?,
        (None, Some(by)) => staff::add_without_key(home, name, role, by)?,
        (None, None) => {
            return Err(Problem::input("key", "the first person needs a key")
                .hint("say where to write it: --key-out FILE"));
        }
    };
    sequence(home);
    Ok(desk.say(&answer, || {
        let sheet = row(Sheet::default(), &answer);
        match key_out {
            Some(path) => {
                sheet.row("private key", format!("{} (for {name} alone)", path.display()))
            }
            None => sheet,
        }
        .text()
    }))
}

fn invite(desk: &Desk<'_>, home: &Home, verb: &StaffInvite) -> Result<ExitCode> {
    let why = match (verb.another, verb.lost) {
        (_, true) => Why::Lost,
        (true, false) => Why::Another,
        (false, false) => Why::First,
    };
    let invited = enrol::invite(home, &verb.name, why, &verb.by)?;
    sequence(home);
    Ok(desk.say(&invited, || {
        Sheet::default()
            .row("for", &invited.name)
            .row("code", invited.code.as_str())
            .row("until", invited.until.to_rfc3339())
            .row("passkeys ended", invited.ended)
            .text()
    }))
}

fn words(staff: &[StaffAnswer]) -> String {
    if staff.is_empty() {
        return "nobody yet".to_owned();
    }
    staff.iter().fold(Sheet::default(), row).text()
}

fn row(sheet: Sheet, member: &StaffAnswer) -> Sheet {
    let StaffAnswer { name, roles, public_key, agency, passkeys, paused } = member;
    let key = public_key.as_deref().map_or_else(|| "none".to_owned(), short);
    let place = agency.as_deref().map(|code| format!("  at {code}")).unwrap_or_default();
    let paused = if *paused { "  paused" } else { "" };
    sheet.line(&format!(
        "{name:<20} {:<20} key {key}  passkeys {passkeys}{place}{paused}",
        roles.join(", ")
    ))
}
