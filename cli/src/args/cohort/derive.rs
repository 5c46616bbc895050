//! `cohort derive` and its like, as typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::KnownAt;
use crate::args::AcceptRejects;

/// The network's records.
#[derive(Debug, ClapArgs)]
pub(crate) struct Records {
    /// CSV, CSV.gz or Parquet: `imsi,imei,cell,start,end`; several files may be given
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
    /// CSV: `cell,from,to,reads,certainty`, the windows in which cells were rogue
    #[arg(long, value_name = "FILE")]
    pub(crate) cells: PathBuf,
    /// CSV, CSV.gz or Parquet: `msisdn,at,amount_won,method`; several files may be given
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) payments: Vec<PathBuf>,
}

/// Make the next revision from the network's records.
#[derive(Debug, ClapArgs)]
pub(crate) struct Derive {
    /// Its code
    #[arg(long, required_unless_present = "emit_sql")]
    pub(crate) incident: Option<String>,
    /// CSV, CSV.gz or Parquet: `imsi,imei,cell,start,end`; several files may be given
    #[arg(long, required_unless_present = "emit_sql", num_args = 1.., value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
    /// CSV: `cell,from,to,reads,certainty`, the windows in which cells were rogue
    #[arg(long, required_unless_present = "emit_sql", value_name = "FILE")]
    pub(crate) cells: Option<PathBuf>,
    /// CSV, CSV.gz or Parquet: `msisdn,at,amount_won,method`; several files may be given
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub(crate) payments: Vec<PathBuf>,
    /// A rule set; that of `cohort rules` when absent
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// The registry snapshot that says whose line it was; the last one when absent
    #[arg(long, value_name = "NO")]
    pub(crate) registry: Option<i32>,
    #[command(flatten)]
    pub(crate) rejects: AcceptRejects,
    /// Take away facts that the last revision says of exactly this many lines
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) removes: u64,
    /// Make a revision that differs from the last one by more than 20 %
    #[arg(long)]
    pub(crate) expect_change: bool,
    #[command(flatten)]
    pub(crate) known: KnownAt,
    /// Who derives
    #[arg(long, required_unless_present = "emit_sql")]
    pub(crate) by: Option<String>,
    /// Make nothing: print the rules as one query for records that stay in another engine; `cohort import` takes its result
    #[arg(long, value_enum, value_name = "ENGINE", conflicts_with_all = ["incident", "attach", "cells", "payments", "by"])]
    pub(crate) emit_sql: Option<Engine>,
}

/// Engines that records may lie in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Spark 3.4 and later
    Spark,
    /// Trino
    Trino,
}

/// Compare two rule sets.
#[derive(Debug, ClapArgs)]
pub(crate) struct WhatIf {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    #[command(flatten)]
    pub(crate) records: Records,
    /// A rule set to compare with that of the last derivation; given twice, two to compare with each other
    #[arg(long, required = true, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,
    /// The registry snapshot that says whose line it was; the last one when absent
    #[arg(long, value_name = "NO")]
    pub(crate) registry: Option<i32>,
    #[command(flatten)]
    pub(crate) rejects: AcceptRejects,
    /// Who asks
    #[arg(long)]
    pub(crate) by: String,
}

/// Why a line is in, or is not.
#[derive(Debug, ClapArgs)]
pub(crate) struct Explain {
    /// Its code
    #[arg(long)]
    pub(crate) incident: String,
    /// The carrier's reference of the line
    #[arg(long)]
    pub(crate) line: String,
    /// Such as 2; the last one when absent
    #[arg(long)]
    pub(crate) revision: Option<i32>,
    /// Attach records to look for near misses in
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "cells")]
    pub(crate) attach: Vec<PathBuf>,
    /// The windows of rogue cells
    #[arg(long, value_name = "FILE", requires = "attach")]
    pub(crate) cells: Option<PathBuf>,
    /// Why you look, for the journal: `customer_request`, authority or audit
    #[arg(long)]
    pub(crate) purpose: String,
    /// Who looks
    #[arg(long)]
    pub(crate) by: String,
}
