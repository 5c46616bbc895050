//! What practises: `sandbox`, `sample` and `drill`, as typed.

use std::path::PathBuf;

use clap::Args as ClapArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct Sandbox {
    /// Where logs and mail are kept
    #[arg(long, default_value = "sandbox")]
    pub(crate) dir: PathBuf,
    /// The SMSC's port on loopback
    #[arg(long, default_value_t = 2775)]
    pub(crate) smsc_port: u16,
    /// The mail receiver's port on loopback
    #[arg(long, default_value_t = 2525)]
    pub(crate) mail_port: u16,
    /// TOML with the faults to show
    #[arg(long)]
    pub(crate) plan: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Sample {
    /// Where the files go
    #[arg(long, default_value = "sample")]
    pub(crate) out: PathBuf,
    /// Lines in the exposure list
    #[arg(long, default_value_t = 10_000)]
    pub(crate) lines: u64,
    /// The same seed gives the same files
    #[arg(long, default_value_t = 2025)]
    pub(crate) seed: u64,
    /// Rows made wrong on purpose
    #[arg(long, default_value_t = 0)]
    pub(crate) bad_rows: u64,
    /// The KT story instead: three exposure lists, and the records they come from
    #[arg(long)]
    pub(crate) kt_2025: bool,
    /// Attach records of the network to make besides: then the lists are what must be derived from them
    #[arg(long, value_name = "ROWS")]
    pub(crate) records: Option<u64>,
    /// Rogue cells in the records
    #[arg(long, default_value_t = 20, requires = "records", conflicts_with = "kt_2025")]
    pub(crate) cells: u64,
    /// Payments to make; one for 50 attach records if not said
    #[arg(long, value_name = "ROWS", requires = "records")]
    pub(crate) payments: Option<u64>,
    /// Files the attach records are divided over
    #[arg(long, default_value_t = 4, requires = "records")]
    pub(crate) record_files: u64,
    /// The form of records and payments
    #[arg(long, value_enum, default_value = "csv", requires = "records")]
    pub(crate) format: RecordForm,
}

/// The form of records and payments, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RecordForm {
    Csv,
    #[value(name = "csv.gz")]
    CsvGz,
    Parquet,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Drill {
    /// `sqlite:PATH` or `postgres://…`
    #[arg(long, default_value = "sqlite:simrecall.db")]
    pub(crate) store: String,
    /// Leave out the sandbox SMSC and use this address
    #[arg(long)]
    pub(crate) smsc: Option<String>,
    /// The same seed gives the same people
    #[arg(long, default_value_t = 2025)]
    pub(crate) seed: u64,
    /// Open the customer's page afterwards, with people to try it as; on a drill that was played, at once
    #[arg(long)]
    pub(crate) portal: bool,
    /// Open an agency afterwards: the customer's page and staff's, with people, cards, customers who are booked and an HLR; on a drill
    /// that was played, at once. Commands of staff are typed into the same window, on the drill's clock
    #[arg(long)]
    pub(crate) terminal: bool,
}
