//! `staff`: who may do what.

use std::process::ExitCode;

use simrecall_engine::Result;
use simrecall_engine::staff::{self, StaffAnswer};

use super::{Desk, sequence};
use crate::args::StaffVerb;
use crate::report::{Sheet, short};

pub(super) fn run(desk: &Desk<'_>, verb: &StaffVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        StaffVerb::Add { name, role, key_out, by } => {
            let answer = staff::add(&home, name, role, key_out, by.as_deref())?;
            sequence(&home);
            Ok(desk.say(&answer, || {
                row(Sheet::default(), &answer)
                    .row("private key", format!("{} (for {name} alone)", key_out.display()))
                    .text()
            }))
        }
        StaffVerb::List => {
            let staff = staff::list(&home)?;
            Ok(desk.say(&staff, || words(&staff)))
        }
    }
}

fn words(staff: &[StaffAnswer]) -> String {
    if staff.is_empty() {
        return "nobody yet".to_owned();
    }
    staff.iter().fold(Sheet::default(), row).text()
}

fn row(sheet: Sheet, member: &StaffAnswer) -> Sheet {
    let StaffAnswer { name, roles, public_key } = member;
    sheet.line(&format!("{name:<20} {:<20} key {}", roles.join(", "), short(public_key)))
}
