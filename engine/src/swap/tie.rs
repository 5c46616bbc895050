//! What a swap does to the line's tie to its handset: untied for a while at the start, tied again at either end.

use chrono::{DateTime, Utc};
use simrecall_core::access::Purpose;
use simrecall_core::identity::Imsi;
use simrecall_core::protection::{Event, IllegalMove, State, StateKind, after_swap, at_swap, step};
use simrecall_gateway::hlr::LockOrder;
use simrecall_store::permit::PermitRequest;
use simrecall_store::protection::Protection;
use simrecall_store::seal::DomainKeys;
use simrecall_store::{StoreError, Tx};

use super::plan::ACTOR;
use crate::card::CardRecord;
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::protection::{opened, row};

/// What is done to ties in one transaction, and what the network hears of it.
pub(crate) struct Ties {
    moves: Vec<(StateKind, Protection)>,
    /// What the network is asked for.
    pub(crate) order: LockOrder,
}

impl Ties {
    /// Moves them. One that was moved by somebody else meanwhile ends the transaction.
    pub(crate) fn write(&self, tx: &mut Tx<'_>) -> std::result::Result<(), StoreError> {
        for (from, to) in &self.moves {
            if !tx.step_protection(*from, to)? {
                return Err(StoreError::State(super::ELSEWHERE));
            }
        }
        Ok(())
    }
}

/// Where ties are kept.
#[derive(Clone, Copy)]
pub(crate) struct Loom<'a> {
    pub(crate) home: &'a Home,
    pub(crate) service: &'a DomainKeys,
}

impl Loom<'_> {
    /// Loosened for a while, if the line is tied: that is what the customer agreed to at the counter.
    pub(crate) fn loosen(&self, old: &Imsi, now: DateTime<Utc>) -> Result<Option<Ties>> {
        let from = self.state(old)?;
        let Some(event) = at_swap(&from, now) else { return Ok(None) };
        let to = step(&from, &event).map_err(impossible)?;
        let Some(until) = to.moment() else { return Ok(None) };
        let order = LockOrder::Suspend { imsi: old.clone(), until };
        Ok(Some(Ties { moves: vec![self.moved(old, (&from, &to), now)?], order }))
    }

    /// As it was at the start: what the swap had loosened holds again.
    pub(crate) fn restore(&self, old: &Imsi, now: DateTime<Utc>) -> Result<Option<Ties>> {
        let from = self.state(old)?;
        let Some(imei) = from.imei().cloned() else { return Ok(None) };
        let before = State::On { imei };
        let Some(event) = after_swap(&before, &from, false) else { return Ok(None) };
        self.bound((old, old), &from, &event, now)
    }

    /// From one card to the other, whatever it was but off: a line that was tied stays tied.
    pub(crate) fn rebind(
        &self,
        (from, to): (&Imsi, &Imsi),
        now: DateTime<Utc>,
    ) -> Result<Option<Ties>> {
        let state = self.state(from)?;
        let Some(event) = after_swap(&state, &state, true) else { return Ok(None) };
        self.bound((from, to), &state, &event, now)
    }

    fn bound(
        &self,
        (old, new): (&Imsi, &Imsi),
        from: &State,
        event: &Event,
        now: DateTime<Utc>,
    ) -> Result<Option<Ties>> {
        let to = step(from, event).map_err(impossible)?;
        let order = LockOrder::Bind { imsi: new.clone(), imei: to.imei().cloned() };
        let moves = if old == new {
            vec![self.moved(old, (from, &to), now)?]
        } else {
            let there = self.state(new)?;
            vec![self.moved(old, (from, &State::Off), now)?, self.moved(new, (&there, &to), now)?]
        };
        Ok(Some(Ties { moves, order }))
    }

    fn state(&self, imsi: &Imsi) -> Result<State> {
        let key = CardRecord::imsi_key(self.service, imsi);
        let kept = self.home.store.read(|tx| tx.protections_of(&[key]))?;
        let Some(kept) = kept.into_iter().next() else { return Ok(State::Off) };
        let mut permit = self.home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: ACTOR.to_owned(),
            incident: None,
            scope: "the protection of a line whose card is swapped".to_owned(),
            fields: vec!["imei".to_owned()],
            rows: 1,
        })?;
        opened(&mut permit, self.service, &kept)
    }

    fn moved(
        &self,
        imsi: &Imsi,
        (from, to): (&State, &State),
        at: DateTime<Utc>,
    ) -> Result<(StateKind, Protection)> {
        let key = CardRecord::imsi_key(self.service, imsi);
        Ok((from.kind(), row(self.service, key, (to, at))?))
    }
}

fn impossible(error: IllegalMove) -> Problem {
    Problem::ours("protection", "a tie cannot go where a swap puts it").caused_by(error)
}
