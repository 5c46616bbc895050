//! Exposure lists: which lines leaked which items.

use chrono::{DateTime, Utc};
use simrecall_core::cohort::{FactSet, Item, ItemSet};
use simrecall_core::identity::{Imei, Imsi, Msisdn};

use super::cells::{Cells, Why, personal, reference, time, word};
use super::{Column, Row};

/// How sure the source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The items may have leaked.
    Possible,
    /// The items leaked.
    Confirmed,
}

/// One exposed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposureRow {
    /// Where it stands in its file; the header is row 1.
    pub row_no: u64,
    /// The carrier's reference of the line.
    pub line_ref: String,
    /// Its number at the time.
    pub msisdn: Option<Msisdn>,
    /// Its subscriber identity at the time.
    pub imsi: Option<Imsi>,
    /// The device it was in; left out if the file has it wrong.
    pub imei: Option<Imei>,
    /// What leaked.
    pub items: ItemSet,
    /// How sure that is.
    pub certainty: Certainty,
    /// When it leaked: the exposure belongs to the line as it was then.
    pub exposed_at: DateTime<Utc>,
}

impl ExposureRow {
    /// The facts this row states.
    pub const fn facts(&self) -> FactSet {
        match self.certainty {
            Certainty::Possible => FactSet::new(self.items, ItemSet::EMPTY),
            Certainty::Confirmed => FactSet::new(ItemSet::EMPTY, self.items),
        }
    }
}

impl Row for ExposureRow {
    const COLUMNS: &'static [Column] = &[
        Column::text("line"),
        Column::plain("msisdn"),
        Column::plain("imsi"),
        Column::plain("imei"),
        Column::plain("items"),
        Column::plain("certainty"),
        Column::plain("exposed_at"),
    ];

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let line_ref = cells.required(0, reference);
        let msisdn = cells.optional(1, personal);
        let imsi = cells.optional(2, personal);
        let imei = cells.lenient(3, personal);
        let items = cells.required(4, items);
        let certainty = cells.required(5, |text| {
            word(text, &[("possible", Certainty::Possible), ("confirmed", Certainty::Confirmed)])
        });
        let exposed_at = cells.required(6, time);
        Some(Self {
            row_no: cells.row_no(),
            line_ref: line_ref?,
            msisdn,
            imsi,
            imei,
            items: items?,
            certainty: certainty?,
            exposed_at: exposed_at?,
        })
    }
}

/// Reads `imsi;imei`.
fn items(text: &str) -> Result<ItemSet, Why> {
    let read = |word: &str| {
        Item::parse(word.trim())
            .map_err(|error| Why { code: "items.word", text: error.to_string() })
    };
    text.split(';').map(read).collect()
}
