//! The simrecall command.
fn main() {}
