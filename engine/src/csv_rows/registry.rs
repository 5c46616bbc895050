//! The registry: who there is, and who held which line from when to when.

use chrono::{DateTime, NaiveDate, Utc};
use simrecall_core::identity::{EmailAddress, Iccid, Imsi, Msisdn, PersonName, PostalAddress};
use simrecall_core::notice::Language;
use simrecall_core::subscriber::{Service, SubscriberKind};

use super::cells::{Cells, Why, day, personal, reference, time, word};
use super::{Column, Row};

/// One person or company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriberRow {
    /// Where it stands in its file; the header is row 1.
    pub row_no: u64,
    /// The carrier's reference of the subscriber.
    pub subscriber_ref: String,
    /// Person or company.
    pub kind: SubscriberKind,
    /// The name.
    pub name: PersonName,
    /// The date of birth.
    pub birth_date: Option<NaiveDate>,
    /// The language they chose.
    pub language: Language,
    /// The brand they are with: the carrier's own or a virtual operator's.
    pub brand: String,
    /// The e-mail address.
    pub email: Option<EmailAddress>,
    /// The postal address; needs both the `postcode` and the `address` column.
    pub address: Option<PostalAddress>,
    /// A child's guardian, as a subscriber reference.
    pub guardian_ref: Option<String>,
    /// A company's contact, as a subscriber reference.
    pub contact_ref: Option<String>,
    /// Whose law holds for them (ISO 3166-1, two capitals); absent for the carrier's own country.
    pub country: Option<String>,
}

/// One line over one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    /// Where it stands in its file; the header is row 1.
    pub row_no: u64,
    /// The carrier's reference of the line.
    pub line_ref: String,
    /// The subscriber who held it.
    pub subscriber_ref: String,
    /// Its number.
    pub msisdn: Msisdn,
    /// Its subscriber identity.
    pub imsi: Option<Imsi>,
    /// Its card.
    pub iccid: Option<Iccid>,
    /// Whether it can take a call and a message.
    pub service: Service,
    /// From when they held it.
    pub held_from: DateTime<Utc>,
    /// Until when; empty if they still do.
    pub held_to: Option<DateTime<Utc>>,
}

impl Row for SubscriberRow {
    const COLUMNS: &'static [Column] = &[
        Column::text("subscriber"),
        Column::plain("kind"),
        Column::text("name"),
        Column::plain("birth_date"),
        Column::plain("language"),
        Column::text("brand"),
        Column::text("email"),
        Column::plain("postcode"),
        Column::text("address"),
        Column::text("guardian"),
        Column::text("contact"),
        Column::last("country"),
    ];

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let subscriber_ref = cells.required(0, reference);
        let kind = cells.required(1, |text| {
            word(text, &[("person", SubscriberKind::Person), ("company", SubscriberKind::Company)])
        });
        let name = cells.required(2, personal);
        let birth_date = cells.optional(3, day);
        let language = cells.required(4, language);
        let brand = cells.required(5, reference);
        let email = cells.optional(6, personal);
        let address = address(cells);
        let guardian_ref = cells.optional(9, reference);
        let contact_ref = cells.optional(10, reference);
        let country = cells.optional(11, country);
        Some(Self {
            row_no: cells.row_no(),
            subscriber_ref: subscriber_ref?,
            kind: kind?,
            name: name?,
            birth_date,
            language: language?,
            brand: brand?,
            email,
            address,
            guardian_ref,
            contact_ref,
            country,
        })
    }
}

/// Two capital letters.
fn country(text: &str) -> Result<String, Why> {
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        return Ok(text.to_owned());
    }
    Err(Why::new("country.form", "a country is two capital letters, such as KR or US"))
}

impl Row for LineRow {
    const COLUMNS: &'static [Column] = &[
        Column::text("line"),
        Column::text("subscriber"),
        Column::plain("msisdn"),
        Column::plain("imsi"),
        Column::plain("iccid"),
        Column::plain("service"),
        Column::plain("held_from"),
        Column::plain("held_to"),
    ];

    fn read(cells: &mut Cells<'_>) -> Option<Self> {
        let line_ref = cells.required(0, reference);
        let subscriber_ref = cells.required(1, reference);
        let msisdn = cells.required(2, personal);
        let imsi = cells.optional(3, personal);
        let iccid = cells.optional(4, personal);
        let service = cells
            .required(5, |text| word(text, &[("voice", Service::Voice), ("data", Service::Data)]));
        let held_from = cells.required(6, time);
        let held_to = cells.optional(7, time);
        if held_from.zip(held_to).is_some_and(|(from, to)| to <= from) {
            cells.refuse(7, Why::new("held_to.order", "held_to must be later than held_from"));
        }
        Some(Self {
            row_no: cells.row_no(),
            line_ref: line_ref?,
            subscriber_ref: subscriber_ref?,
            msisdn: msisdn?,
            imsi,
            iccid,
            service: service?,
            held_from: held_from?,
            held_to,
        })
    }
}

fn language(text: &str) -> Result<Language, Why> {
    Language::parse(text).map_err(|error| Why { code: "language.word", text: error.to_string() })
}

/// Two columns make one address. Line breaks inside the cell are its lines.
fn address(cells: &mut Cells<'_>) -> Option<PostalAddress> {
    let postcode = cells.optional(7, |text| Ok(text.to_owned()));
    let lines = cells.optional(8, |text| {
        Ok(text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>())
    });
    match (postcode, lines) {
        (Some(postcode), Some(lines)) => {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            match PostalAddress::new(&postcode, &lines) {
                Ok(address) => Some(address),
                Err(error) => {
                    cells.refuse(8, Why::from(error));
                    None
                }
            }
        }
        (None, None) => None,
        (Some(_), None) => {
            cells.refuse(8, Why::new("postal.address", "there is a postcode but no address"));
            None
        }
        (None, Some(_)) => {
            cells.refuse(7, Why::new("postal.postcode", "there is an address but no postcode"));
            None
        }
    }
}
