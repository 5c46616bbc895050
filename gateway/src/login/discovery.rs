//! The provider, asked who it is when it is first needed: by one, while the others wait a moment and no longer.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{LoginError, Provider};
use crate::web::WebError;

/// How long somebody waits for the answer to what another has asked.
const MOMENT: Duration = Duration::from_secs(1);
/// How long a provider that gave no answer is not asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// A provider that is known, or will be.
///
/// One asks it at a time, without holding anybody else up: whoever comes meanwhile waits a second and is denied then, and so is
/// whoever comes within a second after it gave no answer.
#[derive(Debug, Default)]
pub struct Discovery {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Unknown,
    /// Somebody is asking.
    Asked,
    /// It gave no answer, and when.
    Silent(LoginError, Instant),
    Known(Arc<Provider>),
}

/// The one who asks. However that ends, the next may ask.
struct Asking<'a>(&'a Discovery);

impl Asking<'_> {
    fn ends(self, state: State) {
        *self.0.lock() = state;
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if matches!(*state, State::Asked) {
            *state = State::Unknown;
        }
        drop(state);
        self.0.changed.notify_all();
    }
}

impl Discovery {
    /// The provider, if it is known already.
    pub fn known(&self) -> Option<Arc<Provider>> {
        match &*self.lock() {
            State::Known(provider) => Some(Arc::clone(provider)),
            State::Unknown | State::Asked | State::Silent(..) => None,
        }
    }

    /// The provider: known already, asked now, or asked by somebody else a moment ago.
    ///
    /// # Errors
    /// What `ask` says; [`WebError::TimedOut`] to whoever has waited long enough for another's answer.
    pub fn provider(
        &self,
        ask: impl FnOnce() -> Result<Provider, LoginError>,
    ) -> Result<Arc<Provider>, LoginError> {
        let asking = {
            let is_asked = |state: &mut State| matches!(state, State::Asked);
            let waited = self.changed.wait_timeout_while(self.lock(), MOMENT, is_asked);
            let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            match &*state {
                State::Known(provider) => return Ok(Arc::clone(provider)),
                State::Asked => return Err(LoginError::Web(WebError::TimedOut)),
                State::Silent(error, at) if at.elapsed() < PAUSE => return Err(*error),
                State::Silent(..) | State::Unknown => {}
            }
            *state = State::Asked;
            Asking(self)
        };
        match ask().map(Arc::new) {
            Ok(provider) => {
                asking.ends(State::Known(Arc::clone(&provider)));
                Ok(provider)
            }
            Err(error) => {
                asking.ends(State::Silent(error, Instant::now()));
                Err(error)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const GONE: LoginError = LoginError::Web(WebError::Unreachable);

    /// The one who asks a provider that says nothing is still waiting while everybody else has been denied.
    #[test]
    fn one_waits_for_a_slow_provider_and_holds_nobody() {
        let discovery = Discovery::default();
        let (asked, is_asked) = channel();
        let (answer, answered) = channel::<()>();
        std::thread::scope(|scope| {
            let shared = &discovery;
            let first = scope.spawn(move || {
                shared.provider(|| {
                    asked.send(()).unwrap();
                    answered.recv().unwrap();
                    Err(GONE)
                })
            });
            is_asked.recv().unwrap();
            let others: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| shared.provider(|| panic!("asked a second time"))))
                .collect();
            for other in others {
                let denied = other.join().unwrap().map(drop);
                assert_eq!(denied, Err(LoginError::Web(WebError::TimedOut)));
            }
            assert!(!first.is_finished(), "the others were waiting for its end");
            answer.send(()).unwrap();
            assert_eq!(first.join().unwrap().map(drop), Err(GONE));
        });
        let again = discovery.provider(|| panic!("asked again at once")).map(drop);
        assert_eq!(again, Err(GONE));
        assert!(discovery.known().is_none());
    }

    #[test]
    fn whoever_asks_and_breaks_off_leaves_the_place_to_the_next() {
        let discovery = Discovery::default();
        let broken = std::thread::scope(|scope| {
            scope.spawn(|| discovery.provider(|| panic!("broken off")).map(drop)).join().is_err()
        });
        assert!(broken);
        assert_eq!(
            discovery.provider(|| Err(LoginError::Strange)).map(drop),
            Err(LoginError::Strange)
        );
    }
}
