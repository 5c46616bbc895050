//! Sealed rows: one AES-256-GCM record per row, bound to the place it was written for, and blind indexes to find it by.
//!
//! A sealed record is `format (1) ‖ key id (4) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. Its associated data are the format,
//! the table's name, the row's key and the key id, so a record moved to another row, table or incident does not open.
//! Sealing is open to whoever has the keys; opening needs a [`Permit`](crate::permit::Permit).

mod ephemeral;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use hkdf::Hkdf;
use sha2::Sha256;
use simrecall_core::id::{IncidentId, LineId, SubscriberId, TargetKey};
use zeroize::Zeroizing;

pub use self::ephemeral::EphemeralSeal;
use crate::keystore::Domain;

/// The only format so far; the first byte of every sealed record.
const FORMAT: u8 = 1;
const KEY_ID_LEN: usize = 4;
const HEAD_LEN: usize = 1 + KEY_ID_LEN + NONCE_LEN;
const TAG_LEN: usize = 16;

/// A table that holds sealed records. Each has an encryption key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `subscriber`
    Subscriber,
    /// `line`
    Line,
    /// `exposure`
    Exposure,
    /// `target`
    Target,
    /// `orphan`
    Orphan,
    /// `evidence`
    Evidence,
    /// `protection`
    Protection,
    /// `claim`
    Claim,
    /// `fake_report`
    FakeReport,
    /// What a login began with, in `proof_request`
    Login,
    /// `card`
    Card,
    /// `swap`
    Swap,
    /// `case_notice`
    CaseNotice,
    /// `outbox`
    Outbox,
    /// `payment_block`
    PaymentBlock,
    /// `look_image`
    LookImage,
}

impl Table {
    /// All tables with sealed records.
    pub const ALL: [Self; 16] = [
        Self::Subscriber,
        Self::Line,
        Self::Exposure,
        Self::Target,
        Self::Orphan,
        Self::Evidence,
        Self::Protection,
        Self::Claim,
        Self::FakeReport,
        Self::Login,
        Self::Card,
        Self::Swap,
        Self::CaseNotice,
        Self::Outbox,
        Self::PaymentBlock,
        Self::LookImage,
    ];

    /// The table's name, which is part of what a record is bound to: never rename.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subscriber => "subscriber",
            Self::Line => "line",
            Self::Exposure => "exposure",
            Self::Target => "target",
            Self::Orphan => "orphan",
            Self::Evidence => "evidence",
            Self::Protection => "protection",
            Self::Claim => "claim",
            Self::FakeReport => "fake_report",
            Self::Login => "login",
            Self::Card => "card",
            Self::Swap => "swap",
            Self::CaseNotice => "case_notice",
            Self::Outbox => "outbox",
            Self::PaymentBlock => "payment_block",
            Self::LookImage => "look_image",
        }
    }
}

/// A field that rows are looked up by. Each has an index key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A telephone number, as digits.
    Msisdn,
    /// An IMSI.
    Imsi,
    /// An ICCID.
    Iccid,
    /// An E-mail address.
    Email,
    /// Where an attempt went: the number or address as a route writes it.
    Destination,
    /// What somebody else calls something: a loss in the carrier's records.
    Reference,
}

impl Field {
    /// All fields with a blind index.
    pub const ALL: [Self; 6] =
        [Self::Msisdn, Self::Imsi, Self::Iccid, Self::Email, Self::Destination, Self::Reference];

    /// The word the index key is derived for: never rename.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Msisdn => "msisdn",
            Self::Imsi => "imsi",
            Self::Iccid => "iccid",
            Self::Email => "email",
            Self::Destination => "destination",
            Self::Reference => "reference",
        }
    }
}

/// Something that is kept or compared as a keyed hash alone. Each has a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tag {
    /// A code that proves something, with all it was made for.
    ProofCode,
    /// What a browser calls itself.
    Browser,
    /// Whose budget it is.
    Budget,
    /// What a form carries, to show that a page of ours made it.
    Form,
    /// What an order is about.
    Order,
    /// An image.
    Image,
    /// Whom somebody looked up.
    Subject,
    /// A number used once, that a terminal signs with its request.
    Nonce,
}

impl Tag {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ProofCode,
        Self::Browser,
        Self::Budget,
        Self::Form,
        Self::Order,
        Self::Image,
        Self::Subject,
        Self::Nonce,
    ];

    /// The word the key is derived for: never rename.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProofCode => "proof_code",
            Self::Browser => "browser",
            Self::Budget => "budget",
            Self::Form => "form",
            Self::Order => "order",
            Self::Image => "image",
            Self::Subject => "subject",
            Self::Nonce => "nonce",
        }
    }
}

/// A record could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The record is too short or of a format this version does not know.
    #[error("not a sealed record of a format this version knows")]
    Format,
    /// It was sealed under another key.
    #[error("the record was sealed under another key")]
    OtherKey,
    /// It was altered, or belongs to another row.
    #[error("the record was altered or belongs to another row")]
    Altered,
    /// The machine's random source failed.
    #[error("the random source failed")]
    Random,
}

/// The keys below one domain key. Cheap to clone; wiped when the last clone goes.
#[derive(Clone)]
pub struct DomainKeys {
    keys: Arc<Keys>,
}

struct Keys {
    domain: Domain,
    id: [u8; KEY_ID_LEN],
    seal: [(Table, LessSafeKey); 16],
    blind: [(Field, hmac::Key); 6],
    tag: [(Tag, hmac::Key); 8],
    subscriber: hmac::Key,
    line: hmac::Key,
}

impl DomainKeys {
    /// Derives everything below a domain key.
    pub(crate) fn derive(domain: Domain, key: &[u8; 32]) -> Result<Self, SealError> {
        let below = Hkdf::<Sha256>::new(None, key);
        let index =
            |purpose: &str| Ok(hmac::Key::new(hmac::HMAC_SHA256, &*expand(&below, purpose)?));
        let table = |t: Table| {
            let bytes = expand(&below, &format!("seal/{}", t.name()))?;
            let key = UnboundKey::new(&AES_256_GCM, &*bytes).map_err(|_| SealError::Format)?;
            Ok((t, LessSafeKey::new(key)))
        };
        let field = |f: Field| Ok((f, index(&format!("blind/{}", f.name()))?));
        let mark = |t: Tag| Ok((t, index(&format!("tag/{}", t.name()))?));
        let [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] = Table::ALL;
        let [f0, f1, f2, f3, f4, f5] = Field::ALL;
        let [g0, g1, g2, g3, g4, g5, g6, g7] = Tag::ALL;
        let keys = Keys {
            domain,
            id: key_id(key)?,
            seal: [
                table(t0)?,
                table(t1)?,
                table(t2)?,
                table(t3)?,
                table(t4)?,
                table(t5)?,
                table(t6)?,
                table(t7)?,
                table(t8)?,
                table(t9)?,
                table(t10)?,
                table(t11)?,
                table(t12)?,
                table(t13)?,
                table(t14)?,
                table(t15)?,
            ],
            blind: [field(f0)?, field(f1)?, field(f2)?, field(f3)?, field(f4)?, field(f5)?],
            tag: [
                mark(g0)?,
                mark(g1)?,
                mark(g2)?,
                mark(g3)?,
                mark(g4)?,
                mark(g5)?,
                mark(g6)?,
                mark(g7)?,
            ],
            subscriber: index("id/subscriber")?,
            line: index("id/line")?,
        };
        Ok(Self { keys: Arc::new(keys) })
    }

    /// The domain these keys belong to.
    pub fn domain(&self) -> Domain {
        self.keys.domain
    }

    /// Seals one row's personal data. `row` is the row's key as bytes, unique within the table.
    pub fn seal(&self, table: Table, row: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| SealError::Random)?;
        self.seal_with(table, row, plaintext, nonce)
    }

    /// The blind index of a field's value: 128 bits of a keyed hash.
    pub fn blind(&self, field: Field, value: &str) -> [u8; 16] {
        let key = self.keys.blind.iter().find(|(f, _)| *f == field);
        // Every field is in `Field::ALL`, which a test holds against the array.
        key.map_or([0; 16], |(_, key)| keyed(key, value))
    }

    /// A keyed hash over some parts; each counts with its length, so no two lists of parts read alike.
    pub fn tag(&self, tag: Tag, parts: &[&[u8]]) -> [u8; 32] {
        let Some((_, key)) = self.keys.tag.iter().find(|(t, _)| *t == tag) else {
            // Every tag is in `Tag::ALL`, which a test holds against the array.
            return [0; 32];
        };
        let mut context = hmac::Context::with_key(key);
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            context.update(&length.to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().first_chunk::<32>().copied().unwrap_or_default()
    }

    /// Opens one row; called by a permit only.
    pub(crate) fn open(
        &self,
        table: Table,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (head, body) = sealed.split_at_checked(HEAD_LEN).ok_or(SealError::Format)?;
        let [format, key_id @ .., n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11] = head else {
            return Err(SealError::Format);
        };
        if *format != FORMAT || body.len() < TAG_LEN {
            return Err(SealError::Format);
        }
        if key_id != self.keys.id {
            return Err(SealError::OtherKey);
        }
        let nonce = [*n0, *n1, *n2, *n3, *n4, *n5, *n6, *n7, *n8, *n9, *n10, *n11];
        let mut text = Zeroizing::new(body.to_vec());
        let key = self.table_key(table)?;
        let aad = Aad::from(self.associated_data(table, row));
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened =
            key.open_in_place(nonce, aad, &mut text).map_err(|_| SealError::Altered)?.len();
        text.truncate(opened);
        Ok(text)
    }

    fn seal_with(
        &self,
        table: Table,
        row: &[u8],
        plaintext: &[u8],
        nonce: [u8; NONCE_LEN],
    ) -> Result<Vec<u8>, SealError> {
        let mut sealed = Vec::with_capacity(HEAD_LEN + plaintext.len() + TAG_LEN);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&self.keys.id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let key = self.table_key(table)?;
        let aad = Aad::from(self.associated_data(table, row));
        let nonce = Nonce::assume_unique_for_key(nonce);
        let (_, text) = sealed.split_at_mut_checked(HEAD_LEN).ok_or(SealError::Format)?;
        let tag =
            key.seal_in_place_separate_tag(nonce, aad, text).map_err(|_| SealError::Altered)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    fn table_key(&self, table: Table) -> Result<&LessSafeKey, SealError> {
        let found = self.keys.seal.iter().find(|(t, _)| *t == table);
        found.map(|(_, key)| key).ok_or(SealError::Format)
    }

    fn associated_data(&self, table: Table, row: &[u8]) -> Vec<u8> {
        let name = table.name().as_bytes();
        let mut data = Vec::with_capacity(2 + name.len() + KEY_ID_LEN + row.len());
        data.push(FORMAT);
        // Table names are short; the zero byte ends the name, so no two pairs of name and row read alike.
        data.extend_from_slice(name);
        data.push(0);
        data.extend_from_slice(&self.keys.id);
        data.extend_from_slice(row);
        data
    }
}

impl fmt::Debug for DomainKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DomainKeys({}, ***)", self.keys.domain)
    }
}

/// The keys of one incident, erased with it.
#[derive(Debug, Clone)]
pub struct IncidentKeys {
    incident: IncidentId,
    below: DomainKeys,
}

impl IncidentKeys {
    pub(crate) fn derive(incident: IncidentId, key: &[u8; 32]) -> Result<Self, SealError> {
        Ok(Self { incident, below: DomainKeys::derive(Domain::Incident(incident), key)? })
    }

    /// The incident.
    pub const fn incident(&self) -> IncidentId {
        self.incident
    }

    /// Seals one row's personal data. `row` is the row's key as bytes, unique within the table and the incident.
    pub fn seal(&self, table: Table, row: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
        self.below.seal(table, row, plaintext)
    }

    /// The blind index of a field's value: 128 bits of a keyed hash.
    pub fn blind(&self, field: Field, value: &str) -> [u8; 16] {
        self.below.blind(field, value)
    }

    /// The id of the subscriber the carrier knows by this reference: the same in every file of the incident, and
    /// evenly spread over the buckets.
    pub fn subscriber_id(&self, reference: &str) -> SubscriberId {
        SubscriberId::from_bytes(keyed(&self.below.keys.subscriber, reference))
    }

    /// The id of the line the carrier knows by this reference.
    pub fn line_id(&self, reference: &str) -> LineId {
        LineId::from_bytes(keyed(&self.below.keys.line, reference))
    }
}

impl AsRef<DomainKeys> for IncidentKeys {
    fn as_ref(&self) -> &DomainKeys {
        &self.below
    }
}

impl AsRef<Self> for DomainKeys {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// The row key a target's record is bound to.
pub fn target_row(key: &TargetKey) -> [u8; 12] {
    let mut row = [0; 12];
    let numbers = [key.wave.0, key.chunk.0, key.pos];
    for (place, number) in row.chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    row
}

/// The first bytes of a keyless fingerprint of the domain key: says which key, nothing of it.
pub(crate) fn key_id(key: &[u8; 32]) -> Result<[u8; KEY_ID_LEN], SealError> {
    let mut id = [0; KEY_ID_LEN];
    Hkdf::<Sha256>::new(None, key)
        .expand(b"simrecall/1/key id", &mut id)
        .map_err(|_| SealError::Format)?;
    Ok(id)
}

fn expand(below: &Hkdf<Sha256>, purpose: &str) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let mut bytes = Zeroizing::new([0; 32]);
    below
        .expand(format!("simrecall/1/{purpose}").as_bytes(), &mut *bytes)
        .map_err(|_| SealError::Format)?;
    Ok(bytes)
}

fn keyed(key: &hmac::Key, value: &str) -> [u8; 16] {
    let tag = hmac::sign(key, value.as_bytes());
    tag.as_ref().first_chunk::<16>().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Made by another implementation from the description above. Kept for ever: what is stored must stay readable.
    const GOLDEN: &str = "0120928db3090909090909090909090909\
        6e4d96eeb29cc137d30f3c50bb79e181faf5ad7eb106b9bc636f9f4a3d98b91ac30df5d89fe0b1";
    const ROW: &[u8] = b"0123456789ab";
    const TEXT: &[u8] = "홍길동 010-1234-5678".as_bytes();

    fn keys(incident: u8, key: u8) -> IncidentKeys {
        IncidentKeys::derive(IncidentId::from_bytes([incident; 16]), &[key; 32]).unwrap()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    fn open(
        keys: &IncidentKeys,
        table: Table,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        keys.as_ref().open(table, row, sealed).map(|text| text.to_vec())
    }

    #[test]
    fn the_first_format_reads_back_for_ever() {
        let keys = keys(1, 7);
        let sealed = keys.below.seal_with(Table::Target, ROW, TEXT, [9; NONCE_LEN]).unwrap();
        assert_eq!(hex(&sealed), GOLDEN);
        assert_eq!(open(&keys, Table::Target, ROW, &sealed).unwrap(), TEXT);
        assert_eq!(
            hex(&keys.blind(Field::Msisdn, "821012345678")),
            "4150420860a47218f8d66922c318bb08"
        );
        assert_eq!(
            keys.subscriber_id("C-1001").to_string(),
            "1c631a48-67b4-c5d6-db60-93444eb24ff7"
        );
        assert_eq!(keys.line_id("L-1001").to_string(), "eb455b1c-f30d-65a7-924c-b5814bc9454d");
    }

    #[test]
    fn every_table_and_field_has_a_key_of_its_own() {
        let keys = keys(1, 7);
        for table in Table::ALL {
            let sealed = keys.seal(table, ROW, TEXT).unwrap();
            for other in Table::ALL {
                assert_eq!(open(&keys, other, ROW, &sealed).is_ok(), other == table, "{other:?}");
            }
        }
        let mut seen: Vec<[u8; 16]> = Field::ALL.map(|field| keys.blind(field, "1")).to_vec();
        seen.extend([*keys.subscriber_id("1").as_bytes(), *keys.line_id("1").as_bytes()]);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), Field::ALL.len() + 2);
        assert!(!seen.contains(&[0; 16]));
    }

    #[test]
    fn a_tag_depends_on_its_key_its_use_and_where_each_part_ends() {
        let keys = keys(1, 7);
        let tag = |tag, parts: &[&[u8]]| keys.below.tag(tag, parts);
        let mut seen: Vec<_> = Tag::ALL.map(|of| tag(of, &[b"ab", b"c"])).to_vec();
        seen.push(tag(Tag::Budget, &[b"a", b"bc"]));
        seen.push(tag(Tag::Budget, &[b"abc"]));
        seen.push(tag(Tag::Budget, &[b"ab", b"c", b""]));
        seen.push(self::keys(1, 8).below.tag(Tag::Budget, &[b"ab", b"c"]));
        assert!(!seen.contains(&[0; 32]));
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), Tag::ALL.len() + 4);
        assert_eq!(tag(Tag::Form, &[b"x"]), tag(Tag::Form, &[b"x"]));
    }

    #[test]
    fn another_key_says_so_and_never_opens() {
        let sealed = keys(1, 7).seal(Table::Line, ROW, TEXT).unwrap();
        assert_eq!(open(&keys(1, 8), Table::Line, ROW, &sealed), Err(SealError::OtherKey));
        assert_ne!(keys(1, 7).blind(Field::Imsi, "1"), keys(1, 8).blind(Field::Imsi, "1"));
    }

    #[test]
    fn one_flipped_bit_anywhere_is_found() {
        let keys = keys(1, 7);
        let sealed = keys.seal(Table::Subscriber, ROW, TEXT).unwrap();
        for place in 0..sealed.len() * 8 {
            let mut altered = sealed.clone();
            altered[place / 8] ^= 1 << (place % 8);
            assert!(open(&keys, Table::Subscriber, ROW, &altered).is_err(), "bit {place}");
        }
        for short in 0..sealed.len() {
            assert!(open(&keys, Table::Subscriber, ROW, &sealed[..short]).is_err(), "{short}");
        }
    }

    #[test]
    fn the_same_text_is_never_sealed_the_same() {
        let keys = keys(1, 7);
        let seal = || keys.seal(Table::Subscriber, ROW, TEXT).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn nothing_secret_is_shown() {
        let shown = format!("{:?} {:?}", keys(1, 7), keys(1, 7).as_ref());
        assert!(!shown.contains("07, 07") && !shown.contains("0707"), "{shown}");
        assert!(shown.contains("***"));
    }

    proptest! {
        #[test]
        fn a_record_opens_only_where_it_was_sealed(
            row in prop::collection::vec(any::<u8>(), 0..40),
            other in prop::collection::vec(any::<u8>(), 0..40),
            text in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let keys = keys(1, 7);
            let sealed = keys.seal(Table::Orphan, &row, &text).unwrap();
            prop_assert_eq!(open(&keys, Table::Orphan, &row, &sealed).unwrap(), text);
            prop_assert_eq!(open(&keys, Table::Orphan, &other, &sealed).is_ok(), row == other);
        }

        #[test]
        fn no_input_makes_opening_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(open(&keys(1, 7), Table::Line, ROW, &bytes).is_err());
        }
    }
}
