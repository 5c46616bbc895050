//! Every refusal, the first look, and one transaction: from here on somebody has to bring it to an end.

use std::cell::RefCell;

use chrono::TimeDelta;
use simrecall_core::access::{Act, Purpose};
use simrecall_core::id::{CardId, StaffId, SwapId};
use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::parcel::End;
use simrecall_core::replacement::swap::{Access, NoStart, Plan, Truth, may_start};
use simrecall_core::replacement::told::{FRESH, may_activate, may_begin};
use simrecall_core::replacement::{Event, State, step};
use simrecall_gateway::hlr::Provisioning;
use simrecall_store::card::Card;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::lease::LeaseToken;
use simrecall_store::parcel::Parcel;
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::proof::ProofKind;
use simrecall_store::registry::SealedLine;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::DomainKeys;
use simrecall_store::swap::{NewSwap, Opened};
use simrecall_store::{StoreError, Tx};

use super::before::{Known, LineKeys, not_yet};
use super::begun::Begun;
use super::look::Eyes;
use super::plan::{ACTOR, PlanRecord};
use super::refused::{
    CARD_BUSY, CHANGED, LEASE_OVER, LINE_BUSY, LINE_HELD, PROOFS_USED, held, lease_over, not_begun,
    proofs_used, refused, wrong_state,
};
use super::tie::{Loom, Ties};
use super::watch::Pace;
use super::work::unreadable;
use super::{ELSEWHERE, case_of};
use crate::card::CardRecord;
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::replacement::CUSTOMER;
use crate::replacement::found::holder_of;
use crate::replacement::parcel::over;
use crate::selfcheck::unopened;
use crate::staff;

/// Whose card is to be swapped, for the one that is kept for the case.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The incident's code.
    pub incident: &'a str,
    /// The case.
    pub case: &'a str,
    /// The clerk.
    pub by: &'a str,
}

/// Begins a swap, or says why not; then nothing has happened, and the card stays kept for as long as it was.
pub fn start(home: &Home, hlr: &dyn Provisioning, order: &Order<'_>) -> Result<SwapId> {
    at_counter(home, hlr, order, None).map(|begun| begun.id())
}

/// Begins a swap, or says why not; whoever begins it has it, and goes on.
pub fn begin(home: &Home, hlr: &dyn Provisioning, order: &Order<'_>, pace: &Pace) -> Result<Begun> {
    at_counter(home, hlr, order, Some(pace.lease))
}

fn at_counter(
    home: &Home,
    hlr: &dyn Provisioning,
    order: &Order<'_>,
    lease: Option<TimeDelta>,
) -> Result<Begun> {
    let member = staff::may(home, order.by, Act::ServeCustomer)?;
    let case = case_of(home, order.incident, order.case)?;
    if case.state != State::CardReserved {
        return Err(wrong_state(&case));
    }
    let service = home.keys.service().map_err(problem::keys)?;
    let by = Some(member.id);
    let (service, case) = (&service, &case);
    Start { home, service, case, by, parcel: None, ordered: None, lease }.begin(hlr)
}

/// What a clerk ordered at a terminal, as it was signed.
pub(crate) struct Ordered<'a> {
    /// The clerk.
    pub(crate) by: StaffId,
    /// The card.
    pub(crate) card: CardId,
    /// The numbers of the proofs it rests on.
    pub(crate) proofs: &'a [i32],
    /// Whether a supervisor signed as well.
    pub(crate) countersigned: bool,
    /// What becomes of the order, in the transaction that begins the swap.
    pub(crate) begun: &'a dyn Fn(&mut Tx<'_>, SwapId) -> std::result::Result<(), StoreError>,
}

/// Begins a swap that was ordered at a terminal, or says why not. All rules are those of every swap.
pub(crate) fn begin_ordered(
    home: &Home,
    hlr: &dyn Provisioning,
    (case, ordered): (&ReplacementCase, &Ordered<'_>),
    pace: &Pace,
) -> Result<Begun> {
    if case.state != State::CardReserved {
        return Err(wrong_state(case));
    }
    let service = home.keys.service().map_err(problem::keys)?;
    let (by, ordered, lease) = (Some(ordered.by), Some(ordered), Some(pace.lease));
    Start { home, service: &service, case, by, parcel: None, ordered, lease }.begin(hlr)
}

/// A line's number and card.
pub(super) struct Line {
    pub(super) number: Msisdn,
    pub(super) old: Imsi,
}

/// A case's line, as the registry has it now; who looked is in the journal before it is opened.
pub(super) fn line_of(home: &Home, case: &ReplacementCase, actor: &str) -> Result<Line> {
    let (_, theirs) = holder_of(home, case)?;
    let mut permit = home.permit(&of_line(case, actor))?;
    line_under(home, &mut permit, (case, &theirs))
}

/// Who wants to see a case's line.
fn of_line(case: &ReplacementCase, actor: &str) -> PermitRequest {
    PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: Some(case.incident),
        scope: format!("the line of case {}", case.id),
        fields: ["number", "imsi"].map(str::to_owned).to_vec(),
        rows: 1,
    }
}

/// Who wants to see the card that is kept for a case.
fn of_card(case: &ReplacementCase, actor: &str) -> PermitRequest {
    PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: None,
        scope: format!("the card of case {}", case.id),
        fields: ["imsi", "key"].map(str::to_owned).to_vec(),
        rows: 1,
    }
}

fn line_under(
    home: &Home,
    permit: &mut Permit,
    (case, theirs): (&ReplacementCase, &SealedLine),
) -> Result<Line> {
    let keys = home.keys.incident(case.incident).map_err(problem::keys)?;
    let opened = theirs.open(permit, &keys).map_err(unopened)?;
    let old = opened.record.imsi;
    let old =
        old.ok_or_else(|| Problem::state("no_card", "the registry knows no card of this line"))?;
    Ok(Line { number: opened.record.msisdn, old })
}

pub(super) struct Start<'a> {
    pub(super) home: &'a Home,
    pub(super) service: &'a DomainKeys,
    pub(super) case: &'a ReplacementCase,
    /// The clerk; none for a customer at home.
    pub(super) by: Option<StaffId>,
    /// What brought the card, if it was a parcel.
    pub(super) parcel: Option<Parcel>,
    /// What was ordered, if it was at a terminal.
    pub(super) ordered: Option<&'a Ordered<'a>>,
    /// How long whoever begins it has it; none: whoever comes first takes it.
    pub(super) lease: Option<TimeDelta>,
}

impl Start<'_> {
    fn actor(&self) -> String {
        self.by.map_or_else(|| CUSTOMER.to_owned(), |by| by.to_string())
    }

    pub(super) fn begin(&self, hlr: &dyn Provisioning) -> Result<Begun> {
        let (home, case, actor) = (self.home, self.case, self.actor());
        let (card, sealed) = self.kept_card()?;
        let (_, theirs) = holder_of(home, case)?;
        let asked = [&of_line(case, &actor), &of_card(case, &actor)];
        let [mut of_line, mut of_card] = home.two_permits(asked)?;
        let line = line_under(home, &mut of_line, (case, &theirs))?;
        let keys = LineKeys::of(self.service, line.number.expose(), &line.old);
        let (known, is_held) =
            home.store.read(|tx| Ok((self.known(tx, &keys)?, tx.line_is_held(&keys.number)?)))?;
        self.is_enough(&known)?;
        if is_held {
            return Err(held());
        }
        let record = CardRecord::open(&mut of_card, self.service, (card.id, &sealed))?;
        if record.imsi == line.old {
            return Err(Problem::input("card_old", "this is the card that is to be replaced"));
        }
        let looked = self.first_look(hlr, (&line, &record), &card)?;
        self.commit((hlr, line, &keys), record, (&card, looked))
    }

    /// The card that is kept for the case, as long as it is, and what is sealed of it.
    fn kept_card(&self) -> Result<(Card, Vec<u8>)> {
        let (incident, id) = (self.case.incident, self.case.id);
        let kept = self.home.store.read(|tx| {
            let Some(card) = tx.reserved_card(incident, id)? else { return Ok(None) };
            let sealed = tx.sealed_card(card.id)?.ok_or(StoreError::NotFound("card"))?;
            Ok(Some((card, sealed)))
        })?;
        let (card, sealed) = kept.ok_or_else(lease_over)?;
        let is_over = card.lease.is_some_and(|(_, until)| until <= self.home.now());
        if is_over || self.ordered.is_some_and(|ordered| ordered.card != card.id) {
            return Err(lease_over());
        }
        if card.keyed {
            return Err(Problem::state("card_used", "a key of this card was written before")
                .hint("put it aside and take another one"));
        }
        Ok((card, sealed))
    }

    /// Who was told, what was shown and what else is known of the line.
    fn known(&self, tx: &mut Tx<'_>, keys: &LineKeys) -> std::result::Result<Known, StoreError> {
        Known::read(tx, self.case, keys, self.parcel.as_ref().map(|parcel| parcel.about))
    }

    /// Whether that is enough; the kinds of proof that it rests on.
    fn is_enough(&self, known: &Known) -> Result<Vec<ProofKind>> {
        let now = self.home.now();
        if self.ordered.is_some_and(|ordered| !known.are_left(ordered.proofs)) {
            return Err(proofs_used());
        }
        let before = known.before(self.ordered.is_some_and(|ordered| ordered.countersigned));
        let may = if self.parcel.is_some() {
            let told = known.told(CaseNoticeKind::Activation, Some(self.case.version));
            may_activate(&before, &told, now)
        } else {
            may_begin(&before, now)
        };
        may.map_err(not_yet)?;
        Ok(known.kinds(now))
    }

    /// What the register says before anything was sent. A card that is there already is put aside.
    fn first_look(
        &self,
        hlr: &dyn Provisioning,
        (line, record): (&Line, &CardRecord),
        card: &Card,
    ) -> Result<(Truth, Access)> {
        let eyes = Eyes {
            hlr,
            number: &line.number,
            old: &line.old,
            new: &record.imsi,
            key: record.key.as_ref(),
        };
        let truth = eyes.look(self.home.now()).map_err(|error| {
            unreadable(error).hint("nothing has happened; try again while the card is kept")
        })?;
        match may_start(&truth) {
            Ok(access) => Ok((truth, access)),
            Err(NoStart::NewIsThere) => {
                self.put_aside(card)?;
                Err(refused(NoStart::NewIsThere))
            }
            Err(reason) => Err(refused(reason)),
        }
    }

    fn put_aside(&self, card: &Card) -> Result<()> {
        let (case, now) = (self.case, self.home.now());
        let actor = self.actor();
        let body = serde_json::json!({ "case": case.id, "card": card.id });
        let entry = self.home.entry("card.quarantined", &actor, Some(case.incident), body)?;
        self.home.store.write(|tx| {
            let whose = (case.incident, case.id);
            if let Some(parcel) = &self.parcel {
                over::end(tx, self.home, parcel, End::RolledBack)?;
                moved(tx.move_case(&self.case_move(case, Event::Leave)?)?)?;
                return tx.journal(&entry).map(drop);
            }
            if !tx.release_card(card.id, whose, CardState::Quarantined, now)? {
                return Err(StoreError::State(ELSEWHERE));
            }
            let case = tx.replacement(case.incident, case.id)?;
            let case = case.ok_or(StoreError::NotFound("replacement_case"))?;
            moved(tx.move_case(&self.case_move(&case, Event::Release)?)?)?;
            tx.journal(&entry).map(drop)
        })?;
        Ok(())
    }

    fn case_move<'c>(
        &self,
        case: &'c ReplacementCase,
        event: Event,
    ) -> std::result::Result<CaseMove<'c>, StoreError> {
        let to = step(case.state, event).map_err(|_| StoreError::State(ELSEWHERE))?;
        let (by, at, place) = (self.by, self.home.now(), PlaceChange::Keep);
        Ok(CaseMove { case, event, to, place, by, agency: None, at })
    }

    /// To swapping; a parcel's card is the case's since it was sent, and counts as reserved only now.
    fn move_on(&self, tx: &mut Tx<'_>) -> std::result::Result<(), StoreError> {
        if self.parcel.is_none() {
            return moved(tx.move_case(&self.case_move(self.case, Event::Start)?)?);
        }
        moved(tx.move_case(&self.case_move(self.case, Event::Reserve)?)?)?;
        let case = tx.replacement(self.case.incident, self.case.id)?;
        let case = case.ok_or(StoreError::NotFound("replacement_case"))?;
        moved(tx.move_case(&self.case_move(&case, Event::Start)?)?)
    }

    /// One transaction: what is known is asked again, proofs used, the card kept for good, the tie loosened, the swap open.
    fn commit(
        &self,
        (hlr, line, keys): (&dyn Provisioning, Line, &LineKeys),
        record: CardRecord,
        (card, (truth, old_access)): (&Card, (Truth, Access)),
    ) -> Result<Begun> {
        let (home, case, now) = (self.home, self.case, self.home.now());
        let id = SwapId::from_bytes(random()?);
        let ties = Loom { home, service: self.service }.loosen(&line.old, now)?;
        let plan = PlanRecord {
            line: case.line,
            number: line.number,
            old: line.old,
            new: record.imsi.clone(),
            plan: Plan { old_access, started_at: now },
            loosened: ties.is_some(),
        };
        let token = LeaseToken(random()?);
        let new = NewSwap {
            id,
            incident: case.incident,
            case: case.id,
            number: keys.number,
            card: card.id,
            sealed: plan.seal(self.service, id)?,
            planned: true,
            at: now,
            lease: self.lease.map(|lease| (token, now + lease)),
        };
        let case = self.write(&new, ties.as_ref(), keys)?;
        if let Some(ties) = &ties {
            // Where the network ties lines and did not hear this, the new card is not let in: then the swap goes back by itself.
            if let Err(error) = hlr.lock(&ties.order) {
                tracing::warn!(target: "simrecall", code = error.code(), actor = ACTOR, "a tie was not loosened");
            }
        }
        let (swap, parcel) = (new.opened(), self.parcel.clone());
        Ok(Begun { token, swap, case, parcel, plan, card: record, truth })
    }

    /// The transaction; the case as it is then.
    fn write(
        &self,
        new: &NewSwap,
        ties: Option<&Ties>,
        keys: &LineKeys,
    ) -> Result<ReplacementCase> {
        let (case, now, id, card) = (self.case, new.at, new.id, new.card);
        let body = serde_json::json!({ "case": case.id, "swap": id, "card": card });
        let actor = self.actor();
        let entry = self.home.entry("swap.started", &actor, Some(case.incident), body)?;
        let since = now - FRESH;
        let changed = RefCell::new(None);
        let done = self.home.store.write(|tx| {
            match tx.open_swap(new)? {
                Opened::Yes => {}
                Opened::LineHeld => return Err(StoreError::State(LINE_HELD)),
                Opened::LineBusy => return Err(StoreError::State(LINE_BUSY)),
                Opened::CardBusy => return Err(StoreError::State(CARD_BUSY)),
            }
            if !tx.keep_card(card, case.incident, case.id, now)? {
                return Err(StoreError::State(LEASE_OVER));
            }
            let kinds = self.is_enough(&self.known(tx, keys)?).map_err(|problem| {
                changed.replace(Some(problem));
                StoreError::State(CHANGED)
            })?;
            if !tx.use_case_proofs(case.incident, case.id, &kinds, since, now)? {
                return Err(StoreError::State(PROOFS_USED));
            }
            self.move_on(tx)?;
            if let Some(ordered) = self.ordered {
                (ordered.begun)(tx, id)?;
            }
            if let Some(ties) = ties {
                ties.write(tx)?;
            }
            tx.journal(&entry)?;
            let moved = tx.replacement(case.incident, case.id)?;
            moved.ok_or(StoreError::NotFound("replacement_case"))
        });
        done.map_err(|error| changed.take().unwrap_or_else(|| not_begun(error, case)))
    }
}

fn moved(moved: Moved) -> std::result::Result<(), StoreError> {
    match moved {
        Moved::Done => Ok(()),
        Moved::Elsewhere | Moved::DayFull | Moved::HourFull => Err(StoreError::State(ELSEWHERE)),
    }
}
