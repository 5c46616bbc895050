//! Prints docs/STATES.md from the machines themselves, so that the document cannot drift.

mod customers;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::{
    AttemptState, AttemptView, Event, IllegalMove, Intent, OutcomeKind, Rung, Standing, TargetState,
};
use crate::wave::{WaveEvent, WaveState};

const FILE: &str = include_str!("../../../docs/STATES.md");

#[test]
fn the_document_shows_the_machines_as_they_are() {
    assert!(
        FILE == document(),
        "docs/STATES.md is out of date; write it again with\n  \
         cargo test -p simrecall-core --lib write_the_document -- --ignored"
    );
}

#[test]
#[ignore = "writes docs/STATES.md"]
fn write_the_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/STATES.md");
    std::fs::write(path, document()).unwrap();
}

fn document() -> String {
    let mut text = String::from(
        "# States\n\nPrinted by a test of `simrecall-core` from the machines themselves; do not edit.\n\n",
    );
    text.push_str("## Wave\n\n");
    waves(&mut text);
    text.push_str(
        "\n## Target\n\nA target is what its attempts amount to: the first positive one, else the last one. \
         `send` is another attempt; the other words are outcomes of the last attempt.\n\n",
    );
    targets(&mut text);
    text.push_str(
        "\n## Attempt\n\nOutcomes are weighed, not replayed: they may come in any order and any number of times, \
         and the strongest decides. The pictures show each rung's states from weak to strong. An outcome leads \
         straight to its state from every weaker one and changes nothing in a stronger one. An attempt of several \
         parts is accepted or delivered with the last of them. `·` stays, `—` is refused: such a rung never ends \
         like that.\n",
    );
    for (title, rung) in [
        ("LMS and SMS", Rung::Lms),
        ("E-mail", Rung::Email),
        ("Letter", Rung::Letter),
        ("Posting", Rung::Posting),
    ] {
        writeln!(text, "\n### {title}\n").unwrap();
        ladder_of_evidence(&mut text, rung);
        text.push('\n');
        table(&mut text, rung);
    }
    customers::write(&mut text);
    text
}

fn waves(text: &mut String) {
    text.push_str("```mermaid\nstateDiagram-v2\n    [*] --> planning\n");
    for from in WaveState::ALL {
        for event in WaveEvent::ALL {
            if let Ok(to) = from.step(event) {
                writeln!(text, "    {} --> {}: {}", from.name(), to.name(), event.done()).unwrap();
            }
        }
    }
    text.push_str("    done --> [*]\n    cancelled --> [*]\n```\n");
}

fn targets(text: &mut String) {
    let mut edges = BTreeSet::new();
    for rung in [Rung::Lms, Rung::Email, Rung::Letter, Rung::Posting] {
        for (before, state) in states(rung) {
            let from = target(rung, &state);
            // Open and accepted attempts are waited for; what was told is told.
            if !before.is_positive() && !matches!(before, Standing::Open | Standing::Accepted) {
                edges.insert((from, target(rung, &open(rung)), "send"));
            }
            for kind in OutcomeKind::ALL {
                if let Ok(to) = step(rung, state.clone(), kind) {
                    edges.insert((from, target(rung, &to), kind.name()));
                }
            }
        }
    }
    text.push_str("```mermaid\nstateDiagram-v2\n    [*] --> untried\n    untried --> open: send\n");
    for (from, to) in edges.iter().map(|(from, to, _)| (*from, *to)).collect::<BTreeSet<_>>() {
        let words = edges.iter().filter(|edge| (edge.0, edge.1) == (from, to)).map(|edge| edge.2);
        let words: Vec<_> = words.collect();
        if from != to {
            writeln!(text, "    {from} --> {to}: {}", words.join(", ")).unwrap();
        }
    }
    text.push_str("```\n");
}

/// The chain of a rung's states: each arrow is the weakest evidence that leads on.
fn ladder_of_evidence(text: &mut String, rung: Rung) {
    text.push_str("```mermaid\nstateDiagram-v2\n    direction LR\n    [*] --> open\n");
    let states = states(rung);
    for pair in states.windows(2) {
        let (from, to) = (pair[0].0.name(), pair[1].0.name());
        writeln!(text, "    {from} --> {to}").unwrap();
    }
    text.push_str("```\n");
}

fn table(text: &mut String, rung: Rung) {
    let kinds = OutcomeKind::ALL.map(OutcomeKind::name);
    writeln!(text, "| | {} |\n|---{}|", kinds.join(" | "), "|---".repeat(kinds.len())).unwrap();
    for (standing, state) in states(rung) {
        let cell = |kind| match step(rung, state.clone(), kind) {
            Ok(to) if to.standing() == standing => "·",
            Ok(to) => to.standing().name(),
            Err(_) => "—",
        };
        let cells = OutcomeKind::ALL.map(cell);
        writeln!(text, "| **{}** | {} |", standing.name(), cells.join(" | ")).unwrap();
    }
}

/// A rung's states, weakest evidence first.
fn states(rung: Rung) -> Vec<(Standing, AttemptState)> {
    let reached = OutcomeKind::ALL.into_iter().filter_map(|kind| step(rung, open(rung), kind).ok());
    let mut states: Vec<_> =
        reached.chain([open(rung)]).map(|state| (state.standing(), state)).collect();
    states.sort_by_key(|(standing, _)| *standing);
    states
}

fn open(rung: Rung) -> AttemptState {
    AttemptState::open(&intent(rung))
}

fn step(rung: Rung, state: AttemptState, kind: OutcomeKind) -> Result<AttemptState, IllegalMove> {
    state.step(&intent(rung), &Event { kind, part: 0, at: DateTime::<Utc>::UNIX_EPOCH })
}

fn intent(rung: Rung) -> Intent {
    Intent { rung, parts: 1, at: DateTime::<Utc>::UNIX_EPOCH, resend: false }
}

fn target(rung: Rung, state: &AttemptState) -> &'static str {
    let at = DateTime::<Utc>::UNIX_EPOCH;
    match TargetState::of(&[AttemptView { rung, at, state: state.clone(), resend: false }]) {
        TargetState::Untried => "untried",
        TargetState::Open { .. } => "open",
        TargetState::InDoubt { .. } => "in_doubt",
        TargetState::NeverTaken { .. } => "never_taken",
        TargetState::Waiting { .. } => "waiting",
        TargetState::Missed { .. } => "missed",
        TargetState::Reached { .. } => "reached",
    }
}
