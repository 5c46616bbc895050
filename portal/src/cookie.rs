//! The cookie that carries a session's key, and the token that a form carries for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use sha2::Sha256;
use simrecall_engine::selfcheck::SessionKey;

/// Its name. The prefix makes a browser refuse it over plain HTTP from another machine, from another host name, and for a
/// part of the site. Browsers keep it from a loopback name too.
const NAME: &str = "__Host-simrecall";
/// What a form's token is about, so that the same key signs nothing else by chance.
const TOKEN: &[u8] = b"simrecall form token v1";

/// The session's key; none if there is no such cookie, or two.
pub(crate) fn read(headers: &HeaderMap) -> Option<SessionKey> {
    SessionKey::from_cookie(value(headers, NAME)?)
}

/// The value of a cookie; none if there is no such one, or two.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let mut ours = pairs.filter(|(said, _)| said.trim() == name).map(|(_, value)| value.trim());
    match (ours.next(), ours.next()) {
        (Some(one), None) => Some(one),
        (None | Some(_), _) => None,
    }
}

/// Gives a browser a session's key. It goes when the browser closes; the server ends it sooner.
pub(crate) fn give(key: &SessionKey) -> Option<HeaderValue> {
    let mut value = set(&key.to_cookie(), "").parse::<HeaderValue>().ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Takes it away.
pub(crate) fn take() -> Option<HeaderValue> {
    set("", "; Max-Age=0").parse().ok()
}

fn set(value: &str, more: &str) -> String {
    format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{more}")
}

/// What a form carries to show that it is ours: only who has the cookie's key can make it.
pub(crate) fn token(key: &SessionKey) -> String {
    mac(key).map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())).unwrap_or_default()
}

/// Whether a form's token belongs to the session; compared in constant time.
pub(crate) fn fits(key: &SessionKey, token: &str) -> bool {
    let given = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
    mac(key).is_some_and(|mac| mac.verify_slice(&given).is_ok())
}

fn mac(key: &SessionKey) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.to_cookie().as_bytes()).ok()?;
    mac.update(TOKEN);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(of: u8) -> SessionKey {
        SessionKey::from_cookie(&URL_SAFE_NO_PAD.encode([of; 32])).unwrap()
    }

    fn read_from(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, line.parse().unwrap());
        }
        read(&headers).map(|key| key.to_cookie())
    }

    #[test]
    fn a_cookie_comes_back_as_it_was_given() {
        let text = key(7).to_cookie();
        let given = give(&key(7)).unwrap();
        let given = given.to_str().unwrap();
        assert_eq!(
            given,
            format!("__Host-simrecall={text}; Path=/; Secure; HttpOnly; SameSite=Lax")
        );
        let pair = given.split(';').next().unwrap();
        assert_eq!(read_from(&[&format!("a=b; {pair}; c=d")]), Some(text));
    }

    #[test]
    fn what_is_no_key_of_ours_is_none() {
        let text = key(7).to_cookie();
        let twice = format!("__Host-simrecall={text}; __Host-simrecall={text}");
        assert_eq!(read_from(&[&twice]), None);
        let other = format!("simrecall={text}");
        for line in ["", "__Host-simrecall", "__Host-simrecall=", "__Host-simrecall=abc", &other] {
            assert_eq!(read_from(&[line]), None, "{line}");
        }
    }

    #[test]
    fn a_token_fits_its_session_alone() {
        assert!(fits(&key(1), &token(&key(1))));
        assert!(!fits(&key(2), &token(&key(1))));
        let text = token(&key(1));
        for wrong in ["", "AAAA", text.get(1..).unwrap(), &format!("{text}A")] {
            assert!(!fits(&key(1), wrong), "{wrong}");
        }
    }
}
