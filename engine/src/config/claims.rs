//! When claims are paid.

use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Deserialize;

/// `[claims]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimsConfig {
    /// The days on which claims are paid, in the carrier's zone; those that are over may stay.
    pub pay_dates: Vec<NaiveDate>,
    /// A file with what differs from the built-in benefits, relative to the home; without one nothing is offered.
    pub benefits: Option<PathBuf>,
}
