//! How fast a wave may go.

use serde::{Deserialize, Serialize};

use crate::problem::ProblemCode;

/// How fast a wave may go over one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Parts submitted in a second.
    pub per_second: u32,
    /// Submissions without a result: as many as can be in doubt after a crash.
    pub window: u32,
}

/// A pace at which nothing would ever be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pace and window must be at least 1")]
pub struct PaceError;

impl PaceError {
    /// The stable code.
    pub const fn code(&self) -> ProblemCode {
        ProblemCode::BadSetting
    }
}

impl Pace {
    /// A pace that moves.
    pub const fn new(per_second: u32, window: u32) -> Result<Self, PaceError> {
        if per_second == 0 || window == 0 {
            return Err(PaceError);
        }
        Ok(Self { per_second, window })
    }

    /// Whether it stays within an approved maximum: slowing down needs no approval.
    pub const fn is_within(self, approved: Self) -> bool {
        self.per_second <= approved.per_second && self.window <= approved.window
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slowing_down_is_within() {
        let approved = Pace::new(100, 50).unwrap();
        assert!(approved.is_within(approved));
        assert!(Pace::new(1, 1).unwrap().is_within(approved));
        assert!(!Pace::new(101, 50).unwrap().is_within(approved));
        assert!(!Pace::new(100, 51).unwrap().is_within(approved));
        assert_eq!(Pace::new(0, 1), Err(PaceError));
        assert_eq!(Pace::new(1, 0), Err(PaceError));
    }
}
