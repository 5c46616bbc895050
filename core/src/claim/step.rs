//! Where a claim goes from where it is.

use super::{Event, State, StepError};

/// The state after an event, of a claim for so many won. Its owner withdraws it as long as no decision stands; what was granted in
/// part or not at all may be appealed, and is looked at again. What was granted is what is paid.
pub fn step(from: &State, event: &Event, claimed: u64) -> Result<State, StepError> {
    let illegal = StepError::Illegal { from: from.kind(), done: event.done() };
    let to = match from {
        State::Draft => drafted(event, claimed),
        State::Submitted | State::Appealed => waiting(event),
        State::UnderReview => reviewed(event, claimed),
        State::NeedsEvidence { .. } => asked(event),
        State::Approved { won } | State::PayFailed { won, .. } => granted(*won, event),
        State::Partial { won, .. } => partly(*won, event),
        State::Rejected { .. } => refused(event),
        State::Scheduled { won, .. } => scheduled(*won, event),
        State::Paid { .. } | State::Withdrawn | State::Waived { .. } => None,
    };
    let to = to.ok_or(illegal)?;
    // Asked of every state alike, so that no amount gets past it on any way.
    let fits = match &to {
        State::Partial { won, .. } => (1..claimed).contains(won),
        State::Approved { won }
        | State::Scheduled { won, .. }
        | State::Paid { won }
        | State::PayFailed { won, .. }
        | State::Waived { won } => (1..=claimed).contains(won),
        State::Draft
        | State::Submitted
        | State::UnderReview
        | State::NeedsEvidence { .. }
        | State::Rejected { .. }
        | State::Appealed
        | State::Withdrawn => true,
    };
    if fits { Ok(to) } else { Err(StepError::Amount) }
}

fn drafted(event: &Event, claimed: u64) -> Option<State> {
    match event {
        Event::Submit => Some(State::Submitted),
        Event::Find => Some(State::Approved { won: claimed }),
        Event::Withdraw => Some(State::Withdrawn),
        Event::Take
        | Event::Waive
        | Event::Ask { .. }
        | Event::Supply
        | Event::Approve
        | Event::ApprovePart { .. }
        | Event::Reject { .. }
        | Event::Appeal
        | Event::Schedule { .. }
        | Event::Pay
        | Event::FailPay { .. } => None,
    }
}

fn waiting(event: &Event) -> Option<State> {
    match event {
        Event::Take => Some(State::UnderReview),
        Event::Withdraw => Some(State::Withdrawn),
        Event::Submit
        | Event::Find
        | Event::Waive
        | Event::Ask { .. }
        | Event::Supply
        | Event::Approve
        | Event::ApprovePart { .. }
        | Event::Reject { .. }
        | Event::Appeal
        | Event::Schedule { .. }
        | Event::Pay
        | Event::FailPay { .. } => None,
    }
}

fn reviewed(event: &Event, claimed: u64) -> Option<State> {
    match event {
        Event::Ask { reason } => Some(State::NeedsEvidence { reason: reason.clone() }),
        Event::Approve => Some(State::Approved { won: claimed }),
        Event::ApprovePart { won, reason } => {
            Some(State::Partial { won: *won, reason: reason.clone() })
        }
        Event::Reject { reason } => Some(State::Rejected { reason: reason.clone() }),
        Event::Withdraw => Some(State::Withdrawn),
        Event::Submit
        | Event::Find
        | Event::Waive
        | Event::Take
        | Event::Supply
        | Event::Appeal
        | Event::Schedule { .. }
        | Event::Pay
        | Event::FailPay { .. } => None,
    }
}

/// Staff may go on without what they asked for: their owner may have nothing.
fn asked(event: &Event) -> Option<State> {
    match event {
        Event::Supply | Event::Take => Some(State::UnderReview),
        Event::Withdraw => Some(State::Withdrawn),
        Event::Submit
        | Event::Find
        | Event::Waive
        | Event::Ask { .. }
        | Event::Approve
        | Event::ApprovePart { .. }
        | Event::Reject { .. }
        | Event::Appeal
        | Event::Schedule { .. }
        | Event::Pay
        | Event::FailPay { .. } => None,
    }
}

fn granted(won: u64, event: &Event) -> Option<State> {
    match event {
        Event::Schedule { on } => Some(State::Scheduled { won, on: *on }),
        Event::Waive => Some(State::Waived { won }),
        Event::Submit
        | Event::Find
        | Event::Take
        | Event::Ask { .. }
        | Event::Supply
        | Event::Approve
        | Event::ApprovePart { .. }
        | Event::Reject { .. }
        | Event::Appeal
        | Event::Pay
        | Event::FailPay { .. }
        | Event::Withdraw => None,
    }
}

fn partly(won: u64, event: &Event) -> Option<State> {
    match event {
        Event::Appeal => Some(State::Appealed),
        Event::Schedule { .. }
        | Event::Find
        | Event::Waive
        | Event::Submit
        | Event::Take
        | Event::Ask { .. }
        | Event::Supply
        | Event::Approve
        | Event::ApprovePart { .. }
        | Event::Reject { .. }
        | Event::Pay
        | Event::FailPay { .. }
        | Event::Withdraw => granted(won, event),
    }
}

fn refused(event: &Event) -> Option<State> {
    match event {
        Event::Appeal => Some(State::Appealed),
        Event::Submit
        | Event::Find
        | Event::Waive
        | Event::Take
        | Event::Ask { .. }
        | Event::Supply
        | Event::Approve
        | Event::ApprovePart { .. }
        | Event::Reject { .. }
        | Event::Schedule { .. }
        | Event::Pay
        | Event::FailPay { .. }
        | Event::Withdraw => None,
    }
}

fn scheduled(won: u64, event: &Event) -> Option<State> {
    match event {
        Event::Pay => Some(State::Paid { won }),
        Event::FailPay { reason } => Some(State::PayFailed { won, reason: reason.clone() }),
        Event::Submit
        | Event::Find
        | Event::Waive
        | Event::Take
        | Event::Ask { .. }
        | Event::Supply
        | Event::Approve
        | Event::ApprovePart { .. }
        | Event::Reject { .. }
        | Event::Appeal
        | Event::Schedule { .. }
        | Event::Withdraw => None,
    }
}
