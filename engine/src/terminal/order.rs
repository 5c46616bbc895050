//! The order of a swap: made, signed by the clerk, by a supervisor where a rule asks for it, and given up.
//!
//! Nothing here reaches the network. An order is a row; whoever follows orders begins it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use simrecall_core::access::limit::Count;
use simrecall_core::id::{CardId, CaseId, ChallengeId, SwapOrderId};
use simrecall_core::identity::Iccid;
use simrecall_core::replacement::told::FRESH;
use simrecall_core::replacement::{Event as CaseEvent, State as CaseState};
use simrecall_core::terminal::order::{CONFIRM_WITHIN, Event, Facts, State, lapses_at};
use simrecall_store::proof::CaseProof;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::Tag;
use simrecall_store::swap_order::{NewSwapOrder, OrderEnd, Signed, SwapOrder};
use simrecall_store::{StoreError, Tx};
use uuid::Uuid;

use super::case::{SwapShown, checked_in, find, is_attached, steps_of};
use super::follow::{ended, ended_in, lapsing};
use super::session::{Put, StepUp, taken};
use super::{About, AgencyDoor, Answered, Assertion, Seat, SignedIn, limit, view};
use crate::card::CardRecord;
use crate::problem::{Problem, Result};
use crate::replacement::found::of_case;
use crate::replacement::line::number_index;
use crate::replacement::notices::Letters;
use crate::replacement::step::{Hand, moved};
use crate::replacement::visit::prove::wrong_code;
use crate::selfcheck::SessionKey;
use crate::staff::hex;
use crate::swap::{Known, LineKeys, not_yet};

/// How many of the number's last digits the customer says.
const DIGITS: usize = 4;
/// What a transaction says of an order that cannot go there any more.
const MOVED: &str = "the order has moved";
/// What a transaction says of a case whose order is another one.
const OTHER: &str = "the case has an open order";

/// What a transaction says of digits that were wrong before.
const SAID: &str = "these words had wrong digits before";

/// What a clerk orders.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The case.
    pub case: CaseId,
    /// The card: its name in rows, or what is printed on it.
    pub card: &'a str,
    /// The last four digits of the number, as the customer says them.
    pub digits: &'a str,
}

impl std::fmt::Debug for Asking<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Asking({})", self.case)
    }
}

/// A question to a passkey, for the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChallengeShown {
    /// What the browser hands to the authenticator.
    #[serde(rename = "publicKey")]
    pub public_key: Value,
}

/// An order as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderShown {
    /// Its name.
    pub id: SwapOrderId,
    /// Its case.
    pub case: CaseId,
    /// Where it is.
    pub state: &'static str,
    /// Why it was refused or lapsed.
    pub code: Option<String>,
    /// When it lapses if nothing happens; when it was to be confirmed, once it has ended.
    pub until: DateTime<Utc>,
    /// What the clerk's passkey is asked, as long as it is.
    pub challenge: Option<ChallengeShown>,
    /// What else it needs.
    pub needs: Vec<&'static str>,
    /// The swap it became.
    pub swap: Option<SwapShown>,
    /// Whether the new card works.
    pub attached: bool,
}

/// An order after a passkey, with the cookie that the browser gets for it.
#[derive(Debug)]
pub struct Stepped {
    /// What became of it.
    pub order: OrderShown,
    /// Who is signed in by the new cookie; none where the browser has it already.
    pub signed_in: Option<SignedIn>,
}

/// Where an order is. One that nobody signed in time is over, whether or not somebody has written that down yet.
pub(super) fn stands(order: &SwapOrder, now: DateTime<Utc>) -> State {
    let is_late = order.state == State::Made && order.order.facts.until <= now;
    if is_late { State::Lapsed } else { order.state }
}

/// An order as rows have it, for whoever is at this seat.
pub(super) fn shown(
    tx: &mut Tx<'_>,
    order: &SwapOrder,
    (seat, now): (&Seat, DateTime<Utc>),
) -> std::result::Result<OrderShown, StoreError> {
    let (facts, key) = (&order.order.facts, (order.order.facts.incident, order.order.facts.case));
    let confirmed_at = order.confirmed.as_ref().map(|(at, _)| *at);
    let until = lapses_at(order.state, facts.until, confirmed_at).unwrap_or(facts.until);
    let state = stands(order, now);
    let is_asked = state == State::Made && is_of(order, seat);
    let options = is_asked.then(|| serde_json::from_str(&order.order.options));
    let options = options.transpose().map_err(|_| StoreError::Damaged("swap_order"))?;
    let unsigned =
        order.order.countersign && state.is_open() && tx.countersign_of(facts.id)?.is_none();
    let (swap, attached) = match order.swap {
        Some(swap) => {
            let (attached, state) = is_attached(tx, key, swap)?;
            (Some(steps_of(tx, state, swap)?), attached)
        }
        None => (None, false),
    };
    Ok(OrderShown {
        id: facts.id,
        case: facts.case,
        state: state.name(),
        code: order.code.clone().or_else(|| (state == State::Lapsed).then(|| "lapsed".to_owned())),
        until,
        challenge: options.map(|public_key| ChallengeShown { public_key }),
        needs: if unsigned { vec!["countersign"] } else { Vec::new() },
        swap,
        attached,
    })
}

/// Whether an order is of whoever sits there, at that terminal.
fn is_of(order: &SwapOrder, seat: &Seat) -> bool {
    order.order.facts.staff == seat.staff.id && order.order.facts.terminal == seat.terminal.id
}

fn wrong_digits() -> Problem {
    Problem::input("digits_wrong", "these are not the last digits of the number")
}

/// What a passkey is asked of an order.
fn about(what: &'static str, id: SwapOrderId) -> About {
    About { what, id: *id.as_bytes() }
}

impl From<&Assertion> for Signed {
    fn from(assertion: &Assertion) -> Self {
        Self {
            credential: assertion.credential,
            authenticator_data: assertion.authenticator_data.clone(),
            client_data: assertion.client_data.clone(),
            signature: assertion.signature.clone(),
        }
    }
}

/// All that a new order is made of.
struct Making<'a> {
    seat: &'a Seat,
    case: &'a ReplacementCase,
    order: NewSwapOrder,
    question: StepUp,
}

impl AgencyDoor {
    /// Makes an order, or gives the one of that name once more. The same name for something else is refused.
    pub fn put_order(
        &self,
        seat: &Seat,
        id: SwapOrderId,
        asking: &Asking<'_>,
    ) -> Result<OrderShown> {
        let body = self.body_of(id, asking);
        if let Some(there) = self.again(seat, id, &body)? {
            return Ok(there);
        }
        if self.was_wrong(&body)? {
            return Err(wrong_digits());
        }
        let case = self.case_here(seat, asking.case)?;
        let making = self.making(seat, &case, (id, body), asking)?;
        match self.make(&making) {
            Err(StoreError::State(OTHER)) => {
                // What is in the way may be this very order, written by somebody who has not committed yet: a write waits for them.
                self.home().store.write(|tx| tx.swap_order(id).map(drop))?;
                let there = self.again(seat, id, &body)?;
                let other = || Problem::state("order_open", OTHER).hint("look at the case again");
                there.ok_or_else(other)
            }
            Err(StoreError::State(MOVED)) => {
                Err(Problem::state("card_lease", "the card is not kept for this case any more"))
            }
            Err(error) => Err(error.into()),
            Ok(()) => self.order(seat, id),
        }
    }

    /// The order of that name, if it is there: the same one, or a refusal.
    fn again(&self, seat: &Seat, id: SwapOrderId, body: &[u8; 32]) -> Result<Option<OrderShown>> {
        let found = self.home().store.read(|tx| tx.swap_order(id))?;
        let Some(found) = found else { return Ok(None) };
        if !is_of(&found, seat) {
            return Err(view::not_shown());
        }
        if found.order.body != *body {
            return Err(Problem::state(
                "order_differs",
                "an order of that name asks for something else",
            ));
        }
        self.order(seat, id).map(Some)
    }

    /// What was asked for, as a keyed hash: digits of a number are kept nowhere.
    fn body_of(&self, id: SwapOrderId, asking: &Asking<'_>) -> [u8; 32] {
        let parts: [&[u8]; 5] = [
            b"swap order",
            id.as_bytes(),
            asking.case.as_bytes(),
            asking.card.trim().as_bytes(),
            asking.digits.trim().as_bytes(),
        ];
        self.service().tag(Tag::Order, &parts)
    }

    /// Asks every rule, with the line opened under a permit; nothing is written but a proof that failed.
    fn making<'a>(
        &self,
        seat: &'a Seat,
        case: &'a ReplacementCase,
        (id, body): (SwapOrderId, [u8; 32]),
        asking: &Asking<'_>,
    ) -> Result<Making<'a>> {
        let (home, now) = (self.home(), self.now());
        if case.state != CaseState::CardReserved {
            return Err(Problem::state("case_state", "no card is kept for this case")
                .hint("scan the new card first"));
        }
        let card = self.kept_card(case, asking.card)?;
        let keys = self.said_right(seat, case, (asking.digits, &body))?;
        let (known, proofs) = home
            .store
            .read(|tx| {
                let events = tx.case_events(case.incident, case.id)?;
                let since = checked_in(&events).map_or(case.changed_at, |one| one.at);
                let proofs = tx.case_proofs(case.incident, case.id)?;
                if tx.line_is_held(&keys.number)? {
                    return Ok(None);
                }
                let counts = |one: &&CaseProof| {
                    one.passed
                        && one.used_at.is_none()
                        && one.made_at >= since
                        && now - one.made_at <= FRESH
                };
                let proofs: Vec<i32> = proofs.iter().filter(counts).map(|one| one.no).collect();
                Ok(Some((Known::read(tx, case, &keys, None)?, proofs)))
            })?
            .ok_or_else(|| Problem::state("line_held", "nothing may be swapped on this line"))?;
        let countersign = known.needs_countersign(now).map_err(not_yet)?;
        let agency = Self::agency_of(seat)?.id;
        let facts = Facts {
            id,
            incident: case.incident,
            case: case.id,
            line: case.line,
            card,
            agency,
            terminal: seat.terminal.id,
            staff: seat.staff.id,
            proofs,
            // Rows keep microseconds, and the hash is over what rows keep.
            made_at: micros(now),
            until: micros(now) + CONFIRM_WITHIN,
        };
        let question = self.step_up(seat, &about("order", id), facts.sha256())?;
        let order = NewSwapOrder {
            facts,
            body,
            challenge_id: question.id(),
            challenge: question.challenge.to_vec(),
            options: question.public_key.to_string(),
            countersign,
        };
        Ok(Making { seat, case, order, question })
    }

    /// The card that is kept for the case, if it is the one that was named.
    fn kept_card(&self, case: &ReplacementCase, named: &str) -> Result<CardId> {
        let kept = self.home().store.read(|tx| tx.reserved_card(case.incident, case.id))?;
        let now = self.now();
        let kept = kept.filter(|card| card.lease.is_none_or(|(_, until)| now < until));
        let kept = kept.ok_or_else(|| {
            Problem::state("card_lease", "no card is kept for this case, or not any more")
                .hint("scan it again")
        })?;
        let named = if let Ok(id) = Uuid::parse_str(named.trim()) {
            CardId(id)
        } else {
            let iccid = Iccid::parse(named.trim()).map_err(|error| {
                Problem::input("card_number", "this is no card number").caused_by(error)
            })?;
            CardRecord::id_of(self.service(), &iccid)
        };
        if kept.id == named {
            return Ok(named);
        }
        Err(Problem::state("case_has_card", "another card is kept for this case"))
    }

    /// Whether these very words had wrong digits before: a page that heard no answer asks again, and its customer said them once.
    fn was_wrong(&self, body: &[u8; 32]) -> Result<bool> {
        Ok(self.home().store.read(|tx| tx.were_digits_wrong(body))?)
    }

    /// Whether the customer said the last digits of the line's own number; wrong ones are a proof that failed.
    fn said_right(
        &self,
        seat: &Seat,
        case: &ReplacementCase,
        (digits, body): (&str, &[u8; 32]),
    ) -> Result<LineKeys> {
        let home = self.home();
        let found = of_case(home, case, seat.actor())?;
        let number = found.record.msisdn.expose();
        let last = number.get(number.len().saturating_sub(DIGITS)..).unwrap_or(number);
        if last == digits.trim() {
            let imsi = found.record.imsi.as_ref();
            let imsi = imsi.ok_or_else(|| {
                Problem::state("no_card", "the registry knows no card of this line")
            })?;
            return Ok(LineKeys::of(self.service(), number, imsi));
        }
        let gate = |tx: &mut Tx<'_>| {
            seat.still(tx, home.now())?;
            let is_first = tx.keep_wrong_digits(body, case.incident, home.now())?;
            if is_first { Ok(()) } else { Err(StoreError::State(SAID)) }
        };
        let clerk = self.clerk(seat, case.clone(), &gate)?;
        let index = number_index(self.service(), &found.record.msisdn);
        let mut letters = Letters::none();
        letters.add(home, std::slice::from_ref(case))?;
        let failed = match wrong_code(home, &clerk, &index, &letters) {
            // Somebody asks the same at once, and was first; who has not committed yet is waited for by a write.
            Err(_) if home.store.write(|tx| tx.were_digits_wrong(body))? => {
                return Err(wrong_digits());
            }
            failed => failed?,
        };
        if failed.code == "line_held" {
            return Err(failed);
        }
        let mut wrong = wrong_digits();
        wrong.left = failed.left;
        Err(failed.details.into_iter().fold(wrong, Problem::detail))
    }

    /// One transaction: the seat, the limit, the case and its card are asked again; the order, its challenge and the entry are written.
    fn make(&self, making: &Making<'_>) -> std::result::Result<(), StoreError> {
        let Making { seat, case, order, question } = making;
        let (home, facts) = (self.home(), &order.facts);
        let body = json!({
            "order": facts.id, "case": facts.case, "card": facts.card, "agency": facts.agency,
            "terminal": facts.terminal, "hash": hex(&facts.sha256()),
            "challenge": hex(&order.challenge), "countersign": order.countersign,
        });
        home.store.write(|tx| {
            seat.still(tx, home.now())?;
            // What is read below stays so until the order is there.
            tx.lock_case_row(facts.incident, facts.case)?;
            let now = home.now();
            if let Some(last) = tx.last_swap_order(facts.incident, facts.case)? {
                let confirmed = last.confirmed.as_ref().map(|(at, _)| *at);
                let is_over = lapses_at(last.state, last.order.facts.until, confirmed)
                    .is_some_and(|at| at <= now);
                if is_over {
                    let who = ("order.lapsed", seat.actor());
                    ended_in(tx, home, (&last, &lapsing(&last, now)), who)?;
                }
            }
            let there = tx.replacement(facts.incident, facts.case)?;
            let is_same = there.is_some_and(|one| one.version == case.version);
            let kept = tx.reserved_card(facts.incident, facts.case)?;
            let is_kept = kept.is_some_and(|card| {
                card.id == facts.card && card.lease.is_none_or(|(_, until)| now < until)
            });
            if !is_same || !is_kept {
                return Err(StoreError::State(MOVED));
            }
            if !tx.put_swap_order(order)? {
                return Err(StoreError::State(OTHER));
            }
            limit::count(tx, home, seat, (Count::Order, None))?;
            question.put(tx)?;
            let who = ("order.made", seat.actor());
            home.journal(tx, who, Some(facts.incident), body.clone())
        })
    }

    /// An order of theirs, with the swap's steps, from rows.
    pub fn order(&self, seat: &Seat, id: SwapOrderId) -> Result<OrderShown> {
        let now = self.now();
        let found = self.home().store.read(|tx| {
            let Some(order) = tx.swap_order(id)? else { return Ok(None) };
            let is_ours = Some(order.order.facts.agency) == seat.agency.as_ref().map(|one| one.id);
            is_ours.then(|| shown(tx, &order, (seat, now))).transpose()
        })?;
        found.ok_or_else(view::not_shown)
    }

    /// Puts the clerk's passkey to an order. A repeat answers what became of it, and asks for no new assertion.
    pub fn confirm_order(&self, seat: &Seat, id: SwapOrderId, answer: Value) -> Result<Stepped> {
        let (home, now, about) = (self.home(), self.now(), about("order", id));
        let order = self.own_order(seat, id)?;
        if order.state != State::Made {
            return self.stepped_before(seat, id, &about);
        }
        if now >= order.order.facts.until {
            let end = lapsing(&order, now);
            ended(home, &order, &end, ("order.lapsed", seat.actor()))?;
            return Ok(Stepped { order: self.order(seat, id)?, signed_in: None });
        }
        let checked = self.check_step_up(seat, (order.order.challenge_id, &about), answer);
        let answered = match checked {
            Ok(answered) => answered,
            // Somebody asks the same at once, and was first.
            Err(problem) if self.own_order(seat, id)?.state != State::Made => {
                drop(problem);
                return self.stepped_before(seat, id, &about);
            }
            Err(problem) => {
                self.spoilt(seat, &order)?;
                return Err(problem);
            }
        };
        match self.confirm(seat, &order, (&answered, &about)) {
            Ok(cookie) => self.stepped(seat, id, cookie),
            Err(error) if self.own_order(seat, id)?.state != State::Made => {
                drop(error);
                self.stepped_before(seat, id, &about)
            }
            Err(error) => Err(taken(error)),
        }
    }

    /// What became of a step-up that was just taken.
    fn stepped(&self, seat: &Seat, id: SwapOrderId, cookie: SessionKey) -> Result<Stepped> {
        let order = self.order(seat, id)?;
        Ok(Stepped { order, signed_in: Some(self.with_new(seat, cookie)?) })
    }

    fn confirm(
        &self,
        seat: &Seat,
        order: &SwapOrder,
        (answered, about): (&Answered, &About),
    ) -> std::result::Result<SessionKey, StoreError> {
        let (home, facts) = (self.home(), &order.order.facts);
        let cookie = SessionKey::new().map_err(|_| StoreError::State("no cookie can be made"))?;
        let assertion = &answered.assertion;
        let body = json!({
            "order": facts.id, "case": facts.case, "hash": hex(&order.hash),
            "credential": assertion.credential, "assertion": hex(&assertion.sha256()),
        });
        let signed = Signed::from(assertion);
        home.store.write(|tx| {
            let now = home.now();
            seat.still(tx, now)?;
            answered.take(tx, now)?;
            if !tx.confirm_swap_order(facts.id, &signed, now)? {
                return Err(StoreError::State(MOVED));
            }
            seat.renew(tx, &cookie, about.id, now)?;
            let who = ("order.confirmed", seat.actor());
            home.journal(tx, who, Some(facts.incident), body.clone())
        })?;
        Ok(cookie)
    }

    /// What became of a step-up that was answered: for whoever asks again with the cookie from before it, with a new one.
    fn stepped_before(&self, seat: &Seat, id: SwapOrderId, about: &About) -> Result<Stepped> {
        let order = self.order(seat, id)?;
        if !seat.asks_again_for(&about.id) {
            return Ok(Stepped { order, signed_in: None });
        }
        let (home, cookie) = (self.home(), SessionKey::new()?);
        home.store.write(|tx| seat.renew(tx, &cookie, about.id, home.now()))?;
        Ok(Stepped { order, signed_in: Some(self.with_new(seat, cookie)?) })
    }

    /// An order whose challenge was answered wrongly ends: it could be confirmed by nobody.
    fn spoilt(&self, seat: &Seat, order: &SwapOrder) -> Result<()> {
        let (id, at) = (order.order.facts.id, self.now());
        let (from, event) = (order.state, Event::GiveUp);
        let end = OrderEnd { id, from, event, token: None, code: "passkey", at };
        ended(self.home(), order, &end, ("order.refused", seat.actor())).map(drop)
    }

    /// An order of whoever sits there.
    pub(super) fn own_order(&self, seat: &Seat, id: SwapOrderId) -> Result<SwapOrder> {
        let found = self.home().store.read(|tx| tx.swap_order(id))?;
        found.filter(|order| is_of(order, seat)).ok_or_else(view::not_shown)
    }

    /// Asks the clerk's passkey whether they give an order up.
    pub fn begin_give_up(&self, seat: &Seat, id: SwapOrderId) -> Result<Put> {
        let order = self.own_order(seat, id)?;
        self.ask(seat, &order, ("give_up", "order.give_up_asked"))
    }

    /// Puts a question over an order, with the entry that names both.
    pub(super) fn ask(
        &self,
        seat: &Seat,
        order: &SwapOrder,
        (what, kind): (&'static str, &str),
    ) -> Result<Put> {
        let (home, id) = (self.home(), order.order.facts.id);
        let question = self.step_up(seat, &about(what, id), order.hash)?;
        let body = json!({
            "order": id, "hash": hex(&order.hash), "challenge": hex(&question.challenge),
        });
        let entry = home.entry(kind, seat.actor(), Some(order.order.facts.incident), body)?;
        home.store.write(|tx| {
            seat.still(tx, home.now())?;
            question.put(tx)?;
            tx.journal(&entry).map(drop)
        })?;
        Ok(Put { id: question.id(), public_key: question.public_key })
    }

    /// Gives an order up: before it began it ends, and a swap that runs goes back. After its end it is too late.
    pub fn give_up(
        &self,
        seat: &Seat,
        id: SwapOrderId,
        (question, answer): (ChallengeId, Value),
    ) -> Result<Stepped> {
        let (home, about) = (self.home(), about("give_up", id));
        if seat.asks_again_for(&about.id) {
            return self.stepped_before(seat, id, &about);
        }
        let order = self.own_order(seat, id)?;
        let answered = self.check_step_up(seat, (question, &about), answer)?;
        let (facts, cookie) = (&order.order.facts, SessionKey::new()?);
        let body = json!({
            "order": id, "case": facts.case, "credential": answered.assertion.credential,
            "assertion": hex(&answered.assertion.sha256()),
        });
        let entry = home.entry("order.given_up", seat.actor(), Some(facts.incident), body)?;
        let done = home.store.write(|tx| {
            let at = home.now();
            seat.still(tx, at)?;
            answered.take(tx, at)?;
            tx.lock_case_row(facts.incident, facts.case)?;
            let from = tx.swap_order(id)?.map_or(order.state, |one| one.state);
            let (event, code) = (Event::GiveUp, "given_up");
            let end = OrderEnd { id, from, event, token: None, code, at };
            if !tx.end_swap_order(&end)? && !self.turn_back(tx, seat, &order)? {
                return Err(StoreError::State(MOVED));
            }
            seat.renew(tx, &cookie, about.id, at)?;
            tx.journal(&entry).map(drop)
        });
        match done {
            Ok(()) => self.stepped(seat, id, cookie),
            Err(StoreError::State(MOVED)) => Err(Problem::state("too_late", "it is done, or over")
                .hint("two people take a swap back that is done: simrecall swap reverse")),
            Err(error) => Err(taken(error)),
        }
    }

    /// A swap that runs is turned by whoever works at it, who sees the case. Whether it could be.
    fn turn_back(
        &self,
        tx: &mut Tx<'_>,
        seat: &Seat,
        order: &SwapOrder,
    ) -> std::result::Result<bool, StoreError> {
        let Some(case) = find(tx, order.order.facts.case)? else { return Ok(false) };
        let started = tx.swap_order(order.order.facts.id)?.and_then(|one| one.swap);
        let last = tx.swaps_of(case.incident, case.id)?.pop();
        let is_ours = started.is_some() && last.map(|swap| swap.id) == started;
        let runs = matches!(case.state, CaseState::Swapping | CaseState::AwaitingAttach);
        if !is_ours || !runs {
            return Ok(false);
        }
        let hand = Hand {
            by: Some(seat.staff.id),
            actor: seat.actor(),
            agency: seat.agency.as_ref().map(|one| one.id),
            terminal: Some(seat.terminal.id),
        };
        let step = (&case, CaseEvent::RollBack, PlaceChange::Keep);
        let done = moved(tx, self.home(), step, &hand)?;
        Ok(done == Moved::Done)
    }
}

/// An instant as rows keep it.
fn micros(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}
