//! What every pass asks: of whose lines, which windows, by which rules.

use std::collections::BTreeSet;

use simrecall_core::cohort::FactSet;
use simrecall_core::derive::{Encounter, LossNo, MethodNo, Micros, Rules, Span, Windows};
use simrecall_store::registry::{Holding, Snapshot};
use simrecall_store::seal::IncidentKeys;

use crate::home::Home;

/// One question to the records; it may be asked by several rule sets at once.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) home: &'a Home,
    pub(super) keys: &'a IncidentKeys,
    pub(super) snapshot: &'a Snapshot,
    pub(super) windows: &'a Windows,
    pub(super) sets: &'a [Rules],
    pub(super) methods: Methods,
}

/// The methods of payment any rule set names.
#[derive(Debug)]
pub(super) struct Methods {
    words: Vec<String>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(
        home: &'a Home,
        keys: &'a IncidentKeys,
        snapshot: &'a Snapshot,
        windows: &'a Windows,
        sets: &'a [Rules],
    ) -> Self {
        Self { home, keys, snapshot, windows, sets, methods: Methods::of(sets) }
    }

    /// The rule sets with their numbers.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u8, &'a Rules)> {
        (0..).zip(self.sets)
    }

    /// A rule set by its number.
    pub(super) fn rules(&self, set: u8) -> Option<&'a Rules> {
        self.sets.get(usize::from(set))
    }

    /// When somebody held a line, as far as the registry knows: what comes after the moment it shows is nobody's.
    pub(super) fn held(&self, holding: &Holding) -> Span {
        let known = Micros::from(self.snapshot.as_of);
        let to = holding.held_to.map_or(known, |to| known.min(to.into()));
        Span { from: holding.held_from.into(), to }
    }

    /// What an encounter says of a line, by the rules of a set.
    pub(super) fn leaks(&self, set: u8, met: &Encounter) -> FactSet {
        let window = self.windows.get(met.window);
        let leaks =
            self.rules(set).zip(window).map(|(rules, window)| rules.leaks(window, met.rule));
        leaks.unwrap_or(FactSet::EMPTY)
    }

    /// What a loss says of a line, by the rules of a set.
    pub(super) fn lost(&self, set: u8, rule: LossNo) -> FactSet {
        self.rules(set).map_or(FactSet::EMPTY, |rules| rules.lost(rule))
    }

    /// A set's own number of a method.
    pub(super) fn method(&self, set: u8, method: u8) -> Option<MethodNo> {
        self.rules(set)?.method(self.methods.word(method)?)
    }
}

impl Methods {
    fn of(sets: &[Rules]) -> Self {
        let words: BTreeSet<&str> = sets.iter().flat_map(|rules| rules.methods()).collect();
        Self { words: words.into_iter().map(str::to_owned).collect() }
    }

    /// A method's number; none if it makes no loss.
    pub(super) fn no(&self, word: &str) -> Option<u8> {
        let found = self.words.iter().position(|known| known == word)?;
        u8::try_from(found).ok()
    }

    /// A method by its number.
    pub(super) fn word(&self, no: u8) -> Option<&str> {
        self.words.get(usize::from(no)).map(String::as_str)
    }
}
