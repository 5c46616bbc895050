//! The register: what the carrier said, word for word, so that anybody can tell a genuine text from a fake.
//!
//! Only what was released is in it. The wordings hold gaps in place of names and codes, so the register names nobody and can
//! be published.

mod check;
pub(crate) mod code;
mod json;
mod names;
mod page;
mod publish;

use serde::Serialize;
use simrecall_core::notice::Language;
use simrecall_core::notice::matcher::{Matcher, Place, PlaceKind, Verdict, same_sender};
use simrecall_store::wording::KeptWording;

pub(crate) use check::check_code_as;
pub use check::{CodeAnswer, Question, SentAnswer, check_code};
pub use publish::{Exported, export};
pub(crate) use publish::{is_silent, json_of};

use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::staff::hex;

/// Bytes of a text that is matched at most: more than any message, mail or letter has.
const MOST: usize = 1_000_000;

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Is {
    /// Word for word one of ours, from the sender it is registered with as far as that was given.
    Official,
    /// Word for word one of ours, but from another sender.
    OtherSender,
    /// Like one of ours, but not the same.
    Altered,
    /// Unlike ours, with an address in it.
    Link,
    /// Unlike ours.
    NotOurs,
}

/// What a text is, held against everything released.
#[derive(Clone, Serialize)]
pub struct MatchAnswer {
    /// What it is.
    pub is: Is,
    /// The text of ours it is or resembles.
    pub ours: Option<OursAnswer>,
    /// The name it speaks to, if it is ours and speaks to one: whoever holds it knows whether that is theirs.
    pub addressed_to: Option<String>,
    /// Where it differs from ours.
    pub places: Vec<PlaceAnswer>,
}

/// The text may hold a name.
impl std::fmt::Debug for MatchAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MatchAnswer").field("is", &self.is).finish_non_exhaustive()
    }
}

/// A text of ours.
#[derive(Debug, Clone, Serialize)]
pub struct OursAnswer {
    /// The wave it went out in.
    pub wave: i32,
    /// Its number within the wave.
    pub no: i32,
    /// What it is: `confirmed`, `supplement`, …
    pub kind: &'static str,
    /// Its language, as a tag.
    pub language: &'static str,
    /// The rung it goes by.
    pub rung: &'static str,
    /// The number, address or name it comes from.
    pub sender: String,
    /// Its SHA-256, as the register has it.
    pub sha256: String,
}

/// Where a text differs from ours.
#[derive(Clone, Serialize)]
pub struct PlaceAnswer {
    /// How.
    pub kind: PlaceKind,
    /// What ours says.
    pub ours: String,
    /// What the text says.
    pub theirs: String,
    /// The same as a sentence in English.
    pub en: String,
    /// The same as a sentence in Korean, to be read out.
    pub ko: String,
}

impl std::fmt::Debug for PlaceAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlaceAnswer").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Everything released, ready to match with.
pub(crate) struct Register {
    wordings: Vec<KeptWording>,
    matcher: Matcher,
}

impl Register {
    /// Reads it.
    pub(crate) fn read(home: &Home) -> Result<Self> {
        let mut wordings = home.store.read(|tx| tx.all_wordings()).map_err(problem::store)?;
        wordings.retain(|kept| kept.released_at.is_some());
        let matcher = Matcher::new(wordings.iter().map(|kept| &kept.new.wording));
        Ok(Self { wordings, matcher })
    }

    /// What the text is, and the wording it is or resembles.
    pub(crate) fn classify(&self, text: &str) -> (Verdict, Option<&KeptWording>) {
        let verdict = self.matcher.classify(text);
        let kept = match &verdict {
            Verdict::Official { at, .. } | Verdict::Altered { at, .. } => self.wordings.get(*at),
            Verdict::Link | Verdict::NotOurs => None,
        };
        (verdict, kept)
    }

    /// What the text is, from that sender if one is given, as it is shown.
    pub(crate) fn answer(&self, text: &str, sender: Option<&str>) -> MatchAnswer {
        let (verdict, kept) = self.classify(text);
        let mut answer = MatchAnswer {
            is: Is::NotOurs,
            ours: kept.map(ours),
            addressed_to: None,
            places: Vec::new(),
        };
        match verdict {
            Verdict::Official { name, .. } => {
                let same = sender
                    .zip(kept)
                    .is_none_or(|(theirs, kept)| same_sender(theirs, &kept.new.sender));
                answer.is = if same { Is::Official } else { Is::OtherSender };
                answer.addressed_to = name;
            }
            Verdict::Altered { places, .. } => {
                answer.is = Is::Altered;
                answer.places = places.into_iter().map(place).collect();
            }
            Verdict::Link => answer.is = Is::Link,
            Verdict::NotOurs => {}
        }
        answer
    }
}

/// Says what a text is. With the sender it came from, a genuine text from somewhere else is told apart.
pub fn match_text(home: &Home, text: &str, sender: Option<&str>) -> Result<MatchAnswer> {
    if text.len() > MOST {
        return Err(Problem::input("text", "the text is longer than any message")
            .hint("give the message alone, up to 1 MB"));
    }
    Ok(Register::read(home)?.answer(text, sender))
}

fn ours(kept: &KeptWording) -> OursAnswer {
    let wording = &kept.new.wording;
    OursAnswer {
        wave: kept.new.wave.0,
        no: kept.new.no,
        kind: wording.kind.name(),
        language: wording.language.tag(),
        rung: wording.rung.name(),
        sender: kept.new.sender.clone(),
        sha256: hex(&kept.sha256),
    }
}

fn place(place: Place) -> PlaceAnswer {
    let (en, ko) = (place.words(Language::English), place.words(Language::Korean));
    let Place { kind, ours, theirs } = place;
    PlaceAnswer { kind, ours, theirs, en, ko }
}

#[cfg(test)]
pub(crate) mod stage;
#[cfg(test)]
mod tests;
