//! Templates, kept for ever: what was sent can be rendered again from its template and its sealed variables.

use chrono::{DateTime, Utc};
use simrecall_core::notice::{Language, NoticeKind};

use crate::schema;
use crate::tx::forward;
use crate::types::At;

/// A template that was used, by the hash of its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTemplate {
    /// SHA-256 of the source.
    pub sha256: [u8; 32],
    /// The notice it is for.
    pub kind: NoticeKind,
    /// Its language.
    pub language: Language,
    /// All its files, as one text.
    pub source: String,
    /// When it was first kept.
    pub added_at: DateTime<Utc>,
}

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::template, treat_none_as_default_value = false)]
pub(crate) struct TemplateRow {
    pub(crate) sha256: Vec<u8>,
    pub(crate) kind: i16,
    pub(crate) language: i16,
    pub(crate) source: String,
    pub(crate) added_at: At,
}

forward! { template:
    /// Keeps a template; one that is kept already stays as it is.
    pub fn keep_template(template: &KeptTemplate) -> ();
    /// A template by its hash.
    pub fn template(sha256: &[u8; 32]) -> Option<KeptTemplate>;
}
