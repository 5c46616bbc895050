//! Rules: what counts as an encounter, and what as a loss.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

use super::Length;
use super::read::{BadRules, read};
use crate::cohort::Certainty;

/// A rule set: data, hashed into each revision derived by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Its name.
    pub id: String,
    /// How long a record without an end counts.
    pub record_without_end: Length,
    /// What makes an encounter, by id; at least one, and at most 32.
    pub leak: Vec<LeakRule>,
    /// What makes a loss, by id; at most 32.
    pub loss: Vec<LossRule>,
    text: String,
    pub(super) methods: Vec<Method>,
}

/// An encounter is when a card was at a rogue cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeakRule {
    /// Its name.
    pub id: String,
    /// The least certainty of a window it looks at; a surer window will do as well.
    pub windows: Certainty,
    /// By how much a window is wider on both sides.
    pub grace: Length,
    /// What an encounter makes of the items the cell could read.
    pub fact: Certainty,
}

/// A loss is a payment about the time of an encounter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LossRule {
    /// Its name.
    pub id: String,
    /// How a payment must have been proven: the carrier's own words, in order.
    pub methods: Vec<String>,
    /// Encounters of which leak rules, in order.
    pub leak: Vec<LeakNo>,
    /// From so long before the encounter.
    pub before: Length,
    /// Until so long after it.
    pub after: Length,
    /// What it makes of the loss.
    pub fact: Certainty,
}

/// A leak rule's place in [`Rules::leak`], from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeakNo(pub u8);

/// A loss rule's place in [`Rules::loss`], from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LossNo(pub u8);

/// A method's place in [`Rules::methods`], from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodNo(pub u8);

/// A method some loss rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Method {
    word: String,
    /// The loss rules that name it, one bit each.
    pub(super) losses: u32,
}

impl Rules {
    /// Reads a rule set; what is wrong with it is said with its line.
    pub fn parse(text: &str) -> Result<Self, BadRules> {
        read(text)
    }

    /// The rules that ship with this version.
    pub fn builtin() -> Self {
        let read = Self::parse(include_str!("simrecall-1.toml"));
        #[expect(clippy::expect_used, reason = "compiled in, and a test reads it")]
        read.expect("invariant: the rules that ship can be read")
    }

    /// The text they were read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What they say and nothing else: a rule set that reads the same, without comments, in one order and one spelling.
    pub fn canonical(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    /// SHA-256 of [`canonical`](Self::canonical).
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.canonical()).into()
    }

    /// A leak rule.
    pub fn leak_rule(&self, no: LeakNo) -> Option<&LeakRule> {
        self.leak.get(usize::from(no.0))
    }

    /// A loss rule.
    pub fn loss_rule(&self, no: LossNo) -> Option<&LossRule> {
        self.loss.get(usize::from(no.0))
    }

    /// The leak rules with their places.
    pub fn leak_rules(&self) -> impl Iterator<Item = (LeakNo, &LeakRule)> {
        (0..).map(LeakNo).zip(&self.leak)
    }

    /// The loss rules with their places.
    pub fn loss_rules(&self) -> impl Iterator<Item = (LossNo, &LossRule)> {
        (0..).map(LossNo).zip(&self.loss)
    }

    /// The methods of payment some rule names, each once and in order; others make no loss.
    pub fn methods(&self) -> impl ExactSizeIterator<Item = &str> {
        self.methods.iter().map(|method| method.word.as_str())
    }

    /// The place of a method; none if no rule names it.
    pub fn method(&self, word: &str) -> Option<MethodNo> {
        let found = (0..).map(MethodNo).zip(&self.methods).find(|(_, method)| method.word == word);
        found.map(|(no, _)| no)
    }

    /// The widest grace of all leak rules.
    pub fn grace(&self) -> Length {
        self.leak.iter().map(|rule| rule.grace).max().unwrap_or_default()
    }

    /// How long before an encounter, and how long after it, a payment may lie and be a loss by some rule.
    pub fn loss_reach(&self) -> (Length, Length) {
        let most = |length: fn(&LossRule) -> Length| self.loss.iter().map(length).max();
        (most(|rule| rule.before).unwrap_or_default(), most(|rule| rule.after).unwrap_or_default())
    }

    /// Rules in the order of their names, which is the order of their numbers: how the file orders them changes nothing.
    /// The leak rules are in order already.
    pub(super) fn ordered(
        id: String,
        record_without_end: Length,
        leak: Vec<LeakRule>,
        mut loss: Vec<LossRule>,
        text: &str,
    ) -> Self {
        loss.sort_by(|a, b| a.id.cmp(&b.id));
        let mut methods = BTreeMap::<&str, u32>::new();
        for (no, rule) in (0..).zip(&loss) {
            for word in &rule.methods {
                *methods.entry(word).or_default() |= bit(no);
            }
        }
        let method = |(word, losses): (&str, u32)| Method { word: word.to_owned(), losses };
        let methods = methods.into_iter().map(method).collect();
        Self { id, record_without_end, leak, loss, text: text.to_owned(), methods }
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        writeln!(
            out,
            "id = \"{}\"\nrecord_without_end = \"{}\"",
            self.id, self.record_without_end
        )?;
        for LeakRule { id, windows, grace, fact } in &self.leak {
            let windows =
                list(Certainty::ALL.iter().filter(|one| *one >= windows).map(|c| c.code()));
            write!(out, "\n[[leak]]\nid = \"{id}\"\nwindows = {windows}\n")?;
            writeln!(out, "grace = \"{grace}\"\nfact = \"{}\"", fact.code())?;
        }
        for LossRule { id, methods, leak, before, after, fact } in &self.loss {
            let leak =
                leak.iter().filter_map(|no| self.leak_rule(*no)).map(|rule| rule.id.as_str());
            let (methods, leak) = (list(methods.iter().map(String::as_str)), list(leak));
            write!(out, "\n[[loss]]\nid = \"{id}\"\nmethods = {methods}\nleak = {leak}\n")?;
            write!(out, "before = \"{before}\"\nafter = \"{after}\"\n")?;
            writeln!(out, "fact = \"{}\"", fact.code())?;
        }
        Ok(())
    }
}

impl LeakRule {
    /// Whether it looks at windows so certain.
    pub fn takes(&self, window: Certainty) -> bool {
        window >= self.windows
    }
}

/// Words as a TOML list; none of ours needs escaping.
fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

/// One bit of 32.
pub(super) fn bit(no: u8) -> u32 {
    1_u32.checked_shl(u32::from(no)).unwrap_or(0)
}
