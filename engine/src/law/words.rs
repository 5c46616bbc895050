//! Duties and clocks in plain words.

use chrono::{DateTime, Utc};
use simrecall_core::law::{ClockState, Duty, Recipient, Span};

use super::list::Done;
use super::moment::Moment;
use crate::home::Home;

/// What a rule asks, as people speak of it.
pub(super) fn duty(duty: Duty, to: &Recipient) -> String {
    let to = recipient(to);
    match duty {
        Duty::Notify => "notice to each person".to_owned(),
        Duty::NotifyPossible => "notice that data may have leaked".to_owned(),
        Duty::AllClear => "all-clear to those told of a possibility".to_owned(),
        Duty::Supplement => "supplement to the notice".to_owned(),
        Duty::Post => "public posting".to_owned(),
        Duty::Report => format!("report to {to}"),
        Duty::ReportUpdate => format!("new fact to {to}"),
        Duty::EarlyWarning => format!("early warning to {to}"),
        Duty::FinalReport => format!("final report to {to}"),
        Duty::Silence => "silence: nobody is told".to_owned(),
        Duty::Progress => format!("progress report to {to}"),
        Duty::Records => "records kept".to_owned(),
    }
}

/// To whom it is owed.
pub(super) fn recipient(to: &Recipient) -> String {
    match to {
        Recipient::Persons => "each person".to_owned(),
        Recipient::PossiblyAffected => "everyone possibly affected".to_owned(),
        Recipient::ToldPossible => "those told of a possibility".to_owned(),
        Recipient::Authority(name) => name.to_string(),
        Recipient::Public => "the public".to_owned(),
        Recipient::Providers => "other providers".to_owned(),
        Recipient::Files => "the files".to_owned(),
    }
}

/// How a clock stands.
pub(super) fn state(
    home: &Home,
    state: ClockState,
    done: Option<&Done>,
    now: DateTime<Utc>,
) -> String {
    let awaited = done.filter(|done| done.proof_pending).map(|done| done.on_the_way);
    match (state, awaited) {
        (ClockState::NotStarted, _) => "not started".to_owned(),
        (ClockState::Running { left }, Some(people)) => {
            format!("in time, proof pending for {people} · {} left", Span(left))
        }
        (ClockState::Running { left }, None) => format!("{} left", Span(left)),
        (ClockState::Met { spare: Some(spare), .. }, _) => format!("met, {} to spare", Span(spare)),
        (ClockState::Met { spare: None, .. }, _) => "met".to_owned(),
        (ClockState::Late { done: None, .. }, Some(people)) => {
            format!(
                "past due, proof pending for {people}: if it is good, what counts is when they were sent"
            )
        }
        (ClockState::Late { by, .. }, _) => format!("LATE by {}", Span(by)),
        (ClockState::Blocked { until: Some(until) }, _) => {
            format!("blocked until {}", Moment::of(home, until))
        }
        (ClockState::Blocked { until: None }, _) => {
            "blocked, without end until law enforcement was told".to_owned()
        }
        (ClockState::Excused { until }, _) if until <= now => {
            "excused while the obstacle lasts".to_owned()
        }
        (ClockState::Excused { until }, _) => format!("excused until {}", Moment::of(home, until)),
        (ClockState::Open, _) => "open, no outer limit".to_owned(),
        (ClockState::Pending, _) => "pending: not in force".to_owned(),
    }
}
