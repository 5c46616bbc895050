//! What people are told about their case or claim: rows that are written with what they tell of, and sent later.
//!
//! Where somebody can be reached is read and opened before the transaction that decides; what it decides is sealed in it.

mod courier;
mod reach;
mod texts;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use simrecall_core::id::{AboutId, IncidentId, LineId, SubscriberId};
use simrecall_core::notice::Language;
use simrecall_core::replacement::told::{LATELY, Lately};
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
    /// Whether it came or went in the three days before the application.
    pub(crate) lately: Lately,
    /// As its route writes it.
    pub(crate) to: Zeroizing<String>,
    /// The number of the line it is about, masked.
    pub(crate) line: String,
}

/// What somebody is told about: a case or a claim.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Topic {
    pub(crate) incident: IncidentId,
    pub(crate) of: AboutId,
    pub(crate) person: SubscriberId,
    pub(crate) line: LineId,
    /// When it began: contacts are told as they were then, and as they are.
    pub(crate) since: DateTime<Utc>,
}

impl From<&ReplacementCase> for Topic {
    fn from(case: &ReplacementCase) -> Self {
        let ReplacementCase { incident, id, person, line, applied_at, .. } = *case;
        Self { incident, of: id.into(), person, line, since: applied_at }
    }
}

/// Where people are reached, by what they are told about, opened.
pub(crate) struct Letters(BTreeMap<AboutId, Vec<Address>>);

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
        self.add_topics(home, cases.iter().map(Topic::from))
    }

    /// For these cases or claims, too. Who looked is in the journal before anything is opened.
    pub(crate) fn add_topics(
        &mut self,
        home: &Home,
        topics: impl IntoIterator<Item = Topic>,
    ) -> Result<()> {
        let mut by_incident: BTreeMap<IncidentId, Vec<Topic>> = BTreeMap::new();
        for topic in topics.into_iter().filter(|topic| !self.0.contains_key(&topic.of)) {
            by_incident.entry(topic.incident).or_default().push(topic);
        }
        for (incident, topics) in by_incident {
            self.0.extend(reach::addresses(home, incident, &topics)?);
        }
        Ok(())
    }

    /// Whether a case was made ready for.
    pub(crate) fn has(&self, case: &ReplacementCase) -> bool {
        self.0.contains_key(&case.id.into())
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

    /// Everybody is told that a card is about to be changed; once more if the number got another one since they were told.
    pub(crate) fn warn(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
        case: &ReplacementCase,
        number: &[u8; 16],
    ) -> std::result::Result<(), StoreError> {
        self.write(tx, home, case, (CaseNoticeKind::Warning, 0))?;
        let lately = home.now() - LATELY;
        let Some(changed) = tx.sim_change(number)?.filter(|at| *at > lately) else { return Ok(()) };
        let told = tx.case_notices(case.incident, case.id)?;
        let mut warnings = told.iter().filter(|one| one.key.kind == CaseNoticeKind::Warning);
        if warnings.any(|one| one.made_at >= changed) {
            return Ok(());
        }
        self.write(tx, home, case, (CaseNoticeKind::Warning, case.version))
    }

    /// Puts a notice down for each address: of which kind, on which occasion.
    pub(crate) fn write(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
        case: &ReplacementCase,
        said: (CaseNoticeKind, i32),
    ) -> std::result::Result<(), StoreError> {
        self.tell(tx, home, &Topic::from(case), said).map(drop)
    }

    /// The same, of a case or a claim; how many there are to send.
    pub(crate) fn tell(
        &self,
        tx: &mut Tx<'_>,
        home: &Home,
        topic: &Topic,
        (kind, about): (CaseNoticeKind, i32),
    ) -> std::result::Result<usize, StoreError> {
        let keys = home.keys.incident(topic.incident);
        let keys = keys.map_err(|_| StoreError::State("the incident's key is not open"))?;
        let mut written = 0;
        for address in self.0.get(&topic.of).into_iter().flatten() {
            let to = keys.blind(Field::Destination, &address.to);
            let row = CaseNoticeKey::row(topic.of, kind, address.channel, &to);
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
            let added = tx.add_case_notice(&NewCaseNotice {
                incident: topic.incident,
                of: topic.of,
                kind,
                channel: address.channel,
                about,
                recipient: address.recipient,
                changed_since: address.changed_since,
                lately: address.lately,
                to,
                sealed,
                at: home.now(),
            })?;
            written += usize::from(added);
        }
        Ok(written)
    }
}

impl std::fmt::Debug for Letters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letters(for {})", self.0.len())
    }
}
