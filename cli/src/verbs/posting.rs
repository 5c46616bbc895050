//! `posting`: the ground of a public posting, and the evidence that it stood.

use std::process::ExitCode;

use chrono::TimeDelta;
use simrecall_core::id::WaveNo;
use simrecall_core::law::Span;
use simrecall_core::posting::{Course, Sight};
use simrecall_engine::Result;
use simrecall_engine::posting::{self, NewGround, Observed, PostingAnswer, Started};

use super::{Desk, sequence};
use crate::args::{PostingStart, PostingVerb};
use crate::report::{Sheet, count, short, when};

/// Days named one by one; beyond that they are counted.
const NAMED: usize = 10;

pub(super) fn run(desk: &Desk<'_>, verb: &PostingVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    let done = match verb {
        PostingVerb::Start(start) => posting::start(&home, &start.incident, &new_ground(start))
            .map(|started| {
                let next = format!("posting observe --incident {}", start.incident);
                desk.say(&started, || started_words(&started).next(&desk.next(&next)).text())
            }),
        PostingVerb::Observe { incident, posting } => posting::observe(&home, incident, *posting)
            .map(|seen| {
                let is_well = seen.iter().all(|one| one.sight == Sight::Same);
                desk.judge(is_well, &seen, || observed_words(&seen))
            }),
        PostingVerb::List { incident } => {
            return posting::list(&home, incident)
                .map(|all| desk.say(&all, || list_words(incident, &all)));
        }
        PostingVerb::Close { posting, incident, reason, by } => {
            posting::close(&home, incident, *posting, reason.as_deref(), by)
                .map(|closed| desk.say(&closed, || one(Sheet::default(), &closed).text()))
        }
    };
    sequence(&home);
    done
}

fn new_ground(start: &PostingStart) -> NewGround<'_> {
    NewGround {
        ground: &start.ground,
        rule: start.rule.as_deref(),
        reason: &start.reason,
        wave: start.wave.map(WaveNo),
        url: start.url.as_deref(),
        by: &start.by,
    }
}

fn started_words(started: &Started) -> Sheet {
    let mut sheet = Sheet::default()
        .line(&format!("{} may be published; the sender does it", pages(started.postings.len())));
    for posting in &started.postings {
        sheet =
            sheet.row("posting", format!("{}  {}  at {}", posting.no, posting.page, posting.place));
    }
    if let Some(first) = started.postings.first() {
        sheet = sheet
            .row("ground", format!("{} ({})", first.ground, first.rule))
            .row("days", format!("{}, through {}", first.course.asked, first.course.last))
            .row_if(
                first.unknown_lines > 0,
                "answers too",
                format!("for {} lines whose holder nobody knows", count(first.unknown_lines)),
            );
    }
    for late in &started.late {
        let hours = format!(
            "by {}: {} ran out at {}",
            Span(TimeDelta::seconds(late.by_seconds)),
            late.rule,
            when(late.due)
        );
        sheet = sheet.row("LATE", hours);
    }
    sheet
}

fn observed_words(seen: &[Observed]) -> String {
    let mut sheet = Sheet::default();
    for one in seen {
        let found = match one.sight {
            Sight::Same => "as it was rendered".to_owned(),
            Sight::Changed => {
                format!("CHANGED: sha256 {}", short(one.sha256.as_deref().unwrap_or_default()))
            }
            Sight::Failed => format!("NOT SEEN: {}", one.failure.as_deref().unwrap_or_default()),
        };
        sheet = sheet.row(&format!("posting {}", one.no), format!("{}  {found}", one.place));
    }
    let well = seen.iter().filter(|one| one.sight == Sight::Same).count();
    sheet.line(&format!("{well} of {} stand as they were rendered", pages(seen.len()))).text()
}

fn list_words(incident: &str, all: &[PostingAnswer]) -> String {
    if all.is_empty() {
        return format!("{incident} has no posting");
    }
    all.iter().fold(Sheet::default(), one).text()
}

fn one(sheet: Sheet, posting: &PostingAnswer) -> Sheet {
    let waves: Vec<String> = posting.waves.iter().map(|wave| wave.0.to_string()).collect();
    let course = &posting.course;
    let closed = posting.closed.as_ref();
    sheet
        .line(&format!(
            "posting {}  {} ({}), of wave {}",
            posting.no,
            posting.page,
            posting.kind,
            waves.join(", ")
        ))
        .row("at", &posting.place)
        .row("ground", format!("{} ({}): {}", posting.ground, posting.rule, posting.reason))
        .row("from", format!("{} · through {}", when(posting.from), course.last))
        .row("posted", format!("day {} of {} · {} proven", course.day, course.asked, course.seen))
        .row_if(!course.missing.is_empty(), "not proven", days(&course.missing))
        .row_if(!course.changed.is_empty(), "changed on", days(&course.changed))
        .row("last looked", posting.last_observed.map_or_else(|| "never".to_owned(), when))
        .row_if(
            posting.unknown_lines > 0,
            "answers too",
            format!("for {} lines whose holder nobody knows", count(posting.unknown_lines)),
        )
        .row_if(
            closed.is_some(),
            "closed",
            closed.map(|(at, by)| format!("{} by {by}", when(*at))).unwrap_or_default(),
        )
        .row_if(closed.is_none(), "stands", standing(course))
}

fn standing(course: &Course) -> &'static str {
    match (course.is_sound(), course.is_complete()) {
        (_, true) => "its days are over and proven: posting close",
        (true, false) if course.now.is_none() => "nobody has looked yet: posting observe",
        (true, false) => "so far each day is proven",
        (false, _) => "NOT PROVEN: see the days above",
    }
}

fn days(days: &[impl ToString]) -> String {
    let named: Vec<String> = days.iter().take(NAMED).map(ToString::to_string).collect();
    let more = days.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", named.join(", "))
}

fn pages(number: usize) -> String {
    if number == 1 { "1 page".to_owned() } else { format!("{number} pages") }
}
