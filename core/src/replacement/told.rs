//! Before a swap begins: what was shown for it, and who was told that it is coming.
//!
//! Whoever took over a customer's mailbox, or talks a clerk into something, meets the same rule: the old card and everybody who
//! speaks for the line are told first, and unless the customer stands at the counter there is a day to say "not me".

use chrono::{DateTime, TimeDelta, Utc};

/// What a proof is of.
///
/// [`Of::Seen`] stands for [`Of::Presence`] with less weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Of {
    /// Who somebody is: the papers that the table of documents asks for, or the page's strong way.
    Identity,
    /// That the customer is there: a code of their own visit, typed where they are served.
    Presence,
    /// That something of theirs is in their hands besides: a code that went another way than the login.
    Possession,
    /// That somebody who looks like the papers is there: a second pair of eyes elsewhere saw the images, and said so.
    Seen,
}

/// How long "not me" may be said when the customer is not at a counter with both proofs.
pub const WAIT: TimeDelta = TimeDelta::hours(24);
/// How long "not me" may be said when a second pair of eyes stands for the customer's own code.
pub const SEEN_WAIT: TimeDelta = TimeDelta::minutes(10);
/// For how long a change of the line's contacts or of its card casts doubt on what follows it: whoever steals a line changes these
/// first. GSMA and CAMARA look at the same three days.
pub const LATELY: TimeDelta = TimeDelta::hours(72);
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
    /// Whether it is another contact than three days before the application.
    pub lately: Lately,
}

coded! {
    /// What became of a contact in the three days before an application.
    Lately {
        /// Nothing: it was there before, as far as the registry's snapshots go back, and at the application.
        Stayed = 1 "stayed",
        /// It was put in.
        Came = 2 "came",
        /// It was taken out: who was reached there is told all the same.
        Went = 3 "went",
    }
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
    /// What else is known of the line.
    pub line: Line,
}

/// What is known of a line before a swap begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Line {
    /// Its owner has tied it to a handset.
    pub protected: bool,
    /// When its number last got another card; not by a swap of the same case that went back.
    pub sim_changed_at: Option<DateTime<Utc>>,
    /// A supervisor has signed this very order, with a key of their own.
    pub countersigned: bool,
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
    /// A contact was changed in the three days before the application, and nobody is reached where they were before that.
    #[error("a contact was changed shortly before, and there is no older one to warn")]
    NoOlderContact,
    /// Its owner has tied the line: then their own code has to be shown, and nobody's eyes stand for it.
    #[error("its owner has tied the line, so the code of their own page has to be shown")]
    Protected,
    /// The number got another card lately: then the customer has to be there with their own code.
    #[error("the number got another card lately, so the code of its owner's page has to be shown")]
    SimChanged,
    /// The number got another card lately, and nobody was warned since.
    #[error("the number got another card lately, and nobody was warned since")]
    NotToldAgain,
    /// The number got another card lately, and no supervisor has signed.
    #[error("the number got another card lately, so a supervisor has to sign too")]
    NoCountersign,
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
            Self::NoOlderContact => "no_older_contact",
            Self::Protected => "protected",
            Self::SimChanged => "sim_changed",
            Self::NotToldAgain => "not_told_again",
            Self::NoCountersign => "countersign",
        }
    }
}

/// Whether a swap may begin now. [`NotYet::NoCountersign`] comes last: everything else is there.
pub fn may_begin(before: &Before<'_>, now: DateTime<Utc>) -> Result<(), NotYet> {
    let identity = latest(before.shown, Of::Identity, now).ok_or(NotYet::NoIdentity)?;
    let there = |of| latest(before.shown, of, now).is_some_and(|one| one.at_counter);
    let present = identity.at_counter && there(Of::Presence);
    let seen = identity.at_counter && there(Of::Seen);
    if before.line.protected && !present {
        return Err(NotYet::Protected);
    }
    if before.warnings.is_empty() {
        return if present { card_is_old(before, present, now) } else { Err(NotYet::NobodyToTell) };
    }
    let until = told_until(before, present, seen)?;
    if now < until {
        return Err(NotYet::Objections { until });
    }
    if !present && !seen && identity.at < until {
        return Err(NotYet::ShownTooEarly);
    }
    card_is_old(before, present, now)
}

/// Until when those who were told may object, for what was shown.
fn told_until(before: &Before<'_>, present: bool, seen: bool) -> Result<DateTime<Utc>, NotYet> {
    let changed = before.warnings.iter().any(|one| one.lately != Lately::Stayed);
    if changed {
        let older = |one: &&Warning| one.lately != Lately::Came && !one.changed_since;
        let older: Vec<Warning> = before.warnings.iter().filter(older).copied().collect();
        let counts = |one: &Warning| !(one.by_sms && before.sms_compromised);
        if !older.iter().any(counts) {
            return Err(NotYet::NoOlderContact);
        }
        let told = first_told(&older, before.sms_compromised);
        return told.map(|at| at + WAIT).ok_or(NotYet::NotTold);
    }
    let told = first_told(before.warnings, before.sms_compromised).ok_or(NotYet::NotTold)?;
    Ok(match (present, seen) {
        (true, _) => told,
        (false, true) => told + SEEN_WAIT,
        (false, false) => told + WAIT,
    })
}

/// A number that got another card lately gets one more only for who is there, after a new warning, and with two signatures.
fn card_is_old(before: &Before<'_>, present: bool, now: DateTime<Utc>) -> Result<(), NotYet> {
    let Some(changed) = before.line.sim_changed_at.filter(|at| now - *at < LATELY) else {
        return Ok(());
    };
    if !present {
        return Err(NotYet::SimChanged);
    }
    let since = |one: &&Warning| one.handed_at.is_some_and(|at| at >= changed);
    let again: Vec<Warning> = before.warnings.iter().filter(since).copied().collect();
    if first_told(&again, before.sms_compromised).is_none() {
        return Err(NotYet::NotToldAgain);
    }
    if before.line.countersigned { Ok(()) } else { Err(NotYet::NoCountersign) }
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
    told.map(drop).ok_or(NotYet::ActivationNotTold)?;
    // At home nobody is there, and nobody signs with them.
    card_is_old(before, false, now)
}

/// Until when those who were told of a shipment may object.
pub fn objections_until(before: &Before<'_>) -> Result<DateTime<Utc>, NotYet> {
    told_until(before, false, false)
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
        Warning { by_sms, handed_at, changed_since: false, lately: Stayed }
    }

    fn before<'a>(shown: &'a [Shown], warnings: &'a [Warning]) -> Before<'a> {
        Before { shown, warnings, sms_compromised: true, line: Line::default() }
    }

    use Of::{Identity, Presence, Seen};

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
        assert_eq!(may_begin(&before(shown, warnings), at(0) + TimeDelta::seconds(1)), expected);
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
        let now = at(0) + TimeDelta::seconds(1);
        assert_eq!(may_activate(&before(shown, &warnings), &activation, now), expected);
    }

    #[test]
    fn a_contact_that_was_changed_tells_nobody() {
        let shown = [shown(Identity, at(0), true), shown(Presence, at(0), true)];
        let changed = Warning { changed_since: true, ..warning(EMAIL, Some(at(0))) };
        let before = Before { sms_compromised: false, ..before(&shown, &[]) };
        let only = [changed];
        assert_eq!(may_begin(&Before { warnings: &only, ..before }, at(1)), Err(NotYet::NotTold));
        let known = [changed, warning(SMS, Some(at(0)))];
        assert_eq!(may_begin(&Before { warnings: &known, ..before }, at(1)), Ok(()));
    }

    const EYES: [Shown; 2] = [shown(Identity, at(0), true), shown(Seen, at(0), true)];
    const THERE: [Shown; 2] = [shown(Identity, at(0), true), shown(Presence, at(0), true)];

    /// Eyes elsewhere stand for presence with less weight.
    #[rstest]
    #[case::nobody_to_warn(&EYES, &[], 30, Err(NotYet::NobodyToTell))]
    #[case::not_warned(&EYES, &[warning(EMAIL, None)], 30, Err(NotYet::NotTold))]
    #[case::a_message_is_a_courtesy(&EYES, &[warning(SMS, Some(at(0)))], 30, Err(NotYet::NotTold))]
    #[case::nine_minutes(&EYES, &[warning(EMAIL, Some(at(0)))], 9, Err(NotYet::Objections { until: at(10) }))]
    #[case::ten_minutes(&EYES, &[warning(EMAIL, Some(at(0)))], 10, Ok(()))]
    #[case::an_hour(&EYES, &[warning(EMAIL, Some(at(0)))], 61, Err(NotYet::NoIdentity))]
    #[case::eyes_alone(&EYES[1..], &[warning(EMAIL, Some(at(0)))], 30, Err(NotYet::NoIdentity))]
    fn eyes_elsewhere_count_after_ten_minutes(
        #[case] shown: &[Shown],
        #[case] warnings: &[Warning],
        #[case] minute: i64,
        #[case] expected: Result<(), NotYet>,
    ) {
        assert_eq!(may_begin(&before(shown, warnings), at(minute)), expected);
    }

    const fn lately(lately: Lately, handed_at: Option<i64>) -> Warning {
        let handed_at = match handed_at {
            Some(minute) => Some(at(minute)),
            None => None,
        };
        Warning { lately, ..warning(EMAIL, handed_at) }
    }

    use Lately::{Came, Stayed, Went};

    /// A contact that was changed shortly before the application: a day from a warning to an older one, whoever is there.
    #[rstest]
    #[case::no_older(&[lately(Came, Some(-2 * DAY))], Err(NotYet::NoOlderContact))]
    #[case::older_is_a_message(&[lately(Came, Some(-2 * DAY)), warning(SMS, Some(at(-2 * DAY)))], Err(NotYet::NoOlderContact))]
    #[case::older_not_told(&[lately(Came, Some(-2 * DAY)), lately(Stayed, None)], Err(NotYet::NotTold))]
    #[case::older_told_now(&[lately(Came, Some(-2 * DAY)), lately(Stayed, Some(0))], Err(NotYet::Objections { until: at(DAY) }))]
    #[case::older_told_yesterday(&[lately(Came, None), lately(Stayed, Some(-DAY))], Ok(()))]
    #[case::taken_out_told_now(&[lately(Went, Some(0))], Err(NotYet::Objections { until: at(DAY) }))]
    #[case::taken_out_told_yesterday(&[lately(Went, Some(-DAY))], Ok(()))]
    #[case::both_are_old(&[lately(Stayed, Some(0)), lately(Stayed, None)], Ok(()))]
    fn after_a_contact_changed_a_day_is_waited(
        #[case] warnings: &[Warning],
        #[case] expected: Result<(), NotYet>,
    ) {
        assert_eq!(may_begin(&before(&THERE, warnings), at(1)), expected);
    }

    #[test]
    fn a_tied_line_asks_for_its_owners_own_code() {
        let warnings = [warning(EMAIL, Some(at(-2 * DAY)))];
        let line = Line { protected: true, ..Line::default() };
        let of = |shown| may_begin(&Before { line, ..before(shown, &warnings) }, at(30));
        assert_eq!(of(&EYES), Err(NotYet::Protected));
        assert_eq!(of(&EYES[..1]), Err(NotYet::Protected));
        assert_eq!(of(&THERE), Ok(()));
    }

    /// A card that came lately: there, warned again, and with a second signature; each is missed by itself.
    #[rstest]
    #[case::eyes(&EYES, 0, true, 60, Err(NotYet::SimChanged))]
    #[case::not_again(&THERE, -61, true, 60, Err(NotYet::NotToldAgain))]
    #[case::one_signature(&THERE, 0, false, 60, Err(NotYet::NoCountersign))]
    #[case::all(&THERE, 0, true, 60, Ok(()))]
    #[case::a_minute_less_than_three_days(&THERE, 0, false, 3 * DAY - 2, Err(NotYet::NoCountersign))]
    #[case::three_days(&THERE, 0, false, 3 * DAY - 1, Ok(()))]
    fn a_card_that_came_lately(
        #[case] shown: &[Shown],
        #[case] warned: i64,
        #[case] countersigned: bool,
        #[case] age: i64,
        #[case] expected: Result<(), NotYet>,
    ) {
        let now = at(30);
        let line = Line { sim_changed_at: Some(at(29 - age)), countersigned, ..Line::default() };
        // The warning is handed over a minute after the change, or before it.
        let minute = if warned < 0 { 29 - age + warned } else { 30 - age };
        let warnings = [warning(EMAIL, Some(at(minute.min(0))))];
        let before = Before { line, ..before(shown, &warnings) };
        let found = may_begin(&before, now);
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_changed_lately_asks_for_nothing_more() {
        let warnings = [warning(EMAIL, Some(at(0)))];
        let line = Line { sim_changed_at: Some(at(-3 * DAY)), ..Line::default() };
        let before = Before { line, ..before(&THERE, &warnings) };
        assert_eq!(may_begin(&before, at(1)), Ok(()));
        let nobody = Before { warnings: &[], ..before };
        assert_eq!(may_begin(&nobody, at(1)), Ok(()));
        let line = Line { sim_changed_at: Some(at(-60)), countersigned: true, ..line };
        let nobody = Before { line, ..nobody };
        assert_eq!(may_begin(&nobody, at(1)), Err(NotYet::NotToldAgain));
    }
}
