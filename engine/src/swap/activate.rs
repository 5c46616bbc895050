//! The swap to a card that came by parcel: the customer has activated it at home, and nobody of ours stands by.

use simrecall_core::access::Act;
use simrecall_core::replacement::State;
use simrecall_gateway::hlr::Provisioning;
use simrecall_store::replacement::ReplacementCase;

use super::begun::Begun;
use super::refused::wrong_state;
use super::start::Start;
use super::watch::Pace;
use crate::home::Home;
use crate::problem::{self, Result};
use crate::replacement::cases_in;
use crate::{incident, staff};

/// Begins the swap to a parcel's card, which the customer activated at home, and holds it; or says why not, and then nothing has
/// happened.
pub fn activate(
    home: &Home,
    hlr: &dyn Provisioning,
    case: &ReplacementCase,
    pace: &Pace,
) -> Result<Begun> {
    let parcel = home.store.read(|tx| tx.open_parcel(case.incident, case.id))?;
    if case.state != State::Verified || parcel.is_none() {
        return Err(wrong_state(case));
    }
    let service = home.keys.service().map_err(problem::keys)?;
    let (service, lease) = (&service, Some(pace.lease));
    Start { home, service, case, by: None, parcel, ordered: None, lease }.begin(hlr)
}

/// The cases whose parcel's card is to take over: verified at home, oldest first. `by`: whoever has them run.
pub fn activations(home: &Home, incident: &str, by: &str) -> Result<Vec<ReplacementCase>> {
    staff::may(home, by, Act::ServeCustomer)?;
    let incident = incident::by_code(home, incident)?.id;
    let mut came = Vec::new();
    for page in cases_in(home, incident, State::Verified) {
        let page = page?;
        let with_parcel = home.store.read(|tx| {
            let mut cases = Vec::new();
            for case in &page {
                if tx.open_parcel(incident, case.id)?.is_some() {
                    cases.push(case.clone());
                }
            }
            Ok(cases)
        })?;
        came.extend(with_parcel);
    }
    Ok(came)
}
