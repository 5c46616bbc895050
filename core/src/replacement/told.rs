//! Before a swap begins: what was shown for it, and who was told that it is coming.
//!
//! Whoever took over a customer's mailbox, or talks a clerk into something, meets the same rule: the old card and everybody who
//! speaks for the line are told first, and unless the customer stands at the counter there is a day to say "not me".

use chrono::{DateTime, TimeDelta, Utc};

/// What a proof is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// Who somebody is: the papers that the table of documents asks for, or the page's strong way.
    Identity,
    /// That the customer is there: a code of their own visit, typed where they are served.
    Presence,
    /// That something of theirs is in their hands besides: a code that went another way than the login.
    Possession,
}

/// How long "not me" may be said when the customer is not at a counter with both proofs.
pub const WAIT: TimeDelta = TimeDelta::hours(24);
/// How old a proof may be when it is used: a visit, not a day.
pub const FRESH: TimeDelta = TimeDelta::hours(1);

/// A proof that passed and was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Of what.
    pub of: Of,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether a clerk saw it at a counter.
    pub at_counter: bool,
}

/// A warning that is due, on its way or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    /// Whether it is a message to a handset.
    pub by_sms: bool,
    /// When a network took it over; none: not yet, or never.
    pub handed_at: Option<DateTime<Utc>>,
    /// Whether the contact is younger than the application.
    pub changed_since: bool,
}

/// What is known before a swap begins.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// Proofs that passed and were not used.
    pub shown: &'a [Shown],
    /// The warnings of this case.
    pub warnings: &'a [Warning],
    /// Whether an open incident calls messages compromised: then one to the old card is a courtesy.
    pub sms_compromised: bool,
}

/// Why a swap does not begin yet. Each has a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// No papers, or they were used, or too long ago.
    #[error("the papers were not shown within the last hour, or were used already")]
    NoIdentity,
    /// No second proof by another way, or it was used, or too long ago.
    #[error("the code was not given within the last hour, or was used already")]
    NoPossession,
    /// Nobody was told yet that somebody activates the card.
    #[error("nobody was told yet that the card is being activated")]
    ActivationNotTold,
    /// There is nobody to tell: then the customer has to be there.
    #[error("nobody can be told, so the customer has to be at the counter with both proofs")]
    NobodyToTell,
    /// Nobody was told yet whose contact can be trusted.
    #[error("nobody was told yet at a contact that was known before the application")]
    NotTold,
    /// There is still time to say "not me".
    #[error("those who were told have until then to object")]
    Objections {
        /// When it may begin.
        until: DateTime<Utc>,
    },
    /// The papers were shown before the wait was over.
    #[error("the papers were shown before the wait was over, and have to be shown again")]
    ShownTooEarly,
}

impl NotYet {
    /// A word for it that never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoIdentity => "no_identity",
            Self::NoPossession => "no_possession",
            Self::ActivationNotTold => "activation_not_told",
            Self::NobodyToTell => "nobody_to_tell",
            Self::NotTold => "not_told",
            Self::Objections { .. } => "objections",
            Self::ShownTooEarly => "shown_too_early",
        }
    }
}

/// Whether a swap may begin now.
pub fn may_begin(before: &Before<'_>, now: DateTime<Utc>) -> Result<(), NotYet> {
    let identity = latest(before.shown, Of::Identity, now).ok_or(NotYet::NoIdentity)?;
    let presence = latest(before.shown, Of::Presence, now);
    let at_counter = identity.at_counter && presence.is_some_and(|one| one.at_counter);
    if before.warnings.is_empty() {
        return if at_counter { Ok(()) } else { Err(NotYet::NobodyToTell) };
    }
    let told = first_told(before.warnings, before.sms_compromised);
    let until = told.ok_or(NotYet::NotTold)? + WAIT;
    if at_counter {
        return Ok(());
    }
    if now < until {
        return Err(NotYet::Objections { until });
    }
    if identity.at < until { Err(NotYet::ShownTooEarly) } else { Ok(()) }
}

/// Whether the swap to a parcel's card may begin now: who somebody is and what they have, by two ways and afresh; the warning of
/// this shipment a day ago; and that it is being activated now, without a wait.
pub fn may_activate(
    before: &Before<'_>,
    activation: &[Warning],
    now: DateTime<Utc>,
) -> Result<(), NotYet> {
    let identity = latest(before.shown, Of::Identity, now).ok_or(NotYet::NoIdentity)?;
    latest(before.shown, Of::Possession, now).ok_or(NotYet::NoPossession)?;
    let until = objections_until(before)?;
    if now < until {
        return Err(NotYet::Objections { until });
    }
    if identity.at < until {
        return Err(NotYet::ShownTooEarly);
    }
    let told = first_told(activation, before.sms_compromised);
    told.map(drop).ok_or(NotYet::ActivationNotTold)
}

/// Until when those who were told of a shipment may object.
pub fn objections_until(before: &Before<'_>) -> Result<DateTime<Utc>, NotYet> {
    let told = first_told(before.warnings, before.sms_compromised);
    told.map(|at| at + WAIT).ok_or(NotYet::NotTold)
}

/// The latest fresh proof of something; one that a clerk saw counts more.
fn latest(shown: &[Shown], of: Of, now: DateTime<Utc>) -> Option<&Shown> {
    let fresh = |one: &&Shown| one.at <= now && now - one.at <= FRESH;
    let such = shown.iter().filter(fresh).filter(move |one| one.of == of);
    such.max_by_key(|one| (one.at_counter, one.at))
}

/// When a network first took over what counts.
fn first_told(warnings: &[Warning], sms_compromised: bool) -> Option<DateTime<Utc>> {
    let counts = |one: &&Warning| !(one.changed_since || sms_compromised && one.by_sms);
    warnings.iter().filter(counts).filter_map(|one| one.handed_at).min()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_757_000_000 + 60 * minutes, 0).unwrap()
    }

    const fn shown(of: Of, at: DateTime<Utc>, at_counter: bool) -> Shown {
        Shown { of, at, at_counter }
    }

    const fn warning(by_sms: bool, handed_at: Option<DateTime<Utc>>) -> Warning {
        Warning { by_sms, handed_at, changed_since: false }
    }

    use Of::{Identity, Presence};

    const SMS: bool = true;
    const EMAIL: bool = false;

    const DAY: i64 = 24 * 60;

    #[rstest]
    #[case::nothing(&[], &[warning(EMAIL, Some(at(0)))], Err(NotYet::NoIdentity))]
    #[case::too_old(&[shown(Identity, at(-60), true)], &[], Err(NotYet::NoIdentity))]
    #[case::later(&[shown(Identity, at(6), true)], &[], Err(NotYet::NoIdentity))]
    #[case::nobody(&[shown(Identity, at(0), true)], &[], Err(NotYet::NobodyToTell))]
    #[case::nobody_but_there(&[shown(Identity, at(0), true), shown(Presence, at(0), true)], &[], Ok(()))]
    #[case::not_told(&[shown(Identity, at(0), true), shown(Presence, at(0), true)], &[warning(EMAIL, None)], Err(NotYet::NotTold))]
    #[case::sms_only(&[shown(Identity, at(0), true), shown(Presence, at(0), true)], &[warning(SMS, Some(at(0)))], Err(NotYet::NotTold))]
    #[case::there(&[shown(Identity, at(0), true), shown(Presence, at(0), true)], &[warning(SMS, None), warning(EMAIL, Some(at(0)))], Ok(()))]
    #[case::not_at_a_counter(&[shown(Identity, at(0), true), shown(Presence, at(0), false)], &[warning(EMAIL, Some(at(0)))], Err(NotYet::Objections { until: at(DAY) }))]
    #[case::a_day_later(&[shown(Identity, at(0), true)], &[warning(EMAIL, Some(at(-DAY)))], Ok(()))]
    #[case::too_early(&[shown(Identity, at(-1), true)], &[warning(EMAIL, Some(at(-DAY)))], Err(NotYet::ShownTooEarly))]
    fn who_was_told_and_what_was_shown(
        #[case] shown: &[Shown],
        #[case] warnings: &[Warning],
        #[case] expected: Result<(), NotYet>,
    ) {
        let before = Before { shown, warnings, sms_compromised: true };
        assert_eq!(may_begin(&before, at(0) + TimeDelta::seconds(1)), expected);
    }

    use Of::Possession;

    const HOME: [Shown; 2] = [shown(Identity, at(-9), false), shown(Possession, at(0), false)];
    const DAY_AGO: Option<i64> = Some(-DAY - 9);

    /// At home: each of the two proofs and of the two notices counts.
    #[rstest]
    #[case::both(&HOME, DAY_AGO, Some(-1), Ok(()))]
    #[case::without_a_login(&HOME[1..], DAY_AGO, Some(-1), Err(NotYet::NoIdentity))]
    #[case::without_a_code(&HOME[..1], DAY_AGO, Some(-1), Err(NotYet::NoPossession))]
    #[case::twice_the_same(&[HOME[0], HOME[0]], DAY_AGO, Some(-1), Err(NotYet::NoPossession))]
    #[case::an_old_login(&[shown(Identity, at(-60), false), HOME[1]], DAY_AGO, Some(-1), Err(NotYet::NoIdentity))]
    #[case::an_old_code(&[HOME[0], shown(Possession, at(-60), false)], DAY_AGO, Some(-1), Err(NotYet::NoPossession))]
    #[case::there_is_another_thing(&[HOME[0], shown(Presence, at(0), true)], DAY_AGO, Some(-1), Err(NotYet::NoPossession))]
    #[case::nobody_warned(&HOME, None, Some(-1), Err(NotYet::NotTold))]
    #[case::warned_too_late(&HOME, Some(-DAY + 1), Some(-1), Err(NotYet::Objections { until: at(1) }))]
    #[case::shown_too_early(&HOME, Some(-DAY - 8), Some(-1), Err(NotYet::ShownTooEarly))]
    #[case::not_told_of_it(&HOME, DAY_AGO, None, Err(NotYet::ActivationNotTold))]
    fn at_home_both_proofs_and_both_notices_count(
        #[case] shown: &[Shown],
        #[case] warned: Option<i64>,
        #[case] told: Option<i64>,
        #[case] expected: Result<(), NotYet>,
    ) {
        let warnings = [warning(EMAIL, warned.map(at)), warning(SMS, Some(at(-9 * DAY)))];
        let activation = [warning(EMAIL, told.map(at)), warning(SMS, Some(at(0)))];
        let before = Before { shown, warnings: &warnings, sms_compromised: true };
        let now = at(0) + TimeDelta::seconds(1);
        assert_eq!(may_activate(&before, &activation, now), expected);
    }

    #[test]
    fn a_contact_that_was_changed_tells_nobody() {
        let shown = [shown(Identity, at(0), true), shown(Presence, at(0), true)];
        let changed = Warning { changed_since: true, ..warning(EMAIL, Some(at(0))) };
        let before = Before { shown: &shown, warnings: &[changed], sms_compromised: false };
        assert_eq!(may_begin(&before, at(1)), Err(NotYet::NotTold));
        let known = [changed, warning(SMS, Some(at(0)))];
        assert_eq!(may_begin(&Before { warnings: &known, ..before }, at(1)), Ok(()));
    }
}
