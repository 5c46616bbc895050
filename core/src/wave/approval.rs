//! Whether enough of the right people signed a statement.

use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, VerifyingKey};

use super::hex::Hex;
use crate::access::{Act, Quorum, QuorumNotMet, StaffRole, quorum_met};
use crate::id::StaffId;
use crate::problem::ProblemCode;

/// One staff member's signature under one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub staff: StaffId,
    /// In which of their roles.
    pub role: StaffRole,
    /// SHA-256 of the statement they saw.
    pub statement_hash: [u8; 32],
    /// Over [`approval_message`].
    pub signed: Signed,
    /// When; part of what is signed, in microseconds.
    pub at: DateTime<Utc>,
}

/// How somebody signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// With an Ed25519 key, over the message.
    Ed25519([u8; 64]),
    /// With a passkey, over a challenge that was written down beside the message's hash.
    Passkey {
        /// Whether the assertion, the challenge and what was written down fit the message. Whoever has the rows checks that.
        holds: bool,
    },
}

/// What is on record of a staff member who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approver {
    /// The Ed25519 public keys they had when they signed.
    pub public_keys: Vec<[u8; 32]>,
    /// Their roles.
    pub roles: Vec<StaffRole>,
    /// Since when they are no longer staff.
    pub retired_at: Option<DateTime<Utc>>,
}

/// A statement is not approved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// A signature that is none: the row or the key was changed.
    #[error("the approval of {staff} does not verify under the key on record")]
    BadSignature {
        /// Whose it claims to be.
        staff: StaffId,
    },
    /// Signed in a role they do not have.
    #[error("{staff} signed as {} without having that role", role.name())]
    RoleNotHeld {
        /// Who.
        staff: StaffId,
        /// The role.
        role: StaffRole,
    },
    /// Signed in a role that approves nothing.
    #[error("{} cannot approve", .0.name())]
    RoleMayNotApprove(StaffRole),
    /// Signed after they had left.
    #[error("{staff} had been retired before signing")]
    Retired {
        /// Who.
        staff: StaffId,
    },
    /// Not enough.
    #[error("too few have signed{}", earlier(*stale))]
    TooFew {
        /// How far it is.
        #[source]
        quorum: QuorumNotMet,
        /// Approvals under another statement: any change voids them.
        stale: usize,
    },
}

impl NotApproved {
    /// The stable code.
    pub const fn code(&self) -> ProblemCode {
        ProblemCode::NotApproved
    }
}

/// The bytes an approver signs: which statement, who, in which role, when.
pub fn approval_message(
    statement_hash: &[u8; 32],
    staff: StaffId,
    role: StaffRole,
    at: DateTime<Utc>,
) -> Vec<u8> {
    let statement = Hex(statement_hash);
    let (role, at) = (role.name(), at.timestamp_micros());
    format!("simrecall signature v1\nstatement {statement}\nstaff {staff}\nrole {role}\nat {at}\n")
        .into_bytes()
}

/// Whether approvals, each with what is on record of its signer, carry a statement.
///
/// Approvals of another statement are void and only counted. Every other one has to be sound: a bad one among enough
/// good ones means that somebody tampered, and nothing is released.
pub fn judge(
    approvals: &[(Approval, Approver)],
    statement_hash: &[u8; 32],
    quorum: Quorum,
) -> Result<(), NotApproved> {
    let live = approvals.iter().filter(|(approval, _)| approval.statement_hash == *statement_hash);
    let agreed = live.map(|(approval, approver)| sound(approval, approver));
    let agreed = agreed.collect::<Result<Vec<_>, _>>()?;
    let stale = approvals.len() - agreed.len();
    quorum_met(&agreed, quorum).map_err(|quorum| NotApproved::TooFew { quorum, stale })
}

fn sound(approval: &Approval, approver: &Approver) -> Result<(StaffId, StaffRole), NotApproved> {
    let Approval { staff, role, at, .. } = *approval;
    let message = approval_message(&approval.statement_hash, staff, role, at);
    let holds = match approval.signed {
        Signed::Ed25519(signature) => is_signed(&approver.public_keys, &message, &signature),
        Signed::Passkey { holds } => holds,
    };
    if !holds {
        return Err(NotApproved::BadSignature { staff });
    }
    if !approver.roles.contains(&role) {
        return Err(NotApproved::RoleNotHeld { staff, role });
    }
    if !role.may(Act::Approve) {
        return Err(NotApproved::RoleMayNotApprove(role));
    }
    if approver.retired_at.is_some_and(|retired| retired <= at) {
        return Err(NotApproved::Retired { staff });
    }
    Ok((staff, role))
}

fn is_signed(keys: &[[u8; 32]], message: &[u8], signature: &[u8; 64]) -> bool {
    let signature = Signature::from_bytes(signature);
    // Strict: refuses weak keys and signatures that fit more than one message.
    let signs = |key: &VerifyingKey| key.verify_strict(message, &signature).is_ok();
    keys.iter().filter_map(|key| VerifyingKey::from_bytes(key).ok()).any(|key| signs(&key))
}

fn earlier(stale: usize) -> String {
    if stale == 0 { String::new() } else { format!("; {stale} signed an earlier version") }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    const HASH: [u8; 32] = [7; 32];

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_757_600_000, 0).unwrap()
    }

    fn signed(n: u8, role: StaffRole, statement_hash: [u8; 32]) -> (Approval, Approver) {
        let key = SigningKey::from_bytes(&[n; 32]);
        let (staff, at) = (StaffId::from_bytes([n; 16]), now());
        let signature = key.sign(&approval_message(&statement_hash, staff, role, at)).to_bytes();
        let signed = Signed::Ed25519(signature);
        let approval = Approval { staff, role, statement_hash, signed, at };
        let public_keys = vec![key.verifying_key().to_bytes()];
        (approval, Approver { public_keys, roles: vec![role], retired_at: None })
    }

    fn by_passkey(n: u8, role: StaffRole, holds: bool) -> (Approval, Approver) {
        let (mut approval, mut approver) = signed(n, role, HASH);
        approval.signed = Signed::Passkey { holds };
        approver.public_keys = Vec::new();
        (approval, approver)
    }

    fn too_few(have: usize, stale: usize) -> NotApproved {
        NotApproved::TooFew { quorum: QuorumNotMet { have, needed: 2 }, stale }
    }

    #[test]
    fn two_people_of_two_roles_carry_a_statement() {
        let (a, b) = (signed(1, StaffRole::Privacy, HASH), signed(2, StaffRole::Legal, HASH));
        assert_eq!(judge(&[a.clone(), b], &HASH, Quorum::TWO), Ok(()));
        assert_eq!(judge(std::slice::from_ref(&a), &HASH, Quorum::TWO), Err(too_few(1, 0)));
        assert_eq!(judge(&[], &HASH, Quorum::TWO), Err(too_few(0, 0)));
        assert_eq!(judge(&[a.clone(), a.clone()], &HASH, Quorum::TWO), Err(too_few(1, 0)));
        let same_role = signed(3, StaffRole::Privacy, HASH);
        assert_eq!(judge(&[a, same_role], &HASH, Quorum::TWO), Err(too_few(1, 0)));
    }

    #[test]
    fn any_change_voids_an_approval() {
        let approvals = [signed(1, StaffRole::Privacy, HASH), signed(2, StaffRole::Legal, [8; 32])];
        assert_eq!(judge(&approvals, &HASH, Quorum::TWO), Err(too_few(1, 1)));
    }

    #[test]
    fn a_bad_approval_spoils_the_good_ones() {
        let good = [signed(1, StaffRole::Privacy, HASH), signed(2, StaffRole::Legal, HASH)];
        let refused = |change: fn(&mut Approval, &mut Approver)| {
            let mut bad = signed(3, StaffRole::Security, HASH);
            change(&mut bad.0, &mut bad.1);
            let all = [good[0].clone(), good[1].clone(), bad];
            judge(&all, &HASH, Quorum::TWO).unwrap_err()
        };
        let staff = StaffId::from_bytes([3; 16]);
        let bad_signature = NotApproved::BadSignature { staff };
        assert_eq!(refused(|a, _| a.signed = Signed::Ed25519([1; 64])), bad_signature);
        assert_eq!(refused(|a, _| a.signed = Signed::Passkey { holds: false }), bad_signature);
        assert_eq!(refused(|a, _| a.at += TimeDelta::microseconds(1)), bad_signature);
        assert_eq!(refused(|a, _| a.role = StaffRole::Legal), bad_signature);
        assert_eq!(refused(|_, r| r.public_keys = vec![[0; 32]]), bad_signature);
        assert_eq!(refused(|_, r| r.public_keys = Vec::new()), bad_signature);
        let other = NotApproved::BadSignature { staff: StaffId::from_bytes([4; 16]) };
        assert_eq!(refused(|a, _| a.staff = StaffId::from_bytes([4; 16])), other);
        assert_eq!(
            refused(|_, r| r.roles = vec![StaffRole::Legal]),
            NotApproved::RoleNotHeld { staff, role: StaffRole::Security }
        );
        assert_eq!(refused(|_, r| r.retired_at = Some(now())), NotApproved::Retired { staff });
    }

    #[test]
    fn a_passkey_signs_as_a_key_does_and_a_person_counts_once_with_both() {
        let (key, passkey) =
            (signed(1, StaffRole::Privacy, HASH), by_passkey(2, StaffRole::Legal, true));
        assert_eq!(judge(&[key.clone(), passkey], &HASH, Quorum::TWO), Ok(()));
        let both = by_passkey(1, StaffRole::Legal, true);
        assert_eq!(judge(&[key, both], &HASH, Quorum::TWO), Err(too_few(1, 0)));
    }

    #[test]
    fn who_had_two_keys_signed_with_either() {
        let (mut a, b) = (signed(1, StaffRole::Privacy, HASH), signed(2, StaffRole::Legal, HASH));
        a.1.public_keys.insert(0, b.1.public_keys[0]);
        assert_eq!(judge(&[a, b], &HASH, Quorum::TWO), Ok(()));
    }

    #[test]
    fn who_retires_later_has_still_signed() {
        let (mut a, b) = (signed(1, StaffRole::Privacy, HASH), signed(2, StaffRole::Legal, HASH));
        a.1.retired_at = Some(now() + TimeDelta::seconds(1));
        assert_eq!(judge(&[a, b], &HASH, Quorum::TWO), Ok(()));
    }

    #[test]
    fn an_auditor_approves_nothing() {
        let approvals = [signed(1, StaffRole::Audit, HASH), signed(2, StaffRole::Legal, HASH)];
        assert_eq!(
            judge(&approvals, &HASH, Quorum::TWO),
            Err(NotApproved::RoleMayNotApprove(StaffRole::Audit))
        );
    }
}
