//! The people, one after another: exposed ones stage by stage, then bystanders.

use chrono::{NaiveDate, TimeDelta};
use simrecall_core::notice::Language;
use simrecall_core::subscriber::SubscriberKind;

use super::dice::Dice;
use super::lines::{self, Line};
use super::{BRANDS, SamplePlan, names};

/// People are dealt their further lines in groups of this size.
const GROUP: u64 = 8;

/// One household of the registry: the holder, and who came into it through them.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) subscriber: Subscriber,
    pub(super) lines: Vec<Line>,
    /// A guardian, a company's contact, or a new holder of a number.
    pub(super) companion: Option<(Subscriber, Line)>,
    /// The first list they are in, from 0; `None` for bystanders.
    pub(super) stage: Option<usize>,
    pub(super) child: bool,
}

/// A row of the registry.
#[derive(Debug, Clone)]
pub(super) struct Subscriber {
    pub(super) reference: String,
    pub(super) kind: SubscriberKind,
    pub(super) name: String,
    pub(super) birth_date: Option<NaiveDate>,
    pub(super) language: Language,
    pub(super) brand: &'static str,
    pub(super) email: Option<String>,
    pub(super) address: Option<(String, String)>,
    pub(super) guardian: Option<String>,
    pub(super) contact: Option<String>,
}

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Adult,
    Child,
    Company,
}

/// Goes through all people of a plan.
#[derive(Debug)]
pub(super) struct People<'a> {
    plan: &'a SamplePlan,
    dice: Dice,
    person: u64,
    stage: usize,
    /// How many further lines each of the present group of a stage gets.
    group: [u64; 8],
    next_line: u64,
    next_number: u64,
}

impl<'a> People<'a> {
    pub(super) fn new(plan: &'a SamplePlan) -> Self {
        let dice = Dice::new(plan.seed);
        Self { plan, dice, person: 0, stage: 0, group: [0; 8], next_line: 0, next_number: 0 }
    }

    /// The people and lines of the stage before, all of them.
    fn before(&self, stage: usize) -> (u64, u64) {
        let last = stage.checked_sub(1).and_then(|before| self.plan.stages.get(before));
        last.map_or((0, 0), |stage| (stage.people, stage.lines))
    }

    /// Lines of a stage beyond one for each new person: those of its new people, and those of people known before.
    fn further(&self, stage: usize) -> (u64, u64) {
        let (people, lines) = self.before(stage);
        let Some(now) = self.plan.stages.get(stage) else { return (0, 0) };
        let further = (now.lines - lines) - (now.people - people);
        let late = (further / 10).min(people);
        (further - late, late)
    }

    fn next_exposed(&mut self) -> Option<Person> {
        while self.plan.stages.get(self.stage)?.people <= self.person {
            self.stage += 1;
        }
        let (first, _) = self.before(self.stage);
        let place = self.person - first;
        if place.is_multiple_of(GROUP) {
            self.deal(first, place);
        }
        let own = usize::try_from(place % GROUP).ok().and_then(|at| self.group.get(at).copied());
        let mut stages = vec![self.stage; usize::try_from(1 + own.unwrap_or(0)).unwrap_or(1)];
        let later = self.stage + 1..self.plan.stages.len();
        stages.extend(later.filter(|stage| self.gets_late_line(*stage)));
        Some(self.exposed(&stages))
    }

    /// Deals the further lines of a group, so that the stage has exactly as many as planned.
    fn deal(&mut self, first: u64, place: u64) {
        let now = self.plan.stages.get(self.stage).map_or(0, |stage| stage.people) - first;
        let (further, _) = self.further(self.stage);
        let (group, groups) = (place / GROUP, now.div_ceil(GROUP));
        let due = share(group + 1, further, groups) - share(group, further, groups);
        let size = GROUP.min(now - place);
        self.group = [0; 8];
        for card in 0..due {
            let at = self.dice.below(self.person, 300 + card, size);
            if let Some(lines) = usize::try_from(at).ok().and_then(|at| self.group.get_mut(at)) {
                *lines += 1;
            }
        }
    }

    fn gets_late_line(&self, stage: usize) -> bool {
        let (people, _) = self.before(stage);
        let (_, late) = self.further(stage);
        share(self.person + 1, late, people) > share(self.person, late, people)
    }

    fn exposed(&mut self, stages: &[usize]) -> Person {
        let part = self.part();
        let subscriber = self.subscriber(part);
        let data_only = part == Part::Adult && self.dice.permille(self.person, 1, 5);
        let lines: Vec<Line> = stages
            .iter()
            .enumerate()
            .map(|(at, stage)| {
                let data = data_only || (at > 0 && self.dice.permille(self.next_line, 2, 150));
                self.line(Some(*stage), data)
            })
            .collect();
        let child = part == Part::Child;
        let mut person =
            Person { subscriber, lines, companion: None, stage: Some(self.stage), child };
        match part {
            Part::Child | Part::Company => self.add_keeper(&mut person),
            Part::Adult => self.recycle(&mut person),
        }
        person
    }

    fn bystander(&mut self) -> Person {
        let subscriber = self.subscriber(Part::Adult);
        let lines = vec![self.line(None, false)];
        Person { subscriber, lines, companion: None, stage: None, child: false }
    }

    fn part(&self) -> Part {
        match self.dice.below(self.person, 3, 1000) {
            0..20 => Part::Child,
            20..35 => Part::Company,
            _ => Part::Adult,
        }
    }

    fn subscriber(&self, part: Part) -> Subscriber {
        let (dice, who) = (self.dice, self.person);
        let language = if part == Part::Company { Language::Korean } else { language(dice, who) };
        let company = part == Part::Company;
        let name =
            if company { names::company(dice, who) } else { names::person(dice, who, language) };
        let has_email = !dice.permille(who, 4, if part == Part::Child { 900 } else { 120 });
        let has_address = !dice.permille(who, 5, 30);
        Subscriber {
            reference: format!("S{who:09}"),
            kind: if company { SubscriberKind::Company } else { SubscriberKind::Person },
            name,
            birth_date: birth_date(dice, who, part),
            language,
            brand: brand(dice, who),
            email: has_email.then(|| format!("s{who}@{}", mail_host(dice, who))),
            address: has_address.then(|| names::address(dice, who)),
            guardian: None,
            contact: None,
        }
    }

    /// An adult who came into the registry because of this person.
    fn companion(&self, letter: char) -> Subscriber {
        let (dice, who) = (self.dice, self.person | (1 << 40));
        let language = language(dice, who);
        let host = mail_host(dice, who);
        Subscriber {
            reference: format!("{letter}{:09}", self.person),
            kind: SubscriberKind::Person,
            name: names::person(dice, who, language),
            birth_date: birth_date(dice, who, Part::Adult),
            language,
            brand: brand(dice, self.person),
            email: Some(format!("{}{}@{host}", letter.to_ascii_lowercase(), self.person)),
            address: Some(names::address(dice, who)),
            guardian: None,
            contact: None,
        }
    }

    /// Gives a child its guardian and a company its contact; a few have none.
    fn add_keeper(&mut self, person: &mut Person) {
        if self.dice.permille(self.person, 6, 50) {
            return;
        }
        let keeper = self.companion(if person.child { 'G' } else { 'C' });
        let reference = Some(keeper.reference.clone());
        if person.child {
            person.subscriber.guardian = reference;
        } else {
            person.subscriber.contact = reference;
        }
        let line = self.line(None, false);
        person.companion = Some((keeper, line));
    }

    /// Some gave their first number up, and somebody else has it now.
    fn recycle(&mut self, person: &mut Person) {
        let chosen = self.dice.permille(self.person, 7, self.plan.recycled_permille);
        let Some(first) = person.lines.first_mut().filter(|line| chosen && !line.data) else {
            return;
        };
        let given_up = lines::given_up(self.dice, first.no);
        first.held_to = Some(given_up);
        let number = first.number;
        let mut line = self.line(None, false);
        self.next_number -= 1;
        line.number = number;
        line.held_from = given_up + TimeDelta::days(1);
        person.companion = Some((self.companion('N'), line));
    }

    fn line(&mut self, stage: Option<usize>, data: bool) -> Line {
        let (no, number) = (self.next_line, self.next_number);
        self.next_line += 1;
        self.next_number += 1;
        let held_from = lines::began(self.dice, no);
        Line { no, number, stage, data, held_from, held_to: None, changed: None }
    }
}

impl Iterator for People<'_> {
    type Item = Person;

    fn next(&mut self) -> Option<Person> {
        let exposed = self.plan.stages.last().map_or(0, |last| last.people);
        let person = if self.person < exposed {
            self.next_exposed()?
        } else if self.person - exposed < self.plan.bystanders {
            self.bystander()
        } else {
            return None;
        };
        self.person += 1;
        Some(person)
    }
}

/// How many of `all` are due after `done` of `steps`.
pub(super) fn share(done: u64, all: u64, steps: u64) -> u64 {
    let due = u128::from(done) * u128::from(all) / u128::from(steps.max(1));
    u64::try_from(due).unwrap_or(all)
}

fn language(dice: Dice, who: u64) -> Language {
    match dice.below(who, 8, 1000) {
        0..25 => Language::Chinese,
        25..45 => Language::English,
        45..60 => Language::Vietnamese,
        60..70 => Language::Japanese,
        _ => Language::Korean,
    }
}

fn brand(dice: Dice, who: u64) -> &'static str {
    let [own, first, second] = BRANDS;
    match dice.below(who, 9, 100) {
        0..7 => first,
        7..11 => second,
        _ => own,
    }
}

fn mail_host(dice: Dice, who: u64) -> &'static str {
    dice.word(who, 10, &["mail.example", "post.example", "webmail.example"])
}

/// Children were under 14 all the time, adults are 19 to 88.
fn birth_date(dice: Dice, who: u64, part: Part) -> Option<NaiveDate> {
    let (first_year, years) = match part {
        Part::Company => return None,
        Part::Child => (2012, 8),
        Part::Adult => (1937, 69),
    };
    let days = i64::try_from(dice.below(who, 11, years * 365)).unwrap_or(0);
    Some(NaiveDate::from_ymd_opt(first_year, 1, 1)? + TimeDelta::days(days))
}
