//! Queries on what passkeys were asked.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use simrecall_core::id::ChallengeId;

use super::Conn;
use crate::challenge::{Challenge, ChallengeKind};
use crate::error::StoreError;
use crate::invite::CodeHash;
use crate::schema::challenge;
use crate::types::{At, Id};

const DAMAGED: StoreError = StoreError::Damaged("challenge");

#[derive(Insertable, Queryable)]
#[diesel(table_name = challenge, treat_none_as_default_value = false)]
struct ChallengeRow {
    id: Id,
    kind: i16,
    terminal: Id,
    staff: Option<Id>,
    invite: Option<Vec<u8>>,
    about: String,
    subject: Option<Id>,
    pair: Option<Vec<u8>>,
    state: String,
    made_at: At,
    until: At,
    used_at: Option<At>,
}

pub(crate) fn add_challenge(conn: &mut Conn, new: &Challenge) -> Result<(), StoreError> {
    let about = new.about.as_ref();
    let row = ChallengeRow {
        id: new.id.into(),
        kind: new.kind.code(),
        terminal: new.terminal.into(),
        staff: new.staff.map(Id::from),
        invite: new.invite.map(|code| code.0.to_vec()),
        about: about.map(|(about, _)| about.clone()).unwrap_or_default(),
        subject: about.map(|(_, subject)| Id(*subject)),
        pair: new.pair.map(|pair| pair.to_vec()),
        state: new.state.clone(),
        made_at: new.made_at.into(),
        until: new.until.into(),
        used_at: None,
    };
    diesel::insert_into(challenge::table).values(row).execute(conn)?;
    Ok(())
}

pub(crate) fn open_challenge(
    conn: &mut Conn,
    id: ChallengeId,
    now: DateTime<Utc>,
) -> Result<Option<Challenge>, StoreError> {
    let open = challenge::table
        .find(Id::from(id))
        .filter(challenge::used_at.is_null())
        .filter(challenge::until.gt(At::from(now)));
    let row: Option<ChallengeRow> = open.first(conn).optional()?;
    row.map(read).transpose()
}

pub(crate) fn use_challenge(
    conn: &mut Conn,
    id: ChallengeId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = challenge::table
        .find(Id::from(id))
        .filter(challenge::used_at.is_null())
        .filter(challenge::until.gt(At::from(now)));
    let used = diesel::update(open).set(challenge::used_at.eq(Some(At::from(now))));
    Ok(used.execute(conn)? == 1)
}

pub(crate) fn purge_challenges(
    conn: &mut Conn,
    before: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let old = challenge::table.filter(challenge::until.le(At::from(before)));
    Ok(diesel::delete(old).execute(conn)?)
}

fn read(row: ChallengeRow) -> Result<Challenge, StoreError> {
    let hash = |bytes: Option<Vec<u8>>| -> Result<Option<[u8; 32]>, StoreError> {
        bytes.map(|bytes| bytes.try_into().map_err(|_| DAMAGED)).transpose()
    };
    Ok(Challenge {
        id: row.id.into(),
        kind: ChallengeKind::from_code(row.kind).ok_or(DAMAGED)?,
        terminal: row.terminal.into(),
        staff: row.staff.map(Into::into),
        invite: hash(row.invite)?.map(CodeHash),
        about: row.subject.map(|subject| (row.about, subject.0)),
        pair: hash(row.pair)?,
        state: row.state,
        made_at: row.made_at.into(),
        until: row.until.into(),
    })
}
