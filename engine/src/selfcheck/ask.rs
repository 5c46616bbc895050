//! A code is asked for. The registry is not read, and whoever asks gets the same answer after the same work.

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::access::Way;
use simrecall_core::id::RequestId;
use simrecall_core::identity::{EmailAddress, Msisdn};
use simrecall_core::notice::Language;
use simrecall_store::budget::{Budget, Window};
use simrecall_store::proof_request::ProofRequest;
use simrecall_store::seal::{Field, Tag};
use simrecall_store::session::{Session, SessionId};
use zeroize::Zeroizing;

use super::courier::{Letter, Message, Post};
use super::door::Door;
use super::key::{Browser, SessionKey};
use super::mac;
use super::shown::{Ask, Asked};
use super::texts::Gaps;
use crate::config::Limits;
use crate::home::random;
use crate::problem::{Problem, Result};

/// What was typed, in its normal form.
struct Wanted<'a> {
    way: Way,
    number: Msisdn,
    /// None for a message: it goes to the line.
    address: Option<EmailAddress>,
    language: Language,
    before: Option<&'a SessionKey>,
}

impl<'a> Wanted<'a> {
    fn read(ask: &Ask<'a>) -> Result<Self> {
        let (way, number, address, language, before) = match *ask {
            Ask::Email { number, address, language, before } => {
                (Way::Email, number, Some(address), language, before)
            }
            Ask::Sms { number, language, before } => (Way::Sms, number, None, language, before),
        };
        let number = Msisdn::parse(number).map_err(|error| not_a_number().caused_by(error));
        let address = address
            .map(EmailAddress::parse)
            .transpose()
            .map_err(|error| Problem::input("email", "this is no mail address").caused_by(error));
        // Whoever mistyped both learns both.
        match (number, address) {
            (Ok(number), Ok(address)) => Ok(Self { way, number, address, language, before }),
            (Err(number), Err(_)) => Err(number.detail("email")),
            (Err(problem), Ok(_)) | (Ok(_), Err(problem)) => Err(problem),
        }
    }

    /// Where the code goes.
    fn target(&self) -> String {
        self.address.as_ref().map_or_else(|| self.number.expose().to_owned(), same_for_all)
    }
}

/// An address as it is looked up: providers differ in whether they tell capitals apart, people do not.
pub(crate) fn same_for_all(address: &EmailAddress) -> String {
    address.expose().to_lowercase()
}

fn not_a_number() -> Problem {
    Problem::input("number", "this is no mobile number").hint("such as 010-1234-5678")
}

impl Door {
    /// Writes a request for a code and hands the code to the courier. Nothing is looked up, and nothing tells whether the
    /// number or the address is known here.
    ///
    /// A way that is closed is refused before anything that was typed is looked at.
    pub fn ask(&self, ask: &Ask<'_>, browser: &Browser<'_>) -> Result<Asked> {
        let way = match ask {
            Ask::Email { .. } => Way::Email,
            Ask::Sms { .. } => Way::Sms,
        };
        self.is_open(way)?;
        self.spend_request(browser)?;
        let wanted = Wanted::read(ask)?;
        if !self.inner.codes.have_room(way) {
            return Err(busy());
        }
        let limits = self.inner.config.limits;
        let now = self.now();
        let until = now + limits.code_life.0;
        let code = Zeroizing::new(mac::code(drawn)?);
        let id = RequestId::from_bytes(random()?);
        let (session, new) = self.pre_session(wanted.before, browser)?;
        let session_id = session.id();
        let request = self.request(&wanted, (id, &code), session_id, until);
        let is_within = self.inner.home.store.write(|tx| {
            if let Some(new) = &new {
                tx.start_session(new)?;
            }
            let is_within = tx.spend_budget(&request.target, &codes(&limits), now)?;
            // A code that was sent stays good when no other one follows it.
            if is_within || tx.request(session_id)?.is_none() {
                tx.put_request(&request)?;
            }
            Ok(is_within)
        })?;
        // Over the budget everything looks the same, and no message goes out.
        if is_within {
            self.queue(&wanted, (&request, &code))?;
        }
        Ok(Asked { session, minutes: self.minutes() })
    }

    /// How many minutes a code lives.
    pub(crate) fn minutes(&self) -> u32 {
        u32::try_from(self.inner.config.limits.code_life.0.num_minutes()).unwrap_or_default().max(1)
    }

    /// Counts a request against its network and against all.
    pub(crate) fn spend_request(&self, browser: &Browser<'_>) -> Result<()> {
        let limits = self.inner.config.limits;
        let now = self.now();
        let hour = |limit| Budget::of(Window { span: TimeDelta::hours(1), limit });
        let network = self.budget_key(&[b"network", browser.network.as_bytes()]);
        let everybody = self.budget_key(&[b"everybody"]);
        let (one, every) = self.inner.home.store.write(|tx| {
            let one = tx.spend_budget(&network, &hour(limits.network_an_hour), now)?;
            Ok((one, one && tx.spend_budget(&everybody, &hour(limits.all_an_hour), now)?))
        })?;
        match (one, every) {
            (true, true) => Ok(()),
            (true, false) => Err(busy()),
            (false, _) => Err(too_often()),
        }
    }

    /// The session a request belongs to: the browser's own if it has one that proved nothing yet, else a new one.
    pub(crate) fn pre_session(
        &self,
        before: Option<&SessionKey>,
        browser: &Browser<'_>,
    ) -> Result<(SessionKey, Option<Session>)> {
        let hash = self.browser_hash(browser);
        if let Some(key) = before {
            let found = self.inner.home.store.read(|tx| tx.session(key.id()))?;
            let usable = |session: &Session| {
                session.proof.is_none() && session.browser == hash && !self.is_over(session)
            };
            if found.as_ref().is_some_and(usable) {
                return Ok((key.clone(), None));
            }
        }
        let key = SessionKey::new()?;
        let now = self.now();
        let new = Session {
            id: key.id(),
            incident: self.inner.incident,
            browser: hash,
            proof: None,
            started_at: now,
            touched_at: now,
        };
        Ok((key, Some(new)))
    }

    /// What a session knows a browser by.
    pub(crate) fn browser_hash(&self, browser: &Browser<'_>) -> [u8; 16] {
        half(&self.inner.service.tag(Tag::Browser, &[browser.agent.as_bytes()]))
    }

    /// What a budget is counted under.
    pub(crate) fn budget_key(&self, parts: &[&[u8]]) -> [u8; 16] {
        half(&self.inner.service.tag(Tag::Budget, parts))
    }

    /// What a code is kept as.
    pub(crate) fn code_hash(
        &self,
        id: RequestId,
        way: Way,
        target: &[u8; 16],
        code: &str,
    ) -> [u8; 32] {
        let parts = [id.as_bytes().as_slice(), way.name().as_bytes(), target, code.as_bytes()];
        self.inner.service.tag(Tag::ProofCode, &parts)
    }
}

/// How many codes one address or number gets.
pub(crate) const fn codes(limits: &Limits) -> Budget {
    Budget {
        short: Window { span: TimeDelta::hours(1), limit: limits.codes_an_hour },
        long: Window { span: TimeDelta::days(1), limit: limits.codes_a_day },
    }
}

/// The first half of a hash: enough to tell two apart.
fn half(hash: &[u8; 32]) -> [u8; 16] {
    hash.first_chunk().copied().unwrap_or_default()
}

impl Door {
    fn request(
        &self,
        wanted: &Wanted<'_>,
        (id, code): (RequestId, &str),
        session: SessionId,
        until: DateTime<Utc>,
    ) -> ProofRequest {
        let way = wanted.way;
        let target = wanted.target();
        let target = self.budget_key(&[b"codes", way.name().as_bytes(), target.as_bytes()]);
        let email = wanted.address.as_ref().map(same_for_all);
        ProofRequest {
            session,
            id,
            way,
            msisdn: self.inner.keys.blind(Field::Msisdn, wanted.number.expose()),
            email: email.map(|email| self.inner.keys.blind(Field::Email, &email)),
            // The service that sends a code of its own says what it calls it once it is sent.
            code: wanted.address.is_some().then(|| self.code_hash(id, way, &target, code)),
            target,
            reference: None,
            tries_left: self.inner.config.limits.tries,
            made_at: self.now(),
            expires_at: until,
        }
    }

    /// Hands the code to the courier.
    fn queue(&self, wanted: &Wanted<'_>, (request, code): (&ProofRequest, &str)) -> Result<()> {
        let language = wanted.language;
        let gaps = Gaps {
            brand: self.brand_name(language),
            minutes: self.minutes(),
            hotline: self.hotline(),
        };
        let (until, request) = (request.expires_at, (request.session, request.id));
        let taken = if let Some(address) = &wanted.address {
            let (subject, text) = self.inner.texts.mail(language, gaps, code);
            let to = address.expose().to_owned();
            let what = Post { to, subject, text: Zeroizing::new(text) };
            self.inner.codes.posts.push(Letter { request, until, what }).is_ok()
        } else {
            let text = self.inner.texts.sms(language, gaps);
            let what = Message { number: wanted.number.clone(), text, is_second: false };
            self.inner.codes.messages.push(Letter { request, until, what }).is_ok()
        };
        if taken { Ok(()) } else { Err(busy()) }
    }
}

/// 32 bits nobody can guess.
pub(crate) fn drawn() -> Result<u32> {
    random().map(|bytes| bytes.first_chunk().copied().map_or(0, u32::from_be_bytes))
}

/// More than is served at a time.
pub(crate) fn busy() -> Problem {
    Problem::state("busy", "too many people ask at the moment").hint("try again in a few minutes")
}

/// More than one place may ask.
pub(crate) fn too_often() -> Problem {
    Problem::state("too_often", "there were too many requests from here in the last hour")
        .hint("try again in an hour, or call us")
}
