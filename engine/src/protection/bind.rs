//! Exposed lines that staff have tied to their handsets; what staff tie, the line's owner alone unties.

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::protection::{Event, StateKind};
use simrecall_gateway::hlr::{Enforcement, LockOrder, Provisioning};

use super::{Found, Kept, Look, ProtectionAnswer, imei, no_card};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::found::by_number;
use crate::swap::unreadable;
use crate::{incident, staff};
use simrecall_core::identity::Msisdn;
use simrecall_store::seal::Field;

/// What came of tying a line.
#[derive(Debug, Clone, Serialize)]
pub struct BindAnswer {
    /// How the line's protection stands.
    pub protection: ProtectionAnswer,
    /// Whether the network refuses other handsets; none if there is no network to ask, or it was tied before.
    pub enforced: Option<bool>,
}

/// Has an exposed line tied to its handset, and asks the network to see to it. Said twice, the network is asked again. `hlr`: the
/// network's register, if one is configured; one that has no register of handsets leaves the line asked for, until somebody confirms it.
pub fn bind(
    home: &Home,
    code: &str,
    look: &Look<'_>,
    named: Option<&str>,
    hlr: Option<&dyn Provisioning>,
) -> Result<BindAnswer> {
    let incident = incident::by_code(home, code)?.id;
    let actor = staff::may(home, look.by, Act::ConfirmProtection)?.id.to_string();
    let named = named.map(imei).transpose()?;
    let number = Msisdn::parse(look.number)
        .map_err(|error| Problem::input("number", "this is no mobile number").caused_by(error))?;
    let line = by_number(home, incident, (&number, &actor))?;
    let imsi = line.record.imsi.as_ref().ok_or_else(no_card)?;
    let service = home.keys.service().map_err(problem::keys)?;
    let key = service.blind(Field::Imsi, imsi.expose());
    let kept = Kept { home, service: &service, incident };
    let (state, since) = kept.state(&key, ("the protection of a line, for staff", &actor))?;
    let mut found = Found {
        incident,
        line: line.whose.line,
        service: service.clone(),
        imsi: key,
        number: number.masked(),
        state,
        since,
    };
    if found.state.kind() == StateKind::Off {
        exposed(home, &found, line.whose.holder)?;
        let event = Event::Enroll { imei: named };
        found.state = kept.step(&found, &event, ("protection.enrolled", &actor))?;
        found.since = Some(home.now());
    }
    let mut enforced = None;
    if let (StateKind::Requested, Some(hlr)) = (found.state.kind(), hlr) {
        let imei = found.state.imei().cloned();
        let order = LockOrder::Bind { imsi: imsi.clone(), imei: imei.clone() };
        let is_enforced = hlr.lock(&order).map_err(unreadable)? == Enforcement::Enforced;
        enforced = Some(is_enforced);
        // Which handset it is in, the network says: without a name there is nothing to confirm yet.
        if let (true, Some(imei)) = (is_enforced, imei) {
            let event = Event::Confirm { imei };
            found.state = kept.step(&found, &event, ("protection.confirmed", "network"))?;
            found.since = Some(home.now());
        }
    }
    Ok(BindAnswer { protection: found.answer(), enforced })
}

/// Staff untie no line: an attacker who talks one of them into it would win. Says who may.
pub fn unbind(home: &Home, look: &Look<'_>) -> Result<()> {
    staff::may(home, look.by, Act::ConfirmProtection)?;
    Err(Problem::state("owner_only", "staff untie no line; its owner does").hint(
        "on the customer's page, after a fresh proof: prove who you are, then USIM protection",
    ))
}

/// Refuses a line that no released list names: whoever is not concerned decides for themselves.
fn exposed(home: &Home, found: &Found, holder: simrecall_core::id::SubscriberId) -> Result<()> {
    let incident = found.incident;
    let named = home.store.read(|tx| {
        let Some(released) = tx.released_revision(incident)? else { return Ok(false) };
        let known = tx.exposures_of(incident, released.revision, holder)?;
        Ok(known.iter().any(|one| one.line == found.line))
    })?;
    if named {
        return Ok(());
    }
    Err(Problem::state("not_exposed", "no released list names this line")
        .hint("its owner asks for it on the customer's page"))
}
