//! Makes it happen: the only place where memory meets the network, and the only one that opens a sealed row.
//!
//! | room | does |
//! |---|---|
//! | [`config`] | `simrecall.toml`, typed, with overrides from the environment |
//! | [`clock`] | the one process clock |
//! | [`csv_rows`] | lists in, row by row, with reasons for each refusal |
//! | [`problem`] | what went wrong, whose fault, what to type next |

pub mod clock;
pub mod config;
pub mod csv_rows;
pub mod problem;

pub use clock::Clock;
pub use problem::{Problem, Result};
