//! Small payments over a number's bill: blocked for exposed lines, until their owner wants them back or two of the staff let go.

mod own;

use serde::{Deserialize, Serialize};
use serde_json::json;
use simrecall_core::access::{Act, Purpose};
use simrecall_core::cohort::Exposure;
use simrecall_core::id::{IncidentId, LineId, RevisionNo, SubscriberId};
use simrecall_core::identity::{Msisdn, exposed};
use simrecall_core::order::Kind;
use simrecall_store::BucketRange;
use simrecall_store::outbox::NewOrder;
use simrecall_store::payment_block::{BlockState, PaymentBlock};
use simrecall_store::permit::{Permit, PermitRequest};
use simrecall_store::registry::{HeldNumber, SealedLine, Snapshot};
use simrecall_store::seal::{DomainKeys, Field, IncidentKeys, Table};
use zeroize::Zeroizing;

pub use own::OwnPayments;

use crate::home::Home;
use crate::orders::{About, draft, needs_receiver};
use crate::problem::{self, Problem, Result};
use crate::selfcheck::{is_held, unopened};
use crate::{incident, staff};

/// How many lines are blocked, or let go, in one transaction under one permit.
const BATCH: usize = 1_000;
/// How many exposures are read at once.
const IN_MEMORY: u64 = 10_000;

/// What is sealed of a block.
#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(with = "exposed")]
    number: Msisdn,
    /// Who held the line when it was blocked.
    holder: SubscriberId,
}

/// What blocking came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BlockAnswer {
    /// Lines of the revision.
    pub lines: u64,
    /// Numbers that are to be blocked from now on.
    pub blocked: u64,
    /// Numbers that had been, also those that were lifted since.
    pub known: u64,
    /// Lines that ended, or that somebody else holds by now.
    pub gone: u64,
}

/// Which blocks are let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Those whose line ended, or has another holder or number, as the newest registry says.
    Ended,
    /// All that are left, at the end of an incident.
    All,
}

/// What letting go came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReleaseAnswer {
    /// Numbers whose block is to be lifted.
    pub released: u64,
    /// Numbers that stay blocked: their line is held.
    pub held: u64,
    /// Numbers that stay blocked: their line is as it was.
    pub kept: u64,
}

/// Has small payments blocked on a revision's lines. Cut anywhere, the same command goes on; what its owner lifted stays lifted.
pub fn block(home: &Home, code: &str, revision: i32, by: &str) -> Result<BlockAnswer> {
    let member = staff::may(home, by, Act::BlockPayments)?;
    needs_receiver(home, Kind::Block)?;
    let incident = incident::by_code(home, code)?.id;
    let no = RevisionNo(revision);
    let (found, snapshot) =
        home.store.read(|tx| Ok((tx.revision(incident, no)?, tx.latest_snapshot(incident)?)))?;
    let found = found.filter(|found| found.hash.is_some()).ok_or_else(|| {
        Problem::input("revision", "there is no such revision").hint("cohort list shows them")
    })?;
    let snapshot = snapshot.ok_or_else(|| {
        Problem::state("no_registry", "there is no registry to look the lines up in")
            .hint("simrecall registry import")
    })?;
    let blocking = Blocking {
        home,
        keys: home.keys.incident(incident).map_err(problem::keys)?,
        service: home.keys.service().map_err(problem::keys)?,
        snapshot,
        actor: member.id.to_string(),
        revision: no,
    };
    let mut answer = BlockAnswer::default();
    for range in BucketRange::covering(found.lines, IN_MEMORY) {
        let exposed = home.store.read(|tx| tx.exposures_in(incident, no, range))?;
        for some in exposed.chunks(BATCH) {
            blocking.batch(some, &mut answer)?;
        }
    }
    Ok(answer)
}

/// Blocks a revision's lines, batch by batch.
struct Blocking<'a> {
    home: &'a Home,
    keys: IncidentKeys,
    service: DomainKeys,
    snapshot: Snapshot,
    actor: String,
    revision: RevisionNo,
}

impl Blocking<'_> {
    fn batch(&self, exposed: &[Exposure], answer: &mut BlockAnswer) -> Result<()> {
        let exposed: Vec<&Exposure> = exposed
            .iter()
            .filter(|one| !one.facts.confirmed().is_empty() || !one.facts.possible().is_empty())
            .collect();
        let lines = self.held(&exposed)?;
        answer.lines += count(exposed.len());
        answer.gone += count(exposed.len().saturating_sub(lines.len()));
        if lines.is_empty() {
            return Ok(());
        }
        let rows = self.rows(&lines)?;
        let what = json!({ "revision": self.revision, "lines": rows.len() });
        let incident = Some(self.keys.incident());
        let entry = self.home.entry("payments.blocked", &self.actor, incident, what)?;
        let blocked = self.home.store.write(|tx| {
            let mut blocked = 0;
            for (row, order) in &rows {
                if tx.block_payments(row)? {
                    tx.put_order(order)?;
                    blocked += 1;
                }
            }
            if blocked > 0 {
                tx.journal(&entry)?;
            }
            Ok(blocked)
        })?;
        answer.blocked += blocked;
        answer.known += count(rows.len()).saturating_sub(blocked);
        Ok(())
    }

    /// The lines that whoever held them when it leaked holds now, sealed.
    fn held(&self, exposed: &[&Exposure]) -> Result<Vec<SealedLine>> {
        let (incident, now) = (self.keys.incident(), self.home.now());
        let mut holders: Vec<SubscriberId> = exposed.iter().map(|one| one.holder).collect();
        holders.dedup();
        let no = self.snapshot.no;
        let parties = self.home.store.read(|tx| tx.parties(incident, no, &holders))?;
        let wanted: std::collections::BTreeSet<(SubscriberId, LineId)> =
            exposed.iter().map(|one| (one.holder, one.line)).collect();
        let mut found = Vec::new();
        for line in parties.into_iter().flat_map(|party| party.lines) {
            let (holding, key) = (line.holding, (line.holding.holder, line.holding.line));
            if wanted.contains(&key) && is_held(&holding, now) {
                found.push(line);
            }
        }
        Ok(found)
    }

    /// A row and an order for each line, in the order of their subjects: two who do this at once wait for each other, not both.
    fn rows(&self, lines: &[SealedLine]) -> Result<Vec<(PaymentBlock, NewOrder)>> {
        let incident = self.keys.incident();
        let mut permit = self.home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: self.actor.clone(),
            incident: Some(incident),
            scope: format!("small payments of revision {}", self.revision),
            fields: vec!["number".to_owned()],
            rows: count(lines.len()),
        })?;
        let now = self.home.now();
        let mut rows = Vec::with_capacity(lines.len());
        for line in lines {
            let opened = line.open(&mut permit, &self.keys).map_err(unopened)?;
            let number = opened.record.msisdn;
            let order = order(self.home, &self.service, (Kind::Block, &number))?;
            let index = self.service.blind(Field::Msisdn, number.expose());
            let record = Record { number, holder: line.holding.holder };
            let plain = Zeroizing::new(serde_json::to_vec(&record).map_err(|_| damaged())?);
            let sealed = self.service.seal(Table::PaymentBlock, &index, &plain);
            let row = PaymentBlock {
                number: index,
                incident,
                line: line.holding.line,
                state: BlockState::BlockDue,
                order: order.id,
                sealed: sealed.map_err(|error| damaged().caused_by(error))?,
                changed_at: now,
            };
            rows.push((row, order));
        }
        rows.sort_by_key(|(row, order)| (order.subject, row.number));
        Ok(rows)
    }
}

/// Lets blocks go that nobody lifted. A line that is held stays blocked.
pub fn release(home: &Home, code: &str, which: Release, by: [&str; 2]) -> Result<ReleaseAnswer> {
    let [first, second] = staff::two(home, by, Act::ReleasePayments)?;
    needs_receiver(home, Kind::Lift)?;
    let incident = incident::by_code(home, code)?.id;
    let releasing = Releasing {
        home,
        service: home.keys.service().map_err(problem::keys)?,
        incident,
        which,
        actor: first.id.to_string(),
        with: second.id.to_string(),
    };
    let (mut answer, mut after) = (ReleaseAnswer::default(), None);
    loop {
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let live = home.store.read(|tx| tx.live_payment_blocks(incident, after, limit))?;
        let Some(last) = live.last() else { return Ok(answer) };
        after = Some(last.number);
        releasing.batch(&live, &mut answer)?;
    }
}

/// Lets blocks go, batch by batch.
struct Releasing<'a> {
    home: &'a Home,
    service: DomainKeys,
    incident: IncidentId,
    which: Release,
    actor: String,
    with: String,
}

impl Releasing<'_> {
    fn batch(&self, live: &[PaymentBlock], answer: &mut ReleaseAnswer) -> Result<()> {
        let mut permit = self.home.permit(&PermitRequest {
            purpose: Purpose::CustomerRequest,
            actor: self.actor.clone(),
            incident: None,
            scope: "blocks of small payments that are let go".to_owned(),
            fields: vec!["number".to_owned()],
            rows: count(live.len()),
        })?;
        let mut opened = Vec::with_capacity(live.len());
        for row in live {
            opened.push((row, opened_record(&mut permit, &self.service, row)?));
        }
        let going = match self.which {
            Release::All => opened,
            Release::Ended => self.ended(opened)?,
        };
        answer.kept += count(live.len().saturating_sub(going.len()));
        let mut orders = Vec::with_capacity(going.len());
        for (row, record) in &going {
            orders.push((*row, order(self.home, &self.service, (Kind::Lift, &record.number))?));
        }
        orders.sort_by_key(|(row, order)| (order.subject, row.number));
        let what = json!({ "lines": orders.len(), "with": self.with });
        let entry = self.home.entry("payments.released", &self.actor, Some(self.incident), what)?;
        let now = self.home.now();
        let (released, held) = self.home.store.write(|tx| {
            let (mut released, mut held) = (0, 0);
            for (row, order) in &orders {
                if tx.line_is_held(&row.number)? {
                    held += 1;
                } else if tx.lift_payments(&row.number, order.id, now)? {
                    tx.put_order(order)?;
                    released += 1;
                }
            }
            if released > 0 {
                tx.journal(&entry)?;
            }
            Ok((released, held))
        })?;
        answer.released += released;
        answer.held += held;
        Ok(())
    }

    /// Those whose line is not what it was: nobody's, somebody else's, or under another number.
    fn ended<'b>(
        &self,
        opened: Vec<(&'b PaymentBlock, Record)>,
    ) -> Result<Vec<(&'b PaymentBlock, Record)>> {
        let keys = self.home.keys.incident(self.incident).map_err(problem::keys)?;
        let mut lines: Vec<LineId> = opened.iter().map(|(row, _)| row.line).collect();
        lines.sort_unstable();
        lines.dedup();
        let incident = self.incident;
        let numbers: Vec<HeldNumber> = self.home.store.read(|tx| {
            let Some(snapshot) = tx.latest_snapshot(incident)? else { return Ok(Vec::new()) };
            tx.numbers_of(incident, snapshot.no, &lines)
        })?;
        let now = self.home.now();
        let is_gone = |(row, record): &(&PaymentBlock, Record)| {
            let number = keys.blind(Field::Msisdn, record.number.expose());
            !numbers.iter().any(|one| {
                let holding = &one.holding;
                holding.line == row.line
                    && holding.holder == record.holder
                    && one.msisdn == number
                    && is_held(holding, now)
            })
        };
        Ok(opened.into_iter().filter(is_gone).collect())
    }
}

/// An order about a number's small payments. It is the service's: it outlives the incident.
fn order(home: &Home, service: &DomainKeys, (kind, number): (Kind, &Msisdn)) -> Result<NewOrder> {
    let about = About { kind, incident: None, subject: Some(number.expose()) };
    draft(home, service, &about, &json!({ "number": number.expose(), "at": home.now() }))
}

fn opened_record(permit: &mut Permit, service: &DomainKeys, row: &PaymentBlock) -> Result<Record> {
    let opened = permit.open(service, Table::PaymentBlock, &row.number, &row.sealed);
    let opened = opened.map_err(|error| damaged().caused_by(error))?;
    // A parser's message may quote what it read, so it is not kept.
    serde_json::from_slice(&opened).map_err(|_| damaged())
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn damaged() -> Problem {
    Problem::ours("sealed", "the record of a block does not open")
}
