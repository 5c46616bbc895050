//! Rules from TOML: what is wrong with them is said with its line.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{LeakNo, LeakRule, Length, LossRule, Rules};
use crate::cohort::Certainty;

/// At most so many rules of a kind.
const MOST_RULES: usize = 32;
/// At most so many different methods of payment.
const MOST_METHODS: usize = 100;

/// Rules that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BadRules {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: RulesFault,
}

/// What is wrong with rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesFault {
    /// Not TOML, a field that does not exist, or a word that means nothing here.
    #[error("{0}")]
    Toml(Box<str>),
    /// A name of another form.
    #[error("'{0}' is not a name; it is 1 to 64 of a-z, 0-9 and hyphens")]
    Name(Box<str>),
    /// Two rules of one name.
    #[error("{0} is there twice")]
    Twice(Box<str>),
    /// A list that must name something names nothing.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// More than fit.
    #[error("more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// A record that counts for no time.
    #[error("a record without an end must count for some time")]
    NoTime,
    /// Only the less sure windows.
    #[error("possible alone would lose a line when its window is confirmed; name confirmed too")]
    PossibleAlone,
    /// Encounters of a rule that is not there.
    #[error("leak names {0}, which is no leak rule here")]
    NoLeak(Box<str>),
    /// A method of another form.
    #[error("a method is one word of at most 32 letters, digits, hyphens, dots and underscores")]
    Method,
}

/// Reads a rule set.
pub(super) fn read(text: &str) -> Result<Rules, BadRules> {
    let raw: RawRules = toml::from_str(text).map_err(|error| {
        let what = RulesFault::Toml(error.message().into());
        bad(text, &error.span().unwrap_or_default(), what)
    })?;
    raw.checked(text).map_err(|Fault(span, what)| bad(text, &span, what))
}

fn bad(text: &str, span: &Range<usize>, what: RulesFault) -> BadRules {
    let before = text.bytes().take(span.start);
    BadRules { line: 1 + before.filter(|byte| *byte == b'\n').count(), what }
}

/// What is wrong, and where in the text.
struct Fault(Range<usize>, RulesFault);

fn check<T>(at: &Spanned<T>, holds: bool, what: impl FnOnce() -> RulesFault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault(at.span(), what())) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRules {
    id: Spanned<String>,
    record_without_end: Spanned<Length>,
    #[serde(default)]
    leak: Vec<RawLeak>,
    #[serde(default)]
    loss: Vec<RawLoss>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLeak {
    id: Spanned<String>,
    windows: Spanned<BTreeSet<Certainty>>,
    grace: Length,
    fact: Certainty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLoss {
    id: Spanned<String>,
    methods: Spanned<Vec<Spanned<String>>>,
    leak: Spanned<Vec<Spanned<String>>>,
    before: Length,
    after: Length,
    fact: Certainty,
}

impl RawRules {
    fn checked(self, text: &str) -> Result<Rules, Fault> {
        self.check_names()?;
        self.check_counts()?;
        let timed = *self.record_without_end.get_ref() > Length::ZERO;
        check(&self.record_without_end, timed, || RulesFault::NoTime)?;
        let mut leak =
            self.leak.into_iter().map(RawLeak::checked).collect::<Result<Vec<_>, _>>()?;
        leak.sort_by(|a, b| a.id.cmp(&b.id));
        let loss = self.loss.into_iter().map(|rule| rule.checked(&leak));
        let loss = loss.collect::<Result<Vec<_>, _>>()?;
        let (id, record_without_end) = (self.id.into_inner(), self.record_without_end.into_inner());
        Ok(Rules::ordered(id, record_without_end, leak, loss, text))
    }

    fn rule_names(&self) -> impl Iterator<Item = &Spanned<String>> {
        let leak = self.leak.iter().map(|rule| &rule.id);
        leak.chain(self.loss.iter().map(|rule| &rule.id))
    }

    /// Names of leak and loss rules are one kind: reasons and counts say no more than the name.
    fn check_names(&self) -> Result<(), Fault> {
        for name in self.rule_names().chain([&self.id]) {
            let fault = || RulesFault::Name(name.get_ref().as_str().into());
            check(name, is_name(name.get_ref()), fault)?;
        }
        let mut names = BTreeSet::new();
        self.rule_names().try_for_each(|name| {
            let first = names.insert(name.get_ref().as_str());
            check(name, first, || RulesFault::Twice(name.get_ref().as_str().into()))
        })
    }

    fn check_counts(&self) -> Result<(), Fault> {
        check(&self.id, !self.leak.is_empty(), || RulesFault::Empty("[[leak]]"))?;
        let too_many = |what, most| RulesFault::TooMany { what, most };
        if let Some(over) = self.leak.get(MOST_RULES) {
            return Err(Fault(over.id.span(), too_many("leak rules", MOST_RULES)));
        }
        if let Some(over) = self.loss.get(MOST_RULES) {
            return Err(Fault(over.id.span(), too_many("loss rules", MOST_RULES)));
        }
        let mut words = BTreeSet::new();
        let methods = self.loss.iter().flat_map(|rule| rule.methods.get_ref());
        for method in methods {
            words.insert(method.get_ref());
            check(method, words.len() <= MOST_METHODS, || too_many("methods", MOST_METHODS))?;
        }
        Ok(())
    }
}

impl RawLeak {
    fn checked(self) -> Result<LeakRule, Fault> {
        let windows = self.windows.get_ref();
        let least = windows.first().copied();
        let least =
            least.ok_or_else(|| Fault(self.windows.span(), RulesFault::Empty("windows")))?;
        let surer = windows.contains(&Certainty::Confirmed);
        check(&self.windows, surer, || RulesFault::PossibleAlone)?;
        let Self { id, windows: _, grace, fact } = self;
        Ok(LeakRule { id: id.into_inner(), windows: least, grace, fact })
    }
}

impl RawLoss {
    fn checked(self, leak_rules: &[LeakRule]) -> Result<LossRule, Fault> {
        let Self { id, methods, leak, before, after, fact } = self;
        check(&methods, !methods.get_ref().is_empty(), || RulesFault::Empty("methods"))?;
        check(&leak, !leak.get_ref().is_empty(), || RulesFault::Empty("leak"))?;
        for method in methods.get_ref() {
            check(method, is_method(method.get_ref()), || RulesFault::Method)?;
        }
        let methods = methods.into_inner().into_iter().map(Spanned::into_inner);
        let leak = leak.get_ref().iter().map(|name| leak_no(name, leak_rules));
        Ok(LossRule {
            id: id.into_inner(),
            methods: methods.collect::<BTreeSet<_>>().into_iter().collect(),
            leak: leak.collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect(),
            before,
            after,
            fact,
        })
    }
}

fn leak_no(name: &Spanned<String>, rules: &[LeakRule]) -> Result<LeakNo, Fault> {
    let no = (0..).map(LeakNo).zip(rules).find(|(_, rule)| rule.id == *name.get_ref());
    let missing = || Fault(name.span(), RulesFault::NoLeak(name.get_ref().as_str().into()));
    no.map(|(no, _)| no).ok_or_else(missing)
}

fn is_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=64).contains(&name.len()) && name.bytes().all(fits)
}

/// Nothing that a list, a TOML text or a query would have to escape.
fn is_method(word: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    (1..=32).contains(&word.chars().count()) && word.chars().all(fits)
}

#[cfg(test)]
mod tests;
