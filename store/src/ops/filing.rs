//! Queries on filings.

use diesel::dsl::max;
use diesel::prelude::*;
use simrecall_core::id::IncidentId;

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::filing::{Acknowledged, Filing, NewFiling, Submitted};
use crate::schema::filing;
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = filing, treat_none_as_default_value = false)]
struct FilingRow {
    incident: Id,
    kind: String,
    no: i32,
    as_of: At,
    body_sha256: Vec<u8>,
    text: String,
    html: String,
    facts: String,
    supplement_of: Option<i32>,
    late_reason: Option<String>,
    created_by: Id,
    created_at: At,
    submitted_at: Option<At>,
    submitted_by: Option<Id>,
    channel: Option<String>,
    acknowledged_at: Option<At>,
    acknowledged_by: Option<Id>,
    acknowledgement: Option<String>,
}

pub(crate) fn add_filing(conn: &mut Conn, new: &NewFiling) -> Result<i32, StoreError> {
    lock_until_commit(conn, "filing")?;
    let last: Option<i32> = filing::table
        .filter(filing::incident.eq(Id::from(new.incident)))
        .filter(filing::kind.eq(&new.kind))
        .select(max(filing::no))
        .first(conn)?;
    let no = last.unwrap_or(0) + 1;
    let row = FilingRow {
        incident: new.incident.into(),
        kind: new.kind.clone(),
        no,
        as_of: new.as_of.into(),
        body_sha256: new.body_sha256.to_vec(),
        text: new.text.clone(),
        html: new.html.clone(),
        facts: new.facts.clone(),
        supplement_of: new.supplement_of,
        late_reason: new.late_reason.clone(),
        created_by: new.by.into(),
        created_at: new.at.into(),
        submitted_at: None,
        submitted_by: None,
        channel: None,
        acknowledged_at: None,
        acknowledged_by: None,
        acknowledgement: None,
    };
    diesel::insert_into(filing::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn filing(
    conn: &mut Conn,
    incident: IncidentId,
    kind: &str,
    no: i32,
) -> Result<Option<Filing>, StoreError> {
    let row: Option<FilingRow> =
        filing::table.find((Id::from(incident), kind, no)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn filings(conn: &mut Conn, incident: IncidentId) -> Result<Vec<Filing>, StoreError> {
    let rows: Vec<FilingRow> = filing::table
        .filter(filing::incident.eq(Id::from(incident)))
        .order((filing::kind, filing::no))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

fn read(row: FilingRow) -> Result<Filing, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("filing");
    let submitted = match (row.submitted_at, row.submitted_by, row.channel) {
        (None, None, None) => None,
        (Some(at), Some(by), Some(channel)) => {
            Some(Submitted { at: at.into(), by: by.into(), channel })
        }
        _ => return Err(DAMAGED),
    };
    let acknowledged = match (row.acknowledged_at, row.acknowledged_by, row.acknowledgement) {
        (None, None, None) => None,
        (Some(at), Some(by), Some(acknowledgement)) => {
            Some(Acknowledged { at: at.into(), by: by.into(), acknowledgement })
        }
        _ => return Err(DAMAGED),
    };
    let new = NewFiling {
        incident: row.incident.into(),
        kind: row.kind,
        as_of: row.as_of.into(),
        body_sha256: row.body_sha256.as_slice().try_into().map_err(|_| DAMAGED)?,
        text: row.text,
        html: row.html,
        facts: row.facts,
        supplement_of: row.supplement_of,
        late_reason: row.late_reason,
        by: row.created_by.into(),
        at: row.created_at.into(),
    };
    Ok(Filing { no: row.no, new, submitted, acknowledged })
}

pub(crate) fn submit_filing(
    conn: &mut Conn,
    incident: IncidentId,
    kind: &str,
    no: i32,
    submitted: &Submitted,
) -> Result<(), StoreError> {
    let draft =
        filing::table.find((Id::from(incident), kind, no)).filter(filing::submitted_at.is_null());
    let changed = diesel::update(draft)
        .set((
            filing::submitted_at.eq(Some(At::from(submitted.at))),
            filing::submitted_by.eq(Some(Id::from(submitted.by))),
            filing::channel.eq(Some(&submitted.channel)),
        ))
        .execute(conn)?;
    match changed {
        0 => Err(StoreError::State("the filing is not there or was submitted already")),
        _ => Ok(()),
    }
}

pub(crate) fn acknowledge_filing(
    conn: &mut Conn,
    incident: IncidentId,
    kind: &str,
    no: i32,
    answer: &Acknowledged,
) -> Result<(), StoreError> {
    let waiting = filing::table
        .find((Id::from(incident), kind, no))
        .filter(filing::submitted_at.is_not_null())
        .filter(filing::acknowledged_at.is_null());
    let changed = diesel::update(waiting)
        .set((
            filing::acknowledged_at.eq(Some(At::from(answer.at))),
            filing::acknowledged_by.eq(Some(Id::from(answer.by))),
            filing::acknowledgement.eq(Some(&answer.acknowledgement)),
        ))
        .execute(conn)?;
    match changed {
        0 => Err(StoreError::State("the filing was not submitted, or is acknowledged already")),
        _ => Ok(()),
    }
}
