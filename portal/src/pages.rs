//! What people see: HTML in five languages, and the files a page needs.

pub mod asset;
