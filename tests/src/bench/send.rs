//! Durable sending with receipts: through the engine, as bare inserts of its rows, and as messages without a ledger.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use simrecall_engine::Home;
use simrecall_engine::send::{Ended, SendOptions, Unwatched};
use simrecall_gateway::sandbox::smsc::{Smsc, SmscLine, SmscPlan, read_lines};

use super::child::{self, Measured, Server, Step};
use super::report::{Goal, Side};
use super::world::{self, WAVE, World};
use super::{Bench, middle, name, real, say};
use crate::Backend;

/// People who are sent to.
const PEOPLE: u32 = 100_000;
/// People of the send whose memory is compared with that.
const MANY: u32 = 1_000_000;
/// The octets of a message as the wave renders it, with its optional parts.
const OCTETS: usize = 1_150;

/// Sends on both databases and compares.
pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let people = bench.scaled(PEOPLE);
    let mut small = None;
    for backend in Backend::ALL {
        let world = world::world(bench, backend, people)?;
        let sent = send_world(&world)?;
        compare(bench, backend, &sent)?;
        small.get_or_insert(sent);
    }
    let many = bench.scaled(MANY);
    let world = world::world(bench, Backend::Sqlite, many)?;
    let large = send_world(&world)?;
    bare(bench, Backend::Sqlite, &large)?;
    world::flat(bench, "send", &small.context("nothing was sent")?, &large);
    Ok(())
}

/// A sandbox of its own, one send, and an independent count.
fn send_world(world: &World) -> Result<Measured> {
    let log = world.home.join("smsc.jsonl");
    let smsc = Server::start(&Step::Smsc { log: log.clone() })?;
    say("          sending");
    let address = ("SIMRECALL_ROUTES__SMSC__ADDRESS", smsc.address.as_str());
    let sent = child::run(&Step::Send { home: world.home.clone() }, &[address])?;
    drop(smsc);
    let (taken, phones) = taken(&log)?;
    let messages = sent.counted("messages")?;
    ensure!(taken == messages, "the SMSC took {taken}, the ledger says {messages}");
    let people = world.planned.counted("persons")?;
    ensure!(phones * 100 >= people * 95, "{phones} phones of {people} people");
    Ok(sent)
}

fn compare(bench: &mut Bench, backend: Backend, sent: &Measured) -> Result<()> {
    bare(bench, backend, sent)?;
    let messages = sent.counted("messages")?;
    let folder = bench.room(&format!("pump-{}", name(backend)))?;
    let smsc = Server::start(&Step::Smsc { log: folder.join("smsc.jsonl") })?;
    let address = smsc.address.clone();
    let pumped = child::run(&Step::Pump { address, messages, octets: OCTETS }, &[])?;
    let other = Side::rate("raw pump", real(messages) / pumped.seconds("pump")?);
    let ours = Side::rate("messages", rate(sent)?);
    bench.report.compare(&what(backend, messages), (&ours, &other), Goal::None, sent.peak_kib);
    Ok(())
}

/// Compares with bare inserts of as many rows, in commits of the size the sender's had.
fn bare(bench: &mut Bench, backend: Backend, sent: &Measured) -> Result<()> {
    // Each turn of the sender commits once: answers, receipts, intents.
    let (messages, turns) = (sent.counted("messages")?, sent.counted("marks")?);
    let group = (messages / turns.max(1)).max(1);
    // A short run may meet somebody else's work; a long one has met its share.
    let rounds = if messages <= 2 * u64::from(PEOPLE) { 3 } else { 1 };
    let mut seconds = Vec::new();
    for round in 0..rounds {
        let folder = bench.room(&format!("inserts-{}-{messages}-{round}", name(backend)))?;
        let store = bench.database(backend, &folder)?;
        let bare = child::run(&Step::Inserts { store, messages, group }, &[])?;
        seconds.push(bare.seconds("insert")?);
    }
    let rows = format!("bare inserts, {group} a commit,");
    let other = Side::rate(&rows, real(messages) / middle(seconds));
    let ours = Side::rate("messages", rate(sent)?);
    let goal = Goal::AtLeast(0.5);
    bench.report.compare(&what(backend, messages), (&ours, &other), goal, sent.peak_kib);
    Ok(())
}

fn what(backend: Backend, messages: u64) -> String {
    format!("durable send of {messages} SMS with receipts, {}", name(backend))
}

fn rate(sent: &Measured) -> Result<f64> {
    Ok(real(sent.counted("messages")?) / sent.seconds("send")?)
}

/// Messages in a sandbox's log, and different phones.
fn taken(log: &Path) -> Result<(u64, u64)> {
    let mut phones = BTreeSet::new();
    let mut messages = 0;
    for line in read_lines(log)? {
        if let SmscLine::Submit { destination, .. } = line {
            messages += 1;
            phones.insert(destination);
        }
    }
    Ok((messages, u64::try_from(phones.len())?))
}

/// In a process of its own: sends a world's wave to its end.
pub(super) fn send(dir: &Path) -> Result<Measured> {
    let mut measured = Measured::default();
    let home = Home::open(dir, world::clock()?)?;
    let before = mark(&home)?;
    let began = Instant::now();
    let options = SendOptions::default();
    let sent = simrecall_engine::send::send(&home, WAVE, &options, &mut Unwatched)?;
    measured.took("send", began);
    ensure!(sent.ended == Ended::Complete, "the send ended as {:?}", sent.ended);
    measured.count("marks", u64::try_from(mark(&home)? - before)?);
    let status = simrecall_engine::wave::status(&home, WAVE)?;
    let lms = status.by_rung.iter().find(|(rung, _)| *rung == "lms");
    let (_, tally) = lms.context("a wave without messages")?;
    measured.count("messages", u64::try_from(tally.accepted + tally.reached + tally.failed)?);
    Ok(measured)
}

fn mark(home: &Home) -> Result<i64> {
    let mark = home.store.read(|tx| tx.ledger_mark())?;
    Ok(mark.map(|(_, mark)| mark).unwrap_or_default())
}

/// In a process of its own: a short message centre that takes everything and says so at once.
pub(super) fn serve(log: &Path) -> Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let plan = SmscPlan { log: log.to_owned(), ..SmscPlan::default() };
    let smsc = runtime.block_on(Smsc::start(plan))?;
    say(&smsc.address.to_string());
    // It ends with whoever started it.
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop(smsc);
    Ok(())
}
