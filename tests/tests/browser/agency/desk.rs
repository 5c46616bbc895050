//! What a walk cannot do at a terminal: somebody else does it elsewhere, or looks it up where no page shows it.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use simrecall_core::id::WaveNo;
use simrecall_core::identity::Msisdn;
use simrecall_core::replacement::State;
use simrecall_engine::terminal::device;
use simrecall_engine::terminal::enrol::{Why, invite};
use simrecall_engine::wave;
use simrecall_gateway::hlr::Provisioning as _;
use simrecall_store::case_notice::CaseNoticeState;
use simrecall_store::seal::Field;
use simrecall_tests::counter::{imsi, key};
use simrecall_tests::office::{PRIVACY, SECURITY};
use simrecall_tests::phone::{Attach, Domain, Phone, Switch};
use simrecall_tests::town::{Townsperson, line_of};

use super::{CUSTOMERS, PATIENCE, Shop};

/// Plans waves and lets them go.
const SENDER: &str = "messaging.lead";

impl Shop {
    /// What the walk cannot do at a terminal, because somebody else does it elsewhere.
    pub(super) fn answer(&self, asked: &Value) -> Value {
        let (home, text) = (self.home(), |name: &str| asked[name].as_str().unwrap_or_default());
        match text("what") {
            "enrol" => {
                let place = asked["place"].as_str();
                json!(device::enrol(home, place, &[], SECURITY).unwrap())
            }
            "admit" => {
                let admitted = device::admit(home, text("terminal"), text("thumbprint"), PRIVACY);
                json!({ "done": admitted.is_ok() })
            }
            "off" => {
                json!({ "done": device::switch_off(home, text("terminal"), SECURITY).is_ok() })
            }
            "invite" => {
                let others = [SECURITY, PRIVACY, "legal.counsel"].map(str::to_owned);
                let name = text("name");
                let enough = if name.starts_with("clerk") { 1 } else { 2 };
                let others = others.into_iter().filter(|other| other != name);
                let by: Vec<String> = others.take(enough).collect();
                json!(invite(home, name, Why::First, &by).unwrap())
            }
            "changed_lately" => self.changed_lately(asked),
            "pass" => {
                let minutes = TimeDelta::minutes(asked["minutes"].as_i64().unwrap());
                home.clock.advance(minutes);
                json!({ "now": home.now() })
            }
            "plan" => {
                self.town.import(2).unwrap();
                json!({ "wave": self.town.scene.plan().unwrap().wave.0 })
            }
            "release" => self.release(asked),
            "held" => self.held(asked),
            "told" => {
                // The courier goes its rounds; a clerk who is quicker than it is told to try again.
                while CUSTOMERS.iter().any(|(_, who)| self.is_untold(*who)) {
                    thread::sleep(Duration::from_millis(20));
                }
                json!({ "done": true })
            }
            "old_card" => self.old_card(asked),
            "insert" => json!({ "before": self.inserted.fetch_add(1, Ordering::AcqRel) }),
            "rows" => {
                let holder = |no: u32, who: Townsperson| {
                    let number = Msisdn::parse(who.number).unwrap();
                    self.register().holder(&number).unwrap() == Some(imsi(2, no).unwrap())
                };
                let moved: Vec<bool> =
                    CUSTOMERS.iter().map(|(no, who)| holder(*no, *who)).collect();
                json!({ "moved": moved, "swaps": CUSTOMERS.map(|(_, who)| self.swaps_of(who)) })
            }
            other => panic!("nobody answers {other}"),
        }
    }

    /// What a number is kept as.
    fn index(&self, number: &str) -> [u8; 16] {
        let number = Msisdn::parse(number).unwrap();
        self.home().keys.service().unwrap().blind(Field::Msisdn, number.expose())
    }

    /// A customer's line got another card an hour ago.
    fn changed_lately(&self, asked: &Value) -> Value {
        let (home, at) = (self.home(), asked["at"].as_u64().unwrap());
        let (_, who) = *CUSTOMERS.get(usize::try_from(at).unwrap()).unwrap();
        let (index, an_hour_ago) = (self.index(who.number), home.now() - TimeDelta::hours(1));
        home.store.write(|tx| tx.raise_sim_change(&index, an_hour_ago)).unwrap();
        json!({ "done": true })
    }

    /// Which of these numbers are held.
    fn held(&self, asked: &Value) -> Value {
        let numbers = asked["numbers"].as_array().unwrap().iter().filter_map(Value::as_str);
        let is_held = |number: &&str| {
            let index = self.index(number);
            self.home().store.read(|tx| tx.line_is_held(&index)).unwrap()
        };
        json!({ "held": numbers.filter(is_held).collect::<Vec<_>>() })
    }

    /// Whether a wave goes with the signatures it has, and how many it has.
    fn release(&self, asked: &Value) -> Value {
        let no = WaveNo(i32::try_from(asked["wave"].as_i64().unwrap()).unwrap());
        let home = self.home();
        let signed = home.store.read(|tx| tx.passkey_approvals(no));
        let released = wave::release(home, no, SENDER).map_err(|problem| problem.code);
        json!({ "signed": signed.unwrap().len(), "released": released.err() })
    }

    /// Whether a card is kept for a customer whom no network has warned yet.
    fn is_untold(&self, who: Townsperson) -> bool {
        let home = self.home();
        let untold = home.store.read(|tx| {
            let incident = tx.incidents()?.first().unwrap().id;
            let line = home.keys.incident(incident).unwrap().line_id(&line_of(who));
            for case in tx.replacements_of(incident, &[line])? {
                let told = tx.case_notices(incident, case.id)?;
                let is_told = told.iter().any(|one| one.state == CaseNoticeState::Handed);
                if case.state == State::CardReserved && !is_told {
                    return Ok(true);
                }
            }
            Ok(false)
        });
        untold.unwrap()
    }

    /// How many swaps there were for a customer.
    fn swaps_of(&self, who: Townsperson) -> usize {
        let home = self.home();
        let swaps = home.store.read(|tx| {
            let incident = tx.incidents()?.first().unwrap().id;
            let line = home.keys.incident(incident).unwrap().line_id(&line_of(who));
            let cases = tx.replacements_of(incident, &[line])?;
            cases.iter().map(|case| Ok(tx.swaps_of(incident, case.id)?.len())).sum()
        });
        swaps.unwrap()
    }

    /// Whether a customer's old card has their number, and whether the network lets it in.
    fn old_card(&self, asked: &Value) -> Value {
        let at = usize::try_from(asked["at"].as_u64().unwrap()).unwrap();
        let (no, who) = *CUSTOMERS.get(at).unwrap();
        let (old, number) = (imsi(0, no).unwrap(), Msisdn::parse(who.number).unwrap());
        let holds = self.register().holder(&number).unwrap() == Some(old.clone());
        let turn = self.looked.fetch_add(1, Ordering::AcqRel);
        let name = format!("MSC-old-{turn}");
        let mut switch = Switch::connect(self.hlr.address(), &name, PATIENCE).unwrap();
        let done = Phone::new(old, key(1, no)).attach(&mut switch, Domain::Cs);
        let attaches = matches!(done, Ok(Attach::Attached { number: Some(_), .. }));
        json!({ "holds": holds, "attaches": attaches })
    }
}
