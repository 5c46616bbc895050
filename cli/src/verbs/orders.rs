//! `orders`: what other systems of the carrier's are asked to do.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use simrecall_engine::orders::{
    self, OrderList, Pass, ReceiverAnswer, Retry, RetryAnswer, SendAnswer, Watch,
};
use simrecall_engine::{Home, Result};

use super::{Desk, sequence};
use crate::args::{OrdersRetry, OrdersVerb};
use crate::report::{Sheet, count, when};
use crate::stop::on_interrupt;

/// A system has to be looked at before it takes anything.
const UNREACHED: u8 = 3;
/// How often is looked whether somebody wants to stop.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn run(desk: &Desk<'_>, verb: &OrdersVerb) -> Result<ExitCode> {
    let home = desk.open()?;
    match verb {
        OrdersVerb::Send { follow } => send(desk, &home, *follow),
        OrdersVerb::List => {
            let answer = orders::list(&home)?;
            Ok(desk.say(&answer, || listed(Sheet::default(), &answer).text()))
        }
        OrdersVerb::Retry(verb) => {
            let answer = orders::retry(&home, which(verb), &verb.by)?;
            sequence(&home);
            Ok(desk.say(&answer, || put_back(&answer)))
        }
    }
}

/// Stops between two orders.
struct Stopping(Arc<AtomicBool>);

impl Watch for Stopping {
    fn stops(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn pause(&mut self, time: Duration) {
        let began = Instant::now();
        while !self.stops() && began.elapsed() < time {
            std::thread::sleep(LOOK);
        }
    }
}

fn send(desk: &Desk<'_>, home: &Home, follow: bool) -> Result<ExitCode> {
    let said = "ends after the order in hand; ctrl-C again leaves at once";
    let mut stopping = Stopping(on_interrupt(desk.out, said)?);
    let pass = if follow { Pass::Follow } else { Pass::Once };
    let answer = orders::send(home, pass, &mut stopping)?;
    sequence(home);
    desk.out.answer(&answer, || sent(&answer));
    Ok(if answer.is_stopped() { ExitCode::from(UNREACHED) } else { ExitCode::SUCCESS })
}

fn which(verb: &OrdersRetry) -> Retry<'_> {
    match (verb.kind, verb.since) {
        (Some(kind), Some(since)) => Retry::Since(kind, since),
        (Some(_) | None, _) => Retry::One(verb.order.as_deref().unwrap_or_default()),
    }
}

fn sent(answer: &SendAnswer) -> String {
    let one = |sheet: Sheet, one: &ReceiverAnswer| {
        let ReceiverAnswer { name, taken, refused, put_off, stopped } = one;
        let stopped = stopped.as_deref().map(|why| format!(", takes nothing: {why}"));
        sheet.row(
            name,
            format!(
                "{} taken over, {} refused, {} put off{}",
                count(i128::from(*taken)),
                count(i128::from(*refused)),
                count(i128::from(*put_off)),
                stopped.unwrap_or_default()
            ),
        )
    };
    let sheet = answer.receivers.iter().fold(Sheet::default(), one);
    let sheet = sheet.row_if(answer.deleted > 0, "old ones deleted", answer.deleted);
    listed(sheet, &answer.left).text()
}

fn listed(sheet: Sheet, list: &OrderList) -> Sheet {
    let sheet = list.counts.iter().fold(sheet, |sheet, one| {
        let many = count(i128::from(one.count));
        sheet.row(one.kind, format!("{many} {}, the oldest of {}", one.state, when(one.oldest)))
    });
    let sheet = list.refused.iter().fold(sheet, |sheet, one| {
        let at = one.settled_at.map(when).unwrap_or_default();
        sheet.row("refused", format!("{}  {}  {at}", one.id, one.kind))
    });
    let sheet = if list.counts.is_empty() { sheet.line("there are no orders") } else { sheet };
    let nobody = list.nobody_takes.join(", ");
    sheet.row_if(!nobody.is_empty(), "nobody takes", nobody)
}

fn put_back(answer: &RetryAnswer) -> String {
    let overtaken = answer.overtaken;
    Sheet::default()
        .line(&format!("{} orders are due again", answer.put_back))
        .row_if(
            overtaken > 0,
            "not put back",
            format!("{overtaken}: a younger one is about the same"),
        )
        .text()
}
