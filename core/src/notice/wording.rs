//! A text as it is registered: word for word, with gaps where one person's own words go.
//!
//! Whoever holds the wordings of a wave can tell a genuine text from a fake without knowing whom it
//! was sent to.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Language, NoticeKind};
use crate::delivery::Rung;
use crate::subscriber::RecipientRole;

/// What one person's copy has and another's has not. Codes are stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// The person's name, as a greeting takes it.
    Name = 1,
    /// The message code.
    Code = 2,
    /// A postcode, or a line of a postal address.
    Address = 3,
    /// The number of an order: letters, digits and hyphens.
    Order = 4,
}

impl Gap {
    /// All gaps, in code order.
    pub const ALL: [Self; 4] = [Self::Name, Self::Code, Self::Address, Self::Order];

    /// As stored.
    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its code")]
    pub const fn code(self) -> i16 {
        self as i16
    }

    /// The word for it in files and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Code => "code",
            Self::Address => "address",
            Self::Order => "order",
        }
    }
}

/// One text of a wave with its gaps: `pieces` has one more than `gaps`, and they alternate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wording {
    /// The kind of notice.
    pub kind: NoticeKind,
    /// The language it is in.
    pub language: Language,
    /// The rung it goes by.
    pub rung: Rung,
    /// As whom its reader is told.
    pub role: RecipientRole,
    /// Subject of a message or a mail, title of a letter or a posting.
    pub subject: Option<String>,
    /// What stands before, between and behind the gaps: plain text; of a letter and a posting, HTML.
    pub pieces: Vec<String>,
    /// What goes between each two pieces.
    pub gaps: Vec<Gap>,
}

impl Wording {
    /// Whether there is a gap between each two pieces, and none elsewhere. One read from a file may
    /// be anything.
    pub const fn is_whole(&self) -> bool {
        self.pieces.len() == self.gaps.len() + 1
    }

    /// The text with what `value` gives for each gap; its argument is the gap's position.
    pub fn fill<'a>(&self, mut value: impl FnMut(usize, Gap) -> &'a str) -> String {
        let mut text = String::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            text.push_str(piece);
            if let Some(gap) = self.gaps.get(at) {
                text.push_str(value(at, *gap));
            }
        }
        text
    }

    /// SHA-256 over everything it holds, each text with its length.
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(b"simrecall wording v1\n");
        let codes = [self.kind.code(), self.language.code(), self.rung.code(), self.role.code()];
        for code in codes {
            hash.update(code.to_be_bytes());
        }
        hash.update([u8::from(self.subject.is_some())]);
        hash_text(&mut hash, self.subject.as_deref().unwrap_or_default());
        hash_length(&mut hash, self.pieces.len());
        self.pieces.iter().for_each(|piece| hash_text(&mut hash, piece));
        hash_length(&mut hash, self.gaps.len());
        self.gaps.iter().for_each(|gap| hash.update(gap.code().to_be_bytes()));
        hash.finalize().into()
    }
}

fn hash_text(hash: &mut Sha256, text: &str) {
    hash_length(hash, text.len());
    hash.update(text.as_bytes());
}

fn hash_length(hash: &mut Sha256, length: usize) {
    hash.update(u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording() -> Wording {
        Wording {
            kind: NoticeKind::Confirmed,
            language: Language::Korean,
            rung: Rung::Lms,
            role: RecipientRole::Holder,
            subject: None,
            pieces: ["ab", "c", ""].map(str::to_owned).to_vec(),
            gaps: vec![Gap::Name, Gap::Code],
        }
    }

    #[test]
    fn gaps_are_filled_in_order() {
        let text = wording().fill(|at, gap| match gap {
            Gap::Name if at == 0 => "N",
            Gap::Name | Gap::Code | Gap::Address | Gap::Order => "K",
        });
        assert_eq!(text, "abNcK");
        assert!(wording().is_whole());
    }

    #[test]
    fn every_part_counts_in_the_hash() {
        let base = wording();
        let moved = Wording { pieces: ["a", "bc", ""].map(str::to_owned).to_vec(), ..base.clone() };
        let titled = Wording { subject: Some(String::new()), ..base.clone() };
        let other_gap = Wording { gaps: vec![Gap::Name, Gap::Order], ..base.clone() };
        let other_rung = Wording { rung: Rung::Email, ..base.clone() };
        for changed in [moved, titled, other_gap, other_rung] {
            assert_ne!(changed.sha256(), base.sha256());
        }
        let json = serde_json::to_string(&base).unwrap();
        assert_eq!(serde_json::from_str::<Wording>(&json).unwrap(), base);
    }
}
