//! simrecall store

pub mod keystore;
pub mod permit;
pub mod seal;
