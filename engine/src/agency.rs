//! Where cards are kept and handed out.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::AgencyId;
use simrecall_store::agency::{Agency, AgencyKind};

use crate::csv_rows::cells::{reference, word};
use crate::csv_rows::{Cells, Column, Row, Rows, Why};
use crate::home::{Home, random};
use crate::intake::{Intake, usable};
use crate::problem::{self, Problem, Result};
use crate::staff;

/// The desks of one agency at most.
const MOST_DESKS: i32 = 1_000;
/// The days of a week, from Monday on: the bits of [`Agency::weekdays`].
const DAYS: [(&str, u8); 7] =
    [("mon", 0), ("tue", 1), ("wed", 2), ("thu", 3), ("fri", 4), ("sat", 5), ("sun", 6)];

/// What came of a list of agencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AgencyAnswer {
    /// How many are new.
    pub added: u64,
    /// How many were known and are written anew.
    pub changed: u64,
    /// How many were known and are the same.
    pub same: u64,
}

/// One row: `code,name,kind,region,address,desks,opens,closes,weekdays`.
struct AgencyRow {
    row_no: u64,
    agency: Agency,
}

impl Row for AgencyRow {
    const COLUMNS: &'static [Column] = &[
        Column::text("code"),
        Column::text("name"),
        Column::plain("kind"),
        Column::text("region"),
        Column::text("address"),
        Column::plain("desks"),
        Column::plain("opens"),
        Column::plain("closes"),
        Column::plain("weekdays"),
    ];

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let code = cells.required(0, reference);
        let name = cells.required(1, spoken);
        let kinds = AgencyKind::ALL.map(|kind| (kind.name(), kind));
        let kind = cells.required(2, |text| word(text, &kinds));
        let region = cells.required(3, reference);
        let address = cells.required(4, spoken);
        let desks = cells.required(5, desks);
        let opens = cells.required(6, minute);
        let closes = cells.required(7, minute);
        let weekdays = cells.required(8, weekdays);
        if opens.zip(closes).is_some_and(|(opens, closes)| closes < opens) {
            cells.refuse(7, Why::new("closes.order", "it closes before it opens"));
        }
        let agency = Agency {
            id: AgencyId::from_bytes([0; 16]),
            code: code?,
            name: name?,
            kind: kind?,
            region: region?,
            address: address?,
            desks: desks?,
            opens_minute: opens?,
            closes_minute: closes?,
            weekdays: weekdays?,
            closed_at: None,
        };
        Some(Self { row_no: cells.row_no(), agency })
    }
}

/// Takes a list of agencies: all of it, or nothing. One that is known by its code is written anew; one that is not on the list stays.
pub fn import(home: &Home, file: &Path, by: &str) -> Result<AgencyAnswer> {
    let actor = staff::may(home, by, Act::TakeCards)?.id.to_string();
    let rows = Rows::<AgencyRow>::open(file)?;
    let sha256 = staff::hex(&rows.sha256());
    let mut intake = Intake::new(file, 0);
    let mut agencies: BTreeMap<String, Agency> = BTreeMap::new();
    let mut twice = Vec::new();
    for row in usable(rows, &mut intake) {
        let AgencyRow { row_no, mut agency } = row?;
        agency.id = AgencyId::from_bytes(random()?);
        if agencies.insert(agency.code.clone(), agency).is_some() {
            twice.push(row_no);
        }
    }
    for row in twice {
        intake.refuse(row, "code", "code.twice", "an earlier row has this code")?;
    }
    intake.finish()?;
    let mut answer = AgencyAnswer { added: 0, changed: 0, same: 0 };
    let known = all(home)?;
    for agency in agencies.values() {
        let before = known.iter().find(|one| one.code == agency.code);
        match before {
            None => answer.added += 1,
            Some(one) if Agency { id: agency.id, ..one.clone() } == *agency => answer.same += 1,
            Some(_) => answer.changed += 1,
        }
    }
    let body = serde_json::json!({
        "sha256": sha256, "added": answer.added, "changed": answer.changed, "same": answer.same,
    });
    let entry = home.entry("agency.imported", &actor, None, body)?;
    home.store.write(|tx| {
        for agency in agencies.values() {
            tx.put_agency(agency)?;
        }
        tx.journal(&entry).map(|_| ())
    })?;
    Ok(answer)
}

/// Every agency, by code.
pub fn all(home: &Home) -> Result<Vec<Agency>> {
    Ok(home.store.read(|tx| tx.agencies())?)
}

/// The agency of a code, closed or not.
pub(crate) fn by_code(home: &Home, code: &str) -> Result<Agency> {
    let found = home.store.read(|tx| tx.agency_by_code(code)).map_err(problem::store)?;
    found.ok_or_else(|| {
        Problem::input("agency", format!("no agency has the code {code}"))
            .hint("agencies come by: simrecall agency import FILE.csv --by NAME")
    })
}

/// Every agency's code, for answers.
pub(crate) fn codes(home: &Home) -> Result<BTreeMap<AgencyId, String>> {
    Ok(all(home)?.into_iter().map(|agency| (agency.id, agency.code)).collect())
}

/// A text that notices repeat: whoever writes it must not lead people anywhere with it.
fn spoken(text: &str) -> std::result::Result<String, Why> {
    let leads = ["://", "www.", "@", "{", "}"].iter().any(|sign| text.contains(sign));
    if leads || text.chars().count() > 200 || text.chars().any(char::is_control) {
        let why = "up to 200 signs, with no link, mail address or braces: notices repeat it";
        return Err(Why::new("text.form", why));
    }
    Ok(text.to_owned())
}

fn desks(text: &str) -> std::result::Result<i32, Why> {
    text.parse().ok().filter(|desks| (0..=MOST_DESKS).contains(desks)).ok_or_else(|| {
        Why::new("desks.number", "the desks are counted: 0 (none for customers) to 1000")
    })
}

/// Minutes from midnight of `09:30`; `24:00` is the end of the day.
fn minute(text: &str) -> std::result::Result<i16, Why> {
    let read = text.split_once(':').and_then(|(hour, minute)| {
        let two = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        let (hour, minute): (i16, i16) = (two(hour) && two(minute))
            .then(|| hour.parse().ok().zip(minute.parse().ok()))
            .flatten()?;
        (minute < 60).then_some(hour * 60 + minute).filter(|all| *all <= 24 * 60)
    });
    read.ok_or_else(|| Why::new("minute.form", "a time of the day is written 09:30"))
}

/// Days of `mon-fri sun`.
fn weekdays(text: &str) -> std::result::Result<i16, Why> {
    let day = |text: &str| DAYS.iter().find(|(name, _)| *name == text).map(|(_, no)| *no);
    let read = text.split_whitespace().try_fold(0_i16, |bits, part| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (day(from)?, day(to)?);
        (from <= to).then(|| (from..=to).fold(bits, |bits, day| bits | (1 << day)))
    });
    let form = "days are written mon-fri sat, from mon to sun";
    read.ok_or_else(|| Why::new("weekdays.form", form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_as_people_write_them() {
        assert_eq!(weekdays("mon-fri"), Ok(0b001_1111));
        assert_eq!(weekdays("sat mon"), Ok(0b010_0001));
        assert_eq!(weekdays("mon-sun"), Ok(0b111_1111));
        for wrong in ["fri-mon", "monday", "mon,tue", "-"] {
            assert_eq!(weekdays(wrong).unwrap_err().code, "weekdays.form", "{wrong}");
        }
        assert_eq!(minute("09:30"), Ok(570));
        assert_eq!(minute("24:00"), Ok(1440));
        for wrong in ["9:30", "24:01", "10:60", "10", "ab:cd", "+1:00"] {
            assert_eq!(minute(wrong).unwrap_err().code, "minute.form", "{wrong}");
        }
        assert_eq!(desks("4"), Ok(4));
        assert_eq!(desks("-1").unwrap_err().code, "desks.number");
    }
}
