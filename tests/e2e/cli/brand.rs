//! Brands that tell their people themselves: a sealed list out, results back.

use std::io::Read;

use serde_json::{Value, json};

use crate::end::{legal, plan, planned, posting, release, send, start};
use crate::sandbox::{Sandbox, sandbox};
use crate::stage::{Said, Stage};

/// A released wave with two people of a brand that opens lists with this identity.
struct Scene {
    stage: Stage,
    _sandbox: Sandbox,
    identity: age::x25519::Identity,
}

impl Scene {
    fn released() -> Self {
        let identity = age::x25519::Identity::generate();
        let stage = planned(Some(&identity.to_public().to_string()));
        let sandbox = sandbox(&stage);
        plan(&stage);
        let scene = Self { stage, _sandbox: sandbox, identity };
        assert_eq!(scene.export("sori").with(1).json()["code"], "wave_state");
        release(&scene.stage, "1");
        posting(&scene.stage, &start(&[])).with(0);
        scene
    }

    fn export(&self, brand: &str) -> Said {
        let list = self.stage.text_path("sori.age");
        let words = ["brand", "export", "--wave", "1", "--brand", brand, "--by", "messaging"];
        self.stage.run(&[&words[..], &["--out", &list, "--json"]].concat())
    }

    fn results(&self, rows: &[Value]) -> Said {
        let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
        let file = self.stage.write("results.jsonl", format!("{}\n", rows.join("\n")));
        let words = ["brand", "results", "--wave", "1", "--brand", "sori", &file];
        self.stage.run(&[&words[..], &["--by", "messaging", "--json"]].concat())
    }

    /// The lines of the list, opened by the brand.
    fn opened(&self) -> Vec<Value> {
        let sealed = std::fs::read(self.stage.path("sori.age")).unwrap();
        let key: &dyn age::Identity = &self.identity;
        let mut text = String::new();
        let mut reader =
            age::Decryptor::new(&sealed[..]).unwrap().decrypt(std::iter::once(key)).unwrap();
        reader.read_to_string(&mut text).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn references(&self) -> Vec<String> {
        self.opened().iter().map(|line| line["reference"].as_str().unwrap().to_owned()).collect()
    }
}

fn row(reference: &str, outcome: &str, at: &Value) -> Value {
    json!({ "reference": reference, "outcome": outcome, "at": at })
}

#[test]
fn a_list_is_sealed_for_its_brand_and_the_same_again_is_flagged() {
    let scene = Scene::released();
    assert_eq!(send(&scene.stage, "1")["ended"], "idle");
    let open = legal(&scene.stage, "1");
    assert_eq!(
        (&open["delivered"], &open["open"]["not_started"]),
        (&6.into(), &2.into()),
        "{open}"
    );
    assert_eq!(scene.export("hanbit").with(1).json()["code"], "no_list");
    let first = scene.export("sori").with(0).json();
    assert_eq!((&first["targets"], &first["repeated"]), (&2.into(), &0.into()));
    assert_eq!(legal(&scene.stage, "1")["open"]["awaiting_brand"], 2);
    let lines = scene.opened();
    assert_eq!(
        (&lines[0]["ways"][0]["rung"], &lines[0]["repeated"]),
        (&"lms".into(), &false.into())
    );
    let mails: Vec<&str> =
        lines.iter().map(|line| line["ways"][1]["to"].as_str().unwrap()).collect();
    assert!(mails.contains(&"p7@mail.example") && mails.contains(&"p8@mail.example"));
    let references = scene.references();
    let again = scene.export("sori").with(0).json();
    assert_eq!((&again["targets"], &again["repeated"]), (&2.into(), &2.into()));
    assert_eq!(again["no"], 2);
    assert!(scene.opened().iter().all(|line| line["repeated"] == true));
    assert_eq!(scene.references(), references);
    // Who opens it was signed.
    let (ours, theirs) =
        (scene.identity.to_public().to_string(), age::x25519::Identity::generate().to_public());
    scene.stage.configure(&ours, &theirs.to_string());
    assert_eq!(scene.export("sori").with(1).json()["code"], "not_as_signed");
    scene.stage.configure(&theirs.to_string(), &ours);
    // Whatever else lies there is not written over.
    scene.stage.write("sori.age", "notes of ours");
    assert_eq!(scene.export("sori").with(1).json()["code"], "exists");
}

#[test]
fn results_are_taken_whole_or_not_at_all() {
    let scene = Scene::released();
    send(&scene.stage, "1");
    let at = scene.export("sori").with(0).json()["at"].clone();
    let references = scene.references();
    let [one, two] = references.as_slice() else { panic!("{references:?}") };
    let bad = [
        row(one, "delivered", &at),
        row("w9.c1.p0.t1", "delivered", &at),
        row(two, "delivered", &"2999-01-01T00:00:00Z".into()),
        row(two, "shouted", &at),
        row(two, "mailed", &at),
    ];
    let refused = scene.results(&bad).with(1).json();
    let why = [
        "row 2: it is of w9",
        "row 3: it says what will be",
        "row 4: no result",
        "row 5: a mail counts",
    ];
    let details = refused["details"].as_array().unwrap();
    assert_eq!(details.len(), why.len(), "{refused}");
    assert!(details.iter().zip(why).all(|(line, why)| line.as_str().unwrap().starts_with(why)));
    let unknown = [row(one, "delivered", &at), row("w1.c1.p0.t1", "delivered", &at)];
    let refused = scene.results(&unknown).with(1).json();
    assert_eq!(refused["details"][0], "row 2: no list of this brand has this reference");
    let early = [row(one, "delivered", &"2025-01-01T00:00:00Z".into())];
    let refused = scene.results(&early).with(1).json();
    assert_eq!(refused["details"][0], "row 1: it is of a time before the list was made");
    assert_eq!(legal(&scene.stage, "1")["delivered"], 6, "nothing is half done");

    let good = [row(one, "delivered", &at), row(two, "lettered", &at)];
    let taken = scene.results(&good).with(0).json();
    assert_eq!((&taken["rows"], &taken["new"]), (&2.into(), &2.into()));
    assert_eq!(taken["repeated"], false);
    assert_eq!(scene.results(&good).with(0).json()["repeated"], true);
    let told = legal(&scene.stage, "1");
    assert_eq!((&told["delivered"], &told["lettered"]), (&7.into(), &1.into()), "{told}");
    assert_eq!(told["complete"], 10);
    assert_eq!(send(&scene.stage, "1")["ended"], "complete");
    let verified = scene.stage.run(&["verify", "--json"]).with(0).json();
    assert_eq!(verified["fault_count"], 0, "{verified}");
    let log = scene.stage.read("sandbox/smsc.jsonl");
    let is_ours = |number: &str| log.contains(number);
    assert!(!is_ours("10000007") && !is_ours("10000008"), "they got a message of ours");
}

#[test]
fn whom_a_brand_does_not_reach_goes_down_the_carriers_ladder() {
    let scene = Scene::released();
    let at = scene.export("sori").with(0).json()["at"].clone();
    let rows: Vec<Value> =
        scene.references().iter().map(|reference| row(reference, "failed", &at)).collect();
    scene.results(&rows).with(0);
    send(&scene.stage, "1");
    let open = legal(&scene.stage, "1")["open"].clone();
    assert_eq!(open["awaiting_bounce_window"], 2, "{open}");
}
