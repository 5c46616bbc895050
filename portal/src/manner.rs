//! How the one who asks is answered: in a language as a page, or as a document for programs.

use http::header::{ACCEPT, ACCEPT_LANGUAGE};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use simrecall_core::notice::Language;

/// Where programs ask.
pub(crate) const API: &str = "/api/";

/// How one request is answered, whatever becomes of it.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    /// Which request it is, for whoever reads the log.
    pub(crate) request: String,
    /// Whether problems are documents for programs.
    pub(crate) document: bool,
    /// The language in the path; none if it names none of ours.
    pub(crate) language: Option<Language>,
}

impl Manner {
    pub(crate) fn of(parts: &Parts) -> Self {
        let path = parts.uri.path();
        let language = path.split('/').nth(1).and_then(|tag| Language::parse(tag).ok());
        let document = path.starts_with(API) || wants_document(&parts.headers);
        Self { request: id(), document, language }
    }
}

/// Sixteen letters that no other request has.
fn id() -> String {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => format!("{:016x}", u64::from_be_bytes(bytes)),
        Err(_) => "unnumbered".to_owned(),
    }
}

fn wants_document(headers: &HeaderMap) -> bool {
    let accepts = text(headers, &ACCEPT);
    let json = ["application/json", "application/problem+json"];
    json.iter().any(|kind| accepts.contains(kind)) && !accepts.contains("text/html")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The language of ours that a browser likes most; Korean if it says nothing we know.
pub(crate) fn preferred(headers: &HeaderMap) -> Language {
    let likes = text(headers, &ACCEPT_LANGUAGE).split(',').take(32).filter_map(liked);
    // Of two liked alike the first named stays.
    let best = likes.fold(None, |best: Option<(u16, Language)>, one| match best {
        Some(best) if best.0 >= one.0 => Some(best),
        Some(_) | None => Some(one),
    });
    best.map_or(Language::Korean, |(_, language)| language)
}

/// One entry, such as `zh-CN;q=0.8`: how much it is liked, in thousandths, and which language of ours that is.
fn liked(entry: &str) -> Option<(u16, Language)> {
    let (range, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
    let weight: f32 = weight.trim().strip_prefix("q=")?.trim().parse().ok()?;
    let thousandths = [1_000_u16, 900, 800, 700, 600, 500, 400, 300, 200, 100, 1];
    let weight = thousandths.into_iter().find(|of| weight * 1_000.0 >= f32::from(*of))?;
    let primary = range.trim().split('-').next()?.to_ascii_lowercase();
    let named = |language: &Language| language.tag().split('-').next() == Some(primary.as_str());
    Language::ALL.into_iter().find(named).map(|language| (weight, language))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn manner(path: &str, accept: &str) -> (bool, Option<Language>) {
        let request = Request::builder().uri(path).header(ACCEPT, accept).body(()).unwrap();
        let manner = Manner::of(&request.into_parts().0);
        (manner.document, manner.language)
    }

    #[test]
    fn programs_get_documents_and_people_get_pages() {
        let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
        assert_eq!(manner("/ko/answer", browser), (false, Some(Language::Korean)));
        assert_eq!(manner("/zh-Hans/", "*/*"), (false, Some(Language::Chinese)));
        assert_eq!(manner("/xx/answer", browser), (false, None));
        assert_eq!(manner("/ko/answer", "application/json"), (true, Some(Language::Korean)));
        assert_eq!(manner("/api/v1/answer", browser), (true, None));
        assert_eq!(manner("/", ""), (false, None));
    }

    #[test]
    fn the_language_liked_most_is_taken() {
        let prefers = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, text.parse().unwrap());
            preferred(&headers).tag()
        };
        assert_eq!(prefers("en-US,en;q=0.9,ko;q=0.8"), "en");
        assert_eq!(prefers("fr,ja;q=0.4,vi;q=0.6"), "vi");
        assert_eq!(prefers("zh-TW"), "zh-Hans");
        for unknown in ["", "fr", "*", "ja;q=0", "ja;q=x", ";;,,"] {
            assert_eq!(prefers(unknown), "ko", "{unknown}");
        }
        assert_eq!(preferred(&HeaderMap::new()), Language::Korean);
    }

    #[test]
    fn each_request_has_a_name_of_its_own() {
        assert_ne!(id(), id());
        assert_eq!(id().len(), 16);
    }
}
