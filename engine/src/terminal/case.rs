//! A case at a counter, as its page shows it: what is proved, what is missing, and the one thing that is next.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::view::{Owner, View};
use simrecall_core::id::{CaseId, IncidentId, SwapId};
use simrecall_core::incident::IncidentState;
use simrecall_core::notice::Language;
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::documents::Person;
use simrecall_core::replacement::told::FRESH;
use simrecall_core::replacement::{Event, State, local_day};
use simrecall_core::subscriber::Subscriber;
use simrecall_core::terminal::next::{AtCounter, next};
use simrecall_core::terminal::{look, order};
use simrecall_store::agency::Agency;
use simrecall_store::case_notice::{CaseNoticeKind, CaseNoticeState};
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::replacement::{CaseEvent, ReplacementCase};
use simrecall_store::swap::{SentCommand, SwapState};
use simrecall_store::{StoreError, Tx};

use super::order::{OrderShown, shown as order_shown, stands};
use super::{AgencyDoor, Seat, news, view};
use crate::problem::{Problem, Result};
use crate::replacement::found::holder_of;
use crate::replacement::line::Rules;
use crate::replacement::places::Counter;
use crate::replacement::step::Gate;
use crate::replacement::visit::Clerk;
use crate::selfcheck::unopened;
use crate::swap::{Known, LineKeys};

/// As many open looks as there may be: each lasts two minutes.
const LOOKS: i64 = 1_000;

/// A kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// Its name, as it is sent back.
    pub name: String,
    /// What people call it.
    pub words: String,
}

/// The card that is kept for a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardKept {
    /// Its name in rows, which an order takes.
    pub id: String,
    /// The last four signs of what is printed on it, right after it was scanned.
    pub last4: Option<String>,
    /// Until when it is kept; none: for good.
    pub until: Option<DateTime<Utc>>,
}

/// A second look that was asked for in this visit and has no answer yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookAsked {
    /// Its name.
    pub look: String,
    /// What is written beside the papers.
    pub digits: String,
    /// Until when it may be answered.
    pub until: DateTime<Utc>,
}

/// One command of a swap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepShown {
    /// Which.
    pub name: &'static str,
    /// The key of the words for it.
    pub words_code: String,
    /// What became of it.
    pub state: &'static str,
    /// When it was written down.
    pub at: DateTime<Utc>,
}

/// A swap and how far it is. Nothing in it is anybody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SwapShown {
    /// Where its case is, which says the way it goes.
    pub state: &'static str,
    /// What was sent.
    pub steps: Vec<StepShown>,
}

/// What the customer takes home in writing. It names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SlipShown {
    /// When the new card was seen in the network.
    pub attached_at: DateTime<Utc>,
    /// Whether it is tied to the handset.
    pub protected: bool,
}

/// A case as a counter's page shows it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of the page, by itself")]
pub struct CaseShown {
    /// Its name in rows.
    pub case: CaseId,
    /// How often it was moved.
    pub version: i32,
    /// What `news` of it says as long as there is none.
    pub news: String,
    /// Where it is.
    pub state: &'static str,
    /// What kind of person comes.
    pub person: Option<&'static str>,
    /// All kinds that are served.
    pub persons: Vec<&'static str>,
    /// What each kind of person brings: one of each list.
    pub bring: BTreeMap<&'static str, Vec<Vec<Paper>>>,
    /// Whether papers were shown in this visit: within the last hour, and for no swap yet.
    pub papers: bool,
    /// Whether they are there, by their own code, likewise.
    pub present: bool,
    /// Whether they are, by a second pair of eyes, likewise.
    pub seen: bool,
    /// The first and last sign of the holder's name, once one of the two is shown.
    pub holder: Option<String>,
    /// How many addresses a network has taken the warning over for.
    pub told: usize,
    /// Before when it does not begin, if only time is missing.
    pub wait_until: Option<DateTime<Utc>>,
    /// The card that is kept for it.
    pub card: Option<CardKept>,
    /// Its order of this visit.
    pub order: Option<OrderShown>,
    /// A second look without an answer.
    pub look: Option<LookAsked>,
    /// Whether nothing may be swapped on the line.
    pub held: bool,
    /// Its swap.
    pub swap: Option<SwapShown>,
    /// What the customer takes home in writing, once the new card works.
    pub slip: Option<SlipShown>,
    /// What is to be done next.
    pub next: &'static str,
}

impl std::fmt::Debug for CaseShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CaseShown({}, {}, next {})", self.case, self.state, self.next)
    }
}

/// What rows say of a case's visit.
struct Visit {
    since: DateTime<Utc>,
    proofs: Vec<CaseProof>,
    told: usize,
    card: Option<CardKept>,
    order: Option<OrderShown>,
    order_state: Option<order::State>,
    look: Option<LookAsked>,
    swap: Option<SwapShown>,
    slip: Option<SlipShown>,
    held: bool,
}

impl Visit {
    /// What of a kind was shown in this visit: within the last hour, or used.
    fn shown(&self, kind: ProofKind, now: DateTime<Utc>) -> impl Iterator<Item = &CaseProof> {
        self.proofs.iter().filter(move |one| {
            let fresh = one.used_at.is_some() || now - one.made_at <= FRESH;
            one.kind == kind && one.passed && one.made_at >= self.since && fresh
        })
    }
}

/// What the registry says of the line, once somebody is proved.
struct Opened {
    holder: String,
    wait_until: Option<DateTime<Utc>>,
    held: bool,
}

/// Where a case was checked in last, and when.
pub(super) fn checked_in(events: &[CaseEvent]) -> Option<&CaseEvent> {
    events.iter().rfind(|one| one.event == Some(Event::CheckIn))
}

/// A case of an open incident, by its name alone.
pub(super) fn find(
    tx: &mut Tx<'_>,
    id: CaseId,
) -> std::result::Result<Option<ReplacementCase>, StoreError> {
    for incident in tx.incidents()? {
        if incident.state != IncidentState::Open {
            continue;
        }
        if let Some(case) = tx.replacement(incident.id, id)? {
            return Ok(Some(case));
        }
    }
    Ok(None)
}

/// Whether a case that was checked in at an agency is still its counter's to look at.
const fn is_at_counter(state: State) -> bool {
    match state {
        State::CheckedIn
        | State::Verified
        | State::CardReserved
        | State::Swapping
        | State::AwaitingAttach
        | State::RollingBack
        | State::ManualRepair => true,
        State::Applied
        | State::Cancelled
        | State::Waiting
        | State::Booked
        | State::NoShow
        | State::FraudHold
        | State::Completed
        | State::Shipped
        | State::Delivered
        | State::Returned
        | State::ProfileOrdered
        | State::ProfileReleased
        | State::ProfileInstalled
        | State::Declined
        | State::Ineligible => false,
    }
}

/// Whether a case is at a counter of an agency: checked in there, and not gone; one that ended there stays for the day.
pub(super) fn is_here(
    case: &ReplacementCase,
    events: &[CaseEvent],
    (agency, now): (&Agency, DateTime<Utc>),
) -> bool {
    let Some(came) = checked_in(events).filter(|one| one.agency == Some(agency.id)) else {
        return false;
    };
    let ended = matches!(case.state, State::Completed | State::FraudHold);
    is_at_counter(case.state) || ended && local_day(came.at) == local_day(now)
}

impl AgencyDoor {
    /// The agency somebody works at; nobody at the centre serves customers.
    pub(super) fn agency_of(seat: &Seat) -> Result<&Agency> {
        seat.agency.as_ref().ok_or_else(|| {
            Problem::state("not_here", "customers are served at an agency's terminals")
        })
    }

    /// A case that is at a counter of theirs. What there is not and what is not theirs look the same.
    pub(super) fn case_here(&self, seat: &Seat, id: CaseId) -> Result<ReplacementCase> {
        let (agency, now) = (Self::agency_of(seat)?, self.now());
        let found = self.home().store.read(|tx| {
            let Some(case) = find(tx, id)? else { return Ok(None) };
            let events = tx.case_events(case.incident, case.id)?;
            Ok(is_here(&case, &events, (agency, now)).then_some(case))
        })?;
        found.ok_or_else(view::not_shown)
    }

    /// Whoever serves, for the verbs of a visit.
    pub(super) fn clerk<'g>(
        &self,
        seat: &Seat,
        case: ReplacementCase,
        gate: Gate<'g>,
    ) -> Result<Clerk<'g>> {
        let agency = Self::agency_of(seat)?.clone();
        let product = case.product.clone();
        let product = product.unwrap_or_else(|| self.home().config.replacement.product.clone());
        Ok(Clerk {
            member: seat.staff.id,
            actor: seat.actor().to_owned(),
            terminal: Some(seat.terminal.id),
            case,
            counter: Counter { agency, product },
            gate,
        })
    }

    /// A case at their counter.
    pub fn case(&self, seat: &Seat, id: CaseId, language: Language) -> Result<CaseShown> {
        let case = self.case_here(seat, id)?;
        self.case_shown(seat, &case, language)
    }

    /// The same, as it is now. It leaves one entry: that somebody of these rights looked, before the answer leaves.
    pub(super) fn case_shown(
        &self,
        seat: &Seat,
        case: &ReplacementCase,
        language: Language,
    ) -> Result<CaseShown> {
        view::may(seat, View::Case, Owner::Here)?;
        let (home, now) = (self.home(), self.now());
        let (incident, id) = (case.incident, case.id);
        let (case, visit, news) = home.store.read(|tx| {
            let case = tx.replacement(incident, id)?.ok_or(StoreError::NotFound("case"))?;
            let visit = read_visit(tx, &case, seat, now)?;
            let news = news::of(tx, &case)?;
            Ok((case, visit, news))
        })?;
        let passed = |kind| visit.shown(kind, now).any(|one| one.used_at.is_none());
        let (present, seen) = (passed(ProofKind::Present), passed(ProofKind::Seen));
        // Who was proved stays who they are while the swap that used the proof runs, and until they go.
        let is_known = [ProofKind::Present, ProofKind::Seen]
            .into_iter()
            .any(|kind| visit.shown(kind, now).next().is_some());
        let opened = if is_known {
            Some(self.holder_shown(seat, &case)?)
        } else {
            home.store
                .write(|tx| view::granted(tx, home, seat, (View::Case, Some((incident, id)))))?;
            None
        };
        let rules = Rules::read(home)?;
        let papers = passed(ProofKind::Documents);
        let wait_until = opened.as_ref().and_then(|one| one.wait_until);
        let facts = AtCounter {
            state: case.state,
            present,
            seen,
            papers,
            looking: visit.look.is_some(),
            wait_until,
            order: visit.order_state,
            unsigned: visit.order.as_ref().is_some_and(|one| !one.needs.is_empty()),
        };
        let persons: Vec<Person> =
            Person::ALL.into_iter().filter(|one| rules.documents.allows(*one)).collect();
        Ok(CaseShown {
            case: id,
            version: case.version,
            news,
            state: case.state.name(),
            person: case.person_type.map(Person::name),
            persons: persons.iter().map(|one| one.name()).collect(),
            bring: persons.iter().map(|one| (one.name(), bring(&rules, *one, language))).collect(),
            papers,
            present,
            seen,
            told: visit.told,
            wait_until,
            card: visit.card,
            order: visit.order,
            look: visit.look,
            held: visit.held || opened.as_ref().is_some_and(|one| one.held),
            holder: opened.map(|one| one.holder),
            swap: visit.swap,
            slip: visit.slip,
            next: next(&facts, now).name(),
        })
    }

    /// Opens whose line it is, under the permit of whoever looks.
    fn holder_shown(&self, seat: &Seat, case: &ReplacementCase) -> Result<Opened> {
        view::may(seat, View::Person, Owner::Proved)?;
        let (home, now) = (self.home(), self.now());
        let (subscriber, line) = holder_of(home, case)?;
        let keys = home.keys.incident(case.incident).map_err(crate::problem::keys)?;
        let subject = format!("case {}", case.id);
        let request = view::permit_of(
            seat,
            (View::Person, case.incident, &subject),
            (&["name", "number", "imsi"], 2),
        );
        let mut permit = home.permit(&request)?;
        let subscriber = subscriber.open(&mut permit, &keys).map_err(unopened)?;
        let record = line.open(&mut permit, &keys).map_err(unopened)?.record;
        let mut opened = Opened { holder: signs(&subscriber), wait_until: None, held: false };
        let number = crate::replacement::line::number_index(self.service(), &record.msisdn);
        let keys = record
            .imsi
            .as_ref()
            .map(|imsi| LineKeys::of(self.service(), record.msisdn.expose(), imsi));
        home.store.read(|tx| {
            opened.held = tx.line_is_held(&number)?;
            if let Some(keys) = &keys {
                opened.wait_until = Known::read(tx, case, keys, None)?.wait_until(now);
            }
            Ok(())
        })?;
        Ok(opened)
    }
}

/// The first and the last sign of a name; of a short one, the first alone.
fn signs(subscriber: &Subscriber) -> String {
    let name = subscriber.record.name.expose();
    let signs: Vec<char> = name.chars().filter(|sign| !sign.is_whitespace()).collect();
    match signs.as_slice() {
        [first, .., last] if signs.len() > 2 => format!("{first}○{last}"),
        [first, ..] if signs.len() > 1 => format!("{first}○"),
        _ => "○".to_owned(),
    }
}

fn bring(rules: &Rules, person: Person, language: Language) -> Vec<Vec<Paper>> {
    let names = rules.documents.groups(person).iter();
    let words = rules.documents.bring(person, language).into_iter();
    let paper =
        |(name, words): (&String, &str)| Paper { name: name.clone(), words: words.to_owned() };
    names.zip(words).map(|(names, words)| names.iter().zip(words).map(paper).collect()).collect()
}

fn read_visit(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    seat: &Seat,
    now: DateTime<Utc>,
) -> std::result::Result<Visit, StoreError> {
    let (incident, id) = (case.incident, case.id);
    let events = tx.case_events(incident, id)?;
    let since = checked_in(&events).map_or(case.changed_at, |one| one.at);
    let notices = tx.case_notices(incident, id)?;
    let is_told = |state| state == CaseNoticeState::Handed;
    let warned = notices.iter().filter(|one| one.key.kind == CaseNoticeKind::Warning);
    let card = tx.reserved_card(incident, id)?.map(|card| CardKept {
        id: card.id.to_string(),
        last4: None,
        until: card.lease.map(|(_, until)| until),
    });
    let last = tx.last_swap_order(incident, id)?;
    let last = last.filter(|one| one.order.facts.made_at >= since);
    let order_state = last.as_ref().map(|one| stands(one, now));
    let order = last.map(|one| order_shown(tx, &one, (seat, now))).transpose()?;
    let mut looks = tx.looks_in(look::State::Asked, LOOKS)?;
    looks.extend(tx.looks_in(look::State::Taken, LOOKS)?);
    let look = looks.into_iter().find(|one| one.case == Some(id) && one.asked_at >= since);
    let look = look.map(|one| LookAsked {
        look: one.id.to_string(),
        digits: format!("{:04}", one.digits),
        until: one.asked_at + look::LASTS,
    });
    Ok(Visit {
        since,
        proofs: tx.case_proofs(incident, id)?,
        told: warned.filter(|one| is_told(one.state)).count(),
        card,
        order,
        order_state,
        look: look.filter(|one| now < one.until),
        swap: swap_of(tx, case, since)?,
        slip: slip_of(tx, case, since)?,
        held: case.state == State::FraudHold,
    })
}

/// The swap of this visit.
fn swap_of(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    since: DateTime<Utc>,
) -> std::result::Result<Option<SwapShown>, StoreError> {
    let last = tx.swaps_of(case.incident, case.id)?.pop();
    last.filter(|one| one.opened_at >= since)
        .map(|one| steps_of(tx, case.state, one.id))
        .transpose()
}

/// What is true of a new card that was seen in this visit.
fn slip_of(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    since: DateTime<Utc>,
) -> std::result::Result<Option<SlipShown>, StoreError> {
    let last = tx.swaps_of(case.incident, case.id)?.pop();
    let last = last.filter(|one| case.state == State::Completed && one.opened_at >= since);
    let Some((card, attached_at)) = last.and_then(|one| Some((one.card, one.completed_at?))) else {
        return Ok(None);
    };
    let card = tx.card(card)?.ok_or(StoreError::NotFound("card"))?;
    let ties = tx.protections_of(&[card.imsi])?;
    let protected = ties.iter().any(|one| one.state == StateKind::On);
    Ok(Some(SlipShown { attached_at, protected }))
}

/// What was sent for a swap.
pub(super) fn steps_of(
    tx: &mut Tx<'_>,
    state: State,
    swap: SwapId,
) -> std::result::Result<SwapShown, StoreError> {
    let steps = tx.swap_steps(swap)?.into_iter().filter_map(|one| {
        let SentCommand::Swap(command) = one.command else { return None };
        let words_code = format!("step.{}", command.name());
        Some(StepShown { name: command.name(), words_code, state: one.outcome.name(), at: one.at })
    });
    Ok(SwapShown { state: state.name(), steps: steps.collect() })
}

/// Whether a swap's new card works.
pub(super) fn is_attached(
    tx: &mut Tx<'_>,
    (incident, case): (IncidentId, CaseId),
    swap: SwapId,
) -> std::result::Result<(bool, State), StoreError> {
    let state = tx.replacement(incident, case)?.map_or(State::Cancelled, |case| case.state);
    let swap = tx.swap(swap)?.ok_or(StoreError::NotFound("swap"))?;
    Ok((swap.state == SwapState::Done && state == State::Completed, state))
}
