//! The rows of a list of losses: read, and given to whoever had the line on that day.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use simrecall_core::id::{LineId, SubscriberId};
use simrecall_core::identity::Msisdn;
use simrecall_store::registry::{Holding, KeyedHolding};
use simrecall_store::seal::{Field, IncidentKeys};

use crate::claim::{today, typed};
use crate::csv_rows::cells::{Cells, Why, day, personal, reference};
use crate::csv_rows::{Column, Row, Rows};
use crate::home::Home;
use crate::intake::Intake;
use crate::problem::{Problem, Result};

/// Numbers looked up in the registry at once.
const LOOK_UP: usize = 1_000;

/// One loss, as its row has it.
struct LossRow {
    row_no: u64,
    reference: String,
    number: Msisdn,
    won: u64,
    day: NaiveDate,
    merchant: String,
    note: String,
}

impl Row for LossRow {
    const COLUMNS: &'static [Column] = &[
        Column::plain("reference"),
        Column::plain("number"),
        Column::plain("won"),
        Column::plain("day"),
        Column::text("merchant"),
        Column::text("note"),
    ];

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let reference = cells.required(0, reference);
        let number = cells.required(1, personal);
        let won = cells.required(2, won);
        let day = cells.required(3, day);
        let merchant = cells.required(4, |cell| text(cell, typed::MERCHANT));
        let note = cells.optional(5, |cell| text(cell, typed::NOTE)).unwrap_or_default();
        Some(Self {
            row_no: cells.row_no(),
            reference: reference?,
            number: number?,
            won: won?,
            day: day?,
            merchant: merchant?,
            note,
        })
    }
}

fn won(cell: &str) -> std::result::Result<u64, Why> {
    let plain = cell.bytes().all(|byte| byte.is_ascii_digit());
    let won = cell.parse().ok().filter(|won| plain && (1..=typed::MOST_WON).contains(won));
    won.ok_or_else(|| Why::new("won.form", "an amount in won is digits alone, such as 49500"))
}

fn text(cell: &str, most: usize) -> std::result::Result<String, Why> {
    typed::text(cell, (1, most), "text").map_err(|_| Why::new("text.long", "the text is too long"))
}

/// A loss, and whose it was.
pub(super) struct Found {
    pub(super) reference: [u8; 16],
    pub(super) person: SubscriberId,
    pub(super) line: LineId,
    pub(super) won: u64,
    pub(super) day: NaiveDate,
    pub(super) merchant: String,
    pub(super) note: String,
}

/// A list that was read whole.
pub(super) struct List {
    pub(super) rows: u64,
    pub(super) sha256: [u8; 32],
    pub(super) found: Vec<Found>,
}

/// Reads a list; whatever is wrong with any row refuses all of it, with every reason beside the file.
pub(super) fn read(home: &Home, keys: &IncidentKeys, file: &Path) -> Result<List> {
    let incident = keys.incident();
    let snapshot = home.store.read(|tx| tx.latest_snapshot(incident))?.ok_or_else(|| {
        Problem::state("no_registry", "nobody knows yet who held which line")
            .hint("take the registry in first: simrecall registry import")
    })?;
    let mut intake = Intake::new(file, 0);
    let rows: Rows<LossRow> = Rows::open(file)?;
    let sha256 = rows.sha256();
    let (mut usable, mut seen) = (Vec::new(), BTreeSet::new());
    for parsed in rows {
        let Some(row) = intake.take(parsed?)? else { continue };
        if row.day > today(home, home.now()) {
            intake.refuse(row.row_no, "day", "day.future", "this day is still to come")?;
        } else if seen.insert(row.reference.clone()) {
            usable.push(row);
        } else {
            let text = "another row has the same reference";
            intake.refuse(row.row_no, "reference", "reference.twice", text)?;
        }
    }
    let mut found = Vec::new();
    for some in usable.chunks(LOOK_UP) {
        let numbers: Vec<[u8; 16]> = some.iter().map(|row| number(keys, row)).collect();
        let held = home.store.read(|tx| tx.holdings_by_msisdn(incident, snapshot.no, &numbers))?;
        let mut by_number: BTreeMap<[u8; 16], Vec<Holding>> = BTreeMap::new();
        for KeyedHolding { key, holding, .. } in held {
            by_number.entry(key).or_default().push(holding);
        }
        for row in some {
            let held = by_number.get(&number(keys, row)).map(Vec::as_slice).unwrap_or_default();
            match whose(held, span(home, row.day)) {
                Ok((person, line)) => found.push(of(keys, row, (person, line))),
                Err((code, text)) => intake.refuse(row.row_no, "number", code, text)?,
            }
        }
    }
    let rows = intake.finish()?.tally.rows;
    Ok(List { rows, sha256, found })
}

fn number(keys: &IncidentKeys, row: &LossRow) -> [u8; 16] {
    keys.blind(Field::Msisdn, row.number.expose())
}

fn of(keys: &IncidentKeys, row: &LossRow, (person, line): (SubscriberId, LineId)) -> Found {
    Found {
        // What the carrier calls a loss is another name than what a refund is known by.
        reference: keys.blind(Field::Reference, &format!("loss {}", row.reference)),
        person,
        line,
        won: row.won,
        day: row.day,
        merchant: row.merchant.clone(),
        note: row.note.clone(),
    }
}

/// When a day begins and ends for the carrier's customers.
fn span(home: &Home, day: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let begins = |day: NaiveDate| {
        let local = home.config.law.zone.from_local_datetime(&day.and_time(NaiveTime::MIN));
        local.earliest().map_or(DateTime::UNIX_EPOCH, |begins| begins.with_timezone(&Utc))
    };
    (begins(day), begins(day.checked_add_days(Days::new(1)).unwrap_or(day)))
}

/// Who alone had a line under a number on a day.
fn whose(
    held: &[Holding],
    (begins, ends): (DateTime<Utc>, DateTime<Utc>),
) -> std::result::Result<(SubscriberId, LineId), (&'static str, &'static str)> {
    let that_day =
        held.iter().filter(|one| one.held_from < ends && one.held_to.is_none_or(|to| begins < to));
    let owners: BTreeSet<_> = that_day.map(|one| (one.holder, one.line)).collect();
    let mut owners = owners.into_iter();
    match (owners.next(), owners.next()) {
        (Some(owner), None) => Ok(owner),
        (Some(_), Some(_)) => {
            Err(("number.two", "two held a line under this number on that day; ask them to claim"))
        }
        (None, _) if held.is_empty() => {
            Err(("msisdn.unknown", "the registry knows no line by this number"))
        }
        (None, _) => Err(("line.unheld", "the registry has no holder of this line on that day")),
    }
}
