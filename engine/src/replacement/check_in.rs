//! The code by which a case is found where its customer checks in: their own page shows it, as letters and as a picture to scan.
//!
//! It names the case to whoever has it in hand and proves nothing: what it is of, and who stands there, comes after it. It is a keyed
//! hash over the case, found again by another; no list and no label of ours has it.

use serde::Serialize;
use simrecall_core::qr;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{DomainKeys, Tag};

use crate::home::Home;
use crate::problem::{Problem, Result};

/// Its letters: they make no word, and none looks like a digit.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many: 20 to the tenth is more than 2 to the 43rd.
const LENGTH: usize = 10;

/// A picture that a scanner reads.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Modules along a side, with the light margin.
    pub side: u8,
    /// The dark ones, as the `d` of an SVG path.
    pub d: String,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Picture(***)")
    }
}

/// What a page shows of a code.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CheckIn {
    /// In two groups, as it is read out.
    pub letters: String,
    /// The same without a gap, to scan.
    pub qr: Picture,
}

impl std::fmt::Debug for CheckIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CheckIn(***)")
    }
}

/// A code as a picture.
pub(crate) fn picture(code: &str) -> Result<Picture> {
    let path = qr::path(code).map_err(|error| {
        Problem::ours("qr", "a code is too long for a picture").caused_by(error)
    })?;
    Ok(Picture { side: path.side, d: path.d })
}

/// What a case's page shows; it is kept, so that it is found, the first time.
pub(crate) fn shown(home: &Home, service: &DomainKeys, case: &ReplacementCase) -> Result<CheckIn> {
    let code = of(service, case);
    let index = index(service, &code);
    if home.store.read(|tx| tx.check_in_case(&index))?.is_none() {
        home.store.write(|tx| tx.put_check_in_code(&index, case.incident, case.id))?;
    }
    let (first, second) = code.split_at(LENGTH / 2);
    Ok(CheckIn { letters: format!("{first} {second}"), qr: picture(&code)? })
}

/// What somebody typed or scanned, as it is looked up; none if it has not the form of a code.
pub(crate) fn read(service: &DomainKeys, typed: &str) -> Option<[u8; 16]> {
    let signs = typed.chars().filter(|sign| !sign.is_whitespace() && *sign != '-');
    let code: String = signs.map(|sign| sign.to_ascii_uppercase()).collect();
    let is_code = code.len() == LENGTH && code.bytes().all(|sign| LETTERS.contains(&sign));
    is_code.then(|| index(service, &code))
}

/// A code of nothing: of the form of all others, from bytes that are random.
pub(crate) fn made_up(first: &[u8; 16], second: &[u8; 16]) -> String {
    let mut bytes = [0; 32];
    let (front, back) = bytes.split_at_mut(16);
    front.copy_from_slice(first);
    back.copy_from_slice(second);
    letters::<LENGTH>(&bytes)
}

/// The key it is found by.
fn index(service: &DomainKeys, code: &str) -> [u8; 16] {
    let tag = service.tag(Tag::ProofCode, &[b"check in found", code.as_bytes()]);
    tag.first_chunk::<16>().copied().unwrap_or_default()
}

fn of(service: &DomainKeys, case: &ReplacementCase) -> String {
    let parts: [&[u8]; 3] = [b"check in", case.incident.as_bytes(), case.id.as_bytes()];
    letters::<LENGTH>(&service.tag(Tag::ProofCode, &parts))
}

/// So many letters of a keyed hash, each as likely as the others but for one part in 2 to the 20th.
pub(crate) fn letters<const N: usize>(tag: &[u8; 32]) -> String {
    let mut rest = tag.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let mut text = String::with_capacity(N);
    for _ in 0..N {
        let at = usize::try_from(rest % 20).unwrap_or(0);
        text.push(LETTERS.get(at).copied().map_or('B', char::from));
        rest /= 20;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_as_many_as_asked_for_and_differ() {
        let one = letters::<LENGTH>(&[7; 32]);
        assert_eq!(one.len(), LENGTH);
        assert!(one.bytes().all(|sign| LETTERS.contains(&sign)));
        assert_ne!(letters::<LENGTH>(&[8; 32]), one);
        assert_eq!(one.get(..5), Some(&*letters::<5>(&[7; 32])));
    }

    #[test]
    fn a_code_fills_more_than_forty_bits() {
        let many = 20_u64.pow(u32::try_from(LENGTH).unwrap());
        assert!(many > 1 << 40);
    }
}
