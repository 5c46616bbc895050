//! Terminals: a code is given out, a browser brings its key with it, somebody else admits the key, and one day it is off.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::access::hours::{Kind, may, today};
use simrecall_core::id::TerminalId;
use simrecall_store::StoreError;
use simrecall_store::agency::Agency;
use simrecall_store::terminal::{NewTerminal, Terminal, TerminalState};

use super::door::{AgencyDoor, Seat};
use super::enrol::{Code, hash_of};
use super::proof::{Came, encoded};
use super::session::AgencyShown;
use crate::home::{Home, random};
use crate::network::Block;
use crate::problem::{self, Problem, Result};
use crate::{agency, staff};

/// For how long a terminal's code is taken.
const AWAITED_FOR: TimeDelta = TimeDelta::minutes(15);
/// What a transaction says of a terminal that is past what was asked of it.
const ELSEWHERE: &str = "the terminal is not where that can be done";

/// A terminal whose key is to come.
#[derive(Debug, Clone, Serialize)]
pub struct Enrolled {
    /// Its name in rows.
    pub terminal: TerminalId,
    /// The code its key comes with, which is said here and nowhere else.
    pub code: Code,
    /// Until when it is taken.
    pub until: DateTime<Utc>,
}

/// A terminal as the answer of a command shows it.
#[derive(Debug, Clone, Serialize)]
pub struct TerminalAnswer {
    /// Its name in rows.
    pub terminal: TerminalId,
    /// The agency's code; none for the customer centre.
    pub agency: Option<String>,
    /// How far it is.
    pub state: TerminalState,
    /// What its key is called, as its page shows it.
    pub thumbprint: Option<String>,
    /// Where it may call from; anywhere if there is none.
    pub networks: Vec<String>,
    /// Since when it is expected.
    pub enrolled_at: DateTime<Utc>,
}

/// A terminal, as its own page shows it.
#[derive(Debug, Clone, Serialize)]
pub struct TerminalShown {
    /// How far it is; `unknown` if nobody ever expected its key.
    pub state: &'static str,
    /// What its key is called.
    pub thumbprint: String,
    /// Whose it is; none at the customer centre.
    pub agency: Option<AgencyShown>,
    /// Whether work may be begun there now.
    pub open: bool,
    /// When it opens today, if it does.
    pub opens: Option<DateTime<Utc>>,
    /// When it closes today.
    pub closes: Option<DateTime<Utc>>,
}

/// Expects a terminal at an agency, by its code, or at the customer centre.
pub fn enrol(home: &Home, code: Option<&str>, networks: &[String], by: &str) -> Result<Enrolled> {
    let by = staff::may(home, by, Act::EnrolTerminal)?;
    let place = code.map(|code| agency::by_code(home, code)).transpose()?;
    if let Some(wrong) = networks.iter().find(|text| Block::parse(text).is_none()) {
        return Err(Problem::input("network", format!("{wrong:?} is no network"))
            .hint("write 203.0.113.7 or 203.0.113.0/24"));
    }
    let (code, now) = (Code::new()?, home.now());
    let new = NewTerminal {
        id: TerminalId::from_bytes(random()?),
        agency: place.map(|place| place.id),
        networks: networks.to_vec(),
        code: (code.hash(), now + AWAITED_FOR),
        by: by.id,
        at: now,
    };
    let actor = by.id.to_string();
    let body = json!({ "terminal": new.id, "agency": new.agency, "networks": networks });
    let entry = home.entry("terminal.enrolled", &actor, None, body)?;
    let written = home.store.write(|tx| {
        tx.enrol_terminal(&new)?;
        tx.journal(&entry).map(|_| ())
    });
    written.map_err(problem::store)?;
    Ok(Enrolled { terminal: new.id, code, until: new.code.1 })
}

/// Lets staff work at a terminal whose page shows this thumbprint. Somebody else than who gave its code out says so.
pub fn admit(home: &Home, id: &str, thumbprint: &str, by: &str) -> Result<()> {
    let by = staff::may(home, by, Act::AdmitTerminal)?;
    let terminal = found(home, id)?;
    let id = terminal.id;
    // Pages show it in groups.
    let thumbprint: String = thumbprint.split_whitespace().collect();
    let is_it = terminal.key.is_some_and(|key| encoded(&key.thumbprint) == thumbprint);
    if !is_it {
        return Err(Problem::input("thumbprint", "the terminal's key is not called so")
            .hint("read it from the page of the terminal itself, not from anybody's message"));
    }
    if terminal.enrolled.0 == by.id {
        return Err(Problem::input("self", "whoever expected a terminal does not admit it")
            .hint("ask somebody else of security or privacy"));
    }
    let (actor, now) = (by.id.to_string(), home.now());
    let body = json!({ "terminal": id, "thumbprint": thumbprint });
    let entry = home.entry("terminal.admitted", &actor, None, body)?;
    let admitted = home.store.write(|tx| {
        if !tx.admit_terminal(id, by.id, now)? {
            return Err(StoreError::State(ELSEWHERE));
        }
        tx.journal(&entry).map(|_| ())
    });
    admitted.map_err(|error| elsewhere(error, &terminal))
}

/// Switches a terminal off, for good and at once: whoever is signed in there is signed out.
pub fn switch_off(home: &Home, id: &str, by: &str) -> Result<()> {
    let by = staff::may(home, by, Act::SwitchTerminalOff)?;
    let terminal = found(home, id)?;
    let id = terminal.id;
    let (actor, now) = (by.id.to_string(), home.now());
    let entry = home.entry("terminal.off", &actor, None, json!({ "terminal": id }))?;
    let switched = home.store.write(|tx| {
        if !tx.switch_terminal_off(id, by.id, now)? {
            return Err(StoreError::State(ELSEWHERE));
        }
        tx.journal(&entry).map(|_| ())
    });
    switched.map_err(|error| elsewhere(error, &terminal))
}

/// Every terminal there ever was, oldest first.
pub fn list(home: &Home) -> Result<Vec<TerminalAnswer>> {
    let codes = agency::codes(home)?;
    let all = home.store.read(|tx| tx.terminals()).map_err(problem::store)?;
    let answer = |one: Terminal| TerminalAnswer {
        terminal: one.id,
        agency: one.agency.and_then(|id| codes.get(&id).cloned()),
        state: one.state,
        thumbprint: one.key.map(|key| encoded(&key.thumbprint)),
        networks: one.networks,
        enrolled_at: one.enrolled.1,
    };
    Ok(all.into_iter().map(answer).collect())
}

fn found(home: &Home, id: &str) -> Result<Terminal> {
    let unknown = || {
        Problem::input("terminal", "no terminal is called so").hint("see: simrecall terminal list")
    };
    let id = TerminalId(id.parse().map_err(|_| unknown())?);
    let found = home.store.read(|tx| tx.terminal(id)).map_err(problem::store)?;
    found.ok_or_else(unknown)
}

fn elsewhere(error: StoreError, terminal: &Terminal) -> Problem {
    if error == StoreError::State(ELSEWHERE) {
        return Problem::state("terminal_state", ELSEWHERE)
            .detail(format!("it is {}", terminal.state.name()));
    }
    problem::store(error)
}

impl AgencyDoor {
    /// What a browser's key is to us.
    pub fn terminal_shown(&self, came: &Came) -> Result<TerminalShown> {
        let place = came.terminal.as_ref().and_then(|terminal| terminal.agency);
        let place = match place {
            Some(id) => self.home().store.read(|tx| tx.agency(id))?,
            None => None,
        };
        Ok(self.describe(came, place.as_ref()))
    }

    fn describe(&self, came: &Came, place: Option<&Agency>) -> TerminalShown {
        let state = came.terminal.as_ref().map_or("unknown", |terminal| match terminal.state {
            // No key of a terminal that is awaited is known.
            TerminalState::Awaited => "unknown",
            TerminalState::Pending | TerminalState::On | TerminalState::Off => {
                terminal.state.name()
            }
        });
        let (hours, now) = (self.hours(place), self.now());
        let today = today(&hours, now);
        TerminalShown {
            state,
            thumbprint: URL_SAFE_NO_PAD.encode(came.key.thumbprint),
            agency: place
                .map(|place| AgencyShown { code: place.code.clone(), name: place.name.clone() }),
            open: may(Kind::Begins, &hours, now),
            opens: today.map(|(opens, _)| opens),
            closes: today.map(|(_, closes)| closes),
        }
    }

    /// Takes a browser's key in with its code; it is pending from then on.
    pub fn bring_key(&self, came: &Came, typed: &str) -> Result<TerminalShown> {
        let (code, now) = (hash_of(typed), self.now());
        let mut brought = None;
        let done = self.home().store.write(|tx| {
            brought = tx.bring_key(code, &came.key, now)?;
            let Some(id) = brought else { return Ok(()) };
            let body = json!({ "terminal": id, "thumbprint": encoded(&came.key.thumbprint) });
            self.home().journal(tx, ("terminal.key_brought", "terminal"), None, body)
        });
        match done {
            Ok(()) => {}
            Err(error) if error.is_conflict() => {
                return Err(Problem::state("exists", "this browser's key is a terminal's already"));
            }
            Err(error) => return Err(error.into()),
        }
        let id = brought.ok_or_else(|| {
            Problem::input("terminal_code", "the code is unknown, used, or too old")
                .hint("ask for another: simrecall terminal enrol --agency CODE --by NAME")
        })?;
        let terminal = self.home().store.read(|tx| tx.terminal(id))?;
        self.terminal_shown(&Came { terminal, ..came.clone() })
    }

    /// The terminals that somebody may switch off, oldest first: those of their agency, or all; one that is off stays there.
    pub fn terminals(&self, seat: &Seat) -> Result<Vec<TerminalAnswer>> {
        let mut all = list(self.home())?;
        if let Some(agency) = &seat.agency {
            all.retain(|one| one.agency.as_deref() == Some(agency.code.as_str()));
        }
        Ok(all)
    }

    /// Switches a terminal of one's own agency off.
    pub fn switch_off(&self, seat: &Seat, id: TerminalId) -> Result<()> {
        let theirs =
            |one: &Terminal| seat.terminal.agency.is_none() || one.agency == seat.terminal.agency;
        let terminal = self.home().store.read(|tx| tx.terminal(id))?.filter(theirs);
        let terminal =
            terminal.ok_or_else(|| Problem::input("terminal", "no terminal is called so"))?;
        let now = self.now();
        let entry =
            self.home().entry("terminal.off", seat.actor(), None, json!({ "terminal": id }))?;
        let switched = self.home().store.write(|tx| {
            seat.still(tx, now)?;
            if !tx.switch_terminal_off(id, seat.staff.id, now)? {
                return Err(StoreError::State(ELSEWHERE));
            }
            tx.journal(&entry).map(|_| ())
        });
        switched.map_err(|error| elsewhere(error, &terminal))
    }
}
