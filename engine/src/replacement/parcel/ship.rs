//! The first of those who wait for a parcel get a card each, as long as there are cards that nobody was promised.

use serde::Serialize;
use serde_json::json;
use simrecall_core::access::{Act, Purpose};
use simrecall_core::id::{CardId, CaseId, IncidentId};
use simrecall_core::identity::PostalAddress;
use simrecall_core::incident::IncidentState;
use simrecall_core::order::Kind;
use simrecall_core::replacement::Event;
use simrecall_store::StoreError;
use simrecall_store::card::{Reservation, Reserved};
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::lease::LeaseToken;
use simrecall_store::outbox::NewOrder;
use simrecall_store::parcel::Parcel;
use simrecall_store::permit::PermitRequest;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::DomainKeys;
use simrecall_store::staff::StaffMember;

use super::home::{Addressee, destination, is_about_them};
use super::{last_digits, over, tail, warehouse};
use crate::card::CardRecord;
use crate::home::{Home, random};
use crate::orders::{About, draft, needs_receiver};
use crate::problem::{self, Problem, Result};
use crate::replacement::line::number_index;
use crate::replacement::notices::Letters;
use crate::replacement::places::Counter;
use crate::replacement::step::{Hand, moved};
use crate::staff;

/// How often somebody else may take the card that was chosen.
const ROUNDS: usize = 20;

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ShipAnswer {
    /// How many cards are on their way now.
    pub shipped: u64,
    /// Those who were next, and to whom no parcel goes: they stay in line until they choose an agency.
    pub left_out: Vec<LeftOut>,
    /// How many wait for a parcel still.
    pub waiting: u64,
    /// How many cards the warehouse has that nobody was promised.
    pub cards: i64,
}

/// Somebody to whom no parcel goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Their case.
    pub case: CaseId,
    /// Why, as a stable word.
    pub why: String,
}

/// Sends cards to the first of the line, as many as `limit`: each in a transaction of its own, which can be cut.
pub fn ship(home: &Home, limit: u64, by: &str) -> Result<ShipAnswer> {
    let member = staff::may(home, by, Act::MoveCards)?;
    let depot = warehouse(home)?;
    needs_receiver(home, Kind::ShipCard)?;
    let incidents = home.store.read(|tx| tx.incidents())?;
    let open = incidents.into_iter().filter(|one| one.state == IncidentState::Open);
    let open: Vec<IncidentId> = open.map(|one| one.id).collect();
    over::sweep(home, &open)?;
    let service = home.keys.service().map_err(problem::keys)?;
    let actor = member.id.to_string();
    let sender = Sender { home, service: &service, depot: &depot, member: &member, actor: &actor };
    let mut line = home.store.read(|tx| depot.line(tx, home.now()))?;
    line.retain(|case| open.contains(&case.incident));
    let mut answer = ShipAnswer::default();
    for case in &line {
        if answer.shipped >= limit {
            break;
        }
        match sender.send(case)? {
            Sent::Yes => answer.shipped += 1,
            Sent::No(why) => answer.left_out.push(LeftOut { case: case.id, why }),
            Sent::NoCard => break,
        }
    }
    let total = u64::try_from(line.len()).unwrap_or(u64::MAX);
    answer.waiting = total.saturating_sub(answer.shipped);
    answer.cards = sender.unpromised()?;
    Ok(answer)
}

/// What came of one case.
enum Sent {
    Yes,
    No(String),
    NoCard,
}

struct Sender<'a> {
    home: &'a Home,
    service: &'a DomainKeys,
    depot: &'a Counter,
    member: &'a StaffMember,
    actor: &'a str,
}

/// All that one shipment takes, made ready before its transaction.
struct Ready {
    number: [u8; 16],
    card: CardId,
    order: NewOrder,
    parcel: Parcel,
    letters: Letters,
}

impl Sender<'_> {
    fn send(&self, case: &ReplacementCase) -> Result<Sent> {
        let (addressee, address) = match destination(self.home, case, self.actor) {
            Ok(found) => found,
            Err(problem) if is_about_them(&problem) => return Ok(Sent::No(why(&problem))),
            Err(problem) => return Err(problem),
        };
        for _ in 0..ROUNDS {
            if self.unpromised()? < 1 {
                return Ok(Sent::NoCard);
            }
            let Some(ready) = self.ready(case, (&addressee, &address))? else {
                return Ok(Sent::NoCard);
            };
            match self.commit(case, &ready) {
                Ok(()) => return Ok(Sent::Yes),
                // The card went to somebody else: the next one.
                Err(StoreError::State(TAKEN)) => {}
                Err(StoreError::State(word @ (HELD | MOVED))) => {
                    return Ok(Sent::No(word.to_owned()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::state("database_busy", "many take cards from the warehouse")
            .hint("run it again"))
    }

    fn unpromised(&self) -> Result<i64> {
        let (agency, product) = (self.depot.agency.id, self.depot.product.as_str());
        let count = self.home.store.read(|tx| tx.stock_count(agency, product))?;
        Ok(count.map_or(0, |count| count.unheld()))
    }

    fn ready(
        &self,
        case: &ReplacementCase,
        (addressee, address): (&Addressee, &PostalAddress),
    ) -> Result<Option<Ready>> {
        let (home, now) = (self.home, self.home.now());
        let (agency, product) = (self.depot.agency.id, self.depot.product.as_str());
        let free = home.store.read(|tx| tx.available_cards(agency, product, 1))?;
        let Some(card) = free.first().copied() else { return Ok(None) };
        let record = self.record(card, case)?;
        let number = addressee.line.msisdn.expose();
        let data = json!({
            "iccid": record.iccid.expose(),
            "name": addressee.subscriber.record.name.expose(),
            "postcode": address.postcode(),
            "address": address.lines().collect::<Vec<_>>(),
        });
        let (kind, incident) = (Kind::ShipCard, Some(case.incident));
        let about = About { kind, incident, subject: Some(number) };
        let order = draft(home, self.service, &about, &data)?;
        let mut letters = Letters::none();
        letters.add(home, std::slice::from_ref(case))?;
        let parcel = Parcel {
            id: order.id,
            incident: case.incident,
            case: case.id,
            card,
            about: case.version + 1,
            tail: tail(self.service, case, last_digits(&record.iccid)),
            shipped_at: now,
            taken_at: None,
            ended: None,
        };
        let number = number_index(self.service, &addressee.line.msisdn);
        Ok(Some(Ready { number, card, order, parcel, letters }))
    }

    fn record(&self, card: CardId, case: &ReplacementCase) -> Result<CardRecord> {
        let sealed = self.home.store.read(|tx| tx.sealed_card(card))?;
        let sealed = sealed.ok_or_else(|| Problem::ours("card", "a card without its record"))?;
        let mut permit = self.home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: self.actor.to_owned(),
            incident: None,
            scope: format!("the card that is sent for case {}", case.id),
            fields: vec!["iccid".to_owned()],
            rows: 1,
        })?;
        CardRecord::open(&mut permit, self.service, (card, &sealed))
    }

    /// One transaction: the card is the case's, somebody is asked to send it, everybody is warned, the case is on its way.
    fn commit(&self, case: &ReplacementCase, ready: &Ready) -> std::result::Result<(), StoreError> {
        let (home, now) = (self.home, self.home.now());
        let body = json!({
            "case": case.id, "lines": [case.line], "card": ready.card, "parcel": ready.parcel.id,
        });
        let entry = home.entry("parcel.shipped", self.actor, Some(case.incident), body);
        let entry = entry.map_err(|_| StoreError::State("an entry cannot be made"))?;
        let token =
            LeaseToken(random().map_err(|_| StoreError::State("the random source failed"))?);
        let asked = Reservation {
            card: ready.card,
            agency: self.depot.agency.id,
            product: &self.depot.product,
            incident: case.incident,
            case: case.id,
            token,
            until: None,
            now,
        };
        let (agency, by) = (Some(self.depot.agency.id), Some(self.member.id));
        let hand = Hand { by, actor: self.actor, agency, terminal: None };
        home.store.write(|tx| {
            if tx.line_is_held(&ready.number)? {
                return Err(StoreError::State(HELD));
            }
            match tx.reserve_card(&asked)? {
                Reserved::Yes => {}
                Reserved::Again
                | Reserved::Unknown
                | Reserved::Elsewhere(_)
                | Reserved::OtherProduct
                | Reserved::OtherCase(_)
                | Reserved::NotAvailable(_)
                | Reserved::Promised => return Err(StoreError::State(TAKEN)),
                Reserved::HasAnother(_) => return Err(StoreError::State(MOVED)),
            }
            match moved(tx, home, (case, Event::Ship, PlaceChange::Keep), &hand)? {
                Moved::Done => {}
                Moved::Elsewhere | Moved::DayFull | Moved::HourFull => {
                    return Err(StoreError::State(MOVED));
                }
            }
            tx.put_parcel(&ready.parcel)?;
            tx.put_order(&ready.order)?;
            let kind = (CaseNoticeKind::Warning, ready.parcel.about);
            ready.letters.write(tx, home, case, kind)?;
            tx.journal(&entry).map(drop)
        })
    }
}

/// Somebody else took the card.
const TAKEN: &str = "card_taken";
/// Somebody said that it was not them.
const HELD: &str = "line_held";
/// The case is not where it was.
const MOVED: &str = "case_moved";

fn why(problem: &Problem) -> String {
    problem.details.first().cloned().unwrap_or_else(|| problem.code.to_owned())
}
