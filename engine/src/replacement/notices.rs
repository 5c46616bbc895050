//! What people are told about their case: rows that are written with what they tell of, and sent later.
//!
//! Where somebody can be reached is read and opened before the transaction that decides; what it decides is sealed in it.

mod courier;
mod reach;
mod texts;

use std::collections::BTreeMap;

use simrecall_core::id::{CaseId, IncidentId};
use simrecall_core::notice::Language;
use simrecall_store::case_notice::{
    CaseChannel, CaseNoticeKey, CaseNoticeKind, NewCaseNotice, Recipient,
};
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{Field, Table};
use simrecall_store::{StoreError, Tx};
use zeroize::Zeroizing;

use super::places::Counter;
use crate::home::Home;
use crate::problem::Result;

pub use courier::{NotifyAnswer, notify};

/// How many of a line are made ready for at a time.
const AT_ONCE: usize = 200;

/// An address somebody is told at.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) channel: CaseChannel,
    pub(crate) recipient: Recipient,
    pub(crate) language: Language,
    /// It is younger than the application.
    pub(crate) changed_since: bool,
    /// As its route writes it.
    pub(crate) to: Zeroizing<String>,
    /// The number of the line it is about, masked.
    pub(crate) line: String,
}

/// Where the people of some cases are reached, opened.
pub(crate) struct Letters(BTreeMap<CaseId, Vec<Address>>);

/// What is sealed of a notice.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Sealed<'a> {
    #[serde(borrow)]
    pub(crate) to: std::borrow::Cow<'a, str>,
    pub(crate) line: std::borrow::Cow<'a, str>,
    pub(crate) language: Language,
}

impl Letters {
    /// For nobody yet.
    pub(crate) const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// For the first of those who wait at a counter.
    pub(crate) fn for_line(home: &Home, counter: &Counter) -> Result<Self> {
        let mut letters = Self::none();
        let mut line = home.store.read(|tx| counter.line(tx, home.now()))?;
        line.truncate(AT_ONCE);
        letters.add(home, &line)?;
        Ok(letters)
    }

    /// For these cases, too. Who looked is in the journal before anything is opened.
    pub(crate) fn add(&mut self, home: &Home, cases: &[ReplacementCase]) -> Result<()> {
        let mut by_incident: BTreeMap<IncidentId, Vec<&ReplacementCase>> = BTreeMap::new();
        for case in cases.iter().filter(|case| !self.has(case)) {
            by_incident.entry(case.incident).or_default().push(case);
        }
        for (incident, cases) in by_incident {
            self.0.extend(reach::addresses(home, incident, &cases)?);
        }
        Ok(())
    }

    /// Whether a case was made ready for.
    pub(crate) fn has(&self, case: &ReplacementCase) -> bool {
        self.0.contains_key(&case.id)
    }

    /// A case is booked by the move that was just made: when and where to come.
    pub(crate) fn visit(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
        before: &ReplacementCase,
    ) -> std::result::Result<(), StoreError> {
        // What was said of an earlier place is not said any more.
        let earlier = [CaseNoticeKind::Visit, CaseNoticeKind::Missed];
        tx.drop_case_notices(before.incident, before.id, &earlier, home.now())?;
        self.write(tx, home, before, (CaseNoticeKind::Visit, before.version + 1))
    }

    /// Puts a notice down for each address: of which kind, on which occasion.
    pub(crate) fn write(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
        case: &ReplacementCase,
        (kind, about): (CaseNoticeKind, i32),
    ) -> std::result::Result<(), StoreError> {
        let keys = home.keys.incident(case.incident);
        let keys = keys.map_err(|_| StoreError::State("the incident's key is not open"))?;
        for address in self.0.get(&case.id).into_iter().flatten() {
            let to = keys.blind(Field::Destination, &address.to);
            let row = CaseNoticeKey::row(case.id, kind, address.channel, &to);
            let sealed = Sealed {
                to: address.to.as_str().into(),
                line: address.line.as_str().into(),
                language: address.language,
            };
            let mut plain = Zeroizing::new(Vec::with_capacity(512));
            let sealed = serde_json::to_writer(&mut *plain, &sealed)
                .ok()
                .and_then(|()| keys.seal(Table::CaseNotice, &row, &plain).ok())
                .ok_or(StoreError::State("a notice cannot be sealed"))?;
            tx.add_case_notice(&NewCaseNotice {
                incident: case.incident,
                case: case.id,
                kind,
                channel: address.channel,
                about,
                recipient: address.recipient,
                changed_since: address.changed_since,
                to,
                sealed,
                at: home.now(),
            })?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Letters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letters({} cases)", self.0.len())
    }
}
