//! Swaps of an agency's customers that no rule decides: what to say to them. Security and privacy decide, not the counter.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::view::{Owner, View};
use simrecall_core::id::CaseId;
use simrecall_core::replacement::{State, local_day};

use super::case::is_here;
use super::{AgencyDoor, Seat, view};
use crate::problem::Result;

/// A swap that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepairRow {
    /// Its case.
    pub case: CaseId,
    /// What today's queue calls it.
    pub label: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why, as a word: the page has for each what to say.
    pub reason: &'static str,
}

impl AgencyDoor {
    /// Swaps of cases that were checked in here and that wait for a person, longest first.
    pub fn repairs(&self, seat: &Seat) -> Result<Vec<RepairRow>> {
        view::may(seat, View::Queue, Owner::Here)?;
        let (home, agency, now) = (self.home(), Self::agency_of(seat)?, self.now());
        let mut rows = home.store.read(|tx| {
            let mut rows = Vec::new();
            for case in tx.replacements_at_desks(agency.id, local_day(now))? {
                let events = tx.case_events(case.incident, case.id)?;
                if case.state != State::ManualRepair || !is_here(&case, &events, (agency, now)) {
                    continue;
                }
                for swap in tx.swaps_of(case.incident, case.id)? {
                    let open =
                        tx.tickets_of(swap.id)?.into_iter().filter(|one| one.closed.is_none());
                    rows.extend(open.map(|one| RepairRow {
                        case: case.id,
                        label: self.label(agency.id, &case, now),
                        since: one.opened_at,
                        reason: one.reason.name(),
                    }));
                }
            }
            Ok(rows)
        })?;
        rows.sort_by_key(|row| row.since);
        home.store.write(|tx| view::granted(tx, home, seat, (View::Queue, None)))?;
        Ok(rows)
    }
}
