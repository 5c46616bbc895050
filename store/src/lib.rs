//! simrecall store
