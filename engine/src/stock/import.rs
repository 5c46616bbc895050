//! A batch into lots that are on their way: whole, or not at all.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use serde::Serialize;
use simrecall_core::access::Act;
use simrecall_core::id::{AgencyId, CardId, LotId};
use simrecall_core::identity::{Iccid, Imsi};
use simrecall_gateway::hlr::MilenageKey;
use simrecall_store::StoreError;
use simrecall_store::card::NewCard;
use simrecall_store::seal::DomainKeys;
use simrecall_store::stock::{Lot, LotKind, LotState};
use zeroize::Zeroizing;

use super::batch::{self, BatchCard};
use crate::card::CardRecord;
use crate::csv_rows::{Reject, rejects_path};
use crate::home::{Home, random};
use crate::intake::{Refusals, Settled, file_name};
use crate::problem::{self, Problem, Result};
use crate::{agency, staff};

/// Cards that are sealed and written at a time.
const AT_ONCE: usize = 2_000;

/// A batch to take in.
#[derive(Debug, Clone, Copy)]
pub struct NewBatch<'a> {
    /// The supplier's file, encrypted with `age`.
    pub file: &'a Path,
    /// The identity it was encrypted for.
    pub identity: &'a Path,
    /// The agency it goes to, by its code.
    pub agency: &'a str,
    /// What the supplier calls the lot.
    pub lot: &'a str,
    /// The day it is expected on.
    pub expected: NaiveDate,
    /// Who takes it in.
    pub by: &'a str,
}

/// A lot that is on its way.
#[derive(Debug, Clone, Serialize)]
pub struct LotAnswer {
    /// Its name.
    pub id: String,
    /// What the supplier calls it.
    pub lot: String,
    /// What is in it.
    pub product: String,
    /// How many cards.
    pub cards: i64,
    /// The day it is expected on.
    pub expected: NaiveDate,
}

/// Takes a batch in: one lot for each product in it. Cards are sealed at once; nothing of a batch that has any fault is kept.
pub fn import(home: &Home, new: &NewBatch<'_>) -> Result<Vec<LotAnswer>> {
    let member = staff::may(home, new.by, Act::TakeCards)?;
    let agency = agency::by_code(home, new.agency)?;
    let name = new.lot.trim();
    if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
        return Err(Problem::input("lot", "a lot is named with up to 64 letters"));
    }
    let reading = Reading {
        home,
        file: new.file,
        identity: identity(new.identity)?,
        service: home.keys.service().map_err(problem::keys)?,
    };
    let sha256 = batch::sha256(new.file)?;
    let products = reading.check()?;
    let lots = lots(home, (agency.id, name, new.expected), &products)?;
    let answers: Vec<LotAnswer> = lots.values().map(answer).collect();
    let body = serde_json::json!({
        "agency": agency.id, "lot": name, "sha256": staff::hex(&sha256),
        "lots": answers.iter().map(|lot| (&lot.id, lot.cards)).collect::<BTreeMap<_, _>>(),
    });
    let actor = member.id.to_string();
    let entry = home.entry("stock.announced", &actor, None, body)?;
    let mut fault = None;
    let written = home.store.write(|tx| {
        for lot in lots.values() {
            tx.add_lot(lot)?;
        }
        let seen = reading.seal_into(&lots, |lot, cards| {
            tx.add_cards(lot, cards, home.now())?;
            Ok(())
        });
        let seen = seen.and_then(|()| {
            if batch::sha256(new.file)? == sha256 { Ok(()) } else { Err(changed().into()) }
        });
        match seen {
            Ok(()) => tx.journal(&entry).map(|_| ()),
            Err(Stop::Store(error)) => Err(error),
            Err(Stop::Refused(problem)) => {
                fault = Some(problem);
                Err(StoreError::State("the batch was refused"))
            }
        }
    });
    match (written, fault) {
        (_, Some(problem)) => Err(*problem),
        (Err(error), None) => Err(problem::store(error)),
        (Ok(()), None) => Ok(answers),
    }
}

/// The cards of a batch as its supplier made them, for whoever plays a phone with them.
pub(crate) fn made(file: &Path, key: &Path) -> Result<Vec<(Iccid, Imsi, MilenageKey)>> {
    let mut batch = batch::open(file, &identity(key)?)?;
    let mut cards = Vec::new();
    while let Some(card) = batch.next() {
        let damaged = |_| Problem::input("batch", "a card of the batch cannot be read");
        let BatchCard { iccid, imsi, key, .. } = card?.map_err(damaged)?;
        cards.push((iccid, imsi, key));
    }
    Ok(cards)
}

fn answer(lot: &Lot) -> LotAnswer {
    LotAnswer {
        id: lot.id.to_string(),
        lot: lot.supplier_ref.clone(),
        product: lot.product.clone(),
        cards: lot.count_expected,
        expected: lot.expected_on,
    }
}

/// The identity of a file.
fn identity(path: &Path) -> Result<age::x25519::Identity> {
    let text =
        Zeroizing::new(std::fs::read_to_string(path).map_err(|error| problem::file(path, error))?);
    let line = text.lines().map(str::trim).find(|line| line.starts_with("AGE-SECRET-KEY-"));
    line.and_then(|line| line.parse().ok()).ok_or_else(|| {
        Problem::input("identity", format!("{} holds no identity", path.display()))
            .hint("make one with age-keygen, and give its public half to the supplier")
    })
}

fn lots(
    home: &Home,
    (agency, name, expected_on): (AgencyId, &str, NaiveDate),
    products: &BTreeMap<String, i64>,
) -> Result<BTreeMap<String, Lot>> {
    let lot = |(product, cards): (&String, &i64)| {
        let lot = Lot {
            id: LotId::from_bytes(random()?),
            agency,
            product: product.clone(),
            supplier_ref: name.to_owned(),
            kind: LotKind::Supplied,
            from_agency: None,
            expected_on,
            count_expected: *cards,
            cards: 0,
            state: LotState::InTransit,
            counted: None,
            at: home.now(),
            received_at: None,
        };
        Ok((product.clone(), lot))
    };
    products.iter().map(lot).collect()
}

/// Why the second reading stops.
enum Stop {
    Store(StoreError),
    Refused(Box<Problem>),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

/// What a batch is read with. It is read twice: once to find every fault in it, once to keep it.
struct Reading<'a> {
    home: &'a Home,
    file: &'a Path,
    identity: age::x25519::Identity,
    service: DomainKeys,
}

/// Names of a card in rows, and where it stands.
type Name = ([u8; 16], u64);

impl Reading<'_> {
    /// Reads it through, and refuses it with every fault; how many cards there are of each product.
    fn check(&self) -> Result<BTreeMap<String, i64>> {
        let mut batch = batch::open(self.file, &self.identity)?;
        let (mut products, mut rows) = (BTreeMap::new(), 0_u64);
        let (mut iccids, mut imsis): (Vec<Name>, Vec<Name>) = (Vec::new(), Vec::new());
        let mut faults: Vec<Reject> = Vec::new();
        while let Some(read) = batch.next() {
            rows += 1;
            match read? {
                Ok(card) => {
                    iccids.push((
                        *CardRecord::id_of(&self.service, &card.iccid).as_bytes(),
                        card.row,
                    ));
                    imsis.push((CardRecord::imsi_key(&self.service, &card.imsi), card.row));
                    *products.entry(card.product).or_insert(0) += 1;
                }
                Err(wrong) => faults.extend(wrong),
            }
        }
        if rows == 0 {
            return Err(Problem::input("batch", "the batch has no card"));
        }
        faults.extend(twice(&mut iccids, "iccid"));
        faults.extend(twice(&mut imsis, "imsi"));
        faults.extend(self.known(&iccids, &imsis)?);
        self.refuse(faults, rows)?;
        Ok(products)
    }

    /// Those that stock has already.
    fn known(&self, iccids: &[Name], imsis: &[Name]) -> Result<Vec<Reject>> {
        let mut faults = Vec::new();
        for some in iccids.chunks(AT_ONCE) {
            let ids: Vec<CardId> = some.iter().map(|(id, _)| CardId::from_bytes(*id)).collect();
            for card in self.home.store.read(|tx| tx.cards_of(&ids))? {
                faults.extend(in_stock(some, *card.id.as_bytes(), "iccid"));
            }
        }
        for some in imsis.chunks(AT_ONCE) {
            let ids: Vec<[u8; 16]> = some.iter().map(|(id, _)| *id).collect();
            for card in self.home.store.read(|tx| tx.cards_by_imsi(&ids))? {
                faults.extend(in_stock(some, card.imsi, "imsi"));
            }
        }
        Ok(faults)
    }

    fn refuse(&self, mut faults: Vec<Reject>, rows: u64) -> Result<()> {
        faults.sort_by_key(|fault| (fault.row, fault.column));
        let mut refusals = Refusals::beside(self.file);
        faults.iter().try_for_each(|fault| refusals.note(fault))?;
        let refused = refusals.finish()?;
        if refused.bad_rows == 0 {
            return Ok(());
        }
        let all =
            Settled { name: file_name(self.file), rows, end: "no card was taken in", fate: "" };
        all.settle(std::slice::from_ref(&refused), 0).map_err(|problem| {
            let listed = rejects_path(self.file);
            problem.hint(format!(
                "reasons are in {} (no values); have the supplier mend the rows and send the batch again",
                listed.display()
            ))
        })
    }

    /// Reads it again, seals each card, and hands them on lot by lot.
    fn seal_into(
        &self,
        lots: &BTreeMap<String, Lot>,
        mut put: impl FnMut(LotId, &[NewCard]) -> std::result::Result<(), StoreError>,
    ) -> std::result::Result<(), Stop> {
        let mut batch = batch::open(self.file, &self.identity)?;
        let mut ready: BTreeMap<LotId, Vec<NewCard>> = BTreeMap::new();
        let mut left: BTreeMap<LotId, i64> =
            lots.values().map(|lot| (lot.id, lot.count_expected)).collect();
        while let Some(read) = batch.next() {
            let card = read?.map_err(|_| changed())?;
            let lot = lots.get(&card.product).ok_or_else(changed)?.id;
            *left.entry(lot).or_default() -= 1;
            let of_lot = ready.entry(lot).or_default();
            of_lot.push(self.sealed(card)?);
            if of_lot.len() >= AT_ONCE {
                put(lot, &std::mem::take(of_lot)).map_err(Stop::Store)?;
            }
        }
        for (lot, cards) in ready {
            put(lot, &cards).map_err(Stop::Store)?;
        }
        if left.values().all(|left| *left == 0) { Ok(()) } else { Err(changed().into()) }
    }

    fn sealed(&self, card: BatchCard) -> Result<NewCard> {
        let BatchCard { iccid, imsi, key, .. } = card;
        let record = CardRecord { iccid, imsi, key: Some(key) };
        Ok(NewCard {
            id: CardRecord::id_of(&self.service, &record.iccid),
            imsi: CardRecord::imsi_key(&self.service, &record.imsi),
            sealed: record.seal(&self.service)?,
        })
    }
}

/// Rows that repeat an earlier one.
fn twice(names: &mut [Name], column: &'static str) -> Vec<Reject> {
    names.sort_unstable();
    let pairs = names.windows(2).filter_map(|two| match two {
        [(first, at), (second, again)] if first == second => Some((*again, *at)),
        _ => None,
    });
    let fault = |(row, first)| Reject {
        row,
        column,
        code: "card.twice",
        text: format!("the same as in row {first}"),
    };
    pairs.map(fault).collect()
}

fn in_stock(names: &[Name], found: [u8; 16], column: &'static str) -> Option<Reject> {
    let row = names.iter().find(|(name, _)| *name == found)?.1;
    let text = "a card of stock has it already".to_owned();
    Some(Reject { row, column, code: "card.known", text })
}

fn changed() -> Problem {
    Problem::input("file_changed", "the batch changed while it was read")
        .hint("import it again once nobody writes to it")
}
