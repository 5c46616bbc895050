//! What one person alone cannot decide: it is recorded first, and counts once two people of different roles agree.

use serde::Serialize;
use simrecall_core::access::{Act, StaffRole};
use simrecall_store::StoreError;
use simrecall_store::law::Agreement;
use simrecall_store::staff::StaffMember as Staff;

use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::staff::name_of;

/// How far a decision has come.
#[derive(Debug, Clone, Serialize)]
pub struct Decided {
    /// Its number within the incident.
    pub no: i32,
    /// Whether it counts from now on.
    pub counts: bool,
    /// Who agreed, with the role they agreed in.
    pub agreed: Vec<String>,
    /// Which roles could still agree, while it does not count.
    pub waits_for: Vec<&'static str>,
}

/// The agreement of somebody who may do `act`, to what these have agreed to before.
///
/// Whoever has two roles agrees in the one nobody has agreed in yet.
pub(crate) fn agreement(
    home: &Home,
    member: &Staff,
    act: Act,
    before: &[Agreement],
) -> Result<Agreement> {
    if before.iter().any(|one| one.staff == member.id) {
        return Err(Problem::state(
            "agreed",
            format!("{} has agreed to this already", member.name),
        )
        .hint("somebody else in another role gives the same command"));
    }
    let able: Vec<StaffRole> = member.roles.iter().copied().filter(|role| role.may(act)).collect();
    let free = able.iter().find(|role| before.iter().all(|one| one.role != **role));
    let role = free.copied().ok_or_else(|| {
        let taken: Vec<&str> = before.iter().map(|one| one.role.name()).collect();
        Problem::state(
            "same_role",
            format!("{} has agreed already in the same role", taken.join(", ")),
        )
        .hint("two people of one role see the same things; ask somebody of another role")
    })?;
    Ok(Agreement { staff: member.id, role, at: home.now() })
}

/// How far it has come with these agreements.
pub(crate) fn decided(
    home: &Home,
    no: i32,
    counts: bool,
    act: Act,
    agreed: &[Agreement],
) -> Result<Decided> {
    let able = StaffRole::ALL.into_iter().filter(|role| role.may(act));
    let open = able.filter(|role| !counts && agreed.iter().all(|one| one.role != *role));
    Ok(Decided {
        no,
        counts,
        agreed: names(home, agreed)?,
        waits_for: open.map(StaffRole::name).collect(),
    })
}

/// Who agreed, in words.
pub(super) fn names(home: &Home, agreed: &[Agreement]) -> Result<Vec<String>> {
    agreed
        .iter()
        .map(|one| Ok(format!("{} ({})", name_of(home, one.staff)?, one.role.name())))
        .collect()
}

/// Somebody else agreed in the same moment, or the row is another one by now.
pub(crate) fn refused(error: StoreError) -> Problem {
    if error.is_conflict() {
        return Problem::state("agreed", "somebody agreed to this in the same moment")
            .hint("look at it again, then give the same command");
    }
    if let StoreError::State(why) = error {
        return Problem::state("law_state", why);
    }
    problem::store(error)
}
