//! A counter where cards are changed: an installation with customers who are verified, and a card in stock for each.
//!
//! Customers have numbers from 1 on; everything of theirs follows from it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use simrecall_core::access::StaffRole;
use simrecall_core::id::{AgencyId, CardId, CaseId, IncidentId, LotId, StaffId};
use simrecall_core::identity::{Iccid, Imsi, Msisdn};
use simrecall_core::replacement::{Event, step};
use simrecall_engine::drill::{CODE, Scene, Setting};
use simrecall_engine::registry::{self, RegistryFiles};
use simrecall_engine::{Clock, Home, staff};
use simrecall_gateway::hlr::MilenageKey;
use simrecall_store::agency::{Agency, AgencyKind};
use simrecall_store::card::NewCard;
use simrecall_store::proof::{CaseProof, ProofKind};
use simrecall_store::replacement::{CaseMove, Moved, PlaceChange, ReplacementCase};
use simrecall_store::seal::{DomainKeys, Field, Table};
use simrecall_store::stock::{Lot, LotKind, LotState};

/// Who serves at the counter.
pub const CLERK: &str = "clerk.one";
/// Who added the clerk; of the security role.
pub const LEAD: &str = "security.lead";
const PRODUCT: &str = "usim-5g";

/// An open counter.
#[derive(Debug)]
pub struct Counter {
    /// Its installation, open.
    pub home: Home,
    incident: IncidentId,
    agency: AgencyId,
    clerk: StaffId,
}

/// A customer's old card (series 1) or new one (series 2).
///
/// # Errors
/// Never, for numbers of up to five digits.
pub fn imsi(series: u32, customer: u32) -> Result<Imsi> {
    Ok(Imsi::parse(&format!("45008{series:05}{customer:05}"))?)
}

/// The key of that card.
pub fn key(series: u8, customer: u32) -> MilenageKey {
    let mut k = [series; 16];
    k.iter_mut().zip(customer.to_be_bytes()).for_each(|(to, from)| *to = from);
    MilenageKey::from_bytes(k, [series ^ 0x5A; 16])
}

/// What is printed on the new card.
///
/// # Errors
/// Never: one of ten check digits is right.
pub fn iccid(customer: u32) -> Result<Iccid> {
    let right = |digit| Iccid::parse(&format!("898230{customer:012}{digit}")).ok();
    (0..10).find_map(right).context("no check digit fits")
}

/// A customer's number.
///
/// # Errors
/// Never, for numbers of up to four digits.
pub fn number(customer: u32) -> Result<Msisdn> {
    Ok(Msisdn::parse(&format!("0103000{customer:04}"))?)
}

impl Counter {
    /// Builds one in a new folder, on an empty database.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn build(dir: &Path, store: &str, clock: Clock, customers: u32) -> Result<Self> {
        let nowhere = "127.0.0.1:1";
        let scene = Scene::set(&Setting { dir, store, smsc: nowhere, mail: nowhere, clock })?;
        scene.open_incident()?;
        let home = scene.home;
        let key = dir.join("staff").join("clerk.key");
        staff::add(&home, CLERK, &[StaffRole::Clerk], &key, Some(LEAD))?;
        register(&home, customers)?;
        let incidents = home.store.read(|tx| tx.incidents())?;
        let incident = incidents.first().context("the incident that was just opened")?.id;
        let agency = furnish(&home, customers)?;
        let clerk = home.store.read(|tx| tx.staff_by_name(CLERK))?.context("the clerk")?.id;
        Ok(Self { home, incident, agency, clerk })
    }

    /// Opens a case of a customer who is checked in and verified, with both proofs given at the counter.
    ///
    /// # Errors
    /// When they have a case already, or a step fails.
    pub fn verified(&self, customer: u32) -> Result<CaseId> {
        let keys = self.home.keys.incident(self.incident)?;
        let line = keys.line_id(&format!("L-{customer:05}"));
        let person = keys.subscriber_id(&format!("P-{customer:05}"));
        let mut id = [7; 16];
        id.iter_mut().zip(customer.to_be_bytes()).for_each(|(to, from)| *to = from);
        let (id, now) = (CaseId::from_bytes(id), self.home.now());
        let case = ReplacementCase::applied(self.incident, line, id, person, now);
        ensure!(self.home.store.write(|tx| tx.apply_for_replacement(&case))?, "a case is open");
        self.step(id, Event::CheckIn)?;
        self.step(id, Event::Verify)?;
        self.prove(id)?;
        Ok(id)
    }

    /// Gives both proofs, afresh.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn prove(&self, case: CaseId) -> Result<()> {
        let (by, made_at, incident) = (Some(self.clerk), self.home.now(), self.incident);
        for kind in [ProofKind::Documents, ProofKind::Present] {
            let proof = CaseProof {
                no: 0,
                kind,
                passed: true,
                by,
                terminal: None,
                agency: None,
                made_at,
                used_at: None,
            };
            self.home.store.write(|tx| tx.add_case_proof(incident, case, &proof))?;
        }
        Ok(())
    }

    /// Moves a case by the clerk.
    ///
    /// # Errors
    /// When it cannot go there.
    pub fn step(&self, case: CaseId, event: Event) -> Result<()> {
        let (case, at) = (self.case(case)?, self.home.now());
        let to = step(case.state, event)?;
        let (place, by, agency) = (PlaceChange::Keep, Some(self.clerk), Some(self.agency));
        let step = CaseMove { case: &case, event, to, place, by, agency, at };
        let moved = self.home.store.write(|tx| tx.move_case(&step))?;
        ensure!(moved == Moved::Done, "{moved:?}");
        Ok(())
    }

    /// A case as it is now.
    ///
    /// # Errors
    /// When it is not there.
    pub fn case(&self, case: CaseId) -> Result<ReplacementCase> {
        let incident = self.incident;
        self.home.store.read(|tx| tx.replacement(incident, case))?.context("no such case")
    }
}

/// The registry: one line each, with the old card.
fn register(home: &Home, customers: u32) -> Result<()> {
    let mut subscribers = String::from(
        "subscriber,kind,name,birth_date,language,brand,email,postcode,address,guardian,contact,country\n",
    );
    let mut lines = String::from("line,subscriber,msisdn,imsi,iccid,service,held_from,held_to\n");
    for no in 1..=customers {
        let mail = format!("p{no}@town.example");
        writeln!(subscribers, "P-{no:05},person,김하늘,1980-02-03,ko,hanbit,{mail},,,,,")?;
        let (number, imsi) = (number(no)?, imsi(1, no)?);
        let held = format!("+{},{},,voice", number_digits(&number), imsi_digits(&imsi));
        writeln!(lines, "L-{no:05},P-{no:05},{held},2024-01-01T00:00:00+09:00,")?;
    }
    let folder = home.dir.join("counter");
    fs::create_dir_all(&folder)?;
    let paths = (folder.join("subscribers.csv"), folder.join("lines.csv"));
    fs::write(&paths.0, subscribers)?;
    fs::write(&paths.1, lines)?;
    let (subscribers, lines) = (paths.0.as_path(), paths.1.as_path());
    let files = RegistryFiles { subscribers, lines, as_of: home.now(), accept_rejects: 0 };
    registry::import(home, CODE, &files, LEAD)?;
    Ok(())
}

fn number_digits(number: &Msisdn) -> &str {
    simrecall_core::identity::Personal::expose(number)
}

fn imsi_digits(imsi: &Imsi) -> &str {
    simrecall_core::identity::Personal::expose(imsi)
}

/// An agency with a card for everybody.
fn furnish(home: &Home, customers: u32) -> Result<AgencyId> {
    let now = home.now();
    let agency = Agency {
        id: AgencyId::from_bytes([1; 16]),
        code: "A1".to_owned(),
        name: "One".to_owned(),
        kind: AgencyKind::Shop,
        region: "seoul".to_owned(),
        address: "1 First Street".to_owned(),
        desks: 4,
        opens_minute: 540,
        closes_minute: 1_200,
        weekdays: 127,
        closed_at: None,
    };
    let lot = Lot {
        id: LotId::from_bytes([2; 16]),
        agency: agency.id,
        product: PRODUCT.to_owned(),
        supplier_ref: "LOT-1".to_owned(),
        kind: LotKind::Supplied,
        from_agency: None,
        expected_on: now.date_naive(),
        count_expected: customers.into(),
        cards: 0,
        state: LotState::InTransit,
        counted: None,
        at: now,
        received_at: None,
    };
    let service = home.keys.service()?;
    let cards = (1..=customers).map(|no| card(&service, no)).collect::<Result<Vec<_>>>()?;
    let agency = home.store.write(|tx| {
        let agency = tx.put_agency(&agency)?;
        tx.add_lot(&lot)?;
        tx.add_cards(lot.id, &cards, now)?;
        tx.receive_lot(lot.id, &[], customers.into(), now)?;
        Ok(agency)
    })?;
    Ok(agency)
}

/// A customer's new card, as stock keeps it.
///
/// # Errors
/// Never, for numbers of up to five digits.
pub fn card(service: &DomainKeys, customer: u32) -> Result<NewCard> {
    let (iccid, imsi, key) = (iccid(customer)?, imsi(2, customer)?, key(2, customer));
    let printed = simrecall_core::identity::Personal::expose(&iccid);
    let id = CardId::from_bytes(service.blind(Field::Iccid, printed));
    let record = serde_json::json!({
        "iccid": printed, "imsi": imsi_digits(&imsi),
        "k": key.expose_k().as_str(), "opc": key.expose_opc().as_str(),
    });
    let sealed = service.seal(Table::Card, id.as_bytes(), record.to_string().as_bytes())?;
    Ok(NewCard { id, imsi: service.blind(Field::Imsi, imsi_digits(&imsi)), sealed })
}
