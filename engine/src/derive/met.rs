//! Encounters of one card or one line, with the device it was in.

use simrecall_core::derive::{Encounter, Micros, merge};

use super::ask::Ask;
use super::row::{Device, Seen};

/// An encounter, and the first device that is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Met {
    pub(super) encounter: Encounter,
    pub(super) device: Device,
}

/// What the records of one card are by one rule set, each encounter once.
pub(super) fn met_by(ask: &Ask<'_>, set: u8, card: &[Seen]) -> Vec<Met> {
    let mut met = Vec::new();
    let mut of_one = Vec::new();
    for seen in card {
        of_one.clear();
        encounters(ask, set, seen, &mut of_one);
        met.extend(of_one.iter().map(|one| Met { encounter: *one, device: seen.imei }));
    }
    merged(met)
}

/// Adds the encounters of one record.
pub(super) fn encounters(ask: &Ask<'_>, set: u8, seen: &Seen, out: &mut Vec<Encounter>) {
    let window = ask.windows.get(seen.cell);
    let cell = window.and_then(|window| ask.windows.of(window.cell.as_bytes()));
    if let (Some(cell), Some(rules)) = (cell, ask.rules(set)) {
        rules.encounters(cell, rules.occupied(seen.start, seen.end), out);
    }
}

/// Makes one of those that overlap or touch, as [`merge`] does; the device is that of the earliest that has one.
pub(super) fn merged(mut met: Vec<Met>) -> Vec<Met> {
    met.sort_unstable();
    let mut encounters: Vec<Encounter> = met.iter().map(|met| met.encounter).collect();
    merge(&mut encounters);
    let of = |encounter: Encounter| {
        let starts = |met: &Met| place(&met.encounter) < place(&encounter);
        let first = met.partition_point(starts);
        let within = met.get(first..).unwrap_or_default().iter().take_while(|met| {
            (met.encounter.window, met.encounter.rule) == (encounter.window, encounter.rule)
                && met.encounter.span.from <= encounter.span.to
        });
        let device = within.map(|met| met.device).find(|device| device.is_known());
        Met { encounter, device: device.unwrap_or_else(|| Device::of(None)) }
    };
    encounters.into_iter().map(of).collect()
}

fn place(encounter: &Encounter) -> (u32, u8, Micros) {
    (encounter.window.0, encounter.rule.0, encounter.span.from)
}

#[cfg(test)]
mod tests {
    use simrecall_core::derive::{LeakNo, Span, WindowNo};

    use super::*;

    fn met(window: u32, from: i64, to: i64, imei: Option<&str>) -> Met {
        let span = Span { from: Micros(from), to: Micros(to) };
        let encounter = Encounter { window: WindowNo(window), rule: LeakNo(0), span };
        Met { encounter, device: Device::of(imei) }
    }

    #[test]
    fn a_merged_encounter_has_the_first_device_that_is_known() {
        let (a, b) = (Some("352099001761481"), Some("490154203237518"));
        let all = vec![met(1, 20, 30, b), met(1, 5, 9, None), met(1, 9, 20, a), met(2, 0, 3, b)];
        let once = merged(all.clone());
        assert_eq!(once, [met(1, 5, 30, a), met(2, 0, 3, b)]);
        let mut turned = all;
        turned.reverse();
        turned.extend(once.clone());
        assert_eq!(merged(turned), once);
    }
}
