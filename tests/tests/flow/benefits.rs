//! Benefits: chosen for a line that the list names, changed, handed over once, and never changed after.

use std::collections::BTreeSet;

use rstest::rstest;
use simrecall_core::access::StaffRole;
use simrecall_engine::claim::benefit::{BenefitRow, ChoicesAnswer, NewChoices, export, list};
use simrecall_engine::drill::CODE;
use simrecall_engine::selfcheck::Visit;
use simrecall_engine::{Result, staff};
use simrecall_tests::Backend;
use simrecall_tests::town::{CHILD, COMPANY, LEAKED, NOT_FOUND, POSSIBLY, Townsperson};

use crate::selfcheck::stage::{Place, Plan, refused};

const PAIR: [&str; 2] = ["privacy.officer", "legal.counsel"];
const OPEN: &str = "[benefit.bill_discount]\nopens = \"2025-09-01\"\n\
    [benefit.penalty_waiver]\nopens = \"2025-09-01\"\ncloses = \"2025-09-30\"\n\
    [benefit.extra_data]\nopens = \"2025-09-01\"\n\
    [benefit.insurance]\nopens = \"2030-01-01\"\n";

struct Desk {
    place: Place,
    folder: tempfile::TempDir,
    granter: age::x25519::Identity,
}

impl Desk {
    fn open(backend: Backend) -> Self {
        let portal = "[claims]\nbenefits = \"benefits.toml\"";
        let place = Place::with(backend, Plan { portal, ..Plan::default() });
        let desk = Self {
            place,
            folder: tempfile::tempdir().unwrap(),
            granter: age::x25519::Identity::generate(),
        };
        desk.offers(OPEN);
        desk
    }

    fn offers(&self, text: &str) {
        std::fs::write(self.place.home().dir.join("benefits.toml"), text).unwrap();
    }

    fn visit(&self, who: Townsperson) -> Visit {
        self.place.visit(&self.place.walk_in(who)).unwrap()
    }

    fn choose(&self, visit: &Visit, code: &str) -> Result<()> {
        let line = self.place.door.lines(visit).unwrap()[0].line;
        self.place.door.choose_benefit(visit, line, code)
    }

    /// What somebody sees: the group, what is open in it, what they chose, and whether they may change it.
    fn sees(&self, visit: &Visit) -> Vec<(String, String, String, bool)> {
        let groups = self.place.door.benefits(visit).unwrap();
        let row = |one: &simrecall_engine::claim::benefit::OwnBenefits| {
            let of = |is: fn(&simrecall_engine::claim::benefit::OwnChoice) -> bool| {
                let codes = one.choices.iter().filter(|choice| is(choice));
                codes.map(|choice| choice.code.as_str()).collect::<Vec<_>>().join(" ")
            };
            (
                one.group.clone(),
                of(|choice| choice.open),
                of(|choice| choice.chosen),
                one.changeable,
            )
        };
        groups.iter().map(row).collect()
    }

    fn export(
        &self,
        name: &str,
        again: bool,
    ) -> Result<(ChoicesAnswer, BTreeSet<(String, String)>)> {
        let file = self.folder.path().join(name);
        let to = self.granter.to_public().to_string();
        let new = NewChoices { incident: CODE, to: &to, file: &file, again, by: PAIR };
        let answer = export(self.place.home(), &new)?;
        let plain = age::decrypt(&self.granter, &std::fs::read(&file).unwrap()).unwrap();
        let plain = String::from_utf8(plain).unwrap();
        let mut rows = plain.lines();
        assert_eq!(rows.next(), Some("number,code"));
        let cells = |row: &str| row.split_once(',').map(|(a, b)| (a.to_owned(), b.to_owned()));
        Ok((answer, rows.map(|row| cells(row).unwrap()).collect()))
    }

    fn listed(&self) -> Vec<(String, u64, u64)> {
        let rows: Vec<BenefitRow> = list(self.place.home(), CODE, PAIR[0]).unwrap();
        rows.into_iter().map(|row| (row.code, row.chosen, row.exported)).collect()
    }
}

fn seen(rows: &[(&str, &str, &str, bool)]) -> Vec<(String, String, String, bool)> {
    let own = |(a, b, c, d): &(&str, &str, &str, bool)| {
        ((*a).to_owned(), (*b).to_owned(), (*c).to_owned(), *d)
    };
    rows.iter().map(own).collect()
}

/// The codes in a file for a number.
fn of(rows: &BTreeSet<(String, String)>, who: Townsperson) -> Vec<&str> {
    let digits: String = who.number.chars().filter(char::is_ascii_digit).skip(1).collect();
    let theirs = rows.iter().filter(|(number, _)| number.ends_with(&digits));
    theirs.map(|(_, code)| code.as_str()).collect()
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_choice_is_changed_until_it_is_handed_over(#[case] backend: Backend) {
    let desk = Desk::open(backend);
    let visit = desk.visit(LEAKED);
    let both = "bill_discount penalty_waiver";
    assert_eq!(
        desk.sees(&visit),
        seen(&[("extra_data", "extra_data", "", true), ("relief", both, "", true)])
    );
    assert_eq!(refused(desk.export("none.age", false)), "nothing_due");
    desk.choose(&visit, "bill_discount").unwrap();
    desk.choose(&visit, "penalty_waiver").unwrap();
    desk.choose(&visit, "extra_data").unwrap();
    assert_eq!(refused(desk.choose(&visit, "insurance")), "benefit_closed");
    assert_eq!(refused(desk.choose(&visit, "device_discount")), "benefit_closed");
    assert_eq!(refused(desk.choose(&visit, "money")), "benefit");
    let chosen = [
        ("extra_data", "extra_data", "extra_data", true),
        ("relief", both, "penalty_waiver", true),
    ];
    assert_eq!(desk.sees(&visit), seen(&chosen));

    let other = desk.visit(POSSIBLY);
    let line = desk.place.door.lines(&visit).unwrap()[0].line;
    assert_eq!(refused(desk.place.door.choose_benefit(&other, line, "extra_data")), "line");
    desk.choose(&other, "bill_discount").unwrap();
    let stranger = desk.visit(NOT_FOUND);
    assert!(desk.sees(&stranger).is_empty());
    assert_eq!(refused(desk.choose(&stranger, "extra_data")), "benefit_closed");

    let (first, rows) = desk.export("a.age", false).unwrap();
    assert_eq!((first.choices, first.again, first.other_holder), (3, 0, 0));
    assert_eq!(of(&rows, LEAKED), ["extra_data", "penalty_waiver"]);
    assert_eq!(of(&rows, POSSIBLY), ["bill_discount"]);
    assert_eq!(refused(desk.choose(&visit, "bill_discount")), "benefit_exported");
    let kept = [
        ("extra_data", "extra_data", "extra_data", false),
        ("relief", both, "penalty_waiver", false),
    ];
    assert_eq!(desk.sees(&visit), seen(&kept));

    // Only what is new goes out again, unless the file was lost.
    assert_eq!(refused(desk.export("b.age", false)), "nothing_due");
    desk.choose(&other, "extra_data").unwrap();
    assert_eq!(refused(desk.export("a.age", true)), "exists");
    let (second, anew) = desk.export("b.age", false).unwrap();
    assert_eq!((second.choices, of(&anew, POSSIBLY)), (1, vec!["extra_data"]));
    let (third, all) = desk.export("c.age", true).unwrap();
    assert_eq!((third.choices, third.again), (4, 4));
    assert!(rows.is_subset(&all) && anew.is_subset(&all));
    let counts = |code: &str| desk.listed().into_iter().find(|one| one.0 == code).unwrap();
    assert_eq!(counts("extra_data"), ("extra_data".to_owned(), 2, 2));
    assert_eq!(counts("insurance"), ("insurance".to_owned(), 0, 0));
}

#[test]
fn days_end_and_groups_stay() {
    let desk = Desk::open(Backend::Sqlite);
    // A guardian and a company choose for the lines that the list names, and for no other.
    for who in [CHILD, COMPANY] {
        let visit = desk.visit(who);
        let groups = desk.place.door.benefits(&visit).unwrap();
        let lines: BTreeSet<_> = groups.iter().map(|one| one.line).collect();
        assert_eq!(lines.len(), 1, "{}", who.reference);
        let line = *lines.first().unwrap();
        desk.place.door.choose_benefit(&visit, line, "penalty_waiver").unwrap();
    }
    desk.place.pass(60 * 24 * 60);
    let visit = desk.visit(COMPANY);
    let late = desk.place.door.benefits(&visit).unwrap().remove(1);
    let shown: Vec<_> =
        late.choices.iter().map(|one| (one.code.as_str(), one.open, one.chosen)).collect();
    assert_eq!(shown, [("bill_discount", true, false), ("penalty_waiver", false, true)]);
    let again = desk.place.door.choose_benefit(&visit, late.line, "penalty_waiver");
    assert_eq!(refused(again), "benefit_closed");
    desk.place.door.choose_benefit(&visit, late.line, "bill_discount").unwrap();

    // What excluded each other when it was chosen still does when it is granted.
    desk.offers(&format!("[group]\nother = [\"bill_discount\", \"insurance\"]\n{OPEN}"));
    assert_eq!(refused(desk.export("a.age", false)), "benefit_groups");
    desk.offers("[benefit.tea]\nopens = 1");
    assert_eq!(refused(desk.export("a.age", false)), "config");
    desk.offers(OPEN);
    let alone = [PAIR[0], PAIR[0]];
    let to = desk.granter.to_public().to_string();
    let file = desk.folder.path().join("a.age");
    let new = NewChoices { incident: CODE, to: &to, file: &file, again: false, by: alone };
    assert_eq!(refused(export(desk.place.home(), &new)), "two_persons");
    let key = desk.place.home().dir.join("staff/sender.key");
    let roles = [StaffRole::Messaging];
    staff::add(desk.place.home(), "sender", &roles, &key, Some("security.lead")).unwrap();
    assert_eq!(refused(list(desk.place.home(), CODE, "sender")), "not_allowed");
    let (answer, rows) = desk.export("a.age", false).unwrap();
    assert_eq!(answer.choices, 2);
    assert_eq!(of(&rows, CHILD), ["penalty_waiver"]);
}
