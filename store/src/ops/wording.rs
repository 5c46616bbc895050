//! Queries on wordings and message codes.

use chrono::{DateTime, Utc};
use diesel::dsl::sum;
use diesel::prelude::*;
use simrecall_core::delivery::Rung;
use simrecall_core::id::{Bucket, ChunkNo, TargetKey, WaveNo};
use simrecall_core::notice::{Language, NoticeKind, Wording};
use simrecall_core::subscriber::RecipientRole;

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::schema::{code_try, message_code, wave, wording};
use crate::types::{At, Id};
use crate::wording::{KeptWording, NewCode, NewWording, TryLimits};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = wording, treat_none_as_default_value = false)]
struct WordingRow {
    wave: i32,
    no: i32,
    sha256: Vec<u8>,
    kind: i16,
    language: i16,
    rung: i16,
    role: i16,
    subject: Option<String>,
    pieces: String,
    gaps: String,
    sender: String,
    window_from: At,
    window_until: Option<At>,
}

const DAMAGED: StoreError = StoreError::Damaged("wording");

pub(crate) fn load_wordings(conn: &mut Conn, wordings: &[NewWording]) -> Result<(), StoreError> {
    let rows: Vec<WordingRow> = wordings.iter().map(row).collect::<Result<_, _>>()?;
    bulk!(conn, wording::table, &rows, 13);
    Ok(())
}

fn row(new: &NewWording) -> Result<WordingRow, StoreError> {
    let text = &new.wording;
    Ok(WordingRow {
        wave: new.wave.0,
        no: new.no,
        sha256: text.sha256().to_vec(),
        kind: text.kind.code(),
        language: text.language.code(),
        rung: text.rung.code(),
        role: text.role.code(),
        subject: text.subject.clone(),
        pieces: serde_json::to_string(&text.pieces).map_err(|_| DAMAGED)?,
        gaps: serde_json::to_string(&text.gaps).map_err(|_| DAMAGED)?,
        sender: new.sender.clone(),
        window_from: new.window_from.into(),
        window_until: new.window_until.map(At::from),
    })
}

pub(crate) fn wordings(conn: &mut Conn, no: WaveNo) -> Result<Vec<KeptWording>, StoreError> {
    let rows: Vec<(WordingRow, Option<At>)> = wording::table
        .inner_join(wave::table.on(wave::no.eq(wording::wave)))
        .filter(wording::wave.eq(no.0))
        .order(wording::no)
        .select((WordingRow::as_select(), wave::released_at))
        .load(conn)?;
    rows.into_iter().map(kept).collect()
}

pub(crate) fn all_wordings(conn: &mut Conn) -> Result<Vec<KeptWording>, StoreError> {
    let rows: Vec<(WordingRow, Option<At>)> = wording::table
        .inner_join(wave::table.on(wave::no.eq(wording::wave)))
        .order((wording::wave, wording::no))
        .select((WordingRow::as_select(), wave::released_at))
        .load(conn)?;
    rows.into_iter().map(kept).collect()
}

fn kept((row, released_at): (WordingRow, Option<At>)) -> Result<KeptWording, StoreError> {
    let text = Wording {
        kind: NoticeKind::from_code(row.kind).ok_or(DAMAGED)?,
        language: Language::from_code(row.language).ok_or(DAMAGED)?,
        rung: Rung::from_code(row.rung).ok_or(DAMAGED)?,
        role: RecipientRole::from_code(row.role).ok_or(DAMAGED)?,
        subject: row.subject,
        pieces: serde_json::from_str(&row.pieces).map_err(|_| DAMAGED)?,
        gaps: serde_json::from_str(&row.gaps).map_err(|_| DAMAGED)?,
    };
    let new = NewWording {
        wave: WaveNo(row.wave),
        no: row.no,
        wording: text,
        sender: row.sender,
        window_from: row.window_from.into(),
        window_until: row.window_until.map(Into::into),
    };
    let sha256 = row.sha256.as_slice().try_into().map_err(|_| DAMAGED)?;
    Ok(KeptWording { new, sha256, released_at: released_at.map(Into::into) })
}

#[derive(Insertable)]
#[diesel(table_name = message_code, treat_none_as_default_value = false)]
struct CodeRow {
    bucket: i16,
    code: Id,
    wave: i32,
    chunk: i32,
    pos: i32,
}

pub(crate) fn load_codes(conn: &mut Conn, codes: &[NewCode]) -> Result<(), StoreError> {
    let row = |new: &NewCode| CodeRow {
        bucket: Bucket::of(&new.code).get(),
        code: Id(new.code),
        wave: new.target.wave.0,
        chunk: new.target.chunk.0,
        pos: new.target.pos,
    };
    let rows: Vec<CodeRow> = codes.iter().map(row).collect();
    bulk!(conn, message_code::table, &rows, 5);
    Ok(())
}

pub(crate) fn code_targets(conn: &mut Conn, code: &[u8; 16]) -> Result<Vec<TargetKey>, StoreError> {
    let rows: Vec<(i32, i32, i32)> = message_code::table
        .filter(message_code::bucket.eq(Bucket::of(code).get()))
        .filter(message_code::code.eq(Id(*code)))
        .order((message_code::wave, message_code::chunk, message_code::pos))
        .select((message_code::wave, message_code::chunk, message_code::pos))
        .load(conn)?;
    let key = |(wave, chunk, pos)| TargetKey { wave: WaveNo(wave), chunk: ChunkNo(chunk), pos };
    Ok(rows.into_iter().map(key).collect())
}

pub(crate) fn count_code_try(
    conn: &mut Conn,
    number: &[u8; 16],
    hour: DateTime<Utc>,
    limits: TryLimits,
) -> Result<bool, StoreError> {
    lock_until_commit(conn, "code_try")?;
    let (number, hour) = (Id(*number), At::from(hour));
    let tried: Option<i32> =
        code_try::table.find((number, hour)).select(code_try::tries).first(conn).optional()?;
    let in_all: Option<i64> =
        code_try::table.filter(code_try::hour.eq(hour)).select(sum(code_try::tries)).first(conn)?;
    if tried.unwrap_or(0) >= limits.per_number || in_all.unwrap_or(0) >= limits.in_all {
        return Ok(false);
    }
    diesel::insert_into(code_try::table)
        .values((code_try::number.eq(number), code_try::hour.eq(hour), code_try::tries.eq(1)))
        .on_conflict((code_try::number, code_try::hour))
        .do_update()
        .set(code_try::tries.eq(code_try::tries + 1))
        .execute(conn)?;
    Ok(true)
}

pub(crate) fn forget_code_tries(
    conn: &mut Conn,
    before: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let old = code_try::table.filter(code_try::hour.lt(At::from(before)));
    Ok(diesel::delete(old).execute(conn)?)
}
