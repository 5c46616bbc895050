//! What messages cost: a file of its own, since prices change with contracts and are looked at by other people.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use simrecall_core::delivery::Rung;

use crate::problem::{self, Problem, Result};

/// What one message costs, in won, by route and rung.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Prices(BTreeMap<String, BTreeMap<Rung, f64>>);

impl Prices {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| problem::file(path, error))?;
        let prices: Self =
            toml::from_str(&text).map_err(|error| refused(path, error.to_string().trim()))?;
        let wrong = prices.0.values().flatten().find(|(_, won)| !won.is_finite() || **won < 0.0);
        wrong.map_or(Ok(()), |(rung, _)| {
            Err(refused(path, &format!("{} costs less than nothing", rung.name())))
        })?;
        Ok(prices)
    }

    /// What one message costs, in won; none if the file does not say.
    pub fn won(&self, route: &str, rung: Rung) -> Option<f64> {
        self.0.get(route)?.get(&rung).copied()
    }
}

fn refused(path: &Path, why: &str) -> Problem {
    Problem::configuration("prices", format!("{} cannot be used", path.display()))
        .detail(why.to_owned())
        .hint("a section for each route, a line for each rung: [kt-main] then lms = 31.5")
}
