//! A look at one table by a list of composite keys.

/// What is read of a table `x` for every key of a list `k`.
pub(crate) struct Look {
    /// The columns, of `x` or `k`.
    pub(crate) columns: &'static str,
    /// The table, which is called `x` in the other parts.
    pub(crate) table: &'static str,
    /// Which rows belong to a key.
    pub(crate) on: &'static str,
    /// In which order.
    pub(crate) order: &'static str,
}

/// Rows of a target, in the tables whose key begins with a target's.
pub(crate) const OF_TARGET: &str =
    "x.bucket = k.bucket AND x.wave = k.wave AND x.chunk = k.chunk AND x.pos = k.pos";
