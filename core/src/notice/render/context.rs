//! What templates can name.

use serde::Serialize;

use super::RenderError;
use super::greeting::greeting;
use crate::cohort::{Item, ItemSet};
use crate::delivery::Rung;
use crate::identity::PersonName;
use crate::notice::{
    CarrierText, CarrierWords, IncidentText, IncidentWords, Language, NoticeKind, Variables,
    item_name,
};
use crate::subscriber::RecipientRole;

/// The names a template may use. Strict mode refuses every other name.
#[derive(Serialize)]
pub(super) struct Context<'a> {
    #[serde(rename = "carrier")]
    carrier_name: &'a str,
    app_path: &'a str,
    hotline: &'a str,
    /// Missing on rungs that carry no address at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    /// The name in a greeting; empty if there is none that is safe and can be shown.
    greeting: &'a str,
    /// The name of a [`RecipientRole`], or `public` on a posting.
    role: &'static str,
    /// Names of all items, leaked and possibly leaked.
    items: Vec<&'static str>,
    confirmed: Vec<&'static str>,
    possible: Vec<&'static str>,
    confirmed_list: String,
    possible_list: String,
    #[serde(flatten)]
    incident: &'a IncidentText,
    lines: u16,
    as_of: &'a str,
    #[serde(flatten)]
    envelope: Option<Envelope<'a>>,
}

/// What stands in a letter's window.
#[derive(Serialize)]
struct Envelope<'a> {
    addressee: &'a str,
    postcode: &'a str,
    address_lines: Vec<&'a str>,
}

/// What is to be rendered.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) rung: Rung,
    pub(super) variables: &'a Variables,
    pub(super) incident: &'a IncidentWords,
    pub(super) carrier: &'a CarrierWords,
}

impl<'a> Order<'a> {
    /// The name its greeting may hold. A posting speaks to everyone and greets nobody.
    pub(super) fn greeting(self) -> &'a str {
        match self.rung {
            Rung::Lms | Rung::Sms | Rung::Email | Rung::Letter => {
                self.variables.addressee.as_ref().and_then(greeting).unwrap_or_default()
            }
            Rung::Posting => "",
        }
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(order: Order<'a>, greeting: &'a str) -> Result<Self, RenderError> {
        let Order { rung, variables, incident, carrier } = order;
        let language = variables.language;
        let missing = RenderError::NoWords(language);
        let incident = incident.text(language).ok_or_else(|| missing.clone())?;
        let CarrierText { name, app_path } = carrier.text(language).ok_or(missing)?;
        let possible = variables.possible.minus(variables.confirmed);
        let (confirmed, possible) =
            (item_names(variables.confirmed, language), item_names(possible, language));
        Ok(Self {
            carrier_name: name,
            app_path,
            hotline: carrier.hotline(),
            host: shows_host(rung).then(|| carrier.official_host()),
            greeting,
            role: role(rung, variables),
            items: [confirmed.as_slice(), possible.as_slice()].concat(),
            confirmed_list: confirmed.join(", "),
            possible_list: possible.join(", "),
            confirmed,
            possible,
            incident,
            lines: variables.lines,
            as_of: &variables.as_of,
            envelope: envelope(rung, variables),
        })
    }
}

fn item_names(items: ItemSet, language: Language) -> Vec<&'static str> {
    items.iter().map(|item| item_name(item, language)).collect()
}

/// A posting is for those nobody could reach, whoever they are.
const fn role(rung: Rung, variables: &Variables) -> &'static str {
    match rung {
        Rung::Lms | Rung::Sms | Rung::Email | Rung::Letter => variables.role.name(),
        Rung::Posting => "public",
    }
}

const fn shows_host(rung: Rung) -> bool {
    match rung {
        Rung::Lms | Rung::Sms => false,
        Rung::Email | Rung::Letter | Rung::Posting => true,
    }
}

fn envelope(rung: Rung, variables: &Variables) -> Option<Envelope<'_>> {
    let address = variables.address.as_ref().filter(|_| rung == Rung::Letter)?;
    Some(Envelope {
        addressee: variables.addressee.as_ref().map(PersonName::expose).unwrap_or_default(),
        postcode: address.postcode(),
        address_lines: address.lines().collect(),
    })
}

/// Variables no real notice exceeds, one for each role: every item, the longest name a greeting
/// takes, four lines of address.
pub(super) fn longest(kind: NoticeKind, language: Language) -> Vec<Variables> {
    let every: ItemSet = Item::ALL.into_iter().collect();
    let half: ItemSet = Item::ALL.into_iter().step_by(2).collect();
    let line = "가".repeat(PersonName::MAX_CHARS);
    let variables = |role| Variables {
        kind,
        language,
        brand: String::new(),
        addressee: PersonName::parse(&"홍".repeat(20)).ok(),
        address: crate::identity::PostalAddress::new("00000", &[line.as_str(); 4]).ok(),
        role,
        confirmed: half,
        possible: every.minus(half),
        lines: u16::MAX,
        as_of: "2025-12-31 23:59:59, r10000".to_owned(),
    };
    RecipientRole::ALL.into_iter().map(variables).collect()
}
