//! Names of things: small copyable keys that cannot be confused with one another.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Where a row lives: the first 15 bits of its owner's id, so it fits a `smallint` and is never negative.
///
/// Every big table leads with it, so that a table can later be cut into hash partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bucket(i16);

impl Bucket {
    /// How many buckets there are.
    pub const COUNT: i32 = 32_768;

    /// The bucket of 16 bytes that are already evenly spread (an HMAC or a hash).
    pub const fn of(bytes: &[u8; 16]) -> Self {
        Self(i16::from_be_bytes([bytes[0], bytes[1]]) & i16::MAX)
    }

    /// The bucket of a chunk's targets, attempts and outcomes.
    pub fn of_chunk(chunk: ChunkNo) -> Self {
        Self(i16::try_from(chunk.0.rem_euclid(Self::COUNT)).unwrap_or(0))
    }

    /// A bucket read back from a database.
    pub const fn from_i16(value: i16) -> Self {
        Self(value & i16::MAX)
    }

    /// As stored.
    pub const fn get(self) -> i16 {
        self.0
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id over 16 bytes that somebody else made random or keyed.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The bytes, as stored.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// Where this id's rows live.
            pub const fn bucket(&self) -> Bucket {
                Bucket::of(self.0.as_bytes())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// One incident.
    IncidentId
);
uuid_id!(
    /// One person or company, within one incident: a keyed hash of the carrier's own reference.
    SubscriberId
);
uuid_id!(
    /// One line, within one incident: a keyed hash of the carrier's own reference.
    LineId
);
uuid_id!(
    /// One notice: what one subscriber is owed in one wave.
    NoticeId
);
uuid_id!(
    /// One person who works with the system.
    StaffId
);
uuid_id!(
    /// One journal entry.
    EntryId
);

uuid_id!(
    /// One application for a new card.
    CaseId
);
uuid_id!(
    /// One claim, within one incident.
    ClaimId
);
uuid_id!(
    /// One report of a text that somebody took for ours.
    ReportId
);
uuid_id!(
    /// One request for a code.
    RequestId
);

uuid_id!(
    /// One agency: where cards are kept and handed out.
    AgencyId
);
uuid_id!(
    /// Cards that travel together to an agency.
    LotId
);
uuid_id!(
    /// One card: a keyed hash of its ICCID, under the service key.
    CardId
);
uuid_id!(
    /// One change of a line's records from an old card to a new one.
    SwapId
);
uuid_id!(
    /// One order of a swap, given at a terminal; its page names it.
    SwapOrderId
);
uuid_id!(
    /// One question about a swap that a person has to decide.
    TicketId
);
uuid_id!(
    /// One order to another system.
    OrderId
);
uuid_id!(
    /// One browser that staff work at, with a key of its own.
    TerminalId
);
uuid_id!(
    /// One key that somebody signs with: an approval key or a passkey.
    CredentialId
);
uuid_id!(
    /// One question to a passkey.
    ChallengeId
);
uuid_id!(
    /// One sign-in of somebody who works here, for as long as it lasts.
    SessionNo
);
uuid_id!(
    /// One second look at somebody who cannot show their code.
    LookId
);
uuid_id!(
    /// One number or code that alarms.
    AlarmId
);
uuid_id!(
    /// One payment of a claim, as the bank hears of it.
    PaymentId
);
uuid_id!(
    /// What a notice to a customer is about: a case or a claim. Its kind says which of the two.
    AboutId
);

impl From<CaseId> for AboutId {
    fn from(case: CaseId) -> Self {
        Self(case.0)
    }
}

impl From<ClaimId> for AboutId {
    fn from(claim: ClaimId) -> Self {
        Self(claim.0)
    }
}

impl AboutId {
    /// The case, where the kind says that it is one.
    pub const fn case(self) -> CaseId {
        CaseId(self.0)
    }

    /// The claim, where the kind says that it is one.
    pub const fn claim(self) -> ClaimId {
        ClaimId(self.0)
    }
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub i32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

number_id!(
    /// A registry snapshot of an incident, from 1.
    SnapshotNo, "s"
);
number_id!(
    /// A revision of an incident's cohort, from 1.
    RevisionNo, "r"
);
number_id!(
    /// A wave, from 1 within the database.
    WaveNo, "w"
);
number_id!(
    /// A chunk of a wave, from 1.
    ChunkNo, "c"
);

/// One recipient of one notice, named by the place its plan gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TargetKey {
    /// The wave that tells them.
    pub wave: WaveNo,
    /// The first chunk, which never changes; later chunks list the target.
    pub chunk: ChunkNo,
    /// The place within that chunk, from 0.
    pub pos: i32,
}

impl TargetKey {
    /// Where the target's rows live.
    pub fn bucket(&self) -> Bucket {
        Bucket::of_chunk(self.chunk)
    }
}

impl fmt::Display for TargetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wave, chunk, pos } = self;
        write!(f, "{wave}.{chunk}.p{pos}")
    }
}

/// One try on one rung for one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptKey {
    /// Whom it is for.
    pub target: TargetKey,
    /// Counts from 1; the database refuses the same number twice.
    pub try_no: i16,
}

/// A text that is no attempt reference of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an attempt reference; expected the form w3.c12.p881.t1")]
pub struct ParseReferenceError;

impl AttemptKey {
    /// The 16 bits that fit SMPP's `user_message_reference` (SMPP 3.4 §5.3.2.17).
    ///
    /// Not unique alone: together with the destination it settles an attempt in doubt.
    pub fn short_reference(&self) -> u16 {
        let digest = Sha256::digest(self.to_string().as_bytes());
        digest.first_chunk().copied().map_or(0, u16::from_be_bytes)
    }

    /// Reads the text form back.
    pub fn parse(text: &str) -> Result<Self, ParseReferenceError> {
        let mut parts = text.split('.');
        let mut number = |prefix: char| -> Option<i32> {
            parts.next()?.strip_prefix(prefix)?.parse().ok().filter(|n| *n >= 0)
        };
        let read = (number('w'), number('c'), number('p'), number('t'));
        let (Some(wave), Some(chunk), Some(pos), Some(try_no)) = read else {
            return Err(ParseReferenceError);
        };
        let try_no = i16::try_from(try_no).map_err(|_| ParseReferenceError)?;
        if parts.next().is_some() {
            return Err(ParseReferenceError);
        }
        let target = TargetKey { wave: WaveNo(wave), chunk: ChunkNo(chunk), pos };
        Ok(Self { target, try_no })
    }
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.t{}", self.target, self.try_no)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_reference_reads_back() {
        let target = TargetKey { wave: WaveNo(3), chunk: ChunkNo(12), pos: 881 };
        let key = AttemptKey { target, try_no: 1 };
        assert_eq!(key.to_string(), "w3.c12.p881.t1");
        assert_eq!(AttemptKey::parse("w3.c12.p881.t1"), Ok(key));
        for bad in ["", "w3.c12.p881", "w3.c12.p881.t1.x", "w-3.c12.p881.t1", "c3.w12.p1.t1"] {
            assert_eq!(AttemptKey::parse(bad), Err(ParseReferenceError), "{bad}");
        }
    }

    #[test]
    fn a_bucket_is_never_negative() {
        let id = LineId::from_bytes([0xff; 16]);
        assert_eq!(id.bucket().get(), i16::MAX);
    }
}
