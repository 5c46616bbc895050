//! An installation with customers who are verified, cards in stock, and a real HLR that serves their old cards.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use simrecall_core::id::{CardId, CaseId, SwapId};
use simrecall_core::identity::{Imsi, Msisdn};
use simrecall_core::protection::StateKind;
use simrecall_core::replacement::swap::{Command, Outcome};
use simrecall_core::replacement::{Event, State};
use simrecall_engine::drill::CODE;
use simrecall_engine::swap::{self, Ended, Order, Pace, Scan};
use simrecall_engine::{Clock, Home};
use simrecall_gateway::hlr::{HlrSettings, OsmoHlr, Provisioning as _, Subscriber};
use simrecall_store::card::Card;
use simrecall_store::protection::Protection;
use simrecall_store::replacement::ReplacementCase;
use simrecall_store::seal::{Field, Table};
use simrecall_store::swap::{SentCommand, Swap};
use simrecall_tests::counter::{Counter, iccid, imsi, number};
use simrecall_tests::phone::{Attach, Domain, Phone, Switch};
use simrecall_tests::{Backend, Guard, HlrServer};

pub(crate) use simrecall_tests::counter::{CLERK, LEAD, key};

use crate::watching::Watching;

/// Longer than anything here takes, however busy the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(20);
pub(crate) const GUARD: &str = "privacy.officer";
pub(crate) const START: &str = "2025-09-11T09:30:00+09:00";

pub(crate) struct Stage {
    pub(crate) home: Home,
    pub(crate) server: HlrServer,
    pub(crate) hlr: OsmoHlr,
    counter: Counter,
    _folder: tempfile::TempDir,
    _database: Guard,
}

/// One of them: a line, an old card that works, a new one in stock.
#[derive(Clone)]
pub(crate) struct Customer {
    pub(crate) no: u32,
    pub(crate) number: Msisdn,
    pub(crate) old: Phone,
    pub(crate) old_imsi: Imsi,
    pub(crate) new: Phone,
    pub(crate) new_imsi: Imsi,
    pub(crate) case: CaseId,
    pub(crate) card: CardId,
    pub(crate) iccid: String,
}

pub(crate) fn hlr(server: &HlrServer, patience: Duration) -> OsmoHlr {
    let mut settings = HlrSettings::new(server.address());
    settings.patience = patience;
    OsmoHlr::new(settings).unwrap()
}

impl Stage {
    pub(crate) fn new(backend: Backend, customers: u32) -> Self {
        Self::patient(backend, customers, LONG)
    }

    pub(crate) fn patient(backend: Backend, customers: u32, patience: Duration) -> Self {
        Self::at(backend.fresh().unwrap(), customers, patience)
    }

    /// On a database that is there already.
    pub(crate) fn at(
        (store, database): (String, Guard),
        customers: u32,
        patience: Duration,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("home");
        let start: DateTime<Utc> = START.parse().unwrap();
        let clock = Clock::still(start);
        let counter = Counter::build(&dir, &store, clock, customers).unwrap();
        let server = HlrServer::start().unwrap();
        let hlr = hlr(&server, patience);
        let home = counter.home.clone();
        Self { home, counter, server, hlr, _folder: folder, _database: database }
    }

    /// A customer whose old card works and who is verified at the counter, with the card they are to get.
    pub(crate) fn customer(&self, no: u32) -> Customer {
        let (old_imsi, new_imsi) = (imsi(1, no).unwrap(), imsi(2, no).unwrap());
        let number = number(no).unwrap();
        self.hlr.create(&old_imsi).unwrap();
        self.hlr.set_key(&old_imsi, &key(1, no)).unwrap();
        self.hlr.set_number(&old_imsi, Some(&number)).unwrap();
        let service = self.home.keys.service().unwrap();
        let iccid = iccid(no).unwrap();
        let card = CardId::from_bytes(service.blind(Field::Iccid, iccid.expose()));
        let case = self.counter.verified(no).unwrap();
        Customer {
            no,
            number,
            old: Phone::new(old_imsi.clone(), key(1, no)),
            old_imsi,
            new: Phone::new(new_imsi.clone(), key(2, no)),
            new_imsi,
            case,
            card,
            iccid: iccid.expose().to_owned(),
        }
    }

    pub(crate) fn step(&self, case: CaseId, event: Event) {
        self.counter.step(case, event).unwrap();
    }

    pub(crate) fn case(&self, case: CaseId) -> ReplacementCase {
        self.counter.case(case).unwrap()
    }

    pub(crate) fn state(&self, customer: &Customer) -> State {
        self.case(customer.case).state
    }

    pub(crate) fn reserve(&self, customer: &Customer) -> simrecall_engine::Result<CardId> {
        let case = customer.case.to_string();
        swap::reserve(
            &self.home,
            &Scan { incident: CODE, case: &case, iccid: &customer.iccid, by: CLERK },
        )
    }

    pub(crate) fn begin(&self, customer: &Customer) -> simrecall_engine::Result<SwapId> {
        let case = customer.case.to_string();
        swap::start(&self.home, &self.hlr, &Order { incident: CODE, case: &case, by: CLERK })
    }

    /// A card is scanned, and the swap begins.
    pub(crate) fn started(&self, customer: &Customer) -> SwapId {
        self.reserve(customer).unwrap();
        self.begin(customer).unwrap()
    }

    pub(crate) fn run(&self, swap: SwapId, watching: &mut Watching<'_>) -> Ended {
        swap::run(&self.home, &self.hlr, swap, &PACE, watching).unwrap()
    }

    /// Runs while the customer has the new card in their phone, which attaches as soon as it may.
    pub(crate) fn run_attaching(&self, customer: &mut Customer, swap: SwapId) -> Ended {
        let mut new = customer.new.clone();
        let mut watching = Watching::new(&self.home).at_pause(|| drop(self.attach(&mut new)));
        let ended = self.run(swap, &mut watching);
        drop(watching);
        customer.new = new;
        ended
    }

    /// Runs to the moment in which only the attach is missing.
    pub(crate) fn provisioned(&self, swap: SwapId) {
        let pace = Pace { stay: false, ..PACE };
        let ended = swap::run(&self.home, &self.hlr, swap, &pace, &mut Watching::new(&self.home));
        assert_eq!(ended.unwrap(), Ended::Waiting);
    }

    pub(crate) fn hold(&self, customer: &Customer) {
        let case = customer.case.to_string();
        swap::hold(&self.home, CODE, &case, ("not_me", CLERK)).unwrap();
    }

    /// Ties a line to a handset.
    pub(crate) fn tie(&self, imsi: &Imsi) {
        let service = self.home.keys.service().unwrap();
        let imsi = service.blind(Field::Imsi, imsi.expose());
        let record = br#"{"imei":"356938035643809","moment":null}"#;
        let sealed = service.seal(Table::Protection, &imsi, record).unwrap();
        let to = Protection { imsi, state: StateKind::On, since: self.home.now(), sealed };
        assert!(self.home.store.write(|tx| tx.step_protection(StateKind::Off, &to)).unwrap());
    }

    pub(crate) fn tied(&self, imsi: &Imsi) -> Option<StateKind> {
        let service = self.home.keys.service().unwrap();
        let key = service.blind(Field::Imsi, imsi.expose());
        let kept = self.home.store.read(|tx| tx.protections_of(&[key])).unwrap();
        kept.first().map(|one| one.state)
    }

    pub(crate) fn switch(&self, name: &str) -> Switch {
        Switch::connect(self.server.address(), name, LONG).unwrap()
    }

    pub(crate) fn attach(&self, phone: &mut Phone) -> Attach {
        // An HLR answers by name: one that was just in use may still be another connection's.
        let name = format!("MSC-{}", SWITCHES.fetch_add(1, Ordering::Relaxed));
        let attach = phone.attach(&mut self.switch(&name), Domain::Cs);
        attach.unwrap_or_else(|error| panic!("{error}; the HLR says: {}", self.server.log()))
    }

    pub(crate) fn row(&self, imsi: &Imsi) -> Option<Subscriber> {
        self.hlr.read(imsi).unwrap()
    }

    pub(crate) fn swap(&self, swap: SwapId) -> Swap {
        self.home.store.read(|tx| tx.swap(swap)).unwrap().unwrap()
    }

    /// The only swap of a customer.
    pub(crate) fn swap_of(&self, customer: &Customer) -> SwapId {
        let incident = self.case(customer.case).incident;
        let swaps = self.home.store.read(|tx| tx.swaps_of(incident, customer.case)).unwrap();
        let [swap] = &swaps[..] else { panic!("{} swaps", swaps.len()) };
        swap.id
    }

    pub(crate) fn card(&self, card: CardId) -> Card {
        self.home.store.read(|tx| tx.card(card)).unwrap().unwrap()
    }

    pub(crate) fn commands(&self, swap: SwapId) -> Vec<(Command, Outcome)> {
        let steps = self.home.store.read(|tx| tx.swap_steps(swap)).unwrap();
        let of_swap = |one: &simrecall_store::swap::SwapStep| match one.command {
            SentCommand::Swap(command) => Some((command, one.outcome)),
            SentCommand::DeleteOld => None,
        };
        steps.iter().filter_map(of_swap).collect()
    }

    pub(crate) fn change_time(&self, swap: SwapId) -> Option<DateTime<Utc>> {
        let number = self.swap(swap).number;
        self.home.store.read(|tx| tx.sim_change(&number)).unwrap()
    }

    /// What has to be true at every moment: never both, and never a number that a third has.
    pub(crate) fn assert_never_both(&self, customer: &Customer) {
        let can = |imsi: &Imsi| self.row(imsi).is_some_and(|row| row.has_key() && row.access.any());
        let both = can(&customer.old_imsi) && can(&customer.new_imsi);
        assert!(!both, "both cards of customer {} could attach", customer.no);
        let holder = self.hlr.holder(&customer.number).unwrap();
        let known = [&customer.old_imsi, &customer.new_imsi];
        assert!(holder.is_none_or(|imsi| known.contains(&&imsi)));
    }

    /// How it looks at the end: the new card works and the old one cannot, or the other way round.
    pub(crate) fn assert_ended(&self, customer: &mut Customer, ended: Ended) {
        self.assert_never_both(customer);
        let holder = self.hlr.holder(&customer.number).unwrap();
        match ended {
            Ended::Completed => {
                assert_eq!(holder.as_ref(), Some(&customer.new_imsi));
                assert!(works(&self.attach(&mut customer.new), &customer.number));
                assert!(!matches!(self.attach(&mut customer.old), Attach::Attached { .. }));
                assert_eq!(self.state(customer), State::Completed);
            }
            Ended::RolledBack | Ended::RolledBackHeld => {
                assert_eq!(holder.as_ref(), Some(&customer.old_imsi));
                assert!(works(&self.attach(&mut customer.old), &customer.number));
                assert_eq!(self.row(&customer.new_imsi), None);
                let state = self.state(customer);
                let held = ended == Ended::RolledBackHeld;
                assert_eq!(state, if held { State::FraudHold } else { State::Verified });
            }
            Ended::Waiting
            | Ended::Ticket { .. }
            | Ended::Tidied
            | Ended::Elsewhere
            | Ended::Lost => panic!("{ended:?} is no end"),
        }
    }
}

pub(crate) fn works(attach: &Attach, number: &Msisdn) -> bool {
    matches!(attach, Attach::Attached { number: Some(told), .. } if told == number.expose())
}

/// A clock that stands: nothing runs out unless a test says so.
pub(crate) const PACE: Pace = Pace {
    command: Duration::from_secs(2),
    lease: Pace::LEASE,
    look_every: Duration::from_secs(2),
    attach_within: TimeDelta::minutes(10),
    stay: true,
};

/// How many switches there were.
static SWITCHES: AtomicU32 = AtomicU32::new(100);

/// What a usual swap sends.
pub(crate) const USUAL: [Command; 7] = [
    Command::Create,
    Command::BarNew,
    Command::Key,
    Command::BarOld,
    Command::TakeFromOld,
    Command::GiveToNew,
    Command::AdmitNew,
];
