//! What templates can name.

use std::borrow::Cow;

use serde::Serialize;

use super::RenderError;
use super::order::Order;
use super::own::{Envelope, Own};
use crate::cohort::ItemSet;
use crate::delivery::Rung;
use crate::notice::{CarrierText, IncidentText, Language, RemedyVariables, Variables, item_name};

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
    /// The language's tag.
    lang: &'static str,
    /// Whether the reader is a child who gets their own line's copy.
    minor: bool,
    /// The message code on a message or a mail; else empty.
    code: &'a str,
    remedy: Remedy<'a>,
    /// Names of all items, leaked and possibly leaked.
    items: Vec<&'static str>,
    confirmed: Vec<&'static str>,
    possible: Vec<&'static str>,
    confirmed_list: String,
    possible_list: String,
    /// Names of all items that still stand after a correction.
    standing: Vec<&'static str>,
    standing_list: String,
    withdrawn: Vec<&'static str>,
    withdrawn_list: String,
    #[serde(flatten)]
    incident: Cow<'a, IncidentText>,
    lines: u16,
    as_of: &'a str,
    #[serde(flatten)]
    envelope: Option<Envelope<'a>>,
}

/// What a notice of a remedy says of the order; empty in every other notice.
#[derive(Serialize)]
struct Remedy<'a> {
    agency: &'a str,
    address: &'a str,
    until: &'a str,
    hours: &'a str,
    order: &'a str,
}

impl<'a> Context<'a> {
    pub(super) fn new(order: Order<'a>, own: &Own<'a>) -> Result<Self, RenderError> {
        let Order { rung, variables, incident, carrier, .. } = order;
        let language = variables.language;
        let missing = RenderError::NoWords(language);
        let incident = incident.text(language).ok_or_else(|| missing.clone())?;
        let CarrierText { name, app_path } = carrier.text(language).ok_or(missing)?;
        let minor = order.speaks_to_child();
        let possible = variables.possible.minus(variables.confirmed);
        let withdrawn = variables.withdrawn.minus(variables.confirmed).minus(possible);
        let [confirmed, possible, withdrawn] =
            [variables.confirmed, possible, withdrawn].map(|items| item_names(items, language));
        let items = [confirmed.as_slice(), possible.as_slice()].concat();
        let comma = language.comma();
        Ok(Self {
            carrier_name: name,
            app_path,
            hotline: carrier.hotline(),
            host: shows_host(rung).then(|| carrier.official_host()),
            greeting: own.name,
            role: role(rung, variables),
            lang: language.tag(),
            minor,
            code: own.code,
            remedy: Remedy::new(variables, own.order),
            confirmed_list: confirmed.join(comma),
            possible_list: possible.join(comma),
            withdrawn_list: withdrawn.join(comma),
            standing_list: items.join(comma),
            standing: items.clone(),
            items,
            confirmed,
            possible,
            withdrawn,
            incident: incident.for_reader(minor),
            lines: variables.lines,
            as_of: &variables.as_of,
            envelope: own.envelope.clone(),
        })
    }
}

impl<'a> Remedy<'a> {
    fn new(variables: &'a Variables, order: &'a str) -> Self {
        match &variables.remedy {
            None => Self { agency: "", address: "", until: "", hours: "", order: "" },
            Some(RemedyVariables { agency, address, until, hours, order: _ }) => {
                Self { agency, address, until, hours, order }
            }
        }
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
