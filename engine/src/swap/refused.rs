//! Why a swap does not begin, in words.

use simrecall_core::replacement::swap::NoStart;
use simrecall_store::StoreError;
use simrecall_store::replacement::ReplacementCase;

use crate::problem::Problem;

pub(super) const LINE_HELD: &str = "the line is held";
pub(super) const LINE_BUSY: &str = "the line has an open swap";
pub(super) const CARD_BUSY: &str = "the card has an open swap";
pub(super) const LEASE_OVER: &str = "the card is not kept any more";
pub(super) const PROOFS_USED: &str = "the proofs were used";
/// What a transaction says when what was known is not so any more.
pub(super) const CHANGED: &str = "what was known of the line has changed";
/// What a transaction says when whoever signed an order may not do that any more.
pub(crate) const NOT_ALLOWED: &str = "whoever signed may not any more";
/// What a transaction says of an order that may not begin any more.
pub(crate) const ORDER_OVER: &str = "the order is over";
/// The same, as the code of the problem.
pub(crate) const ORDER_OVER_CODE: &str = "order_over";

pub(super) fn wrong_state(case: &ReplacementCase) -> Problem {
    let what = format!("a case that is {} is not swapped", case.state.name());
    Problem::state("case_state", what)
        .hint("check the customer in, verify them and scan a card first")
}

/// Whoever signed an order was paused, posted elsewhere or retired, or the terminal was switched off.
pub(crate) fn not_allowed() -> Problem {
    Problem::state("not_allowed", NOT_ALLOWED)
}

pub(super) fn proofs_used() -> Problem {
    Problem::state("proofs_used", "what was shown was used already, or is too old")
        .hint("check the papers again")
}

pub(super) fn lease_over() -> Problem {
    Problem::state("card_lease", "no card is kept for this case, or not any more")
        .hint("scan it again")
}

pub(super) fn held() -> Problem {
    Problem::state("line_held", "nothing may be swapped on this line")
        .hint("somebody said that it was not them; case show says who may clear that")
}

pub(super) fn refused(reason: NoStart) -> Problem {
    let what = match reason {
        NoStart::NumberElsewhere => "the number is not at the card the registry names",
        NoStart::OldHasNoKey => "the old card has no key in the network: it did not work before",
        NoStart::OldIsBarred => "the old card is barred in the network: somebody barred this line",
        NoStart::NewIsThere => "the network knows the new card already; it was put aside",
        NoStart::Contradiction => "the network's records of this line do not fit each other",
    };
    Problem::state(reason.name(), what)
}

pub(super) fn not_begun(error: StoreError, case: &ReplacementCase) -> Problem {
    let StoreError::State(why) = error else { return error.into() };
    match why {
        LINE_HELD => held(),
        LINE_BUSY => Problem::state("line_busy", "another swap of this line is under way")
            .hint("simrecall swap show says how far it is"),
        CARD_BUSY => Problem::state("card_busy", "another swap to this card is under way"),
        LEASE_OVER => lease_over(),
        PROOFS_USED => proofs_used(),
        NOT_ALLOWED => not_allowed(),
        ORDER_OVER => {
            Problem::state(ORDER_OVER_CODE, "the order was given up, or its time is over")
        }
        _ => wrong_state(case),
    }
}
