//! A row of a list of changes.

use chrono::{DateTime, Utc};
use simrecall_core::identity::{Iccid, Imsi, Msisdn};

use crate::csv_rows::cells::{personal, reference, time};
use crate::csv_rows::{Cells, Column, Row, Why};

/// The most that a card costs, in won: what is more is a slip of the keyboard.
const MOST_WON: u64 = 100_000;

/// Why a row is refused: its column, a word that never changes, the same in plain words.
pub(super) type Against = (&'static str, &'static str, &'static str);

/// The same line twice in one list.
pub(super) const TWICE: Against =
    ("number", "number.twice", "an earlier row is about this line, too");

/// `number,completed_at,new_imsi,new_iccid,paid_won,agency`; the last four may be empty.
pub(super) struct ElsewhereRow {
    pub(super) row_no: u64,
    pub(super) number: Msisdn,
    pub(super) completed_at: DateTime<Utc>,
    pub(super) new_imsi: Option<Imsi>,
    pub(super) new_iccid: Option<Iccid>,
    pub(super) paid_won: Option<u64>,
    pub(super) agency: Option<String>,
}

impl Row for ElsewhereRow {
    const COLUMNS: &'static [Column] = &[
        Column::plain("number"),
        Column::plain("completed_at"),
        Column::plain("new_imsi"),
        Column::plain("new_iccid"),
        Column::plain("paid_won"),
        Column::text("agency"),
    ];

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let number = cells.required(0, personal);
        let completed_at = cells.required(1, time);
        Some(Self {
            row_no: cells.row_no(),
            new_imsi: cells.optional(2, personal),
            new_iccid: cells.optional(3, personal),
            paid_won: cells.optional(4, won).filter(|won| *won > 0),
            agency: cells.optional(5, reference),
            number: number?,
            completed_at: completed_at?,
        })
    }
}

fn won(text: &str) -> Result<u64, Why> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let read = text.parse().ok().filter(|won| plain && *won <= MOST_WON);
    read.ok_or_else(|| {
        Why::new("won.number", "what was paid is a whole number of won, 0 to 100000")
    })
}
