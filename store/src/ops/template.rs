//! Queries on templates.

use diesel::prelude::*;
use simrecall_core::notice::{Language, NoticeKind};

use super::Conn;
use crate::error::StoreError;
use crate::schema::template;
use crate::template::{KeptTemplate, TemplateRow};

pub(crate) fn keep_template(conn: &mut Conn, kept: &KeptTemplate) -> Result<(), StoreError> {
    let row = TemplateRow {
        sha256: kept.sha256.to_vec(),
        kind: kept.kind.code(),
        language: kept.language.code(),
        source: kept.source.clone(),
        added_at: kept.added_at.into(),
    };
    diesel::insert_into(template::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

pub(crate) fn template(
    conn: &mut Conn,
    sha256: &[u8; 32],
) -> Result<Option<KeptTemplate>, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("template");
    let row: Option<TemplateRow> =
        template::table.find(sha256.as_slice()).first(conn).optional()?;
    let read = |row: TemplateRow| {
        Ok(KeptTemplate {
            sha256: row.sha256.try_into().map_err(|_| DAMAGED)?,
            kind: NoticeKind::from_code(row.kind).ok_or(DAMAGED)?,
            language: Language::from_code(row.language).ok_or(DAMAGED)?,
            source: row.source,
            added_at: row.added_at.into(),
        })
    };
    row.map(read).transpose()
}
