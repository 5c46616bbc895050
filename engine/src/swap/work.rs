//! The loop: look, ask the rule, do one thing, look again.
//!
//! The worker keeps nothing that the rows and the register do not say: whoever comes after it begins anew from them.

use std::time::Instant;

use chrono::{DateTime, Utc};
use simrecall_core::id::{CardId, SwapId};
use simrecall_core::replacement::swap::{
    Command, Direction, LOOKS, Next, Outcome, Past, Reason, Truth, next,
};
use simrecall_core::replacement::{Event, State, step};
use simrecall_gateway::hlr::{HlrError, Provisioning};
use simrecall_store::lease::LeaseToken;
use simrecall_store::parcel::Parcel;
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::DomainKeys;
use simrecall_store::swap::{SentCommand, Swap, SwapState, SwapStep};
use simrecall_store::{StoreError, Tx};

use super::begun::Begun;
use super::look::{Eyes, same};
use super::plan::{ACTOR, PlanRecord, opened};
use super::watch::{Pace, Point, Watch};
use super::{Ended, moved_on};
use crate::card::CardRecord;
use crate::home::{Home, random};
use crate::problem::{Problem, Result};

/// So many commands are no swap any more. A usual one takes eight, and as many back.
const MOST_STEPS: i32 = 64;

/// Whether the loop goes on.
pub(super) enum Flow {
    On,
    End(Ended),
}

/// What is believed of the register.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) truth: Truth,
    /// Whether it was read, and nothing was sent since.
    pub(super) fresh: bool,
}

/// Somebody who works at one swap, under a lease.
pub(super) struct Worker<'a> {
    pub(super) home: &'a Home,
    pub(super) hlr: &'a dyn Provisioning,
    pub(super) pace: &'a Pace,
    pub(super) watch: &'a mut dyn Watch,
    pub(super) service: DomainKeys,
    pub(super) token: LeaseToken,
    pub(super) swap: Swap,
    pub(super) case: ReplacementCase,
    /// What brought the card, if the customer activates it at home.
    pub(super) parcel: Option<Parcel>,
    pub(super) plan: PlanRecord,
    pub(super) card: CardRecord,
    pub(super) past: Past,
    pub(super) seen: Option<Seen>,
    /// The command that failed last; another one is progress.
    pub(super) failed: Option<Command>,
    /// Whether a command of somebody who died may still be on its way.
    pub(super) in_doubt: bool,
    /// The number of the last command.
    pub(super) steps: i32,
    /// A command that was done, and whose result is written with the next intent.
    pub(super) done: Option<(i32, Command)>,
    /// Whether the swap was given back already, with something else.
    pub(super) given_back: bool,
}

impl<'a> Worker<'a> {
    /// Takes a swap, unless somebody else works at it.
    pub(super) fn take(
        (home, hlr): (&'a Home, &'a dyn Provisioning),
        id: SwapId,
        pace: &'a Pace,
        watch: &'a mut dyn Watch,
    ) -> Result<Option<Self>> {
        let (token, now) = (LeaseToken(random()?), home.now());
        if !home.store.write(|tx| tx.take_swap(id, token, now, now + pace.lease))? {
            return Ok(None);
        }
        let service = home.keys.service().map_err(crate::problem::keys)?;
        let (swap, case, sealed, steps, parcel) = home.store.read(|tx| {
            let swap = tx.swap(id)?.ok_or(StoreError::NotFound("swap"))?;
            let case = tx.replacement(swap.incident, swap.case)?;
            let case = case.ok_or(StoreError::NotFound("replacement_case"))?;
            let sealed = tx.sealed_card(swap.card)?.ok_or(StoreError::NotFound("card"))?;
            let parcel = tx.open_parcel(swap.incident, swap.case)?;
            let parcel = parcel.filter(|parcel| parcel.card == swap.card);
            Ok((swap, case, sealed, tx.swap_steps(id)?, parcel))
        })?;
        let (plan, card) = opened(home, &service, (&swap, &sealed), ACTOR)?;
        let mut worker = Self {
            home,
            hlr,
            pace,
            watch,
            service,
            token,
            swap,
            case,
            parcel,
            plan,
            card,
            past: Past::default(),
            seen: None,
            failed: None,
            in_doubt: false,
            steps: steps.last().map_or(0, |last| last.no),
            done: None,
            given_back: false,
        };
        worker.recall(&steps)?;
        worker.watch.see(&Point::Taken);
        Ok(Some(worker))
    }

    /// Goes on with what was begun just now: its first look is the one it began with.
    pub(super) fn of(
        (home, hlr): (&'a Home, &'a dyn Provisioning),
        begun: Begun,
        pace: &'a Pace,
        watch: &'a mut dyn Watch,
    ) -> Result<Self> {
        let service = home.keys.service().map_err(crate::problem::keys)?;
        let Begun { token, swap, case, parcel, plan, card, truth } = begun;
        watch.see(&Point::Taken);
        watch.see(&Point::Looked { truth });
        Ok(Self {
            home,
            hlr,
            pace,
            watch,
            service,
            token,
            swap,
            case,
            parcel,
            plan,
            card,
            past: Past::default(),
            seen: Some(Seen { truth, fresh: false }),
            failed: None,
            in_doubt: false,
            steps: 0,
            done: None,
            given_back: false,
        })
    }

    /// What the swap's rows say of the past. A command without a result was done or not: nobody will ever say.
    fn recall(&mut self, steps: &[SwapStep]) -> Result<()> {
        for one in steps {
            let SentCommand::Swap(command) = one.command else { continue };
            let outcome = match one.outcome {
                Outcome::Open => {
                    self.settle(one.no, command, Outcome::Unknown)?;
                    Outcome::Unknown
                }
                Outcome::Done | Outcome::Refused | Outcome::Unknown => one.outcome,
            };
            self.past = self.past.and(command, outcome, one.at);
            self.note(command, outcome);
        }
        let last = steps.last().map(|one| one.outcome);
        self.in_doubt = matches!(last, Some(Outcome::Open | Outcome::Unknown));
        self.past.unseen = self.was_unseen()?;
        Ok(())
    }

    /// Whether it was the clock that turned it back at the counter.
    fn was_unseen(&self) -> Result<bool> {
        let events = self.home.store.read(|tx| tx.case_events(self.case.incident, self.case.id))?;
        let last = events.iter().rfind(|one| one.event == Some(Event::RollBack));
        Ok(last.is_some_and(|one| one.from == Some(State::AwaitingAttach) && one.by.is_none()))
    }

    pub(super) fn note(&mut self, command: Command, outcome: Outcome) {
        match outcome {
            Outcome::Refused | Outcome::Unknown => self.failed = Some(command),
            Outcome::Done => self.failed = None,
            Outcome::Open => {}
        }
    }

    /// Works until there is nothing more to do now, then gives the swap back.
    pub(super) fn work(mut self) -> Result<Ended> {
        let ended = loop {
            match self.turn() {
                Ok(Flow::On) => {}
                Ok(Flow::End(ended)) => break Ok(ended),
                Err(problem) => break Err(problem),
            }
        };
        let next_at = match &ended {
            Ok(Ended::Ticket { .. }) => None,
            Ok(_) | Err(_) => Some(self.home.now()),
        };
        if ended.is_ok() {
            self.flush()?;
        }
        if !self.given_back {
            // A lease that was lost is somebody else's, and stays that.
            let (id, token) = (self.swap.id, self.token);
            self.home.store.write(|tx| tx.release_swap(id, token, next_at))?;
        }
        ended
    }

    fn turn(&mut self) -> Result<Flow> {
        if self.swap.state == SwapState::Done {
            return self.tidy();
        }
        let Some(direction) = self.case.state.direction() else {
            return Ok(Flow::End(Ended::of(self.case.state)));
        };
        let seen = match self.seen {
            Some(seen) => seen,
            None => match self.look()? {
                Ok(seen) => seen,
                Err(flow) => return Ok(flow),
            },
        };
        let next = next(direction, &self.plan.plan, &self.past, &seen.truth);
        // What was done last is written with what is written next; before an end by itself.
        let is_end = match next {
            Next::Act(_) => self.steps >= MOST_STEPS,
            Next::TurnBack => true,
            Next::Wait => false,
            Next::Attached | Next::Undone | Next::Stuck(_) => seen.fresh,
        };
        if is_end && !self.flush()? {
            return Ok(Flow::End(Ended::Lost));
        }
        match next {
            Next::Act(_) if self.steps >= MOST_STEPS => {
                self.stall(Reason::NoProgress, Some(seen.truth))
            }
            Next::Act(command) => self.act(direction, &seen.truth, command),
            Next::TurnBack => self.turn_back(Event::RollBack),
            // These are believed of a fresh look only.
            Next::Wait | Next::Attached | Next::Undone | Next::Stuck(_) if !seen.fresh => {
                self.seen = None;
                Ok(Flow::On)
            }
            Next::Wait => self.wait(),
            Next::Attached => self.complete(),
            Next::Undone => self.undo(),
            Next::Stuck(reason) => self.stall(reason, Some(seen.truth)),
        }
    }

    /// Reads the register; after somebody died in the middle of a command, twice, and both must agree.
    pub(super) fn look(&mut self) -> Result<std::result::Result<Seen, Flow>> {
        let eyes = Eyes {
            hlr: self.hlr,
            number: &self.plan.number,
            old: &self.plan.old,
            new: &self.plan.new,
            key: self.card.key.as_ref(),
        };
        let mut found = eyes.look(self.home.now());
        if self.in_doubt
            && let Ok(before) = &found
        {
            self.watch.pause(self.pace.command * 2);
            let again = eyes.look(self.home.now());
            found = match again {
                Ok(truth) if !same(before, &truth) => return self.missed("hlr_moving").map(Err),
                again => again,
            };
        }
        match found {
            Ok(truth) => {
                self.in_doubt = false;
                self.watch.see(&Point::Looked { truth });
                let seen = Seen { truth, fresh: true };
                self.seen = Some(seen);
                Ok(Ok(seen))
            }
            Err(HlrError::Untrusted) => Err(unreadable(HlrError::Untrusted)),
            Err(error) => self.missed(error.code()).map(Err),
        }
    }

    /// Counts a look that brought nothing.
    pub(super) fn missed(&mut self, why: &'static str) -> Result<Flow> {
        self.seen = None;
        // It ends the misses before, and none that comes after it.
        if !self.flush()? {
            return Ok(Flow::End(Ended::Lost));
        }
        let Some(misses) = self.count_miss()? else { return Ok(Flow::End(Ended::Lost)) };
        self.watch.see(&Point::Unseen { why, misses });
        if u32::try_from(misses).unwrap_or(u32::MAX) >= LOOKS {
            return self.stall(Reason::NoProgress, None);
        }
        self.rest()
    }

    pub(super) fn count_miss(&self) -> Result<Option<i32>> {
        let (id, token, now) = (self.swap.id, self.token, self.home.now());
        Ok(self.home.store.write(|tx| tx.count_miss(id, token, now))?)
    }

    /// Lets time pass, and holds the swap for longer.
    pub(super) fn rest(&mut self) -> Result<Flow> {
        self.watch.pause(self.pace.look_every);
        let (id, token, now) = (self.swap.id, self.token, self.home.now());
        let until = now + self.pace.lease;
        let ours = self.home.store.write(|tx| tx.renew_swap(id, token, now, until))?;
        if !ours {
            return Ok(Flow::End(Ended::Lost));
        }
        self.reload()?;
        Ok(Flow::On)
    }

    /// The case as it is now: a person may have moved it.
    pub(super) fn reload(&mut self) -> Result<()> {
        let (incident, id) = (self.case.incident, self.case.id);
        let case = self.home.store.read(|tx| tx.replacement(incident, id))?;
        self.case = case.ok_or_else(|| Problem::ours("case", "a swap without its case"))?;
        Ok(())
    }

    /// From here on to the old card.
    pub(super) fn turn_back(&mut self, by: Event) -> Result<Flow> {
        if self.move_case(by)? {
            self.watch.see(&Point::Turned { direction: Direction::Back });
        }
        self.seen = None;
        self.reload().map(|()| Flow::On)
    }

    /// Moves the case by the clock. `false`: somebody else has moved it.
    fn move_case(&mut self, event: Event) -> Result<bool> {
        let (case, at) = (self.case.clone(), self.home.now());
        let moved = self.home.store.write(|tx| move_case(tx, &case, event, at));
        let moved = moved_on(moved)?;
        self.reload()?;
        Ok(moved)
    }

    /// The new card.
    pub(super) fn card_id(&self) -> CardId {
        self.swap.card
    }

    /// When what is asked now has to be over, as long as the lease lasts.
    pub(super) fn may_still(&self, asked: Instant) -> bool {
        let left = self.pace.lease.to_std().unwrap_or_default().saturating_sub(asked.elapsed());
        left > self.pace.command
    }
}

/// Moves a case by the clock, in somebody's transaction. A case that was moved since it was read ends the transaction.
pub(super) fn move_case(
    tx: &mut Tx<'_>,
    case: &ReplacementCase,
    event: Event,
    at: DateTime<Utc>,
) -> std::result::Result<(), StoreError> {
    let to = step(case.state, event).map_err(|_| StoreError::State(super::ELSEWHERE))?;
    let place = PlaceChange::Keep;
    let moved = tx.move_case(&CaseMove { case, event, to, place, by: None, agency: None, at })?;
    match moved {
        Moved::Done => Ok(()),
        Moved::Elsewhere | Moved::DayFull | Moved::HourFull => {
            Err(StoreError::State(super::ELSEWHERE))
        }
    }
}

/// The register cannot be asked at all.
pub(crate) fn unreadable(error: HlrError) -> Problem {
    Problem::new(error.code(), error.blame(), error.to_string()).caused_by(error)
}
