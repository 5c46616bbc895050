//! The surface's one state.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::DefaultClock;
use http::HeaderValue;
use simrecall_engine::terminal::AgencyDoor;
use simrecall_engine::{Problem, Result};

use crate::admission::{Admission, Places, Work};
use crate::headers;
use crate::metrics::Metrics;
use crate::pages::agency::Shells;
use crate::peer::Proxies;
use crate::rate::{Pace, Rate};
use crate::surface::Site;

/// How the server is set up, beyond what `[agency]` says.
#[derive(Debug, Clone)]
pub struct AgencySetup {
    /// Whether browsers reach it over TLS.
    pub secure: bool,
    /// The port it listens on, which may stand behind its name.
    pub port: Option<u16>,
    /// How many work at once.
    pub places: Places,
    /// How fast one network may ask: an agency's terminals share one.
    pub pace: Pace,
}

impl AgencySetup {
    /// What fits one machine of two cores or more.
    pub fn usual(secure: bool, port: Option<u16>) -> Self {
        let some = |count: u32| NonZeroU32::MIN.saturating_add(count - 1);
        let pace = Pace { per_second: some(100), at_once: some(400) };
        Self { secure, port, places: Places::usual(), pace }
    }
}

/// The surface's one state.
#[derive(Debug)]
pub struct Agency {
    door: AgencyDoor,
    pub(super) site: Site,
    pub(super) proxies: Proxies,
    pub(super) rate: Rate<DefaultClock>,
    pub(super) admission: Admission,
    pub(super) metrics: Metrics,
    pub(super) policy: HeaderValue,
    pub(super) shells: Shells,
}

impl Agency {
    /// Takes an open door.
    pub fn new(door: AgencyDoor, setup: &AgencySetup) -> Result<Arc<Self>> {
        let config = door.config();
        let proxies = Proxies::parse(config.proxies.iter().map(String::as_str))?;
        let policy = HeaderValue::try_from(headers::agency_policy())
            .map_err(|_| Problem::ours("policy", "the content policy is no header"))?;
        Ok(Arc::new(Self {
            site: Site::new(&config.host, setup.port, setup.secure),
            proxies,
            rate: Rate::new(setup.pace, &DefaultClock::default()),
            admission: Admission::new(&setup.places),
            metrics: Metrics::default(),
            policy,
            shells: Shells::new()?,
            door,
        }))
    }

    /// The door.
    pub fn door(&self) -> &AgencyDoor {
        &self.door
    }

    /// Lets the engine work, if there is a place for that kind of work. The place is given back when the work is done, even
    /// if nobody waits for its end any more.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: Work,
        job: impl FnOnce(&AgencyDoor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = self.admission.gate(work).enter().await?;
        let door = self.door.clone();
        let done = tokio::task::spawn_blocking(move || {
            let done = job(&door);
            drop(place);
            done
        });
        done.await.unwrap_or_else(|_| Err(Problem::ours("panic", "a piece of work broke off")))
    }
}
