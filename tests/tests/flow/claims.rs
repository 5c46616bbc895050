//! Money from a claim to the bank: decided, objected to, found by the carrier, paid once, taken off a bill.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, TimeDelta};
use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_core::claim::Reason;
use simrecall_core::order::Kind as OrderKind;
use simrecall_engine::claim::export::{ExportAnswer, NewExport, export};
use simrecall_engine::claim::find::{LossesAnswer, NewLosses, import};
use simrecall_engine::claim::paid::{PaidAnswer, paid};
use simrecall_engine::claim::review::{self, ClaimAnswer, Decide, Decision};
use simrecall_engine::claim::schedule::schedule;
use simrecall_engine::claim::waive::waive;
use simrecall_engine::drill::CODE;
use simrecall_engine::replacement::notices::notify;
use simrecall_engine::selfcheck::{NewClaim, Visit};
use simrecall_engine::{Result, staff, verify};
use simrecall_gateway::sandbox::mail::read_kept;
use simrecall_store::outbox::OrderState;
use simrecall_tests::Backend;
use simrecall_tests::town::{LEAKED, NOT_FOUND, OLD_HOLDER, POSSIBLY, Townsperson};

use crate::selfcheck::stage::{Place, Plan, refused};

const PRIVACY: &str = "privacy.officer";
const LEGAL: &str = "legal.counsel";
/// Two who neither find nor decide.
const PAYERS: [&str; 2] = ["privacy.payer", "legal.payer"];
/// Days on which claims are paid, and who takes orders for bills. The second line ends what stands above it.
const MONEY: &str = "[claims]\npay_dates = [\"2025-09-10\", \"2025-10-20\", \"2025-11-20\"]\n\
    [[orders.receivers]]\nkinds = [\"bill.waive\"]\nurl = \"http://127.0.0.1:9/\"\nsecret_file = \"keys/bill\"";

struct Desk {
    place: Place,
    folder: tempfile::TempDir,
    bank: age::x25519::Identity,
}

/// The names and sums of the payments in a file, by number.
type Payments = BTreeMap<String, Vec<(String, u64)>>;

impl Desk {
    fn open(backend: Backend) -> Self {
        let place = Place::with(backend, Plan { portal: MONEY, ..Plan::default() });
        for (name, role) in PAYERS.into_iter().zip([StaffRole::Privacy, StaffRole::Legal]) {
            let key = place.home().dir.join(format!("staff/{name}.key"));
            staff::add(place.home(), name, &[role], &key, Some("security.lead")).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        Self { place, folder, bank: age::x25519::Identity::generate() }
    }

    fn visit(&self, who: Townsperson) -> Visit {
        self.place.visit(&self.place.walk_in(who)).unwrap()
    }

    /// Hands a claim in.
    fn claims(&self, visit: &Visit, day: &str, amount: &str) -> String {
        let line = self.place.door.lines(visit).unwrap()[0].line;
        let new = NewClaim { line, day, amount, merchant: "게임나라", note: "", id: None };
        let id = self.place.door.draft_claim(visit, &new).unwrap().id;
        self.place.door.submit_claim(visit, &id).unwrap();
        id
    }

    fn take(&self, claim: &str, by: &str) {
        review::take(self.place.home(), CODE, claim, by).unwrap();
    }

    fn decide(&self, claim: &str, decision: &Decision, by: &str) -> Result<ClaimAnswer> {
        review::decide(self.place.home(), &Decide { incident: CODE, claim, decision, by })
    }

    fn shown(&self, claim: &str) -> ClaimAnswer {
        review::show(self.place.home(), CODE, claim, PRIVACY).unwrap()
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn import(&self, file: &Path) -> Result<LossesAnswer> {
        import(self.place.home(), &NewLosses { incident: CODE, file, by: [PRIVACY, LEGAL] })
    }

    fn export(
        &self,
        day: NaiveDate,
        name: &str,
        by: [&str; 2],
    ) -> Result<(ExportAnswer, Payments)> {
        let file = self.folder.path().join(name);
        let to = self.bank.to_public().to_string();
        let new = NewExport { incident: CODE, pay_on: day, to: &to, file: &file, by };
        let answer = export(self.place.home(), &new)?;
        let sealed = std::fs::read(&file).unwrap();
        let plain = String::from_utf8(age::decrypt(&self.bank, &sealed).unwrap()).unwrap();
        let mut rows = plain.lines();
        assert_eq!(rows.next(), Some("payment,number,won"));
        let mut payments = Payments::new();
        for row in rows {
            let cells: Vec<&str> = row.split(',').collect();
            let paid = (cells[0].to_owned(), cells[2].parse().unwrap());
            payments.entry(cells[1].to_owned()).or_default().push(paid);
        }
        Ok((answer, payments))
    }

    fn results(&self, name: &str, rows: &[(&str, &str)]) -> Result<PaidAnswer> {
        let mut text = String::from("payment,result,reason\n");
        for (payment, rest) in rows {
            writeln!(text, "{payment},{rest}").unwrap();
        }
        let file = self.write(name, &text);
        paid(self.place.home(), CODE, &file, PAYERS[0])
    }

    /// What came to somebody about their claims so far: nothing of it shows a sum, a merchant or a link.
    fn told(&self, who: Townsperson) -> Vec<String> {
        notify(self.place.home(), CODE).unwrap();
        let kept = read_kept(self.place.plain()).unwrap();
        let theirs = kept.into_iter().filter(|mail| mail.recipient == who.mail);
        let claims =
            theirs.filter(|mail| mail.text.contains("회선") && !mail.text.contains("유심"));
        let texts: Vec<String> = claims.map(|mail| mail.text).collect();
        for text in &texts {
            for never in ["49,500", "49500", "20,000", "게임", "http", "원을", "won"] {
                assert!(!text.contains(never), "{never} in {text}");
            }
        }
        texts
    }

    fn state(&self, visit: &Visit, claim: &str) -> &'static str {
        let claims = self.place.door.claims(visit).unwrap();
        claims.into_iter().find(|one| one.id == claim).unwrap().state
    }

    fn is_sound(&self) {
        let found = verify::verify(self.place.home()).unwrap();
        assert!(found.is_sound(), "{:?}", found.faults);
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn reason(word: &str) -> Reason {
    Reason::parse(word).unwrap()
}

fn digits(who: Townsperson) -> String {
    who.number.chars().filter(char::is_ascii_digit).collect()
}

/// The payment of a file that goes to somebody.
fn of(payments: &Payments, who: Townsperson) -> Vec<(String, u64)> {
    let tail = digits(who).split_off(1);
    let theirs = payments.iter().filter(|(number, _)| number.ends_with(&tail));
    theirs.flat_map(|(_, paid)| paid.clone()).collect()
}

/// The one payment that goes to somebody.
fn only(payments: &Payments, who: Townsperson, won: u64) -> String {
    let found = of(payments, who);
    assert_eq!(found.iter().map(|(_, won)| *won).collect::<Vec<_>>(), [won]);
    found[0].0.clone()
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn an_objection_is_decided_by_somebody_else_and_paid_once(#[case] backend: Backend) {
    let desk = Desk::open(backend);
    let (place, home) = (&desk.place, desk.place.home());
    let visit = desk.visit(LEAKED);
    let id = desk.claims(&visit, "2025-09-03", "49,500");
    let reject = Decision::Reject { reason: reason("not_our_charge") };
    assert_eq!(refused(desk.decide(&id, &reject, PRIVACY)), "claim_state");
    desk.take(&id, PRIVACY);
    for won in [0, 49_500, 50_000] {
        let part = Decision::Part { won, reason: reason("one_was_theirs") };
        assert_eq!(refused(desk.decide(&id, &part, PRIVACY)), "claim_amount", "{won}");
    }
    let ask = Decision::Ask { reason: reason("bill_missing") };
    assert_eq!(desk.decide(&id, &ask, PRIVACY).unwrap().row.state, "needs_evidence");
    assert_eq!(place.door.submit_claim(&visit, &id).unwrap().state, "under_review");
    assert_eq!(desk.decide(&id, &reject, PRIVACY).unwrap().row.appeal_until, None);
    let before = place.door.claims(&visit).unwrap().remove(0);
    assert_eq!((before.state, before.may_appeal), ("rejected", true), "nobody was told yet");

    assert_eq!(desk.told(LEAKED).len(), 2, "asked, then refused");
    let told = home.now();
    assert_eq!(desk.shown(&id).row.appeal_until, Some(told + TimeDelta::days(30)));
    assert_eq!(place.door.appeal_claim(&visit, &id).unwrap().state, "appealed");
    assert_eq!(refused(place.door.appeal_claim(&visit, &id)), "claim_state");
    desk.take(&id, PRIVACY);
    assert_eq!(refused(desk.decide(&id, &Decision::Approve, PRIVACY)), "same_person");
    let part = Decision::Part { won: 20_000, reason: reason("one_was_theirs") };
    let decided = desk.decide(&id, &part, LEGAL).unwrap();
    assert_eq!((decided.row.state, decided.granted_won), ("partial", Some(20_000)));
    assert_eq!(decided.row.appeal_until, None, "of this decision nobody was told");
    assert_eq!(desk.told(LEAKED).len(), 3);

    let set = schedule(home, CODE, false, PAYERS[0]).unwrap();
    assert_eq!((set.scheduled, set.may_object, set.pay_on), (0, 1, day("2025-10-20")));
    place.pass(30 * 24 * 60);
    let visit = desk.visit(LEAKED);
    assert!(!place.door.claims(&visit).unwrap()[0].may_appeal);
    assert_eq!(refused(place.door.appeal_claim(&visit, &id)), "appeal_over");
    let set = schedule(home, CODE, false, PAYERS[0]).unwrap();
    assert_eq!((set.scheduled, set.may_object), (1, 0));
    let own = place.door.claims(&visit).unwrap().remove(0);
    assert_eq!((own.granted_won, own.pay_on.as_deref()), (Some(20_000), Some("2025-10-20")));

    let on = set.pay_on;
    assert_eq!(refused(desk.export(on, "a.age", [PRIVACY, PAYERS[1]])), "same_person");
    assert_eq!(refused(desk.export(on, "a.age", [PAYERS[0], LEGAL])), "same_person");
    assert_eq!(refused(desk.export(on, "a.age", [PAYERS[0], PAYERS[0]])), "two_persons");
    assert_eq!(refused(desk.export(day("2025-11-20"), "a.age", PAYERS)), "nothing_due");
    let (first, payments) = desk.export(on, "a.age", PAYERS).unwrap();
    assert_eq!((first.payments, first.again, first.won), (1, 0, 20_000));
    let payment = only(&payments, LEAKED, 20_000);
    assert_eq!(refused(desk.export(on, "a.age", PAYERS)), "exists");
    let (second, same) = desk.export(on, "b.age", PAYERS).unwrap();
    assert_eq!((second.payments, second.again, &same), (1, 1, &payments));

    assert_eq!(refused(desk.results("none.csv", &[(&id, "paid,")])), "rejects");
    let failed = desk.results("1.csv", &[(&payment, "failed,account_closed")]).unwrap();
    assert_eq!(failed, PaidAnswer { failed: 1, ..PaidAnswer::default() });
    assert_eq!(desk.state(&visit, &id), "pay_failed");
    assert_eq!(schedule(home, CODE, false, PAYERS[0]).unwrap().failed, 1);
    let set = schedule(home, CODE, true, PAYERS[0]).unwrap();
    assert_eq!((set.scheduled, set.failed), (1, 0));
    // The bank's late word on the older payment is not taken for the newer one.
    assert_eq!(refused(desk.results("late.csv", &[(&payment, "paid,")])), "rejects");
    let listed = desk.folder.path().join("late.csv.rejects.csv");
    assert!(std::fs::read_to_string(listed).unwrap().contains("payment.settled"));
    let (_, anew) = desk.export(set.pay_on, "c.age", PAYERS).unwrap();
    let newer = only(&anew, LEAKED, 20_000);
    assert_ne!(newer, payment);
    let both = [(newer.as_str(), "paid,"), (payment.as_str(), "failed,account_closed")];
    let done = desk.results("2.csv", &both).unwrap();
    assert_eq!((done.paid, done.failed, done.again), (1, 0, 1));
    let again = desk.results("2.csv", &both).unwrap();
    assert_eq!((again.paid, again.again), (0, 2));
    assert_eq!(desk.state(&visit, &id), "paid");
    assert_eq!(refused(desk.export(set.pay_on, "d.age", PAYERS)), "nothing_due");
    assert_eq!(desk.told(LEAKED).len(), 5, "failed, then paid");
    desk.is_sound();
}

/// A list of losses.
fn losses(rows: &[(&str, Townsperson, u64, &str)]) -> String {
    let row = |(reference, who, won, day): &(&str, Townsperson, u64, &str)| {
        format!("{reference},{},{won},{day},게임나라,\n", who.number)
    };
    let rows: String = rows.iter().map(row).collect();
    format!("reference,number,won,day,merchant,note\n{rows}")
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn what_the_carrier_found_is_taken_once_and_paid_without_being_asked(#[case] backend: Backend) {
    let desk = Desk::open(backend);
    let (place, home) = (&desk.place, desk.place.home());
    let visit = desk.visit(LEAKED);
    let own = desk.claims(&visit, "2025-09-03", "49,500");
    let rows = [
        ("M-1", LEAKED, 49_500, "2025-09-03"),
        // The same sum on the same day again: the customer has claimed one of the two.
        ("M-2", LEAKED, 49_500, "2025-09-03"),
        ("M-3", POSSIBLY, 20_000, "2025-09-04"),
        // Somebody else has this number now.
        ("M-4", OLD_HOLDER, 20_000, "2025-08-20"),
    ];
    let file = desk.write("losses.csv", &losses(&rows));
    let taken = desk.import(&file).unwrap();
    assert_eq!((taken.rows, taken.approved, taken.again, taken.linked.len()), (4, 3, 0, 1));
    assert_eq!(taken.linked[0].with, own);
    let again = desk.import(&file).unwrap();
    assert_eq!((again.approved, again.again, again.linked.len()), (0, 4, 0));
    // A longer list brings only what is new.
    let more =
        desk.write("more.csv", &losses(&[rows[0], rows[2], ("M-5", POSSIBLY, 1, "2025-09-04")]));
    let added = desk.import(&more).unwrap();
    assert_eq!((added.approved, added.again), (1, 2));

    let linked = desk.shown(&taken.linked[0].claim);
    assert_eq!((linked.row.state, linked.row.source), ("submitted", "carrier"));
    assert!(linked.same.contains(&own) && linked.same.len() == 2, "{:?}", linked.same);
    let claims = place.door.claims(&visit).unwrap();
    let states: Vec<_> = claims.iter().map(|one| (one.source, one.state)).collect();
    assert!(
        states.contains(&("carrier", "approved")) && states.contains(&("customer", "submitted"))
    );
    assert_eq!(
        desk.told(LEAKED).len(),
        1,
        "of the loss that is paid back, not of the one looked at"
    );
    assert_eq!(desk.told(POSSIBLY).len(), 2);
    assert_eq!(desk.told(OLD_HOLDER).len(), 1, "by mail; the number is somebody else's");

    let set = schedule(home, CODE, false, PAYERS[0]).unwrap();
    assert_eq!(set.scheduled, 4);
    for own in [[PRIVACY, PAYERS[1]], [PAYERS[0], LEGAL]] {
        assert_eq!(refused(desk.export(set.pay_on, "x.age", own)), "same_person");
    }
    let (written, payments) = desk.export(set.pay_on, "x.age", PAYERS).unwrap();
    assert_eq!((written.payments, written.won), (3, 49_500 + 20_000 + 1));
    assert_eq!(written.other_holder.len(), 1, "whoever has the number now is paid nothing");
    assert!(of(&payments, OLD_HOLDER).is_empty());
    assert_eq!(of(&payments, POSSIBLY).iter().map(|(_, won)| won).sum::<u64>(), 20_001);
    desk.is_sound();
}

#[test]
fn a_list_of_losses_is_taken_whole_or_not_at_all() {
    let desk = Desk::open(Backend::Sqlite);
    let rows = [
        ("M-1", LEAKED, 49_500, "2025-09-03"),
        ("M-1", POSSIBLY, 49_500, "2025-09-03"),
        ("M-2", POSSIBLY, 0, "2025-09-03"),
        ("M-3", POSSIBLY, 1, "2025-09-12"),
        ("M-4", Townsperson { number: "010-9999-0000", ..LEAKED }, 1, "2025-09-03"),
        // Between two holders nobody had this number.
        ("M-5", OLD_HOLDER, 1, "2025-09-01"),
    ];
    let file = desk.write("losses.csv", &losses(&rows));
    assert_eq!(refused(desk.import(&file)), "rejects");
    let listed =
        std::fs::read_to_string(desk.folder.path().join("losses.csv.rejects.csv")).unwrap();
    for code in [
        "3,reference,reference.twice",
        "4,won,won.form",
        "5,day,day.future",
        "6,number,msisdn.unknown",
        "7,number,line.unheld",
    ] {
        assert!(listed.contains(code), "{code} is not in {listed}");
    }
    assert!(!listed.contains("9999"), "{listed}");
    assert!(review::list(desk.place.home(), CODE, PRIVACY).unwrap().is_empty());
    for by in [[PRIVACY, PRIVACY], [PRIVACY, PAYERS[0]]] {
        let new = NewLosses { incident: CODE, file: &file, by };
        assert_eq!(refused(import(desk.place.home(), &new)), "two_persons");
    }
    let new = NewLosses { incident: CODE, file: &file, by: [PRIVACY, "messaging.lead"] };
    assert_eq!(refused(import(desk.place.home(), &new)), "not_allowed");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn money_comes_off_a_bill_by_an_order_and_never_twice(#[case] backend: Backend) {
    let desk = Desk::open(backend);
    let home = desk.place.home();
    let visit = desk.visit(NOT_FOUND);
    let id = desk.claims(&visit, "2025-09-03", "30000");
    assert_eq!(refused(waive(home, CODE, &id, PAYERS[0])), "claim_state");
    desk.take(&id, PRIVACY);
    desk.decide(&id, &Decision::Approve, PRIVACY).unwrap();
    assert_eq!(refused(waive(home, CODE, &id, PRIVACY)), "same_person");
    assert_eq!(desk.state(&visit, &id), "approved", "refused whole");
    assert_eq!(waive(home, CODE, &id, LEGAL).unwrap().row.state, "waived");
    assert_eq!(refused(waive(home, CODE, &id, LEGAL)), "claim_state");
    let orders = home.store.read(|tx| tx.orders_in(OrderState::Due, 9)).unwrap();
    assert_eq!(orders.iter().map(|one| one.kind).collect::<Vec<_>>(), [OrderKind::WaiveBill]);
    assert!(orders[0].incident.is_some(), "it goes with its incident");

    let other = desk.claims(&visit, "2025-09-04", "40000");
    desk.take(&other, PRIVACY);
    desk.decide(&other, &Decision::Approve, PRIVACY).unwrap();
    let set = schedule(home, CODE, false, LEGAL).unwrap();
    assert_eq!(set.scheduled, 1, "what was waived is not paid");
    assert_eq!(refused(waive(home, CODE, &other, LEGAL)), "claim_state");
    assert_eq!(desk.told(NOT_FOUND).len(), 3, "granted, waived, granted");
    desk.is_sound();
}
