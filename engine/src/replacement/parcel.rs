//! A card that goes to the customer's home, and takes over there.
//!
//! | file | does |
//! |---|---|
//! | `home` | whether a parcel may go to somebody, and where to |
//! | `want` | a case waits for a parcel, or would rather not |
//! | `ship` | the first of the line get a card each |
//! | `report` | what the carrier of parcels says |
//! | `over` | how a parcel ends, whoever ends it |
//! | `activate` | the customer proves twice who they are, and the case is verified |
//!
//! The page moves no card: what it does to a case, `over` makes true of the parcel.

pub mod activate;
mod home;
pub(crate) mod over;
pub mod report;
pub mod ship;
pub mod want;

use simrecall_core::identity::Iccid;
use simrecall_store::agency::AgencyKind;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{DomainKeys, Tag};

use super::places::Counter;
use crate::agency;
use crate::home::Home;
use crate::problem::{Problem, Result};

/// As many digits of a card name it: they are printed on it, and name it to whoever has it in hand.
const DIGITS: usize = 6;

/// Where cards are sent from.
pub(crate) fn warehouse(home: &Home) -> Result<Counter> {
    let code = home.config.parcels.warehouse.as_ref().ok_or_else(please_visit)?;
    let agency = agency::by_code(home, code)?;
    if agency.kind != AgencyKind::Warehouse || agency.closed_at.is_some() {
        return Err(Problem::configuration(
            "config",
            format!("{code} is no open warehouse, and cards are sent from one"),
        )
        .hint("mend warehouse in [parcels], or import the agency again"));
    }
    Ok(Counter { agency, product: home.config.replacement.product.clone() })
}

/// Whether cards are sent home at all: there is a warehouse, and the ways to activate one are open.
pub(crate) fn are_sent(home: &Home) -> bool {
    warehouse(home).is_ok() && home::ways_are_open(home).is_ok()
}

/// What is kept of a card's last digits, bound to the case.
fn tail(service: &DomainKeys, case: &ReplacementCase, digits: &str) -> [u8; 32] {
    let parts: [&[u8]; 4] =
        [b"parcel", case.incident.as_bytes(), case.id.as_bytes(), digits.as_bytes()];
    service.tag(Tag::ProofCode, &parts)
}

/// The last digits that are printed on a card.
fn last_digits(iccid: &Iccid) -> &str {
    let printed = iccid.expose();
    printed.get(printed.len().saturating_sub(DIGITS)..).unwrap_or(printed)
}

/// No parcel for them: which of the reasons it is, only staff learn.
fn please_visit() -> Problem {
    Problem::state("please_visit", "no card is sent for this line; it is handed out at an agency")
        .hint("let them come: simrecall case wait, or case book")
}
