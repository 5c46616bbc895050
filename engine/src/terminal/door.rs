//! The door of everybody who works here: an installation, opened with as few rights as staff's page takes.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::access::hours::{Hours, Kind, may};
use simrecall_core::id::{CredentialId, SessionNo};
use simrecall_store::agency::Agency;
use simrecall_store::seal::DomainKeys;
use simrecall_store::staff::StaffMember;
use simrecall_store::staff_session::{Before, CookieHash, StaffSession};
use simrecall_store::terminal::{Terminal, TerminalState};
use simrecall_store::{StoreError, Tx};

use super::passkey::Site;
use super::proof::{cookie_hash, signed_out};
use crate::clock::Clock;
use crate::config::AgencyConfig;
use crate::home::Home;
use crate::problem::{self, Problem, Result, SIGNED_OUT};
use crate::selfcheck::SessionKey;

/// For how long a question to a passkey is forgotten after nobody may answer it any more.
const KEEP_QUESTIONS: TimeDelta = TimeDelta::hours(1);

/// Everything the agency's page asks for. Cheap to clone.
#[derive(Clone)]
pub struct AgencyDoor {
    inner: Arc<Inner>,
}

struct Inner {
    home: Home,
    config: AgencyConfig,
    service: DomainKeys,
    origin: String,
    site: Site,
    hotline: Option<String>,
}

impl fmt::Debug for AgencyDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgencyDoor").field("origin", &self.inner.origin).finish_non_exhaustive()
    }
}

impl AgencyDoor {
    /// Opens an installation to serve staff: without migrating its database, and with no more keys in memory than those of the open
    /// incidents, of the service, and of this time's access records.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self> {
        Self::of(Home::open_for_staff(dir, clock)?)
    }

    /// The door of an installation that is open already.
    pub fn of(home: Home) -> Result<Self> {
        let config = home.config.agency.clone().ok_or_else(|| {
            Problem::configuration("config", "simrecall.toml has no [agency]")
                .hint("add [agency] with host; see docs/OPERATIONS.md")
        })?;
        let service = home.keys.service().map_err(problem::keys)?;
        let origin = config.origin();
        let site = Site::new(&config.host, &origin)?;
        let hotline = crate::words::hotline(&home);
        Ok(Self { inner: Arc::new(Inner { home, config, service, origin, site, hotline }) })
    }

    /// The number that customers call day and night, if one is configured.
    pub(crate) fn hotline(&self) -> Option<&str> {
        self.inner.hotline.as_deref()
    }

    /// What `[agency]` says.
    pub fn config(&self) -> &AgencyConfig {
        &self.inner.config
    }

    /// Where browsers see it, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.home.now()
    }

    /// A path of the configuration: relative ones start at the home.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.inner.home.path(path)
    }

    /// Forgets sessions, questions and requests whose time is over.
    pub fn purge(&self) -> Result<()> {
        let (now, config) = (self.now(), &self.inner.config);
        self.home().store.write(|tx| {
            tx.purge_staff_sessions(now - config.idle.0, now - config.session.0)?;
            tx.purge_terminal_requests(now)?;
            tx.purge_challenges(now - KEEP_QUESTIONS)
        })?;
        Ok(())
    }

    /// The hours of an agency, or of the customer centre where it is none.
    pub(crate) fn hours(&self, place: Option<&Agency>) -> Hours {
        let centre = self.inner.config.centre;
        place.map_or(
            Hours {
                opens_minute: centre.opens_minute,
                closes_minute: centre.closes_minute,
                weekdays: centre.weekdays,
                closed_at: None,
            },
            |place| Hours {
                opens_minute: place.opens_minute,
                closes_minute: place.closes_minute,
                weekdays: place.weekdays,
                closed_at: place.closed_at,
            },
        )
    }

    /// Refuses what is not done at this hour where a terminal stands.
    pub fn in_hours(&self, kind: Kind, terminal: &Terminal) -> Result<()> {
        let place = match terminal.agency {
            Some(id) => self.home().store.read(|tx| tx.agency(id))?,
            None => None,
        };
        if may(kind, &self.hours(place.as_ref()), self.now()) {
            return Ok(());
        }
        Err(Problem::state("closed", "this is not done at this hour"))
    }

    pub(crate) fn home(&self) -> &Home {
        &self.inner.home
    }

    pub(crate) fn service(&self) -> &DomainKeys {
        &self.inner.service
    }

    pub(crate) fn site(&self) -> &Site {
        &self.inner.site
    }
}

/// Somebody signed in at a terminal, proved for this request; every verb of the door takes one.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Who.
    pub staff: StaffMember,
    /// Where.
    pub terminal: Terminal,
    /// Whose terminal it is; none at the customer centre.
    pub agency: Option<Agency>,
    /// Their sign-in.
    pub session: SessionNo,
    /// With which passkey they signed in.
    pub credential: CredentialId,
    actor: String,
    /// The cookie the sign-in has, which is not the request's where that asks again.
    held: CookieHash,
    again: Option<Before>,
    started_at: DateTime<Utc>,
    touched_at: DateTime<Utc>,
    idle: TimeDelta,
    longest: TimeDelta,
}

impl Seat {
    /// How the journal names them.
    pub(crate) fn actor(&self) -> &str {
        &self.actor
    }

    /// Until when they are signed in if they do nothing more, and until when at the longest.
    pub fn until(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let longest = self.started_at + self.longest;
        ((self.touched_at + self.idle).min(longest), longest)
    }

    /// Whether the request has the cookie from before a step-up, which asks again for the answer of that step-up and does nothing
    /// else.
    pub const fn asks_again(&self) -> bool {
        self.again.is_some()
    }

    /// Whether it asks again for the answer of the step-up over this.
    pub fn asks_again_for(&self, about: &[u8; 16]) -> bool {
        self.again.is_some_and(|before| before.about == *about)
    }

    /// Asks again, inside a write, whether they are signed in, may work, and where; keeps it so until the write commits.
    /// [`StoreError::State`] with [`SIGNED_OUT`]: they are not. A cookie from before a step-up writes nothing.
    pub(crate) fn still(
        &self,
        tx: &mut Tx<'_>,
        now: DateTime<Utc>,
    ) -> std::result::Result<(), StoreError> {
        if self.again.is_some() {
            return Err(StoreError::State(SIGNED_OUT));
        }
        self.still_or_again(tx, now)
    }

    /// The same for what may be asked again.
    fn still_or_again(
        &self,
        tx: &mut Tx<'_>,
        now: DateTime<Utc>,
    ) -> std::result::Result<(), StoreError> {
        const OUT: StoreError = StoreError::State(SIGNED_OUT);
        if !tx.hold_staff_session(self.session, self.held)? {
            return Err(OUT);
        }
        let staff = tx.staff(self.staff.id)?.ok_or(OUT)?;
        let terminal = tx.terminal(self.terminal.id)?.ok_or(OUT)?;
        if fits(&staff, &terminal) && now < self.until().0 { Ok(()) } else { Err(OUT) }
    }

    /// Gives the sign-in a new cookie after a step-up over `about`, in the write that the step-up allows. For a minute the one
    /// before asks again for that answer. For a request that does ask again, the cookie whose answer was lost is void.
    pub(crate) fn renew(
        &self,
        tx: &mut Tx<'_>,
        cookie: &SessionKey,
        about: [u8; 16],
        now: DateTime<Utc>,
    ) -> std::result::Result<(), StoreError> {
        const ASK_AGAIN: TimeDelta = TimeDelta::seconds(60);
        self.still_or_again(tx, now)?;
        let before = match self.again {
            Some(before) if before.about == about => before,
            Some(_) => return Err(StoreError::State(SIGNED_OUT)),
            None => Before { hash: self.held, until: now + ASK_AGAIN, about },
        };
        let gets = cookie_hash(&cookie.to_cookie());
        if tx.renew_staff_session(self.session, self.held, gets, &before)? {
            Ok(())
        } else {
            Err(StoreError::State(SIGNED_OUT))
        }
    }
}

/// Whether somebody may work at a terminal now: neither is off, and they are posted where it stands.
pub(crate) fn fits(staff: &StaffMember, terminal: &Terminal) -> bool {
    staff.works() && terminal.state == TerminalState::On && staff.agency == terminal.agency
}

impl AgencyDoor {
    /// Who has this cookie, at this terminal.
    pub(crate) fn seat(&self, terminal: Terminal, cookie: &str) -> Result<Seat> {
        let shown = cookie_hash(cookie);
        let found = self.home().store.read(|tx| {
            let Some(session) = tx.staff_session(shown)? else { return Ok(None) };
            let Some(staff) = tx.staff(session.staff)? else { return Ok(None) };
            let agency = terminal.agency.map(|id| tx.agency(id)).transpose()?.flatten();
            Ok(Some((session, staff, agency)))
        })?;
        let (session, staff, agency) = found.ok_or_else(signed_out)?;
        let (config, now) = (self.config(), self.now());
        let again = match which(&session, shown, now) {
            Shown::Held => None,
            Shown::Before(before) => Some(before),
            Shown::Neither => return Err(signed_out()),
        };
        let seat = Seat {
            actor: staff.id.to_string(),
            session: session.no,
            credential: session.credential,
            held: session.hash,
            again,
            started_at: session.started_at,
            touched_at: session.touched_at,
            idle: config.idle.0,
            longest: config.session.0,
            staff,
            agency,
            terminal,
        };
        let is_here = session.terminal == seat.terminal.id
            && fits(&seat.staff, &seat.terminal)
            && seat.agency.is_some() == seat.terminal.agency.is_some();
        if is_here && now < seat.until().0 { Ok(seat) } else { Err(signed_out()) }
    }

    /// Writes down that somebody works: not by polling, and not more than once in a minute.
    pub fn touch(&self, seat: &Seat) -> Result<()> {
        const OFTEN: TimeDelta = TimeDelta::minutes(1);
        let now = self.now();
        if seat.asks_again() || now - seat.touched_at < OFTEN {
            return Ok(());
        }
        self.home().store.write(|tx| tx.touch_staff_session(seat.session, now, now - OFTEN))?;
        Ok(())
    }
}

/// Which of a sign-in's cookies somebody showed.
enum Shown {
    /// The one it has.
    Held,
    /// The one it had before a step-up a moment ago.
    Before(Before),
    /// None of its own any more.
    Neither,
}

fn which(session: &StaffSession, shown: CookieHash, now: DateTime<Utc>) -> Shown {
    if session.hash == shown {
        return Shown::Held;
    }
    let before = session.before.filter(|before| before.hash == shown && now < before.until);
    before.map_or(Shown::Neither, Shown::Before)
}
