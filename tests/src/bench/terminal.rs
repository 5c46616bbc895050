//! A busy day at an agency: first one terminal, then twenty, over HTTP on PostgreSQL, and whoever follows their orders at a real HLR.
//! Nobody thinks between two steps, so twenty terminals ask for more than twenty clerks ever do.
//!
//! Every step is timed where the clerk waits for it, against one command of the same HLR in the same run. At the end the counts of
//! orders, swaps, cards, stock and journal must agree: nothing was lost, and nothing was done twice.

use std::net::Ipv4Addr;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use simrecall_core::access::StaffRole;
use simrecall_core::id::SwapOrderId;
use simrecall_core::replacement::local_day;
use simrecall_engine::Clock;
use simrecall_engine::swap::Pace;
use simrecall_engine::terminal::follow::{Became, Followed, follow};
use simrecall_gateway::hlr::{HlrSettings, OsmoHlr, Provisioning};

use super::report::{Goal, Side};
use super::{Bench, real};
use crate::counter::{imsi, key, number};
use crate::office::Desk;
use crate::shop::{Customer, Shop};
use crate::{Backend, HlrServer};

/// Terminals, each with a clerk of its own.
const TERMINALS: u32 = 20;
/// Customers of each: as many as one clerk may serve in an hour.
const CUSTOMERS: u32 = 20;
/// How many follow orders at a time.
const WORKERS: usize = 8;
/// What a clerk waits for, in order.
const STEPS: [&str; 6] = ["check in", "present", "papers", "card", "order", "passkey"];
/// When it is: agencies are open, and the clock stands, so that nothing runs out.
const NOON: &str = "2025-09-11T12:00:00+09:00";
/// How long the last order may take to be begun.
const PATIENCE: Duration = Duration::from_mins(2);

const PACE: Pace = Pace {
    command: Duration::from_secs(5),
    lease: Pace::LEASE,
    // Nobody puts the new card in here: those that wait for it are looked at seldom.
    look_every: Duration::from_secs(30),
    attach_within: TimeDelta::minutes(10),
    stay: false,
};

/// Seconds that clerks waited, for each step.
type Waited = [Vec<f64>; STEPS.len()];

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let each = u32::try_from(bench.scaled(CUSTOMERS * 100) / 100)?.min(CUSTOMERS);
    let server = HlrServer::start()?;
    let hlr = OsmoHlr::new(HlrSettings::new(server.address()))?;
    let dir = bench.room("terminal")?;
    let store = bench.database(Backend::Postgres, &dir)?;
    let noon: DateTime<Utc> = NOON.parse()?;
    let all = (1 + TERMINALS) * each;
    let shop = Shop::open(&dir.join("home"), &store, Clock::still(noon), all)?.served()?;
    let command = old_cards(&hlr, all)?;
    let base = Side { value: command, shown: format!("one HLR command {:.1} ms", command * 1e3) };
    let mut served = 0;
    for terminals in [1, TERMINALS] {
        let desks = desks(&shop, (served..served + terminals, each))?;
        served += terminals;
        let (waited, seconds) = day(&shop, &hlr, desks)?;
        for (name, times) in STEPS.iter().zip(waited) {
            let mean = super::middle(times);
            let ours = Side { value: mean, shown: format!("{name} {:.1} ms", mean * 1e3) };
            let what = format!("{terminals} terminal(s), PostgreSQL: {name}, the middle");
            bench.report.compare(&what, (&ours, &base), Goal::None, 0);
        }
        let rate = real(u64::from(terminals * each)) / seconds;
        let what = format!("swaps from the door to the admitted card, {terminals} terminal(s)");
        bench.report.note(&what, &Side::rate("nothing lost, nothing twice", rate), 0);
    }
    agree(&shop, u64::from(all))
}

/// A terminal for each of these numbers, with its clerk and so many customers.
fn desks(shop: &Shop, (numbers, each): (Range<u32>, u32)) -> Result<Vec<(Desk, Vec<Customer>)>> {
    let mut desks = Vec::new();
    for no in numbers {
        let clerk = format!("clerk.{no}");
        shop.employ(&clerk, StaffRole::Clerk)?;
        let customers = (no * each + 1..=(no + 1) * each).map(|one| shop.customer(one));
        let mut desk = shop.seat(&clerk)?;
        // Shops have a network each, and a network its own pace.
        desk.from = Ipv4Addr::new(198, 51, 100 + u8::try_from(no)?, 7).into();
        desks.push((desk, customers.collect::<Result<Vec<_>>>()?));
    }
    Ok(desks)
}

/// Gives everybody an old card that works; how many seconds one command takes, alone.
fn old_cards(hlr: &dyn Provisioning, customers: u32) -> Result<f64> {
    let began = Instant::now();
    for no in 1..=customers {
        let old = imsi(1, no)?;
        hlr.create(&old)?;
        hlr.set_key(&old, &key(1, no))?;
        hlr.set_number(&old, Some(&number(no)?))?;
    }
    Ok(began.elapsed().as_secs_f64() / real(3 * u64::from(customers)))
}

/// All desks at once, and those who follow; what clerks waited, and how long it took until the last swap was begun.
fn day(
    shop: &Shop,
    hlr: &dyn Provisioning,
    desks: Vec<(Desk, Vec<Customer>)>,
) -> Result<(Waited, f64)> {
    let all: usize = desks.iter().map(|(_, customers)| customers.len()).sum();
    let (stop, begun, odd) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let said = |followed: &Followed| match followed.became {
        Became::Swap { .. } => drop(begun.fetch_add(1, Ordering::AcqRel)),
        Became::Refused { .. } | Became::Waits { .. } | Became::Over => {
            odd.fetch_add(1, Ordering::AcqRel);
        }
    };
    let began = Instant::now();
    let mut waited = Waited::default();
    thread::scope(|scope| -> Result<()> {
        scope.spawn(|| follow(shop.home(), hlr, (&PACE, WORKERS), &stop, &said));
        let clerks: Vec<_> = desks
            .into_iter()
            .map(|(desk, customers)| scope.spawn(move || serve(shop, desk, &customers)))
            .collect();
        let mut done = Ok(());
        for clerk in clerks {
            match clerk.join().ok().context("a clerk panicked").and_then(|times| times) {
                Ok(times) => waited.iter_mut().zip(times).for_each(|(to, from)| to.extend(from)),
                Err(error) => done = Err(error),
            }
        }
        let all = u64::try_from(all)?;
        while done.is_ok() && begun.load(Ordering::Acquire) < all && began.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
        stop.store(true, Ordering::Release);
        done
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let (begun, odd) = (begun.into_inner(), odd.into_inner());
    ensure!(odd == 0 && begun == u64::try_from(all)?, "{begun} of {all} begun, {odd} were not");
    Ok((waited, seconds))
}

/// One clerk's customers, one after another; what each step took.
fn serve(shop: &Shop, mut desk: Desk, customers: &[Customer]) -> Result<Waited> {
    let mut waited = Waited::default();
    for customer in customers {
        let times = one(shop, &mut desk, customer)?;
        waited.iter_mut().zip(times).for_each(|(to, time)| to.push(time));
    }
    Ok(waited)
}

fn one(shop: &Shop, desk: &mut Desk, customer: &Customer) -> Result<[f64; STEPS.len()]> {
    let timed = |work: &mut dyn FnMut() -> Result<Value>| -> Result<(f64, Value)> {
        let began = Instant::now();
        let said = work()?;
        Ok((began.elapsed().as_secs_f64(), said))
    };
    let (check_in, _) = timed(&mut || shop.check_in(desk, customer)?.well())?;
    let code = json!({ "code": shop.presence(customer)? });
    let (present, _) = timed(&mut || shop.ask(desk, customer, ("present", &code))?.well())?;
    let papers = json!({ "shown": ["resident_card"] });
    let (papers, _) = timed(&mut || shop.ask(desk, customer, ("papers", &papers))?.well())?;
    shop.tell(customer)?;
    let iccid = json!({ "iccid": customer.iccid });
    let (card, _) = timed(&mut || shop.ask(desk, customer, ("card", &iccid))?.well())?;
    let mut id = [3; 16];
    id.iter_mut().zip(customer.no.to_be_bytes()).for_each(|(to, from)| *to = from);
    let id = SwapOrderId::from_bytes(id);
    let (order, put) = timed(&mut || shop.put(desk, id, customer)?.well())?;
    let signed = shop.sign(desk, &put)?;
    let path = format!("/api/orders/{id}/assertion");
    let (passkey, _) = timed(&mut || shop.office.post(desk, &path, &signed)?.well())?;
    Ok([check_in, present, papers, card, order, passkey])
}

/// Orders, swaps, cards, stock and journal say the same.
fn agree(shop: &Shop, all: u64) -> Result<()> {
    let home = shop.home();
    let incidents = home.store.read(|tx| tx.incidents())?;
    let incident = incidents.first().context("an incident")?.id;
    let count = |kind: &str| -> Result<u64> {
        let most = i64::try_from(all)? * 2;
        let entries = home.store.read(|tx| tx.entries_of_kind(incident, kind, most))?;
        Ok(u64::try_from(entries.len())?)
    };
    for kind in ["order.made", "order.confirmed", "swap.started", "replacement.checked_in"] {
        ensure!(count(kind)? == all, "{} entries {kind}, not {all}", count(kind)?);
    }
    ensure!(count("order.refused")? + count("order.lapsed")? == 0, "an order ended");
    let states = home.store.read(|tx| tx.count_cases(incident))?;
    let running = states.iter().filter(|(state, _)| state.is_swapping()).map(|(_, count)| *count);
    ensure!(u64::try_from(running.sum::<i64>())? == all, "cases: {states:?}");
    let drift = home.store.read(|tx| tx.recount_stock(local_day(home.now())))?;
    ensure!(drift.is_empty(), "stock drifted: {drift:?}");
    let drift = home.store.read(|tx| tx.case_drift(incident))?;
    ensure!(drift.is_empty(), "{} cases drifted", drift.len());
    let counts = home.store.read(|tx| tx.stock_counts())?;
    let reserved: i64 = counts.iter().map(|one| one.reserved).sum();
    ensure!(u64::try_from(reserved)? == all, "{reserved} cards are somebody's, not {all}");
    Ok(())
}
