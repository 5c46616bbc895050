//! How orders stand, and putting back what was refused.

use chrono::{DateTime, Utc};
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::OrderId;
use simrecall_core::order::Kind;
use simrecall_store::StoreError;
use simrecall_store::outbox::{OrderState, PutBack};
use uuid::Uuid;

use crate::home::Home;
use crate::problem::{Problem, Result};
use crate::staff;

/// How many refused orders are named.
const NAMED: i64 = 50;

/// How orders stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderList {
    /// By kind and state.
    pub counts: Vec<CountRow>,
    /// The refused ones, oldest first, up to fifty.
    pub refused: Vec<OrderRow>,
    /// Kinds that no system is named for: their orders wait.
    pub nobody_takes: Vec<&'static str>,
}

/// How many orders of a kind stand alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountRow {
    /// What they ask for.
    pub kind: &'static str,
    /// What became of them.
    pub state: &'static str,
    /// How many.
    pub count: i64,
    /// When the oldest of them was made.
    pub oldest: DateTime<Utc>,
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderRow {
    /// Its name.
    pub id: OrderId,
    /// What it asks for.
    pub kind: &'static str,
    /// How often it was tried.
    pub tries: i32,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was settled.
    pub settled_at: Option<DateTime<Utc>>,
}

/// Which refused orders are put back.
#[derive(Debug, Clone, Copy)]
pub enum Retry<'a> {
    /// This one.
    One(&'a str),
    /// All of a kind that were refused since then.
    Since(Kind, DateTime<Utc>),
}

/// What was put back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RetryAnswer {
    /// How many are due again.
    pub put_back: u64,
    /// How many stay refused, since a younger order is about the same.
    pub overtaken: u64,
}

/// How orders stand. Nothing of what they say is opened.
pub fn list(home: &Home) -> Result<OrderList> {
    let (counts, refused) = home
        .store
        .read(|tx| Ok((tx.count_orders()?, tx.orders_in(OrderState::Refused, NAMED)?)))?;
    let row = |one: simrecall_store::outbox::OrderCount| CountRow {
        kind: one.kind.name(),
        state: one.state.name(),
        count: one.count,
        oldest: one.oldest,
    };
    let named = |one: simrecall_store::outbox::Order| OrderRow {
        id: one.id,
        kind: one.kind.name(),
        tries: one.tries,
        made_at: one.made_at,
        settled_at: one.settled_at,
    };
    Ok(OrderList {
        counts: counts.into_iter().map(row).collect(),
        refused: refused.into_iter().map(named).collect(),
        nobody_takes: home.config.orders.orphans().into_iter().map(Kind::name).collect(),
    })
}

/// Puts refused orders back, each unless a younger one is about the same: then the older would undo it.
pub fn retry(home: &Home, which: Retry<'_>, by: &str) -> Result<RetryAnswer> {
    let member = staff::may(home, by, Act::RetryOrder)?;
    let actor = member.id.to_string();
    match which {
        Retry::One(id) => {
            let id = Uuid::parse_str(id.trim()).map(OrderId).map_err(|_| unknown())?;
            match put_back(home, id, &actor)? {
                PutBack::Done => Ok(RetryAnswer { put_back: 1, overtaken: 0 }),
                PutBack::NotRefused => Err(unknown()),
                PutBack::Overtaken => Err(Problem::state(
                    "overtaken",
                    "a younger order is about the same: put back, this one would undo it",
                )),
            }
        }
        Retry::Since(kind, since) => since_then(home, (kind, since), &actor),
    }
}

fn since_then(
    home: &Home,
    (kind, since): (Kind, DateTime<Utc>),
    actor: &str,
) -> Result<RetryAnswer> {
    let mut answer = RetryAnswer::default();
    for one in home.store.read(|tx| tx.orders_refused(kind, since, i64::MAX))? {
        match put_back(home, one.id, actor)? {
            PutBack::Done => answer.put_back += 1,
            PutBack::Overtaken => answer.overtaken += 1,
            PutBack::NotRefused => {}
        }
    }
    Ok(answer)
}

fn put_back(home: &Home, id: OrderId, actor: &str) -> Result<PutBack> {
    let entry = home.entry("order.put_back", actor, None, serde_json::json!({ "order": id }))?;
    let now = home.now();
    let done = home.store.write(|tx| {
        // The card of a parcel that ended is somewhere else by now.
        if tx.parcel(id)?.is_some_and(|parcel| parcel.ended.is_some()) {
            return Ok(PutBack::Overtaken);
        }
        let done = tx.put_back_order(id, now)?;
        if done == PutBack::Done {
            tx.journal(&entry)?;
        }
        Ok::<_, StoreError>(done)
    })?;
    Ok(done)
}

fn unknown() -> Problem {
    Problem::input("order", "there is no such order, or nobody refused it")
        .hint("orders list shows those that were refused")
}
