//! What a revision adds to the one before it: which facts of anybody, and how many people it speaks of.

use std::collections::HashMap;

use serde_json::{Value, json};
use simrecall_core::cohort::{Exposure, FactSet, Item, ItemSet};
use simrecall_core::id::{IncidentId, LineId, RevisionNo, SubscriberId};
use simrecall_store::BucketRange;
use simrecall_store::cohort::Revision;

use super::{DERIVED, IMPORTED};
use crate::home::Home;
use crate::problem::{self, Result};

/// Lines held in memory together.
const TOGETHER: u64 = 20_000;

/// What a revision adds to the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Adds {
    /// Items that are newly confirmed of anybody.
    pub(crate) confirmed: ItemSet,
    /// Items that are newly possible of anybody.
    pub(crate) possible: ItemSet,
    /// Every item in it that is confirmed of anybody.
    pub(crate) all_confirmed: ItemSet,
    /// Every item in it that is possible of anybody.
    pub(crate) all_possible: ItemSet,
    /// How many people it speaks of.
    pub(crate) persons: u64,
}

impl Adds {
    /// Compares revision `no` of so many lines with the one before.
    pub(crate) fn count(
        home: &Home,
        incident: IncidentId,
        before: Option<RevisionNo>,
        no: RevisionNo,
        lines: u64,
    ) -> Result<Self> {
        let mut adds = Self::default();
        for range in BucketRange::covering(lines, TOGETHER) {
            let (old, new) = home
                .store
                .read(|tx| {
                    let old = before.map(|before| tx.exposures_in(incident, before, range));
                    Ok((
                        old.transpose()?.unwrap_or_default(),
                        tx.exposures_in(incident, no, range)?,
                    ))
                })
                .map_err(problem::store)?;
            adds.fold(&old, &new);
        }
        Ok(adds)
    }

    /// Those of a revision that is there: as its import counted them, or counted again.
    pub(crate) fn of(home: &Home, revision: &Revision) -> Result<Self> {
        let entries = home.store.read(|tx| {
            let mut entries = tx.entries_of_kind(revision.incident, IMPORTED, i64::MAX)?;
            entries.extend(tx.entries_of_kind(revision.incident, DERIVED, i64::MAX)?);
            Ok(entries)
        });
        let entries = entries.map_err(problem::store)?;
        let bodies = entries.iter().filter_map(|entry| serde_json::from_str(&entry.body).ok());
        let mine = |body: &Value| body.get("revision") == Some(&json!(revision.no.0));
        if let Some(adds) = bodies.filter(mine).find_map(|body| Self::read(body.get("adds")?)) {
            return Ok(adds);
        }
        let before = (revision.no.0 > 1).then(|| RevisionNo(revision.no.0 - 1));
        Self::count(home, revision.incident, before, revision.no, revision.lines)
    }

    /// Every item in it, of anybody.
    pub(crate) const fn items(&self) -> ItemSet {
        self.all_confirmed.union(self.all_possible)
    }

    /// Whether it adds nothing that anybody is owed.
    pub(crate) const fn is_nothing(&self) -> bool {
        self.confirmed.is_empty() && self.possible.is_empty()
    }

    /// As the journal keeps it.
    pub(crate) fn body(&self) -> Value {
        let codes = |items: ItemSet| items.iter().map(Item::code).collect::<Vec<_>>();
        json!({
            "confirmed": codes(self.confirmed), "possible": codes(self.possible),
            "all_confirmed": codes(self.all_confirmed), "all_possible": codes(self.all_possible),
            "persons": self.persons,
        })
    }

    fn read(body: &Value) -> Option<Self> {
        let items = |key| {
            let mut items = ItemSet::EMPTY;
            for code in body.get(key)?.as_array()? {
                items = items.with(Item::parse(code.as_str()?).ok()?);
            }
            Some(items)
        };
        Some(Self {
            confirmed: items("confirmed")?,
            possible: items("possible")?,
            all_confirmed: items("all_confirmed")?,
            all_possible: items("all_possible")?,
            persons: body.get("persons")?.as_u64()?,
        })
    }

    /// Adds a stretch of both; the new one comes in the order of its holders.
    fn fold(&mut self, old: &[Exposure], new: &[Exposure]) {
        let said: HashMap<(SubscriberId, LineId), FactSet> =
            old.iter().map(|row| ((row.holder, row.line), row.facts)).collect();
        let mut last = None;
        for row in new {
            let before = said.get(&(row.holder, row.line)).copied().unwrap_or(FactSet::EMPTY);
            let added = row.facts.minus(before);
            self.confirmed = self.confirmed.union(added.confirmed());
            self.possible = self.possible.union(added.possible());
            self.all_confirmed = self.all_confirmed.union(row.facts.confirmed());
            self.all_possible = self.all_possible.union(row.facts.possible());
            if last != Some(row.holder) {
                self.persons += 1;
                last = Some(row.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn row(person: u8, line: u8, possible: ItemSet, confirmed: ItemSet) -> Exposure {
        Exposure {
            holder: SubscriberId::from_bytes([person; 16]),
            line: LineId::from_bytes([line; 16]),
            facts: FactSet::new(possible, confirmed),
            exposed_at: DateTime::UNIX_EPOCH,
        }
    }

    fn items(items: &[Item]) -> ItemSet {
        items.iter().fold(ItemSet::EMPTY, |set, item| set.with(*item))
    }

    fn adds(old: &[Exposure], new: &[Exposure]) -> Adds {
        let mut adds = Adds::default();
        adds.fold(old, new);
        adds
    }

    #[test]
    fn a_first_revision_adds_all_it_says() {
        let (imsi, name) = (items(&[Item::Imsi]), items(&[Item::Name]));
        let rows = [
            row(1, 1, ItemSet::EMPTY, imsi),
            row(1, 2, name, ItemSet::EMPTY),
            row(2, 3, ItemSet::EMPTY, imsi),
        ];
        let all = adds(&[], &rows);
        assert_eq!((all.confirmed, all.possible, all.persons), (imsi, name, 2));
        assert_eq!((all.all_confirmed, all.all_possible), (imsi, name));
    }

    #[test]
    fn what_was_possible_is_added_when_it_is_confirmed_and_not_the_other_way_round() {
        let imsi = items(&[Item::Imsi]);
        let (may, did) = (row(1, 1, imsi, ItemSet::EMPTY), row(1, 1, ItemSet::EMPTY, imsi));
        assert_eq!(adds(&[may], &[did]).confirmed, imsi);
        assert!(adds(&[did], &[may]).is_nothing());
        assert!(adds(&[did], &[did]).is_nothing());
        assert!(adds(&[did], &[]).is_nothing());
    }

    #[test]
    fn a_line_with_another_holder_is_told_anew() {
        let imsi = items(&[Item::Imsi]);
        let all = adds(&[row(1, 1, ItemSet::EMPTY, imsi)], &[row(2, 1, ItemSet::EMPTY, imsi)]);
        assert_eq!(all.confirmed, imsi);
    }

    #[test]
    fn the_journal_gives_back_what_it_was_given() {
        let all = adds(&[], &[row(1, 1, items(&[Item::Name]), items(&[Item::Imsi, Item::Imei]))]);
        assert_eq!(Adds::read(&all.body()), Some(all));
        assert_eq!(Adds::read(&json!({ "confirmed": [] })), None);
    }
}
