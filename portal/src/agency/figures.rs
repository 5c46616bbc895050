//! What whoever runs the surface watches: requests and refusals as this process counted them, and what waits, from the rows.

use chrono::{DateTime, Utc};
use simrecall_engine::Result;
use simrecall_engine::terminal::{AtWork, Waiting};

use super::state::Agency;
use crate::metrics::gauge;
use crate::ops::Shown;

impl Shown for Agency {
    fn ready(&self) -> Result<()> {
        self.door().ready()
    }

    fn figures(&self) -> String {
        let mut text = self.metrics.text(&self.admission);
        self.metrics.refusals(&mut text);
        let found = self.door().figures();
        let what = "whether the database answered for the figures below, which are left out if not";
        gauge(&mut text, "simrecall_rows_read", what, u8::from(found.is_ok()));
        match found {
            Ok(at_work) => people(&mut text, &at_work, self.door().now()),
            Err(problem) => tracing::warn!(code = problem.code, "figures could not be read"),
        }
        text
    }
}

fn people(text: &mut String, at_work: &AtWork, now: DateTime<Utc>) {
    for (name, what, count) in [
        ("simrecall_staff_signed_in", "people who are signed in", at_work.sessions),
        ("simrecall_staff_paused", "people who are paused", at_work.paused),
        ("simrecall_terminals_on", "terminals staff may work at", at_work.terminals_on),
        (
            "simrecall_terminals_pending",
            "terminals that nobody has admitted yet",
            at_work.terminals_pending,
        ),
    ] {
        gauge(text, name, what, count);
    }
    for (name, what, waiting) in [
        ("simrecall_looks_waiting", "second looks nobody has taken", at_work.looks),
        ("simrecall_orders_waiting", "signed orders nobody has begun", at_work.orders),
        (
            "simrecall_countersigns_waiting",
            "orders that lack a supervisor's signature",
            at_work.countersigns,
        ),
        ("simrecall_alarms_open", "alarms nobody has closed", at_work.alarms),
    ] {
        gauge(text, name, what, waiting.count);
        let age = format!("{name}_oldest_seconds");
        gauge(text, &age, "for how long the oldest of them waits", seconds(waiting, now));
    }
}

/// Nothing waits: 0. A clock that was set back makes nobody wait less than that.
fn seconds(waiting: Waiting, now: DateTime<Utc>) -> i64 {
    waiting.oldest.map_or(0, |since| (now - since).num_seconds().max(0))
}
