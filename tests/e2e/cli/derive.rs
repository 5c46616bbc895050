//! Deriving a revision from records, and asking about it.

use crate::stage::{CODE, Said, Stage, imsi, number};

/// A record of card 3 at the rogue cell; one of card 4 a quarter of an hour after it was rogue.
fn attach() -> String {
    let row = |n, from, to| {
        format!("{},,450-08-7,2025-09-04T{from}:00+09:00,2025-09-04T{to}:00+09:00\n", imsi(n))
    };
    let rows = row(3, "15:10", "15:20") + &row(4, "15:45", "15:50");
    format!("imsi,imei,cell,start,end\n{rows}")
}

const CELLS: &str = "cell,from,to,reads,certainty\n\
    450-08-7,2025-09-04T15:00:00+09:00,2025-09-04T15:30:00+09:00,imsi;imei,confirmed\n";

fn payments() -> String {
    let row = format!("{},2025-09-04T15:25:00+09:00,49000,ars\n", number(3));
    format!("msisdn,at,amount_won,method\n{row}")
}

struct Files {
    attach: String,
    cells: String,
    payments: String,
}

impl Files {
    fn of(stage: &Stage) -> Self {
        Self {
            attach: stage.write("attach.csv", attach()),
            cells: stage.write("cells.csv", CELLS),
            payments: stage.write("payments.csv", payments()),
        }
    }

    fn run(&self, stage: &Stage, verb: &str, more: &[&str]) -> Said {
        let words = ["cohort", verb, "--incident", CODE, "--by", "security"];
        let records =
            ["--attach", &self.attach, "--cells", &self.cells, "--payments", &self.payments];
        stage.run(&[&words[..], &records, more].concat())
    }
}

#[test]
fn records_become_a_revision_that_says_why() {
    let stage = Stage::ready();
    let files = Files::of(&stage);
    let said = files.run(&stage, "derive", &[]).with(0);
    for words in [
        "revision 1\n",
        "in-window              new cell                      1 new          0 more\n",
        "losses          paid-at-the-cell: 1 lines · 1 payments · 49,000 won\n",
    ] {
        assert!(said.out.contains(words), "no {words:?} in {}", said.out);
    }
    let again = files.run(&stage, "derive", &[]).with(0);
    assert!(
        again.out.starts_with("no change: the records say what revision 1 says\n"),
        "{again:?}"
    );
    let explain = |line, more: &[&str]| {
        let words = ["cohort", "explain", "--incident", CODE, "--line", line];
        let why = ["--purpose", "customer_request", "--by", "privacy"];
        stage.run(&[&words[..], &why, more].concat())
    };
    let why = explain("L3", &[]).with(0);
    let place = "in-window: at 450-08-7 from 2025-09-04 15:10:00 KST to 2025-09-04 15:20:00 KST";
    assert!(why.out.starts_with("the line is in revision 1\n"), "{}", why.out);
    assert!(why.out.contains(place) && !why.out.contains(&number(3)), "{}", why.out);
    let not = explain("L4", &["--attach", &files.attach, "--cells", &files.cells]).with(0);
    assert!(not.out.starts_with("the line is not in revision 1\n"), "{}", not.out);
    assert!(not.out.contains("900 s outside"), "{}", not.out);
    explain("L99", &[]).with(1).complains(&["knows no line by this reference"]);
}

#[test]
fn rules_are_printed_changed_and_compared() {
    let stage = Stage::ready();
    let files = Files::of(&stage);
    let shipped = stage.run(&["cohort", "rules"]).with(0).out;
    assert!(shipped.contains("id = \"simrecall-1\""), "{shipped}");
    let wider = shipped.replace("simrecall-1", "wider").replace("\"10m\"", "\"20m\"");
    let wider = stage.write("wider.toml", wider);
    let alone = files.run(&stage, "what-if", &["--rules", &wider]).with(1);
    alone.complains(&["nothing was derived", "hint: name two rule sets"]);
    files.run(&stage, "derive", &[]).with(0);
    let compared = files.run(&stage, "what-if", &["--rules", &wider, "--json"]).with(0).json();
    assert_eq!((&compared["one"]["lines"], &compared["other"]["lines"]), (&1.into(), &2.into()));
    assert_eq!(compared["only_other"], 1);
    let bad = stage.write("bad.toml", shipped.replace("grace", "mercy"));
    let refused = files.run(&stage, "derive", &["--rules", &bad]).with(1);
    refused.complains(&["bad.toml is no rule set: line ", "hint: "]);
    let query = stage.run(&["cohort", "derive", "--emit-sql", "trino"]).with(0).out;
    assert!(query.contains("SELECT") && query.contains("simrecall-1"), "{query}");
    let both = files.run(&stage, "derive", &["--emit-sql", "trino"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}
