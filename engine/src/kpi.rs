//! The figures of a day, as carriers published them: counted from the moves of cases, so that anybody may count again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use simrecall_core::id::IncidentId;
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::kpi::{Besides, Kpi, Moved, kpi};
use simrecall_core::replacement::{State, local_day, midnight};

use crate::home::Home;
use crate::incident;
use crate::pages::rows;
use crate::problem::{Problem, Result};
use crate::replacement::cases_in;

/// From when on somebody who did not come counts apart.
const NO_SHOW: TimeDelta = TimeDelta::days(7);
/// Days in one answer at most.
const MOST: u64 = 1_000;

/// The figures of the days from one to another, both included; of today alone if none is named.
///
/// Stock, lots and protections are those of now, whichever day is asked for: no move tells what they were.
pub fn figures(
    home: &Home,
    code: &str,
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
) -> Result<Vec<Kpi>> {
    let incident = incident::by_code(home, code)?.id;
    let today = local_day(home.now());
    let to = to.unwrap_or(today);
    let from = from.unwrap_or(to);
    let many = u64::try_from((to - from).num_days()).unwrap_or(u64::MAX);
    if to < from || to > today || many >= MOST {
        return Err(Problem::input("day", "the days go from one to a later one, today at most"));
    }
    let mut moved = BTreeMap::new();
    // All that was before counts as of the day before: a day's figures ask only whether it was earlier.
    count(
        home,
        incident,
        from.pred_opt().unwrap_or(from),
        (DateTime::UNIX_EPOCH, begin(from)),
        &mut moved,
    )?;
    let besides = besides(home)?;
    let missed = missed(home, incident)?;
    let mut answers = Vec::new();
    for day in (0..=many).filter_map(|days| from.checked_add_days(Days::new(days))) {
        let ends = begin(day.succ_opt().unwrap_or(day));
        count(home, incident, day, (begin(day), ends), &mut moved)?;
        let long_ago = missed.iter().filter(|at| **at + NO_SHOW <= ends).count();
        let no_show_7_days = u64::try_from(long_ago).unwrap_or(u64::MAX);
        answers.push(kpi(day, &moved, Besides { no_show_7_days, ..besides.clone() }));
    }
    Ok(answers)
}

fn begin(day: NaiveDate) -> DateTime<Utc> {
    midnight(day).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Adds the moves of a while, as moves of one day.
fn count(
    home: &Home,
    incident: IncidentId,
    day: NaiveDate,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    moved: &mut BTreeMap<Moved, u64>,
) -> Result<()> {
    for one in home.store.read(|tx| tx.count_case_events(incident, from, until))? {
        let key = Moved { day, from: one.from, by: one.event, to: one.to };
        *moved.entry(key).or_default() += one.count.unsigned_abs();
    }
    Ok(())
}

/// Since when those did not come who still have not.
fn missed(home: &Home, incident: IncidentId) -> Result<Vec<DateTime<Utc>>> {
    rows(cases_in(home, incident, State::NoShow)).map(|case| Ok(case?.changed_at)).collect()
}

fn besides(home: &Home) -> Result<Besides> {
    let (counts, coming, protections) = home
        .store
        .read(|tx| Ok((tx.stock_counts()?, tx.coming_lots(None)?, tx.count_protections()?)))?;
    let mut lots: BTreeMap<NaiveDate, u64> = BTreeMap::new();
    for lot in coming {
        *lots.entry(lot.expected_on).or_default() += lot.cards.unsigned_abs();
    }
    let tied = |state| match state {
        StateKind::On | StateKind::Suspended | StateKind::Tripped => true,
        StateKind::Off | StateKind::Requested => false,
    };
    let protected = protections.into_iter().filter(|(state, _)| tied(*state));
    Ok(Besides {
        no_show_7_days: 0,
        protected: protected.map(|(_, count)| count.unsigned_abs()).sum(),
        stock: counts.iter().map(|count| count.available.unsigned_abs()).sum(),
        lots,
    })
}

/// Figures as a table that a chart is drawn from: one row a day.
pub fn csv(figures: &[Kpi]) -> String {
    let head = "day,swapped_today,swapped,booked_today,booked,left,no_show_7_days,protected,stock,\
                next_lots,rate_percent,rate_without_no_shows_percent\n";
    figures.iter().fold(head.to_owned(), |mut text, one| {
        let rate = |points: Option<u64>| {
            points.map(|points| format!("{}.{:02}", points / 100, points % 100)).unwrap_or_default()
        };
        let lots: u64 = one.lots.values().sum();
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{},{},{lots},{},{}",
            one.day,
            one.swapped_today,
            one.swapped,
            one.booked_today,
            one.booked,
            one.left,
            one.no_show_7_days,
            one.protected,
            one.stock,
            rate(one.rate.basis_points),
            rate(one.rate_without_no_shows.basis_points),
        );
        text
    })
}
