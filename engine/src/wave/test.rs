//! Sending one of each notice to staff handsets, before anybody signs. Nothing of it goes into the ledger.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::delivery::Rung;
use simrecall_core::id::{AttemptKey, ChunkNo, TargetKey, WaveNo};
use simrecall_core::identity::Msisdn;
use simrecall_core::notice::{Language, NoticeKind, Variables, worst_case};
use simrecall_core::subscriber::Contact;
use simrecall_gateway::{Event, Outcome};

use super::get;
use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::routes::{self, Envelope, compose};
use crate::words::Words;
use crate::{incident, staff};

/// What came of a test.
#[derive(Debug, Clone, Serialize)]
pub struct Tested {
    /// Messages the network took.
    pub accepted: usize,
    /// Messages it did not take, with its words.
    pub refused: Vec<String>,
}

/// Sends each notice of a planned wave that goes by message, at its longest, to staff handsets.
pub fn test(home: &Home, no: WaveNo, numbers: &[String], by: &str) -> Result<Tested> {
    let wave = get(home, no)?;
    let actor = staff::may(home, by, Act::Test)?.id.to_string();
    let words = Words::read(home, &incident::words(home, wave.incident)?)?;
    let Some((name, config)) = home.config.route_of(Rung::Lms) else {
        return Err(Problem::configuration("ladder", "the ladder has no lms rung to test"));
    };
    let mut messages = Vec::new();
    for number in numbers {
        let msisdn = Msisdn::parse(number)
            .map_err(|error| Problem::input("msisdn", "this is no number").caused_by(error))?;
        for variables in texts(home, no, &words)? {
            let rendered = words.render(Rung::Lms, &variables)?;
            let contact = Contact { msisdn: Some(msisdn.clone()), ..Contact::default() };
            let target = TargetKey { wave: no, chunk: ChunkNo(0), pos: 0 };
            let envelope = Envelope {
                key: AttemptKey { target, try_no: 0 },
                rung: Rung::Lms,
                contact: &contact,
                rendered: &rendered,
                page: "test",
                at: home.now(),
            };
            let message = compose(&home.config, config, &envelope);
            messages.push(message.map_err(|error| {
                Problem::input("unsendable", "a text cannot be sent").caused_by(error)
            })?);
        }
    }
    let entry = home.entry(
        "wave.tested",
        &actor,
        Some(wave.incident),
        serde_json::json!({ "wave": no.0, "messages": messages.len() }),
    )?;
    home.store.write(|tx| tx.journal(&entry)).map_err(crate::problem::store)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime =
        runtime.map_err(|error| Problem::ours("runtime", "cannot start").caused_by(error))?;
    let mut opened = runtime.block_on(routes::open(home, name, config, "test"))?;
    let mut tested = Tested { accepted: 0, refused: Vec::new() };
    for (tag, message) in (0..).zip(messages) {
        opened.entrance.push(tag, message)?;
        match runtime.block_on(answer(&mut opened.events)) {
            Some(Outcome::Accepted { .. }) => tested.accepted += 1,
            Some(
                Outcome::NotAccepted { code }
                | Outcome::Rejected { code, .. }
                | Outcome::InDoubt { code },
            ) => tested.refused.push(code),
            None => tested.refused.push("the link was lost".to_owned()),
        }
    }
    drop(opened.entrance);
    drop(opened.events);
    let closed = runtime
        .block_on(async { tokio::time::timeout(Duration::from_secs(2), opened.driver).await });
    if closed.is_err() {
        tracing::warn!("the test's route did not close in time");
    }
    Ok(tested)
}

async fn answer(events: &mut tokio::sync::mpsc::Receiver<Event>) -> Option<Outcome> {
    while let Some(event) = events.recv().await {
        match event {
            Event::Result { outcome, .. } | Event::Late { outcome, .. } => return Some(outcome),
            Event::Receipt(_, ack) => ack.committed(),
            Event::Link(_) => {}
        }
    }
    None
}

/// One of each notice that the wave sends as a message, at its longest.
fn texts(home: &Home, wave: WaveNo, words: &Words) -> Result<Vec<Variables>> {
    let kept = home.store.read(|tx| tx.wordings(wave)).map_err(crate::problem::store)?;
    let messages = kept.iter().map(|kept| &kept.new.wording).filter(|one| one.rung == Rung::Lms);
    let sent: BTreeSet<(NoticeKind, Language)> =
        messages.map(|wording| (wording.kind, wording.language)).collect();
    let brand = words.brands.keys().next().cloned().unwrap_or_default();
    let longest = sent.into_iter().filter_map(|(kind, language)| {
        worst_case(kind, language)
            .into_iter()
            .map(|variables| Variables { brand: brand.clone(), ..variables })
            .find(|variables| words.render(Rung::Lms, variables).is_ok())
    });
    Ok(longest.collect())
}
