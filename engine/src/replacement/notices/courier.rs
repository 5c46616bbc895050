//! Takes notices of cases and claims to the network: due, tried, handed over or failed.
//!
//! What was being tried when its sender died is sent again as a new row that says so.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;
use simrecall_core::access::Purpose;
use simrecall_core::claim::APPEAL;
use simrecall_core::delivery::Rung;
use simrecall_core::id::IncidentId;
use simrecall_core::identity::Msisdn;
use simrecall_core::notice::{CarrierWords, Language};
use simrecall_core::replacement::documents::Person;
use simrecall_gateway::mail::{self, MailParts};
use simrecall_gateway::{Event, LinkState, Outcome};
use simrecall_store::agency::Agency;
use simrecall_store::case_notice::{CaseChannel, CaseNotice, CaseNoticeKey, CaseNoticeState};
use simrecall_store::permit::PermitRequest;
use simrecall_store::seal::Table;
use tokio::time::timeout;

use super::Sealed;
use super::texts::{CaseTexts, Gaps};
use crate::claim::appeal;
use crate::config::RouteConfig;
use crate::home::Home;
use crate::problem::{self, Problem, Result};
use crate::replacement::line::Rules;
use crate::replacement::visit::words;
use crate::routes::{self, Message, Opened, short_text};
use crate::staff::hex;
use crate::{agency, incident};

/// Notices that are sent in one round.
const AT_ONCE: i64 = 200;
/// After how long a notice that is being tried was left by a sender that died.
const LEFT: TimeDelta = TimeDelta::minutes(10);
/// How long a network may keep silent before what it was given is in doubt.
const SILENCE: Duration = Duration::from_mins(1);
/// How long a route may take to close.
const FAREWELL: Duration = Duration::from_secs(5);
/// Who sends, as the journal names it.
const ACTOR: &str = "courier";

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NotifyAnswer {
    /// A network took them over.
    pub handed: u64,
    /// No network takes them.
    pub failed: u64,
    /// Nobody knows; they are sent again, marked.
    pub in_doubt: u64,
    /// They wait for a route that cannot be reached, or is not set up.
    pub waiting: u64,
}

/// Sends what is due about an incident's cases and claims, until nothing is or the network takes no more.
pub fn notify(home: &Home, code: &str) -> Result<NotifyAnswer> {
    let incident = incident::by_code(home, code)?.id;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Problem::ours("runtime", "nothing can be sent").caused_by(error))?;
    let mut done = NotifyAnswer::default();
    repeat_left(home, incident, &mut done)?;
    let office = Office::open(home, incident)?;
    for rung in [Rung::Email, Rung::Lms] {
        office.send_over(&runtime, rung, &mut done)?;
    }
    let due = home
        .store
        .read(|tx| tx.case_notices_in(incident, CaseNoticeState::Due, home.now(), i64::MAX))?;
    done.waiting = u64::try_from(due.len()).unwrap_or(u64::MAX);
    Ok(done)
}

/// What a dead sender was trying is sent again, marked.
fn repeat_left(home: &Home, incident: IncidentId, done: &mut NotifyAnswer) -> Result<()> {
    let since = home.now() - LEFT;
    let left = home
        .store
        .read(|tx| tx.case_notices_in(incident, CaseNoticeState::Trying, since, AT_ONCE))?;
    for notice in left {
        let again =
            home.store.write(|tx| tx.repeat_case_notice(incident, &notice.key, home.now()))?;
        done.in_doubt += u64::from(again);
    }
    Ok(())
}

/// What sending takes.
struct Office<'a> {
    home: &'a Home,
    incident: IncidentId,
    texts: CaseTexts,
    rules: Rules,
    brand: CarrierWords,
    hotline: String,
    agencies: Vec<Agency>,
}

/// A notice, opened and put into words.
struct Ready {
    key: CaseNoticeKey,
    to: zeroize::Zeroizing<String>,
    subject: String,
    text: String,
}

/// The channels that go over a rung.
const fn rung_of(channel: CaseChannel) -> Option<Rung> {
    match channel {
        CaseChannel::Sms | CaseChannel::OtherSms => Some(Rung::Lms),
        CaseChannel::Email => Some(Rung::Email),
        CaseChannel::Letter => None,
    }
}

impl<'a> Office<'a> {
    fn open(home: &'a Home, incident: IncidentId) -> Result<Self> {
        let brand = crate::words::brand_served(home).unwrap_or_default();
        let brand = crate::words::of_brand(home, &brand)?;
        let hotline = crate::words::hotline(home).unwrap_or_else(|| brand.hotline().to_owned());
        Ok(Self {
            home,
            incident,
            texts: CaseTexts::builtin()?,
            rules: Rules::read(home)?,
            brand,
            hotline,
            agencies: agency::all(home)?,
        })
    }

    /// Sends what is due over one rung, round by round, until a round brings nothing on.
    fn send_over(
        &self,
        runtime: &tokio::runtime::Runtime,
        rung: Rung,
        done: &mut NotifyAnswer,
    ) -> Result<()> {
        let Some((name, config)) = self.home.config.route_of(rung) else { return Ok(()) };
        let mut route = None;
        loop {
            let due = self.due(rung)?;
            if due.is_empty() {
                break;
            }
            if route.is_none() {
                match runtime.block_on(routes::open(self.home, name, config, "cases")) {
                    Ok(opened) => route = Some(opened),
                    Err(problem) => {
                        tracing::warn!(code = problem.code, "notices of cases wait");
                        break;
                    }
                }
            }
            let Some(opened) = route.as_mut() else { break };
            let went = runtime.block_on(self.round(opened, config, due, done))?;
            if !went {
                break;
            }
        }
        if let Some(opened) = route {
            drop(opened.entrance);
            let _ended = runtime.block_on(async { timeout(FAREWELL, opened.driver).await });
        }
        Ok(())
    }

    fn due(&self, rung: Rung) -> Result<Vec<CaseNotice>> {
        let (incident, now) = (self.incident, self.home.now());
        let due = self
            .home
            .store
            .read(|tx| tx.case_notices_in(incident, CaseNoticeState::Due, now, i64::MAX))?;
        let of_rung = due.into_iter().filter(|one| rung_of(one.key.channel) == Some(rung));
        Ok(of_rung.take(usize::try_from(AT_ONCE).unwrap_or(200)).collect())
    }

    /// One round: each is written down as tried, handed to the route, and settled by its answer. Whether anything came of it.
    async fn round(
        &self,
        route: &mut Opened,
        config: &RouteConfig,
        due: Vec<CaseNotice>,
        done: &mut NotifyAnswer,
    ) -> Result<bool> {
        let ready = self.ready(&due)?;
        let mut under_way: BTreeMap<u64, CaseNoticeKey> = BTreeMap::new();
        let mut went = false;
        let mut rest = ready.into_iter().zip(1_u64..).peekable();
        while rest.peek().is_some() || !under_way.is_empty() {
            while under_way.len() < route.window.max(1)
                && let Some((one, tag)) = rest.next()
            {
                let (home, incident) = (self.home, self.incident);
                let now = home.now();
                if !home.store.write(|tx| tx.try_case_notice(incident, &one.key, now))? {
                    continue;
                }
                let Some(message) = self.message(config, &one) else {
                    self.settle(&one.key, CaseNoticeState::Failed)?;
                    done.failed += 1;
                    went = true;
                    continue;
                };
                let pushed =
                    tokio::task::block_in_place(|| route.entrance.push(tag, message)).is_ok();
                if !pushed {
                    self.doubt(&one.key, done)?;
                    return Ok(went);
                }
                under_way.insert(tag, one.key);
            }
            if under_way.is_empty() {
                continue;
            }
            let event = timeout(SILENCE, route.events.recv()).await;
            let Ok(Some(event)) = event else {
                for key in under_way.values() {
                    self.doubt(key, done)?;
                }
                return Ok(false);
            };
            match event {
                Event::Result { tag, outcome } | Event::Late { tag, outcome } => {
                    if let Some(key) = under_way.remove(&tag) {
                        went |= self.answered(&key, &outcome, done)?;
                    }
                }
                Event::Receipt(_, ack) => ack.committed(),
                Event::Link(LinkState::Up | LinkState::Down { .. }) => {}
                Event::Link(LinkState::Refused { reason }) => {
                    tracing::warn!(%reason, "the network refuses us; notices of cases wait");
                    for key in under_way.values() {
                        self.doubt(key, done)?;
                    }
                    return Ok(false);
                }
            }
        }
        Ok(went)
    }

    /// What the network said of one; whether it is settled.
    fn answered(
        &self,
        key: &CaseNoticeKey,
        outcome: &Outcome,
        done: &mut NotifyAnswer,
    ) -> Result<bool> {
        match outcome {
            Outcome::Accepted { .. } => {
                self.settle(key, CaseNoticeState::Handed)?;
                done.handed += 1;
                Ok(true)
            }
            Outcome::Rejected { code, .. } => {
                tracing::info!(%code, "a notice of a case was refused");
                self.settle(key, CaseNoticeState::Failed)?;
                done.failed += 1;
                Ok(true)
            }
            // It may have arrived, or has to be tried again: either way by a row that says so.
            Outcome::NotAccepted { .. } | Outcome::InDoubt { .. } => {
                self.doubt(key, done)?;
                Ok(false)
            }
        }
    }

    fn settle(&self, key: &CaseNoticeKey, state: CaseNoticeState) -> Result<()> {
        let now = self.home.now();
        self.home.store.write(|tx| {
            let settled = tx.settle_case_notice(self.incident, key, state, now)?;
            if settled && key.kind.begins_appeal() {
                appeal::notice_settled(tx, self.incident, key, now)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn doubt(&self, key: &CaseNoticeKey, done: &mut NotifyAnswer) -> Result<()> {
        let now = self.home.now();
        let again = self.home.store.write(|tx| tx.repeat_case_notice(self.incident, key, now))?;
        done.in_doubt += u64::from(again);
        Ok(())
    }

    /// Opens notices and puts them into words.
    fn ready(&self, due: &[CaseNotice]) -> Result<Vec<Ready>> {
        let home = self.home;
        let keys = home.keys.incident(self.incident).map_err(problem::keys)?;
        let mut permit = home.permit(&PermitRequest {
            purpose: Purpose::Send,
            actor: ACTOR.to_owned(),
            incident: Some(self.incident),
            scope: "notices of cases".to_owned(),
            fields: vec!["contact".to_owned()],
            rows: u64::try_from(due.len()).unwrap_or(u64::MAX),
        })?;
        let mut ready = Vec::new();
        for notice in due {
            let CaseNoticeKey { of, kind, channel, .. } = notice.key;
            let row = CaseNoticeKey::row(of, kind, channel, &notice.to);
            let plain = permit.open(&keys, Table::CaseNotice, &row, &notice.sealed);
            let plain = plain.map_err(|error| damaged().caused_by(error))?;
            let sealed: Sealed<'_> = serde_json::from_slice(&plain).map_err(|_| damaged())?;
            let (subject, text) = self.say(notice, &sealed)?;
            let to = zeroize::Zeroizing::new(sealed.to.into_owned());
            ready.push(Ready { key: notice.key, to, subject, text });
        }
        Ok(ready)
    }

    fn say(&self, notice: &CaseNotice, sealed: &Sealed<'_>) -> Result<(String, String)> {
        let language = sealed.language;
        let name = self.brand.text(language).or_else(|| self.brand.text(Language::English));
        let always = Gaps {
            brand: name.map(|text| text.name.as_str()).unwrap_or_default(),
            hotline: &self.hotline,
            line: &sealed.line,
            ..Gaps::default()
        };
        let kind = notice.key.kind;
        if kind.is_of_claim() {
            let days = APPEAL.num_days().to_string();
            let gaps = Gaps { appeal_days: &days, ..always };
            return Ok(self.texts.say(kind, language, &gaps));
        }
        let case = notice.key.of.case();
        let case = crate::replacement::shown::found(self.home, self.incident, case)?;
        let agency = self.agencies.iter().find(|one| Some(one.id) == case.agency);
        let person = case.person_type.unwrap_or(Person::Adult);
        let bring = words(&self.rules, person, language);
        let bring: Vec<String> = bring.iter().map(|group| group.join(" / ")).collect();
        let gaps = Gaps {
            agency: agency.map(|one| one.name.as_str()).unwrap_or_default(),
            place: agency.map(|one| one.address.as_str()).unwrap_or_default(),
            day: &case.day.map(|day| day.to_string()).unwrap_or_default(),
            hour: &case.hour.map(|hour| format!("{hour:02}:00")).unwrap_or_default(),
            bring: &bring.join(" + "),
            ..always
        };
        Ok(self.texts.say(kind, language, &gaps))
    }

    /// What a route takes; none where it never can be sent.
    fn message(&self, config: &RouteConfig, one: &Ready) -> Option<Message> {
        // A name that nobody can take for an attempt of a wave.
        let name = format!("case.{}", hex(&digest(&one.key)));
        match config {
            RouteConfig::Smpp(smpp) => {
                let number = Msisdn::parse(&one.to).ok()?;
                let reference = u16::from_be_bytes(*digest(&one.key).first_chunk::<2>()?);
                short_text(smpp, &number, (&one.subject, &one.text), reference)
                    .ok()
                    .map(Message::Short)
            }
            RouteConfig::Smtp(_) => {
                let mail = &self.home.config.mail;
                mail::build(&MailParts {
                    reference: &name,
                    message: &name,
                    host: &mail.bounce_host,
                    from: &mail.from,
                    to: &one.to,
                    subject: &one.subject,
                    text: &one.text,
                    html: None,
                    date: self.home.now(),
                })
                .ok()
                .map(Message::Mail)
            }
            RouteConfig::Letters { .. } | RouteConfig::Posting { .. } => None,
        }
    }
}

/// A notice's name outside: stands for nothing there.
fn digest(key: &CaseNoticeKey) -> [u8; 12] {
    use sha2::{Digest as _, Sha256};
    let mut hash = Sha256::new_with_prefix(b"simrecall case notice v1\n");
    hash.update(CaseNoticeKey::row(key.of, key.kind, key.channel, &[0; 16]));
    hash.update(key.no.to_be_bytes());
    let hash: [u8; 32] = hash.finalize().into();
    hash.first_chunk::<12>().copied().unwrap_or_default()
}

fn damaged() -> Problem {
    Problem::ours("sealed", "the record of a notice does not open")
}
