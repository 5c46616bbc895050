//! Queries on codes that customers check in with.

use diesel::prelude::*;
use simrecall_core::id::{CaseId, IncidentId};

use super::Conn;
use crate::error::StoreError;
use crate::schema::check_in_code;
use crate::types::Id;

pub(crate) fn put_check_in_code(
    conn: &mut Conn,
    code: &[u8; 16],
    incident: IncidentId,
    case: CaseId,
) -> Result<(), StoreError> {
    diesel::insert_into(check_in_code::table)
        .values((
            check_in_code::code_ix.eq(Id(*code)),
            check_in_code::incident.eq(Id::from(incident)),
            check_in_code::case_id.eq(Id::from(case)),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(())
}

pub(crate) fn check_in_case(
    conn: &mut Conn,
    code: &[u8; 16],
) -> Result<Option<(IncidentId, CaseId)>, StoreError> {
    let row: Option<(Id, Id)> = check_in_code::table
        .find(Id(*code))
        .select((check_in_code::incident, check_in_code::case_id))
        .first(conn)
        .optional()?;
    Ok(row.map(|(incident, case)| (incident.into(), case.into())))
}
