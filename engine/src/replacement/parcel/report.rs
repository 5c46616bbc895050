//! What the carrier of parcels says of those on their way.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::OrderId;
use simrecall_core::replacement::Event;
use simrecall_core::replacement::parcel::{Effect, Report, heard};
use simrecall_store::StoreError;
use simrecall_store::replacement::{Moved, PlaceChange};
use uuid::Uuid;

use super::over;
use crate::csv_rows::cells::{time, word};
use crate::csv_rows::{Cells, Column, Row, Rows, Why};
use crate::home::Home;
use crate::intake::{Intake, usable};
use crate::problem::Result;
use crate::replacement::step::{Hand, moved};
use crate::staff;

/// What came of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReportAnswer {
    /// Parcels that arrived.
    pub delivered: u64,
    /// Parcels that came back: their cards are put aside.
    pub returned: u64,
    /// Parcels that nobody finds: nobody gets their cards.
    pub lost: u64,
    /// Rows that say what was known, or come too late.
    pub skipped: u64,
    /// Rows of parcels that are not ours, or not any more: their numbers in the file.
    pub unknown: Vec<u64>,
}

/// One row: `reference,event,at`.
struct ReportRow {
    row_no: u64,
    reference: OrderId,
    report: Report,
    at: DateTime<Utc>,
}

impl Row for ReportRow {
    const COLUMNS: &'static [Column] =
        &[Column::plain("reference"), Column::plain("event"), Column::plain("at")];

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let words = Report::ALL.map(|report| (report.name(), report));
        let reference = cells.required(0, reference);
        let report = cells.required(1, |text| word(text, &words));
        let at = cells.required(2, time);
        let row_no = cells.row_no();
        Some(Self { row_no, reference: reference?, report: report?, at: at? })
    }
}

fn reference(text: &str) -> std::result::Result<OrderId, Why> {
    let read = Uuid::parse_str(text).map(OrderId);
    read.map_err(|_| Why::new("reference.form", "a reference is the id of the order that was sent"))
}

/// Takes a list of reports: a row that cannot be read, or speaks of what is to come, refuses the file. What is said twice changes
/// nothing.
pub fn report(home: &Home, file: &Path, by: &str) -> Result<ReportAnswer> {
    let member = staff::may(home, by, Act::MoveCards)?;
    let rows = Rows::<ReportRow>::open(file)?;
    let mut intake = Intake::new(file, 0);
    let mut reports = Vec::new();
    for row in usable(rows, &mut intake) {
        reports.push(row?);
    }
    for row in reports.iter().filter(|row| row.at > home.now()) {
        intake.refuse(row.row_no, "at", "at.future", "this is still to come")?;
    }
    intake.finish()?;
    let mut answer = ReportAnswer::default();
    let actor = member.id.to_string();
    let hand = Hand { by: Some(member.id), actor: &actor, agency: None, terminal: None };
    for row in &reports {
        match hear(home, row, &hand)? {
            Heard::Done(Report::Delivered) => answer.delivered += 1,
            Heard::Done(Report::Returned) => answer.returned += 1,
            Heard::Done(Report::Lost) => answer.lost += 1,
            Heard::Skipped => answer.skipped += 1,
            Heard::Unknown => answer.unknown.push(row.row_no),
        }
    }
    Ok(answer)
}

/// What came of one row.
enum Heard {
    Done(Report),
    Skipped,
    Unknown,
}

fn hear(home: &Home, row: &ReportRow, hand: &Hand<'_>) -> Result<Heard> {
    let Some(parcel) = home.store.read(|tx| tx.parcel(row.reference))? else {
        return Ok(Heard::Unknown);
    };
    let body = serde_json::json!({
        "case": parcel.case, "parcel": parcel.id, "event": row.report.name(), "at": row.at,
    });
    let entry = home.entry("parcel.reported", hand.actor, Some(parcel.incident), body)?;
    let done = home.store.write(|tx| {
        let Some(parcel) = tx.parcel(row.reference)?.filter(|one| one.ended.is_none()) else {
            return Ok(Heard::Skipped);
        };
        let case = over::case_of(tx, &parcel)?;
        match heard(case.state, row.report) {
            Effect::Nothing => return Ok(Heard::Skipped),
            Effect::Back(end) => over::back(tx, home, (&parcel, end), hand)?,
            Effect::Deliver => {
                match moved(tx, home, (&case, Event::Deliver, PlaceChange::Keep), hand)? {
                    Moved::Done => {}
                    Moved::Elsewhere | Moved::DayFull | Moved::HourFull => {
                        return Err(StoreError::Busy);
                    }
                }
            }
        }
        tx.journal(&entry)?;
        Ok(Heard::Done(row.report))
    })?;
    Ok(done)
}
