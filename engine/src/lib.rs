//! simrecall engine
