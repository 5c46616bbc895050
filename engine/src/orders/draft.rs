//! An order that is put together.

use serde_json::Value;
use simrecall_core::id::{IncidentId, OrderId};
use simrecall_core::order::Kind;
use simrecall_store::outbox::{NewOrder, Order};
use simrecall_store::permit::Permit;
use simrecall_store::seal::{DomainKeys, Table, Tag};
use zeroize::Zeroizing;

use crate::home::{Home, random};
use crate::problem::{Problem, Result};

/// What an order is, apart from what it says.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    /// What it asks for.
    pub(crate) kind: Kind,
    /// The incident whose data it says, if it is one's: then the order is erased with it.
    pub(crate) incident: Option<IncidentId>,
    /// Of what there must not be two orders on their way at once: a number, an account. Orders of one family about the same are sent
    /// in the order in which they were written.
    pub(crate) subject: Option<&'a str>,
}

/// Puts an order together, sealed, to be written with [`put_order`](simrecall_store::Tx::put_order) in the transaction of what it
/// follows from. `service`: the service's keys. `data` becomes the member `data` of the body.
pub(crate) fn draft(
    home: &Home,
    service: &DomainKeys,
    about: &About<'_>,
    data: &Value,
) -> Result<NewOrder> {
    let id = OrderId::from_bytes(random()?);
    let text = Zeroizing::new(data.to_string());
    let sealed = service.seal(Table::Outbox, id.as_bytes(), text.as_bytes());
    let sealed = sealed
        .map_err(|error| Problem::ours("sealed", "an order cannot be sealed").caused_by(error))?;
    let subject = about.subject.map(|subject| self::subject(service, about.kind, subject));
    let &About { kind, incident, .. } = about;
    Ok(NewOrder { id, kind, sealed, incident, subject, at: home.now() })
}

/// What orders of a family about the same have in common.
fn subject(service: &DomainKeys, kind: Kind, of: &str) -> [u8; 16] {
    let tag = service.tag(Tag::Order, &[kind.family().as_bytes(), of.as_bytes()]);
    tag.first_chunk::<16>().copied().unwrap_or_default()
}

/// The body: the same bytes whenever it is asked for.
pub(super) fn body(permit: &mut Permit, service: &DomainKeys, order: &Order) -> Result<Vec<u8>> {
    let damaged = || Problem::ours("sealed", "an order does not open");
    let data = permit.open(service, Table::Outbox, order.id.as_bytes(), &order.sealed);
    let data = data.map_err(|error| damaged().caused_by(error))?;
    let data = std::str::from_utf8(&data).map_err(|_| damaged())?;
    let (id, kind) = (order.id, order.kind.name());
    let made_at = order.made_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let text = format!(r#"{{"id":"{id}","kind":"{kind}","made_at":"{made_at}","data":{data}}}"#);
    Ok(text.into_bytes())
}
