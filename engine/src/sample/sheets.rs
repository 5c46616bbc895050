//! The files, written side by side while the people pass.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use simrecall_core::cohort::{Certainty, Item, ItemSet};

use super::dice::Dice;
use super::life::{Answer, Life};
use super::lines::{Card, Line, Numbering, exposed_at};
use super::network::Recorded;
use super::people::{Person, Subscriber};
use super::{SampleCounts, SampleFiles, SamplePlan, StageCounts};
use crate::csv_rows::{ExposureRow, LineRow, Row, SubscriberRow};
use crate::problem::{self, Result};

/// The kind of bad row that is a usable one with a wrong IMEI.
const WRONG_IMEI: u64 = 5;
/// Columns of an exposure list that does not say what is possible besides; with records there is one more.
const EXPOSURE_CELLS: usize = 7;

/// One file being written.
struct Sheet {
    path: PathBuf,
    out: BufWriter<File>,
}

/// All files of a sample.
pub(super) struct Sheets {
    dice: Dice,
    numbering: Numbering,
    subscribers: Sheet,
    lines: Sheet,
    exposures: Vec<Exposures>,
    counts: SampleCounts,
    /// Whether the lists say what is possible besides.
    besides: bool,
}

/// One exposure list, with the bad rows it still owes.
struct Exposures {
    sheet: Sheet,
    planned: StageCounts,
    made: StageCounts,
}

impl Sheets {
    pub(super) fn create(plan: &SamplePlan, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| problem::file(folder, error))?;
        let besides = plan.records.is_some();
        let width = EXPOSURE_CELLS + usize::from(besides);
        let exposures = plan.stages.iter().zip(1..).map(|(stage, number)| {
            let name = format!("exposure-r{number}.csv");
            let sheet = Sheet::create::<ExposureRow>(folder, &name, width)?;
            let (lines, people, bad_rows) = (stage.lines, stage.people, plan.bad_rows);
            let planned = StageCounts { lines, people, bad_rows, ..StageCounts::default() };
            Ok(Exposures { sheet, planned, made: StageCounts::default() })
        });
        Ok(Self {
            dice: Dice::new(plan.seed),
            numbering: Numbering::new(plan),
            subscribers: Sheet::create::<SubscriberRow>(folder, "subscribers.csv", usize::MAX)?,
            lines: Sheet::create::<LineRow>(folder, "lines.csv", usize::MAX)?,
            exposures: exposures.collect::<Result<_>>()?,
            counts: SampleCounts::default(),
            besides,
        })
    }

    /// Writes one person into every list they belong to; with records, by what happened to their lines.
    pub(super) fn add(&mut self, person: &Person, lives: &[Life]) -> Result<()> {
        self.add_subscriber(&person.subscriber)?;
        for line in &person.lines {
            self.add_line(&person.subscriber, line)?;
        }
        if let Some((companion, line)) = &person.companion {
            self.add_subscriber(companion)?;
            self.add_line(companion, line)?;
        }
        self.add_exposures(person, lives)?;
        self.count(person);
        Ok(())
    }

    pub(super) fn finish(self, recorded: Option<Recorded>) -> Result<SampleFiles> {
        let mut counts = self.counts;
        let mut exposures = Vec::new();
        let (mut records, mut unresolved) = (None, Vec::new());
        if let Some(recorded) = recorded {
            counts.records = Some(recorded.counts);
            records = Some(recorded.files);
            unresolved = recorded.unresolved;
        }
        let mut unresolved = unresolved.into_iter();
        for list in self.exposures {
            let unresolved = unresolved.next().unwrap_or(0);
            counts.stages.push(StageCounts { unresolved, ..list.made });
            exposures.push(list.sheet.finish()?);
        }
        Ok(SampleFiles {
            subscribers: self.subscribers.finish()?,
            lines: self.lines.finish()?,
            exposures,
            records,
            counts,
        })
    }

    fn add_subscriber(&mut self, subscriber: &Subscriber) -> Result<()> {
        let Subscriber { kind, name, birth_date, language, brand, .. } = subscriber;
        let (postcode, address) = subscriber.address.clone().unwrap_or_default();
        self.counts.subscribers += 1;
        self.subscribers.row(&[
            &subscriber.reference,
            kind.name(),
            name,
            &birth_date.map_or_else(String::new, |day| day.to_string()),
            language.tag(),
            brand,
            subscriber.email.as_deref().unwrap_or_default(),
            &postcode,
            &address,
            subscriber.guardian.as_deref().unwrap_or_default(),
            subscriber.contact.as_deref().unwrap_or_default(),
            "",
        ])
    }

    /// A line is there once for each card it had.
    fn add_line(&mut self, holder: &Subscriber, line: &Line) -> Result<()> {
        let Some(changed) = line.changed else {
            return self.add_period(holder, line, Card::First);
        };
        let first = Line { held_to: Some(changed), ..line.clone() };
        self.add_period(holder, &first, Card::First)?;
        self.add_period(holder, &Line { held_from: changed, ..line.clone() }, Card::Second)
    }

    fn add_period(&mut self, holder: &Subscriber, line: &Line, card: Card) -> Result<()> {
        self.counts.lines += 1;
        self.lines.row(&[
            &reference(line),
            &holder.reference,
            &self.numbering.msisdn(line.number),
            &format!("{:015}", self.numbering.imsi(line.no, card)),
            &self.numbering.iccid(line.no, card).to_string(),
            if line.data { "data" } else { "voice" },
            &korean_time(line.held_from),
            &line.held_to.map_or_else(String::new, korean_time),
        ])
    }

    fn add_exposures(&mut self, person: &Person, lives: &[Life]) -> Result<()> {
        let (numbering, besides) = (self.numbering, self.besides);
        for (stage, list) in self.exposures.iter_mut().enumerate() {
            for (at, line) in person.lines.iter().enumerate() {
                let answer = match lives.get(at) {
                    Some(life) => life.answers.get(stage).copied().flatten(),
                    None => unrecorded(line, stage, self.dice),
                };
                if let Some(answer) = answer {
                    list.add(&ExposedRow { line, answer, numbering, besides })?;
                }
            }
            list.made.people += u64::from(person.stage.is_some_and(|first| first <= stage));
        }
        Ok(())
    }

    fn count(&mut self, person: &Person) {
        if person.stage.is_none() {
            return;
        }
        let company = person.subscriber.birth_date.is_none();
        self.counts.children += u64::from(person.child);
        self.counts.companies += u64::from(company);
        self.counts.data_only += u64::from(person.lines.iter().all(|line| line.data));
        let given_up = person.lines.iter().filter(|line| line.held_to.is_some()).count();
        self.counts.recycled += u64::try_from(given_up).unwrap_or(0);
    }
}

/// What a list says where there are no records.
fn unrecorded(line: &Line, stage: usize, dice: Dice) -> Option<Answer> {
    line.stage.filter(|first| *first <= stage)?;
    let imsi = ItemSet::EMPTY.with(Item::Imsi);
    let all = imsi.with(Item::Imei).with(Item::Msisdn);
    let facts = Certainty::Confirmed.of(if stage == 0 { imsi } else { all });
    Some(Answer { facts, at: exposed_at(dice, line.no).timestamp_micros() })
}

/// A line in one list.
struct ExposedRow<'a> {
    line: &'a Line,
    answer: Answer,
    numbering: Numbering,
    besides: bool,
}

impl ExposedRow<'_> {
    fn cells(&self, imei: String) -> Vec<String> {
        let Answer { facts, at } = self.answer;
        let exposed_at = DateTime::from_timestamp_micros(at).unwrap_or_default();
        let imsi = self.numbering.imsi(self.line.no, self.line.card(exposed_at));
        let (items, certainty, besides) = if self.is_possible() {
            (facts.possible(), Certainty::Possible, ItemSet::EMPTY)
        } else {
            (facts.confirmed(), Certainty::Confirmed, facts.possible())
        };
        let mut cells = vec![
            reference(self.line),
            self.numbering.msisdn(self.line.number),
            format!("{imsi:015}"),
            imei,
            items_text(items),
            certainty.code().to_owned(),
            korean_time(exposed_at),
        ];
        cells.extend(self.besides.then(|| items_text(besides)));
        cells
    }

    fn is_possible(&self) -> bool {
        self.answer.facts.confirmed().is_empty()
    }

    /// Whether it says anything of an item.
    fn knows(&self, item: Item) -> bool {
        let facts = self.answer.facts;
        facts.confirmed().union(facts.possible()).contains(item)
    }
}

/// Items as lists have them: what was read of the card, of the device, the number, and the rest.
fn items_text(items: ItemSet) -> String {
    let first = [Item::Imsi, Item::Imei, Item::Msisdn];
    let rest = items.iter().filter(|item| !first.contains(item));
    let all = first.into_iter().filter(|item| items.contains(*item)).chain(rest);
    all.map(Item::code).collect::<Vec<_>>().join(";")
}

impl Exposures {
    /// Writes a line, and the bad row that may be due by now.
    fn add(&mut self, row: &ExposedRow<'_>) -> Result<()> {
        self.made.lines += 1;
        self.made.possible += u64::from(row.is_possible());
        self.made.losses += u64::from(row.answer.facts.confirmed().contains(Item::PaymentLoss));
        let StageCounts { lines, bad_rows, .. } = self.planned;
        let due = u128::from(self.made.lines) * u128::from(bad_rows) / u128::from(lines.max(1));
        let bad = (due > u128::from(self.made.bad_rows)).then_some(self.made.bad_rows % 6);
        let imei = match bad {
            Some(WRONG_IMEI) => row.numbering.wrong_imei(row.line.no).to_string(),
            _ if row.knows(Item::Imei) => row.numbering.imei(row.line.no).to_string(),
            _ => String::new(),
        };
        self.sheet.cells(&row.cells(imei))?;
        let Some(kind) = bad else { return Ok(()) };
        self.made.bad_rows += 1;
        if kind == WRONG_IMEI {
            return Ok(());
        }
        self.sheet.cells(&bad_row(row, kind, self.made.bad_rows))
    }
}

/// A row that cannot be used, about a line that is not there.
fn bad_row(row: &ExposedRow<'_>, kind: u64, number: u64) -> Vec<String> {
    let mut cells = row.cells(row.numbering.imei(row.line.no).to_string());
    let mut set = |at: usize, value: String| {
        if let Some(cell) = cells.get_mut(at) {
            *cell = value;
        }
    };
    set(0, format!("X{number:09}"));
    match kind {
        0 => set(1, "010-1234-567".to_owned()),
        1 => set(0, "=HYPERLINK(\"x\")".to_owned()),
        2 => set(6, "2025-09-31 25:00".to_owned()),
        3 => set(4, "imsi;colour".to_owned()),
        _ => drop(cells.remove(3)),
    }
    cells
}

impl Sheet {
    /// A file with the first `width` columns of its kind, or all of them if there are no more.
    fn create<T: Row>(folder: &Path, name: &str, width: usize) -> Result<Self> {
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&path);
        let file = file.map_err(|error| problem::file(&path, error))?;
        let mut sheet = Self { path, out: BufWriter::new(file) };
        let header: Vec<&str> = T::COLUMNS.iter().take(width).map(|column| column.name).collect();
        sheet.row(&header)?;
        Ok(sheet)
    }

    fn cells(&mut self, cells: &[String]) -> Result<()> {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        self.row(&cells)
    }

    fn row(&mut self, cells: &[&str]) -> Result<()> {
        self.try_row(cells).map_err(|error| problem::file(&self.path, error))
    }

    fn try_row(&mut self, cells: &[&str]) -> io::Result<()> {
        for (at, cell) in cells.iter().enumerate() {
            let comma: &[u8] = if at == 0 { b"" } else { b"," };
            self.out.write_all(comma)?;
            self.out.write_all(quoted(cell).as_bytes())?;
        }
        self.out.write_all(b"\r\n")
    }

    fn finish(mut self) -> Result<PathBuf> {
        self.out.flush().map_err(|error| problem::file(&self.path, error))?;
        Ok(self.path)
    }
}

fn quoted(cell: &str) -> Cow<'_, str> {
    if cell.contains([',', '"', '\r', '\n']) {
        Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(cell)
    }
}

fn reference(line: &Line) -> String {
    format!("L{:010}", line.no)
}

fn korean_time(at: DateTime<Utc>) -> String {
    let hours = chrono::FixedOffset::east_opt(9 * 3600);
    match hours {
        Some(korea) => at.with_timezone(&korea).to_rfc3339_opts(SecondsFormat::AutoSi, false),
        None => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    }
}
