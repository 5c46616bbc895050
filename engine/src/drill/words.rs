//! What a drill says and writes.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Seoul;

use crate::cohort::RevisionAnswer;
use crate::filing::SubmitAnswer;
use crate::law::{ClockList, ClockRow};
use crate::posting::PostingAnswer;
use crate::send::Sent;
use crate::verify::IncidentCount;
use crate::wave::{Planned, Status};

/// A drill's configuration: the first one of any installation, turned to the sandbox.
pub(super) fn config(store: &str, smsc: &str, mail: &str) -> String {
    include_str!("../home/simrecall.toml")
        .replace("sqlite:simrecall.db", store)
        .replace("127.0.0.1:2775", smsc)
        .replace("127.0.0.1:2525", mail)
        .replace(
            "hanbit = \"carrier.toml\"",
            "hanbit = \"hanbit.toml\"\nsori = \"sori.toml\"\ndalbit = \"dalbit.toml\"",
        )
        .replace("# bounces = \"bounces\" ", "bounces = \"bounces\" ")
        .replace("starttls = \"required\"", "starttls = \"none\"    ")
        .replace("per_second = 500 ", "per_second = 1000")
        .replace("lease = \"30s\"", "lease = \"5s\" ")
}

/// The words of one of the sample's brands.
pub(super) fn brand(code: &str) -> String {
    let (ko, en) = match code {
        "sori" => ("소리모바일", "Sori Mobile"),
        "dalbit" => ("달빛모바일", "Dalbit Mobile"),
        _ => ("한빛모바일", "Hanbit Mobile"),
    };
    include_str!("../home/carrier.toml")
        .replace("한빛모바일", ko)
        .replace("Hanbit Mobile", en)
        .replace("www.carrier.example", &format!("www.{code}.example"))
}

/// A moment as Korea reads it.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&Seoul).format("%Y-%m-%d %H:%M").to_string()
}

/// A number with commas between thousands.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The clocks that count, and what other readings of the same facts would say.
pub(super) fn clocks(list: &ClockList) -> Vec<String> {
    let line = |row: &ClockRow, from: &str| {
        let due =
            row.due.map(|due| format!("   due {}", moment(due.0.to_utc()))).unwrap_or_default();
        format!("Clock     {:<40} {from}{}{due}", row.what, row.stands)
    };
    let counting = list.clocks.iter().map(|row| line(row, ""));
    let known = |row: &&ClockRow| row.knowledge == Some(2) && row.what.contains("report to MSIT");
    let otherwise = list.otherwise.iter().filter(known).map(|row| {
        let from =
            row.from.map(|from| format!("from {}: ", moment(from.0.to_utc()))).unwrap_or_default();
        line(row, &from)
    });
    counting.chain(otherwise).collect()
}

pub(super) fn revision(revision: &RevisionAnswer, planned: &Planned) -> String {
    format!(
        "Revision {}  {} lines · {} people to tell   sha256 {}…",
        revision.revision.0,
        count(revision.lines),
        count(planned.persons),
        revision.sha256.get(..8).unwrap_or_default(),
    )
}

/// Lint's answer and the plan.
pub(super) fn plan(planned: &Planned) -> String {
    let rungs: Vec<String> = planned
        .by_rung
        .iter()
        .map(|(rung, n)| format!("{} {}", rung_name(rung), count(*n)))
        .collect();
    let soonest = planned.in_time.first();
    let against = soonest.map(|clock| format!(", {}", clock.words)).unwrap_or_default();
    let cost =
        planned.cost_won.map(|won| format!(" · {}원", count(whole(won)))).unwrap_or_default();
    format!(
        "{}\n plan        {} · last rung begins {}{against}{cost}",
        lint(planned),
        rungs.join(" · "),
        moment(planned.last_rung_starts),
    )
}

fn lint(planned: &Planned) -> String {
    let languages: Vec<&str> = planned.by_language.keys().copied().collect();
    let longest = planned.longest.iter().max_by_key(|longest| longest.bytes);
    let longest = longest.map_or_else(String::new, |longest| {
        format!(
            " · longest {} {} of {} bytes",
            rung_name(longest.rung.name()),
            count(super::as_u64(longest.bytes)),
            count(super::as_u64(longest.limit))
        )
    });
    format!(
        " lint        {} wordings in {} pass ✓ · no address in a message ✓{longest}",
        planned.wordings,
        languages.join(" ")
    )
}

/// A report that was filed, with the clock it answers.
pub(super) fn reported(filed: &SubmitAnswer) -> String {
    let stands = filed.clocks.first().map(|clock| format!(" · {}", clock.stands));
    format!(
        " filing      {} submitted{} · {}",
        filed.filing.number,
        stands.unwrap_or_default(),
        filed.filing.text_file.display()
    )
}

/// A rung as people say it.
fn rung_name(name: &str) -> &str {
    match name {
        "lms" => "LMS",
        "sms" => "SMS",
        "email" => "e-mail",
        other => other,
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of prices, rounded to be read"
)]
fn whole(won: f64) -> u64 {
    won.round().max(0.0) as u64
}

pub(super) fn sent(sent: &Sent, took: TimeDelta) -> String {
    format!(
        " send        {}/{} answered   in flight {}   in doubt {}   {}:{:02}:{:02}",
        count(sent.progress.answered),
        count(sent.progress.targets),
        sent.progress.in_flight,
        sent.progress.in_doubt,
        took.num_hours(),
        took.num_minutes() % 60,
        took.num_seconds() % 60,
    )
}

pub(super) fn told(status: &Status) -> String {
    let rungs: Vec<String> = status
        .by_rung
        .iter()
        .map(|(rung, tally)| format!("{rung} {}", count(u64::try_from(tally.reached).unwrap_or(0))))
        .collect();
    format!(
        " receipts    {} of {} people told   ({} with copies)",
        count(u64::try_from(status.told).unwrap_or(0)),
        count(u64::try_from(status.persons).unwrap_or(0)),
        rungs.join(" · "),
    )
}

/// Everybody of an incident, accounted for.
pub(super) fn accounted(found: &IncidentCount) -> Vec<String> {
    let told: u64 = found.told_by.values().sum();
    let by = |rung: &str| found.told_by.get(rung).copied().unwrap_or(0);
    vec![
        format!(
            "{} lines and {} people accounted for: {} of {}",
            count(found.lines),
            count(found.persons),
            count(told),
            count(found.persons)
        ),
        format!("  told by LMS     {:>8}", count(by("lms"))),
        format!("  told by e-mail  {:>8}   (3-day bounce window simulated)", count(by("email"))),
        format!("  told by letter  {:>8}   (letters/)", count(by("letter"))),
        format!("  posted publicly {:>8}   (posting/index.html, 30 days)", count(by("posting"))),
    ]
}

/// What the incident's public pages can be proven to have done.
pub(super) fn postings(all: &[PostingAnswer]) -> String {
    let proven = all.iter().filter(|posting| posting.course.is_sound()).count();
    if proven == all.len() {
        return format!("  {proven} public pages, each seen unchanged every day");
    }
    format!("  {proven} of {} public pages seen unchanged every day", all.len())
}
