//! DuckDB, from the npm package `@duckdb/node-api`, run by node: another engine for the queries we write.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::packages;
use crate::parts::run;

/// What DuckDB needed for some statements.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DuckDb {
    /// Seconds, one for each statement.
    pub seconds: Vec<f64>,
    /// The most memory its process had, in KiB.
    pub peak_kib: u64,
}

impl DuckDb {
    /// Carries out statements in one process, one after another, in memory. Times are UTC.
    ///
    /// # Errors
    /// When node or the package is missing (the message says what to run), or a statement is refused.
    pub fn run(statements: &[String]) -> Result<Self> {
        let output = run(packages::node("duckdb.mjs", Some("@duckdb/node-api"))?
            .arg(serde_json::to_string(statements)?))?;
        serde_json::from_slice(&output.stdout).context("an odd answer of the DuckDB peer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_carried_out_and_timed() {
        let one = |text: &str| DuckDb::run(&[text.to_owned()]);
        assert_eq!(one("CREATE TABLE t AS SELECT 1 AS x").unwrap().seconds.len(), 1);
        let refused = one("SELECT nothing").unwrap_err();
        assert!(format!("{refused:#}").contains("nothing"), "{refused:#}");
    }
}
