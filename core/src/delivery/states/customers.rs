//! The machines of what customers ask for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use crate::replacement::card;
use crate::terminal::{look, order};
use crate::{claim, protection, replacement};

/// Arrows, with the words that lead along each, in the order they are met.
#[derive(Default)]
struct Picture {
    arrows: Vec<(&'static str, &'static str)>,
    words: BTreeMap<(&'static str, &'static str), Vec<&'static str>>,
}

impl Picture {
    fn add(&mut self, from: &'static str, to: &'static str, word: &'static str) {
        if !self.words.contains_key(&(from, to)) {
            self.arrows.push((from, to));
        }
        let words = self.words.entry((from, to)).or_default();
        if !words.contains(&word) {
            words.push(word);
        }
    }

    fn draw(&self, text: &mut String, first: &str, last: &[&str]) {
        writeln!(text, "```mermaid\nstateDiagram-v2\n    [*] --> {first}").unwrap();
        for (from, to) in &self.arrows {
            let words = self.words[&(*from, *to)].join(", ");
            writeln!(text, "    {from} --> {to}: {words}").unwrap();
        }
        for state in last {
            writeln!(text, "    {state} --> [*]").unwrap();
        }
        text.push_str("```\n");
    }
}

/// A row for each state, a column for each event.
fn table(text: &mut String, events: &[&str], rows: &[(&str, Vec<Option<&str>>)]) {
    writeln!(text, "\n| | {} |\n|---{}|", events.join(" | "), "|---".repeat(events.len())).unwrap();
    for (state, cells) in rows {
        let cells: Vec<_> = cells.iter().map(|cell| cell.unwrap_or("—")).collect();
        writeln!(text, "| **{state}** | {} |", cells.join(" | ")).unwrap();
    }
}

/// A row for each state: what may happen, and where it leads.
fn list(text: &mut String, rows: &[(&str, Vec<(&str, &str)>)]) {
    text.push_str("\n| | goes on by |\n|---|---|\n");
    for (state, moves) in rows {
        let moves: Vec<_> = moves.iter().map(|(by, to)| format!("`{by}` → {to}")).collect();
        let moves = if moves.is_empty() { "—".to_owned() } else { moves.join(" · ") };
        writeln!(text, "| **{state}** | {moves} |").unwrap();
    }
}

pub(super) fn write(text: &mut String) {
    text.push_str(
        "\n## Replacement\n\nA new card for one line. What is not in a state's row is refused. Nothing but `start` begins a swap, \
         and `start` needs a reserved card of a verified customer. In `swapping`, `awaiting_attach`, `rolling_back` and \
         `manual_repair` the network's register is, or may be, between two cards.\n\n",
    );
    replacements(text);
    text.push_str(
        "\n## Card\n\nA card in stock. Once active it is never available again. `—` is refused, here and below.\n\n",
    );
    cards(text);
    text.push_str(
        "\n## Protection\n\nA line is tied to a handset. `requested`, `suspended`, `kept` and `undone` come from its owner, \
         the rest from the network; nothing comes from staff. The network cannot confirm another handset than its \
         owner named. A swap loosens one that is on for 15 minutes at most, by its owner's order; `rebound` ties it to the new card.\n\n",
    );
    protections(text);
    text.push_str(
        "\n## Claim\n\nMoney is asked back, or given back before anybody asks. What is granted is what is paid, and never more than was \
         claimed. An incident with a claim that was handed in and is not paid, waived, rejected or withdrawn is not erased, nor \
         one with a claim whose owner may still object.\n\n",
    );
    claims(text);
    text.push_str(
        "\n## Order of a swap\n\nWhat a clerk asks for at a terminal. `confirm` is a passkey over the order's own challenge, within two \
         minutes; `start` begins the swap in the same transaction, within five minutes of it.\n\n",
    );
    orders(text);
    text.push_str(
        "\n## Second look\n\nWhoever cannot show their own code is looked at by somebody elsewhere. `take`, `approve` and `deny` only within two \
         minutes of when it was asked for; `lapse` only after them, and it keeps the customer's place.\n\n",
    );
    looks(text);
}

fn orders(text: &mut String) {
    let mut picture = Picture::default();
    let mut rows = Vec::new();
    for from in order::State::ALL {
        let to = order::Event::ALL.map(|event| order::step(from, event).ok());
        for (event, to) in order::Event::ALL.into_iter().zip(to) {
            if let Some(to) = to {
                picture.add(from.name(), to.name(), event.name());
            }
        }
        rows.push((from.name(), to.map(|to| to.map(order::State::name)).to_vec()));
    }
    picture.draw(text, "made", &["started", "refused", "lapsed"]);
    table(text, &order::Event::ALL.map(order::Event::name), &rows);
}

fn looks(text: &mut String) {
    let at = DateTime::<Utc>::UNIX_EPOCH;
    let mut picture = Picture::default();
    let mut rows = Vec::new();
    for from in look::State::ALL {
        let to = look::Event::ALL.map(|event| {
            // Within its two minutes; and after them, for the one thing that happens then.
            let now = if event == look::Event::Lapse { at + look::LASTS } else { at };
            look::step(from, event, (at, now)).ok()
        });
        for (event, to) in look::Event::ALL.into_iter().zip(to) {
            if let Some(to) = to {
                picture.add(from.name(), to.name(), event.name());
            }
        }
        rows.push((from.name(), to.map(|to| to.map(look::State::name)).to_vec()));
    }
    picture.draw(text, "asked", &["approved", "denied", "lapsed"]);
    table(text, &look::Event::ALL.map(look::Event::name), &rows);
}

fn replacements(text: &mut String) {
    let mut picture = Picture::default();
    let mut rows = Vec::new();
    for from in replacement::State::ALL {
        let moves = replacement::moves(from);
        for (event, to) in moves {
            picture.add(from.name(), to.name(), event.name());
        }
        let moves: Vec<_> = moves.iter().map(|(by, to)| (by.name(), to.name())).collect();
        rows.push((from.name(), moves));
    }
    picture.draw(text, "applied", &["completed", "cancelled", "declined", "ineligible"]);
    list(text, &rows);
}

fn cards(text: &mut String) {
    let mut picture = Picture::default();
    let mut rows = Vec::new();
    for from in card::State::ALL {
        let to = card::Event::ALL.map(|event| card::step(from, event).ok());
        for (event, to) in card::Event::ALL.into_iter().zip(to) {
            if let Some(to) = to {
                picture.add(from.name(), to.name(), event.name());
            }
        }
        rows.push((from.name(), to.map(|to| to.map(card::State::name)).to_vec()));
    }
    picture.draw(text, "in_transit", &["retired", "lost"]);
    table(text, &card::Event::ALL.map(card::Event::name), &rows);
}

fn protections(text: &mut String) {
    let mut picture = Picture::default();
    let mut rows: BTreeMap<protection::StateKind, BTreeMap<&str, &str>> = BTreeMap::new();
    let events = protection::tests::events();
    for from in protection::tests::states() {
        let row = rows.entry(from.kind()).or_default();
        for event in &events {
            if let Ok(to) = protection::step(&from, event) {
                picture.add(from.name(), to.name(), event.done());
                row.insert(event.done(), to.name());
            }
        }
    }
    picture.draw(text, "off", &[]);
    let words = each_once(events.iter().map(protection::Event::done));
    let rows = rows.iter().map(|(from, row)| {
        (from.name(), words.iter().map(|word| row.get(word).copied()).collect())
    });
    table(text, &words, &rows.collect::<Vec<_>>());
}

fn claims(text: &mut String) {
    let mut picture = Picture::default();
    let mut rows = Vec::new();
    let events = claim::tests::events();
    for from in claim::tests::states() {
        let to = events.iter().map(|event| claim::step(&from, event, claim::tests::CLAIMED).ok());
        let to: Vec<_> = to.map(|to| to.map(|to| to.name())).collect();
        for (event, to) in events.iter().zip(&to) {
            if let Some(to) = to {
                picture.add(from.name(), to, event.done());
            }
        }
        rows.push((from.name(), to));
    }
    picture.draw(text, "draft", &["paid", "waived", "rejected", "withdrawn"]);
    let words: Vec<_> = events.iter().map(claim::Event::done).collect();
    table(text, &words, &rows);
}

fn each_once(words: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut seen = Vec::new();
    for word in words {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen
}
