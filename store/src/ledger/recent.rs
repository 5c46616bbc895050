//! What one sender wrote lately, remembered so that it need not be read back.
//!
//! The rows are the truth; this is a copy of some of them that can be thrown away at any moment. Every commit that binds raises
//! the ledger's mark, so a sender whose next mark is the one after its last knows that nobody else wrote in between. If it
//! is not, everything remembered is forgotten and the rows are read again.

use std::collections::{BTreeMap, HashMap, VecDeque};

use simrecall_core::delivery::{OutcomeKind, Standing};
use simrecall_core::id::{AttemptKey, TargetKey};

use super::{AttemptRecord, SubmissionMatch, TargetRecord};

/// Answered targets whose receipts are still to come are remembered up to here: networks send receipts in the order of
/// their answers, so those that came first are kept.
const MOST: usize = 20_000;
/// How many commits a target is remembered for: some never get a receipt, and would be in the way of others.
const COMMITS: i64 = 200;

/// A sender's memory of its own rows. It stays small however large the cohort is.
#[derive(Debug, Default)]
pub struct Recent {
    /// The mark of the last commit it has learnt of.
    mark: i64,
    targets: HashMap<TargetKey, Remembered>,
    /// In the order in which they came, and at which mark; some are forgotten already.
    order: VecDeque<(i64, TargetKey)>,
    ids: Ids,
}

/// What a commit wrote that is worth remembering once it has succeeded.
#[derive(Debug)]
pub struct News {
    pub(crate) mark: i64,
    /// Targets as they are now.
    pub(crate) targets: BTreeMap<TargetKey, Remembered>,
    /// The network's ids that were learnt.
    pub(crate) ids: Ids,
    /// Intents that were written.
    pub(crate) intents: Vec<AttemptRecord>,
}

impl Recent {
    /// Takes in targets that were just read to be sent to. Those tried before are left to the database.
    pub fn meet(&mut self, targets: &[TargetRecord]) {
        for record in targets.iter().filter(|record| record.attempts.is_empty()) {
            let is_primary = Some(record.role.is_primary());
            self.keep(record.key, Remembered { is_primary, attempts: Vec::new() });
        }
    }

    /// Takes in what a commit wrote, after it succeeded.
    pub fn learn(&mut self, news: News) {
        if !self.is_current(news.mark) {
            *self = Self::default();
        }
        self.mark = news.mark;
        self.forget_old();
        for (key, target) in news.targets {
            if target.is_told() || self.targets.len() > MOST {
                self.forget(&key);
            } else {
                self.keep(key, target);
            }
        }
        for (route, id, found) in news.ids.into_all() {
            if self.targets.contains_key(&found.attempt.target) {
                self.ids.put(&route, id, found);
            }
        }
        news.intents.into_iter().for_each(|intent| self.learn_intent(intent));
    }

    /// Whether nobody else committed between what it knows and the commit that raised the mark to this.
    pub(crate) const fn is_current(&self, mark: i64) -> bool {
        mark == self.mark + 1
    }

    /// An attempt's target with all its attempts, if it is remembered.
    pub(crate) fn target_of(&self, attempt: &AttemptKey) -> Option<&Remembered> {
        self.targets.get(&attempt.target).filter(|target| target.attempt(attempt).is_some())
    }

    /// The attempt a network's id belongs to, if it is remembered.
    pub(crate) fn by_id(&self, route: &str, id: &str) -> Option<SubmissionMatch> {
        self.ids.get(route, id)
    }

    /// Of a target that was tried before and is not remembered, one attempt is not all there is to know.
    fn learn_intent(&mut self, intent: AttemptRecord) {
        let (key, try_no) = (intent.key.target, intent.key.try_no);
        if try_no == 1 && !self.targets.contains_key(&key) {
            self.keep(key, Remembered::default());
        }
        if let Some(target) = self.targets.get_mut(&key) {
            // Most have one attempt for ever.
            target.attempts.reserve_exact(1);
            target.attempts.push(Known::of(intent));
        }
    }

    fn keep(&mut self, key: TargetKey, target: Remembered) {
        if self.targets.insert(key, target).is_none() {
            self.order.push_back((self.mark, key));
        }
    }

    fn forget_old(&mut self) {
        while let Some((mark, key)) = self.order.front().copied() {
            if mark + COMMITS > self.mark && self.targets.contains_key(&key) {
                return;
            }
            self.order.pop_front();
            self.forget(&key);
        }
    }

    fn forget(&mut self, key: &TargetKey) {
        let Some(target) = self.targets.remove(key) else { return };
        for known in target.attempts {
            known.ids.iter().for_each(|id| self.ids.remove(&known.record, id));
        }
    }
}

/// One target: all its attempts, and whether it is a primary one, where that was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remembered {
    pub(crate) is_primary: Option<bool>,
    pub(crate) attempts: Vec<Known>,
}

impl Remembered {
    pub(crate) fn attempt(&self, key: &AttemptKey) -> Option<&Known> {
        self.attempts.iter().find(|known| known.record.key == *key)
    }

    pub(crate) fn attempt_mut(&mut self, key: &AttemptKey) -> Option<&mut Known> {
        self.attempts.iter_mut().find(|known| known.record.key == *key)
    }

    /// Whether the batch made it told, or untold; none when that did not change.
    pub(crate) fn told_now(&self) -> Option<bool> {
        let was = self.attempts.iter().any(|known| known.initially.is_positive());
        let is = self.is_told();
        (was != is).then_some(is)
    }

    fn is_told(&self) -> bool {
        self.attempts.iter().any(|known| known.now().is_positive())
    }
}

/// An attempt as the database has it, and what a batch makes of it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) record: AttemptRecord,
    /// Its outcomes, by part and kind: a repeat changes nothing.
    pub(crate) heard: Vec<(i16, OutcomeKind)>,
    /// The network's ids for it.
    pub(crate) ids: Vec<String>,
    /// How it stood before the batch.
    pub(crate) initially: Standing,
    /// Whether nothing was known of it before the batch.
    pub(crate) is_fresh: bool,
}

impl Known {
    pub(crate) fn of(record: AttemptRecord) -> Self {
        let initially = record.state.standing();
        Self { record, heard: Vec::new(), ids: Vec::new(), initially, is_fresh: true }
    }

    pub(crate) const fn now(&self) -> Standing {
        self.record.state.standing()
    }

    /// Whether the batch changed how it stands.
    pub(crate) fn is_moved(&self) -> bool {
        self.initially != self.now()
    }

    /// What is known so far is in the database: the next batch begins here.
    pub(crate) fn begin(&mut self) {
        self.initially = self.now();
        self.is_fresh = self.heard.is_empty();
    }
}

/// Attempts by route and the network's id.
#[derive(Debug, Default)]
pub(crate) struct Ids(HashMap<String, HashMap<String, SubmissionMatch>>);

impl Ids {
    pub(crate) fn get(&self, route: &str, id: &str) -> Option<SubmissionMatch> {
        self.0.get(route)?.get(id).copied()
    }

    /// A network that gives an id twice means the newer message.
    pub(crate) fn put(&mut self, route: &str, id: String, found: SubmissionMatch) {
        if let Some(ids) = self.0.get_mut(route) {
            ids.insert(id, found);
        } else {
            self.0.insert(route.to_owned(), HashMap::from([(id, found)]));
        }
    }

    /// Takes an id away, unless it has come to mean another attempt.
    fn remove(&mut self, record: &AttemptRecord, id: &str) {
        let Some(ids) = self.0.get_mut(&record.route) else { return };
        if ids.get(id).is_some_and(|found| found.attempt == record.key) {
            ids.remove(id);
        }
    }

    fn into_all(self) -> impl Iterator<Item = (String, String, SubmissionMatch)> {
        self.0.into_iter().flat_map(|(route, ids)| {
            ids.into_iter().map(move |(id, found)| (route.clone(), id, found))
        })
    }
}
