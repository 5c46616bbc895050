//! Yes or no: a proof of the case, a case for a walk-in, or one more proof that failed.

use serde::Serialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::id::CaseId;
use simrecall_core::replacement::{Event as Move, State as CaseState, step as case_step};
use simrecall_core::terminal::look::{Event, NEEDED, Post, State, is_stranger, step};
use simrecall_store::look::{Look, LookEnd};
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::replacement::{Moved, PlaceChange, ReplacementCase};
use simrecall_store::{StoreError, Tx};

use super::{allowed, case_of, involved, late};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::replacement::failed::{self, Failed};
use crate::replacement::notices::Letters;
use crate::replacement::open::Opening;
use crate::replacement::step::{Hand, moved};
use crate::replacement::visit::prove::verify_if_proven;
use crate::terminal::view::not_shown;
use crate::terminal::{AgencyDoor, Seat, alarm};

/// What a transaction says of a look that is over.
const LATE: &str = "this look is over";
/// What a transaction says of a case that is not at that counter any more.
const ELSEWHERE: &str = "the case is not at that counter any more";
/// What a transaction says of a line that is held.
const HELD: &str = "the line is held";
/// What a transaction says of somebody who had to do with the case meanwhile.
const INVOLVED: &str = "whoever had to do with a case does not look at it";
/// What a transaction says of a line that gets no card.
const NO_CARD: &str = "this line gets no new card now";

/// What a transaction says of whoever has not opened both pictures.
const UNSEEN: &str = "nobody says yes who has not opened both pictures";

/// How a look ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LookAnswered {
    /// Where it is.
    pub state: &'static str,
}

/// An answer, ready to be written.
struct Answer<'a> {
    home: &'a Home,
    seat: &'a Seat,
    look: &'a Look,
    post: Post,
}

impl AgencyDoor {
    /// Says whether it is whom the papers show. `reason`, of a no: one word that names nobody.
    pub fn answer_look(
        &self,
        seat: &Seat,
        look: &str,
        (approve, reason): (bool, &str),
    ) -> Result<LookAnswered> {
        allowed(seat, Act::TakeLook)?;
        let look = self.taken_by(seat, look)?;
        let answer = Answer { home: self.home(), seat, look: &look, post: alarm::post(seat) };
        let state = if approve { answer.yes()? } else { answer.no(reason)? };
        Ok(LookAnswered { state: state.name() })
    }
}

impl Answer<'_> {
    fn yes(&self) -> Result<State> {
        let (home, look) = (self.home, self.look);
        let (line, holder) = look.of.ok_or_else(|| {
            Problem::state("nobodys", "this number is nobody's: there is nobody to say yes to")
        })?;
        let opening = match look.case {
            Some(_) => None,
            None => Some(Opening::of(home, (look.incident, line, holder), self.seat.actor())?),
        };
        let counter = self.agency_row()?;
        let mut letters = Letters::none();
        let id = look.case.map_or_else(|| random().map(CaseId::from_bytes), Ok)?;
        let whose = ReplacementCase::applied(look.incident, line, id, holder, home.now());
        let known = home.store.read(|tx| case_of(tx, look))?;
        letters.add(home, std::slice::from_ref(known.as_ref().unwrap_or(&whose)))?;
        let done = home.store.write(|tx| {
            self.still(tx, Event::Approve)?;
            // Whoever has not seen the papers says nothing of them.
            let seen = tx.look_images_seen(look.id)?;
            if !NEEDED.iter().all(|no| seen.contains(no)) {
                return Err(StoreError::State(UNSEEN));
            }
            if tx.line_is_held(&look.number)? {
                return Err(StoreError::State(HELD));
            }
            let case = match (&opening, case_of(tx, look)?) {
                (None, Some(case)) => self.at_counter(tx, case)?,
                (None, None) => return Err(StoreError::State(ELSEWHERE)),
                (Some(_), Some(case)) => self.check_in(tx, &case, &counter)?,
                (Some(opening), None) => {
                    if !opening.write(tx, home, &whose)?.is_empty() {
                        return Err(StoreError::State(NO_CARD));
                    }
                    let case = reread(tx, &whose)?;
                    self.check_in(tx, &case, &counter)?
                }
            };
            self.end(tx, (State::Approved, None), Some(case.id))?;
            letters.warn(tx, home, &case, &look.number)?;
            tx.add_case_proof(case.incident, case.id, &self.proof(true))?;
            self.journal(tx, "look.approved", Some(case.id))?;
            verify_if_proven(tx, home, &case, &self.hand()).map(drop)
        });
        done.map_err(not_answered)?;
        Ok(State::Approved)
    }

    fn no(&self, reason: &str) -> Result<State> {
        let (home, look) = (self.home, self.look);
        let plain = |sign: char| sign.is_ascii_lowercase() || sign == '_';
        if reason.is_empty() || reason.len() > 40 || !reason.chars().all(plain) {
            return Err(Problem::input("reason", "a reason is one word, and names nobody"));
        }
        let known = match look.case {
            Some(case) => home.store.read(|tx| tx.replacement(look.incident, case))?,
            None => None,
        };
        let mut letters = Letters::none();
        letters.add(home, known.as_slice())?;
        let done = home.store.write(|tx| {
            self.still(tx, Event::Deny)?;
            self.end(tx, (State::Denied, Some(reason)), None)?;
            self.journal(tx, "look.denied", look.case)?;
            match (&known, look.of) {
                (Some(case), _) => {
                    let (number, proof, hand) = (&look.number, self.proof(false), &self.hand());
                    Failed { case, number, proof, letters: &letters, hand }.keep(tx, home)?;
                }
                (None, Some((line, _))) => {
                    failed::walk_in(tx, home, (look.incident, line), &look.number)?;
                }
                (None, None) => {}
            }
            Ok(())
        });
        done.map_err(not_answered)?;
        Ok(State::Denied)
    }

    /// Asked again in the transaction that decides: they are signed in, it is theirs, in time, and they have nothing to do with it.
    fn still(&self, tx: &mut Tx<'_>, event: Event) -> std::result::Result<(), StoreError> {
        let now = self.home.now();
        self.seat.still(tx, now)?;
        let look = tx.look(self.look.id)?.ok_or(StoreError::NotFound("look"))?;
        let is_theirs = super::take::is_taken_at(&look, self.seat);
        if !is_theirs || step(look.state, event, (look.asked_at, now)).is_err() {
            return Err(StoreError::State(LATE));
        }
        if is_stranger(&self.post, &involved(tx, &look)?) {
            Ok(())
        } else {
            Err(StoreError::State(INVOLVED))
        }
    }

    fn end(
        &self,
        tx: &mut Tx<'_>,
        (to, reason): (State, Option<&str>),
        case: Option<CaseId>,
    ) -> std::result::Result<(), StoreError> {
        let at = self.home.now();
        let end = LookEnd { from: State::Taken, to, at, reason, case };
        if tx.end_look(self.look.id, &end)? { Ok(()) } else { Err(StoreError::State(LATE)) }
    }

    /// A case that is at the counter it was asked for at, in the visit it was asked for in.
    fn at_counter(
        &self,
        tx: &mut Tx<'_>,
        case: ReplacementCase,
    ) -> std::result::Result<ReplacementCase, StoreError> {
        let events = tx.case_events(case.incident, case.id)?;
        let last = events.iter().rev().find(|one| one.event == Some(Move::CheckIn));
        let is_here = last.is_some_and(|one| {
            one.agency == Some(self.look.asked.agency) && one.at <= self.look.asked_at
        });
        if case.state.takes_proofs() && is_here {
            return Ok(case);
        }
        Err(StoreError::State(ELSEWHERE))
    }

    /// A walk-in's case comes to the counter where they stand.
    fn check_in(
        &self,
        tx: &mut Tx<'_>,
        case: &ReplacementCase,
        counter: &crate::replacement::places::Counter,
    ) -> std::result::Result<ReplacementCase, StoreError> {
        let is_home_bound = matches!(case.state, CaseState::Shipped | CaseState::Delivered);
        if is_home_bound || case_step(case.state, Move::CheckIn).is_err() {
            return Err(StoreError::State(ELSEWHERE));
        }
        let here = counter.agency.id;
        let place = match case.agency {
            Some(agency) if agency == here => PlaceChange::Keep,
            Some(_) | None => PlaceChange::Wait(here, counter.product.clone()),
        };
        let asked = self.look.asked;
        let actor = asked.staff.to_string();
        let hand = Hand {
            by: Some(asked.staff),
            actor: &actor,
            agency: Some(here),
            terminal: Some(asked.terminal),
        };
        match moved(tx, self.home, (case, Move::CheckIn, place), &hand)? {
            Moved::Done => reread(tx, case),
            Moved::Elsewhere | Moved::DayFull | Moved::HourFull => Err(StoreError::Busy),
        }
    }

    /// The counter that asked.
    fn agency_row(&self) -> Result<crate::replacement::places::Counter> {
        let agency = self.home.store.read(|tx| tx.agency(self.look.asked.agency))?;
        let agency = agency.ok_or_else(not_shown)?;
        let product = self.home.config.replacement.product.clone();
        Ok(crate::replacement::places::Counter { agency, product })
    }

    fn proof(&self, passed: bool) -> CaseProof {
        CaseProof {
            no: 0,
            kind: ProofKind::Seen,
            passed,
            by: Some(self.post.staff),
            terminal: self.post.terminal,
            agency: self.post.agency,
            made_at: self.home.now(),
            used_at: None,
        }
    }

    /// Whoever looked moves the case, at the counter where its customer stands.
    fn hand(&self) -> Hand<'_> {
        Hand {
            by: Some(self.post.staff),
            actor: self.seat.actor(),
            agency: Some(self.look.asked.agency),
            terminal: self.post.terminal,
        }
    }

    fn journal(
        &self,
        tx: &mut Tx<'_>,
        kind: &str,
        case: Option<CaseId>,
    ) -> std::result::Result<(), StoreError> {
        let body = json!({
            "look": self.look.id, "case": case, "terminal": self.post.terminal,
            "agency": self.post.agency,
        });
        let incident = Some(self.look.incident);
        self.home.journal(tx, (kind, self.seat.actor()), incident, body)
    }
}

fn reread(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
) -> std::result::Result<ReplacementCase, StoreError> {
    tx.replacement(case.incident, case.id)?.ok_or(StoreError::NotFound("replacement_case"))
}

fn not_answered(error: StoreError) -> Problem {
    let StoreError::State(why) = error else { return problem::store(error) };
    match why {
        LATE => late(),
        ELSEWHERE => Problem::state("case_elsewhere", ELSEWHERE),
        HELD => Problem::state("line_held", HELD),
        INVOLVED => Problem::state("same_person", INVOLVED),
        UNSEEN => Problem::state("images_unseen", UNSEEN)
            .hint("open the papers and the customer with the digits; then answer"),
        NO_CARD => Problem::state("not_eligible", NO_CARD),
        _ => problem::store(StoreError::State(why)),
    }
}
