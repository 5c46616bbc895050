//! Signing in and out, and being asked once more.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use simrecall_core::id::{ChallengeId, CredentialId, SessionNo};
use simrecall_store::challenge::{Challenge, ChallengeKind};
use simrecall_store::credential::{Credential, PasskeyKey};
use simrecall_store::staff_session::StaffSession;
use simrecall_store::terminal::Terminal;
use simrecall_store::{StoreError, Tx};

use super::door::{AgencyDoor, Seat, fits};
use super::passkey::{Assertion, Question, Used, parts};
use super::proof::{cookie_hash, encoded, signed_out};
use crate::home::random;
use crate::problem::{Problem, Result};
use crate::selfcheck::SessionKey;

/// For how long a question to a passkey may be answered.
pub(crate) const ANSWERED_WITHIN: TimeDelta = TimeDelta::minutes(2);
/// What a transaction says when a question cannot be answered any more.
const ANSWERED: &str = "the question to the passkey was answered already, or too long ago";

/// A question that was put.
#[derive(Debug, Clone, Serialize)]
pub struct Put {
    /// Its name, which the answer says again.
    pub id: ChallengeId,
    /// What the browser hands to the authenticator.
    #[serde(rename = "publicKey")]
    pub public_key: Value,
}

/// Who is signed in, as their page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct SessionShown {
    /// Their name in the system.
    pub name: String,
    /// What they may do.
    pub roles: Vec<&'static str>,
    /// Where they are.
    pub agency: Option<AgencyShown>,
    /// The number that customers call day and night, if one is configured.
    pub hotline: Option<String>,
    /// When they are signed out if they do nothing.
    pub idle_until: DateTime<Utc>,
    /// When they are signed out.
    pub until: DateTime<Utc>,
    /// What their requests are signed over: SHA-256 of the cookie's value, which script cannot read.
    pub ath: String,
}

/// An agency, as pages name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgencyShown {
    /// What the carrier calls it.
    pub code: String,
    /// What people call it.
    pub name: String,
}

/// Somebody who has just signed in, or stepped up.
#[derive(Debug)]
pub struct SignedIn {
    /// What their browser is given.
    pub cookie: SessionKey,
    /// What their page shows.
    pub shown: SessionShown,
}

/// What a step-up is over: its kind as a word, and which one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The kind, such as `order`.
    pub what: &'static str,
    /// Which one.
    pub id: [u8; 16],
}

/// A question over something, which is to be written down with it.
#[derive(Debug, Clone)]
pub struct StepUp {
    /// Its row.
    pub(crate) row: Challenge,
    /// What the browser hands to the authenticator.
    pub public_key: Value,
    /// The random bytes it is answered over.
    pub challenge: [u8; 32],
}

/// A passkey's answer that holds, and is not written down yet.
#[derive(Debug)]
pub struct Answered {
    /// The question.
    pub(crate) question: Challenge,
    /// Whose passkey.
    pub(crate) credential: Credential,
    /// The answer.
    pub assertion: Assertion,
    used: Used,
}

impl Answered {
    /// Uses the question up, and writes down that the passkey was used: in the write that follows from the answer.
    pub(crate) fn take(
        &self,
        tx: &mut Tx<'_>,
        now: DateTime<Utc>,
    ) -> std::result::Result<(), StoreError> {
        let Used { record, counter } = &self.used;
        let is_new = tx.use_challenge(self.question.id, now)?
            && tx.use_passkey(self.credential.id, record, *counter)?;
        if is_new { Ok(()) } else { Err(StoreError::State(ANSWERED)) }
    }
}

/// No such question, or not any more.
pub(crate) fn too_late() -> Problem {
    Problem::state("challenge", ANSWERED).hint("begin again")
}

/// What became of a write in which an answer was taken.
pub(crate) fn taken(error: StoreError) -> Problem {
    if error == StoreError::State(ANSWERED) { too_late() } else { error.into() }
}

impl AgencyDoor {
    /// Asks a terminal who signs in. Nobody types a name.
    pub fn begin_sign_in(&self, terminal: &Terminal) -> Result<Put> {
        let question = self.site().ask_who()?;
        let row = self.row(ChallengeKind::SignIn, terminal, &question)?;
        self.home().store.write(|tx| tx.add_challenge(&row))?;
        Ok(Put { id: row.id, public_key: question.public_key })
    }

    /// Signs in whoever answered, and ends where they were signed in before.
    pub fn sign_in(&self, terminal: &Terminal, id: ChallengeId, answer: Value) -> Result<SignedIn> {
        let (staff, key_id) = self.site().who(&answer)?;
        let now = self.now();
        let (question, credential) = self
            .home()
            .store
            .read(|tx| Ok((tx.open_challenge(id, now)?, tx.credential_by_key(&key_id)?)))?;
        let question = question.ok_or_else(too_late)?;
        let is_asked = question.kind == ChallengeKind::SignIn && question.terminal == terminal.id;
        let credential = credential.filter(|one| one.staff == staff && one.signs_at(now));
        let answered = match credential {
            Some(credential) if is_asked => self.answered(question, credential, answer, sign_in_of),
            Some(_) | None => Err(signed_out()),
        };
        // Whoever answers wrongly is asked anew.
        let answered = answered.map_err(|error| self.burnt(id, error))?;
        let cookie = SessionKey::new()?;
        let session = StaffSession {
            no: SessionNo::from_bytes(random()?),
            hash: cookie_hash(&cookie.to_cookie()),
            before: None,
            staff,
            terminal: terminal.id,
            credential: answered.credential.id,
            started_at: now,
            touched_at: now,
        };
        let actor = staff.to_string();
        let body = json!({
            "staff": staff, "terminal": terminal.id, "agency": terminal.agency,
            "credential": answered.credential.id, "session": session.no,
        });
        let entry = self.home().entry("staff.signed_in", &actor, None, body)?;
        let done = self.home().store.write(|tx| {
            answered.take(tx, now)?;
            // Before the rows are read that the sign-in depends on: whoever changes them ends it.
            tx.begin_staff_session(&session)?;
            let (member, there) = (tx.staff(staff)?, tx.terminal(terminal.id)?);
            let fit = member.zip(there).is_some_and(|(member, there)| fits(&member, &there));
            if !fit {
                return Err(StoreError::State(crate::problem::SIGNED_OUT));
            }
            tx.journal(&entry).map(|_| ())
        });
        done.map_err(taken)?;
        let seat = self.seat(terminal.clone(), &cookie.to_cookie())?;
        Ok(SignedIn { shown: self.shown(&seat, &cookie.to_cookie()), cookie })
    }

    /// Signs somebody out.
    pub fn sign_out(&self, seat: &Seat) -> Result<()> {
        let body = json!({ "staff": seat.staff.id, "session": seat.session });
        let entry = self.home().entry("staff.signed_out", seat.actor(), None, body)?;
        self.home().store.write(|tx| {
            if tx.end_staff_session(seat.session)? {
                tx.journal(&entry)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Who is signed in, for their page. `cookie` is the value of theirs.
    pub fn shown(&self, seat: &Seat, cookie: &str) -> SessionShown {
        let (idle_until, until) = seat.until();
        SessionShown {
            name: seat.staff.name.clone(),
            roles: seat.staff.roles.iter().map(|role| role.name()).collect(),
            agency: seat
                .agency
                .as_ref()
                .map(|agency| AgencyShown { code: agency.code.clone(), name: agency.name.clone() }),
            hotline: self.hotline().map(str::to_owned),
            idle_until,
            until,
            ath: encoded(&cookie_hash(cookie).0),
        }
    }

    /// What a page is told after [`Seat::renew`] gave the sign-in this cookie.
    pub(crate) fn with_new(&self, seat: &Seat, cookie: SessionKey) -> Result<SignedIn> {
        let text = cookie.to_cookie();
        let seat = self.seat(seat.terminal.clone(), &text)?;
        Ok(SignedIn { shown: self.shown(&seat, &text), cookie })
    }

    /// A question to whoever sits there, over something whose hash is `pair`. It is put once its row is written down, which is done
    /// with what it is over and with an entry that names both: `StepUp::put`.
    pub fn step_up(&self, seat: &Seat, about: &About, pair: [u8; 32]) -> Result<StepUp> {
        let keys = self.passkeys_of(seat)?;
        let question = self.site().ask_again(&keys)?;
        let mut row = self.row(ChallengeKind::StepUp, &seat.terminal, &question)?;
        row.staff = Some(seat.staff.id);
        row.about = Some((about.what.to_owned(), about.id));
        row.pair = Some(pair);
        Ok(StepUp { row, public_key: question.public_key, challenge: question.challenge })
    }

    /// Checks an answer to a question over something; it writes nothing, but a question that was answered wrongly is used up.
    /// What follows is written together with `Answered::take` and `Seat::renew`.
    pub fn check_step_up(
        &self,
        seat: &Seat,
        (id, about): (ChallengeId, &About),
        answer: Value,
    ) -> Result<Answered> {
        let (key_id, _) = parts(&answer)?;
        let now = self.now();
        let (question, credential) = self
            .home()
            .store
            .read(|tx| Ok((tx.open_challenge(id, now)?, tx.credential_by_key(&key_id)?)))?;
        let question = question.ok_or_else(too_late)?;
        let is_asked = question.kind == ChallengeKind::StepUp
            && question.terminal == seat.terminal.id
            && question.staff == Some(seat.staff.id)
            && question
                .about
                .as_ref()
                .is_some_and(|(what, id)| what == about.what && *id == about.id);
        let theirs = |one: &Credential| one.staff == seat.staff.id && one.signs_at(now);
        let answered = match credential.filter(theirs) {
            Some(credential) if is_asked => self.answered(question, credential, answer, step_up_of),
            Some(_) | None => {
                Err(Problem::input("passkey", "the passkey's answer is to another question"))
            }
        };
        answered.map_err(|error| self.burnt(id, error))
    }

    /// A passkey a question was put to is asked nothing twice, however it answered.
    fn burnt(&self, id: ChallengeId, error: Problem) -> Problem {
        let now = self.now();
        match self.home().store.write(|tx| tx.use_challenge(id, now)) {
            Ok(_) => error,
            Err(worse) => worse.into(),
        }
    }

    fn answered(
        &self,
        question: Challenge,
        credential: Credential,
        answer: Value,
        judge: impl FnOnce(&Self, Value, &str, &PasskeyKey) -> Result<Used>,
    ) -> Result<Answered> {
        let key = credential.passkey().ok_or_else(signed_out)?;
        let (_, [authenticator_data, client_data, signature]) = parts(&answer)?;
        let assertion =
            Assertion { credential: credential.id, authenticator_data, client_data, signature };
        let used = judge(self, answer, &question.state, key)?;
        Ok(Answered { question, credential, assertion, used })
    }

    fn passkeys_of(&self, seat: &Seat) -> Result<Vec<PasskeyKey>> {
        let all = self.home().store.read(|tx| tx.credentials(seat.staff.id))?;
        let now = self.now();
        let live = all.into_iter().filter(|one| one.signs_at(now));
        Ok(live.filter_map(|one| one.passkey().cloned()).collect())
    }

    pub(crate) fn row(
        &self,
        kind: ChallengeKind,
        terminal: &Terminal,
        question: &Question,
    ) -> Result<Challenge> {
        let now = self.now();
        Ok(Challenge {
            id: ChallengeId::from_bytes(random()?),
            kind,
            terminal: terminal.id,
            staff: None,
            invite: None,
            about: None,
            pair: None,
            state: question.state.clone(),
            made_at: now,
            until: now + ANSWERED_WITHIN,
        })
    }
}

impl StepUp {
    /// Puts the question, in the write of what it is over.
    pub(crate) fn put(&self, tx: &mut Tx<'_>) -> std::result::Result<(), StoreError> {
        tx.add_challenge(&self.row)
    }

    /// Its name, which the answer says again.
    pub fn id(&self) -> ChallengeId {
        self.row.id
    }
}

fn sign_in_of(door: &AgencyDoor, answer: Value, state: &str, key: &PasskeyKey) -> Result<Used> {
    door.site().take_who(answer, state, key)
}

fn step_up_of(door: &AgencyDoor, answer: Value, state: &str, key: &PasskeyKey) -> Result<Used> {
    door.site().take_again(answer, state, key)
}

/// The passkey that an assertion of this process or another names.
pub(crate) fn credential(
    tx: &mut Tx<'_>,
    id: CredentialId,
) -> std::result::Result<Credential, StoreError> {
    tx.credential(id)?.ok_or(StoreError::NotFound("credential"))
}
