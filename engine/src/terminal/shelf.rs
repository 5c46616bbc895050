//! The agency's drawer: what lies there, lots that came, cards that go elsewhere, are broken or are gone.
//!
//! What takes cards away takes a supervisor's passkey over the very words of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simrecall_core::access::Act;
use simrecall_core::id::ChallengeId;
use simrecall_core::replacement::local_day;
use simrecall_store::Tx;
use simrecall_store::stock::StockCount;

use super::session::{AgencyShown, Put};
use super::{About, AgencyDoor, Answered, Seat, SignedIn, view};
use crate::problem::{Problem, Result};
use crate::selfcheck::SessionKey;
use crate::staff::hex;
use crate::stock::coming_lot;
use crate::stock::fate::{CardAnswer, Fate, write_off};
use crate::stock::receive::{ArrivalAnswer, listed, take_in};
use crate::stock::transfer::{Sending, SendingAnswer, send};

/// One product of the drawer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductRow {
    /// Which.
    pub product: String,
    /// What can be given to whoever walks in.
    pub free: i64,
    /// What is promised to those who are booked.
    pub held: i64,
    /// What is kept for cases.
    pub reserved: i64,
    /// What is put aside.
    pub quarantined: i64,
    /// What is of no use.
    pub defective: i64,
    /// What is gone.
    pub lost: i64,
}

/// A lot that comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LotRow {
    /// Its name.
    pub id: String,
    /// What the sender calls it.
    pub lot: String,
    /// What is in it.
    pub product: String,
    /// How many cards.
    pub cards: i64,
    /// The day it is expected on.
    pub expected: String,
    /// Whether that day is over.
    pub late: bool,
}

/// The drawer and what comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShelfShown {
    /// By product.
    pub products: Vec<ProductRow>,
    /// By the day they are expected on.
    pub lots: Vec<LotRow>,
    /// Where cards can be sent: every other agency that is open.
    pub agencies: Vec<AgencyShown>,
}

/// What takes cards away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum Taking {
    /// To another agency.
    Transfer {
        /// Its code.
        to: String,
        /// Of which product.
        product: String,
        /// How many.
        cards: u32,
    },
    /// One that does not work.
    Defective {
        /// What is printed on it.
        iccid: String,
    },
    /// One that is gone.
    Lost {
        /// What is printed on it.
        iccid: String,
    },
}

/// What became of it.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Taken {
    /// Cards that are on their way.
    Sent(SendingAnswer),
    /// One card.
    Card(CardAnswer),
    /// What was done before, and whose answer did not arrive.
    Before {
        /// Whether it was done.
        done: bool,
    },
}

impl Taking {
    /// What the passkey answers for, as a hash.
    fn sha256(&self) -> Result<[u8; 32]> {
        let words = serde_json::to_vec(self)
            .map_err(|error| Problem::ours("stock", "words cannot be written").caused_by(error))?;
        Ok(Sha256::digest(words).into())
    }

    fn about(&self) -> Result<(About, [u8; 32])> {
        let hash = self.sha256()?;
        let id = hash.first_chunk::<16>().copied().unwrap_or_default();
        Ok((About { what: "stock", id }, hash))
    }
}

impl AgencyDoor {
    /// What lies in their drawer, and what comes.
    pub fn shelf(&self, seat: &Seat) -> Result<ShelfShown> {
        let (agency, today) = (Self::agency_of(seat)?.id, local_day(self.now()));
        let (counts, lots, others) = self
            .home()
            .store
            .read(|tx| Ok((tx.stock_counts()?, tx.coming_lots(Some(agency))?, tx.agencies()?)))?;
        let product = |one: &StockCount| ProductRow {
            product: one.product.clone(),
            free: one.unheld(),
            held: one.held,
            reserved: one.reserved,
            quarantined: one.quarantined,
            defective: one.defective,
            lost: one.lost,
        };
        let lot = |one: simrecall_store::stock::Lot| LotRow {
            id: one.id.to_string(),
            lot: one.supplier_ref,
            product: one.product,
            cards: one.cards,
            expected: one.expected_on.to_string(),
            late: one.expected_on < today,
        };
        Ok(ShelfShown {
            products: counts.iter().filter(|one| one.agency == agency).map(product).collect(),
            lots: lots.into_iter().map(lot).collect(),
            agencies: others
                .into_iter()
                .filter(|one| one.id != agency && one.closed_at.is_none())
                .map(|one| AgencyShown { code: one.code, name: one.name })
                .collect(),
        })
    }

    /// A lot came: so many cards were counted, and those of the list are missing. Both together are the lot, or nothing is received.
    pub fn receive(
        &self,
        seat: &Seat,
        (lot, cards): (&str, i64),
        missing: &[String],
    ) -> Result<ArrivalAnswer> {
        let (home, agency) = (self.home(), Self::agency_of(seat)?);
        may(seat, Act::MoveCards)?;
        let lot = coming_lot(home, lot)?;
        if lot.agency != agency.id {
            return Err(view::not_shown());
        }
        let listed = listed(home, ("missing", &missing.join("\n")), &lot)?;
        let missed = i64::try_from(listed.len()).unwrap_or(i64::MAX);
        if cards.saturating_add(missed) != lot.cards {
            return Err(Problem::input(
                "count",
                "this count and the missing cards are not the lot",
            )
            .detail(format!("announced {}", lot.cards))
            .hint("count again, and scan the cards that are missing from the list"));
        }
        let gate = |tx: &mut Tx<'_>| seat.still(tx, home.now());
        take_in(home, (lot, &listed), seat.actor(), &gate)
    }

    /// Asks a supervisor's passkey whether cards are taken away.
    pub fn begin_taking(&self, seat: &Seat, taking: &Taking) -> Result<Put> {
        may(seat, Act::WriteOffCards)?;
        let (home, (about, hash)) = (self.home(), taking.about()?);
        let question = self.step_up(seat, &about, hash)?;
        let body = json!({
            "words": hex(&hash), "challenge": hex(&question.challenge), "terminal": seat.terminal.id,
        });
        let entry = home.entry("stock.asked", seat.actor(), None, body)?;
        home.store.write(|tx| {
            seat.still(tx, home.now())?;
            question.put(tx)?;
            tx.journal(&entry).map(drop)
        })?;
        Ok(Put { id: question.id(), public_key: question.public_key })
    }

    /// Takes cards away, with the passkey's answer over these very words. Whoever did not hear the answer asks again with the cookie
    /// from before.
    pub fn take_away(
        &self,
        seat: &Seat,
        taking: &Taking,
        (question, answer): (ChallengeId, Value),
    ) -> Result<(Taken, SignedIn)> {
        may(seat, Act::WriteOffCards)?;
        let (home, agency, about) = (self.home(), Self::agency_of(seat)?, taking.about()?.0);
        let cookie = SessionKey::new()?;
        if seat.asks_again_for(&about.id) {
            home.store.write(|tx| seat.renew(tx, &cookie, about.id, home.now()))?;
            return Ok((Taken::Before { done: true }, self.with_new(seat, cookie)?));
        }
        if let Taking::Defective { iccid } | Taking::Lost { iccid } = taking {
            self.is_ours(seat, iccid)?;
        }
        let answered: Answered = self.check_step_up(seat, (question, &about), answer)?;
        let gate = |tx: &mut Tx<'_>| {
            let now = home.now();
            seat.still(tx, now)?;
            answered.take(tx, now)?;
            seat.renew(tx, &cookie, about.id, now)
        };
        let taken = match taking {
            Taking::Transfer { to, product, cards } => {
                let (from, by) = (agency.code.as_str(), "");
                let sending = Sending { from, to, product, count: *cards, by };
                Taken::Sent(send(home, &sending, seat.actor(), &gate)?)
            }
            Taking::Defective { iccid } => {
                Taken::Card(write_off(home, (iccid, Fate::Defective), seat.staff.id, &gate)?)
            }
            Taking::Lost { iccid } => {
                Taken::Card(write_off(home, (iccid, Fate::Lost), seat.staff.id, &gate)?)
            }
        };
        Ok((taken, self.with_new(seat, cookie)?))
    }

    /// A card of another agency is not this one's to write off.
    fn is_ours(&self, seat: &Seat, iccid: &str) -> Result<()> {
        let agency = Self::agency_of(seat)?;
        let (_, card) = crate::swap::scanned(self.home(), iccid)?;
        if card.agency == agency.id {
            return Ok(());
        }
        Err(Problem::input("card_elsewhere", "this card is in another agency's stock"))
    }
}

fn may(seat: &Seat, act: Act) -> Result<()> {
    if seat.staff.roles.iter().any(|role| role.may(act)) {
        return Ok(());
    }
    Err(Problem::state("not_allowed", "this is for somebody of another role"))
}
