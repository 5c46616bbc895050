//! A wave's approval by passkey: the same statement and the same message as with a key in a file.
//!
//! What is signed over is a challenge that `webauthn-rs` draws, so what binds it to the statement is an entry of the journal, which
//! names the message's hash and the challenge, and is there before the passkey is asked. Releasing asks for that entry again.

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simrecall_core::access::{Act, StaffRole};
use simrecall_core::id::{ChallengeId, IncidentId, WaveNo};
use simrecall_core::incident::IncidentState;
use simrecall_core::wave::{WaveState, approval_message};
use simrecall_store::approval_passkey::PasskeyApproval;
use simrecall_store::journal::Entry;
use simrecall_store::ledger::Wave;

use super::door::{AgencyDoor, Seat};
use super::passkey::{challenge_of, is_signed};
use super::session::{About, Answered, Put, SignedIn, credential, taken};
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::selfcheck::SessionKey;
use crate::staff::hex;
use crate::wave;

/// The kind of the entry that names a message's hash and a challenge.
const ASKED: &str = "wave.approval_asked";
/// Entries of that kind that are looked at.
const ASKED_AT_MOST: i64 = 10_000;

/// A wave that waits for signatures.
#[derive(Debug, Clone, Serialize)]
pub struct Waiting {
    /// Its number.
    pub wave: WaveNo,
    /// What is signed, in words.
    pub statement: String,
    /// Its SHA-256, in hex.
    pub statement_sha256: String,
    /// The roles in which it was signed.
    pub signed: Vec<&'static str>,
    /// How many people of different roles must.
    pub needed: usize,
}

/// The kind of step-up, in a challenge's row.
const ABOUT: &str = "wave";

impl AgencyDoor {
    /// Waves that wait for signatures, oldest first.
    pub fn approvals(&self, seat: &Seat) -> Result<Vec<Waiting>> {
        role_of(seat)?;
        let home = self.home();
        let mut all = Vec::new();
        for incident in home.store.read(|tx| tx.incidents())? {
            if incident.state != IncidentState::Open {
                continue;
            }
            for wave in home.store.read(|tx| tx.waves_of(incident.id))? {
                let (Some(statement), Some(hash)) = (&wave.statement, wave.statement_sha256) else {
                    continue;
                };
                if wave.state != WaveState::Draft {
                    continue;
                }
                all.push(Waiting {
                    wave: wave.no,
                    statement: statement.clone(),
                    statement_sha256: hex(&hash),
                    signed: wave::signed_as(home, wave.no, &hash)?,
                    needed: home.config.wave.approvals,
                });
            }
        }
        Ok(all)
    }

    /// Asks whoever sits there whether they sign a wave's statement.
    pub fn begin_approval(&self, seat: &Seat, no: WaveNo) -> Result<Put> {
        let role = role_of(seat)?;
        let (wave, hash) = self.signable(no)?;
        let now = self.now();
        let message = approval_message(&hash, seat.staff.id, role, now);
        let pair: [u8; 32] = Sha256::digest(&message).into();
        let mut step_up = self.step_up(seat, &about(no), pair)?;
        // The moment is part of the message.
        step_up.row.made_at = now;
        let body = json!({
            "wave": no.0, "statement_sha256": hex(&hash), "staff": seat.staff.id, "role": role.name(),
            "message_sha256": hex(&pair), "challenge": hex(&step_up.challenge), "question": step_up.id(),
        });
        let entry = self.home().entry(ASKED, seat.actor(), Some(wave.incident), body)?;
        self.home().store.write(|tx| {
            seat.still(tx, now)?;
            step_up.put(tx)?;
            tx.journal(&entry).map(|_| ())
        })?;
        Ok(Put { id: step_up.id(), public_key: step_up.public_key })
    }

    /// Signs a wave's statement with the answer of a passkey, and gives the sign-in a new cookie.
    pub fn approve(
        &self,
        seat: &Seat,
        no: WaveNo,
        (id, answer): (ChallengeId, Value),
    ) -> Result<(Vec<Waiting>, SignedIn)> {
        let role = role_of(seat)?;
        if seat.asks_again() {
            return self.approved_before(seat, no);
        }
        let (wave, hash) = self.signable(no)?;
        let answered = self.check_step_up(seat, (id, &about(no)), answer)?;
        let row = self.approval_of((seat, role), (no, &hash), &answered)?;
        let (cookie, now) = (SessionKey::new()?, self.now());
        let body = json!({
            "wave": no.0, "statement_sha256": hex(&hash), "role": role.name(),
            "credential": row.credential, "assertion_sha256": hex(&answered.assertion.sha256()),
        });
        let entry = self.home().entry("wave.approved", seat.actor(), Some(wave.incident), body)?;
        let written = self.home().store.write(|tx| {
            seat.renew(tx, &cookie, about(no).id, now)?;
            answered.take(tx, now)?;
            tx.insert_passkey_approval(&row)?;
            tx.journal(&entry).map(|_| ())
        });
        written.map_err(|error| {
            if error.is_conflict() {
                return Problem::state(
                    "signed",
                    format!("{} has signed wave {} already", seat.staff.name, no.0),
                );
            }
            taken(error)
        })?;
        self.signed_in_anew(seat, cookie)
    }

    /// The answer of an approval once more, whose first one was lost on its way.
    fn approved_before(&self, seat: &Seat, no: WaveNo) -> Result<(Vec<Waiting>, SignedIn)> {
        let (cookie, now) = (SessionKey::new()?, self.now());
        self.home().store.write(|tx| seat.renew(tx, &cookie, about(no).id, now))?;
        self.signed_in_anew(seat, cookie)
    }

    fn signed_in_anew(&self, seat: &Seat, cookie: SessionKey) -> Result<(Vec<Waiting>, SignedIn)> {
        let signed_in = self.with_new(seat, cookie)?;
        let seat = self.seat(seat.terminal.clone(), &signed_in.cookie.to_cookie())?;
        Ok((self.approvals(&seat)?, signed_in))
    }

    /// The row of an approval, from the question's own: the moment in the message is when it was put.
    fn approval_of(
        &self,
        (seat, role): (&Seat, StaffRole),
        (no, hash): (WaveNo, &[u8; 32]),
        answered: &Answered,
    ) -> Result<PasskeyApproval> {
        let (question, assertion) = (&answered.question, &answered.assertion);
        let message = approval_message(hash, seat.staff.id, role, question.made_at);
        let pair: [u8; 32] = Sha256::digest(&message).into();
        if question.pair != Some(pair) {
            return Err(Problem::state(
                "stale_plan",
                "the wave was planned anew since the question was put",
            )
            .hint("read the statement again, and sign that"));
        }
        let challenge = challenge_of(&question.state)?;
        let row = PasskeyApproval {
            wave: no,
            staff: seat.staff.id,
            role: role.code(),
            credential: assertion.credential,
            statement_sha256: *hash,
            challenge,
            pair,
            authenticator_data: assertion.authenticator_data.clone(),
            client_data: assertion.client_data.clone(),
            signature: assertion.signature.clone(),
            at: question.made_at,
        };
        // Whoever releases the wave judges it like that.
        if is_signed(&answered.credential, assertion, &challenge, self.origin()) {
            Ok(row)
        } else {
            Err(Problem::input("passkey", "the passkey's answer does not hold"))
        }
    }

    fn signable(&self, no: WaveNo) -> Result<(Wave, [u8; 32])> {
        let wave = wave::get(self.home(), no)?;
        let (_, hash) = wave::signable(&wave)?;
        Ok((wave, hash))
    }
}

fn about(no: WaveNo) -> About {
    let mut id = [0; 16];
    id.iter_mut().zip(no.0.to_be_bytes()).for_each(|(to, from)| *to = from);
    About { what: ABOUT, id }
}

fn role_of(seat: &Seat) -> Result<StaffRole> {
    let role = seat.staff.roles.iter().copied().find(|role| role.may(Act::Approve));
    role.ok_or_else(|| Problem::state("not_allowed", "whoever sits there may not approve"))
}

/// Whether an approval by passkey holds: it signs that message, by somebody's passkey of that time, over a challenge that was in the
/// journal beside the message's hash before.
pub(crate) fn holds(home: &Home, incident: IncidentId, row: &PasskeyApproval) -> Result<bool> {
    let Some(role) = StaffRole::from_code(row.role) else { return Ok(false) };
    let message = approval_message(&row.statement_sha256, row.staff, role, row.at);
    let pair: [u8; 32] = Sha256::digest(&message).into();
    let Some(config) = &home.config.agency else {
        return Err(Problem::configuration(
            "config",
            "a wave was signed with a passkey, and simrecall.toml has no [agency]",
        )
        .hint("passkeys are checked against the host in [agency]"));
    };
    let (passkey, asked) = home
        .store
        .read(|tx| {
            Ok((
                credential(tx, row.credential)?,
                tx.entries_of_kind(incident, ASKED, ASKED_AT_MOST)?,
            ))
        })
        .map_err(problem::store)?;
    let assertion = super::Assertion {
        credential: row.credential,
        authenticator_data: row.authenticator_data.clone(),
        client_data: row.client_data.clone(),
        signature: row.signature.clone(),
    };
    Ok(pair == row.pair
        && passkey.staff == row.staff
        && passkey.signs_at(row.at)
        && is_signed(&passkey, &assertion, &row.challenge, &config.origin())
        && asked.iter().any(|entry| is_asked(entry, row)))
}

fn is_asked(entry: &Entry, row: &PasskeyApproval) -> bool {
    let Ok(body) = serde_json::from_str::<Value>(&entry.body) else { return false };
    let said = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    said("staff") == row.staff.to_string()
        && said("message_sha256") == hex(&row.pair)
        && said("challenge") == hex(&row.challenge)
}
