//! `make bench`: see [`simrecall_tests::bench`].

use std::process::ExitCode;

fn main() -> ExitCode {
    simrecall_tests::bench::main()
}
