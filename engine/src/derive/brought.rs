//! Which rule brought whom in, and why now.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use simrecall_core::cohort::{Certainty, FactSet};
use simrecall_core::derive::{
    Basis, Cause, Encounter, LossNo, LossRule, Payment, Rules, Windows, cause, cause_of_loss,
};
use simrecall_core::id::RevisionNo;

use super::ask::Ask;
use super::line::Found;
use super::manifest::Earlier;
use super::row::Payment as Paid;

/// What the evidence brought in stands under, in place of a rule.
const EVIDENCE: &str = "evidence";

/// What a derivation brought against the revision before it. Lines are counted, never named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// The revision before it.
    pub against: Option<RevisionNo>,
    /// Lines that are new.
    pub new_lines: u64,
    /// Lines that were there and have a new fact.
    pub more_facts: u64,
    /// Why, by rule; a line counts under each that applies, so these add up to more.
    pub by: Vec<BroughtBy>,
    /// Lines of which a rule says something, old or new.
    pub rules: Vec<RuleLines>,
    /// Losses, by rule.
    pub losses: Vec<RuleLosses>,
}

/// Lines that one rule brought in, for one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroughtBy {
    /// The rule; `evidence` for evidence from outside.
    pub rule: String,
    /// Why it does now and did not before.
    pub cause: Cause,
    /// Lines that are new.
    pub new_lines: u64,
    /// Lines that were there and have a new fact.
    pub more_facts: u64,
}

/// Lines of which a rule says something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLines {
    /// The rule.
    pub rule: String,
    /// How many lines.
    pub lines: u64,
}

/// Payments that a rule says are losses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLosses {
    /// The rule.
    pub rule: String,
    /// What it makes of them. A rule that looks wider finds those of the narrower one again.
    pub fact: Certainty,
    /// Lines that paid.
    pub lines: u64,
    /// How many payments.
    pub payments: u64,
    /// Their sum, in won.
    pub amount_won: u64,
}

/// Counts as lines go by.
#[derive(Debug)]
pub(super) struct Counting<'a> {
    ask: &'a Ask<'a>,
    rules: &'a Rules,
    earlier: Option<&'a Earlier>,
    none: Windows,
    new_lines: u64,
    more_facts: u64,
    by: BTreeMap<(String, Cause), (u64, u64)>,
    lines: BTreeMap<String, u64>,
    losses: BTreeMap<String, RuleLosses>,
}

impl<'a> Counting<'a> {
    /// For the first rule set asked.
    pub(super) fn new(ask: &'a Ask<'a>, rules: &'a Rules, earlier: Option<&'a Earlier>) -> Self {
        let loss = |rule: &LossRule| {
            let (name, fact) = (rule.id.clone(), rule.fact);
            let none =
                RuleLosses { rule: name.clone(), fact, lines: 0, payments: 0, amount_won: 0 };
            (name, none)
        };
        Self {
            ask,
            rules,
            earlier,
            none: Windows::default(),
            new_lines: 0,
            more_facts: 0,
            by: BTreeMap::new(),
            lines: rules.leak.iter().map(|rule| (rule.id.clone(), 0)).collect(),
            losses: rules.loss.iter().map(loss).collect(),
        }
    }

    /// One line: what was found, what is true of it with the evidence, and what was true of it before.
    pub(super) fn add(&mut self, found: Option<&Found>, facts: FactSet, before: Option<FactSet>) {
        if let Some(found) = found {
            self.count_rules(found);
        }
        let new = facts.minus(before.unwrap_or(FactSet::EMPTY));
        if new.is_empty() {
            return;
        }
        let mut why = found.map(|found| self.causes(found, new)).unwrap_or_default();
        let derived = found.map_or(FactSet::EMPTY, |found| found.facts);
        if !new.minus(derived).is_empty() {
            why.insert((EVIDENCE.to_owned(), Cause::Evidence));
        }
        let counted = (u64::from(before.is_none()), u64::from(before.is_some()));
        self.new_lines += counted.0;
        self.more_facts += counted.1;
        for key in why {
            let counts = self.by.entry(key).or_default();
            *counts = (counts.0 + counted.0, counts.1 + counted.1);
        }
    }

    /// What was counted.
    pub(super) fn finish(self, against: Option<RevisionNo>) -> Brought {
        let by = |((rule, cause), (new_lines, more_facts))| BroughtBy {
            rule,
            cause,
            new_lines,
            more_facts,
        };
        let lines = |(rule, lines)| RuleLines { rule, lines };
        Brought {
            against,
            new_lines: self.new_lines,
            more_facts: self.more_facts,
            by: self.by.into_iter().map(by).collect(),
            rules: self.lines.into_iter().map(lines).collect(),
            losses: self.losses.into_values().collect(),
        }
    }

    fn count_rules(&mut self, found: &Found) {
        let mut rules = BTreeSet::new();
        for met in &found.met {
            rules.extend(self.rules.leak_rule(met.encounter.rule).map(|rule| rule.id.as_str()));
        }
        for rule in rules {
            if let Some(lines) = self.lines.get_mut(rule) {
                *lines += 1;
            }
        }
        let mut last = None;
        for (no, payment) in &found.lost {
            let rule = self.rules.loss_rule(*no).map(|rule| &rule.id);
            if let Some(losses) = rule.and_then(|rule| self.losses.get_mut(rule)) {
                losses.lines += u64::from(last != Some(no));
                losses.payments += 1;
                losses.amount_won = losses.amount_won.saturating_add(payment.amount_won);
            }
            last = Some(no);
        }
    }

    /// By which rule each new fact is there, and why it was not before.
    fn causes(&self, found: &Found, new: FactSet) -> BTreeSet<(String, Cause)> {
        let now = Basis { windows: self.ask.windows, rules: self.rules };
        let then =
            self.earlier.map_or(Basis { windows: &self.none, rules: self.rules }, |earlier| {
                Basis { windows: &earlier.windows, rules: &earlier.rules }
            });
        let mut why = BTreeSet::new();
        for met in &found.met {
            let said = common(self.ask.leaks(0, &met.encounter), new);
            let rule = self.rules.leak_rule(met.encounter.rule);
            if let Some(rule) = rule.filter(|_| !said.is_empty()) {
                why.insert((rule.id.clone(), cause(then, now, &met.encounter, said)));
            }
        }
        for (no, paid) in &found.lost {
            let said = common(self.ask.lost(0, *no), new);
            let word = self.ask.methods.word(paid.method);
            if let (Some(rule), Some(method), false) =
                (self.rules.loss_rule(*no), word, said.is_empty())
            {
                let payment = Payment { method, at: paid.at };
                let behind = found.met.iter().map(|met| met.encounter);
                let behind = behind.filter(|met| self.makes(met, *no, paid));
                let causes = behind.map(|met| cause_of_loss(then, now, &met, payment, said));
                why.extend(causes.max().map(|cause| (rule.id.clone(), cause)));
            }
        }
        why
    }

    /// Whether a payment is a loss by a rule because of this encounter.
    fn makes(&self, met: &Encounter, no: LossNo, paid: &Paid) -> bool {
        let method = self.ask.method(0, paid.method);
        method.is_some_and(|method| self.rules.losses(met, method, paid.at).any(|rule| rule == no))
    }
}

/// What is in both, and as sure in both.
fn common(said: FactSet, new: FactSet) -> FactSet {
    FactSet::new(
        said.possible().intersection(new.possible()),
        said.confirmed().intersection(new.confirmed()),
    )
}
