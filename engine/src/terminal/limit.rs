//! How often somebody may do something, counted in the transaction that does it: per person and per terminal, the lower of the two
//! bounds decides.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use simrecall_core::access::hours::{Hours, local_day, midnight};
use simrecall_core::access::limit::{Count, Limits, Load, Odd, Span, is_odd};
use simrecall_core::access::{Act, drip};
use simrecall_core::id::{CaseId, StaffId};
use simrecall_store::agency::Agency;
use simrecall_store::alarm::AlarmKind;
use simrecall_store::keystore::{Domain, Quarter};
use simrecall_store::seal::{DomainKeys, Tag};
use simrecall_store::staff_count::Tally;
use simrecall_store::{StoreError, Tx};

use super::{Seat, alarm};
use crate::config::{AgencyConfig, StaffLimits};
use crate::home::Home;
use crate::problem::Problem;

/// What a transaction says where as much was done as may be: it is refused, and nothing of it stays.
pub(crate) const OVER: &str = "as often as that may be done, it was";
/// What is over is not asked for again: counts are kept as long as a drip looks back, and a day.
const KEPT: TimeDelta = TimeDelta::days(31);
/// What a transaction says where the key of this quarter's access records is not held: then nothing is shown.
const NO_KEY: StoreError =
    StoreError::State("the key of this quarter's access records is not held");

/// What counting said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// An alarm rang that keeps them from doing any more: what they asked for is answered, and nothing after it.
    pub(crate) paused: bool,
}

/// Counts one more, or refuses with [`OVER`], and then nothing in the transaction may stay. `subject`: of a look-up, what was looked
/// up: the case's id, or whatever was typed as its index. Alarms that the number sets off are raised here.
pub(crate) fn count(
    tx: &mut Tx<'_>,
    home: &Home,
    seat: &Seat,
    (count, subject): (Count, Option<&[u8; 16]>),
) -> Result<Counted, StoreError> {
    let config = home.config.agency.as_ref();
    let limits = config.map_or_else(Limits::default, |config| limits(&config.limits));
    let now = home.now();
    let load = match count {
        Count::LookUp | Count::Order => load(tx, config, now)?,
        Count::Countersign | Count::LookTaken | Count::Hold | Count::WrongCode => Load::PLAIN,
    };
    let who = [*seat.staff.id.as_bytes(), *seat.terminal.id.as_bytes()];
    let mut today = 0;
    for span in Span::ALL {
        // Orders are counted by the day as well: look-ups are held against them.
        let most = limits.most(count, span, load);
        if most.is_none() && count != Count::Order {
            continue;
        }
        let most = most.map_or(i32::MAX, |most| i32::try_from(most).unwrap_or(i32::MAX));
        for who in who {
            let tally = Tally { who, what: count, span, from: begin(span, now) };
            let spent = tx.count_staff(&tally, most)?.ok_or(StoreError::State(OVER))?;
            if span == Span::Day && who == *seat.staff.id.as_bytes() {
                today = spent;
            }
        }
    }
    match count {
        Count::LookUp => looked_up(tx, home, seat, (subject, today)),
        Count::Order => {
            if let Some(agency) = &seat.agency {
                let (who, from) = (*agency.id.as_bytes(), begin(Span::Hour, now));
                let tally = Tally { who, what: count, span: Span::Hour, from };
                tx.count_staff(&tally, i32::MAX)?;
            }
            Ok(Counted::default())
        }
        Count::Countersign | Count::LookTaken | Count::Hold | Count::WrongCode => {
            Ok(Counted::default())
        }
    }
}

/// Refuses with [`OVER`] if there is nothing left to count: before an answer that a limit bounds is looked for.
pub(crate) fn is_left(
    tx: &mut Tx<'_>,
    home: &Home,
    seat: &Seat,
    count: Count,
) -> Result<(), StoreError> {
    let config = home.config.agency.as_ref();
    let limits = config.map_or_else(Limits::default, |config| limits(&config.limits));
    for span in Span::ALL {
        let Some(most) = limits.most(count, span, Load::PLAIN) else { continue };
        for who in [*seat.staff.id.as_bytes(), *seat.terminal.id.as_bytes()] {
            let tally = Tally { who, what: count, span, from: begin(span, home.now()) };
            if i64::from(tx.staff_counted(&tally)?) >= i64::from(most) {
                return Err(StoreError::State(OVER));
            }
        }
    }
    Ok(())
}

/// What a transaction that was refused says to whoever asked.
pub(crate) fn over() -> Problem {
    Problem::state("limit", OVER)
        .hint("it goes on in the next hour or on the next day; a supervisor sees why")
}

/// A case, and a walk-in's number, are known by these hashes to whoever looked them up, now and in the quarter before.
pub(crate) fn subjects_of(home: &Home, case: CaseId, number: &[u8; 16]) -> Vec<[u8; 16]> {
    let day = local_day(home.now());
    let days = [Some(day), day.checked_sub_days(chrono::Days::new(90))];
    let held = home.keys.domains().unwrap_or_default();
    let quarters = days.into_iter().flatten().filter_map(Quarter::of);
    let keys = quarters.filter(|one| held.contains(&Domain::Access(*one)));
    let keys = keys.filter_map(|quarter| home.keys.access(quarter).ok());
    keys.flat_map(|keys| [case.as_bytes(), number].map(|subject| hashed(&keys, subject))).collect()
}

/// Forgets counts that nobody asks for any more.
pub(crate) fn purge(home: &Home) -> crate::problem::Result<u64> {
    let before = home.now() - KEPT;
    let gone = home.store.write(|tx| tx.purge_staff_counts(before))?;
    Ok(u64::try_from(gone).unwrap_or(u64::MAX))
}

fn looked_up(
    tx: &mut Tx<'_>,
    home: &Home,
    seat: &Seat,
    (subject, today): (Option<&[u8; 16]>, i32),
) -> Result<Counted, StoreError> {
    let (now, staff, post) = (home.now(), seat.staff.id, alarm::post(seat));
    let quarter = Quarter::of(local_day(now)).ok_or(NO_KEY)?;
    if let Some(subject) = subject {
        let keys = home.keys.access(quarter).map_err(|_| NO_KEY)?;
        tx.see_subject(staff, &hashed(&keys, subject), now)?;
    }
    let config = home.config.agency.as_ref();
    let odd = config.map_or_else(Odd::default, |config| Odd {
        times: clamped(config.alarms.ratio),
        from: clamped(config.alarms.ratio_from),
    });
    let day = begin(Span::Day, now);
    let orders = Tally { who: *staff.as_bytes(), what: Count::Order, span: Span::Day, from: day };
    let orders = u32::try_from(tx.staff_counted(&orders)?).unwrap_or(0);
    let rang_today = !tx.alarms_of(staff, AlarmKind::Ratio, day)?.is_empty();
    // Held against orders is only who may order.
    let orders_at_all = seat.staff.roles.iter().any(|role| role.may(Act::SwitchLine));
    if orders_at_all && !rang_today && is_odd(&odd, u32::try_from(today).unwrap_or(0), orders) {
        alarm::raise(tx, home, &post, (AlarmKind::Ratio, None))?;
    }
    let paused =
        is_drip(tx, home, seat)? && alarm::raise(tx, home, &post, (AlarmKind::Drip, None))?;
    Ok(Counted { paused })
}

/// Whether somebody looked up more people without a swap than others of their role do. What was before an alarm that somebody closed is
/// not held against them again.
fn is_drip(tx: &mut Tx<'_>, home: &Home, seat: &Seat) -> Result<bool, StoreError> {
    let config = home.config.agency.as_ref();
    let rule = config.map_or_else(drip::Rule::default, |config| drip::Rule {
        floor: clamped(config.alarms.drip_at_least),
        times: clamped(config.alarms.drip_times_median),
    });
    let span = config.map_or(drip::SPAN, |config| TimeDelta::days(config.alarms.drip_days));
    let (staff, since) = (seat.staff.id, home.now() - span);
    let closed = tx.alarms_of(staff, AlarmKind::Drip, since)?;
    let closed = closed.iter().filter_map(|one| one.closed).map(|(at, _)| at).max();
    let own = clamped(tx.subjects_of(staff, closed.map_or(since, |at| at.max(since)))?);
    if own <= rule.floor {
        return Ok(false);
    }
    let counts = tx.subjects_of_all(since)?;
    let others = tx.all_staff()?;
    let others = others.iter().filter(|one| {
        one.id != staff && one.retired_at.is_none() && !one.roles.is_disjoint(&seat.staff.roles)
    });
    let of = |id: StaffId| counts.iter().find(|(one, _)| *one == id).map_or(0, |(_, n)| *n);
    let others: Vec<u32> = others.map(|one| clamped(of(one.id))).collect();
    Ok(drip::is_drip(&rule, own, &others))
}

/// How busy the agencies were in the day before this hour. Whoever comes first in an hour finds out, and writes it down.
fn load(
    tx: &mut Tx<'_>,
    config: Option<&AgencyConfig>,
    now: DateTime<Utc>,
) -> Result<Load, StoreError> {
    let most = config.map_or(Load::MOST, |config| {
        Load::from_thousandths(config.limits.load_percent_at_most.saturating_mul(10))
    });
    let hour = begin(Span::Hour, now);
    if let Some(known) = tx.staff_load(hour)? {
        return Ok(Load::from_thousandths(clamped(known.into())).min(most));
    }
    let since = hour - TimeDelta::hours(24);
    let counts = tx.staff_counts(Count::Order, Span::Hour, since)?;
    let agencies = tx.agencies()?;
    let done: Vec<(u64, u64)> = agencies
        .iter()
        .map(|agency| {
            let own = counts.iter().find(|(who, _)| who == agency.id.as_bytes());
            let orders = own.map_or(0, |(_, n)| u64::try_from(*n).unwrap_or(0));
            (orders, desk_minutes(agency, (since, hour)))
        })
        .collect();
    let load = Load::of(&done);
    tx.put_staff_load(hour, i32::try_from(load.thousandths()).unwrap_or(1_000))?;
    Ok(load.min(most))
}

/// For how many minutes the desks of an agency were open in a span of time, all added.
fn desk_minutes(agency: &Agency, (from, until): (DateTime<Utc>, DateTime<Utc>)) -> u64 {
    let hours = hours_of(agency);
    let days = [from, until].map(|at| simrecall_core::access::hours::today(&hours, at));
    let mut open: Vec<_> = days.into_iter().flatten().collect();
    open.dedup();
    let minutes = |(opens, closes): (DateTime<Utc>, DateTime<Utc>)| {
        let length = closes.min(until) - opens.max(from);
        u64::try_from(length.num_minutes()).unwrap_or(0)
    };
    let desks = u64::try_from(agency.desks).unwrap_or(0);
    open.into_iter().map(minutes).sum::<u64>() * desks
}

/// An agency's hours, as the rule asks for them.
pub(crate) fn hours_of(agency: &Agency) -> Hours {
    Hours {
        opens_minute: agency.opens_minute,
        closes_minute: agency.closes_minute,
        weekdays: agency.weekdays,
        closed_at: agency.closed_at,
    }
}

/// When the window began that an instant is in.
fn begin(span: Span, now: DateTime<Utc>) -> DateTime<Utc> {
    match span {
        Span::Hour => now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now),
        Span::Day => midnight(local_day(now)).unwrap_or(now),
    }
}

fn hashed(keys: &DomainKeys, subject: &[u8; 16]) -> [u8; 16] {
    let tag = keys.tag(Tag::Subject, &[subject]);
    tag.first_chunk::<16>().copied().unwrap_or_default()
}

fn limits(config: &StaffLimits) -> Limits {
    let of = |limit: i32| u32::try_from(limit).unwrap_or(0);
    Limits {
        look_ups_an_hour: of(config.look_ups_an_hour),
        look_ups_a_day: of(config.look_ups_a_day),
        orders_an_hour: of(config.orders_an_hour),
        countersigns_a_day: of(config.countersigns_a_day),
        looks_taken_an_hour: of(config.looks_an_hour),
        looks_of_a_case_a_day: of(config.looks_of_a_case_a_day),
        holds_a_day: of(config.holds_a_day),
        wrong_codes_an_hour: of(config.wrong_codes_an_hour),
    }
}

fn clamped(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}
