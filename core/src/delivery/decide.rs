//! What to do about one target next.

use chrono::{DateTime, TimeDelta, Utc};

use super::{AttemptView, ChunkKind, OutcomeKind, Rung, RungSet, Standing, TargetState, Terminal};
use crate::wave::Ladder;

/// One target, as far as the next step depends on it.
#[derive(Debug, Clone, Copy)]
pub struct TargetView<'a> {
    /// Its attempts, in the order of their tries.
    pub attempts: &'a [AttemptView],
    /// The rungs its contact allows.
    pub reach: RungSet,
    /// Whether a chunk made after the last attempt lists it already.
    pub listed_after: bool,
    /// The moment up to which the last attempt's route was heard: silence after it is not silence of the network.
    pub heard: DateTime<Utc>,
}

/// What a wave's statement says about waiting and doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long an attempt in doubt may wait for a reference, a receipt or the carrier's records.
    pub settle_after: TimeDelta,
    /// How long a mail may come back.
    pub bounce_window: TimeDelta,
    /// Whether an attempt that stays in doubt is sent again, flagged; if not, the next rung is taken.
    pub resend_doubt: bool,
}

/// What to do next. Chunks that are listed for a [`Next::Send`] are caused by the last attempt of the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing before then, unless something is learnt.
    Wait {
        /// When to look again.
        until: DateTime<Utc>,
    },
    /// Nothing: a later chunk has it.
    Listed,
    /// Another attempt.
    Send {
        /// Over which rung.
        rung: Rung,
        /// In which kind of chunk.
        kind: ChunkKind,
        /// Not earlier than this.
        not_before: DateTime<Utc>,
    },
    /// Patience has ended: record this outcome of the last attempt, then decide again.
    Close {
        /// Expired, mailed, lettered or published.
        kind: OutcomeKind,
    },
    /// The person has been told.
    Reached {
        /// By which rung.
        by: Rung,
        /// The word it ends on.
        how: Terminal,
        /// When.
        at: DateTime<Utc>,
    },
    /// No rung is left: the person cannot be reached.
    Exhausted,
}

/// What to do next about one target.
///
/// An intent repeats this decision, since the person may have been told between the listing and the sending.
pub fn decide(view: &TargetView<'_>, ladder: &Ladder, policy: &Policy, now: DateTime<Utc>) -> Next {
    let state = TargetState::of(view.attempts);
    if view.listed_after && !matches!(state, TargetState::Reached { .. }) {
        return Next::Listed;
    }
    let case = Case { view, ladder, policy, now };
    match state {
        TargetState::Reached { by, how, at } => Next::Reached { by, how, at },
        TargetState::Untried => ladder.first(view.reach).map_or(Next::Exhausted, |rung| {
            Next::Send { rung, kind: ChunkKind::First, not_before: now }
        }),
        // The sender that wrote the intent, or the one that takes its lease, says what became of it.
        TargetState::Open { at, .. } => Next::Wait { until: after(at, policy.settle_after) },
        TargetState::InDoubt { rung, since } => case.in_doubt(rung, since),
        TargetState::NeverTaken { rung, at } => case.never_taken(rung, at),
        TargetState::Waiting { rung, since } => case.waiting(rung, since),
        TargetState::Missed { rung, at, how } => case.missed(rung, at, how),
    }
}

struct Case<'a> {
    view: &'a TargetView<'a>,
    ladder: &'a Ladder,
    policy: &'a Policy,
    now: DateTime<Utc>,
}

impl Case<'_> {
    fn in_doubt(&self, rung: Rung, since: DateTime<Utc>) -> Next {
        let until = after(since, self.policy.settle_after);
        if self.silent_until() < until {
            return Next::Wait { until };
        }
        if !self.policy.resend_doubt {
            return self.next_rung(rung).unwrap_or(Next::Exhausted);
        }
        let again = Next::Send { rung, kind: ChunkKind::Resend, not_before: self.now };
        self.again_or_next(rung, again)
    }

    fn never_taken(&self, rung: Rung, at: DateTime<Utc>) -> Next {
        // A resend that was not taken is still one: the attempt before it may have gone out.
        let resend = self.view.attempts.last().is_some_and(|attempt| attempt.resend);
        let kind = if resend { ChunkKind::Resend } else { ChunkKind::Retry };
        let again = Next::Send { rung, kind, not_before: after(at, self.back_off(rung)) };
        self.again_or_next(rung, again)
    }

    fn waiting(&self, rung: Rung, since: DateTime<Utc>) -> Next {
        let (until, kind) = match rung {
            // An attempt taken just before the rung's patience ends still gets one retry's time to arrive.
            Rung::Lms | Rung::Sms => (
                self.deadline(rung).max(after(since, self.retry_after(rung))),
                OutcomeKind::Expired,
            ),
            Rung::Email => (after(since, self.policy.bounce_window), OutcomeKind::Mailed),
            // Who takes a letter or a posting has done what it is taken for.
            Rung::Letter => return Next::Close { kind: OutcomeKind::Lettered },
            Rung::Posting => return Next::Close { kind: OutcomeKind::Published },
        };
        if self.silent_until() < until { Next::Wait { until } } else { Next::Close { kind } }
    }

    fn missed(&self, rung: Rung, at: DateTime<Utc>, how: Standing) -> Next {
        let not_before = after(at, self.retry_after(rung));
        let may_arrive = matches!(how, Standing::Failed | Standing::Expired);
        if may_arrive && self.has_tries_left(rung) && not_before < self.deadline(rung) {
            return Next::Send { rung, kind: ChunkKind::Retry, not_before };
        }
        self.next_rung(rung).unwrap_or(Next::Exhausted)
    }

    /// The same rung while its patience lasts, and also after it when there is no other rung: nobody was told yet.
    fn again_or_next(&self, rung: Rung, again: Next) -> Next {
        if self.now < self.deadline(rung) {
            return again;
        }
        self.next_rung(rung).unwrap_or(again)
    }

    fn next_rung(&self, rung: Rung) -> Option<Next> {
        let rung = self.ladder.next(rung, self.view.reach)?;
        Some(Next::Send { rung, kind: ChunkKind::Rung, not_before: self.now })
    }

    fn on(&self, rung: Rung) -> impl Iterator<Item = &AttemptView> {
        self.view.attempts.iter().filter(move |attempt| attempt.rung == rung)
    }

    fn has_tries_left(&self, rung: Rung) -> bool {
        let tries = self.on(rung).filter(|attempt| !attempt.state.standing().never_taken()).count();
        let max = self.ladder.rule(rung).map_or(0, |rule| rule.max_tries);
        i16::try_from(tries).is_ok_and(|tries| tries < max)
    }

    /// When the rung's patience ends, counted from the first attempt on it.
    fn deadline(&self, rung: Rung) -> DateTime<Utc> {
        let first = self.on(rung).next().map_or(self.now, |attempt| attempt.at);
        let patience = self.ladder.rule(rung).map(|rule| rule.give_up_after);
        after(first, patience.unwrap_or_default())
    }

    fn retry_after(&self, rung: Rung) -> TimeDelta {
        self.ladder.rule(rung).map(|rule| rule.retry_after).unwrap_or_default()
    }

    /// One second, then twice as long each time the network would not take it again, up to the rung's own pause.
    fn back_off(&self, rung: Rung) -> TimeDelta {
        let refused = self.view.attempts.iter().rev();
        let refused = refused.take_while(|attempt| attempt.state.standing().never_taken()).count();
        let doublings = refused.saturating_sub(1).min(16);
        TimeDelta::seconds(1 << doublings).min(self.retry_after(rung))
    }

    fn silent_until(&self) -> DateTime<Utc> {
        self.now.min(self.view.heard)
    }
}

fn after(at: DateTime<Utc>, delta: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests;
