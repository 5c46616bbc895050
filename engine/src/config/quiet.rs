//! Quiet hours as the configuration writes them.

use serde::{Deserialize, Deserializer, de};
use simrecall_core::wave::Quiet;

/// `"21:00-08:00"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours(pub Quiet);

impl<'de> Deserialize<'de> for QuietHours {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Quiet::parse(&text).map(Self).map_err(de::Error::custom)
    }
}
