//! Reports to authorities over real rows: the same instant says the same, whatever happened since.

use std::fs;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use serde_json::Value;
use simrecall_engine::cohort::{self, ImportOptions, Known};
use simrecall_engine::drill::CODE;
use simrecall_engine::filing::{self, DraftAnswer, NewDraft, NewSubmission};
use simrecall_engine::sample::{SamplePlan, Stage as Reach};
use simrecall_engine::send::{SendOptions, Until, Unwatched, send};
use simrecall_engine::{Clock, Problem};
use simrecall_gateway::sandbox::smsc::{Receipts, SmscPlan};
use simrecall_tests::Backend;

use crate::support::{Network, Office, PRIVACY, SECURITY, kst};

impl Office {
    fn lists(&self, reaches: &[(u64, u64)]) -> Vec<std::path::PathBuf> {
        let stages = reaches.iter().map(|(lines, people)| Reach { lines: *lines, people: *people });
        let stages = stages.collect();
        let plan = SamplePlan {
            seed: 5,
            stages,
            bystanders: 3,
            recycled_permille: 0,
            bad_rows: 0,
            records: None,
        };
        self.scene.take_registry(&plan).unwrap().1
    }

    fn draft(&self, kind: &str, as_of: Option<DateTime<Utc>>) -> DraftAnswer {
        self.draft_because(kind, as_of, None)
    }

    fn draft_because(
        &self,
        kind: &str,
        as_of: Option<DateTime<Utc>>,
        late_reason: Option<&str>,
    ) -> DraftAnswer {
        let new =
            NewDraft { kind, incident: CODE, as_of, late_reason, consequences: None, by: PRIVACY };
        filing::render(self.home(), &new).unwrap()
    }

    fn submit(&self, draft: &DraftAnswer, channel: &str) -> Result<filing::SubmitAnswer, Problem> {
        let new = NewSubmission { at: self.home().now(), channel, by: PRIVACY };
        filing::submit(self.home(), &draft.filing.number.to_string(), &new)
    }

    fn facts(&self, draft: &DraftAnswer) -> Value {
        filing::show(self.home(), &draft.filing.number.to_string()).unwrap().facts
    }
}

fn both_forms(draft: &DraftAnswer) -> [Vec<u8>; 2] {
    [&draft.filing.text_file, &draft.filing.html_file].map(|path| fs::read(path).unwrap())
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn the_same_instant_says_the_same_whatever_happened_since(#[case] backend: Backend) {
    let receipts = Receipts { delay_ms: 5, spread_ms: 300, ..Receipts::default() };
    let network = Network::start(SmscPlan { seed: 3, receipts, ..SmscPlan::default() });
    let office = Office::open(backend, Clock::drill(kst("2025-09-11T09:30")), Some(&network), None);
    let lists = office.lists(&[(60, 45), (90, 70)]);
    office.scene.take_list(&lists[0]).unwrap();
    let planned = office.scene.plan().unwrap();
    office.scene.release(planned.wave).unwrap();
    let before = office.home().now();
    let first = office.draft("pipc_leak", Some(before));
    let bytes = both_forms(&first);
    assert_eq!((first.no_change, first.filing.number.no), (false, 1));

    office.clock.advance(TimeDelta::minutes(1));
    let options = SendOptions { until: Until::Idle, stop: Arc::default() };
    send(office.home(), planned.wave, &options, &mut Unwatched).unwrap();
    let after = office.home().now();
    let told = |draft: &DraftAnswer| office.facts(draft)["persons_told"].as_u64().unwrap();
    let full = office.draft("pipc_leak", Some(after));
    let all = told(&full);
    assert!(all > 20, "{all}");
    let middle = middle(&office, before, after, all, &told);
    office.scene.take_list(&lists[1]).unwrap();
    office.clock.advance(TimeDelta::days(1));

    let again = office.draft("pipc_leak", Some(before));
    assert_eq!((again.no_change, again.filing.number.no), (true, 1));
    assert_eq!((both_forms(&again), again.filing.sha256), (bytes, first.filing.sha256.clone()));
    let facts = office.facts(&first);
    assert_eq!(facts["revisions"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&facts["persons_told"], &facts["waves"][0]["told"]),
        (&0.into(), &Value::Array(vec![]))
    );
    let half = office.draft("pipc_leak", Some(middle));
    assert!(half.no_change && told(&half) < all);
    let newest = office.draft("pipc_leak", None);
    assert_eq!(office.facts(&newest)["revisions"].as_array().unwrap().len(), 2);
    for draft in [&first, &full, &half, &newest] {
        adds_up(&office.facts(draft));
        names_nobody(&office, draft);
    }
}

/// An instant at which some, but not all, had been told.
fn middle(
    office: &Office,
    mut before: DateTime<Utc>,
    mut after: DateTime<Utc>,
    all: u64,
    told: &dyn Fn(&DraftAnswer) -> u64,
) -> DateTime<Utc> {
    loop {
        let at = before + (after - before) / 2;
        match told(&office.draft("pipc_leak", Some(at))) {
            0 => before = at,
            some if some < all => return at,
            _ => after = at,
        }
        assert!(after - before > TimeDelta::microseconds(1), "all were told at once");
    }
}

fn adds_up(facts: &Value) {
    let number = |value: &Value| value.as_u64().unwrap();
    for wave in facts["waves"].as_array().unwrap() {
        let told: u64 =
            wave["told"].as_array().unwrap().iter().map(|one| number(&one["persons"])).sum();
        let sum = told + number(&wave["in_doubt"]) + number(&wave["open"]);
        assert_eq!(sum, number(&wave["owed"]), "{wave}");
    }
}

/// No number and no address of the registry stands in a report.
fn names_nobody(office: &Office, draft: &DraftAnswer) {
    let facts = office.facts(draft).to_string();
    let forms = both_forms(draft).map(|bytes| String::from_utf8(bytes).unwrap());
    let all = [forms.concat(), facts].concat();
    let sample = office.home().dir.join("sample");
    let mut looked_for = 0;
    for file in ["subscribers.csv", "lines.csv"] {
        for cell in fs::read_to_string(sample.join(file)).unwrap().split([',', '\n']) {
            let digits = cell.chars().filter(char::is_ascii_digit).count();
            let is_time = cell.contains('T') && cell.contains(':');
            if (digits >= 10 && !is_time) || cell.contains('@') {
                looked_for += 1;
                assert!(!all.contains(cell), "{cell} stands in {}", draft.filing.number);
            }
        }
    }
    assert!(looked_for > 200, "{looked_for}");
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn a_submitted_report_ends_its_clock_and_a_supplement_says_what_changed(#[case] backend: Backend) {
    let office = legal_office(backend);
    // There is no cohort yet, and the report is due all the same.
    let first = office.draft("kisa_incident", None);
    assert_eq!((first.missing.as_slice(), first.late.len()), (&[][..], 0), "{first:#?}");
    office.clock.advance(TimeDelta::minutes(30));
    let done = office.submit(&first, "web").unwrap();
    let stands: Vec<_> = done.clocks.iter().map(|row| row.stands.as_str()).collect();
    assert_eq!(stands, ["met, 23 h to spare"]);
    assert_eq!(office.submit(&first, "web").unwrap_err().code, "submitted");

    let lists = office.lists(&[(12, 9), (30, 22)]);
    office.scene.take_list(&lists[0]).unwrap();
    office.clock.advance(kst("2025-09-18T10:00") - office.home().now());
    let known = Some(Known { at: kst("2025-09-18T09:00"), what: Some("30 lines") });
    let options = ImportOptions { accept_rejects: 0, expect_change: true, known, by: SECURITY };
    cohort::import(office.home(), CODE, &lists[1], &options).unwrap();
    office.clock.advance(TimeDelta::hours(47));

    let late = office.draft("kisa_incident", None);
    assert_eq!(late.filing.supplement_of.as_ref().unwrap().no, 1);
    let said: Vec<_> = late.late.iter().map(|one| (one.rule.as_str(), one.by.as_str())).collect();
    assert_eq!(said, [("KR-NET-58-2-2", "24 h")]);
    let refused = office.submit(&late, "web").unwrap_err();
    assert_eq!(refused.code, "late");
    assert!(refused.details[0].ends_with("late by 24 h"), "{refused:#?}");

    let reason = Some("the list had to be checked by hand");
    let why = office.draft_because("kisa_incident", Some(office.home().now()), reason);
    let facts = office.facts(&why);
    assert_eq!(facts["since"]["lines"], serde_json::json!([0, 30]));
    assert_eq!(facts["follows"], serde_json::json!({ "no": 1, "supplement": 1 }));
    let text = filing::show(office.home(), &why.filing.number.to_string()).unwrap().text;
    assert!(text.contains("the list had to be checked by hand"), "{text}");
    let done = office.submit(&why, "mail").unwrap();
    assert_eq!(done.clocks[0].stands, "LATE by 24 h");
    assert_eq!(office.submit(&late, "web").unwrap_err().code, "overtaken");
}

/// At 09:30 on 11 September, the knowledge time of 09:00 selected.
fn legal_office(backend: Backend) -> Office {
    let office = Office::open(backend, Clock::still(kst("2025-09-11T09:30")), None, None);
    office.chosen_by_both();
    office
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn an_answer_is_recorded_once_and_only_to_what_was_submitted(#[case] backend: Backend) {
    let office = legal_office(backend);
    let draft = office.draft("kisa_incident", None);
    let number = draft.filing.number.to_string();
    let answer =
        |receipt: &str, at| filing::acknowledge(office.home(), &number, receipt, at, PRIVACY);
    let now = office.home().now();
    assert_eq!(answer("KISA-17", now).unwrap_err().code, "not_submitted");
    assert_eq!(office.submit(&draft, "fax").unwrap_err().code, "channel");
    office.submit(&draft, "phone").unwrap();
    assert_eq!(answer("KISA-17", now - TimeDelta::hours(1)).unwrap_err().code, "time");
    assert_eq!(answer("  ", now).unwrap_err().code, "receipt");
    let kept = answer("KISA-17", now).unwrap();
    assert_eq!(kept.acknowledged.unwrap().acknowledgement, "KISA-17");
    assert_eq!(answer("KISA-18", now).unwrap_err().code, "acknowledged");
    let all = filing::list(office.home(), CODE).unwrap();
    assert_eq!(all.iter().map(filing::FilingAnswer::stands).collect::<Vec<_>>(), ["acknowledged"]);
}

#[rstest]
#[case::sqlite(Backend::Sqlite)]
#[case::postgres(Backend::Postgres)]
fn what_the_law_asks_is_there_before_it_is_submitted(#[case] backend: Backend) {
    let office = legal_office(backend);
    let draft = office.draft("gdpr_33", None);
    assert_eq!(draft.missing, ["likely consequences (consequences)"]);
    let refused = office.submit(&draft, "web").unwrap_err();
    assert_eq!((refused.code, refused.details.len()), ("incomplete", 1));
    let consequences = Some("Calls could be intercepted.");
    let new = NewDraft {
        kind: "gdpr_33",
        incident: CODE,
        as_of: None,
        late_reason: None,
        consequences,
        by: PRIVACY,
    };
    let whole = filing::render(office.home(), &new).unwrap();
    assert_eq!(whole.filing.number.no, 2, "the same instant with other words is another draft");
    office.submit(&whole, "web").unwrap();
    // A supplement says it again without being told.
    office.clock.advance(TimeDelta::hours(1));
    let next = office.draft("gdpr_33", None);
    assert_eq!(office.facts(&next)["consequences"].as_str(), consequences);
    let early = NewDraft { as_of: Some(kst("2025-09-10T00:00")), ..new };
    assert_eq!(filing::render(office.home(), &early).unwrap_err().code, "as_of");
    let future = NewDraft { as_of: Some(kst("2025-10-10T00:00")), ..new };
    assert_eq!(filing::render(office.home(), &future).unwrap_err().code, "time");
    let by = NewDraft { by: SECURITY, ..new };
    assert_eq!(filing::render(office.home(), &by).unwrap_err().code, "not_allowed");
}
