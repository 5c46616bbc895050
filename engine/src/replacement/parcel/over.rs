//! How a parcel ends, whoever ends it: its row, its card, its order and its case in one transaction.

use simrecall_core::id::{IncidentId, OrderId};
use simrecall_core::incident::IncidentState;
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::parcel::{End, card_after, overtaken};
use simrecall_core::replacement::{Event, State};
use simrecall_store::card::CardMove;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::parcel::Parcel;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::{StoreError, Tx};

use crate::home::Home;
use crate::problem::Result;
use crate::replacement::notices::Letters;
use crate::replacement::step::{Hand, moved};

/// Who acts, as the journal names it, where nobody does.
const ACTOR: &str = "tick";
/// What is not said any more of a parcel that ended.
const OF_A_PARCEL: [CaseNoticeKind; 2] = [CaseNoticeKind::Shipped, CaseNoticeKind::Activation];
/// Somebody else ended it first; the transaction is given up.
const ENDED: &str = "the parcel has ended";

/// Ends a parcel, and moves its card to where it is then. An order that nobody has begun to send is not sent any more.
pub(crate) fn end(
    tx: &mut Tx<'_>,
    home: &Home,
    parcel: &Parcel,
    end: End,
) -> std::result::Result<(), StoreError> {
    let (now, whose) = (home.now(), (parcel.incident, parcel.case));
    // The count first, then the case, then the card: whoever gives a card back takes the first of these.
    let card = tx.card(parcel.card)?.ok_or(StoreError::NotFound("card"))?;
    let to = card_after(end, card.keyed);
    let aside = match to {
        CardState::Available | CardState::Quarantined | CardState::Lost => to,
        CardState::Defective
        | CardState::InTransit
        | CardState::Reserved
        | CardState::Active
        | CardState::Retired => CardState::Quarantined,
    };
    if tx.release_card(parcel.card, whose, aside, now)? && to == CardState::Defective {
        let (card, from) = (parcel.card, CardState::Quarantined);
        tx.move_card(&CardMove { card, from, to, sealed: None, at: now })?;
    }
    closed(tx, home, parcel, end)
}

/// The same for whoever has seen to the card.
pub(crate) fn closed(
    tx: &mut Tx<'_>,
    home: &Home,
    parcel: &Parcel,
    end: End,
) -> std::result::Result<(), StoreError> {
    let now = home.now();
    if parcel.taken_at.is_none() {
        tx.delete_unsent_order(parcel.id)?;
    }
    tx.drop_case_notices(parcel.incident, parcel.case, &OF_A_PARCEL, now)?;
    if tx.end_parcel(parcel.id, end, now)? { Ok(()) } else { Err(StoreError::State(ENDED)) }
}

/// Ends a parcel whose case is on its way, and puts the case in line again, where it was before.
pub(super) fn back(
    tx: &mut Tx<'_>,
    home: &Home,
    (parcel, ending): (&Parcel, End),
    hand: &Hand<'_>,
) -> std::result::Result<(), StoreError> {
    end(tx, home, parcel, ending)?;
    for event in [Event::ReturnParcel, Event::Queue] {
        let case = case_of(tx, parcel)?;
        match moved(tx, home, (&case, event, PlaceChange::Keep), hand)? {
            Moved::Done => {}
            Moved::Elsewhere | Moved::DayFull | Moved::HourFull => return Err(StoreError::Busy),
        }
    }
    Ok(())
}

pub(super) fn case_of(
    tx: &mut Tx<'_>,
    parcel: &Parcel,
) -> std::result::Result<ReplacementCase, StoreError> {
    let case = tx.replacement(parcel.incident, parcel.case)?;
    case.ok_or(StoreError::NotFound("replacement_case"))
}

/// The same for all incidents that are open.
pub(crate) fn sweep_open(home: &Home) -> Result<u64> {
    let incidents = home.store.read(|tx| tx.incidents())?;
    let open = incidents.into_iter().filter(|one| one.state == IncidentState::Open);
    let open: Vec<IncidentId> = open.map(|one| one.id).collect();
    sweep(home, &open)
}

/// Ends the parcels of these incidents whose case went elsewhere, and those that nobody activated for too long; how many.
pub(crate) fn sweep(home: &Home, incidents: &[IncidentId]) -> Result<u64> {
    let mut done = 0;
    for incident in incidents {
        for parcel in home.store.read(|tx| tx.open_parcels(*incident))? {
            done += u64::from(settle(home, &parcel)?);
        }
    }
    Ok(done)
}

/// Ends the parcel of one case, if the case went elsewhere.
pub(crate) fn settle_case(home: &Home, case: &ReplacementCase) -> Result<()> {
    match home.store.read(|tx| tx.open_parcel(case.incident, case.id))? {
        Some(parcel) => settle(home, &parcel).map(drop),
        None => Ok(()),
    }
}

fn settle(home: &Home, parcel: &Parcel) -> Result<bool> {
    let late = home.now() - home.config.parcels.give_up_after.0;
    let body = serde_json::json!({ "case": parcel.case, "parcel": parcel.id });
    let entry = home.entry("parcel.ended", ACTOR, Some(parcel.incident), body)?;
    let done = home.store.write(|tx| {
        let Some(parcel) = tx.parcel(parcel.id)?.filter(|one| one.ended.is_none()) else {
            return Ok(false);
        };
        let case = case_of(tx, &parcel)?;
        if let Some(ending) = overtaken(case.state) {
            end(tx, home, &parcel, ending)?;
        } else if matches!(case.state, State::Shipped | State::Delivered)
            && parcel.taken_at.is_some_and(|at| at <= late)
        {
            let hand = Hand { by: None, actor: ACTOR, agency: None, terminal: None };
            back(tx, home, (&parcel, End::Lost), &hand)?;
        } else {
            return Ok(false);
        }
        tx.journal(&entry)?;
        Ok(true)
    })?;
    Ok(done)
}

/// What follows from the answer to an order to send a card, made ready before the transaction that settles the order.
pub(crate) struct Settled {
    parcel: Parcel,
    letters: Letters,
}

impl Settled {
    /// For an order that is about to be sent; none if it is of no parcel that is on its way.
    pub(crate) fn ready(home: &Home, order: OrderId) -> Result<Option<Self>> {
        let parcel = home.store.read(|tx| tx.parcel(order))?;
        let Some(parcel) = parcel.filter(|one| one.ended.is_none()) else { return Ok(None) };
        let mut letters = Letters::none();
        let case = home.store.read(|tx| case_of(tx, &parcel))?;
        letters.add(home, std::slice::from_ref(&case))?;
        Ok(Some(Self { parcel, letters }))
    }

    /// The other system took it over: whoever it goes to is told.
    pub(crate) fn taken(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
    ) -> std::result::Result<(), StoreError> {
        let case = case_of(tx, &self.parcel)?;
        let is_first = tx.take_parcel(self.parcel.id, home.now())?;
        if is_first && matches!(case.state, State::Shipped | State::Delivered) {
            let kind = (CaseNoticeKind::Shipped, self.parcel.about);
            self.letters.write(tx, home, &case, kind)?;
        }
        Ok(())
    }

    /// It refused: the card lies there as before, and the case is in line again.
    pub(crate) fn refused(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
    ) -> std::result::Result<(), StoreError> {
        let open = tx.parcel(self.parcel.id)?.filter(|one| one.ended.is_none());
        let Some(parcel) = open else { return Ok(()) };
        let case = case_of(tx, &parcel)?;
        let hand = Hand { by: None, actor: ACTOR, agency: None, terminal: None };
        if matches!(case.state, State::Shipped | State::Delivered) {
            return back(tx, home, (&parcel, End::Refused), &hand);
        }
        // Whoever went elsewhere meanwhile stays there; of anybody else the card is in hand after all.
        overtaken(case.state).map_or(Ok(()), |_| end(tx, home, &parcel, End::Refused))
    }
}
