//! Every refusal, the first look, and one transaction: from here on somebody has to bring it to an end.

use std::cell::RefCell;

use simrecall_core::access::{Act, Purpose};
use simrecall_core::id::{CardId, StaffId, SwapId};
use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::replacement::card::State as CardState;
use simrecall_core::replacement::parcel::End;
use simrecall_core::replacement::swap::{Access, NoStart, Plan, may_start};
use simrecall_core::replacement::told::{FRESH, may_activate, may_begin};
use simrecall_core::replacement::{Event, State, step};
use simrecall_gateway::hlr::Provisioning;
use simrecall_store::card::Card;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::parcel::Parcel;
use simrecall_store::permit::PermitRequest;
use simrecall_store::proof::ProofKind;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::DomainKeys;
use simrecall_store::swap::{NewSwap, Opened};
use simrecall_store::{StoreError, Tx};

use super::before::{Known, LineKeys, not_yet};
use super::look::Eyes;
use super::plan::{ACTOR, PlanRecord};
use super::tie::Loom;
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
    let member = staff::may(home, order.by, Act::ServeCustomer)?;
    let case = case_of(home, order.incident, order.case)?;
    if case.state != State::CardReserved {
        return Err(wrong_state(&case));
    }
    let service = home.keys.service().map_err(problem::keys)?;
    let by = Some(member.id);
    let start = Start { home, service: &service, case: &case, by, parcel: None, ordered: None };
    start.begin(hlr)
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
pub(crate) fn start_ordered(
    home: &Home,
    hlr: &dyn Provisioning,
    case: &ReplacementCase,
    ordered: &Ordered<'_>,
) -> Result<SwapId> {
    if case.state != State::CardReserved {
        return Err(wrong_state(case));
    }
    let service = home.keys.service().map_err(problem::keys)?;
    let (by, ordered) = (Some(ordered.by), Some(ordered));
    Start { home, service: &service, case, by, parcel: None, ordered }.begin(hlr)
}

/// A line's number and card.
pub(super) struct Line {
    pub(super) number: Msisdn,
    pub(super) old: Imsi,
}

/// A case's line, as the registry has it now; who looked is in the journal before it is opened.
pub(super) fn line_of(home: &Home, case: &ReplacementCase, actor: &str) -> Result<Line> {
    let incident = case.incident;
    let keys = home.keys.incident(incident).map_err(problem::keys)?;
    let (_, theirs) = holder_of(home, case)?;
    let mut permit = home.permit(&PermitRequest {
        purpose: Purpose::CustomerRequest,
        actor: actor.to_owned(),
        incident: Some(incident),
        scope: format!("the line of case {}", case.id),
        fields: ["number", "imsi"].map(str::to_owned).to_vec(),
        rows: 1,
    })?;
    let opened = theirs.open(&mut permit, &keys).map_err(unopened)?;
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
}

impl Start<'_> {
    fn actor(&self) -> String {
        self.by.map_or_else(|| CUSTOMER.to_owned(), |by| by.to_string())
    }

    pub(super) fn begin(&self, hlr: &dyn Provisioning) -> Result<SwapId> {
        let (home, case) = (self.home, self.case);
        let card = self.kept_card()?;
        let line = line_of(home, case, &self.actor())?;
        let keys = LineKeys::of(self.service, line.number.expose(), &line.old);
        self.is_enough(&home.store.read(|tx| self.known(tx, &keys))?)?;
        let record = self.record(&card)?;
        if home.store.read(|tx| tx.line_is_held(&keys.number))? {
            return Err(held());
        }
        if record.imsi == line.old {
            return Err(Problem::input("card_old", "this is the card that is to be replaced"));
        }
        let access = self.first_look(hlr, (&line, &record), &card)?;
        self.commit((hlr, line, &keys), record, (&card, access))
    }

    /// The card that is kept for the case, as long as it is.
    fn kept_card(&self) -> Result<Card> {
        let (incident, id) = (self.case.incident, self.case.id);
        let card = self.home.store.read(|tx| tx.reserved_card(incident, id))?;
        let card = card.ok_or_else(lease_over)?;
        let is_over = card.lease.is_some_and(|(_, until)| until <= self.home.now());
        if is_over || self.ordered.is_some_and(|ordered| ordered.card != card.id) {
            return Err(lease_over());
        }
        if card.keyed {
            return Err(Problem::state("card_used", "a key of this card was written before")
                .hint("put it aside and take another one"));
        }
        Ok(card)
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

    /// What is sealed of the new card.
    fn record(&self, card: &Card) -> Result<CardRecord> {
        let id = card.id;
        let sealed = self.home.store.read(|tx| tx.sealed_card(id))?;
        let sealed = sealed.ok_or_else(|| Problem::ours("card", "a card without its record"))?;
        let mut permit = self.home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: self.actor(),
            incident: None,
            scope: format!("the card of case {}", self.case.id),
            fields: ["imsi", "key"].map(str::to_owned).to_vec(),
            rows: 1,
        })?;
        CardRecord::open(&mut permit, self.service, (id, &sealed))
    }

    /// What the register says before anything was sent. A card that is there already is put aside.
    fn first_look(
        &self,
        hlr: &dyn Provisioning,
        (line, record): (&Line, &CardRecord),
        card: &Card,
    ) -> Result<Access> {
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
            Ok(access) => Ok(access),
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
        (card, old_access): (&Card, Access),
    ) -> Result<SwapId> {
        let (home, case, now) = (self.home, self.case, self.home.now());
        let id = SwapId::from_bytes(random()?);
        let ties = Loom { home, service: self.service }.loosen(&line.old, now)?;
        let plan = PlanRecord {
            line: case.line,
            number: line.number,
            old: line.old,
            new: record.imsi,
            plan: Plan { old_access, started_at: now },
            loosened: ties.is_some(),
        };
        let new = NewSwap {
            id,
            incident: case.incident,
            case: case.id,
            number: keys.number,
            card: card.id,
            sealed: plan.seal(self.service, id)?,
            planned: true,
            at: now,
        };
        let actor = self.actor();
        let body = serde_json::json!({ "case": case.id, "swap": id, "card": card.id });
        let entry = home.entry("swap.started", &actor, Some(case.incident), body)?;
        let since = now - FRESH;
        let changed = RefCell::new(None);
        let done = home.store.write(|tx| {
            let opened = tx.open_swap(&new)?;
            match opened {
                Opened::Yes => {}
                Opened::LineHeld => return Err(StoreError::State(LINE_HELD)),
                Opened::LineBusy => return Err(StoreError::State(LINE_BUSY)),
                Opened::CardBusy => return Err(StoreError::State(CARD_BUSY)),
            }
            if !tx.keep_card(card.id, case.incident, case.id, now)? {
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
            if let Some(ties) = &ties {
                ties.write(tx)?;
            }
            tx.journal(&entry).map(drop)
        });
        done.map_err(|error| changed.take().unwrap_or_else(|| not_begun(error, case)))?;
        if let Some(ties) = &ties {
            // Where the network ties lines and did not hear this, the new card is not let in: then the swap goes back by itself.
            if let Err(error) = hlr.lock(&ties.order) {
                tracing::warn!(target: "simrecall", code = error.code(), actor = ACTOR, "a tie was not loosened");
            }
        }
        Ok(id)
    }
}

const LINE_HELD: &str = "the line is held";
const LINE_BUSY: &str = "the line has an open swap";
const CARD_BUSY: &str = "the card has an open swap";
const LEASE_OVER: &str = "the card is not kept any more";
const PROOFS_USED: &str = "the proofs were used";
/// What a transaction says when what was known is not so any more.
const CHANGED: &str = "what was known of the line has changed";
/// What a transaction says when whoever signed an order may not do that any more.
pub(crate) const NOT_ALLOWED: &str = "whoever signed may not any more";
/// What a transaction says of an order that may not begin any more.
pub(crate) const ORDER_OVER: &str = "the order is over";
/// The same, as the code of the problem.
pub(crate) const ORDER_OVER_CODE: &str = "order_over";

fn moved(moved: Moved) -> std::result::Result<(), StoreError> {
    match moved {
        Moved::Done => Ok(()),
        Moved::Elsewhere | Moved::DayFull | Moved::HourFull => Err(StoreError::State(ELSEWHERE)),
    }
}

pub(super) fn wrong_state(case: &ReplacementCase) -> Problem {
    let what = format!("a case that is {} is not swapped", case.state.name());
    Problem::state("case_state", what)
        .hint("check the customer in, verify them and scan a card first")
}

/// Whoever signed an order was paused, posted elsewhere or retired, or the terminal was switched off.
pub(crate) fn not_allowed() -> Problem {
    Problem::state("not_allowed", NOT_ALLOWED)
}

fn proofs_used() -> Problem {
    Problem::state("proofs_used", "what was shown was used already, or is too old")
        .hint("check the papers again")
}

fn lease_over() -> Problem {
    Problem::state("card_lease", "no card is kept for this case, or not any more")
        .hint("scan it again")
}

fn held() -> Problem {
    Problem::state("line_held", "nothing may be swapped on this line")
        .hint("somebody said that it was not them; case show says who may clear that")
}

fn refused(reason: NoStart) -> Problem {
    let what = match reason {
        NoStart::NumberElsewhere => "the number is not at the card the registry names",
        NoStart::OldHasNoKey => "the old card has no key in the network: it did not work before",
        NoStart::OldIsBarred => "the old card is barred in the network: somebody barred this line",
        NoStart::NewIsThere => "the network knows the new card already; it was put aside",
        NoStart::Contradiction => "the network's records of this line do not fit each other",
    };
    Problem::state(reason.name(), what)
}

fn not_begun(error: StoreError, case: &ReplacementCase) -> Problem {
    let StoreError::State(why) = error else { return error.into() };
    match why {
        LINE_HELD => held(),
        LINE_BUSY => Problem::state("line_busy", "another swap of this line is under way")
            .hint("simrecall swap show says how far it is"),
        CARD_BUSY => Problem::state("card_busy", "another swap to this card is under way"),
        LEASE_OVER => lease_over(),
        PROOFS_USED => proofs_used(),
        NOT_ALLOWED => not_allowed(),
        ORDER_OVER => {
            Problem::state(ORDER_OVER_CODE, "the order was given up, or its time is over")
        }
        _ => wrong_state(case),
    }
}
