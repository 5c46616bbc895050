//! What a browser holds, and what we know of it.

use std::fmt;

use sha2::{Digest, Sha256};
use simrecall_store::session::SessionId;
use zeroize::Zeroizing;

use crate::home::random;
use crate::problem::Result;

/// Bytes of a session's key.
const LENGTH: usize = 32;
/// The letters of base64url (RFC 4648 §5).
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What the browser's cookie holds: 256 random bits. The database knows their SHA-256 only.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey(Zeroizing<[u8; LENGTH]>);

impl SessionKey {
    /// A new one from the system's source.
    pub(crate) fn new() -> Result<Self> {
        let mut key = Zeroizing::new([0; LENGTH]);
        let (first, second) = key.split_at_mut(LENGTH / 2);
        first.copy_from_slice(&random()?);
        second.copy_from_slice(&random()?);
        Ok(Self(key))
    }

    /// As the cookie has it: 43 letters of base64url.
    pub fn to_cookie(&self) -> String {
        let mut text = String::with_capacity(43);
        for three in self.0.chunks(3) {
            let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
            let bits = bits << (8 * (3 - three.len()));
            for letter in 0..=three.len() {
                let at = usize::try_from(bits >> (18 - 6 * letter) & 63).unwrap_or_default();
                text.extend(LETTERS.get(at).map(|letter| char::from(*letter)));
            }
        }
        text
    }

    /// Reads a cookie; none if it is not one of ours.
    pub fn from_cookie(text: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; LENGTH]);
        let mut bytes = key.iter_mut();
        let (mut bits, mut held) = (0_u32, 0);
        for letter in text.bytes() {
            let at = LETTERS.iter().position(|known| *known == letter)?;
            bits = bits << 6 | u32::try_from(at).ok()?;
            held += 6;
            if held >= 8 {
                held -= 8;
                *bytes.next()? = u8::try_from(bits >> held & 0xff).ok()?;
            }
        }
        let is_whole = bytes.next().is_none() && bits & ((1 << held) - 1) == 0;
        (is_whole && text.len() == 43).then_some(Self(key))
    }

    /// What the database knows a session by.
    pub(crate) fn id(&self) -> SessionId {
        SessionId(Sha256::digest(*self.0).into())
    }

    /// The bytes, to key a form's token with.
    pub fn as_bytes(&self) -> &[u8] {
        &*self.0
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(***)")
    }
}

/// What a request says of the browser it came from.
#[derive(Clone, Copy)]
pub struct Browser<'a> {
    /// Its `User-Agent`; a session works in the browser that began it.
    pub agent: &'a str,
    /// The network it came from, for budgets: an IPv4 address, or an IPv6 network of 64 bits.
    pub network: &'a str,
}

impl fmt::Debug for Browser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Browser(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_reads_back() {
        for _ in 0..50 {
            let key = SessionKey::new().unwrap();
            let cookie = key.to_cookie();
            assert_eq!(cookie.len(), 43);
            assert_eq!(SessionKey::from_cookie(&cookie), Some(key));
        }
        let known = SessionKey(Zeroizing::new([0xfb; LENGTH]));
        assert_eq!(known.to_cookie(), "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
    }

    #[test]
    fn another_text_is_no_cookie() {
        let cookie = SessionKey::new().unwrap().to_cookie();
        let longer = format!("{cookie}A");
        let other = cookie.replacen(|_: char| true, "=", 1);
        // The last letter holds four bits; two more would be a second spelling of one key.
        let spelled = format!("{}B", &"A".repeat(42));
        for bad in ["", cookie.split_at(1).1, &longer, &other, &spelled, "유출"] {
            assert_eq!(SessionKey::from_cookie(bad), None, "{bad}");
        }
        assert!(SessionKey::from_cookie(&"A".repeat(43)).is_some());
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let key = SessionKey::new().unwrap();
        assert_eq!(format!("{key:?}"), "SessionKey(***)");
        let browser = Browser { agent: "Firefox", network: "192.0.2.7" };
        assert_eq!(format!("{browser:?}"), "Browser(***)");
    }
}
