//! What a request brings: read within a size and a time, as the one kind its place takes.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use http_body_util::LengthLimitError;

use crate::trouble::Fault;

/// Bytes of a body at most.
pub(crate) const MOST: usize = 64 * 1_024;
/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const JPEG: &str = "image/jpeg";
/// What a page never shows again: what was typed as a code, and what is none of the person's.
const NOT_SHOWN: [&str; 3] = ["code", "digits", "token"];

/// What a form brought, in its order.
#[derive(Clone, Default)]
pub(crate) struct Typed(Vec<(String, String)>);

/// What people type is theirs.
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}

impl Typed {
    /// What a form would bring.
    pub(crate) fn of<const N: usize>(fields: [(&str, String); N]) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The first value of a field; empty if it is not there.
    pub(crate) fn one(&self, name: &str) -> String {
        self.all(name).next().unwrap_or_default().to_owned()
    }

    /// A value that is there and not empty.
    pub(crate) fn some(&self, name: &str) -> Option<String> {
        self.all(name).next().filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// All values of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// What a page may show again.
    pub(crate) fn shown(&self) -> BTreeMap<String, String> {
        let shown = self.0.iter().filter(|(name, _)| !NOT_SHOWN.contains(&name.as_str()));
        // A field that came more than once shows its first value.
        shown.rev().cloned().collect()
    }
}

/// The kind a body says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A form of a page.
    Form,
    /// A program's document.
    Json,
    /// An image.
    Jpeg,
}

impl Kind {
    /// Whether a body says that it is of this kind.
    pub(crate) fn is_said(self, headers: &HeaderMap) -> bool {
        let mut said = headers.get_all(CONTENT_TYPE).iter();
        let (Some(first), None) = (said.next(), said.next()) else { return false };
        let kind = first.to_str().ok().and_then(|text| text.split(';').next());
        let wanted = match self {
            Self::Form => FORM,
            Self::Json => JSON,
            Self::Jpeg => JPEG,
        };
        kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(wanted))
    }
}

/// Whether so many bytes are too many.
pub(crate) fn is_too_long(bytes: u64) -> bool {
    usize::try_from(bytes).map_or(true, |bytes| bytes > MOST)
}

/// Reads the whole body.
pub(crate) async fn read(body: Body) -> Result<Bytes, Fault> {
    read_to(body, MOST).await
}

/// Reads a body that has at most so many bytes.
pub(crate) async fn read_to(body: Body, most: usize) -> Result<Bytes, Fault> {
    let read = tokio::time::timeout(PATIENCE, to_bytes(body, most)).await;
    read.map_err(|_| Fault::TooSlow)?.map_err(|error| {
        let source = std::error::Error::source(&error);
        let too_large = source.is_some_and(|source| source.is::<LengthLimitError>());
        if too_large { Fault::TooLarge } else { Fault::Malformed }
    })
}

/// Reads a form's fields.
pub(crate) async fn typed(body: Bytes) -> Result<Typed, Fault> {
    let request =
        Request::builder().method(Method::POST).header(CONTENT_TYPE, FORM).body(Body::from(body));
    let request = request.map_err(|_| Fault::Malformed)?;
    let Form(fields) = Form::from_request(request, &()).await.map_err(|_| Fault::Malformed)?;
    Ok(Typed(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    #[test]
    fn a_field_is_read_as_it_was_typed() {
        let typed = block_on(typed(Bytes::from_static(
            b"number=010-1234+5678&line=a&line=b&code=123456&token=t&note=%EC%9C%A0%00&note=two",
        )));
        let typed = typed.unwrap();
        assert_eq!(typed.one("number"), "010-1234 5678");
        assert_eq!(typed.all("line").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(typed.one("note"), "유\0");
        assert_eq!((typed.one("none"), typed.some("none")), (String::new(), None));
        let shown = typed.shown();
        assert_eq!(shown.keys().collect::<Vec<_>>(), ["line", "note", "number"]);
        assert_eq!(shown["line"], "a");
        assert!(!format!("{typed:?}").contains("010"));
    }

    #[test]
    fn a_body_has_an_end() {
        let read = |len: usize| block_on(read(Body::from(vec![b'a'; len])));
        assert_eq!(read(MOST).unwrap().len(), MOST);
        assert_eq!(read(MOST + 1), Err(Fault::TooLarge));
    }

    #[test]
    fn a_kind_is_said_once_and_exactly() {
        let said = |kinds: &[&str], kind: Kind| {
            let mut headers = HeaderMap::new();
            for kind in kinds {
                headers.append(CONTENT_TYPE, kind.parse().unwrap());
            }
            kind.is_said(&headers)
        };
        assert!(
            said(&[FORM], Kind::Form) && said(&["Application/JSON; charset=utf-8"], Kind::Json)
        );
        for kinds in [&[][..], &["text/plain"], &["multipart/form-data; boundary=a"], &[FORM, FORM]]
        {
            assert!(!said(kinds, Kind::Form), "{kinds:?}");
        }
        assert!(!said(&[FORM], Kind::Json) && !said(&["text/plain; application/json"], Kind::Json));
    }
}
