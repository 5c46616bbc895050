//! Sessions: begun without knowing anything, proved once, and asked again at every use what they still prove.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::access::{Proven, Refusal, Unlock, Way, may, refused};
use simrecall_core::id::{LineId, SubscriberId};
use simrecall_core::incident::Channel;
use simrecall_core::selfcheck::Subject;
use simrecall_store::session::{Session, SessionId, SessionProof};

use super::door::{Door, compromised};
use super::key::{Browser, SessionKey};
use super::mac;
use super::who::Found;
use crate::problem::{Problem, Result};

/// How often a session that is used is written down as used.
const TOUCHED_EACH: TimeDelta = TimeDelta::minutes(1);

/// A proved session, at the moment it is used.
#[derive(Debug, Clone)]
pub struct Visit {
    pub(crate) id: SessionId,
    pub(crate) way: Way,
    pub(crate) proved_at: DateTime<Utc>,
    pub(crate) known: Option<Known>,
    pub(crate) compromised: BTreeSet<Channel>,
    pub(crate) now: DateTime<Utc>,
}

/// Somebody we know.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) proven: Proven,
    pub(crate) person: SubscriberId,
    /// The one line that whoever has it in their hands may ask about.
    pub(crate) line: Option<LineId>,
}

impl Known {
    /// Of whom things are kept.
    pub(crate) fn subject(&self) -> Subject {
        self.line.map_or(Subject::Person(self.person), Subject::Line)
    }
}

impl Visit {
    /// How they proved who they are.
    pub const fn way(&self) -> Way {
        self.way
    }

    /// When they did.
    pub const fn proved_at(&self) -> DateTime<Utc> {
        self.proved_at
    }

    /// Whether something is open to them now. Nothing is to somebody who proved to be nobody we know.
    pub fn may(&self, unlock: Unlock) -> bool {
        self.asked(unlock).is_ok()
    }

    /// Who they are, if something is open to them.
    pub(crate) fn asked(&self, unlock: Unlock) -> Result<&Known> {
        let known = self.known.as_ref().ok_or_else(locked)?;
        match may(&known.proven, unlock, &self.compromised, self.now) {
            Ok(()) => Ok(known),
            Err(Refusal::Compromised(channel)) => Err(compromised(channel)),
            Err(Refusal::NotUnlocked) => Err(locked()),
            Err(Refusal::TooOld) => {
                Err(Problem::state("proof_too_old", "the proof is too old for this")
                    .hint("prove again who you are"))
            }
        }
    }
}

/// Such a proof never opens it.
pub(crate) fn locked() -> Problem {
    Problem::state("not_unlocked", "this proof does not open it")
        .hint("prove it another way, or call us")
}

impl Door {
    /// A proved session, asked again what it still proves. It works in the browser that began it, while it is used.
    pub fn visit(&self, key: &SessionKey, browser: &Browser<'_>) -> Result<Visit> {
        let session = self.session(key, browser)?;
        let Some(proof) = session.proof.clone() else { return Err(missing()) };
        let (now, compromised_now) = (self.now(), self.compromised()?);
        let by_nature: BTreeSet<Channel> = proof.way.channel().into_iter().collect();
        let relies: BTreeSet<Channel> = proof.relies.union(&by_nature).copied().collect();
        if let Some(channel) = refused(&relies, &compromised_now) {
            self.inner.home.store.write(|tx| tx.drop_session(session.id))?;
            return Err(compromised(channel));
        }
        if now - session.touched_at >= TOUCHED_EACH {
            self.inner
                .home
                .store
                .write(|tx| tx.touch_session(session.id, now, now - TOUCHED_EACH))?;
        }
        let SessionProof { way, relies, at, shown } = proof;
        let known = shown.map(|shown| Known {
            proven: Proven { way, capacity: shown.capacity, relies, at },
            person: shown.person,
            line: shown.line,
        });
        Ok(Visit { id: session.id, way, proved_at: at, known, compromised: compromised_now, now })
    }

    /// Ends a session. One that is not there is ended already.
    pub fn finish(&self, key: &SessionKey) -> Result<()> {
        self.inner.home.store.write(|tx| tx.drop_session(key.id()))?;
        Ok(())
    }

    /// A session that proved nothing yet.
    pub(crate) fn unproved(&self, key: &SessionKey, browser: &Browser<'_>) -> Result<Session> {
        let session = self.session(key, browser)?;
        if session.proof.is_some() { Err(missing()) } else { Ok(session) }
    }

    /// Puts a proved session in the place of one that proved nothing, under a key of its own.
    pub(crate) fn proved(
        &self,
        before: &Session,
        way: Way,
        relies: BTreeSet<Channel>,
        found: Found,
    ) -> Result<SessionKey> {
        let key = SessionKey::new()?;
        let now = self.now();
        let proof = SessionProof { way, relies, at: now, shown: found.shown() };
        let new = Session {
            id: key.id(),
            incident: self.inner.incident,
            browser: before.browser,
            proof: Some(proof),
            started_at: now,
            touched_at: now,
        };
        self.inner.home.store.write(|tx| {
            tx.drop_session(before.id)?;
            tx.start_session(&new)
        })?;
        Ok(key)
    }

    /// Whether a session's time is over.
    pub(crate) fn is_over(&self, session: &Session) -> bool {
        let (now, limits) = (self.now(), self.inner.config.limits);
        now - session.touched_at >= limits.idle.0 || now - session.started_at >= limits.session.0
    }

    fn session(&self, key: &SessionKey, browser: &Browser<'_>) -> Result<Session> {
        let id = key.id();
        let found = self.inner.home.store.read(|tx| tx.session(id))?;
        let session =
            found.filter(|one| one.incident == self.inner.incident).ok_or_else(missing)?;
        if self.is_over(&session) {
            self.inner.home.store.write(|tx| tx.drop_session(id))?;
            return Err(Problem::state("session_ended", "the session has ended")
                .hint("prove again who you are"));
        }
        if !mac::same(&session.browser, &self.browser_hash(browser)) {
            return Err(Problem::state(
                "session_other_browser",
                "the session is another browser's",
            )
            .hint("go on where you began, or begin here"));
        }
        Ok(session)
    }
}

fn missing() -> Problem {
    Problem::state("session_missing", "nobody has proved who they are here")
        .hint("prove who you are")
}
