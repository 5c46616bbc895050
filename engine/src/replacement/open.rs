//! A case begins: by staff, for whoever calls or walks in.

use chrono::NaiveDate;
use simrecall_core::access::Act;
use simrecall_core::id::CaseId;
use simrecall_core::identity::Msisdn;
use simrecall_core::replacement::queue::Need;
use simrecall_store::StoreError;
use simrecall_store::replacement::ReplacementCase;

use super::found::by_number;
use super::line::{self, Rules};
use super::shown::{CaseAnswer, one};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
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
    let actor = member.id.to_string();
    let found = by_number(home, incident, (&number, &actor))?;
    let rules = Rules::read(home)?;
    let service = home.keys.service().map_err(problem::keys)?;
    let index = line::number_index(&service, &number);
    let now = home.now();
    let id = CaseId::from_bytes(random()?);
    let case = ReplacementCase::applied(incident, found.whose.line, id, found.whose.holder, now);
    let body = serde_json::json!({ "lines": [found.whose.line], "case": id });
    let entry = home.entry("replacement.opened", &actor, Some(incident), body)?;
    let mut against = Vec::new();
    let opened = home.store.write(|tx| {
        let held = tx.line_is_held(&index)?;
        let brand = &found.subscriber.brand;
        let standing = line::standing(tx, home, (&rules, &found.whose), (held, brand), None)?;
        against = line::reasons(&rules, &standing);
        if !against.is_empty() {
            return Ok(false);
        }
        let need = Need {
            lost_money: new.lost_money,
            leaves_on: new.leaves_on,
            exposed: standing.exposed,
            age: line::age(found.subscriber.record.birth_date, now),
            disabled: new.disabled,
        };
        let person = line::person(&found.subscriber, now);
        let case =
            ReplacementCase { tier: need.tier(now), person_type: Some(person), ..case.clone() };
        if !tx.apply_for_replacement(&case)? {
            return Err(StoreError::Busy);
        }
        tx.rank_case(incident, id, case.tier, case.person_type)?;
        tx.journal(&entry)?;
        Ok(true)
    })?;
    line::refuse(&against)?;
    if opened { one(home, incident, id) } else { Err(Problem::ours("case", "nothing was opened")) }
}
