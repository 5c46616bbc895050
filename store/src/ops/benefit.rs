//! Queries on benefits.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{IncidentId, LineId};

use super::Conn;
use super::claim::before_erasing;
use crate::benefit::Benefit;
use crate::error::StoreError;
use crate::schema::benefit;
use crate::types::{At, Id};

/// Lines bound to one statement.
const LINES: usize = 500;

#[derive(Insertable, Queryable)]
#[diesel(table_name = benefit, treat_none_as_default_value = false)]
struct BenefitRow {
    incident: Id,
    line: Id,
    grp: String,
    code: String,
    person: Id,
    chosen_at: At,
    exported_at: Option<At>,
}

pub(crate) fn choose_benefit(conn: &mut Conn, new: &Benefit) -> Result<bool, StoreError> {
    before_erasing(conn, new.incident)?;
    if changed(conn, new)? {
        return Ok(true);
    }
    let row = BenefitRow {
        incident: new.incident.into(),
        line: new.line.into(),
        grp: new.group.clone(),
        code: new.code.clone(),
        person: new.person.into(),
        chosen_at: new.chosen_at.into(),
        exported_at: None,
    };
    let put = diesel::insert_into(benefit::table).values(row).on_conflict_do_nothing();
    // Somebody else was first, or it was handed over.
    Ok(put.execute(conn)? == 1 || changed(conn, new)?)
}

fn changed(conn: &mut Conn, new: &Benefit) -> Result<bool, StoreError> {
    let open = benefit::table
        .find((Id::from(new.incident), Id::from(new.line), &new.group))
        .filter(benefit::exported_at.is_null());
    let changed = diesel::update(open).set((
        benefit::code.eq(&new.code),
        benefit::person.eq(Id::from(new.person)),
        benefit::chosen_at.eq(At::from(new.chosen_at)),
    ));
    Ok(changed.execute(conn)? == 1)
}

pub(crate) fn benefits_of(
    conn: &mut Conn,
    incident: IncidentId,
    lines: &[LineId],
) -> Result<Vec<Benefit>, StoreError> {
    let mut found = Vec::new();
    for some in lines.chunks(LINES) {
        let these: Vec<Id> = some.iter().copied().map(Id::from).collect();
        let rows: Vec<BenefitRow> = benefit::table
            .filter(benefit::incident.eq(Id::from(incident)))
            .filter(benefit::line.eq_any(these))
            .order((benefit::line, benefit::grp))
            .load(conn)?;
        found.extend(rows.into_iter().map(read));
    }
    Ok(found)
}

pub(crate) fn benefits(conn: &mut Conn, incident: IncidentId) -> Result<Vec<Benefit>, StoreError> {
    let rows: Vec<BenefitRow> = benefit::table
        .filter(benefit::incident.eq(Id::from(incident)))
        .order((benefit::line, benefit::grp))
        .load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) fn benefits_after(
    conn: &mut Conn,
    incident: IncidentId,
    after: Option<(LineId, &str)>,
    limit: i64,
) -> Result<Vec<Benefit>, StoreError> {
    let mut page = benefit::table
        .filter(benefit::incident.eq(Id::from(incident)))
        .order((benefit::line, benefit::grp))
        .limit(limit)
        .into_boxed();
    if let Some((line, group)) = after {
        let of_line = benefit::line.eq(Id::from(line)).and(benefit::grp.gt(group.to_owned()));
        page = page.filter(benefit::line.gt(Id::from(line)).or(of_line));
    }
    let rows: Vec<BenefitRow> = page.load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

pub(crate) fn export_benefit(
    conn: &mut Conn,
    choice: &Benefit,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let same = benefit::table
        .find((Id::from(choice.incident), Id::from(choice.line), &choice.group))
        .filter(benefit::code.eq(&choice.code))
        .filter(benefit::person.eq(Id::from(choice.person)))
        .filter(benefit::exported_at.is_null());
    let exported = diesel::update(same).set(benefit::exported_at.eq(Some(At::from(at))));
    Ok(exported.execute(conn)? == 1)
}

fn read(row: BenefitRow) -> Benefit {
    Benefit {
        incident: row.incident.into(),
        line: row.line.into(),
        group: row.grp,
        code: row.code,
        person: row.person.into(),
        chosen_at: row.chosen_at.into(),
        exported_at: row.exported_at.map(Into::into),
    }
}
