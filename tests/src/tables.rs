//! The network's records as tables in engines of other people, for the query that says who was exposed.

use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::peers::DuckDb;
use crate::postgres::Cluster;

/// Moments as the two dialects write them, for engines that have no such function.
const DUCKDB_WORDS: [&str; 2] = [
    "CREATE MACRO to_iso8601(t) AS strftime(t AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')",
    "CREATE MACRO date_format(t, form) AS strftime(t AT TIME ZONE 'UTC', \
     CASE form WHEN 'yyyy-MM-dd' THEN '%Y-%m-%d' ELSE '%H:%M:%S.%fZ' END)",
];
const POSTGRES_WORDS: [&str; 2] = [
    "CREATE FUNCTION to_iso8601(t timestamptz) RETURNS text LANGUAGE sql AS \
     $$ SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') $$",
    "CREATE FUNCTION date_format(t timestamptz, form text) RETURNS text LANGUAGE sql AS \
     $$ SELECT to_char(t AT TIME ZONE 'UTC', \
     CASE form WHEN 'yyyy-MM-dd' THEN 'YYYY-MM-DD' ELSE 'HH24:MI:SS.US\"Z\"' END) $$",
];
/// Its tables, with the columns of our files.
const POSTGRES_TABLES: [&str; 4] = [
    "CREATE TABLE attach (imsi text, imei text, cell text, started_at timestamptz, ended_at timestamptz)",
    "CREATE TABLE cells (cell text, valid_from timestamptz, valid_to timestamptz, reads text, certainty text)",
    "CREATE TABLE payments (msisdn text, paid_at timestamptz, amount_won bigint, method text)",
    "CREATE TABLE registry_lines (line text, subscriber text, msisdn text, imsi text, iccid text, \
     service text, held_from timestamptz, held_to timestamptz)",
];

/// An engine of other people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// DuckDB.
    DuckDb,
    /// PostgreSQL; it reads CSV alone.
    Postgres,
}

/// The four tables of the query, as files with the columns of ours.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tables {
    /// `imsi,imei,cell,start,end`; CSV or Parquet.
    pub attach: Vec<PathBuf>,
    /// `cell,from,to,reads,certainty`; CSV.
    pub cells: PathBuf,
    /// `msisdn,at,amount_won,method`; CSV or Parquet.
    pub payments: Vec<PathBuf>,
    /// The registry's lines; CSV.
    pub lines: PathBuf,
    /// The moment the registry shows.
    pub as_of: DateTime<Utc>,
}

impl Engine {
    /// Carries a query out and leaves its answer in a CSV file. Seconds it took; files are read within them by DuckDB, and
    /// before them by PostgreSQL.
    ///
    /// # Errors
    /// When the engine is missing or refuses.
    pub fn answer(self, tables: &Tables, query: &str, answer: &Path) -> Result<f64> {
        let answer = answer.display();
        match self {
            Self::DuckDb => {
                let mut statements = tables.for_duckdb();
                statements.extend(DUCKDB_WORDS.map(str::to_owned));
                statements.push(format!("COPY (\n{query}\n) TO '{answer}' (FORMAT csv, HEADER)"));
                let done = DuckDb::run(&statements)?;
                Ok(done.seconds.last().copied().unwrap_or_default())
            }
            Self::Postgres => {
                let cluster = Cluster::shared()?;
                let database = cluster.fresh_database()?;
                let mut statements = tables.for_postgres();
                statements.extend(POSTGRES_WORDS.map(str::to_owned));
                statements.push(format!("CREATE VIEW answer AS\n{query}"));
                cluster.run_sql(&database, &statements)?;
                let began = std::time::Instant::now();
                let copy = format!("\\copy (TABLE answer) TO '{answer}' csv header");
                cluster.run_sql(&database, &[copy])?;
                Ok(began.elapsed().as_secs_f64())
            }
        }
    }
}

impl Tables {
    /// Views: nothing is read before the query is.
    fn for_duckdb(&self) -> Vec<String> {
        let moment =
            |column: &str, name: &str| format!("CAST(\"{column}\" AS TIMESTAMPTZ) AS {name}");
        let held_to = format!(
            "coalesce(CAST(held_to AS TIMESTAMPTZ), TIMESTAMPTZ '{}') AS held_to",
            self.as_of.to_rfc3339()
        );
        let one = std::slice::from_ref;
        let view = |name: &str, columns: &[&str], paths: &[PathBuf]| {
            format!("CREATE VIEW {name} AS SELECT {} FROM {}", columns.join(", "), scan(paths))
        };
        let (start, end) = (moment("start", "started_at"), moment("end", "ended_at"));
        let (from, to) = (moment("from", "valid_from"), moment("to", "valid_to"));
        let (at, held_from) = (moment("at", "paid_at"), moment("held_from", "held_from"));
        vec![
            view("attach", &["imsi", "imei", "cell", &start, &end], &self.attach),
            view("cells", &["cell", &from, &to, "reads", "certainty"], one(&self.cells)),
            view("payments", &["msisdn", &at, "method"], &self.payments),
            view(
                "registry_lines",
                &["line", "subscriber", "msisdn", "imsi", &held_from, &held_to],
                one(&self.lines),
            ),
        ]
    }

    fn for_postgres(&self) -> Vec<String> {
        let copy = |table: &'static str| {
            move |path: &PathBuf| format!("\\copy {table} FROM '{}' csv header", path.display())
        };
        let mut statements = POSTGRES_TABLES.map(str::to_owned).to_vec();
        statements.extend(self.attach.iter().map(copy("attach")));
        statements.push(copy("cells")(&self.cells));
        statements.extend(self.payments.iter().map(copy("payments")));
        statements.push(copy("registry_lines")(&self.lines));
        let as_of = self.as_of.to_rfc3339();
        statements
            .push(format!("UPDATE registry_lines SET held_to = '{as_of}' WHERE held_to IS NULL"));
        statements
    }
}

/// DuckDB's words for reading files of one form.
fn scan(paths: &[PathBuf]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| format!("'{}'", path.display())).collect();
    let quoted = quoted.join(", ");
    let parquet = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "parquet");
    if paths.iter().all(parquet) {
        format!("read_parquet([{quoted}])")
    } else {
        format!("read_csv([{quoted}], all_varchar = true, header = true)")
    }
}
