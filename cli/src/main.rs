//! The simrecall command: parse, call the engine, print, and end with a code that says how it went.

mod args;
mod progress;
mod report;
mod stop;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::report::Out;

fn main() -> ExitCode {
    let args = Args::parse();
    report::start_log(args.verbose);
    let out = Out::new(args.json);
    verbs::run(&args.home, out, &args.verb).unwrap_or_else(|problem| out.fail(&problem))
}
