//! What comes after a brand's list.

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::delivery::{ChunkKind, Next, OutcomeKind, Rung, RungSet, TargetState};
use simrecall_core::wave::Ladder;

/// What to do next about a target that a brand's list carried last; none where its last attempt may be looked at as any other's.
pub(super) fn next(
    state: TargetState,
    reach: RungSet,
    (ladder, patience): (&Ladder, TimeDelta),
    now: DateTime<Utc>,
) -> Option<Next> {
    let again =
        |at: DateTime<Utc>| at.checked_add_signed(patience).unwrap_or(DateTime::<Utc>::MAX_UTC);
    match state {
        TargetState::Untried => None,
        TargetState::Reached { by, how, at } => Some(Next::Reached { by, how, at }),
        // The same export again says that the brand has it.
        TargetState::Open { at, .. } => Some(Next::Wait { until: again(at) }),
        TargetState::InDoubt { since, .. } => Some(Next::Wait { until: again(since) }),
        TargetState::Waiting { since, .. } => Some(if now < again(since) {
            Next::Wait { until: again(since) }
        } else {
            Next::Close { kind: OutcomeKind::Expired }
        }),
        TargetState::NeverTaken { rung, .. } | TargetState::Missed { rung, .. } => {
            Some(after(rung, reach, ladder).map_or(Next::Exhausted, |rung| Next::Send {
                rung,
                kind: ChunkKind::Rung,
                not_before: now,
            }))
        }
    }
}

/// The carrier's next rung that is no message: the brand gets none from us.
fn after(rung: Rung, reach: RungSet, ladder: &Ladder) -> Option<Rung> {
    let next = ladder.next(rung, reach)?;
    match next {
        Rung::Lms | Rung::Sms => after(next, reach, ladder),
        Rung::Email | Rung::Letter | Rung::Posting => Some(next),
    }
}

#[cfg(test)]
mod tests {
    use simrecall_core::delivery::{Standing, Terminal};
    use simrecall_core::wave::RungRule;

    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::<Utc>::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn decided(state: TargetState, reach: &[Rung], now: i64) -> Option<Next> {
        let rule = |rung| RungRule {
            rung,
            give_up_after: TimeDelta::hours(24),
            max_tries: 2,
            retry_after: TimeDelta::hours(1),
        };
        let rungs = [Rung::Lms, Rung::Sms, Rung::Email, Rung::Letter, Rung::Posting];
        let ladder = Ladder::new(rungs.map(rule).to_vec()).unwrap();
        next(state, reach.iter().copied().collect(), (&ladder, TimeDelta::days(7)), at(now))
    }

    #[test]
    fn a_brand_has_its_own_patience() {
        let waiting = TargetState::Waiting { rung: Rung::Lms, since: at(0) };
        assert_eq!(decided(waiting, &[Rung::Lms], 167), Some(Next::Wait { until: at(168) }));
        let silent = Some(Next::Close { kind: OutcomeKind::Expired });
        assert_eq!(decided(waiting, &[Rung::Lms], 168), silent);
    }

    #[test]
    fn after_a_list_nobody_gets_a_message_from_us() {
        let failed = TargetState::Missed { rung: Rung::Lms, at: at(1), how: Standing::Failed };
        let goes = |rung| Some(Next::Send { rung, kind: ChunkKind::Rung, not_before: at(2) });
        assert_eq!(decided(failed, &[Rung::Lms, Rung::Sms, Rung::Email], 2), goes(Rung::Email));
        assert_eq!(decided(failed, &[Rung::Lms, Rung::Sms], 2), goes(Rung::Posting));
    }

    #[test]
    fn what_is_told_is_told_and_what_was_not_exported_waits_for_its_export() {
        let told = TargetState::Reached { by: Rung::Lms, how: Terminal::Delivered, at: at(1) };
        let reached = Next::Reached { by: Rung::Lms, how: Terminal::Delivered, at: at(1) };
        assert_eq!(decided(told, &[Rung::Lms], 500), Some(reached));
        assert_eq!(decided(TargetState::Untried, &[Rung::Lms], 500), None);
        let open = TargetState::Open { rung: Rung::Lms, at: at(0) };
        assert_eq!(decided(open, &[Rung::Lms], 1), Some(Next::Wait { until: at(168) }));
    }
}
