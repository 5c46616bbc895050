//! Queries on knowledge times, and on what people decided about them.

use std::collections::BTreeSet;

use diesel::prelude::*;
use simrecall_core::access::StaffRole;
use simrecall_core::id::{IncidentId, RevisionNo};
use simrecall_core::incident::{KnowledgeTime, Selection};
use simrecall_core::law::{Anchor, Duty, RuleId, Scope};

use super::{Conn, lock_until_commit};
use crate::error::StoreError;
use crate::law::{
    About, ActRecord, Agreement, BlockChange, BlockDecision, Determination, ExcuseRecord, Recorded,
};
use crate::numbers::next_no;
use crate::schema::{
    agreement, block_decision, clock_excuse, clock_selection, determination, hold, knowledge_time,
    legal_act, suppression,
};
use crate::types::{At, Id};

#[derive(Insertable, Queryable)]
#[diesel(table_name = knowledge_time, treat_none_as_default_value = false)]
struct KnowledgeRow {
    incident: Id,
    no: i32,
    at: At,
    what: String,
    evidence: String,
    anchors: String,
    revision: Option<i32>,
    who: String,
    recorded_at: At,
}

pub(crate) fn add_knowledge(
    conn: &mut Conn,
    incident: IncidentId,
    time: &KnowledgeTime,
) -> Result<i32, StoreError> {
    let no = next_no!(conn, knowledge_time, incident);
    let anchors: Vec<_> = time.anchors.iter().map(|anchor| anchor.name()).collect();
    let row = KnowledgeRow {
        incident: incident.into(),
        no,
        at: time.at.into(),
        what: time.what.clone(),
        evidence: time.evidence.clone(),
        anchors: anchors.join(","),
        revision: time.revision.map(|no| no.0),
        who: time.who.clone(),
        recorded_at: time.recorded_at.into(),
    };
    diesel::insert_into(knowledge_time::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn knowledge_times(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<KnowledgeTime>, StoreError> {
    let rows: Vec<KnowledgeRow> = knowledge_time::table
        .filter(knowledge_time::incident.eq(Id::from(incident)))
        .order(knowledge_time::no)
        .load(conn)?;
    rows.into_iter().map(knowledge).collect()
}

fn knowledge(row: KnowledgeRow) -> Result<KnowledgeTime, StoreError> {
    Ok(KnowledgeTime {
        no: row.no,
        at: row.at.into(),
        anchors: anchors(&row.anchors)?,
        revision: row.revision.map(RevisionNo),
        who: row.who,
        what: row.what,
        evidence: row.evidence,
        recorded_at: row.recorded_at.into(),
    })
}

fn anchors(names: &str) -> Result<BTreeSet<Anchor>, StoreError> {
    let names = names.split(',').filter(|name| !name.is_empty());
    let read: Result<_, _> = names.map(Anchor::parse).collect();
    read.map_err(|_| StoreError::Damaged("knowledge_time"))
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = clock_selection, treat_none_as_default_value = false)]
struct SelectionRow {
    incident: Id,
    no: i32,
    anchor: String,
    revision: Option<i32>,
    knowledge: i32,
    reason: String,
    by_staff: Id,
    at: At,
}

pub(crate) fn select(
    conn: &mut Conn,
    incident: IncidentId,
    new: &Selection,
) -> Result<i32, StoreError> {
    let named = knowledge_time::table.find((Id::from(incident), new.knowledge));
    if named.count().get_result::<i64>(conn)? == 0 {
        return Err(StoreError::NotFound("knowledge time"));
    }
    let no = next_no!(conn, clock_selection, incident);
    let row = SelectionRow {
        incident: incident.into(),
        no,
        anchor: new.anchor.name().to_owned(),
        revision: new.revision.map(|no| no.0),
        knowledge: new.knowledge,
        reason: new.reason.clone(),
        by_staff: new.by.into(),
        at: new.at.into(),
    };
    diesel::insert_into(clock_selection::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn selections(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Recorded<Selection>>, StoreError> {
    let rows: Vec<SelectionRow> = clock_selection::table
        .filter(clock_selection::incident.eq(Id::from(incident)))
        .order(clock_selection::no)
        .load(conn)?;
    let times = knowledge_times(conn, incident)?;
    let agreed = agreements(conn, incident, About::Selection)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        for anchor in meant(&row, &times)? {
            found.push(recorded(row.no, selection(&row, anchor), &agreed));
        }
    }
    Ok(found)
}

/// The anchors a selection is about; one of an older schema named none.
fn meant(row: &SelectionRow, times: &[KnowledgeTime]) -> Result<Vec<Anchor>, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("clock_selection");
    if !row.anchor.is_empty() {
        return Ok(vec![Anchor::parse(&row.anchor).map_err(|_| DAMAGED)?]);
    }
    let time = times.iter().find(|time| time.no == row.knowledge).ok_or(DAMAGED)?;
    let anchors = Anchor::ALL.into_iter();
    Ok(anchors.filter(|anchor| anchor.is_awareness() && time.stands_for(*anchor)).collect())
}

fn selection(row: &SelectionRow, anchor: Anchor) -> Selection {
    Selection {
        anchor,
        revision: row.revision.map(RevisionNo),
        knowledge: row.knowledge,
        reason: row.reason.clone(),
        by: row.by_staff.into(),
        at: row.at.into(),
    }
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = clock_excuse, treat_none_as_default_value = false)]
struct ExcuseRow {
    incident: Id,
    no: i32,
    rule: String,
    scope: String,
    until: Option<At>,
    reason: String,
    by_staff: Id,
    at: At,
}

pub(crate) fn add_excuse(
    conn: &mut Conn,
    incident: IncidentId,
    new: &ExcuseRecord,
) -> Result<i32, StoreError> {
    let no = next_no!(conn, clock_excuse, incident);
    let row = ExcuseRow {
        incident: incident.into(),
        no,
        rule: new.rule.to_string(),
        scope: new.scope.to_string(),
        until: new.until.map(At::from),
        reason: new.reason.clone(),
        by_staff: new.by.into(),
        at: new.at.into(),
    };
    diesel::insert_into(clock_excuse::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn excuses(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Recorded<ExcuseRecord>>, StoreError> {
    let rows: Vec<ExcuseRow> = clock_excuse::table
        .filter(clock_excuse::incident.eq(Id::from(incident)))
        .order(clock_excuse::no)
        .load(conn)?;
    let agreed = agreements(conn, incident, About::Excuse)?;
    let excuse = |row: ExcuseRow| {
        let record = ExcuseRecord {
            rule: RuleId::new(&row.rule),
            scope: scope(&row.scope, "clock_excuse")?,
            until: row.until.map(Into::into),
            reason: row.reason,
            by: row.by_staff.into(),
            at: row.at.into(),
        };
        Ok(recorded(row.no, record, &agreed))
    };
    rows.into_iter().map(excuse).collect()
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = block_decision, treat_none_as_default_value = false)]
struct BlockRow {
    incident: Id,
    no: i32,
    rule: String,
    kind: i16,
    until: Option<At>,
    reason: String,
    by_staff: Id,
    at: At,
}

pub(crate) fn decide_block(
    conn: &mut Conn,
    incident: IncidentId,
    new: &BlockDecision,
) -> Result<i32, StoreError> {
    let no = next_no!(conn, block_decision, incident);
    let row = BlockRow {
        incident: incident.into(),
        no,
        rule: new.rule.to_string(),
        kind: new.change.code(),
        until: new.until.map(At::from),
        reason: new.reason.clone(),
        by_staff: new.by.into(),
        at: new.at.into(),
    };
    diesel::insert_into(block_decision::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn block_decisions(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Recorded<BlockDecision>>, StoreError> {
    let rows: Vec<BlockRow> = block_decision::table
        .filter(block_decision::incident.eq(Id::from(incident)))
        .order(block_decision::no)
        .load(conn)?;
    let agreed = agreements(conn, incident, About::BlockDecision)?;
    let decision = |row: BlockRow| {
        let change = BlockChange::from_code(row.kind);
        let decision = BlockDecision {
            rule: RuleId::new(&row.rule),
            change: change.ok_or(StoreError::Damaged("block_decision"))?,
            until: row.until.map(Into::into),
            reason: row.reason,
            by: row.by_staff.into(),
            at: row.at.into(),
        };
        Ok(recorded(row.no, decision, &agreed))
    };
    rows.into_iter().map(decision).collect()
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = determination, treat_none_as_default_value = false)]
struct DeterminationRow {
    incident: Id,
    no: i32,
    trigger: String,
    holds: bool,
    at: At,
    who: String,
    why: String,
    by_staff: Id,
    recorded_at: At,
}

pub(crate) fn determine(
    conn: &mut Conn,
    incident: IncidentId,
    new: &Determination,
) -> Result<i32, StoreError> {
    let no = next_no!(conn, determination, incident);
    let row = DeterminationRow {
        incident: incident.into(),
        no,
        trigger: new.trigger.clone(),
        holds: new.holds,
        at: new.at.into(),
        who: new.who.clone(),
        why: new.why.clone(),
        by_staff: new.by.into(),
        recorded_at: new.recorded_at.into(),
    };
    diesel::insert_into(determination::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn determinations(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Recorded<Determination>>, StoreError> {
    let rows: Vec<DeterminationRow> = determination::table
        .filter(determination::incident.eq(Id::from(incident)))
        .order(determination::no)
        .load(conn)?;
    let agreed = agreements(conn, incident, About::Determination)?;
    let read = |row: DeterminationRow| {
        let found = Determination {
            trigger: row.trigger,
            holds: row.holds,
            at: row.at.into(),
            who: row.who,
            why: row.why,
            by: row.by_staff.into(),
            recorded_at: row.recorded_at.into(),
        };
        recorded(row.no, found, &agreed)
    };
    Ok(rows.into_iter().map(read).collect())
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = legal_act, treat_none_as_default_value = false)]
struct ActRow {
    incident: Id,
    no: i32,
    duty: String,
    rule: Option<String>,
    scope: String,
    at: At,
    what: String,
    by_staff: Id,
    recorded_at: At,
}

pub(crate) fn add_act(
    conn: &mut Conn,
    incident: IncidentId,
    new: &ActRecord,
) -> Result<i32, StoreError> {
    let no = next_no!(conn, legal_act, incident);
    let row = ActRow {
        incident: incident.into(),
        no,
        duty: new.duty.name().to_owned(),
        rule: new.rule.as_ref().map(ToString::to_string),
        scope: new.scope.to_string(),
        at: new.at.into(),
        what: new.what.clone(),
        by_staff: new.by.into(),
        recorded_at: new.recorded_at.into(),
    };
    diesel::insert_into(legal_act::table).values(row).execute(conn)?;
    Ok(no)
}

pub(crate) fn acts(
    conn: &mut Conn,
    incident: IncidentId,
) -> Result<Vec<Recorded<ActRecord>>, StoreError> {
    let rows: Vec<ActRow> = legal_act::table
        .filter(legal_act::incident.eq(Id::from(incident)))
        .order(legal_act::no)
        .load(conn)?;
    let act = |row: ActRow| {
        let record = ActRecord {
            duty: Duty::parse(&row.duty).map_err(|_| StoreError::Damaged("legal_act"))?,
            rule: row.rule.as_deref().map(RuleId::new),
            scope: scope(&row.scope, "legal_act")?,
            at: row.at.into(),
            what: row.what,
            by: row.by_staff.into(),
            recorded_at: row.recorded_at.into(),
        };
        Ok(recorded(row.no, record, &[]))
    };
    rows.into_iter().map(act).collect()
}

fn scope(text: &str, table: &'static str) -> Result<Scope, StoreError> {
    Scope::parse(text).map_err(|_| StoreError::Damaged(table))
}

#[derive(Insertable, Queryable)]
#[diesel(table_name = agreement, treat_none_as_default_value = false)]
struct AgreementRow {
    incident: Id,
    about: i16,
    no: i32,
    staff: Id,
    role: i16,
    at: At,
}

pub(crate) fn agree(
    conn: &mut Conn,
    incident: IncidentId,
    about: About,
    no: i32,
    new: &Agreement,
) -> Result<(), StoreError> {
    if !is_there(conn, incident, about, no)? {
        return Err(StoreError::NotFound("row to agree to"));
    }
    let row = AgreementRow {
        incident: incident.into(),
        about: about.code(),
        no,
        staff: new.staff.into(),
        role: new.role.code(),
        at: new.at.into(),
    };
    diesel::insert_into(agreement::table).values(row).execute(conn)?;
    Ok(())
}

fn is_there(
    conn: &mut Conn,
    incident: IncidentId,
    about: About,
    no: i32,
) -> Result<bool, StoreError> {
    let key = (Id::from(incident), no);
    let rows: i64 = match about {
        About::Selection => clock_selection::table.find(key).count().get_result(conn)?,
        About::Excuse => clock_excuse::table.find(key).count().get_result(conn)?,
        About::Determination => determination::table.find(key).count().get_result(conn)?,
        About::HoldRelease => hold::table.find(key).count().get_result(conn)?,
        About::Suppression => suppression::table.find(key).count().get_result(conn)?,
        About::BlockDecision => block_decision::table.find(key).count().get_result(conn)?,
    };
    Ok(rows > 0)
}

pub(crate) fn agreements(
    conn: &mut Conn,
    incident: IncidentId,
    about: About,
) -> Result<Vec<(i32, Agreement)>, StoreError> {
    let rows: Vec<AgreementRow> = agreement::table
        .filter(agreement::incident.eq(Id::from(incident)))
        .filter(agreement::about.eq(about.code()))
        .order((agreement::no, agreement::at, agreement::staff))
        .load(conn)?;
    let read = |row: AgreementRow| {
        let role = StaffRole::from_code(row.role).ok_or(StoreError::Damaged("agreement"))?;
        Ok((row.no, Agreement { staff: row.staff.into(), role, at: row.at.into() }))
    };
    rows.into_iter().map(read).collect()
}

/// A row with those of the agreements that are about it.
pub(crate) fn recorded<T>(no: i32, row: T, agreed: &[(i32, Agreement)]) -> Recorded<T> {
    let about_it = agreed.iter().filter(|(about, _)| *about == no);
    Recorded { no, row, agreed: about_it.map(|(_, agreement)| *agreement).collect() }
}
