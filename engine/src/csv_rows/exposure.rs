//! Exposure lists: which lines leaked which items.

use chrono::{DateTime, Utc};
use simrecall_core::cohort::{Certainty, FactSet, Item, ItemSet};
use simrecall_core::identity::{Imei, Imsi, Msisdn};

use super::cells::{Cells, Why, personal, reference, time, word};
use super::{Column, Row};

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
    /// What may have leaked besides.
    pub possible: ItemSet,
    /// When it leaked: the exposure belongs to the line as it was then.
    pub exposed_at: DateTime<Utc>,
}

impl ExposureRow {
    /// The facts this row states.
    pub const fn facts(&self) -> FactSet {
        self.certainty.of(self.items).union(Certainty::Possible.of(self.possible))
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
        Column::last("possible"),
    ];

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let line_ref = cells.required(0, reference);
        let msisdn = cells.optional(1, personal);
        rest(cells, line_ref, msisdn)
    }
}

/// A line on evidence from outside. Whoever it comes from may know no reference of ours, only a number: then the reference
/// is empty, and the number is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow(pub ExposureRow);

impl From<EvidenceRow> for ExposureRow {
    fn from(row: EvidenceRow) -> Self {
        row.0
    }
}

impl Row for EvidenceRow {
    const COLUMNS: &'static [Column] = ExposureRow::COLUMNS;

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let msisdn = cells.optional(1, personal);
        let line_ref = if msisdn.is_some() {
            cells.optional(0, reference).or_else(|| Some(String::new()))
        } else {
            cells.required(0, reference)
        };
        rest(cells, line_ref, msisdn).map(Self)
    }
}

/// The cells behind the number.
fn rest(
    cells: &mut Cells<'_>,
    line_ref: Option<String>,
    msisdn: Option<Msisdn>,
) -> Option<ExposureRow> {
    let imsi = cells.optional(2, personal);
    // A list may come from the network itself, which records the software's version too.
    let imei = cells.lenient(3, |text| Imei::recorded(text).map_err(Why::from));
    let possible = cells.optional(7, items);
    let (items, certainty) = said(cells, possible.is_some());
    let exposed_at = cells.required(6, time);
    Some(ExposureRow {
        row_no: cells.row_no(),
        line_ref: line_ref?,
        msisdn,
        imsi,
        imei,
        items: items?,
        certainty: certainty?,
        possible: possible.unwrap_or_default(),
        exposed_at: exposed_at?,
    })
}

/// The items and how sure they are. A row that says what is possible besides may say nothing else.
fn said(cells: &mut Cells<'_>, besides: bool) -> (Option<ItemSet>, Option<Certainty>) {
    let certainty = |text: &str| word(text, &Certainty::ALL.map(|one| (one.code(), one)));
    if !besides {
        return (cells.required(4, items), cells.required(5, certainty));
    }
    if let Some(items) = cells.optional(4, items) {
        return (Some(items), cells.required(5, certainty));
    }
    let certainty = cells.optional(5, certainty).unwrap_or(Certainty::Possible);
    (Some(ItemSet::EMPTY), Some(certainty))
}

/// Reads `imsi;imei`.
pub(crate) fn items(text: &str) -> Result<ItemSet, Why> {
    let read = |word: &str| {
        Item::parse(word.trim())
            .map_err(|error| Why { code: "items.word", text: error.to_string() })
    };
    text.split(';').map(read).collect()
}
