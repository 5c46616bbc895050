//! An installation with orders to send, and systems that take them.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use simrecall_core::access::StaffRole;
use simrecall_core::id::OrderId;
use simrecall_core::order::Kind;
use simrecall_engine::{Clock, Home, Result, staff};
use simrecall_store::outbox::{NewOrder, Order};
use simrecall_store::seal::Table;
use simrecall_tests::peers::{OrderTaker, TakenOrder};
use simrecall_tests::{Backend, Guard};

pub(crate) const LEAD: &str = "security.lead";

pub(crate) struct Stage {
    pub(crate) home: Home,
    made: AtomicU32,
    _folder: tempfile::TempDir,
    _database: Guard,
}

/// The receivers of a configuration.
pub(crate) fn receivers(takers: &[(&OrderTaker, &[&str])]) -> Value {
    let one = |(taker, kinds): &(&OrderTaker, &[&str])| json!({ "kinds": kinds, "url": taker.url(), "secret_file": taker.secret_file() });
    json!({ "receivers": takers.iter().map(one).collect::<Vec<_>>() })
}

/// Opens an installation as if these receivers stood in its configuration.
pub(crate) fn opened(dir: &Path, now: DateTime<Utc>, receivers: Value) -> Home {
    let mut home = Home::open(dir, Clock::still(now)).unwrap();
    home.config.orders = serde_json::from_value(receivers).unwrap();
    home
}

impl Stage {
    pub(crate) fn new(backend: Backend, takers: &[(&OrderTaker, &[&str])]) -> Self {
        let (url, database) = backend.fresh().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("home");
        let now: DateTime<Utc> = "2025-09-11T09:30:00+09:00".parse().unwrap();
        let home = Home::init(&dir, &url, Clock::still(now)).unwrap();
        staff::add(&home, LEAD, &[StaffRole::Security], &dir.join("lead.key"), None).unwrap();
        drop(home);
        let home = opened(&dir, now, receivers(takers));
        Self { home, made: AtomicU32::new(0), _folder: folder, _database: database }
    }

    /// Writes an order down, as the engine does.
    pub(crate) fn order(&self, kind: Kind, subject: Option<[u8; 16]>) -> OrderId {
        let mut id = [9; 16];
        let no = self.made.fetch_add(1, Ordering::Relaxed);
        id.iter_mut().zip(no.to_be_bytes()).for_each(|(to, from)| *to = from);
        let id = OrderId::from_bytes(id);
        let number = subject.map_or(0, |subject| subject[0]);
        let data = json!({ "address": "1 First Street", "number": format!("82102000{number:04}") });
        let service = self.home.keys.service().unwrap();
        let sealed = service.seal(Table::Outbox, id.as_bytes(), data.to_string().as_bytes());
        let (sealed, at) = (sealed.unwrap(), self.home.now());
        let new = NewOrder { id, kind, sealed, incident: None, subject, at };
        self.home.store.write(|tx| tx.put_order(&new)).unwrap();
        id
    }

    pub(crate) fn kept(&self, id: OrderId) -> Order {
        self.home.store.read(|tx| tx.order(id)).unwrap().unwrap()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.home.clock.advance(time);
    }
}

/// An order, as often as it arrived.
pub(crate) fn arrived(taker: &OrderTaker, id: OrderId) -> Vec<TakenOrder> {
    let id = id.to_string();
    taker.orders().unwrap().into_iter().filter(|one| one.id == id).collect()
}

/// A problem's code.
pub(crate) fn refused<T>(result: Result<T>) -> &'static str {
    result.map(|_| ()).unwrap_err().code
}
