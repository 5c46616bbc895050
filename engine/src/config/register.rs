//! How often the register answers.

use serde::Deserialize;

/// How often message codes may be asked for.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegisterConfig {
    /// Times an hour for one number or mail address.
    pub per_number: i32,
    /// Times an hour in all.
    pub in_all: i64,
}

impl Default for RegisterConfig {
    fn default() -> Self {
        Self { per_number: 5, in_all: 1_000 }
    }
}

impl RegisterConfig {
    /// Which key makes no sense by itself, and why.
    pub(super) const fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if self.per_number < 1 {
            return Err(("per_number", "one try an hour at least, or nobody can ask"));
        }
        if self.in_all < 1 {
            return Err(("in_all", "one try an hour at least, or nobody can ask"));
        }
        Ok(())
    }
}
