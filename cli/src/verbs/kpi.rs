//! `kpi`: the figures of a day.

use std::process::ExitCode;

use simrecall_core::replacement::kpi::{Kpi, Rate};
use simrecall_engine::{Result, kpi};

use super::Desk;
use crate::args::KpiArgs;
use crate::report::{Sheet, count};

pub(super) fn run(desk: &Desk<'_>, verb: &KpiArgs) -> Result<ExitCode> {
    let home = desk.open()?;
    let KpiArgs { incident, day, from, csv } = verb;
    let days = kpi::figures(&home, incident, (*from, *day))?;
    Ok(desk.say(&days, || {
        if *csv {
            return kpi::csv(&days);
        }
        days.iter().fold(Sheet::default(), words).text()
    }))
}

fn words(sheet: Sheet, one: &Kpi) -> Sheet {
    let lots: Vec<String> =
        one.lots.iter().map(|(day, cards)| format!("{} on {day}", count(*cards))).collect();
    sheet
        .line(&one.day.to_string())
        .row(
            "swapped",
            format!("{} today, {} in all", count(one.swapped_today), count(one.swapped)),
        )
        .row("booked", format!("{} today, {} to come", count(one.booked_today), count(one.booked)))
        .row("left", count(one.left))
        .row("did not come, 7 days", count(one.no_show_7_days))
        .row("done", rate(&one.rate))
        .row("done, without these", rate(&one.rate_without_no_shows))
        .row("protected", count(one.protected))
        .row("stock", count(one.stock))
        .row_if(!lots.is_empty(), "next lots", lots.join(", "))
}

fn rate(rate: &Rate) -> String {
    let of = count(rate.of);
    rate.basis_points.map_or_else(
        || format!("of {of}"),
        |points| format!("{}.{:02} % of {of}", points / 100, points % 100),
    )
}
