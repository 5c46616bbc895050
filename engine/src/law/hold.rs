//! Preservation: what must be kept is not erased, and its key is not destroyed.

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::IncidentId;
use simrecall_core::incident::Incident;
use simrecall_store::hold::{Hold, HoldRelease};
use simrecall_store::law::{About, Recorded};

use super::agree::{self, Decided};
use super::fact::said;
use super::moment::Moment;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::{incident, staff};

/// A hold, as answers show it.
#[derive(Debug, Clone, Serialize)]
pub struct HoldAnswer {
    /// Its number within the incident.
    pub no: i32,
    /// The incident.
    pub incident: String,
    /// Why it is kept.
    pub reason: String,
    /// Who recorded it.
    pub by: String,
    /// Since when.
    pub from: Moment,
    /// Who agreed to let go of it.
    pub agreed: Vec<String>,
    /// When it was released.
    pub released: Option<Moment>,
    /// Why it was released.
    pub release_reason: Option<String>,
}

/// A release of a hold, and how far it has come.
#[derive(Debug, Clone, Serialize)]
pub struct ReleaseAnswer {
    /// How far it has come.
    pub decided: Decided,
    /// The hold.
    pub hold: HoldAnswer,
    /// How many holds the incident is still under.
    pub still_held_by: usize,
}

/// Holds an incident.
pub fn add(home: &Home, code: &str, reason: &str, by: &str) -> Result<HoldAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, by, Act::Hold)?;
    let reason =
        said("reason", reason, "name the order or the dispute, and where that is written down")?;
    let actor = member.id.to_string();
    let body = serde_json::json!({ "reason": reason });
    let entry = home.entry("hold.added", &actor, Some(incident.id), body)?;
    let now = home.now();
    let added = home.store.write(|tx| {
        let no = tx.add_hold(incident.id, &reason, member.id, now)?;
        tx.journal(&entry)?;
        Ok(no)
    });
    let no = added.map_err(agree::refused)?;
    find(home, &incident, no).and_then(|hold| answer(home, &incident, &hold))
}

/// Lets go of a hold; it ends when a second person of another role gives the same command.
pub fn release(home: &Home, code: &str, no: i32, reason: &str, by: &str) -> Result<ReleaseAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, by, Act::Hold)?;
    let reason = said("reason", reason, "say why nothing needs to be kept for it any more")?;
    let hold = find(home, &incident, no)?;
    if hold.row.released.is_some() {
        return Err(Problem::state("hold", format!("hold {no} was released already"))
            .hint(format!("see: simrecall preserve list --incident {}", incident.code)));
    }
    let agreement = agree::agreement(home, &member, Act::Hold, &hold.agreed)?;
    let actor = member.id.to_string();
    let body = serde_json::json!({ "hold": no, "reason": reason });
    let entry = home.entry("hold.release_agreed", &actor, Some(incident.id), body.clone())?;
    let ended = home.entry("hold.released", &actor, Some(incident.id), body)?;
    let end = HoldRelease { at: home.now(), by: member.id, reason };
    let released = home.store.write(|tx| {
        tx.agree(incident.id, About::HoldRelease, no, &agreement)?;
        tx.journal(&entry)?;
        let is_agreed = tx.holds(incident.id)?.iter().any(|hold| hold.no == no && hold.is_agreed());
        if is_agreed {
            tx.release_hold(incident.id, no, &end)?;
            tx.journal(&ended)?;
        }
        Ok(is_agreed)
    });
    let counts = released.map_err(agree::refused)?;
    let hold = find(home, &incident, no)?;
    let holds = home.store.read(|tx| tx.holds(incident.id)).map_err(problem::store)?;
    Ok(ReleaseAnswer {
        decided: agree::decided(home, no, counts, Act::Hold, &hold.agreed)?,
        hold: answer(home, &incident, &hold)?,
        still_held_by: holds.iter().filter(|hold| hold.row.released.is_none()).count(),
    })
}

/// The holds of an incident, oldest first, released ones too.
pub fn list(home: &Home, code: &str) -> Result<Vec<HoldAnswer>> {
    let incident = incident::by_code(home, code)?;
    let holds = home.store.read(|tx| tx.holds(incident.id)).map_err(problem::store)?;
    holds.iter().map(|hold| answer(home, &incident, hold)).collect()
}

/// Destroys an incident's key: the only way to it, so that no verb can forget to ask whether it must be kept.
///
/// What is asked is the database, in the same breath; a hold that was never recorded cannot be honoured.
pub(crate) fn destroy_key(home: &Home, incident: IncidentId) -> Result<()> {
    let holds = home.store.read(|tx| tx.holds(incident)).map_err(problem::store)?;
    let standing: Vec<_> = holds.iter().filter(|hold| hold.row.released.is_none()).collect();
    if let Some(first) = standing.first() {
        return Err(Problem::state("held", "the incident must be kept; nothing was destroyed")
            .detail(format!("hold {}: {}", first.no, first.row.reason))
            .hint("two people of different roles let go of it: simrecall preserve release"));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one way to it, and holds were looked at"
    )]
    home.keys.destroy_incident(incident).map_err(problem::keys)
}

fn find(home: &Home, incident: &Incident, no: i32) -> Result<Recorded<Hold>> {
    let holds = home.store.read(|tx| tx.holds(incident.id)).map_err(problem::store)?;
    holds.into_iter().find(|hold| hold.no == no).ok_or_else(|| {
        Problem::input("hold", format!("{} has no hold {no}", incident.code))
            .hint(format!("see: simrecall preserve list --incident {}", incident.code))
    })
}

fn answer(home: &Home, incident: &Incident, hold: &Recorded<Hold>) -> Result<HoldAnswer> {
    let Hold { reason, by, from, released } = &hold.row;
    Ok(HoldAnswer {
        no: hold.no,
        incident: incident.code.to_string(),
        reason: reason.clone(),
        by: staff::name_of(home, *by)?,
        from: Moment::of(home, *from),
        agreed: agree::names(home, &hold.agreed)?,
        released: released.as_ref().map(|end| Moment::of(home, end.at)),
        release_reason: released.as_ref().map(|end| end.reason.clone()),
    })
}

#[cfg(test)]
mod tests {
    use simrecall_core::access::StaffRole;
    use simrecall_core::incident::{IncidentCode, IncidentState};

    use super::*;
    use crate::clock::Clock;

    #[test]
    fn the_key_of_what_is_held_is_not_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let now = chrono::DateTime::from_timestamp(1_757_600_000, 0).unwrap();
        let home =
            Home::init(&folder.path().join("home"), "sqlite:simrecall.db", Clock::still(now))
                .unwrap();
        let people = [
            ("privacy", StaffRole::Privacy),
            ("legal", StaffRole::Legal),
            ("security", StaffRole::Security),
        ];
        for (place, (name, role)) in people.into_iter().rev().enumerate() {
            let by = (place > 0).then_some("security");
            staff::add(&home, name, &[role], &folder.path().join(name), by).unwrap();
        }
        let incident = Incident {
            id: IncidentId::from_bytes([1; 16]),
            code: IncidentCode::parse("HB-1").unwrap(),
            title: "rogue cells".to_owned(),
            compromised: std::collections::BTreeSet::new(),
            state: IncidentState::Open,
        };
        home.keys.create_incident(incident.id).unwrap();
        home.store.write(|tx| tx.open_incident(&incident, now)).unwrap();
        add(&home, "HB-1", "order 12", "legal").unwrap();
        add(&home, "HB-1", "suit 7", "privacy").unwrap();
        let refused = destroy_key(&home, incident.id).unwrap_err();
        assert_eq!((refused.code, refused.details), ("held", vec!["hold 1: order 12".to_owned()]));
        for no in [1, 2] {
            release(&home, "HB-1", no, "over", "legal").unwrap();
            destroy_key(&home, incident.id).unwrap_err();
            release(&home, "HB-1", no, "over", "privacy").unwrap();
        }
        destroy_key(&home, incident.id).unwrap();
        assert!(home.keys.incident(incident.id).is_err());
    }
}
