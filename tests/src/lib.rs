//! simrecall tests
