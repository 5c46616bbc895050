//! Cards that were changed where nobody works with us: brought in from a list, checked whole before anything is.
//!
//! | file | does |
//! |---|---|
//! | `row` | a row as it is written |
//! | `judge` | everything that speaks against a row |
//! | `bring` | one row, in one transaction |

mod bring;
mod judge;
mod row;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_gateway::hlr::Provisioning;
use simrecall_store::agency::Agency;
use simrecall_store::seal::DomainKeys;
use simrecall_store::staff::StaffMember;

use self::bring::Brought;
use self::judge::{Change, Judged};
use self::row::ElsewhereRow;
use super::line::Rules;
use crate::csv_rows::Rows;
use crate::home::Home;
use crate::incident;
use crate::intake::{Intake, usable};
use crate::problem::{self, Result};
use crate::{agency, staff};

/// What came of a list of cards that were changed elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ElsewhereAnswer {
    /// Rows of the list.
    pub rows: u64,
    /// Cases that are completed by it.
    pub completed: u64,
    /// Of those, cases that did not exist before.
    pub opened: u64,
    /// Rows that were brought in before.
    pub known: u64,
    /// Changes that were paid for and are to be paid back, if somebody approves it.
    pub refunds: u64,
}

/// What a list is judged by.
struct Desk<'a> {
    home: &'a Home,
    hlr: Option<&'a dyn Provisioning>,
    service: DomainKeys,
    rules: Rules,
    agencies: Vec<Agency>,
    incident: simrecall_core::id::IncidentId,
    by: StaffMember,
    with: StaffMember,
    actor: String,
}

/// Brings a list of changes in: all of it, or nothing. Cut in the middle, the same command goes on. `hlr`: the register that is
/// configured, if one is.
pub fn import(
    home: &Home,
    code: &str,
    hlr: Option<&dyn Provisioning>,
    file: &Path,
    names: [&str; 2],
) -> Result<ElsewhereAnswer> {
    let [by, with] = staff::two(home, names, Act::ImportCompleted)?;
    let desk = Desk {
        home,
        hlr,
        service: home.keys.service().map_err(problem::keys)?,
        rules: Rules::read(home)?,
        agencies: agency::all(home)?,
        incident: incident::by_code(home, code)?.id,
        actor: by.id.to_string(),
        by,
        with,
    };
    let (changes, mut answer) = desk.judged(file)?;
    for change in &changes {
        match desk.bring(change)? {
            Brought::Known => answer.known += 1,
            Brought::Completed { opened, refunded } => {
                answer.completed += 1;
                answer.opened += u64::from(opened);
                answer.refunds += u64::from(refunded);
            }
        }
    }
    Ok(answer)
}

impl Desk<'_> {
    /// Every row of a list, ready to be brought in; or the list is refused.
    fn judged(&self, file: &Path) -> Result<(Vec<Change>, ElsewhereAnswer)> {
        let rows = Rows::<ElsewhereRow>::open(file)?;
        let mut intake = Intake::new(file, 0);
        let mut answer = ElsewhereAnswer::default();
        let mut seen: BTreeMap<[u8; 16], u64> = BTreeMap::new();
        let (mut changes, mut against) = (Vec::new(), Vec::new());
        for row in usable(rows, &mut intake) {
            let row = row?;
            answer.rows += 1;
            match self.judge(&row)? {
                Judged::Known => answer.known += 1,
                Judged::Against(why) => against.push((row.row_no, why)),
                Judged::Ready(change) => {
                    if seen.insert(change.number, row.row_no).is_some() {
                        against.push((row.row_no, row::TWICE));
                    }
                    changes.push(*change);
                }
            }
        }
        for (row_no, (column, code, text)) in against {
            intake.refuse(row_no, column, code, text)?;
        }
        intake.finish()?;
        Ok((changes, answer))
    }
}
