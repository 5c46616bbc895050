//! Reading the records: what is kept of them goes, under blind keys, into a shuffle.

use std::collections::BTreeSet;
use std::path::PathBuf;

use simrecall_core::derive::{Span, WindowNo};
use simrecall_store::seal::Field;

use super::ask::Ask;
use super::met::encounters;
use super::row::{Device, Paid, Payment, Seen};
use super::shuffle::{Shuffle, Sink};
use super::watch::{Pass, Shown};
use crate::problem::{Problem, Result};
use crate::records::{AttachRow, FileFacts, Meter, PaymentRow, read_attach, read_payments};

/// What was kept of the attach records.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) seen: Shuffle<Seen>,
    pub(super) files: Vec<FileFacts>,
    /// Rogue cells that no record names.
    pub(super) silent: Vec<String>,
}

/// What was kept of the payments.
#[derive(Debug)]
pub(super) struct Payments {
    pub(super) paid: Shuffle<Paid>,
    pub(super) files: Vec<FileFacts>,
}

/// Reads attach records, and keeps those of which some rule set says something.
pub(super) fn attach(ask: &Ask<'_>, files: &[PathBuf], shown: &mut Shown<'_>) -> Result<Attached> {
    let seen = Shuffle::new(&ask.home.dir)?;
    let meter = Meter::of(files)?;
    let wanted = |cell: &[u8]| ask.windows.of(cell).is_some();
    let start = || Reading { sink: seen.sink(), cells: BTreeSet::new(), met: Vec::new() };
    let read = || {
        let hit = |state: &mut Reading<'_>, row: &AttachRow<'_>| state.add(ask, row);
        let (states, files) = read_attach(files, &wanted, start, hit, &meter)?;
        let mut named = BTreeSet::new();
        for state in states {
            named.extend(state.cells);
            state.sink.close()?;
        }
        Ok::<_, Problem>((named, files))
    };
    let count = || (meter.bytes(), meter.rows());
    let done = shown.read(Pass::Attach, meter.bytes_in_all(), &count, read);
    let (named, files) = done.ok_or_else(fell)??;
    shown.keep(seen.rows());
    let silent = ask
        .windows
        .cells()
        .filter(|cell| cell_no(ask, cell).is_some_and(|no| !named.contains(&no)));
    let silent = silent.map(str::to_owned).collect();
    Ok(Attached { seen, files, silent })
}

/// Reads payments, and keeps those by a method that counts at a time at which they may be a loss.
pub(super) fn payments(
    ask: &Ask<'_>,
    files: &[PathBuf],
    payable: Option<Span>,
    shown: &mut Shown<'_>,
) -> Result<Payments> {
    let paid = Shuffle::new(&ask.home.dir)?;
    let meter = Meter::of(files)?;
    let method = |word: &[u8]| std::str::from_utf8(word).ok().and_then(|word| ask.methods.no(word));
    let wanted = |word: &[u8]| method(word).is_some();
    let read = || {
        let hit = |sink: &mut Sink<'_, Paid>, row: &PaymentRow<'_>| {
            let (Some(method), true) =
                (method(row.method.as_bytes()), payable.is_some_and(|span| span.contains(row.at)))
            else {
                return Ok(());
            };
            let msisdn = ask.keys.blind(Field::Msisdn, row.msisdn);
            let payment = Payment { at: row.at, amount_won: row.amount_won, method };
            sink.push(&Paid { msisdn, payment })
        };
        let (sinks, files) = read_payments(files, &wanted, || paid.sink(), hit, &meter)?;
        sinks.into_iter().try_for_each(Sink::close)?;
        Ok::<_, Problem>(files)
    };
    let count = || (meter.bytes(), meter.rows());
    let done = shown.read(Pass::Payments, meter.bytes_in_all(), &count, read);
    let files = done.ok_or_else(fell)??;
    shown.keep(paid.rows());
    Ok(Payments { paid, files })
}

/// One thread that reads attach records.
struct Reading<'a> {
    sink: Sink<'a, Seen>,
    cells: BTreeSet<WindowNo>,
    met: Vec<simrecall_core::derive::Encounter>,
}

impl Reading<'_> {
    fn add(&mut self, ask: &Ask<'_>, row: &AttachRow<'_>) -> Result<()> {
        let first = ask.windows.of(row.cell).and_then(|cell| cell.iter().next());
        let Some(cell) = first.map(|window| window.no) else { return Ok(()) };
        self.cells.insert(cell);
        let mut seen = Seen {
            imsi: [0; 16],
            cell,
            start: row.start,
            end: row.end,
            imei: Device::of(row.imei),
        };
        self.met.clear();
        for (set, _) in ask.numbered() {
            encounters(ask, set, &seen, &mut self.met);
        }
        if self.met.is_empty() {
            return Ok(());
        }
        seen.imsi = ask.keys.blind(Field::Imsi, row.imsi);
        self.sink.push(&seen)
    }
}

fn cell_no(ask: &Ask<'_>, cell: &str) -> Option<WindowNo> {
    ask.windows.of(cell.as_bytes())?.iter().next().map(|window| window.no)
}

fn fell() -> Problem {
    Problem::ours("records", "the reading of the records fell over")
}
