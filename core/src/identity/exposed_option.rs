//! `#[serde(with = "exposed_option")]`: as [`exposed`](super::exposed), for a value that may be
//! missing.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Personal, Reason};

/// Writes the value in clear, or nothing.
pub fn serialize<T: Personal, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map(Personal::expose).serialize(to)
}

/// Reads the value back. The error names the reason, never the value.
pub fn deserialize<'de, T: Personal, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| T::from_exposed(&text).map_err(|error| de::Error::custom(error.code())))
        .transpose()
}
