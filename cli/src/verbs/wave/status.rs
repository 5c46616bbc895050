//! How a wave stands, in words: who is legally complete first.

use simrecall_core::delivery::Tally;
use simrecall_engine::wave::{Headline, Open, Status};

use super::words::{progress, tally};
use crate::report::{Sheet, count};

/// Signs in a full bar.
const BAR: i64 = 24;

pub(super) fn words(status: &Status) -> String {
    let Status { wave, state, revision, legal, .. } = status;
    let mut sheet = Sheet::default()
        .line(&format!(
            "{} of {} people legally complete",
            count(legal.complete),
            count(legal.persons)
        ))
        .line(&format!(" {}", bar(legal.complete, legal.persons)))
        .line(&format!("wave {} ({state}), of revision {revision}", wave.0))
        .row("complete", complete(legal));
    for (name, number) in open(&legal.open) {
        sheet = sheet.row(
            if legal.open.exact { "open" } else { "open, about" },
            format!("{:>9}  {name}", count(number)),
        );
    }
    let copies = format!("{} of {} arrived", count(status.copies_told), count(status.copies));
    sheet = sheet.row_if(status.copies > 0, "copies", copies);
    let pace = slowed(status);
    sheet = sheet.row_if(pace.is_some(), "pace", pace.unwrap_or_default());
    for (rung, numbers) in &status.by_rung {
        sheet = sheet.row(rung, rung_words(*numbers));
    }
    progress(sheet, &status.progress).text()
}

/// What a rung's attempts came to, as a bar and in numbers.
fn rung_words(numbers: Tally) -> String {
    let (reached, tried) = (i64::from(numbers.reached), i64::from(numbers.intents()));
    format!("{}  {}", bar(reached, tried), tally(numbers))
}

fn complete(legal: &Headline) -> String {
    let named = [
        ("delivered", legal.delivered),
        ("mailed", legal.mailed),
        ("lettered", legal.lettered),
        ("published", legal.published),
        ("suppressed", legal.suppressed),
    ];
    let there = named.into_iter().filter(|(_, number)| *number != 0);
    let words: Vec<String> =
        there.map(|(name, number)| format!("{name} {}", count(number))).collect();
    if words.is_empty() { "nobody yet".to_owned() } else { words.join(" · ") }
}

/// What people wait for; what nobody waits for is left out.
fn open(open: &Open) -> Vec<(&'static str, i64)> {
    let named = [
        ("awaiting a receipt", open.awaiting_receipt),
        ("awaiting the end of the bounce window", open.awaiting_bounce_window),
        ("awaiting a brand's result", open.awaiting_brand),
        ("in doubt", open.in_doubt),
        ("on the way to the network", open.in_flight),
        ("going again, or over the next rung", open.going_again),
        ("on posting without a ground: posting start", open.posting_without_ground),
        ("posted, but not proven: posting list", open.posting_unproven),
        ("no rung left", open.no_rung_left),
        ("not started", open.not_started),
    ];
    named.into_iter().filter(|(_, number)| *number != 0).collect()
}

/// The pace, where staff slowed the wave down.
fn slowed(status: &Status) -> Option<String> {
    let pace = count(status.pace?);
    let of = status.approved_pace.map(|approved| format!(" of {} approved", count(approved)));
    Some(format!("{pace} a second over each route{}", of.unwrap_or_default()))
}

/// A share as a bar that is full only when nothing is left.
fn bar(part: i64, whole: i64) -> String {
    let full = if whole > 0 { (part.clamp(0, whole) * BAR) / whole } else { 0 };
    let [full, rest] = [full, BAR - full].map(|signs| usize::try_from(signs).unwrap_or(0));
    format!("[{}{}]", "#".repeat(full), ".".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_when_nothing_is_left() {
        assert_eq!(bar(0, 0), format!("[{}]", ".".repeat(24)));
        assert_eq!(bar(0, 10), format!("[{}]", ".".repeat(24)));
        assert_eq!(bar(5, 10), format!("[{}{}]", "#".repeat(12), ".".repeat(12)));
        assert_eq!(bar(27_999_999, 28_000_000), format!("[{}.]", "#".repeat(23)));
        assert_eq!(bar(10, 10), format!("[{}]", "#".repeat(24)));
    }

    #[test]
    fn only_what_somebody_waits_for_is_said() {
        let waits = Open { awaiting_receipt: 3, not_started: 1, exact: true, ..Open::default() };
        assert_eq!(open(&waits), [("awaiting a receipt", 3), ("not started", 1)]);
        let legal = Headline { delivered: 2, suppressed: 1, ..Headline::default() };
        assert_eq!(complete(&legal), "delivered 2 · suppressed 1");
        assert_eq!(complete(&Headline::default()), "nobody yet");
    }
}
