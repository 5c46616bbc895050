//! The public posting: its ground in law, and the evidence that it stood.
//!
//! Nothing is published before legal staff have recorded why it may be. Then each page has a posting of its own: what it stands
//! for, the SHA-256 of what the wave rendered, how many days it must stand, and one look after another. A day without a look that
//! found the page as it was rendered is named; so is a page that became another one.

mod ground;
mod pages;
mod standing;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use simrecall_core::access::Act;
use simrecall_core::delivery::Rung;
use simrecall_core::id::{StaffId, WaveNo};
use simrecall_core::incident::Incident;
use simrecall_core::posting::{Course, Sight};
use simrecall_core::wave::WaveState;
use simrecall_gateway::page::{Looker, Site};
use simrecall_store::ledger::Wave;
use simrecall_store::posting::{NewPosting, Observation, Posting, Seen};

pub use ground::Late;
pub(crate) use pages::{Page, name as page_name};
pub(crate) use standing::{Standing, is_sound};

use crate::config::RouteConfig;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::staff::{self, hex};
use crate::{incident, routes};

/// Why something may be published, and where it can be seen.
#[derive(Debug, Clone, Copy)]
pub struct NewGround<'a> {
    /// The ground's word, such as `contact_unknown`, or the name of a rule that has one ground.
    pub ground: &'a str,
    /// The rule, where the ground's word is not enough.
    pub rule: Option<&'a str>,
    /// Why the ground is there.
    pub reason: &'a str,
    /// The wave it stands for; every wave of the incident with people on the posting rung when absent.
    pub wave: Option<WaveNo>,
    /// The address under which the pages are published; the route's own folder when absent.
    pub url: Option<&'a str>,
    /// Who records it.
    pub by: &'a str,
}

/// One posting.
#[derive(Debug, Clone, Serialize)]
pub struct PostingAnswer {
    /// Its number within the incident.
    pub no: i32,
    /// The page.
    pub page: String,
    /// SHA-256 of the page as the wave rendered it.
    pub page_sha256: String,
    /// The waves it stands for.
    pub waves: Vec<WaveNo>,
    /// What its notice is.
    pub kind: &'static str,
    /// The ground.
    pub ground: &'static str,
    /// The rule that allows it.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// The address or file.
    pub place: String,
    /// From when.
    pub from: DateTime<Utc>,
    /// How far it is.
    pub course: Course,
    /// When somebody last looked.
    pub last_observed: Option<DateTime<Utc>>,
    /// Lines without a known holder for which the waves' postings answer, too.
    pub unknown_lines: i64,
    /// Who recorded the ground.
    pub by: String,
    /// When it was closed, and by whom.
    pub closed: Option<(DateTime<Utc>, String)>,
}

/// What was started.
#[derive(Debug, Clone, Serialize)]
pub struct Started {
    /// One posting for each page.
    pub postings: Vec<PostingAnswer>,
    /// Clocks that had run out before.
    pub late: Vec<Late>,
}

/// What one look found.
#[derive(Debug, Clone, Serialize)]
pub struct Observed {
    /// The posting.
    pub no: i32,
    /// The page.
    pub page: String,
    /// Where it was looked for.
    pub place: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What was found.
    pub sight: Sight,
    /// SHA-256 of what was found.
    pub sha256: Option<String>,
    /// Why nothing was found.
    pub failure: Option<String>,
}

/// Records the ground on which people may be told by posting, one posting for each page they share.
pub fn start(home: &Home, code: &str, new: &NewGround<'_>) -> Result<Started> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, new.by, Act::Ground)?;
    if new.reason.trim().is_empty() {
        return Err(Problem::input("reason", "an empty reason says nothing")
            .hint("say what was tried, and where that is written down"));
    }
    let (waves, pages) = to_post(home, &incident, new.wave)?;
    let allowed = ground::allowed(home, &incident, &waves, new.ground, new.rule)?;
    let late = ground::late(home, &incident, &waves)?;
    let (site, days) = site(home, new.url)?;
    let now = home.now();
    let mut rows = Vec::new();
    for (wave, pages) in waves.iter().zip(pages) {
        let unknown_lines = pages::unknown_lines(home, wave)?;
        rows.extend(pages.into_iter().map(|page| NewPosting {
            place: format!("{site}/{}", Page::file(&page.name)),
            page: page.name,
            waves: vec![wave.no],
            kind: page.kind,
            page_sha256: page.sha256,
            unknown_lines,
            ground: allowed.ground,
            rule: allowed.rule.clone(),
            reason: new.reason.trim().to_owned(),
            starts_at: now,
            days: i32::try_from(allowed.days.max(u32::from(days))).unwrap_or(i32::MAX),
            by: member.id,
            recorded_at: now,
        }));
    }
    let numbers = write_down(home, &incident, member.id, &rows, &late)?;
    let postings = list(home, code)?.into_iter().filter(|answer| numbers.contains(&answer.no));
    Ok(Started { postings: postings.collect(), late })
}

/// Looks at every open posting and writes down what was found. `only` looks at one.
pub fn observe(home: &Home, code: &str, only: Option<i32>) -> Result<Vec<Observed>> {
    let incident = incident::by_code(home, code)?;
    let open = open_postings(home, &incident, only)?;
    let is_web = |posting: &Posting| Site::parse(folder(&posting.new)).is_ok();
    let roots = if open.iter().any(is_web) { routes::roots(home, None)? } else { Vec::new() };
    let looker = Looker::new(&roots);
    open.iter().map(|posting| observe_one(home, &incident, &looker, posting)).collect()
}

/// Every posting of an incident, oldest first.
pub fn list(home: &Home, code: &str) -> Result<Vec<PostingAnswer>> {
    let incident = incident::by_code(home, code)?;
    let postings = home.store.read(|tx| tx.postings(incident.id)).map_err(problem::store)?;
    postings.iter().map(|posting| answer(home, &incident, posting)).collect()
}

/// Closes a posting that stood as long as was asked, or says why it is closed all the same.
pub fn close(
    home: &Home,
    code: &str,
    no: i32,
    reason: Option<&str>,
    by: &str,
) -> Result<PostingAnswer> {
    let incident = incident::by_code(home, code)?;
    let member = staff::may(home, by, Act::Ground)?;
    let posting = open_postings(home, &incident, Some(no))?.remove(0);
    let now = home.now();
    let course = standing::course(home, incident.id, &posting, now)?;
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    if !course.is_complete() && reason.is_none() {
        return Err(not_over(no, &course));
    }
    let actor = member.id.to_string();
    let body = serde_json::json!({
        "posting": no, "page": posting.new.page, "seen": course.seen, "asked": course.asked,
        "missing": course.missing, "changed": course.changed, "reason": reason,
    });
    let entry = home.entry("posting.closed", &actor, Some(incident.id), body)?;
    let closed = home.store.write(|tx| {
        tx.close_posting(incident.id, no, now, member.id)?;
        tx.journal(&entry).map(|_| ())
    });
    closed.map_err(problem::store)?;
    answer(home, &incident, &Posting { closed: Some((now, member.id)), ..posting })
}

/// The folder or address that a posting's page stands in.
fn folder(posting: &NewPosting) -> &str {
    posting.place.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The waves that have people on the posting rung, with the pages that no open posting names yet.
fn to_post(
    home: &Home,
    incident: &Incident,
    only: Option<WaveNo>,
) -> Result<(Vec<Wave>, Vec<Vec<Page>>)> {
    let waves = home.store.read(|tx| tx.waves_of(incident.id)).map_err(problem::store)?;
    let is_sent = |wave: &Wave| matches!(wave.state, WaveState::Released | WaveState::Done);
    let open = home.store.read(|tx| tx.postings(incident.id)).map_err(problem::store)?;
    let mut found = (Vec::new(), Vec::new());
    for wave in waves.into_iter().filter(is_sent) {
        if only.is_some_and(|only| only != wave.no) {
            continue;
        }
        let named = |page: &Page| {
            open.iter().any(|posting| posting.closed.is_none() && posting.new.page == page.name)
        };
        let pages: Vec<Page> =
            pages::of_wave(home, &wave)?.into_values().filter(|page| !named(page)).collect();
        if !pages.is_empty() {
            found.0.push(wave);
            found.1.push(pages);
        }
    }
    if found.0.is_empty() {
        return Err(Problem::state("nobody_to_post", format!("{} has nobody on the posting rung who waits for a ground", incident.code))
            .hint("a released wave's people come there when no other rung reached them: simrecall wave status N"));
    }
    Ok(found)
}

/// Where the pages can be seen, and how many days the route is set to.
fn site(home: &Home, url: Option<&str>) -> Result<(String, u16)> {
    let Some((_, RouteConfig::Posting { dir, days, .. })) = home.config.route_of(Rung::Posting)
    else {
        return Err(Problem::configuration("ladder", "the ladder has no posting rung")
            .hint("add one as the last rung in simrecall.toml, then plan again"));
    };
    let Some(url) = url else { return Ok((dir.display().to_string(), *days)) };
    let site = Site::parse(url).map_err(|error| {
        Problem::input("url", "the pages cannot be looked at there")
            .caused_by(error)
            .hint("give the address of the folder the pages are in, as people see it")
    })?;
    Ok((site.to_string(), *days))
}

fn write_down(
    home: &Home,
    incident: &Incident,
    by: StaffId,
    rows: &[NewPosting],
    late: &[Late],
) -> Result<Vec<i32>> {
    let actor = by.to_string();
    let pages: Vec<_> = rows
        .iter()
        .map(|row| serde_json::json!({ "page": row.page, "sha256": hex(&row.page_sha256), "place": row.place }))
        .collect();
    let Some(first) = rows.first() else {
        return Err(Problem::ours("posting", "a posting without a page"));
    };
    let body = serde_json::json!({
        "ground": first.ground.name(), "rule": first.rule, "reason": first.reason, "days": first.days,
        "waves": rows.iter().flat_map(|row| &row.waves).collect::<std::collections::BTreeSet<_>>(),
        "pages": pages, "late": late,
    });
    let entry = home.entry("posting.started", &actor, Some(incident.id), body)?;
    let numbers = home.store.write(|tx| {
        let numbers = rows.iter().map(|row| tx.start_posting(incident.id, row)).collect();
        tx.journal(&entry)?;
        numbers
    });
    numbers.map_err(problem::store)
}

fn observe_one(
    home: &Home,
    incident: &Incident,
    looker: &Looker,
    posting: &Posting,
) -> Result<Observed> {
    let file = Page::file(&posting.new.page);
    let folder = folder(&posting.new);
    let site = Site::parse(folder).unwrap_or_else(|_| Site::Folder(home.path(folder.as_ref())));
    let looked = looker.look(&site, &file);
    let at = home.now();
    let seen = match &looked {
        Ok(bytes) => Seen::Page(Sha256::digest(bytes).into()),
        Err(why) => Seen::Failure(why.to_string()),
    };
    let sight = standing::sight(posting, &seen);
    let sha256 = match &seen {
        Seen::Page(sha256) => Some(hex(sha256)),
        Seen::Failure(_) => None,
    };
    let failure = looked.err().map(|why| why.to_string());
    let body = serde_json::json!({
        "posting": posting.no, "page": posting.new.page, "place": posting.new.place,
        "sight": sight, "sha256": sha256, "failure": failure,
    });
    let entry = home.entry("posting.observed", "observe", Some(incident.id), body)?;
    let written = home.store.write(|tx| {
        tx.observe(incident.id, posting.no, &Observation { at, seen: seen.clone() })?;
        tx.journal(&entry).map(|_| ())
    });
    written.map_err(problem::store)?;
    let (no, page, place) = (posting.no, posting.new.page.clone(), posting.new.place.clone());
    Ok(Observed { no, page, place, at, sight, sha256, failure })
}

fn open_postings(home: &Home, incident: &Incident, only: Option<i32>) -> Result<Vec<Posting>> {
    let all = home.store.read(|tx| tx.postings(incident.id)).map_err(problem::store)?;
    let open = all.into_iter().filter(|posting| posting.closed.is_none());
    let open: Vec<Posting> =
        open.filter(|posting| only.is_none_or(|no| no == posting.no)).collect();
    if open.is_empty() {
        let which = only.map_or_else(String::new, |no| format!(" {no}"));
        return Err(Problem::input(
            "posting",
            format!("{} has no open posting{which}", incident.code),
        )
        .hint(format!("see: simrecall posting list --incident {}", incident.code)));
    }
    Ok(open)
}

fn answer(home: &Home, incident: &Incident, posting: &Posting) -> Result<PostingAnswer> {
    let new = &posting.new;
    let looks = home.store.read(|tx| tx.observations(incident.id, posting.no));
    let last = looks.map_err(problem::store)?.iter().map(|seen| seen.at).max();
    let closed = posting
        .closed
        .map(|(at, by)| staff::name_of(home, by).map(|name| (at, name)))
        .transpose()?;
    Ok(PostingAnswer {
        no: posting.no,
        page: new.page.clone(),
        page_sha256: hex(&new.page_sha256),
        waves: new.waves.clone(),
        kind: new.kind.name(),
        ground: new.ground.name(),
        rule: new.rule.to_string(),
        reason: new.reason.clone(),
        place: new.place.clone(),
        from: new.starts_at,
        course: standing::course(home, incident.id, posting, home.now())?,
        last_observed: last,
        unknown_lines: new.unknown_lines,
        by: staff::name_of(home, new.by)?,
        closed,
    })
}

fn not_over(no: i32, course: &Course) -> Problem {
    let mut problem =
        Problem::state("not_over", format!("posting {no} was not seen for {} days", course.asked))
            .detail(format!(
                "day {} of {}, {} of them proven; it must stand through {}",
                course.day, course.asked, course.seen, course.last
            ));
    if !course.missing.is_empty() {
        let days: Vec<String> = course.missing.iter().map(ToString::to_string).collect();
        problem = problem.detail(format!("days nobody can prove: {}", days.join(", ")));
    }
    problem.hint("wait, and look daily: simrecall posting observe; or close it with --reason, which goes into the journal")
}
