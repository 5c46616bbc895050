//! Decides what happens to each line, then makes the records that make it so.

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::cohort::Certainty;

use super::cells::{Cells, DAYS, MINUTE, SECOND, midnight, whole};
use super::dice::Dice;
use super::life::{Life, Loss, Meeting, answer};
use super::lines::{Card, Line, Numbering};
use super::people::{Person, share};
use super::rows::{Attach, Device, Payment};
use super::visit::Visit;
use super::{RecordCounts, RecordsPlan, SamplePlan};

/// How often a slot is looked for that fits.
const TRIES: u64 = 16;
/// What is drawn for one line differs from what is drawn for any other.
const DRAWS: u64 = 64;
/// Methods of payment that count as a loss, by the built-in rules,
pub(super) const COUNTING: [&str; 2] = ["ars", "sms"];
/// and those that do not.
pub(super) const OTHER: [&str; 2] = ["pass", "card"];

/// What befalls the lines of a plan, one after another.
#[derive(Debug)]
pub(super) struct World<'a> {
    plan: &'a SamplePlan,
    records: &'a RecordsPlan,
    dice: Dice,
    numbering: Numbering,
    pub(super) cells: Cells<'a>,
    /// Lines of each stage so far.
    dealt: Vec<u64>,
    /// Lines so far that lost money by what was found at a later stage than their own.
    late: Vec<u64>,
    /// Cards of nobody that met a rogue cell, by each stage.
    pub(super) unresolved: Vec<u64>,
    pub(super) counts: RecordCounts,
}

/// What is decided about an exposed line.
#[derive(Debug, Clone, Copy)]
struct Fate {
    stage: usize,
    loses: bool,
    doubtful: bool,
}

impl<'a> World<'a> {
    pub(super) fn new(plan: &'a SamplePlan, records: &'a RecordsPlan) -> Self {
        Self {
            plan,
            records,
            dice: Dice::new(plan.seed),
            numbering: Numbering::new(plan),
            cells: Cells::new(plan, records),
            dealt: vec![0; plan.stages.len()],
            late: vec![0; plan.stages.len()],
            unresolved: vec![0; plan.stages.len()],
            counts: RecordCounts::default(),
        }
    }

    /// What happens to a person's lines, and to the line of whoever came into the registry through them. Cards may be
    /// changed by it, and numbers given up.
    pub(super) fn live(&mut self, person: &mut Person) -> Vec<Life> {
        let mut companion = person.companion.as_mut().map(|(_, line)| line);
        let mut lives = Vec::with_capacity(person.lines.len() + 1);
        for line in &mut person.lines {
            let heir = companion.as_deref_mut().filter(|heir| heir.number == line.number);
            lives.push(match line.stage {
                Some(stage) => self.exposed(line, stage, heir),
                None => self.spared(line),
            });
        }
        lives.extend(companion.map(|line| self.spared(line)));
        lives
    }

    /// A line that meets no rogue cell while it is one.
    fn spared(&mut self, line: &mut Line) -> Life {
        let mut life = Life::default();
        if line.held_to.is_none() && self.dice.permille(line.no, 430, 10) {
            self.change_card(line, self.dice.below(line.no, 431, DAYS));
        }
        self.stray(line, &mut life);
        life
    }

    fn exposed(&mut self, line: &mut Line, stage: usize, heir: Option<&mut Line>) -> Life {
        let fate = self.fate(line, stage);
        let main = self.main(line.no, fate);
        let mut life = Life::default();
        let given_up = heir.filter(|_| self.gives_up_at_once(line.no, &main)).map(|heir| {
            self.hand_over(line, heir, &main, &mut life);
        });
        let mut meetings = vec![main];
        if given_up.is_none() {
            self.meet_more(line.no, fate, &mut meetings);
        }
        let late = self.lose_late(line, fate, &meetings);
        meetings.extend(late);
        let (fate, paid) =
            (Fate { loses: fate.loses || late.is_some(), ..fate }, late.unwrap_or(main));
        if line.held_to.is_none() && self.dice.permille(line.no, 430, 30) {
            // A change is in the night before a day or the night after it.
            let day = main.slot.day + self.dice.below(line.no, 431, 2);
            self.change_card(line, day);
        }
        for (meeting, draw) in meetings.iter().zip(0..) {
            self.record(line, meeting, line.no * DRAWS + draw, &mut life);
            life.days |= 1 << meeting.slot.day;
        }
        let loss = self.pay(line, fate, &paid, &mut life);
        self.stray(line, &mut life);
        self.strangers(&mut life);
        let stages = 0..self.plan.stages.len();
        life.answers = stages.map(|stage| answer(&meetings, loss, &self.cells, stage)).collect();
        life
    }

    /// Makes the payments of an exposed line by one of its meetings.
    fn pay(&mut self, line: &Line, fate: Fate, by: &Meeting, life: &mut Life) -> Option<Loss> {
        let certainty = if fate.loses {
            self.lose(line, by, life)
        } else if line.held_to.is_some() {
            // A number that changed hands within minutes is the heir's by then.
            None
        } else {
            self.nearly_lose(line, by, life)
        };
        certainty.map(|certainty| Loss { stage: by.visit.stage, certainty })
    }

    /// A meeting found at a later stage than the line itself, by which it turns out to have lost money.
    fn lose_late(&mut self, line: &Line, fate: Fate, met: &[Meeting]) -> Option<Meeting> {
        if fate.loses || fate.doubtful || line.held_to.is_some() {
            return None;
        }
        let stage = (fate.stage + 1..self.plan.stages.len()).find(|stage| self.is_due(*stage))?;
        let (first, last) = (self.cells.known_before(stage), self.cells.known(stage));
        let meeting = (0..TRIES).find_map(|attempt| {
            let who = line.no * DRAWS + 2 * TRIES + attempt;
            let cell = first + self.dice.below(who, 402, last - first);
            let slot = self.cells.slot(cell, self.dice.below(who, 403, self.cells.days()));
            let free = met.iter().all(|meeting| meeting.slot.day != slot.day);
            let visit = Visit::certain(&slot, self.dice, who).filter(|_| free)?;
            Some(Meeting { slot, visit })
        })?;
        self.late.get_mut(stage).map(|late| *late += 1)?;
        Some(meeting)
    }

    /// Whether a line exposed before a stage is due to lose money by it: so many of so many, the first ones first.
    fn is_due(&self, stage: usize) -> bool {
        let (_, late) = self.records.losses_of(&self.plan.stages, stage);
        let before = stage.checked_sub(1).and_then(|before| self.plan.stages.get(before));
        let dealt = self.dealt.iter().take(stage).sum();
        let due =
            share(dealt, late, before.map_or(0, |before| before.lines)) + u64::from(dealt > 0);
        self.late.get(stage).is_some_and(|made| *made < due.min(late))
    }

    fn fate(&mut self, line: &Line, stage: usize) -> Fate {
        let lines = added(stage, |at| self.plan.stages.get(at).map(|stage| stage.lines));
        let (losses, _) = self.records.losses_of(&self.plan.stages, stage);
        let nth = self.dealt.get_mut(stage).map_or(0, |dealt| {
            *dealt += 1;
            *dealt
        });
        let loses = share(nth, losses, lines) > share(nth.saturating_sub(1), losses, lines);
        let rare = self.records.possible_permille;
        Fate { stage, loses, doubtful: !loses && self.dice.permille(line.no, 400, rare) }
    }

    /// The meeting by which a line belongs to its stage.
    fn main(&self, line: u64, fate: Fate) -> Meeting {
        let late = fate.stage > 0 && !fate.doubtful && self.dice.permille(line, 401, 150);
        let found = (0..TRIES).find_map(|attempt| {
            let who = line * DRAWS + attempt;
            let (known, grown) = match fate.stage.checked_sub(1) {
                Some(before) if late && attempt < TRIES / 2 => (before, true),
                _ => (fate.stage, false),
            };
            let (first, last) = (self.cells.known_before(known), self.cells.known(known));
            let cell = first + self.dice.below(who, 402, last - first);
            let slot = self.cells.slot(cell, self.dice.below(who, 403, self.cells.days()));
            let visit = match (grown, fate.doubtful) {
                (true, _) => Visit::in_growth(&slot, self.dice, who),
                (false, true) => Visit::possible(&slot, self.dice, who),
                (false, false) => Visit::certain(&slot, self.dice, who),
            };
            visit.map(|visit| Meeting { slot, visit })
        });
        found.unwrap_or_else(|| {
            let slot = self.cells.slot(self.cells.known_before(fate.stage), 0);
            Meeting { slot, visit: Visit::plain(&slot, fate.doubtful, self.dice, line * DRAWS) }
        })
    }

    /// Some lines meet rogue cells on other days too: any that are known with the line's own stage or later.
    fn meet_more(&self, line: u64, fate: Fate, meetings: &mut Vec<Meeting>) {
        let more = self.dice.below(line, 404, 10).saturating_sub(7);
        for draw in 0..more {
            let who = line * DRAWS + TRIES + draw;
            let first = self.cells.known_before(fate.stage);
            let all = self.cells.known(usize::MAX);
            let cell = first + self.dice.below(who, 402, all - first);
            let slot = self.cells.slot(cell, self.dice.below(who, 403, self.cells.days()));
            let doubtful = fate.doubtful || self.dice.permille(who, 405, 300);
            let visit = if doubtful {
                Visit::possible(&slot, self.dice, who)
            } else {
                Visit::certain(&slot, self.dice, who)
            };
            let new = meetings.iter().all(|meeting| meeting.slot.day != slot.day);
            meetings.extend(visit.filter(|_| new).map(|visit| Meeting { slot, visit }));
        }
    }

    /// Whether a number that is given up changes hands within minutes of the encounter.
    fn gives_up_at_once(&self, line: u64, main: &Meeting) -> bool {
        main.visit.confirmed.is_some() && self.dice.permille(line, 406, 500)
    }

    /// Gives the number to somebody else, who pays within what would be the loss rule's reach.
    fn hand_over(&mut self, line: &mut Line, heir: &mut Line, main: &Meeting, life: &mut Life) {
        let gone = (main.visit.gone() / SECOND + 1) * SECOND;
        line.held_to = Some(utc(gone + 4 * MINUTE));
        heir.held_from = utc(gone + 5 * MINUTE);
        let payment = self.payment(line, gone + 6 * MINUTE, 410, &COUNTING);
        life.payments.push(payment);
        self.counts.recycled_payments += 1;
    }

    fn change_card(&mut self, line: &mut Line, day: u64) {
        let at = utc(midnight(day) + 30 * MINUTE);
        if line.held_from < at {
            line.changed = Some(at);
            self.counts.sim_changes += 1;
        }
    }

    /// Writes a meeting down: once, twice, or in two parts that overlap, the later one first.
    fn record(&mut self, line: &Line, meeting: &Meeting, who: u64, life: &mut Life) {
        let row = self.attach(line, self.cells.rogue(meeting.slot.cell), &meeting.visit, who);
        let mut rows = vec![row];
        match (self.dice.below(who, 411, 100), row.end) {
            (0..5, _) => rows.push(row),
            (5..10, Some(end)) if end - row.start > 8 => {
                let quarter = (end - row.start) / 4;
                let later = Attach { start: row.start + quarter, ..row };
                rows = vec![later, Attach { end: Some(end - quarter), ..row }];
            }
            _ => (),
        }
        if line.changed.is_some() {
            let [first, second] = &mut self.counts.under_either_card;
            match line.card(utc(row.start)) {
                Card::First => *first += 1,
                Card::Second => *second += 1,
            }
        }
        let written = u64::try_from(rows.len()).unwrap_or(0);
        self.counts.repeated += if written > 1 { written } else { 0 };
        let sure = meeting.visit.confirmed.is_some();
        self.counts.in_window += if sure { written } else { 0 };
        self.counts.near_window += if sure { 0 } else { written };
        self.counts.at_a_bound += if meeting.visit.at_a_bound { written } else { 0 };
        self.counts.skewed += if meeting.visit.skewed { written } else { 0 };
        life.records.append(&mut rows);
    }

    fn attach(&self, line: &Line, cell: u32, visit: &Visit, who: u64) -> Attach {
        let imsi = self.numbering.imsi(line.no, line.card(utc(visit.start)));
        let imei = device(self.numbering.imei(line.no), self.dice, who);
        Attach { imsi, imei, cell, start: visit.start, end: visit.end }
    }

    fn payment(&self, line: &Line, at: i64, question: u64, methods: &[&'static str]) -> Payment {
        let number = self.numbering.subscriber_number(line.number);
        let won = (whole(self.dice.below(line.no, question + 20, 4_990)) + 10) * 100;
        Payment { number, at, won, method: self.dice.word(line.no, question, methods) }
    }

    /// One to three payments within reach, in the very first and last moments of it, too; some are listed twice.
    fn lose(&mut self, line: &Line, main: &Meeting, life: &mut Life) -> Option<Certainty> {
        let reach = main.visit.reach(&main.slot)?;
        let inside = reach.from + 2 * MINUTE;
        // Whoever gave the number up had it until a few minutes after the encounter.
        let which = if line.held_to.is_some() { 0 } else { self.dice.below(line.no, 412, 4) };
        let moments: &[i64] = match which {
            0 => &[inside],
            1 => &[reach.from],
            2 => &[reach.to - 1],
            _ => &[reach.to - 1, inside, reach.from],
        };
        for (at, question) in moments.iter().zip(413..) {
            let payment = self.payment(line, *at, question, &COUNTING);
            let twice = self.dice.permille(line.no, 440 + question, 100);
            life.payments.extend([Some(payment), twice.then_some(payment)].into_iter().flatten());
            self.counts.lossy += 1 + u64::from(twice);
            self.counts.repeated_payments += u64::from(twice);
        }
        Some(Certainty::Confirmed)
    }

    /// Some pay just outside the reach of any rule, by a method that does not count, or where it may be a loss.
    fn nearly_lose(&mut self, line: &Line, main: &Meeting, life: &mut Life) -> Option<Certainty> {
        let Meeting { slot, visit } = main;
        let wide = visit.wide_reach(slot);
        let doubtful = self.records.possible_permille > 0;
        let (at, methods) = match self.dice.below(line.no, 416, 100) {
            0..2 => (wide.to, &COUNTING),
            2..4 => (wide.from - 1, &COUNTING),
            4..7 => (wide.from + 2 * MINUTE, &OTHER),
            7..9 if doubtful => (wide.to - 1, &COUNTING),
            9..11 if doubtful => (wide.from, &COUNTING),
            _ => return None,
        };
        let loss = visit.loss(slot, at).filter(|_| methods == &COUNTING);
        if loss == Some(Certainty::Confirmed) {
            return None;
        }
        life.payments.push(self.payment(line, at, 417, methods));
        let counted = match loss {
            Some(_) => &mut self.counts.perhaps_lossy,
            None if methods == &OTHER => &mut self.counts.other_method,
            None => &mut self.counts.just_outside,
        };
        *counted += 1;
        loss
    }

    /// Records that mean nothing: at a rogue cell when it was not, or elsewhere when it was.
    fn stray(&mut self, line: &Line, life: &mut Life) {
        let who = line.no * DRAWS + DRAWS - 1;
        let kind = self.dice.below(who, 418, 100);
        if kind >= 15 {
            return;
        }
        let cell = self.dice.below(who, 402, self.cells.known(usize::MAX));
        let slot = self.cells.slot(cell, self.dice.below(who, 403, self.cells.days()));
        let (cell, visit) = if kind < 10 {
            self.counts.off_window += 1;
            (self.cells.rogue(cell), Visit::nowhere_near(&slot, self.dice, who))
        } else {
            self.counts.ordinary += 1;
            let cell = self.cells.ordinary(self.dice.roll(who, 419));
            (cell, Visit::within(&slot, self.dice, who))
        };
        self.counts.at_a_bound += u64::from(visit.at_a_bound);
        life.records.push(self.attach(line, cell, &visit, who));
    }

    /// Cards that are no line's, as many for each exposed line as make the planned number in the end.
    fn strangers(&mut self, life: &mut Life) {
        let lines = self.plan.stages.last().map_or(0, |last| last.lines);
        let dealt: u64 = self.dealt.iter().sum();
        let due = |dealt| share(dealt, self.records.strangers, lines);
        for number in due(dealt.saturating_sub(1))..due(dealt) {
            let cell = self.dice.below(number, 420, self.cells.known(usize::MAX));
            let slot = self.cells.slot(cell, self.dice.below(number, 421, self.cells.days()));
            let visit = Visit::within(&slot, self.dice, number);
            let row = Attach {
                imsi: self.numbering.strange_imsi(number),
                imei: device(self.numbering.imei(number), self.dice, number),
                cell: self.cells.rogue(cell),
                start: visit.start,
                end: visit.end,
            };
            let rows = 1 + self.dice.below(number, 422, 2);
            life.records.extend((0..rows).map(|_| row));
            self.counts.strangers += rows;
            self.unresolved.iter_mut().skip(slot.stage).for_each(|known| *known += 1);
        }
    }
}

/// What a stage adds to a list of growing numbers.
fn added(stage: usize, list: impl Fn(usize) -> Option<u64>) -> u64 {
    let before = stage.checked_sub(1).and_then(&list).unwrap_or(0);
    list(stage).unwrap_or(0).saturating_sub(before)
}

/// The device as it is written down, if it is.
pub(super) fn device(imei: u64, dice: Dice, who: u64) -> Option<Device> {
    match dice.below(who, 423, 100) {
        0..5 => None,
        5..10 => Some(Device::WithVersion(imei / 10 * 100 + dice.below(who, 424, 100))),
        _ => Some(Device::Imei(imei)),
    }
}

fn utc(micros: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_changed_in_the_night() {
        assert_eq!(utc(midnight(0) + 30 * MINUTE).to_rfc3339(), "2025-08-04T15:30:00+00:00");
        assert_eq!(midnight(30) - midnight(0), 30 * 24 * 60 * MINUTE);
    }
}
