//! The cookie that carries a staff session's key. Script never sees it; requests are signed over its hash.

use http::{HeaderMap, HeaderValue};
use simrecall_engine::selfcheck::SessionKey;

use crate::cookie;

/// Its name. The prefix makes a browser refuse it over plain HTTP from another machine, from another host name, and for a
/// part of the site.
const NAME: &str = "__Host-simrecall-staff";

/// Its value; none if there is no such cookie, or two.
pub(super) fn read(headers: &HeaderMap) -> Option<&str> {
    cookie::value(headers, NAME)
}

/// Gives a browser a session's key. It goes when the browser closes; the server ends it sooner.
pub(super) fn give(key: &SessionKey) -> Option<HeaderValue> {
    let mut value = set(&key.to_cookie(), "").parse::<HeaderValue>().ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Takes it away.
pub(super) fn take() -> Option<HeaderValue> {
    set("", "; Max-Age=0").parse().ok()
}

fn set(value: &str, more: &str) -> String {
    format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict{more}")
}
