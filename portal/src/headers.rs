//! What every answer says to the browser, whatever it is: one list, put on at one place.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

/// The same for every answer.
const ALWAYS: [(HeaderName, &str); 5] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (PERMISSIONS, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
/// Staff's page scans cards and photographs papers.
const SCANS: &str = "camera=(self), geolocation=(), microphone=(), payment=(), usb=()";
/// A year, and every name below.
const TRANSPORT: &str = "max-age=31536000; includeSubDomains";
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The content policy of every page; `login` is the origin that the login page's form may go on to.
pub(crate) fn content_policy(login: Option<&str>) -> String {
    policy(login, "")
}

/// The content policy of staff's page, which shows images that it has in memory.
pub(crate) fn agency_policy() -> String {
    policy(None, " blob:")
}

fn policy(login: Option<&str>, images: &str) -> String {
    let login = login.map(|origin| format!(" {origin}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:{images}; connect-src 'self'; \
         form-action 'self'{login}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
}

/// Lets a page use the camera, over what is said to every other.
pub(crate) fn let_scan(headers: &mut HeaderMap) {
    headers.insert(PERMISSIONS, HeaderValue::from_static(SCANS));
}

/// Puts them on. What an answer said itself of its policy or its keeping stays; the rest is never kept.
pub(crate) fn put(headers: &mut HeaderMap, policy: &HeaderValue, secure: bool, request: &str) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| policy.clone());
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TRANSPORT));
    }
    if let Ok(request) = HeaderValue::from_str(request) {
        headers.insert(REQUEST_ID, request);
    }
}
