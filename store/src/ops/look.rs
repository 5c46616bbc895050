//! Queries on second looks.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::{CaseId, IncidentId, LookId, StaffId};
use simrecall_core::replacement::documents::Person;
use simrecall_core::terminal::look::{Post, State};

use super::Conn;
use super::replacement::lock_case_row;
use crate::error::StoreError;
use crate::look::{Asker, ImageAdded, Look, LookEnd, NewImage};
use crate::schema::{look, look_image};
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("look");

#[derive(Insertable, Queryable)]
#[diesel(table_name = look, treat_none_as_default_value = false)]
struct LookRow {
    id: Id,
    incident: Id,
    case_id: Option<Id>,
    number_ix: Id,
    line: Option<Id>,
    holder: Option<Id>,
    digits: i16,
    person_type: Option<i16>,
    asked_by: Id,
    asked_terminal: Id,
    asked_agency: Id,
    asked_at: At,
    state: i16,
    taken_by: Option<Id>,
    taken_terminal: Option<Id>,
    taken_agency: Option<Id>,
    taken_at: Option<At>,
    decided_at: Option<At>,
    reason: Option<String>,
    destroyed_at: Option<At>,
}

pub(crate) fn ask_look(conn: &mut Conn, new: &Look) -> Result<bool, StoreError> {
    let row = LookRow {
        id: new.id.into(),
        incident: new.incident.into(),
        case_id: new.case.map(Into::into),
        number_ix: Id(new.number),
        line: new.of.map(|(line, _)| line.into()),
        holder: new.of.map(|(_, holder)| holder.into()),
        digits: new.digits,
        person_type: new.person.map(Person::code),
        asked_by: new.asked.staff.into(),
        asked_terminal: new.asked.terminal.into(),
        asked_agency: new.asked.agency.into(),
        asked_at: new.asked_at.into(),
        state: State::Asked.code(),
        taken_by: None,
        taken_terminal: None,
        taken_agency: None,
        taken_at: None,
        decided_at: None,
        reason: None,
        destroyed_at: None,
    };
    let asked = diesel::insert_into(look::table).values(row).on_conflict_do_nothing();
    Ok(asked.execute(conn)? == 1)
}

pub(crate) fn look(conn: &mut Conn, id: LookId) -> Result<Option<Look>, StoreError> {
    let row: Option<LookRow> = look::table.find(Id::from(id)).first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn looks_in(conn: &mut Conn, state: State, limit: i64) -> Result<Vec<Look>, StoreError> {
    let rows: Vec<LookRow> = look::table
        .filter(look::state.eq(state.code()))
        .order((look::asked_at, look::id))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn looks_of_case(
    conn: &mut Conn,
    incident: IncidentId,
    case: CaseId,
    since: DateTime<Utc>,
) -> Result<Vec<Look>, StoreError> {
    lock_case_row(conn, incident, case)?;
    let rows: Vec<LookRow> = look::table
        .filter(look::incident.eq(Id::from(incident)))
        .filter(look::case_id.eq(Some(Id::from(case))))
        .filter(look::asked_at.ge(At::from(since)))
        .order((look::asked_at, look::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn looks_of_number(
    conn: &mut Conn,
    number: &[u8; 16],
    since: DateTime<Utc>,
) -> Result<Vec<Look>, StoreError> {
    let rows: Vec<LookRow> = look::table
        .filter(look::number_ix.eq(Id(*number)))
        .filter(look::asked_at.ge(At::from(since)))
        .order((look::asked_at, look::id))
        .load(conn)?;
    rows.into_iter().map(read).collect()
}

pub(crate) fn look_taken_by(conn: &mut Conn, staff: StaffId) -> Result<Option<Look>, StoreError> {
    let row: Option<LookRow> = look::table
        .filter(look::state.eq(State::Taken.code()))
        .filter(look::taken_by.eq(Some(Id::from(staff))))
        .order((look::asked_at.desc(), look::id))
        .first(conn)
        .optional()?;
    row.map(read).transpose()
}

pub(crate) fn take_look(
    conn: &mut Conn,
    id: LookId,
    by: &Post,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let asked =
        look::table.filter(look::id.eq(Id::from(id))).filter(look::state.eq(State::Asked.code()));
    let taken = diesel::update(asked).set((
        look::state.eq(State::Taken.code()),
        look::taken_by.eq(Some(Id::from(by.staff))),
        look::taken_terminal.eq(by.terminal.map(Id::from)),
        look::taken_agency.eq(by.agency.map(Id::from)),
        look::taken_at.eq(Some(At::from(at))),
    ));
    Ok(taken.execute(conn)? == 1)
}

pub(crate) fn end_look(conn: &mut Conn, id: LookId, end: &LookEnd<'_>) -> Result<bool, StoreError> {
    let there =
        look::table.filter(look::id.eq(Id::from(id))).filter(look::state.eq(end.from.code()));
    let (state, at) = (look::state.eq(end.to.code()), Some(At::from(end.at)));
    let (decided, reason) = (look::decided_at.eq(at), look::reason.eq(end.reason));
    let ended = match end.case {
        Some(case) => {
            let case = look::case_id.eq(Some(Id::from(case)));
            diesel::update(there).set((state, decided, reason, case)).execute(conn)?
        }
        None => diesel::update(there).set((state, decided, reason)).execute(conn)?,
    };
    Ok(ended == 1)
}

pub(crate) fn add_look_image(conn: &mut Conn, new: &NewImage) -> Result<ImageAdded, StoreError> {
    let added = diesel::insert_into(look_image::table)
        .values((
            look_image::look.eq(Id::from(new.look)),
            look_image::no.eq(new.no),
            look_image::incident.eq(Id::from(new.incident)),
            look_image::content_ix.eq(new.content.to_vec()),
            look_image::sealed.eq(Some(new.sealed.clone())),
            look_image::at.eq(At::from(new.at)),
        ))
        .on_conflict_do_nothing();
    if added.execute(conn)? == 1 {
        return Ok(ImageAdded::Yes);
    }
    let same: Option<(Id, i16)> = look_image::table
        .filter(look_image::content_ix.eq(new.content.to_vec()))
        .select((look_image::look, look_image::no))
        .first(conn)
        .optional()?;
    Ok(match same {
        Some((look, no)) if LookId::from(look) == new.look && no == new.no => ImageAdded::Again,
        Some(_) => ImageAdded::SeenBefore,
        None => ImageAdded::Taken,
    })
}

pub(crate) fn look_images(conn: &mut Conn, id: LookId) -> Result<Vec<i16>, StoreError> {
    let all = look_image::table.filter(look_image::look.eq(Id::from(id)));
    Ok(all.order(look_image::no).select(look_image::no).load(conn)?)
}

pub(crate) fn see_look_image(
    conn: &mut Conn,
    id: LookId,
    no: i16,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let unseen = look_image::table
        .filter(look_image::look.eq(Id::from(id)))
        .filter(look_image::no.eq(no))
        .filter(look_image::seen_at.is_null());
    diesel::update(unseen).set(look_image::seen_at.eq(Some(At::from(at)))).execute(conn)?;
    Ok(())
}

pub(crate) fn look_images_seen(conn: &mut Conn, id: LookId) -> Result<Vec<i16>, StoreError> {
    let seen = look_image::table
        .filter(look_image::look.eq(Id::from(id)))
        .filter(look_image::seen_at.is_not_null());
    Ok(seen.order(look_image::no).select(look_image::no).load(conn)?)
}

pub(crate) fn look_image(
    conn: &mut Conn,
    id: LookId,
    no: i16,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = look_image::table.find((Id::from(id), no)).select(look_image::sealed);
    let found: Option<Option<Vec<u8>>> = row.first(conn).optional()?;
    Ok(found.flatten())
}

pub(crate) fn looks_to_destroy(
    conn: &mut Conn,
    before: DateTime<Utc>,
    past: Option<(DateTime<Utc>, LookId)>,
    limit: i64,
) -> Result<Vec<Look>, StoreError> {
    let over = look::table
        .filter(look::destroyed_at.is_null())
        .filter(look::decided_at.le(Some(At::from(before))));
    let rows: Vec<LookRow> = match past {
        None => over.order((look::decided_at, look::id)).limit(limit).load(conn)?,
        Some((at, id)) => {
            let at = Some(At::from(at));
            let later = look::decided_at
                .gt(at)
                .assume_not_null()
                .or(look::decided_at.eq(at).assume_not_null().and(look::id.gt(Id::from(id))));
            over.filter(later).order((look::decided_at, look::id)).limit(limit).load(conn)?
        }
    };
    rows.into_iter().map(read).collect()
}

pub(crate) fn destroy_look(
    conn: &mut Conn,
    id: LookId,
    at: DateTime<Utc>,
) -> Result<Option<usize>, StoreError> {
    let there = look::table
        .filter(look::id.eq(Id::from(id)))
        .filter(look::decided_at.is_not_null())
        .filter(look::destroyed_at.is_null());
    let marked = diesel::update(there).set(look::destroyed_at.eq(Some(At::from(at))));
    if marked.execute(conn)? != 1 {
        return Ok(None);
    }
    let images = look_image::table
        .filter(look_image::look.eq(Id::from(id)))
        .filter(look_image::sealed.is_not_null());
    Ok(Some(diesel::update(images).set(look_image::sealed.eq(None::<Vec<u8>>)).execute(conn)?))
}

fn read(row: LookRow) -> Result<Look, StoreError> {
    let taken = row.taken_by.zip(row.taken_at).map(|(staff, at)| {
        let post = Post {
            staff: staff.into(),
            terminal: row.taken_terminal.map(Into::into),
            agency: row.taken_agency.map(Into::into),
        };
        (post, at.into())
    });
    Ok(Look {
        id: row.id.into(),
        incident: row.incident.into(),
        case: row.case_id.map(Into::into),
        number: row.number_ix.0,
        of: row.line.zip(row.holder).map(|(line, holder)| (line.into(), holder.into())),
        digits: row.digits,
        person: row.person_type.map(|code| Person::from_code(code).ok_or(DAMAGED)).transpose()?,
        asked: Asker {
            staff: row.asked_by.into(),
            terminal: row.asked_terminal.into(),
            agency: row.asked_agency.into(),
        },
        asked_at: row.asked_at.into(),
        state: State::from_code(row.state).ok_or(DAMAGED)?,
        taken,
        decided_at: row.decided_at.map(Into::into),
        reason: row.reason,
        destroyed_at: row.destroyed_at.map(Into::into),
    })
}
