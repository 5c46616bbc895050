//! What a plan counts on its way.

use std::collections::BTreeMap;

use simrecall_core::notice::{Language, NoticeKind};
use simrecall_core::subscriber::RecipientRole;

use super::super::loading::Draft;

/// Counts of people and lines.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) by_kind: BTreeMap<NoticeKind, u64>,
    pub(super) by_language: BTreeMap<Language, u64>,
    pub(super) by_country: BTreeMap<String, u64>,
    pub(super) lines_told: u64,
    pub(super) left_out: u64,
    pub(super) suppressed: u64,
    pub(super) by_mail_for_language: u64,
    pub(super) other_language: u64,
}

impl Tally {
    /// Counts one person.
    pub(super) fn note(&mut self, kind: NoticeKind, draft: &Draft) {
        *self.by_kind.entry(kind).or_default() += 1;
        *self.by_language.entry(draft.language).or_default() += 1;
        *self.by_country.entry(draft.country.clone()).or_default() += 1;
        let copied = draft.recipients.iter().any(|(role, _)| *role == RecipientRole::Handset);
        self.by_mail_for_language += u64::from(copied);
        self.other_language += u64::from(draft.language != draft.chosen);
    }
}
