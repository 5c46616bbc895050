//! What a wave's pages stand on: the postings that name it.

use chrono::{DateTime, Utc};
use simrecall_core::id::IncidentId;
use simrecall_core::posting::{Course, Look, Sight, Term};
use simrecall_store::ledger::Wave;
use simrecall_store::posting::{NewPosting, Observation, Posting, Seen};

use super::pages::Page;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::staff::hex;

/// The open postings that name one wave.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing(Vec<Posting>);

impl Standing {
    /// Reads them.
    pub(crate) fn of(home: &Home, wave: &Wave) -> Result<Self> {
        let all = home.store.read(|tx| tx.postings(wave.incident)).map_err(problem::store)?;
        let names =
            |posting: &Posting| posting.closed.is_none() && posting.new.waves.contains(&wave.no);
        Ok(Self(all.into_iter().filter(names).collect()))
    }

    /// Whether anything may be published at all.
    pub(crate) fn has_ground(&self) -> bool {
        !self.0.is_empty()
    }

    /// Lets a page of the wave be published. One that no posting names yet stands on the ground that legal staff recorded
    /// for the wave, with days of its own from now on.
    pub(crate) fn cover(&mut self, home: &Home, wave: &Wave, page: &Page) -> Result<()> {
        if let Some(named) = self.0.iter().find(|posting| posting.new.page == page.name) {
            return if named.new.page_sha256 == page.sha256 {
                Ok(())
            } else {
                Err(another_page(page))
            };
        }
        let Some(newest) = self.0.last() else { return Err(no_ground(wave)) };
        let now = home.now();
        let place = format!("{}/{}", super::folder(&newest.new), Page::file(&page.name));
        let new = NewPosting {
            page: page.name.clone(),
            waves: vec![wave.no],
            kind: page.kind,
            page_sha256: page.sha256,
            starts_at: now,
            recorded_at: now,
            place,
            ..newest.new.clone()
        };
        let body = serde_json::json!({
            "wave": wave.no.0, "page": page.name, "sha256": hex(&page.sha256), "under": newest.no,
        });
        let entry = home.entry("posting.page", "sender", Some(wave.incident), body)?;
        let no = home.store.write(|tx| {
            let no = tx.start_posting(wave.incident, &new)?;
            tx.journal(&entry)?;
            Ok(no)
        });
        let no = no.map_err(problem::store)?;
        self.0.push(Posting { no, new, closed: None });
        Ok(())
    }
}

/// Whether what a wave published can be counted: every posting that names it has stood so far, or was closed by staff.
pub(crate) fn is_sound(home: &Home, wave: &Wave, now: DateTime<Utc>) -> Result<bool> {
    let all = home.store.read(|tx| tx.postings(wave.incident)).map_err(problem::store)?;
    let naming: Vec<_> = all.iter().filter(|p| p.new.waves.contains(&wave.no)).collect();
    for posting in naming.iter().filter(|posting| posting.closed.is_none()) {
        if !course(home, wave.incident, posting, now)?.is_sound() {
            return Ok(false);
        }
    }
    Ok(!naming.is_empty())
}

/// How far one posting is.
pub(super) fn course(
    home: &Home,
    incident: IncidentId,
    posting: &Posting,
    now: DateTime<Utc>,
) -> Result<Course> {
    let seen =
        home.store.read(|tx| tx.observations(incident, posting.no)).map_err(problem::store)?;
    let looks: Vec<Look> = seen.iter().map(|seen| look(posting, seen)).collect();
    let until = posting.closed.map_or(now, |(closed, _)| closed);
    let zone = home.packs()?.rules(&posting.new.rule).map(|(pack, _)| pack.zone.tz()).next();
    let term = Term {
        from: posting.new.starts_at,
        days: u32::try_from(posting.new.days).unwrap_or(0),
        zone: zone.unwrap_or(chrono_tz::Asia::Seoul),
    };
    Ok(term.course(&looks, until))
}

fn look(posting: &Posting, observation: &Observation) -> Look {
    Look { at: observation.at, sight: sight(posting, &observation.seen) }
}

/// What a look amounts to: the page as it was rendered, another one, or nothing.
pub(super) fn sight(posting: &Posting, seen: &Seen) -> Sight {
    match seen {
        Seen::Page(sha256) if *sha256 == posting.new.page_sha256 => Sight::Same,
        Seen::Page(_) => Sight::Changed,
        Seen::Failure(_) => Sight::Failed,
    }
}

fn no_ground(wave: &Wave) -> Problem {
    Problem::state("no_ground", format!("no posting names wave {}", wave.no.0))
        .hint("legal staff record the ground first: simrecall posting start")
}

fn another_page(page: &Page) -> Problem {
    Problem::state("page_changed", format!("page {} would not be the one its posting names", page.name))
        .detail("nothing was published")
        .hint("put the words back as they were signed; or close the posting with a reason and start another")
}
