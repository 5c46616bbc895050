//! A case begins: by staff, for whoever calls or walks in.

use chrono::NaiveDate;
use simrecall_core::access::{Act, Purpose};
use simrecall_core::id::{CaseId, IncidentId};
use simrecall_core::identity::Msisdn;
use simrecall_core::replacement::queue::Need;
use simrecall_core::subscriber::{LineRecord, Subscriber};
use simrecall_store::StoreError;
use simrecall_store::permit::PermitRequest;
use simrecall_store::registry::{LineKey, SealedLine};
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::Field;

use super::line::{self, Rules, Whose};
use super::shown::{CaseAnswer, one};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::selfcheck::is_held;
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

/// A line as the registry has it now, opened.
pub(crate) struct Found {
    pub(crate) whose: Whose,
    pub(crate) record: LineRecord,
    pub(crate) subscriber: Subscriber,
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

/// The line that has a number now and whoever holds it; who looked is in the journal before anything is opened.
pub(crate) fn by_number(
    home: &Home,
    incident: IncidentId,
    (number, actor): (&Msisdn, &str),
) -> Result<Found> {
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let key = LineKey::Msisdn(keys.blind(Field::Msisdn, number.expose()));
    let now = home.now();
    let found = home.store.read(|tx| {
        let Some(snapshot) = tx.latest_snapshot(incident)? else { return Ok(None) };
        let lines = tx.find_lines(incident, snapshot.no, key)?;
        let held = lines.into_iter().filter(|line| is_held(&line.holding, now));
        let Some(line) = held.max_by_key(|line| line.holding.held_from) else { return Ok(None) };
        let party = tx.parties(incident, snapshot.no, &[line.holding.holder])?.into_iter().next();
        Ok(party.map(|party| (line, party)))
    })?;
    let (line, party) = found.ok_or_else(|| {
        Problem::input("number", "nobody holds this number")
            .detail("line_ended")
            .hint("see the latest registry snapshot")
    })?;
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: Some(incident),
        scope: "a new card for a line".to_owned(),
        fields: ["number", "name", "birth_date"].map(str::to_owned).to_vec(),
        rows: 2,
    })?;
    let unopened = crate::selfcheck::unopened;
    let opened = line.open(&mut permit, &keys).map_err(unopened)?;
    let subscriber = party.subscriber.open(&mut permit, &keys).map_err(unopened)?;
    let whose = Whose { incident, line: opened.line, holder: line.holding.holder };
    Ok(Found { whose, record: opened.record, subscriber })
}

/// The line of a case as the registry has it now; who looked is in the journal before anything is opened.
pub(crate) fn of_case(home: &Home, case: &ReplacementCase, actor: &str) -> Result<Found> {
    let incident = case.incident;
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let now = home.now();
    let party = home.store.read(|tx| match tx.latest_snapshot(incident)? {
        Some(snapshot) => tx.parties(incident, snapshot.no, &[case.person]),
        None => Ok(Vec::new()),
    })?;
    let party = party.into_iter().next().ok_or_else(ended)?;
    let is_theirs =
        |line: &&SealedLine| line.holding.line == case.line && is_held(&line.holding, now);
    let line = party.lines.iter().rfind(is_theirs).ok_or_else(ended)?;
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: Some(incident),
        scope: format!("the line of case {}", case.id),
        fields: ["number", "name", "birth_date"].map(str::to_owned).to_vec(),
        rows: 2,
    })?;
    let unopened = crate::selfcheck::unopened;
    let opened = line.open(&mut permit, &keys).map_err(unopened)?;
    let subscriber = party.subscriber.open(&mut permit, &keys).map_err(unopened)?;
    let whose = Whose { incident, line: opened.line, holder: case.person };
    Ok(Found { whose, record: opened.record, subscriber })
}

fn ended() -> Problem {
    Problem::state("line_ended", "the line is nobody's any more, or somebody else's")
        .detail("line_ended")
        .hint("see the latest registry snapshot")
}
