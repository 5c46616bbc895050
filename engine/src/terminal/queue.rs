//! Who comes today, and what lies in the drawer: rows without a name, a number or a case.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use simrecall_core::access::view::{Owner, View};
use simrecall_core::id::AgencyId;
use simrecall_core::replacement::local_day;
use simrecall_store::replacement::{CaseEvent, ReplacementCase};
use simrecall_store::seal::Tag;
use simrecall_store::stock::StockCount;
use simrecall_store::{StoreError, Tx};

use super::case::is_here;
use super::{AgencyDoor, Seat, view};
use crate::problem::{Problem, Result};
use crate::replacement::check_in::letters;
use crate::staff::hex;

/// Letters of a label: as many days' queues as there are have it once.
const LABEL: usize = 5;

/// Who comes, or is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueRow {
    /// A word for the case, of this day; nothing but a missed visit takes it.
    pub label: String,
    /// From when on they are booked, as `10:00`.
    pub time: Option<String>,
    /// How it stands.
    pub state: &'static str,
    /// The case, if it was checked in here.
    pub case: Option<String>,
}

/// What lies in the drawer, of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrawerRow {
    /// Which.
    pub product: String,
    /// What can be given to whoever walks in.
    pub free: i64,
    /// What is promised to those who are booked.
    pub held: i64,
}

/// A day's queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueShown {
    /// Another one as soon as anything of it changes.
    pub version: String,
    /// As of when.
    pub as_of: DateTime<Utc>,
    /// Who comes, by hour.
    pub rows: Vec<QueueRow>,
    /// What there is.
    pub stock: Vec<DrawerRow>,
}

/// What rows say of an agency's day.
struct Day {
    cases: Vec<(ReplacementCase, Vec<CaseEvent>)>,
    stock: Vec<StockCount>,
}

impl AgencyDoor {
    /// Today's queue and stock of their agency.
    pub fn queue(&self, seat: &Seat) -> Result<QueueShown> {
        view::may(seat, View::Queue, Owner::Here)?;
        let (home, agency, now) = (self.home(), Self::agency_of(seat)?, self.now());
        let day = home.store.read(|tx| read_day(tx, agency.id, now))?;
        home.store.write(|tx| view::granted(tx, home, seat, (View::Queue, None)))?;
        let row = |(case, events): &(ReplacementCase, Vec<CaseEvent>)| QueueRow {
            label: self.label(agency.id, case, now),
            time: case.hour.map(|hour| format!("{hour:02}:00")),
            state: case.state.name(),
            case: is_here(case, events, (agency, now)).then(|| case.id.to_string()),
        };
        Ok(QueueShown {
            version: version(&day),
            as_of: now,
            rows: day.cases.iter().map(row).collect(),
            stock: day.stock.iter().map(drawer).collect(),
        })
    }

    /// Whether it is another one than before: what the page asks each second. It says nothing of anybody.
    pub fn queue_version(&self, seat: &Seat) -> Result<String> {
        let (agency, now) = (Self::agency_of(seat)?, self.now());
        let day = self.home().store.read(|tx| read_day(tx, agency.id, now))?;
        Ok(version(&day))
    }

    /// The case that today's queue calls so.
    pub(super) fn labelled(&self, seat: &Seat, label: &str) -> Result<ReplacementCase> {
        let (agency, now) = (Self::agency_of(seat)?, self.now());
        let day = self.home().store.read(|tx| read_day(tx, agency.id, now))?;
        let cases = day.cases.into_iter().map(|(case, _)| case);
        let mut found = cases.filter(|case| self.label(agency.id, case, now) == label);
        match (found.next(), found.next()) {
            (Some(case), None) => Ok(case),
            (None, _) => Err(view::not_shown()),
            (Some(_), Some(_)) => {
                Err(Problem::state("label_twice", "two of today's queue are called so"))
            }
        }
    }

    /// A word for a case, of this day and this agency.
    pub(super) fn label(
        &self,
        agency: AgencyId,
        case: &ReplacementCase,
        now: DateTime<Utc>,
    ) -> String {
        let day = local_day(now).to_string();
        let parts: [&[u8]; 5] = [
            b"queue label",
            agency.as_bytes(),
            day.as_bytes(),
            case.incident.as_bytes(),
            case.id.as_bytes(),
        ];
        letters::<LABEL>(&self.service().tag(Tag::ProofCode, &parts))
    }
}

fn read_day(
    tx: &mut Tx<'_>,
    agency: AgencyId,
    now: DateTime<Utc>,
) -> std::result::Result<Day, StoreError> {
    let mut cases = Vec::new();
    for case in tx.replacements_at_desks(agency, local_day(now))? {
        let events = tx.case_events(case.incident, case.id)?;
        cases.push((case, events));
    }
    let mut stock = tx.stock_counts()?;
    stock.retain(|one| one.agency == agency);
    Ok(Day { cases, stock })
}

pub(super) fn drawer(count: &StockCount) -> DrawerRow {
    DrawerRow { product: count.product.clone(), free: count.unheld(), held: count.held }
}

fn version(day: &Day) -> String {
    let mut hash = Sha256::new();
    for (case, _) in &day.cases {
        hash.update(case.id.as_bytes());
        hash.update(case.version.to_be_bytes());
    }
    for count in &day.stock {
        hash.update(count.product.as_bytes());
        hash.update(count.available.to_be_bytes());
        hash.update(count.held.to_be_bytes());
    }
    let hash: [u8; 32] = hash.finalize().into();
    hex(hash.first_chunk::<8>().map_or(&[][..], |some| &some[..]))
}
