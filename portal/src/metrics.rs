//! What the server counts of itself, for the people who run it. Nothing here tells one person's answer from another's: what
//! is counted is the page, how the request ended as a class, and how long it took.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;

use crate::admission::{Admission, Work};

/// Upper edges of the times that are told apart, in milliseconds.
const EDGES: [u64; 9] = [1, 5, 10, 50, 100, 250, 500, 1_000, 5_000];

/// Requests of one route that ended alike.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    /// Up to each edge, and beyond the last.
    times: [u64; EDGES.len() + 1],
    micros: u64,
}

/// What was counted so far.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// By route and first digit of the status. Routes are ours, so there are few.
    counts: Mutex<BTreeMap<(&'static str, u16), Count>>,
    /// By the stable code that was answered.
    refusals: Mutex<BTreeMap<&'static str, u64>>,
}

impl Metrics {
    /// A request was answered.
    pub(crate) fn answered(&self, route: &'static str, status: StatusCode, took: Duration) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((route, status.as_u16() / 100)).or_default();
        let place = EDGES.partition_point(|edge| took > Duration::from_millis(*edge));
        if let Some(times) = count.times.get_mut(place) {
            *times += 1;
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        count.micros = count.micros.saturating_add(micros);
    }

    /// A request was refused with this code.
    pub(crate) fn refused(&self, code: &'static str) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        *refusals.entry(code).or_default() += 1;
    }

    /// How often which code was answered, as Prometheus reads it.
    pub(crate) fn refusals(&self, text: &mut String) {
        let name = "simrecall_refusals_total";
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner).clone();
        head(text, name, "counter", "requests that were refused, by the code of the answer");
        for (code, count) in refusals {
            line(text, format_args!("{name}{{code=\"{code}\"}} {count}"));
        }
    }

    /// All of it, as Prometheus reads it.
    pub(crate) fn text(&self, admission: &Admission) -> String {
        let mut text = String::new();
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        head(
            &mut text,
            "simrecall_request_seconds",
            "histogram",
            "requests and how long they took",
        );
        for ((route, class), count) in &counts {
            histogram(&mut text, &format!("route=\"{route}\",class=\"{class}xx\""), count);
        }
        head(&mut text, "simrecall_waiting", "gauge", "requests that wait for a place");
        each(&mut text, "simrecall_waiting", |work| admission.gate(work).waiting());
        head(&mut text, "simrecall_free", "gauge", "places that are free");
        each(&mut text, "simrecall_free", |work| admission.gate(work).free());
        head(&mut text, "simrecall_turned_away_total", "counter", "requests that found no place");
        each(&mut text, "simrecall_turned_away_total", |work| admission.gate(work).turned_away());
        text
    }
}

/// One number that goes up and down.
pub(crate) fn gauge(text: &mut String, name: &str, what: &str, value: impl std::fmt::Display) {
    head(text, name, "gauge", what);
    line(text, format_args!("{name} {value}"));
}

fn head(text: &mut String, name: &str, kind: &str, what: &str) {
    line(text, format_args!("# HELP {name} {what}\n# TYPE {name} {kind}"));
}

fn each<N: std::fmt::Display>(text: &mut String, name: &str, value: impl Fn(Work) -> N) {
    for work in Work::ALL {
        line(text, format_args!("{name}{{work=\"{}\"}} {}", work.name(), value(work)));
    }
}

fn histogram(text: &mut String, labels: &str, count: &Count) {
    const NAME: &str = "simrecall_request_seconds";
    let mut so_far = 0;
    for (edge, times) in EDGES.iter().zip(&count.times) {
        so_far += times;
        let edge = Duration::from_millis(*edge).as_secs_f64();
        line(text, format_args!("{NAME}_bucket{{{labels},le=\"{edge}\"}} {so_far}"));
    }
    let all: u64 = count.times.iter().sum();
    line(text, format_args!("{NAME}_bucket{{{labels},le=\"+Inf\"}} {all}"));
    let seconds = Duration::from_micros(count.micros).as_secs_f64();
    line(text, format_args!("{NAME}_sum{{{labels}}} {seconds}"));
    line(text, format_args!("{NAME}_count{{{labels}}} {all}"));
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    if writeln!(text, "{what}").is_err() {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::admission::Places;

    #[test]
    fn prometheus_reads_what_was_counted() {
        let metrics = Metrics::default();
        metrics.answered("/{lang}/", StatusCode::OK, Duration::from_millis(3));
        metrics.answered("/{lang}/", StatusCode::OK, Duration::from_secs(9));
        metrics.answered("/{lang}/", StatusCode::NOT_FOUND, Duration::from_micros(200));
        let one = NonZeroUsize::MIN;
        let places = Places { readers: one, writers: one, abroad: one, waiting: 1 };
        metrics.refused("limit");
        metrics.refused("limit");
        let mut text = metrics.text(&Admission::new(&places));
        metrics.refusals(&mut text);
        gauge(&mut text, "simrecall_terminals_on", "terminals", 3);
        let ok = "route=\"/{lang}/\",class=\"2xx\"";
        for expected in [
            &*format!("simrecall_request_seconds_bucket{{{ok},le=\"0.001\"}} 0"),
            &*format!("simrecall_request_seconds_bucket{{{ok},le=\"0.005\"}} 1"),
            &*format!("simrecall_request_seconds_bucket{{{ok},le=\"5\"}} 1"),
            &*format!("simrecall_request_seconds_bucket{{{ok},le=\"+Inf\"}} 2"),
            &*format!("simrecall_request_seconds_sum{{{ok}}} 9.003"),
            "simrecall_request_seconds_count{route=\"/{lang}/\",class=\"4xx\"} 1",
            "simrecall_free{work=\"writes\"} 1",
            "simrecall_turned_away_total{work=\"reads\"} 0",
            "simrecall_refusals_total{code=\"limit\"} 2",
            "simrecall_terminals_on 3",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected} in:\n{text}");
        }
    }
}
