//! A case begins: by staff, for whoever calls or walks in.

use chrono::NaiveDate;
use simrecall_core::access::Act;
use simrecall_core::id::{CaseId, IncidentId, LineId, SubscriberId};
use simrecall_core::identity::Msisdn;
use simrecall_core::replacement::eligible::Reason;
use simrecall_core::replacement::queue::Need;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::{StoreError, Tx};

use super::found::{Found, by_number, of_case};
use super::line::{self, Rules};
use super::shown::{CaseAnswer, one};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::terminal::honey;
use crate::{incident, staff};

/// A line somebody calls about.
#[derive(Clone, Copy)]
pub struct NewCase<'a> {
    /// The line's number.
    pub number: &'a str,
    /// Money was taken by way of the card.
    pub lost_money: bool,
    /// The day they leave the country.
    pub leaves_on: Option<NaiveDate>,
    /// They are registered as disabled.
    pub disabled: bool,
    /// Who opens it.
    pub by: &'a str,
}

impl std::fmt::Debug for NewCase<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewCase(***)")
    }
}

/// Opens a case for a line, or refuses it with every reason at once.
pub fn open(home: &Home, code: &str, new: &NewCase<'_>) -> Result<CaseAnswer> {
    let member = staff::may(home, new.by, Act::ServeCustomer)?;
    let incident = incident::by_code(home, code)?.id;
    let number = Msisdn::parse(new.number)
        .map_err(|error| Problem::input("number", "this is no mobile number").caused_by(error))?;
    honey::touched_at_desk(home, &member, &number)?;
    let actor = member.id.to_string();
    let found = by_number(home, incident, (&number, &actor))?;
    let opening = Opening { actor, rules: Rules::read(home)?, index: index(home, &found)?, found };
    let opening = Asked { opening: &opening, new: Some(new) };
    let Found { whose, .. } = &opening.opening.found;
    let id = CaseId::from_bytes(random()?);
    let case = ReplacementCase::applied(incident, whose.line, id, whose.holder, home.now());
    let against = home.store.write(|tx| opening.write(tx, home, &case))?;
    line::refuse(&against)?;
    one(home, incident, id)
}

/// A line that a case is to be opened for.
pub(crate) struct Opening {
    actor: String,
    rules: Rules,
    index: [u8; 16],
    found: Found,
}

impl Opening {
    /// By the line's and its holder's names in rows; who looked is in the journal before anything is opened.
    pub(crate) fn of(
        home: &Home,
        (incident, line, holder): (IncidentId, LineId, SubscriberId),
        actor: &str,
    ) -> Result<Self> {
        let id = CaseId::from_bytes(random()?);
        let whose = ReplacementCase::applied(incident, line, id, holder, home.now());
        let found = of_case(home, &whose, actor)?;
        let (index, rules) = (index(home, &found)?, Rules::read(home)?);
        Ok(Self { actor: actor.to_owned(), rules, index, found })
    }

    /// Opens it; or every reason against that, and then nothing is written.
    pub(crate) fn write(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
        case: &ReplacementCase,
    ) -> std::result::Result<Vec<Reason>, StoreError> {
        Asked { opening: self, new: None }.write(tx, home, case)
    }
}

/// The same, with what somebody said of themselves.
struct Asked<'a> {
    opening: &'a Opening,
    new: Option<&'a NewCase<'a>>,
}

impl Asked<'_> {
    fn write(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
        case: &ReplacementCase,
    ) -> std::result::Result<Vec<Reason>, StoreError> {
        let Opening { actor, rules, index, found } = self.opening;
        let held = tx.line_is_held(index)?;
        let brand = &found.subscriber.brand;
        let standing = line::standing(tx, home, (rules, &found.whose), (held, brand), None)?;
        let against = line::reasons(rules, &standing);
        if !against.is_empty() {
            return Ok(against);
        }
        let now = home.now();
        let need = Need {
            lost_money: self.new.is_some_and(|new| new.lost_money),
            leaves_on: self.new.and_then(|new| new.leaves_on),
            exposed: standing.exposed,
            age: line::age(found.subscriber.record.birth_date, now),
            disabled: self.new.is_some_and(|new| new.disabled),
        };
        let (tier, person_type) = (need.tier(now), Some(line::person(&found.subscriber, now)));
        let case = ReplacementCase { tier, person_type, ..case.clone() };
        if !tx.apply_for_replacement(&case)? {
            return Err(StoreError::Busy);
        }
        tx.rank_case(case.incident, case.id, case.tier, case.person_type)?;
        let body = serde_json::json!({ "lines": [case.line], "case": case.id });
        home.journal(tx, ("replacement.opened", actor), Some(case.incident), body)?;
        Ok(Vec::new())
    }
}

fn index(home: &Home, found: &Found) -> Result<[u8; 16]> {
    let service = home.keys.service().map_err(problem::keys)?;
    Ok(line::number_index(&service, &found.record.msisdn))
}
