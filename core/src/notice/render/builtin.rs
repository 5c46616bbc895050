//! The templates that ship with this version, one folder per kind and language.

use std::collections::BTreeMap;

use crate::notice::{Language, NoticeKind};

use super::TemplateSource;

/// Every file below `templates/notices`: its path from there, and its text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/notices.rs"));

/// A source for every folder that has a `meta.toml`, with the parts of its language and those of all
/// languages.
pub(super) fn sources() -> Vec<TemplateSource> {
    let folders = NoticeKind::ALL
        .into_iter()
        .flat_map(|kind| Language::ALL.into_iter().map(move |language| (kind, language)));
    folders.filter_map(|(kind, language)| source(kind, language)).collect()
}

fn source(kind: NoticeKind, language: Language) -> Option<TemplateSource> {
    let own = format!("{}/{}/", kind.name(), language.tag());
    let parts = format!("parts/{}/", language.tag());
    let name = |path: &str| {
        if let Some(file) = path.strip_prefix(&own) {
            return Some(file.to_owned());
        }
        let part = path
            .strip_prefix(&parts)
            .or_else(|| path.strip_prefix("parts/").filter(|shared| !shared.contains('/')))?;
        Some(format!("parts/{part}"))
    };
    let files: BTreeMap<String, String> =
        FILES.iter().filter_map(|(path, text)| Some((name(path)?, (*text).to_owned()))).collect();
    files.contains_key("meta.toml").then_some(TemplateSource { kind, language, files })
}
