//! The words of an answer: strings on the other side.
#![expect(missing_docs, reason = "the macro adds a variant for what is none of these words")]

use simrecall_core::notice::matcher::PlaceKind;
use wasm_bindgen::prelude::wasm_bindgen;

/// What a text is.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// Word for word one of ours, from the sender it is registered with as far as that was given.
    Official = "official",
    /// Word for word one of ours, but from another sender.
    OtherSender = "other_sender",
    /// Like one of ours, but not the same.
    Altered = "altered",
    /// Unlike ours, with an address in it.
    Link = "link",
    /// Unlike ours.
    NotOurs = "not_ours",
}

/// How a place differs from ours.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differs {
    /// Something else stands there.
    Changed = "changed",
    /// Something of ours is not there.
    Missing = "missing",
    /// Something is there that is not ours.
    Added = "added",
    /// A sign is there that nobody sees.
    Unseen = "unseen",
    /// Signs that only look like ours.
    LookAlike = "look_alike",
    /// What stands where a name goes is more than a name.
    Name = "name",
    /// What stands where a message code, an order number or an address goes is none.
    Gap = "gap",
}

impl From<PlaceKind> for Differs {
    fn from(kind: PlaceKind) -> Self {
        match kind {
            PlaceKind::Changed => Self::Changed,
            PlaceKind::Missing => Self::Missing,
            PlaceKind::Added => Self::Added,
            PlaceKind::Unseen => Self::Unseen,
            PlaceKind::LookAlike => Self::LookAlike,
            PlaceKind::Name => Self::Name,
            PlaceKind::Gap => Self::Gap,
        }
    }
}
