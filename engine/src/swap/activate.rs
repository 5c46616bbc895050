//! The swap to a card that came by parcel: the customer has activated it at home, and nobody of ours stands by.

use simrecall_core::access::Act;
use simrecall_core::id::SwapId;
use simrecall_core::replacement::State;
use simrecall_gateway::hlr::Provisioning;
use simrecall_store::replacement::ReplacementCase;

use super::start::{Start, wrong_state};
use crate::home::Home;
use crate::problem::{self, Result};
use crate::{incident, staff};

/// Begins the swap to a parcel's card, which the customer activated at home; or says why not, and then nothing has happened.
pub fn activate(home: &Home, hlr: &dyn Provisioning, case: &ReplacementCase) -> Result<SwapId> {
    let parcel = home.store.read(|tx| tx.open_parcel(case.incident, case.id))?;
    if case.state != State::Verified || parcel.is_none() {
        return Err(wrong_state(case));
    }
    let service = home.keys.service().map_err(problem::keys)?;
    Start { home, service: &service, case, by: None, parcel, ordered: None }.begin(hlr)
}

/// The cases whose parcel's card is to take over: verified at home, oldest first. `by`: whoever has them run.
pub fn activations(home: &Home, incident: &str, by: &str) -> Result<Vec<ReplacementCase>> {
    staff::may(home, by, Act::ServeCustomer)?;
    let incident = incident::by_code(home, incident)?.id;
    let verified = home.store.read(|tx| {
        let mut cases = Vec::new();
        for case in tx.replacements_in(incident, State::Verified, i64::MAX)? {
            if tx.open_parcel(incident, case.id)?.is_some() {
                cases.push(case);
            }
        }
        Ok(cases)
    })?;
    Ok(verified)
}
