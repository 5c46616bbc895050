//! A shop with terminals: the agency of a [`Counter`], people with passkeys who work there, and customers who come with what their own
//! page shows. Everything is done over the agency's surface, as its page does it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use simrecall_core::access::StaffRole;
use simrecall_core::id::{AgencyId, CaseId, IncidentId, SwapOrderId};
use simrecall_engine::terminal::enrol;
use simrecall_engine::{Clock, Home, staff};
use simrecall_store::case_notice::CaseNoticeState;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{DomainKeys, Tag};

use crate::counter::{Counter, iccid, number};
use crate::office::{Answer, Desk, Office, PROXY, SECTION, SECURITY};

/// The shop's code.
pub const SHOP: &str = "A1";
/// Serves there.
pub const CLERK: &str = "clerk.a1";
/// Answers for it.
pub const SUPERVISOR: &str = "supervisor.a1";
/// The letters that codes to check in with are made of.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// An open shop.
#[derive(Debug)]
pub struct Shop {
    /// Its surface.
    pub office: Office,
    /// Its counter, with cards in stock.
    pub counter: Counter,
    home: Home,
    agency: AgencyId,
    service: DomainKeys,
}

/// A customer with a case.
#[derive(Debug, Clone)]
pub struct Customer {
    /// From 1 on.
    pub no: u32,
    /// Their case.
    pub case: CaseId,
    /// What they check in with.
    pub code: String,
    /// The last four digits of their number.
    pub digits: String,
    /// What is printed on the card they are to get.
    pub iccid: String,
}

impl Shop {
    /// Opens one in a new folder, on an empty database, with a card for each customer.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn open(dir: &Path, store: &str, clock: Clock, customers: u32) -> Result<Self> {
        let counter = Counter::build(dir, store, clock.clone(), customers)?;
        let config = dir.join("simrecall.toml");
        let text = fs::read_to_string(&config)?;
        let text = text.replace("product = \"usim\" ", "product = \"usim-5g\" ");
        ensure!(text.contains("usim-5g"), "the configuration names a product");
        fs::write(&config, text.replace("[store]", &format!("{SECTION}{PROXY}\n[store]")))?;
        let home = Home::open(dir, clock)?;
        let office = Office::open(&home)?;
        let agency = home.store.read(|tx| tx.agency_by_code(SHOP))?.context("the shop")?.id;
        let service = home.keys.service()?;
        let shop = Self { office, counter, home, agency, service };
        shop.employ(CLERK, StaffRole::Clerk)?;
        shop.employ(SUPERVISOR, StaffRole::Supervisor)?;
        Ok(shop)
    }

    /// The same shop, whose surface is asked over a socket from now on.
    ///
    /// # Errors
    /// When it cannot be served.
    pub fn served(mut self) -> Result<Self> {
        self.office = Office::serve(&self.home)?;
        Ok(self)
    }

    /// Somebody more who works here.
    ///
    /// # Errors
    /// When there is somebody of that name.
    pub fn employ(&self, name: &str, role: StaffRole) -> Result<()> {
        staff::add_without_key(&self.home, name, &[role], SECURITY)?;
        enrol::post(&self.home, name, Some(SHOP), SECURITY)?;
        Ok(())
    }

    /// The installation.
    pub const fn home(&self) -> &Home {
        &self.home
    }

    /// A terminal of the shop where somebody is signed in.
    ///
    /// # Errors
    /// When a step of it fails.
    pub fn seat(&self, name: &str) -> Result<Desk> {
        self.office.seat(Some(SHOP), name)
    }

    /// A customer who has applied, and whose page was opened: it shows what they check in with.
    ///
    /// # Errors
    /// When they have a case already.
    pub fn customer(&self, no: u32) -> Result<Customer> {
        let incidents = self.home.store.read(|tx| tx.incidents())?;
        let incident = incidents.first().context("an incident")?.id;
        let keys = self.home.keys.incident(incident)?;
        let line = keys.line_id(&format!("L-{no:05}"));
        let person = keys.subscriber_id(&format!("P-{no:05}"));
        let mut id = [9; 16];
        id.iter_mut().zip(no.to_be_bytes()).for_each(|(to, from)| *to = from);
        let id = CaseId::from_bytes(id);
        let case = ReplacementCase::applied(incident, line, id, person, self.home.now());
        ensure!(self.home.store.write(|tx| tx.apply_for_replacement(&case))?, "a case is open");
        let code = self.check_in_code(incident, id);
        let tag = self.service.tag(Tag::ProofCode, &[b"check in found", code.as_bytes()]);
        let index = *tag.first_chunk::<16>().context("a hash")?;
        self.home.store.write(|tx| tx.put_check_in_code(&index, incident, id))?;
        let number = number(no)?;
        let number = simrecall_core::identity::Personal::expose(&number);
        let digits = number.get(number.len() - 4..).context("a number")?.to_owned();
        let iccid = iccid(no)?;
        let iccid = simrecall_core::identity::Personal::expose(&iccid).to_owned();
        Ok(Customer { no, case: id, code, digits, iccid })
    }

    /// As their page makes it, written down a second time: ten letters of a keyed hash over the case.
    fn check_in_code(&self, incident: IncidentId, case: CaseId) -> String {
        let parts: [&[u8]; 3] = [b"check in", incident.as_bytes(), case.as_bytes()];
        let tag = self.service.tag(Tag::ProofCode, &parts);
        let mut rest = tag.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let mut code = String::new();
        for _ in 0..10 {
            let at = usize::try_from(rest % 20).unwrap_or(0);
            code.push(LETTERS.get(at).copied().map_or('?', char::from));
            rest /= 20;
        }
        code
    }

    /// The six digits that their page shows while they are checked in here, written down a second time.
    ///
    /// # Errors
    /// When there is no such case.
    pub fn presence(&self, customer: &Customer) -> Result<String> {
        let case = self.counter.case(customer.case)?;
        let window = self.home.now().timestamp().div_euclid(60).to_be_bytes();
        let parts: [&[u8]; 5] = [
            b"customer present",
            case.incident.as_bytes(),
            case.id.as_bytes(),
            self.agency.as_bytes(),
            &window,
        ];
        let tag = self.service.tag(Tag::ProofCode, &parts);
        let number = tag.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        Ok(format!("{:06}", number % 1_000_000))
    }

    /// A network takes over whatever is due to be told of a case.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn tell(&self, customer: &Customer) -> Result<()> {
        let (case, now) = (self.counter.case(customer.case)?, self.home.now());
        self.home.store.write(|tx| {
            for notice in tx.case_notices(case.incident, case.id)? {
                if notice.state == CaseNoticeState::Due {
                    tx.try_case_notice(case.incident, &notice.key, now)?;
                    let state = CaseNoticeState::Handed;
                    tx.settle_case_notice(case.incident, &notice.key, state, now)?;
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Checks a customer in.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn check_in(&self, desk: &mut Desk, customer: &Customer) -> Result<Answer> {
        self.office.post(desk, "/api/check-in", &json!({ "code": customer.code }))
    }

    /// Asks something of a case.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn ask(
        &self,
        desk: &mut Desk,
        customer: &Customer,
        (what, body): (&str, &Value),
    ) -> Result<Answer> {
        self.office.post(desk, &format!("/api/cases/{}/{what}", customer.case), body)
    }

    /// From check-in to the card that is scanned; what the page shows then.
    ///
    /// # Errors
    /// When a step of it is refused.
    pub fn scanned(&self, desk: &mut Desk, customer: &Customer) -> Result<Value> {
        self.check_in(desk, customer)?.well()?;
        let code = json!({ "code": self.presence(customer)? });
        self.ask(desk, customer, ("present", &code))?.well()?;
        let papers = json!({ "shown": ["resident_card"] });
        self.ask(desk, customer, ("papers", &papers))?.well()?;
        self.tell(customer)?;
        let card = json!({ "iccid": customer.iccid });
        self.ask(desk, customer, ("card", &card))?.well()
    }

    /// What a page puts for an order.
    pub fn wish(customer: &Customer) -> Value {
        json!({ "case": customer.case, "card": customer.iccid, "digits": customer.digits })
    }

    /// Puts an order of a name.
    ///
    /// # Errors
    /// When the answer breaks off.
    pub fn put(&self, desk: &mut Desk, id: SwapOrderId, customer: &Customer) -> Result<Answer> {
        self.office.put(desk, &format!("/api/orders/{id}"), &Self::wish(customer))
    }

    /// The passkey's answer to an order that was made.
    ///
    /// # Errors
    /// When the order asks nothing.
    pub fn sign(&self, desk: &mut Desk, order: &Value) -> Result<Value> {
        let origin = desk.browser.origin().to_owned();
        let asked = order.pointer("/challenge/publicKey").context("an order that asks nothing")?;
        let credential = desk.passkey.get(asked, &origin)?;
        Ok(json!({ "credential": credential }))
    }

    /// An order that was put and signed.
    ///
    /// # Errors
    /// When a step of it is refused.
    pub fn ordered(&self, desk: &mut Desk, id: SwapOrderId, customer: &Customer) -> Result<Value> {
        let order = self.put(desk, id, customer)?.well()?;
        let signed = self.sign(desk, &order)?;
        self.office.post(desk, &format!("/api/orders/{id}/assertion"), &signed)?.well()
    }
}
