//! Whether a request was signed by the terminal it is said to come from, for what it asks and now: RFC 9449, with the body's hash.
//!
//! The signature itself is checked elsewhere; here is what it is over. Nobody is told which of the rules a request broke, but for
//! a number used once that is too old: whoever hears that signs again.

use chrono::{DateTime, TimeDelta, Utc};

/// For how long a terminal's number is given out; it is right in the window after it too.
pub const WINDOW: TimeDelta = TimeDelta::minutes(2);
/// For how long a request's name may not come again: longer than its number is right.
pub const ONCE: TimeDelta = TimeDelta::minutes(10);
/// The longest name of a request, in bytes.
const NAME_LENGTH: usize = 128;
/// The shortest: 96 bits of chance, in base64.
const NAME_SHORTEST: usize = 16;

/// What a proof says it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// `htm`: the request's method.
    pub method: &'a str,
    /// `htu`: the URL it goes to, with its query.
    pub url: &'a str,
    /// `jti`: what the request calls itself.
    pub name: &'a str,
    /// `nonce`: a number used once, if it has one.
    pub nonce: Option<&'a str>,
    /// `bdh`: SHA-256 of the body, as base64url.
    pub body: &'a str,
    /// `ath`: SHA-256 of the cookie's value, as base64url, if it has one.
    pub session: Option<&'a str>,
}

/// What is true of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// Where it went: our origin, by configuration, then its path and query.
    pub url: &'a str,
    /// SHA-256 of the bytes that came, as base64url.
    pub body: &'a str,
    /// SHA-256 of its cookie's value, as base64url; none if it came without.
    pub session: Option<&'a str>,
    /// The numbers that are right for its terminal now: of this window and of the one before.
    pub nonces: [&'a str; 2],
}

/// A proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    /// It is over another request, or of another terminal's.
    #[error("the proof is over another request")]
    Other,
    /// Its number is too old, or it has none: the terminal signs again.
    #[error("the proof's number is too old")]
    UseNonce,
}

/// Which window a moment lies in: the number of windows since 1970.
pub fn window(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(WINDOW.num_seconds())
}

/// Whether a proof is over this request, now.
///
/// The number is judged last: who hears that it is too old has shown the rest.
pub fn holds(said: &Said<'_>, asked: &Asked<'_>) -> Result<(), NotHeld> {
    let is_name = |byte: u8| byte.is_ascii_graphic();
    let is_named =
        (NAME_SHORTEST..=NAME_LENGTH).contains(&said.name.len()) && said.name.bytes().all(is_name);
    let is_this = said.method == asked.method
        && said.url == asked.url
        && said.body == asked.body
        && said.session == asked.session;
    if !is_named || !is_this {
        return Err(NotHeld::Other);
    }
    match said.nonce {
        Some(nonce) if asked.nonces.contains(&nonce) => Ok(()),
        Some(_) | None => Err(NotHeld::UseNonce),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ASKED: Asked<'static> = Asked {
        method: "PUT",
        url: "https://agency.example/api/orders/1?a=b",
        body: "body",
        session: Some("session"),
        nonces: ["now", "before"],
    };
    const SAID: Said<'static> = Said {
        method: "PUT",
        url: "https://agency.example/api/orders/1?a=b",
        name: "0123456789abcdef",
        nonce: Some("now"),
        body: "body",
        session: Some("session"),
    };

    #[rstest]
    #[case::as_signed(|_: &mut Said<'static>| ())]
    #[case::in_the_next_window(|said: &mut Said<'static>| said.nonce = Some("before"))]
    fn a_proof_holds_for_its_request(#[case] change: fn(&mut Said<'static>)) {
        let mut said = SAID;
        change(&mut said);
        assert_eq!(holds(&said, &ASKED), Ok(()));
    }

    #[rstest]
    #[case::method(|said: &mut Said<'static>| said.method = "POST")]
    #[case::method_in_small_letters(|said: &mut Said<'static>| said.method = "put")]
    #[case::query(|said: &mut Said<'static>| said.url = "https://agency.example/api/orders/1")]
    #[case::host(|said: &mut Said<'static>| said.url = "https://evil.example/api/orders/1?a=b")]
    #[case::body(|said: &mut Said<'static>| said.body = "another")]
    #[case::session(|said: &mut Said<'static>| said.session = Some("another"))]
    #[case::no_session(|said: &mut Said<'static>| said.session = None)]
    #[case::short_name(|said: &mut Said<'static>| said.name = "0123456789abcde")]
    #[case::odd_name(|said: &mut Said<'static>| said.name = "0123456789 abcdef")]
    fn a_proof_over_anything_else_does_not(#[case] change: fn(&mut Said<'static>)) {
        let mut said = SAID;
        change(&mut said);
        assert_eq!(holds(&said, &ASKED), Err(NotHeld::Other));
        // Not even with an old number is it told which.
        said.nonce = None;
        assert_eq!(holds(&said, &ASKED), Err(NotHeld::Other));
    }

    #[test]
    fn a_session_is_named_where_there_is_one_and_only_there() {
        let without = Asked { session: None, ..ASKED };
        assert_eq!(holds(&SAID, &without), Err(NotHeld::Other));
        assert_eq!(holds(&Said { session: None, ..SAID }, &without), Ok(()));
    }

    #[rstest]
    #[case(None)]
    #[case(Some("the one before that"))]
    fn an_old_number_is_to_be_signed_anew(#[case] nonce: Option<&'static str>) {
        assert_eq!(holds(&Said { nonce, ..SAID }, &ASKED), Err(NotHeld::UseNonce));
    }

    #[test]
    fn a_name_is_kept_for_longer_than_its_number_is_right() {
        assert!(ONCE > WINDOW * 2);
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        assert_eq!(window(at(0)), window(at(119)));
        assert_eq!(window(at(120)), window(at(119)) + 1);
        assert_eq!(window(at(-1)), -1);
    }
}
