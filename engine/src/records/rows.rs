//! The three kinds of record, read quickly and read with care.

use simrecall_core::cohort::{Certainty, Item, ItemSet};
use simrecall_core::derive::{Micros, Span, Window};
use simrecall_core::identity::{Imei, Imsi, Msisdn};

use super::kind::{Held, Kind, Room, Value};
use super::{AttachRow, PaymentRow, quick};
use crate::csv_rows::cells::{personal, reference, time, word};
use crate::csv_rows::exposure::items;
use crate::csv_rows::{Cells as ListCells, Column, Row, Why};

/// What a cell can read of a card that comes by.
const READABLE: [Item; 5] =
    [Item::Imsi, Item::Imei, Item::Msisdn, Item::Location, Item::CallRecord];
/// The end of a window that has none.
const END_OF_TIME: Micros = Micros(i64::MAX);

/// Attach records.
#[derive(Debug)]
pub(super) struct Attach;

/// Payments.
#[derive(Debug)]
pub(super) struct Payment;

/// Windows of rogue cells.
#[derive(Debug)]
pub(super) struct Cells;

impl Kind for Attach {
    type Row<'a> = AttachRow<'a>;
    type Careful = CarefulAttach;
    const HELD: &'static [Held] = &[Held::Text, Held::Text, Held::Text, Held::Time, Held::Time];
    const WANTED: usize = 2;
    const BEGINS: usize = 3;

    fn quick<'a>(values: &[Value<'a>], room: &'a mut Room) -> Option<AttachRow<'a>> {
        let [imsi, imei, cell, start, end] = *values.first_chunk()?;
        let (start, end) = (quick::time(start)?, quick::time_or_none(end)?);
        if end.is_some_and(|end| end < start) {
            return None;
        }
        Some(AttachRow {
            imsi: quick::imsi(imsi)?,
            imei: quick::imei(imei, &mut room.imei)?,
            cell: quick::word(cell)?.as_bytes(),
            start,
            end,
        })
    }

    fn view(careful: &CarefulAttach) -> AttachRow<'_> {
        AttachRow {
            imsi: careful.imsi.expose(),
            imei: careful.imei.as_ref().map(Imei::expose),
            cell: careful.cell.as_bytes(),
            start: careful.start,
            end: careful.end,
        }
    }

    fn word<'a>(row: &'a AttachRow<'_>) -> &'a [u8] {
        row.cell
    }

    fn begins(row: &AttachRow<'_>) -> Micros {
        row.start
    }
}

/// An attach record, read with care.
pub(super) struct CarefulAttach {
    imsi: Imsi,
    imei: Option<Imei>,
    cell: String,
    start: Micros,
    end: Option<Micros>,
}

impl Row for CarefulAttach {
    const COLUMNS: &'static [Column] = &[
        Column::plain("imsi"),
        Column::plain("imei"),
        Column::text("cell"),
        Column::plain("start"),
        Column::plain("end"),
    ];

    fn read(cells: &mut ListCells<'_>) -> Option<Self> {
        let imsi = cells.required(0, personal);
        let imei = cells.lenient(1, |text| Imei::recorded(text).map_err(Why::from));
        let cell = cells.required(2, reference);
        let start = cells.required(3, time).map(Micros::from);
        let end = cells.optional(4, time).map(Micros::from);
        if start.zip(end).is_some_and(|(start, end)| end < start) {
            cells.refuse(4, Why::new("end.order", "end must not be earlier than start"));
        }
        Some(Self { imsi: imsi?, imei, cell: cell?, start: start?, end })
    }
}

impl Kind for Payment {
    type Row<'a> = PaymentRow<'a>;
    type Careful = CarefulPayment;
    const HELD: &'static [Held] = &[Held::Text, Held::Time, Held::Whole, Held::Text];
    const WANTED: usize = 3;
    const BEGINS: usize = 1;

    fn quick<'a>(values: &[Value<'a>], room: &'a mut Room) -> Option<PaymentRow<'a>> {
        let [msisdn, at, amount, method] = *values.first_chunk()?;
        Some(PaymentRow {
            msisdn: quick::msisdn(msisdn, &mut room.msisdn)?,
            at: quick::time(at)?,
            amount_won: quick::won(amount)?,
            method: quick::word(method)?,
        })
    }

    fn view(careful: &CarefulPayment) -> PaymentRow<'_> {
        PaymentRow {
            msisdn: careful.msisdn.expose(),
            at: careful.at,
            amount_won: careful.amount_won,
            method: &careful.method,
        }
    }

    fn word<'a>(row: &'a PaymentRow<'_>) -> &'a [u8] {
        row.method.as_bytes()
    }

    fn begins(row: &PaymentRow<'_>) -> Micros {
        row.at
    }
}

/// A payment, read with care.
pub(super) struct CarefulPayment {
    msisdn: Msisdn,
    at: Micros,
    amount_won: u64,
    method: String,
}

impl Row for CarefulPayment {
    const COLUMNS: &'static [Column] = &[
        Column::plain("msisdn"),
        Column::plain("at"),
        Column::plain("amount_won"),
        Column::text("method"),
    ];

    fn read(cells: &mut ListCells<'_>) -> Option<Self> {
        let msisdn = cells.required(0, personal);
        let at = cells.required(1, time).map(Micros::from);
        let amount_won = cells.required(2, won);
        let method = cells.required(3, reference);
        Some(Self { msisdn: msisdn?, at: at?, amount_won: amount_won?, method: method? })
    }
}

impl Kind for Cells {
    type Row<'a> = &'a Window;
    type Careful = CarefulWindow;
    const HELD: &'static [Held] = &[];
    const WANTED: usize = 0;
    const BEGINS: usize = 1;

    /// There are too few of them to hurry.
    fn quick<'a>(_: &[Value<'a>], _: &'a mut Room) -> Option<&'a Window> {
        None
    }

    fn view(careful: &CarefulWindow) -> &Window {
        &careful.0
    }

    fn word<'a>(row: &'a &Window) -> &'a [u8] {
        row.cell.as_bytes()
    }

    fn begins(row: &&Window) -> Micros {
        row.span.from
    }
}

/// A window, read with care.
pub(super) struct CarefulWindow(Window);

impl Row for CarefulWindow {
    const COLUMNS: &'static [Column] = &[
        Column::text("cell"),
        Column::plain("from"),
        Column::plain("to"),
        Column::plain("reads"),
        Column::plain("certainty"),
    ];

    fn read(cells: &mut ListCells<'_>) -> Option<Self> {
        let cell = cells.required(0, reference);
        let from = cells.required(1, time).map(Micros::from);
        let to = cells.optional(2, time).map_or(END_OF_TIME, Micros::from);
        let reads = cells.required(3, reads);
        let certainty = cells.required(4, certainty);
        if from.is_some_and(|from| to <= from) {
            cells.refuse(2, Why::new("to.order", "to must be later than from"));
        }
        let span = Span { from: from?, to };
        Some(Self(Window { cell: cell?, span, reads: reads?, certainty: certainty? }))
    }
}

fn reads(text: &str) -> Result<ItemSet, Why> {
    let set = items(text)?;
    if set.iter().all(|item| READABLE.contains(&item)) {
        return Ok(set);
    }
    let known: Vec<&str> = READABLE.iter().map(|item| item.code()).collect();
    let text = format!("not what a cell can read; that is {}", known.join(", "));
    Err(Why { code: "reads.item", text })
}

fn certainty(text: &str) -> Result<Certainty, Why> {
    word(text, &Certainty::ALL.map(|one| (one.code(), one)))
}

fn won(text: &str) -> Result<u64, Why> {
    quick::won(Value::Text(text.as_bytes())).ok_or_else(|| {
        Why::new("amount.form", "an amount is written in whole won, digits alone: 11000")
    })
}
