//! `#[serde(with = "exposed")]`: a personal value in clear, for a record that is sealed as a whole.

use serde::{Deserialize, Deserializer, Serializer, de};

use super::{Personal, Reason};

/// Writes the value in clear.
pub fn serialize<T: Personal, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(value.expose())
}

/// Reads the value back. The error names the reason, never the value.
pub fn deserialize<'de, T: Personal, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let text = String::deserialize(from)?;
    T::from_exposed(&text).map_err(|error| de::Error::custom(error.code()))
}
