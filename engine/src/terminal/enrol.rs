//! People at terminals: an invitation, a passkey, a posting, and the end of their work.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simrecall_core::access::{Act, StaffRole};
use simrecall_core::id::{ChallengeId, CredentialId};
use simrecall_store::StoreError;
use simrecall_store::challenge::ChallengeKind;
use simrecall_store::credential::{Credential, CredentialKey, PasskeyKey};
use simrecall_store::invite::{CodeHash, Invite};
use simrecall_store::staff::StaffMember;
use simrecall_store::terminal::Terminal;

use super::door::{AgencyDoor, fits};
use super::passkey::Site;
use super::session::{ANSWERED_WITHIN, Put, too_late};
use crate::home::{Home, random};
use crate::problem::{self, Problem, Result};
use crate::{agency, staff};

/// For how long an invitation is taken.
const INVITED_FOR: TimeDelta = TimeDelta::hours(24);
/// What a transaction says of a code that is none any more.
const USED: &str = "the code is unknown, used, or too old";

/// A code that is said once: 128 random bits. The database has its SHA-256 alone.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Code(String);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

impl Code {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self(URL_SAFE_NO_PAD.encode(random()?)))
    }

    /// As it is said.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> CodeHash {
        hash_of(&self.0)
    }
}

/// The hash of a code as somebody typed it.
pub(crate) fn hash_of(typed: &str) -> CodeHash {
    CodeHash(Sha256::digest(typed.trim()).into())
}

/// What an invitation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Somebody's first passkey.
    First,
    /// One more.
    Another,
    /// A new one, because another was lost: whatever they have ends now.
    Lost,
}

/// An invitation that was given out.
#[derive(Debug, Clone, Serialize)]
pub struct Invited {
    /// Whose.
    pub name: String,
    /// The code, which is said here and nowhere else.
    pub code: Code,
    /// Until when it is taken.
    pub until: DateTime<Utc>,
    /// How many passkeys ended with it.
    pub ended: usize,
}

/// Gives somebody a code to enrol a passkey with. One person of security does that for a clerk's first one; anything else takes two
/// people of different roles, neither of them the one it is for.
pub fn invite(home: &Home, name: &str, why: Why, by: &[String]) -> Result<Invited> {
    let member = at_work(home, name)?;
    let keys = home.store.read(|tx| tx.credentials(member.id)).map_err(problem::store)?;
    let has_one = keys.iter().any(|key| key.passkey().is_some() && key.ended_at.is_none());
    let why = match why {
        Why::First if has_one => {
            return Err(Problem::state("exists", format!("{name} has a passkey"))
                .hint("say --another, or --lost, which ends it; that takes two people"));
        }
        Why::First | Why::Another | Why::Lost => why,
    };
    let is_clerk = member.roles.iter().all(|role| *role == StaffRole::Clerk);
    let one_is_enough =
        is_clerk && why == Why::First && !keys.iter().any(|key| key.passkey().is_some());
    let by = inviters(home, &member, one_is_enough, by)?;
    let (code, now) = (Code::new()?, home.now());
    let invite = Invite {
        code: code.hash(),
        staff: member.id,
        by,
        made_at: now,
        until: now + INVITED_FOR,
        used_at: None,
    };
    let actor = by.0.to_string();
    let body = json!({ "staff": member.id, "also_by": by.1, "lost": why == Why::Lost });
    let entry = home.entry("staff.invited", &actor, None, body)?;
    let ended = home.store.write(|tx| {
        let ended = if why == Why::Lost {
            tx.end_sessions_of(member.id)?;
            tx.end_passkeys(member.id, now)?
        } else {
            0
        };
        tx.add_invite(&invite)?;
        tx.journal(&entry)?;
        Ok(ended)
    });
    let ended = ended.map_err(problem::store)?;
    Ok(Invited { name: member.name, code, until: invite.until, ended })
}

type Two = (simrecall_core::id::StaffId, Option<simrecall_core::id::StaffId>);

fn inviters(home: &Home, member: &StaffMember, one_is_enough: bool, by: &[String]) -> Result<Two> {
    let by = match by {
        [one] if one_is_enough => (staff::may(home, one, Act::AddStaff)?.id, None),
        [first, second] => {
            let [first, second] = staff::two(home, [first, second], Act::Invite)?;
            (first.id, Some(second.id))
        }
        _ => {
            return Err(Problem::input("two_persons", "this takes two people of different roles")
                .hint("name both: --by NAME --by NAME; one of security is enough for a clerk's first passkey"));
        }
    };
    if by.0 == member.id || by.1 == Some(member.id) {
        return Err(Problem::input("self", "nobody invites themselves")
            .hint("ask two others, of security, privacy or legal"));
    }
    Ok(by)
}

/// Where somebody works from now on: an agency by its code, or the customer centre. They are signed out.
pub fn post(home: &Home, name: &str, code: Option<&str>, by: &str) -> Result<()> {
    let by = staff::may(home, by, Act::AddStaff)?;
    let member = at_work(home, name)?;
    let place = code.map(|code| agency::by_code(home, code)).transpose()?;
    if place.is_some() && !member.is_at_counter() {
        return Err(Problem::input("posting", format!("{name} works at the customer centre"))
            .hint("only clerks and supervisors are posted to an agency"));
    }
    let place = place.map(|place| place.id);
    let actor = by.id.to_string();
    let body = json!({ "staff": member.id, "agency": place });
    let entry = home.entry("staff.posted", &actor, None, body)?;
    let posted = home.store.write(|tx| {
        tx.post_staff(member.id, place)?;
        tx.journal(&entry).map(|_| ())
    });
    posted.map_err(problem::store)
}

/// Ends somebody's work here, at once: sessions, keys, invitations. What they signed stays theirs.
pub fn revoke(home: &Home, name: &str, by: &str) -> Result<()> {
    let by = staff::may(home, by, Act::Revoke)?;
    let member = at_work(home, name)?;
    let (actor, now) = (by.id.to_string(), home.now());
    let entry = home.entry("staff.revoked", &actor, None, json!({ "staff": member.id }))?;
    let revoked = home.store.write(|tx| {
        tx.retire_staff(member.id, now)?;
        tx.end_credentials(member.id, now)?;
        tx.void_invites(member.id, now)?;
        tx.journal(&entry).map(|_| ())
    });
    revoked.map_err(problem::store)
}

fn at_work(home: &Home, name: &str) -> Result<StaffMember> {
    let member = home.store.read(|tx| tx.staff_by_name(name)).map_err(problem::store)?;
    member.filter(|member| member.retired_at.is_none()).ok_or_else(|| {
        Problem::input("staff", format!("no staff member is called {name}"))
            .hint("see: simrecall staff list")
    })
}

/// A passkey that was enrolled.
#[derive(Debug, Clone, Serialize)]
pub struct Enrolled {
    /// Whose.
    pub name: String,
}

fn unknown() -> Problem {
    Problem::input("invite", USED).hint("ask for another: simrecall staff invite NAME --by NAME")
}

impl AgencyDoor {
    /// Asks whoever has an invitation for their new passkey, at a terminal where they are posted.
    pub fn begin_enrolment(&self, terminal: &Terminal, code: &str) -> Result<Put> {
        let (invite, now) = (hash_of(code), self.now());
        let found = self.home().store.read(|tx| {
            let Some(invite) = tx.invite(invite)?.filter(|one| one.is_open(now)) else {
                return Ok(None);
            };
            Ok(tx.staff(invite.staff)?.zip(Some(tx.credentials(invite.staff)?)))
        })?;
        let (member, keys) = found.ok_or_else(unknown)?;
        if !fits(&member, terminal) {
            return Err(unknown());
        }
        let known: Vec<PasskeyKey> = keys.iter().filter_map(|key| key.passkey().cloned()).collect();
        let question = self.site().ask_new(&member, &known)?;
        let mut row = self.row(ChallengeKind::Enrol, terminal, &question)?;
        row.staff = Some(member.id);
        row.invite = Some(invite);
        self.home().store.write(|tx| tx.add_challenge(&row))?;
        Ok(Put { id: row.id, public_key: question.public_key })
    }

    /// Takes a new passkey in, and uses the invitation up. The same passkey once more, right after it, is told the same.
    pub fn enrol(&self, terminal: &Terminal, id: ChallengeId, answer: Value) -> Result<Enrolled> {
        let now = self.now();
        let question = self.home().store.read(|tx| tx.open_challenge(id, now))?;
        let question =
            question.filter(|one| one.kind == ChallengeKind::Enrol && one.terminal == terminal.id);
        let Some(question) = question else { return self.enrolled(terminal, &answer, now) };
        let (Some(member), Some(invite)) = (question.staff, question.invite) else {
            return Err(too_late());
        };
        let key = self.site().take_new(answer, &question.state)?;
        let credential = Credential {
            id: CredentialId::from_bytes(random()?),
            staff: member,
            key: CredentialKey::Passkey(key),
            counter: 0,
            added_at: now,
            ended_at: None,
        };
        let actor = member.to_string();
        let body = json!({ "staff": member, "credential": credential.id, "terminal": terminal.id });
        let entry = self.home().entry("staff.passkey_added", &actor, None, body)?;
        let done = self.home().store.write(|tx| {
            if !tx.use_challenge(id, now)? || !tx.use_invite(invite, now)? {
                return Err(StoreError::State(USED));
            }
            // One person invites to a first passkey, and two codes may be out.
            let by_two = tx.invite(invite)?.is_some_and(|one| one.by.1.is_some());
            if !by_two && tx.credentials(member)?.iter().any(|key| key.passkey().is_some()) {
                return Err(StoreError::State(USED));
            }
            let there = tx.staff(member)?.zip(tx.terminal(terminal.id)?);
            let Some((member, _)) = there.filter(|(member, there)| fits(member, there)) else {
                return Err(StoreError::State(USED));
            };
            tx.add_credential(&credential)?;
            tx.journal(&entry)?;
            Ok(member.name)
        });
        match done {
            Ok(name) => Ok(Enrolled { name }),
            Err(StoreError::State(USED)) => Err(unknown()),
            Err(error) if error.is_conflict() => {
                Err(Problem::state("exists", "this passkey is somebody's already"))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What became of a passkey whose answer was lost: it was taken in a moment ago, by somebody who belongs here.
    fn enrolled(
        &self,
        terminal: &Terminal,
        answer: &Value,
        now: DateTime<Utc>,
    ) -> Result<Enrolled> {
        let key = Site::named(answer)?;
        let found = self.home().store.read(|tx| {
            let Some(credential) = tx.credential_by_key(&key)? else { return Ok(None) };
            let is_new = now - credential.added_at < ANSWERED_WITHIN && credential.signs_at(now);
            let member = if is_new { tx.staff(credential.staff)? } else { None };
            Ok(member.filter(|member| fits(member, terminal)))
        })?;
        found.map(|member| Enrolled { name: member.name }).ok_or_else(too_late)
    }
}
