//! Cards, one by one. What a card is sealed as outlives incidents: it belongs to the service domain.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::id::{AgencyId, CardId, CaseId, IncidentId, LotId};
use simrecall_core::replacement::card::State as CardState;

use crate::lease::LeaseToken;
use crate::tx::forward;

/// A card as it comes into stock. Its record (ICCID, IMSI, K, `OPc`) is sealed under the service key and bound to the bytes of its id.
#[derive(Clone, PartialEq, Eq)]
pub struct NewCard {
    /// Keyed hash of its ICCID.
    pub id: CardId,
    /// Keyed hash of its IMSI.
    pub imsi: [u8; 16],
    /// What it says, sealed.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for NewCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewCard({})", self.id)
    }
}

/// A card, without its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Keyed hash of its ICCID under the service key.
    pub id: CardId,
    /// Keyed hash of its IMSI under the service key.
    pub imsi: [u8; 16],
    /// What it is.
    pub product: String,
    /// What it came with last.
    pub lot: LotId,
    /// Where it is, or was activated.
    pub agency: AgencyId,
    /// What became of it.
    pub state: CardState,
    /// Whether a key of it was written to the network: it never is again.
    pub keyed: bool,
    /// Whose it is, or became.
    pub case: Option<(IncidentId, CaseId)>,
    /// The lease it is reserved by; none of a reserved card: it stays reserved.
    pub lease: Option<(LeaseToken, DateTime<Utc>)>,
    /// When it came to where it is.
    pub changed_at: DateTime<Utc>,
}

/// Somebody at an agency scanned a card for a case.
#[derive(Debug, Clone, Copy)]
pub struct Reservation<'a> {
    /// The card.
    pub card: CardId,
    /// Where it was scanned.
    pub agency: AgencyId,
    /// What the case needs.
    pub product: &'a str,
    /// For which incident's.
    pub incident: IncidentId,
    /// For which case.
    pub case: CaseId,
    /// The lease's token.
    pub token: LeaseToken,
    /// When the lease runs out; none: never, as of a card that is shipped.
    pub until: Option<DateTime<Utc>>,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What became of a reservation. All but the first two changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// The card is the case's.
    Yes,
    /// It was already; the lease lasts until the later of the two times.
    Again,
    /// Stock does not know it.
    Unknown,
    /// It is another agency's.
    Elsewhere(AgencyId),
    /// It is another product.
    OtherProduct,
    /// It is reserved for another case, until then; none: for good.
    OtherCase(Option<DateTime<Utc>>),
    /// It is in this state.
    NotAvailable(CardState),
    /// The case has this card.
    HasAnother(CardId),
    /// The case has no place here, and all cards that are available are promised.
    Promised,
}

/// A card is to move.
#[derive(Clone, Copy)]
pub struct CardMove<'a> {
    /// The card.
    pub card: CardId,
    /// Where it must be.
    pub from: CardState,
    /// Where it goes.
    pub to: CardState,
    /// Its record from now on, sealed; none if that stays as it is.
    pub sealed: Option<&'a [u8]>,
    /// When.
    pub at: DateTime<Utc>,
}

impl fmt::Debug for CardMove<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardMove({}, {} to {})", self.card, self.from.name(), self.to.name())
    }
}

forward! { card:
    /// Puts cards into a lot that is on its way. All or none: one that is there already, by ICCID or IMSI, is a conflict.
    pub fn add_cards(lot: LotId, cards: &[NewCard], at: DateTime<Utc>) -> ();
    /// One card.
    pub fn card(id: CardId) -> Option<Card>;
    /// Which of these stock knows, by id.
    pub fn cards_of(ids: &[CardId]) -> Vec<Card>;
    /// Which of these IMSIs stock knows, by id.
    pub fn cards_by_imsi(imsis: &[[u8; 16]]) -> Vec<Card>;
    /// The record of a card, sealed.
    pub fn sealed_card(id: CardId) -> Option<Vec<u8>>;
    /// The card that is reserved for a case.
    pub fn reserved_card(incident: IncidentId, case: CaseId) -> Option<Card>;
    /// Reserves a card for a case, and uses up the place the case has at that agency, if it has one.
    pub fn reserve_card(asked: &Reservation<'_>) -> Reserved;
    /// Makes a lease permanent that has not run out. Whether the card is that case's under it, or was without one already.
    pub fn keep_card(card: CardId, incident: IncidentId, case: CaseId, now: DateTime<Utc>) -> bool;
    /// Takes a card back from a case: to available, quarantined or lost. The case's place is given back to it as long as
    /// there is a card for it. Whether the card was reserved for that case.
    pub fn release_card(card: CardId, case: (IncidentId, CaseId), to: CardState, at: DateTime<Utc>) -> bool;
    /// Takes a card back whose lease has run out, to available. Of many at once one does; the case that had it.
    pub fn release_expired(card: CardId, now: DateTime<Utc>) -> Option<(IncidentId, CaseId)>;
    /// Cards whose lease has run out, longest first, as many as `limit`.
    pub fn expired_cards(now: DateTime<Utc>, limit: i64) -> Vec<Card>;
    /// How many cards of an agency came to a state from an instant to before another and are there still, by product.
    pub fn count_cards_in(agency: AgencyId, state: CardState, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<(String, i64)>;
    /// Moves a card and its counters, if it is where the move says. Whether it was. Not for reserving and releasing. A fall of what is
    /// available below what is promised is refused with [`StoreError::State`](crate::StoreError::State): make room first.
    pub fn move_card(step: &CardMove<'_>) -> bool;
    /// Notes that a key of this card is about to be written. Whether that is the first time.
    pub fn mark_keyed(card: CardId, at: DateTime<Utc>) -> bool;
}
