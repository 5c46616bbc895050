//! At home, with the card in hand: the customer proves by two ways who they are, and the case is verified. The swap is somebody else's.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::{Unlock, Way};
use simrecall_core::id::{LineId, RequestId};
use simrecall_core::incident::{Channel, IncidentState};
use simrecall_core::notice::Language;
use simrecall_core::replacement::told::{Before, FRESH, Line, NotYet, objections_until};
use simrecall_core::replacement::{Event, State};
use simrecall_core::subscriber::LineRecord;
use simrecall_store::case_notice::CaseNoticeKind;
use simrecall_store::parcel::Parcel;
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::proof_request::ProofRequest;
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::{Field, Tag};
use simrecall_store::{StoreError, Tx};
use zeroize::Zeroizing;

use super::home::addressee;
use super::tail;
use crate::home::{Home, random};
use crate::problem::{Problem, Result};
use crate::replacement::CUSTOMER;
use crate::replacement::failed::{FAILURES, Failed};
use crate::replacement::line::number_index;
use crate::replacement::notices::Letters;
use crate::replacement::step::{Hand, moved};
use crate::selfcheck::texts::Gaps;
use crate::selfcheck::{
    Door, Letter, Post, Visit, busy, codes, compromised, drawn, expired, locked, mac, same_for_all,
    too_often, wrong,
};
use crate::swap::told_of;

/// The customer, and nobody else.
const HAND: Hand<'_> = Hand { by: None, actor: CUSTOMER, agency: None, terminal: None };

/// What is left to do before a parcel's card takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Those who were warned may still object.
    Wait,
    /// Log in at the carrier, now.
    Login,
    /// Ask for the code.
    Ask,
    /// Type the code, and the last digits of the card.
    Type,
    /// Nothing: it is being done.
    Done,
}

/// A parcel's case, as somebody who activates it has it.
struct Own {
    case: ReplacementCase,
    record: LineRecord,
    parcel: Parcel,
    number: [u8; 16],
}

impl Door {
    /// What is left to do for a parcel; none if the case has none on its way.
    pub(crate) fn activation(
        &self,
        visit: &Visit,
        case: &ReplacementCase,
        record: &LineRecord,
    ) -> Result<Option<Activation>> {
        let home = &self.inner.home;
        let parcel = home.store.read(|tx| tx.open_parcel(case.incident, case.id))?;
        let Some(parcel) = parcel.filter(|_| can_begin(case.state)) else { return Ok(None) };
        let may_object = |until| until > self.now();
        if wait_over(home, case, &parcel)?.map_or(true, may_object) {
            return Ok(Some(Activation::Wait));
        }
        if visit.asked(Unlock::Activate).is_err() {
            return Ok(Some(Activation::Login));
        }
        if case.state == State::Verified && has_fresh(home, case)? {
            return Ok(Some(Activation::Done));
        }
        let request = home.store.read(|tx| tx.request(visit.id))?;
        let number = self.inner.keys.blind(Field::Msisdn, record.msisdn.expose());
        let is_out = request.is_some_and(|one| {
            one.msisdn == number && one.expires_at > self.now() && one.tries_left > 0
        });
        Ok(Some(if is_out { Activation::Type } else { Activation::Ask }))
    }

    /// Mails the code that activates a parcel's card, to the address that is on record since before the application.
    pub fn activation_code(&self, visit: &Visit, line: LineId, language: Language) -> Result<()> {
        let own = self.own_parcel(visit, line)?;
        let to = addressee(&self.inner.home, &own.case, CUSTOMER)?.email;
        if !self.inner.codes.have_room(Way::Email) {
            return Err(busy());
        }
        let (limits, now) = (self.inner.config.limits, self.now());
        let code = Zeroizing::new(mac::code(drawn)?);
        let id = RequestId::from_bytes(random()?);
        let address = same_for_all(&to);
        let target = self.budget_key(&[b"activation", address.as_bytes()]);
        let until = now + limits.code_life.0;
        let request = ProofRequest {
            session: visit.id,
            id,
            way: Way::Email,
            msisdn: self.inner.keys.blind(Field::Msisdn, own.record.msisdn.expose()),
            email: Some(self.inner.keys.blind(Field::Email, &address)),
            target,
            code: Some(self.possession(id, &own.case, &code)),
            reference: None,
            tries_left: limits.tries,
            made_at: now,
            expires_at: until,
        };
        let is_within = self.inner.home.store.write(|tx| {
            let is_within = tx.spend_budget(&target, &codes(&limits), now)?;
            if is_within {
                tx.put_request(&request)?;
            }
            Ok(is_within)
        })?;
        if !is_within {
            return Err(too_often());
        }
        let gaps = Gaps {
            brand: self.brand_name(language),
            minutes: self.minutes(),
            hotline: self.hotline(),
        };
        let (subject, text) = self.inner.texts.activation(language, gaps, &code);
        let what = Post { to: to.expose().to_owned(), subject, text: Zeroizing::new(text) };
        let letter = Letter { request: (visit.id, id), until, what };
        self.inner.codes.posts.push(letter).map_err(|_| busy())
    }

    /// Has a parcel's card take over: the mailed code proves that they are who logged in by another way, and the last digits name the
    /// card. Three cards that are not theirs, and the line is held.
    pub fn activate(&self, visit: &Visit, line: LineId, typed: (&str, &str)) -> Result<()> {
        let own = self.own_parcel(visit, line)?;
        let code = mac::typed(typed.0).ok_or_else(wrong)?;
        let digits = mac::typed(typed.1).ok_or_else(|| not_this_card(None))?;
        let request = self.spend_try(visit.id)?;
        let number = self.inner.keys.blind(Field::Msisdn, own.record.msisdn.expose());
        if request.way != Way::Email || request.msisdn != number {
            return Err(expired());
        }
        let kept = request.code.ok_or_else(expired)?;
        if !mac::same(&kept, &self.possession(request.id, &own.case, &code)) {
            return Err(wrong());
        }
        if !mac::same(&own.parcel.tail, &tail(&self.inner.service, &own.case, &digits)) {
            return Err(self.wrong_card(&own)?);
        }
        self.activated(visit, &own, &request)
    }

    /// A parcel of a line of theirs, that they may activate now.
    fn own_parcel(&self, visit: &Visit, line: LineId) -> Result<Own> {
        let known = visit.asked(Unlock::Activate)?;
        // The code is mailed: a login that relies on mail as well is no second way.
        if known.proven.relies.contains(&Channel::Email) {
            return Err(locked());
        }
        if visit.compromised.contains(&Channel::Email) {
            return Err(compromised(Channel::Email));
        }
        let (case, record) = self.open_case(visit, line)?;
        let home = &self.inner.home;
        let parcel = home.store.read(|tx| tx.open_parcel(case.incident, case.id))?;
        let parcel = parcel.filter(|_| can_begin(case.state)).ok_or_else(no_parcel)?;
        let until = wait_over(home, &case, &parcel)?.map_err(too_early)?;
        if visit.proved_at() < until {
            return Err(too_early(NotYet::Objections { until }));
        }
        let number = number_index(&self.inner.service, &record.msisdn);
        if home.store.read(|tx| tx.line_is_held(&number))? {
            return Err(held());
        }
        Ok(Own { case, record, parcel, number })
    }

    /// What the code is kept as: bound to its request, whose session it is of, and to the case.
    fn possession(&self, id: RequestId, case: &ReplacementCase, code: &str) -> [u8; 32] {
        let parts: [&[u8]; 5] = [
            b"possession",
            id.as_bytes(),
            case.incident.as_bytes(),
            case.id.as_bytes(),
            code.as_bytes(),
        ];
        self.inner.service.tag(Tag::ProofCode, &parts)
    }

    /// Both proofs, the moves of the case and what everybody is told of it, in one transaction.
    fn activated(&self, visit: &Visit, own: &Own, request: &ProofRequest) -> Result<()> {
        let (home, case) = (&self.inner.home, &own.case);
        let mut letters = Letters::none();
        letters.add(home, std::slice::from_ref(case))?;
        let body = serde_json::json!({
            "case": case.id, "lines": [case.line], "parcel": own.parcel.id,
        });
        let entry = home.entry("parcel.activated", CUSTOMER, Some(case.incident), body)?;
        let failures = self.failures(request);
        let done = home.store.write(|tx| {
            if tx.line_is_held(&own.number)? {
                return Err(StoreError::State(HELD));
            }
            // Of two who bring the right code at once, one uses it up.
            if !tx.use_request(visit.id, request.id)? {
                return Err(StoreError::State(USED));
            }
            tx.return_budget(&failures)?;
            prove(tx, case, (ProofKind::Identity, true), visit.proved_at())?;
            prove(tx, case, (ProofKind::Possession, true), home.now())?;
            let case = verified(tx, home, case)?;
            letters.write(tx, home, &case, (CaseNoticeKind::Activation, case.version))?;
            tx.journal(&entry).map(drop)
        });
        match done {
            Err(StoreError::State(HELD)) => Err(held()),
            Err(StoreError::State(USED)) => Err(expired()),
            Err(StoreError::State(MOVED)) => Err(no_parcel()),
            done => Ok(done?),
        }
    }

    /// Keeps digits that are not this card's; the third proof of the line that failed in a day holds it.
    fn wrong_card(&self, own: &Own) -> Result<Problem> {
        let (home, case) = (&self.inner.home, &own.case);
        let mut letters = Letters::none();
        letters.add(home, std::slice::from_ref(case))?;
        let body = serde_json::json!({ "case": case.id, "lines": [case.line] });
        let entry = home.entry("replacement.proof_failed", CUSTOMER, Some(case.incident), body)?;
        let failures = home.store.write(|tx| {
            tx.journal(&entry)?;
            Failed {
                case,
                number: &own.number,
                proof: of_page((ProofKind::Possession, false), home.now()),
                letters: &letters,
                hand: &HAND,
            }
            .keep(tx, home)
        })?;
        Ok(if failures >= FAILURES { held() } else { not_this_card(Some(failures)) })
    }
}

/// The case as it is once it is verified; one that was is so still, with proofs that are younger.
fn verified(
    tx: &mut Tx<'_>,
    home: &Home,
    case: &ReplacementCase,
) -> std::result::Result<ReplacementCase, StoreError> {
    let mut now = reread(tx, case)?;
    if now.version != case.version {
        return Err(StoreError::State(MOVED));
    }
    for (from, event) in [(State::Shipped, Event::Deliver), (State::Delivered, Event::Verify)] {
        if now.state != from {
            continue;
        }
        match moved(tx, home, (&now, event, PlaceChange::Keep), &HAND)? {
            Moved::Done => now = reread(tx, case)?,
            Moved::Elsewhere | Moved::DayFull | Moved::HourFull => {
                return Err(StoreError::State(MOVED));
            }
        }
    }
    Ok(now)
}

fn reread(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
) -> std::result::Result<ReplacementCase, StoreError> {
    tx.replacement(case.incident, case.id)?.ok_or(StoreError::NotFound("replacement_case"))
}

fn prove(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    (kind, passed): (ProofKind, bool),
    made_at: DateTime<Utc>,
) -> std::result::Result<(), StoreError> {
    tx.add_case_proof(case.incident, case.id, &of_page((kind, passed), made_at)).map(drop)
}

fn of_page((kind, passed): (ProofKind, bool), made_at: DateTime<Utc>) -> CaseProof {
    let (by, terminal, agency) = (None, None, None);
    CaseProof { no: 0, kind, passed, by, terminal, agency, made_at, used_at: None }
}

/// Where a parcel's card is in the customer's hands, or may be. Who is verified may give the proofs anew when they have aged.
const fn can_begin(state: State) -> bool {
    matches!(state, State::Shipped | State::Delivered | State::Verified)
}

/// Whether both proofs were given, and are fresh enough for a swap to begin.
fn has_fresh(home: &Home, case: &ReplacementCase) -> Result<bool> {
    let proofs = home.store.read(|tx| tx.case_proofs(case.incident, case.id))?;
    let since = home.now() - FRESH;
    Ok([ProofKind::Identity, ProofKind::Possession].iter().all(|kind| {
        proofs.iter().any(|one| {
            one.kind == *kind && one.passed && one.used_at.is_none() && one.made_at > since
        })
    }))
}

/// Until when those who were warned of this parcel may object.
fn wait_over(
    home: &Home,
    case: &ReplacementCase,
    parcel: &Parcel,
) -> Result<std::result::Result<DateTime<Utc>, NotYet>> {
    let (notices, incidents) =
        home.store.read(|tx| Ok((tx.case_notices(case.incident, case.id)?, tx.incidents()?)))?;
    let warnings = told_of(&notices, (CaseNoticeKind::Warning, Some(parcel.about)));
    let mut open = incidents.iter().filter(|one| one.state == IncidentState::Open);
    let sms_compromised = open.any(|one| one.compromised.contains(&Channel::Sms));
    let line = Line::default();
    Ok(objections_until(&Before { shown: &[], warnings: &warnings, sms_compromised, line }))
}

const HELD: &str = "the line is held";
const USED: &str = "the code was used already";
const MOVED: &str = "the case was moved by somebody else";

fn held() -> Problem {
    Problem::state("line_held", HELD).hint("call us: somebody of ours has to look at it first")
}

fn no_parcel() -> Problem {
    Problem::state("no_parcel", "no card is on its way to you for this line")
}

fn too_early(why: NotYet) -> Problem {
    Problem::state("objections", "those who were told that a card was sent may still object")
        .caused_by(why)
        .hint("come again a day after the card was sent")
}

fn not_this_card(failures: Option<usize>) -> Problem {
    let wrong = Problem::input("card_digits", "these are not the last six digits of the card sent");
    match failures {
        Some(count) => wrong.detail(format!("{count} of {FAILURES}")),
        None => wrong,
    }
}
