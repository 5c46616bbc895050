//! Queries behind the answer.

use diesel::prelude::*;
use diesel::query_dsl::methods;
use diesel::upsert::excluded;
use simrecall_core::cohort::{FactSet, ItemSet};
use simrecall_core::id::{Bucket, IncidentId, RevisionNo};
use simrecall_core::selfcheck::{Seen, Standing, Subject};

use super::Conn;
use super::ledger_plan::facts;
use crate::error::StoreError;
use crate::schema::{exposure, told_here, wave};
use crate::selfcheck::{Released, ToldHere};
use crate::types::{At, Id};

pub(crate) fn released_revision(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Option<Released>, StoreError> {
    let first: Option<(i32, Option<At>)> = wave::table
        .filter(wave::incident.eq(Id::from(incident)))
        .filter(wave::released_at.is_not_null())
        .order((wave::revision.desc(), wave::released_at))
        .select((wave::revision, wave::released_at))
        .first(conn)
        .optional()?;
    Ok(first.and_then(|(revision, at)| {
        at.map(|at| Released { revision: RevisionNo(revision), at: at.into() })
    }))
}

pub(crate) fn touched(
    conn: &mut Conn,
    incident: IncidentId,
    revision: RevisionNo,
) -> Result<FactSet, StoreError> {
    let kinds: Vec<(i32, i32)> = exposure::table
        .filter(exposure::incident.eq(Id::from(incident)))
        .filter(exposure::revision.eq(revision.0))
        .select((exposure::possible, exposure::confirmed))
        .distinct()
        .load(conn)?;
    kinds.into_iter().try_fold(FactSet::EMPTY, |all, (possible, confirmed)| {
        Ok(all.union(facts(possible, confirmed)?))
    })
}

type Told = (i32, i16, i32, i32, At);

pub(crate) fn told_here(
    conn: &mut Conn,
    incident: IncidentId,
    subject: Subject,
) -> Result<Option<ToldHere>, StoreError> {
    let row: Option<Told> = told_here::table
        .find((bucket(subject), Id::from(incident), Id(*subject.as_bytes())))
        .select((
            told_here::revision,
            told_here::standing,
            told_here::possible,
            told_here::confirmed,
            told_here::at,
        ))
        .first(conn)
        .optional()?;
    row.map(told).transpose()
}

fn told((revision, standing, possible, confirmed, at): Told) -> Result<ToldHere, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("told_here");
    let seen = Seen {
        revision: RevisionNo(revision),
        standing: Standing::from_code(standing).ok_or(DAMAGED)?,
        possible: ItemSet::from_bits(possible).ok_or(DAMAGED)?,
        confirmed: ItemSet::from_bits(confirmed).ok_or(DAMAGED)?,
    };
    Ok(ToldHere { seen, at: at.into() })
}

pub(crate) fn tell_here(
    conn: &mut Conn,
    incident: IncidentId,
    subject: Subject,
    told: &ToldHere,
) -> Result<(), StoreError> {
    let seen = told.seen;
    let said = diesel::insert_into(told_here::table)
        .values((
            told_here::bucket.eq(bucket(subject)),
            told_here::incident.eq(Id::from(incident)),
            told_here::subject.eq(Id(*subject.as_bytes())),
            told_here::revision.eq(seen.revision.0),
            told_here::standing.eq(seen.standing.code()),
            told_here::possible.eq(seen.possible.bits()),
            told_here::confirmed.eq(seen.confirmed.bits()),
            told_here::at.eq(At::from(told.at)),
        ))
        .on_conflict((told_here::bucket, told_here::incident, told_here::subject))
        .do_update()
        .set((
            told_here::revision.eq(excluded(told_here::revision)),
            told_here::standing.eq(excluded(told_here::standing)),
            told_here::possible.eq(excluded(told_here::possible)),
            told_here::confirmed.eq(excluded(told_here::confirmed)),
            told_here::at.eq(excluded(told_here::at)),
        ));
    let is_newer = told_here::revision.le(excluded(told_here::revision));
    methods::FilterDsl::filter(said, is_newer).execute(conn)?;
    Ok(())
}

fn bucket(subject: Subject) -> i16 {
    Bucket::of(subject.as_bytes()).get()
}
