//! The customer's door: pages, forms and an API over HTTP.

pub mod pages;
