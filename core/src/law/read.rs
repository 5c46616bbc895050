//! Packs from TOML: what is wrong with one is said with file and line.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::NaiveDate;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::calendar::knows_holidays;
use super::{
    Anchor, Duty, Element, Ground, Method, Pack, PackId, Period, Recipient, Rule, RuleId, Standing,
    Trigger, Zone,
};

/// A pack that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {fault}")]
pub struct PackError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: PackFault,
}

/// What is wrong with a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackFault {
    /// Not TOML, a field that does not exist, or a word that means nothing here.
    #[error("{0}")]
    Toml(Box<str>),
    /// A name of another form.
    #[error(
        "{0} is not a name; a pack's has a-z, 0-9 and hyphens, a rule's A-Z, a-z, 0-9 and hyphens"
    )]
    Name(Box<str>),
    /// A field that must say something says nothing.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// Not a country.
    #[error("country is two capital letters, and region begins with them, as in US and US-CA")]
    Country,
    /// A date with a time, or no date.
    #[error("{0} is not a date such as 2026-09-11")]
    Date(&'static str),
    /// A pack in force since no day.
    #[error("valid_from is missing; only a pending pack may leave it out")]
    NoStart,
    /// A pack that is not in force since some day.
    #[error("a pending pack is not in force and has no valid_from or valid_to")]
    PendingStart,
    /// It ends before it begins.
    #[error("valid_to is before valid_from")]
    Backwards,
    /// Two versions of one statute on one day.
    #[error("its days overlap those of {0}, another version of the same statute")]
    Overlap(PackId),
    /// Versions are picked by a moment of awareness.
    #[error("{0} is not a moment of awareness, so it cannot pick a version")]
    NotAwareness(Anchor),
    /// A pack that asks nothing.
    #[error("it has no rule")]
    NoRule,
    /// Two rules of one name.
    #[error("{0} is there twice")]
    Twice(RuleId),
    /// A rule cannot be relied on more than its pack.
    #[error("a rule of a pack that is {pack} cannot be {rule}")]
    Standing {
        /// The pack's.
        pack: Standing,
        /// The rule's.
        rule: Standing,
    },
    /// A pending rule that could be applied.
    #[error(
        "a pending rule has the period none, so that nothing can count it; say the rest in its note"
    )]
    PendingPeriod,
    /// Counts from a rule that is not there.
    #[error("after names {0}, which is no rule of this pack")]
    After(RuleId),
    /// Only a posting has grounds and days, and it has grounds.
    #[error("a posting names its grounds, and nothing else has grounds or days")]
    Posting,
    /// A silence without end.
    #[error("a silence needs a period that ends")]
    Silence,
    /// Holidays nobody told us.
    #[error("business days need this country's holidays; list them in holidays")]
    Holidays,
}

/// Reads one pack, and the error to give if its days overlap another's.
pub(super) fn read(file: &str, text: &str) -> Result<(Pack, PackError), PackError> {
    let place = Place { file, text };
    let raw: RawPack = toml::from_str(text).map_err(|error| {
        let fault = PackFault::Toml(error.message().into());
        place.error(error.span().unwrap_or_default(), fault)
    })?;
    let span = raw.valid_from.as_ref().map_or_else(|| raw.id.span(), Spanned::span);
    let pack = raw.checked(&place)?;
    let overlap = place.error(span, PackFault::Overlap(pack.id.clone()));
    Ok((pack, overlap))
}

/// Where in which file.
struct Place<'a> {
    file: &'a str,
    text: &'a str,
}

impl Place<'_> {
    fn error(&self, span: Range<usize>, fault: PackFault) -> PackError {
        let before = self.text.bytes().take(span.start);
        let line = 1 + before.filter(|byte| *byte == b'\n').count();
        PackError { file: self.file.to_owned(), line, fault }
    }

    fn check<T>(&self, at: &Spanned<T>, holds: bool, fault: PackFault) -> Result<(), PackError> {
        if holds { Ok(()) } else { Err(self.error(at.span(), fault)) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPack {
    id: Spanned<String>,
    statute: Spanned<String>,
    title: Spanned<String>,
    country: Spanned<String>,
    region: Option<String>,
    valid_from: Option<Spanned<Datetime>>,
    valid_to: Option<Spanned<Datetime>>,
    zone: Zone,
    anchor: Spanned<Anchor>,
    standing: Standing,
    source: Spanned<Vec<String>>,
    note: Option<String>,
    #[serde(default)]
    holidays: Vec<Spanned<Datetime>>,
    #[serde(default)]
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<String>,
    duty: Spanned<Duty>,
    standing: Option<Standing>,
    when: Vec<Trigger>,
    #[serde(default)]
    any_of: Vec<Vec<Trigger>>,
    clock: Anchor,
    after: Option<Spanned<String>>,
    period: Spanned<Period>,
    to: Recipient,
    #[serde(default)]
    elements: BTreeSet<Element>,
    #[serde(default)]
    methods: BTreeSet<Method>,
    #[serde(default)]
    grounds: BTreeSet<Ground>,
    days: Option<u32>,
    excuse: Option<String>,
    #[serde(default)]
    exceptions: Vec<String>,
    #[serde(default)]
    source: Vec<String>,
    note: Option<String>,
}

impl RawPack {
    fn checked(self, place: &Place<'_>) -> Result<Pack, PackError> {
        self.check_names(place)?;
        let (valid_from, valid_to) = self.validity(place)?;
        let fault = PackFault::NotAwareness(*self.anchor.get_ref());
        place.check(&self.anchor, self.anchor.get_ref().is_awareness(), fault)?;
        let holidays = self.holidays.iter().map(|day| date(place, "holidays", day));
        let mut pack = Pack {
            holidays: holidays.collect::<Result<_, _>>()?,
            id: PackId::new(self.id.get_ref()),
            statute: self.statute.into_inner(),
            title: self.title.into_inner(),
            country: self.country.into_inner(),
            region: self.region,
            valid_from,
            valid_to,
            zone: self.zone,
            anchor: *self.anchor.get_ref(),
            standing: self.standing,
            source: self.source.into_inner(),
            note: self.note,
            file: place.file.to_owned(),
            rules: Vec::new(),
        };
        place.check(&self.id, !self.rule.is_empty(), PackFault::NoRule)?;
        pack.rules = rules(self.rule, &pack, place)?;
        Ok(pack)
    }

    fn check_names(&self, place: &Place<'_>) -> Result<(), PackError> {
        for name in [&self.id, &self.statute] {
            let lower = !name.get_ref().bytes().any(|b| b.is_ascii_uppercase());
            let fault = PackFault::Name(name.get_ref().as_str().into());
            place.check(name, lower && is_name(name.get_ref()), fault)?;
        }
        let titled = !self.title.get_ref().trim().is_empty();
        place.check(&self.title, titled, PackFault::Empty("title"))?;
        place.check(&self.source, !self.source.get_ref().is_empty(), PackFault::Empty("source"))?;
        let country = self.country.get_ref();
        let two = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        let within =
            |region: &str| region.strip_prefix(country).is_some_and(|r| r.starts_with('-'));
        let regional = self.region.as_deref().is_none_or(within);
        place.check(&self.country, two && regional, PackFault::Country)
    }

    fn validity(
        &self,
        place: &Place<'_>,
    ) -> Result<(Option<NaiveDate>, Option<NaiveDate>), PackError> {
        let read = |name, at: &Option<Spanned<Datetime>>| {
            at.as_ref().map(|at| date(place, name, at)).transpose()
        };
        let (from, to) = (read("valid_from", &self.valid_from)?, read("valid_to", &self.valid_to)?);
        let pending = self.standing == Standing::Pending;
        let dated = self.valid_from.as_ref().or(self.valid_to.as_ref());
        if let Some(dated) = dated {
            place.check(dated, !pending, PackFault::PendingStart)?;
        }
        place.check(&self.id, pending || from.is_some(), PackFault::NoStart)?;
        if let Some(end) = &self.valid_to {
            place.check(end, from <= to, PackFault::Backwards)?;
        }
        Ok((from, to))
    }
}

fn date(
    place: &Place<'_>,
    name: &'static str,
    at: &Spanned<Datetime>,
) -> Result<NaiveDate, PackError> {
    let Datetime { date, time, offset } = *at.get_ref();
    let plain = date.filter(|_| time.is_none() && offset.is_none());
    let day = plain
        .and_then(|day| NaiveDate::from_ymd_opt(day.year.into(), day.month.into(), day.day.into()));
    day.ok_or_else(|| place.error(at.span(), PackFault::Date(name)))
}

fn is_name(text: &str) -> bool {
    let groups =
        |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_alphanumeric());
    text.split('-').all(groups)
}

fn rules(raw: Vec<RawRule>, pack: &Pack, place: &Place<'_>) -> Result<Vec<Rule>, PackError> {
    let mut names = BTreeSet::new();
    for rule in &raw {
        let id = RuleId::new(rule.id.get_ref());
        let first = names.insert(id.clone());
        place.check(&rule.id, first, PackFault::Twice(id))?;
    }
    let known = |id: &str| names.contains(&RuleId::new(id));
    for rule in &raw {
        if let Some(after) = &rule.after {
            let id = after.get_ref();
            place.check(after, known(id), PackFault::After(RuleId::new(id)))?;
        }
    }
    raw.into_iter().map(|rule| rule.checked(pack, place)).collect()
}

impl RawRule {
    fn checked(self, pack: &Pack, place: &Place<'_>) -> Result<Rule, PackError> {
        let standing = self.standing.unwrap_or(pack.standing);
        self.check(standing, pack, place)?;
        Ok(Rule {
            id: RuleId::new(self.id.get_ref()),
            duty: *self.duty.get_ref(),
            standing,
            when: self.when,
            any_of: self.any_of,
            clock: self.clock,
            after: self.after.map(|after| RuleId::new(after.get_ref())),
            period: *self.period.get_ref(),
            to: self.to,
            elements: self.elements,
            methods: self.methods,
            grounds: self.grounds,
            days: self.days,
            excuse: self.excuse,
            exceptions: self.exceptions,
            source: if self.source.is_empty() { pack.source.clone() } else { self.source },
            note: self.note,
        })
    }

    fn check(&self, standing: Standing, pack: &Pack, place: &Place<'_>) -> Result<(), PackError> {
        let name = PackFault::Name(self.id.get_ref().as_str().into());
        place.check(&self.id, is_name(self.id.get_ref()), name)?;
        place.check(&self.id, !self.when.is_empty(), PackFault::Empty("when"))?;
        let fault = PackFault::Standing { pack: pack.standing, rule: standing };
        place.check(&self.id, standing >= pack.standing, fault)?;
        let (duty, period) = (*self.duty.get_ref(), *self.period.get_ref());
        let countable = standing == Standing::Pending && period != Period::None;
        place.check(&self.period, !countable, PackFault::PendingPeriod)?;
        let endless =
            duty == Duty::Silence && standing != Standing::Pending && !period.is_bounded();
        place.check(&self.period, !endless, PackFault::Silence)?;
        let posts = duty == Duty::Post;
        let placed = posts != self.grounds.is_empty() && (posts || self.days.is_none());
        place.check(&self.duty, placed, PackFault::Posting)?;
        let free = knows_holidays(pack.zone) || !pack.holidays.is_empty();
        let counted = !matches!(period, Period::BusinessDays(_)) || free;
        place.check(&self.period, counted, PackFault::Holidays)
    }
}
