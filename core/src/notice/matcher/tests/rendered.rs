//! What the templates make is recognised: every kind, language, rung and role.

use proptest::prelude::*;

use super::*;
use crate::cohort::{Item, ItemSet};
use crate::identity::{PersonName, PostalAddress};
use crate::notice::words::tests::{CARRIER, INCIDENT};
use crate::notice::{
    CarrierWords, IncidentWords, RemedyVariables, TemplateSet, TemplateSource, Variables,
};

const LATER: &str = "suspected_occurred = \"2025\"\nsuspected_circumstances = \"a, b\"\nall_clear_reason = \"c, d\"\ncorrection_reason = \"e, f\"\n";

struct Scene {
    set: TemplateSet,
    incident: IncidentWords,
    carrier: CarrierWords,
}

fn scene() -> Scene {
    let incident = ["[ko]\n", "[en]\n"].into_iter().fold(INCIDENT.to_owned(), |words, section| {
        if words.contains("all_clear_reason") {
            return words;
        }
        words.replace(section, &format!("{section}{LATER}"))
    });
    Scene {
        set: TemplateSet::builtin(),
        incident: IncidentWords::parse(&incident).unwrap(),
        carrier: CarrierWords::parse(CARRIER).unwrap(),
    }
}

fn variables(source: &TemplateSource, role: RecipientRole, name: &str) -> Variables {
    let is_remedy = source.kind.name().starts_with("remedy");
    let text = |text: &str| text.to_owned();
    Variables {
        kind: source.kind,
        language: source.language,
        brand: text("hanbit"),
        addressee: PersonName::parse(name).ok(),
        address: Some(PostalAddress::parse("04524 서울 중구 세종대로 110|3층").unwrap()),
        role,
        confirmed: [Item::Msisdn, Item::Imsi].into_iter().collect(),
        possible: [Item::Location].into_iter().collect(),
        withdrawn: ItemSet::from_iter([Item::Name]),
        lines: 2,
        as_of: text("2025-10-17, r3"),
        minor: false,
        code: Some(MessageCode::from_bytes([7; 5]).to_string()),
        remedy: is_remedy.then(|| RemedyVariables {
            agency: text("종로점"),
            address: text("종로 1"),
            until: text("10월 3일"),
            hours: text("9시부터 18시까지"),
            order: text("A-12"),
        }),
    }
}

/// Each rendered text with the wording it was made of; a sheet as the reader sees it.
fn texts(scene: &Scene, name: &str) -> Vec<(String, Wording, String)> {
    let mut texts = Vec::new();
    for template in scene.set.iter() {
        for role in RecipientRole::ALL {
            let variables = variables(template.source(), role, name);
            for rung in template.rungs() {
                let Scene { set, incident, carrier } = scene;
                let Ok(rendered) = set.render(rung, &variables, incident, carrier) else {
                    continue;
                };
                let wording = set.wording(rung, &variables, incident, carrier).unwrap();
                let text =
                    if rendered.text.is_empty() { filled(&wording, name) } else { rendered.text };
                let what =
                    format!("{:?} {:?} {rung:?} {role:?}", variables.kind, variables.language);
                texts.push((what, wording, text));
            }
        }
    }
    texts
}

fn filled(wording: &Wording, name: &str) -> String {
    wording.fill(|_, gap| match gap {
        Gap::Name => name,
        Gap::Code => "28T-5CY-4TH",
        Gap::Address => "서울 중구 110",
        Gap::Order => "A-12",
    })
}

#[test]
fn every_text_of_every_template_is_recognised() {
    let scene = scene();
    let texts = texts(&scene, "홍길동");
    let wordings: Vec<Wording> = texts.iter().map(|(_, wording, _)| wording.clone()).collect();
    let matcher = Matcher::new(&wordings);
    assert!(texts.len() >= 60, "{}", texts.len());
    for (what, wording, text) in &texts {
        let above = format!("[Web발신]\n{}\n", wording.subject.as_deref().unwrap_or_default());
        // One role stands for all where only what surrounds the text differs.
        let is_first = wording.role == RecipientRole::Holder;
        let wrapped = text.replace([' ', '\n'], "\r\n ");
        let variants =
            [text.clone(), format!("[Web발신]\n{text}"), format!("{above}{text}"), wrapped];
        for shown in variants.iter().take(if is_first { 4 } else { 1 }) {
            let Verdict::Official { at, .. } = matcher.classify(shown) else {
                panic!("{what}: {shown}")
            };
            assert_eq!(wordings[at].pieces, wording.pieces, "{what}");
        }
    }
}

#[test]
fn a_forged_hotline_in_any_text_is_seen() {
    let scene = scene();
    for (what, wording, text) in texts(&scene, "Kim Minsu") {
        let matcher = Matcher::new([&wording]);
        assert!(matches!(matcher.classify(&text), Verdict::Official { .. }), "{what}: {text}");
        for (ours, theirs) in
            [("080-000-0114", "080-000-0115"), ("114", "1144"), (".", ". bit.ly/x ")]
        {
            if text.contains(ours) {
                let forged = text.replacen(ours, theirs, 1);
                assert!(
                    matches!(matcher.classify(&forged), Verdict::Altered { .. }),
                    "{what}: {forged}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_name_a_greeting_takes_is_recognised(
        name in "[가-힣]{2,5}|[A-Z][a-z]{1,8} [A-Z]\\. [A-Z][a-z]{1,8}|㈜[가-힣]{2,6}|\\PC{1,20}",
    ) {
        static SCENE: std::sync::OnceLock<Scene> = std::sync::OnceLock::new();
        for (what, wording, text) in texts(SCENE.get_or_init(scene), &name) {
            // A sheet is filled with the name as it is; only what rendering lets through counts.
            if wording.rung == Rung::Letter || wording.rung == Rung::Posting {
                continue;
            }
            let verdict = Matcher::new([&wording]).classify(&text);
            prop_assert!(matches!(verdict, Verdict::Official { .. }), "{}: {}", what, text);
        }
    }
}
