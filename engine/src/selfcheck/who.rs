//! Who proved themselves: the one place where a right code, or a login, meets the registry.

use chrono::{DateTime, Utc};
use simrecall_core::access::{Capacity, Purpose};
use simrecall_core::id::{LineId, SnapshotNo, SubscriberId};
use simrecall_core::subscriber::{SubscriberKind, is_child};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::registry::{Holding, LineKey, SealedParty, Snapshot};
use simrecall_store::seal::Field;
use simrecall_store::session::Shown;

use super::ask::same_for_all;
use super::door::{ACTOR, Door};
use crate::problem::{Problem, Result};
use crate::suppression::Reason;

/// As many rows as one person's question opens at most: a company may have a great many lines. The journal says this number, not how
/// many there were.
const ROWS: u64 = 20_000;

/// Who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nobody we can answer.
    Nobody,
    /// A person, for all their lines.
    Person(Capacity, SubscriberId),
    /// Whoever has the line in their hands, and its holder.
    Line(SubscriberId, LineId),
}

impl Found {
    /// As the session keeps it.
    pub(crate) const fn shown(self) -> Option<Shown> {
        match self {
            Self::Nobody => None,
            Self::Person(capacity, person) => Some(Shown { capacity, person, line: None }),
            Self::Line(person, line) => {
                Some(Shown { capacity: Capacity::LineUser, person, line: Some(line) })
            }
        }
    }
}

impl Door {
    /// Whether the holder of a number now has this address on record, or the one who speaks for them has.
    pub(crate) fn by_address(&self, number: &[u8; 16], email: Option<&[u8; 16]>) -> Result<Found> {
        let mut permit =
            self.permit("who holds a number, and by which address they are reached")?;
        let Some((snapshot, holding)) = self.holding(number)? else { return Ok(Found::Nobody) };
        let Some(speaker) = self.speaker(snapshot.no, holding.holder, &mut permit)? else {
            return Ok(Found::Nobody);
        };
        if speaker.email.is_none() || speaker.email.as_ref() != email {
            return Ok(Found::Nobody);
        }
        self.if_alive(Found::Person(speaker.capacity, holding.holder), holding.holder)
    }

    /// Who has a line in their hands.
    pub(crate) fn by_line(&self, number: &[u8; 16]) -> Result<Found> {
        let Some((snapshot, holding)) = self.holding(number)? else { return Ok(Found::Nobody) };
        if !self.is_young(&snapshot) {
            return Ok(Found::Nobody);
        }
        self.if_alive(Found::Line(holding.holder, holding.line), holding.holder)
    }

    /// The account holder a login named by the carrier's own reference.
    pub(crate) fn by_reference(&self, reference: &str) -> Result<Found> {
        let person = self.inner.keys.subscriber_id(reference);
        let Some(snapshot) = self.snapshot()? else { return Ok(Found::Nobody) };
        if self.parties(snapshot.no, &[person])?.is_empty() {
            return Ok(Found::Nobody);
        }
        self.if_alive(Found::Person(Capacity::Holder, person), person)
    }

    /// The latest registry snapshot.
    pub(crate) fn snapshot(&self) -> Result<Option<Snapshot>> {
        Ok(self.inner.home.store.read(|tx| tx.latest_snapshot(self.inner.incident))?)
    }

    /// Whether a snapshot is young enough to say who has a line now.
    pub(crate) fn is_young(&self, snapshot: &Snapshot) -> bool {
        self.now() - snapshot.as_of <= self.inner.config.registry_max_age.0
    }

    /// The right to open what one question takes.
    pub(crate) fn permit(&self, scope: &str) -> Result<Permit> {
        self.inner.home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: ACTOR.to_owned(),
            incident: Some(self.inner.incident),
            scope: scope.to_owned(),
            fields: vec!["contact".to_owned(), "number".to_owned()],
            rows: ROWS,
        })
    }

    pub(crate) fn parties(&self, no: SnapshotNo, ids: &[SubscriberId]) -> Result<Vec<SealedParty>> {
        Ok(self.inner.home.store.read(|tx| tx.parties(self.inner.incident, no, ids))?)
    }

    fn holding(&self, number: &[u8; 16]) -> Result<Option<(Snapshot, Holding)>> {
        let Some(snapshot) = self.snapshot()? else { return Ok(None) };
        let (incident, no) = (self.inner.incident, snapshot.no);
        let found = self
            .inner
            .home
            .store
            .read(|tx| tx.find_lines(incident, no, LineKey::Msisdn(*number)))?;
        let now = self.now();
        let held = found.iter().map(|line| line.holding).filter(|held| is_held(held, now));
        // A snapshot that gives one number to two holders is settled by who came last.
        let last = held.max_by_key(|held| (held.held_from, held.line));
        Ok(last.map(|held| (snapshot, held)))
    }

    /// Who speaks for a holder, and the address they have on record.
    fn speaker(
        &self,
        no: SnapshotNo,
        holder: SubscriberId,
        permit: &mut Permit,
    ) -> Result<Option<Speaker>> {
        let keys = &self.inner.keys;
        let Some(party) = self.parties(no, &[holder])?.into_iter().next() else { return Ok(None) };
        let own = party.subscriber.open(permit, keys).map_err(unopened)?;
        let is_child = is_child(&own, self.now());
        let (capacity, other) = match own.kind {
            SubscriberKind::Company => (Capacity::Company, own.contact),
            SubscriberKind::Person if is_child => (Capacity::Guardian, own.guardian),
            SubscriberKind::Person => (Capacity::Holder, None),
        };
        let other = match other {
            Some(id) => self.parties(no, &[id])?.into_iter().next(),
            None => None,
        };
        let speaks = match &other {
            Some(other) => Some(other.subscriber.open(permit, keys).map_err(unopened)?),
            None => None,
        };
        // Nobody else is known who speaks for them: what is sent to them goes to their own address, too.
        let capacity = if other.is_none() && is_child { Capacity::Holder } else { capacity };
        let record = speaks.map_or(own.record, |speaks| speaks.record);
        let email =
            record.email.as_ref().map(|email| keys.blind(Field::Email, &same_for_all(email)));
        Ok(Some(Speaker { capacity, email }))
    }

    /// The dead prove nothing, and nobody proves it for them here.
    fn if_alive(&self, found: Found, person: SubscriberId) -> Result<Found> {
        let standing =
            self.inner.home.store.read(|tx| tx.suppressions_of(self.inner.incident, person))?;
        let is_dead = standing.iter().any(|one| one.row.reason == Reason::Deceased.name());
        Ok(if is_dead { Found::Nobody } else { found })
    }
}

struct Speaker {
    capacity: Capacity,
    email: Option<[u8; 16]>,
}

/// Whether a line is held at a moment.
pub(crate) fn is_held(holding: &Holding, at: DateTime<Utc>) -> bool {
    holding.held_from <= at && holding.held_to.is_none_or(|to| to > at)
}

/// A record that does not open is damaged, or of another key.
pub(crate) fn unopened(error: simrecall_store::permit::OpenError) -> Problem {
    Problem::ours("sealed", "a sealed record does not open").caused_by(error)
}
