//! Whether a line gets a new card: every reason against it at once, so that nobody comes back for the next one.

use chrono::{DateTime, NaiveDate, Utc};

use super::day::local_day;
use super::phase::Opening;

/// Whom a programme is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum For {
    /// Those whom a released revision names.
    Exposed,
    /// Every line of the carrier.
    Everybody,
}

/// What is true of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each with a reason of its own"
)]
pub struct LineFacts {
    /// A released revision names it.
    pub exposed: bool,
    /// Its contract has ended.
    pub ended: bool,
    /// Its brand takes part.
    pub brand: bool,
    /// Somebody said "not me", and nobody has cleared it.
    pub held: bool,
    /// It got its new card under this programme.
    pub replaced: bool,
    /// A case of it is open.
    pub case_open: bool,
    /// How its region stands.
    pub region: Opening,
}

/// Why a line gets no new card, now or at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No released revision names it.
    NotExposed,
    /// Its contract has ended.
    LineEnded,
    /// Its brand has no programme.
    BrandWithout,
    /// It is held.
    LineHeld,
    /// It got one already.
    AlreadyReplaced,
    /// A case of it is open.
    CaseOpen,
    /// Its region is not open yet.
    RegionNotOpen {
        /// From when it is, if somebody has said so.
        opens: Option<NaiveDate>,
    },
}

impl Reason {
    /// The word for it in JSON and on pages: never renamed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotExposed => "not_exposed",
            Self::LineEnded => "line_ended",
            Self::BrandWithout => "brand_without",
            Self::LineHeld => "line_held",
            Self::AlreadyReplaced => "already_replaced",
            Self::CaseOpen => "case_open",
            Self::RegionNotOpen { .. } => "region_not_open",
        }
    }

    /// Whether waiting, or somebody's decision, may do away with it.
    pub const fn may_pass(self) -> bool {
        match self {
            Self::LineHeld | Self::CaseOpen | Self::RegionNotOpen { .. } => true,
            Self::NotExposed | Self::LineEnded | Self::BrandWithout | Self::AlreadyReplaced => {
                false
            }
        }
    }
}

/// Every reason against it, in a fixed order; none if it gets one.
pub fn reasons(programme: For, line: &LineFacts) -> Vec<Reason> {
    let region = match line.region {
        Opening::Open => None,
        Opening::On(day) => Some(Reason::RegionNotOpen { opens: Some(day) }),
        Opening::NotSet => Some(Reason::RegionNotOpen { opens: None }),
    };
    let asked = [
        (programme == For::Exposed && !line.exposed, Reason::NotExposed),
        (line.ended, Reason::LineEnded),
        (!line.brand, Reason::BrandWithout),
        (line.held, Reason::LineHeld),
        (line.replaced, Reason::AlreadyReplaced),
        (line.case_open, Reason::CaseOpen),
    ];
    asked.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).chain(region).collect()
}

/// Between which days a customer who paid for a new card gets the money back: both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundDays {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

impl RefundDays {
    /// Whether a change paid for then is paid back.
    pub fn covers(&self, changed_at: DateTime<Utc>) -> bool {
        (self.from..=self.until).contains(&local_day(changed_at))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const FINE: LineFacts = LineFacts {
        exposed: true,
        ended: false,
        brand: true,
        held: false,
        replaced: false,
        case_open: false,
        region: Opening::Open,
    };

    #[rstest]
    #[case(For::Exposed, FINE, &[])]
    #[case(For::Exposed, LineFacts { exposed: false, ..FINE }, &["not_exposed"])]
    #[case(For::Everybody, LineFacts { exposed: false, ..FINE }, &[])]
    #[case(For::Everybody, LineFacts { ended: true, ..FINE }, &["line_ended"])]
    #[case(For::Everybody, LineFacts { brand: false, ..FINE }, &["brand_without"])]
    #[case(For::Everybody, LineFacts { held: true, ..FINE }, &["line_held"])]
    #[case(For::Everybody, LineFacts { replaced: true, ..FINE }, &["already_replaced"])]
    #[case(For::Everybody, LineFacts { case_open: true, ..FINE }, &["case_open"])]
    #[case(For::Everybody, LineFacts { region: Opening::NotSet, ..FINE }, &["region_not_open"])]
    fn each_reason(#[case] programme: For, #[case] line: LineFacts, #[case] expected: &[&str]) {
        let names: Vec<_> = reasons(programme, &line).into_iter().map(Reason::name).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn all_reasons_come_at_once() {
        let opens = NaiveDate::from_ymd_opt(2025, 12, 3).unwrap();
        let line = LineFacts {
            exposed: false,
            ended: true,
            brand: false,
            held: true,
            replaced: true,
            case_open: true,
            region: Opening::On(opens),
        };
        let all = reasons(For::Exposed, &line);
        assert_eq!(
            all,
            [
                Reason::NotExposed,
                Reason::LineEnded,
                Reason::BrandWithout,
                Reason::LineHeld,
                Reason::AlreadyReplaced,
                Reason::CaseOpen,
                Reason::RegionNotOpen { opens: Some(opens) },
            ]
        );
        let pass: Vec<_> = all.iter().map(|reason| reason.may_pass()).collect();
        assert_eq!(pass, [false, false, false, true, false, true, true]);
    }

    #[rstest]
    #[case("2025-04-18T23:59:59+09:00", false)]
    #[case("2025-04-19T00:00:00+09:00", true)]
    #[case("2025-04-27T23:59:59+09:00", true)]
    #[case("2025-04-28T00:00:00+09:00", false)]
    fn what_was_paid_between_the_days_is_paid_back(#[case] at: &str, #[case] back: bool) {
        let day = |n| NaiveDate::from_ymd_opt(2025, 4, n).unwrap();
        let days = RefundDays { from: day(19), until: day(27) };
        assert_eq!(days.covers(at.parse().unwrap()), back);
    }
}
