//! New cards: who asks for one, where and when they get it, and what happens at the counter until the swap begins.
//!
//! | part | does |
//! |---|---|
//! | [`customer`] | what customers do with their own case |
//! | [`open`] | a case begins, or is refused with every reason |
//! | [`book`] | a place: offered, booked, changed, left |
//! | [`parcel`] | a card that goes home, and takes over there |
//! | [`check_in`] | the code by which a case is found at a counter |
//! | [`visit`] | at a counter: checked in, verified, gone again |
//! | [`elsewhere`] | cards that were changed where nobody works with us |
//! | [`tick`] | what time does: days end, cards are given to those who wait |
//! | [`notices`] | what people are told about their case |
//! | [`shown`] | a case as staff see it |

pub mod book;
pub mod call_code;
pub mod check_in;
pub(crate) mod code;
pub mod customer;
pub mod elsewhere;
pub(crate) mod failed;
pub(crate) mod found;
pub(crate) mod line;
pub mod notices;
pub mod open;
pub mod parcel;
pub(crate) mod places;
pub mod release;
mod resume;
pub mod shown;
pub(crate) mod step;
pub mod tick;
pub mod visit;

use simrecall_core::access::Unlock;
use simrecall_core::id::{CaseId, IncidentId, LineId};
use simrecall_core::replacement::queue::Need;
use simrecall_core::replacement::{Event, State, step};
use simrecall_store::StoreError;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};

use self::line::{Rules, Whose};
use crate::home::{Home, random};
use crate::pages::{PAGE, pages};
use crate::problem::{Problem, Result};
use crate::selfcheck::{Door, Known, OwnCase, Visit, not_theirs};

/// Who applies, as the journal names them; which of them, the line says.
pub(crate) const CUSTOMER: &str = "customer";

/// The cases of an incident in a state, oldest first, page by page.
pub(crate) fn cases_in(
    home: &Home,
    incident: IncidentId,
    state: State,
) -> impl Iterator<Item = Result<Vec<ReplacementCase>>> {
    let read = move |after| {
        Ok(home.store.read(|tx| tx.replacements_after(incident, state, after, PAGE))?)
    };
    pages(read, |case: &ReplacementCase| (case.applied_at, case.id))
}

impl Door {
    /// Their replacements, open or not, of the lines they have now.
    pub fn replacements(&self, visit: &Visit) -> Result<Vec<OwnCase>> {
        self.cases(visit.asked(Unlock::Apply)?)
    }

    /// Applies for new cards: for all of these lines, or with every reason for none. A line has one open case at most.
    pub fn apply(&self, visit: &Visit, lines: &[LineId]) -> Result<Vec<OwnCase>> {
        let known = visit.asked(Unlock::Apply)?;
        self.serves(known)?;
        let mut lines = lines.to_vec();
        lines.sort_unstable();
        lines.dedup();
        self.all_may_apply(known, &lines)?;
        let ranked = self.ranked(known, &lines)?;
        let incident = self.inner.incident;
        let body = serde_json::json!({ "lines": lines });
        let entry = self.inner.home.entry("replacement.applied", CUSTOMER, Some(incident), body)?;
        let done = self.inner.home.store.write(|tx| {
            for case in &ranked {
                if !tx.apply_for_replacement(case)? {
                    return Err(StoreError::State("a line has an open case"));
                }
            }
            tx.journal(&entry).map(|_| ())
        });
        match done {
            Ok(()) => self.cases(known),
            Err(StoreError::State(_)) => Err(already()),
            Err(error) => Err(error.into()),
        }
    }

    /// The cases of these lines as they begin, with whoever goes first; refused with every reason against each line.
    fn ranked(&self, known: &Known, lines: &[LineId]) -> Result<Vec<ReplacementCase>> {
        let (home, incident, now) = (&self.inner.home, self.inner.incident, self.now());
        let own = self.own_lines(known)?;
        let mut permit = self.permit("who applies for a new card")?;
        let party = self.party(known)?.ok_or_else(not_theirs)?;
        let opened = party.subscriber.open(&mut permit, &self.inner.keys);
        let subscriber = opened.map_err(crate::selfcheck::unopened)?;
        let rules = Rules::read(home)?;
        let person = line::person(&subscriber, now);
        let (mut cases, mut against) = (Vec::new(), Vec::new());
        for id in lines {
            let record = own.get(id).ok_or_else(not_theirs)?;
            let number = line::number_index(&self.inner.service, &record.msisdn);
            let whose = Whose { incident, line: *id, holder: known.person };
            let standing = home.store.read(|tx| {
                let held = tx.line_is_held(&number)?;
                let brand = subscriber.brand.as_str();
                line::standing(tx, home, (&rules, &whose), (held, brand), None)
            })?;
            let reasons = line::reasons(&rules, &standing);
            let said = reasons.iter().map(|reason| reason.name());
            against.extend(said.map(|said| format!("{}: {said}", record.msisdn.masked())));
            let need = Need {
                lost_money: false,
                leaves_on: None,
                exposed: standing.exposed,
                age: line::age(subscriber.record.birth_date, now),
                disabled: false,
            };
            let case = CaseId::from_bytes(random()?);
            let applied = ReplacementCase::applied(incident, *id, case, known.person, now);
            let tier = need.tier(now);
            cases.push(ReplacementCase { tier, person_type: Some(person), ..applied });
        }
        if against.is_empty() {
            return Ok(cases);
        }
        let refused = Problem::state("not_eligible", "a line gets no new card now");
        Err(against.into_iter().fold(refused, Problem::detail))
    }

    /// Takes an application back.
    pub fn cancel(&self, visit: &Visit, line: LineId) -> Result<()> {
        let known = visit.asked(Unlock::Apply)?;
        self.own_line(known, line)?;
        let incident = self.inner.incident;
        let cases = self.inner.home.store.read(|tx| tx.replacements_of(incident, &[line]))?;
        let mut theirs = cases.into_iter().filter(|case| case.person == known.person);
        let open = theirs.find(|case| case.state.is_open()).ok_or_else(not_open)?;
        let to = step(open.state, Event::Cancel).map_err(|error| not_open().caused_by(error))?;
        let body = serde_json::json!({ "lines": [line] });
        let entry =
            self.inner.home.entry("replacement.cancelled", CUSTOMER, Some(incident), body)?;
        let at = self.now();
        let moved = self.inner.home.store.write(|tx| {
            let moved = tx.move_case(&CaseMove {
                case: &open,
                event: Event::Cancel,
                to,
                place: PlaceChange::Leave,
                by: None,
                agency: None,
                at,
            })?;
            if moved == Moved::Done {
                tx.journal(&entry)?;
            }
            Ok(moved == Moved::Done)
        })?;
        if moved { Ok(()) } else { Err(not_open()) }
    }

    /// Refuses lines that are not theirs and lines that have an open case, naming each.
    fn all_may_apply(&self, known: &Known, lines: &[LineId]) -> Result<()> {
        let own = self.own_lines(known)?;
        if lines.is_empty() || lines.iter().any(|line| !own.contains_key(line)) {
            return Err(not_theirs());
        }
        let incident = self.inner.incident;
        let cases = self.inner.home.store.read(|tx| tx.replacements_of(incident, lines))?;
        let open = cases.iter().filter(|case| case.state.is_open());
        let numbers = open.filter_map(|case| own.get(&case.line));
        let mut refused = numbers.map(|record| record.msisdn.masked()).peekable();
        if refused.peek().is_none() {
            return Ok(());
        }
        Err(refused.fold(already(), Problem::detail))
    }

    fn cases(&self, known: &Known) -> Result<Vec<OwnCase>> {
        let own = self.own_lines(known)?;
        let lines: Vec<LineId> = own.keys().copied().collect();
        let incident = self.inner.incident;
        let cases = self.inner.home.store.read(|tx| tx.replacements_of(incident, &lines))?;
        // A case of whoever held the number before is not theirs.
        let theirs = cases.iter().filter(|case| case.person == known.person);
        let shown = |case: &ReplacementCase| {
            let number = own.get(&case.line)?.msisdn.masked();
            let (line, state, applied_at) = (case.line, case.state.name(), case.applied_at);
            Some(OwnCase { line, number, state, applied_at })
        };
        Ok(theirs.filter_map(shown).collect())
    }
}

/// Something of the same kind is under way for the line.
fn already() -> Problem {
    Problem::state("already", "a new card was applied for already").hint("take the other lines")
}

fn not_open() -> Problem {
    Problem::state("already", "no application is open for this line")
}
