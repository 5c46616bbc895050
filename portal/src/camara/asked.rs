//! What is asked, read strictly: a property that the standard does not know is refused, as its next generation demands.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use simrecall_core::identity::Msisdn;
use simrecall_core::replacement::change::{MOST_HOURS, USUAL_HOURS};
use simrecall_engine::sim_swap::Grant;

use super::refusal::Refusal;

/// A body of either operation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "present")]
    phone_number: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    max_age: Option<Value>,
}

/// A `null` is there; what is missing is not.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Asked {
    /// Reads a body; `ages` if the operation takes a `maxAge`.
    pub(super) fn read(bytes: &[u8], ages: bool) -> Result<Self, Refusal> {
        // A struct may be written as an array too, and the standard's is an object.
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        let asked: Option<Self> = serde_json::from_slice(bytes).ok().filter(|_| is_object);
        let asked = asked.ok_or(Refusal::invalid(
            "the body is a JSON object with phoneNumber, and maxAge where it applies, and nothing else",
        ))?;
        if asked.max_age.is_some() && !ages {
            return Err(Refusal::invalid("maxAge is no property of this operation"));
        }
        Ok(asked)
    }

    /// Whose line it is about: the number's, or of whoever consented to the token, never both.
    pub(super) fn number(&self, grant: &Grant) -> Result<Msisdn, Refusal> {
        match (&self.phone_number, &grant.number) {
            (None, None) => Err(Refusal::MissingIdentifier),
            (Some(_), Some(_)) => Err(Refusal::UnnecessaryIdentifier),
            (None, Some(number)) => Ok(number.clone()),
            (Some(said), None) => {
                let text = said.as_str().filter(|text| is_e164(text));
                let text = text.ok_or(Refusal::invalid("phoneNumber is + and 5 to 15 digits"))?;
                // A number by the standard that is none of a mobile line is nobody's here.
                Msisdn::parse(text).map_err(|_| Refusal::UnknownNumber)
            }
        }
    }

    /// How far back, in hours.
    pub(super) fn hours(&self) -> Result<u32, Refusal> {
        let Some(said) = &self.max_age else { return Ok(USUAL_HOURS) };
        let number = said.as_number().filter(|number| number.is_i64() || number.is_u64());
        let number = number.ok_or(Refusal::invalid("maxAge is a whole number of hours"))?;
        let hours = number.as_u64().and_then(|hours| u32::try_from(hours).ok());
        hours.filter(|hours| (1..=MOST_HOURS).contains(hours)).ok_or(Refusal::OutOfRange)
    }
}

/// `^\+[1-9][0-9]{4,14}$`
fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (5..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
