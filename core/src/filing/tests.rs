use chrono::{DateTime, Utc};

use super::*;
use crate::cohort::{Item, ItemSet};
use crate::delivery::{Rung, Terminal};
use crate::id::{RevisionNo, WaveNo};
use crate::incident::IncidentCode;
use crate::law::{Anchor, Element, PackSet};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn items(all: &[Item]) -> ItemSet {
    all.iter().copied().collect()
}

/// What stands in a first report of a small story.
fn facts(kind: FilingKind) -> FilingFacts {
    FilingFacts {
        number: FilingNumber { incident: IncidentCode::parse("HB-2025-09").unwrap(), kind, no: 1 },
        follows: None,
        as_of: at("2025-09-12T01:00:00Z"),
        filer: Filer {
            organisation: "한빛모바일 주식회사".to_owned(),
            representative: "대표이사".to_owned(),
            department: "개인정보보호팀".to_owned(),
            phone: "02-000-0114".to_owned(),
            email: String::new(),
        },
        title: "rogue base stations".to_owned(),
        leak: Leak {
            occurred: "2025년 8월 5일부터 9월 5일까지".to_owned(),
            circumstances: "불법 초소형 기지국을 거친 정보가 유출되었습니다.".to_owned(),
            is_suspected: false,
            external_access: Determined::Open,
        },
        revisions: vec![revision()],
        knowledge: vec![
            known(1, "2025-09-01T00:00:00Z", Mark::Candidate),
            known(2, "2025-09-11T00:00:00Z", Mark::Selected),
        ],
        waves: vec![wave()],
        persons_told: 3_968,
        lines_told: 5_200,
        response: response(),
        consequences: "Calls may be intercepted.".to_owned(),
        late_reason: None,
        since: None,
    }
}

fn response() -> Response {
    Response {
        self_help: vec!["유심을 교체해 주십시오.".to_owned()],
        measures: vec!["접속을 차단하였습니다.".to_owned()],
        relief: vec!["전액 보상합니다.".to_owned()],
        rights: Vec::new(),
        desk: ReliefDesk {
            name: "전담센터".to_owned(),
            phone: "080-000-0114".to_owned(),
            hours: "24시간".to_owned(),
        },
    }
}

fn revision() -> RevisionFacts {
    RevisionFacts {
        no: RevisionNo(1),
        at: at("2025-09-11T05:51:00Z"),
        lines: 5_561,
        persons: 4_170,
        unresolved: 3,
        confirmed: items(&[Item::Imsi]),
        possible: items(&[Item::Msisdn, Item::Imei]),
    }
}

fn wave() -> WaveFacts {
    WaveFacts {
        no: WaveNo(1),
        revision: RevisionNo(1),
        released_at: at("2025-09-11T08:00:00Z"),
        is_cancelled: false,
        owed: 4_170,
        left_out: 2,
        told: vec![
            ToldFacts { rung: Rung::Lms, how: Terminal::Delivered, persons: 3_951 },
            ToldFacts { rung: Rung::Letter, how: Terminal::Lettered, persons: 17 },
        ],
        in_doubt: 4,
        open: 198,
    }
}

fn known(no: i32, when: &str, mark: Mark) -> KnownFacts {
    KnownFacts {
        no,
        at: at(when),
        who: "사기대응팀".to_owned(),
        what: "이상 결제".to_owned(),
        evidence: "문서 12".to_owned(),
        anchors: vec![Anchor::KrLeakKnown],
        revision: None,
        mark,
    }
}

/// The next report, with more people in it.
fn later(before: &FilingFacts) -> FilingFacts {
    let first = revision();
    let second = RevisionFacts {
        no: RevisionNo(2),
        lines: 20_030,
        persons: 15_003,
        confirmed: items(&[Item::Imsi, Item::Msisdn]),
        ..first
    };
    let mut now = FilingFacts {
        number: FilingNumber { no: 3, ..before.number.clone() },
        follows: Some(Follows { no: 1, supplement: 1 }),
        as_of: at("2025-09-18T01:00:00Z"),
        revisions: vec![first, second],
        ..before.clone()
    };
    now.knowledge.push(known(3, "2025-09-17T00:00:00Z", Mark::Other));
    now.response.measures.push("신고하였습니다.".to_owned());
    now.since = Some(Since::between(before, &now));
    now
}

#[test]
fn names_and_numbers_read_back() {
    for kind in FilingKind::ALL {
        assert_eq!(FilingKind::parse(kind.name()), Ok(kind));
        let text = format!("HB-2025-09/{kind}/12");
        let number = FilingNumber::parse(&text).unwrap();
        assert_eq!((number.to_string(), number.no, number.kind), (text, 12, kind));
        let json = serde_json::to_string(&kind).unwrap();
        assert_eq!(json, format!("\"{kind}\""));
    }
    for channel in FilingChannel::ALL {
        assert_eq!(FilingChannel::parse(channel.name()), Ok(channel));
    }
    for bad in
        ["HB-2025-09/pipc_leak", "HB-2025-09/pipc_leak/0", "HB-2025-09/pipc/1", "/pipc_leak/1"]
    {
        assert_eq!(FilingNumber::parse(bad), Err(ParseFilingNumberError), "{bad}");
    }
}

#[test]
fn a_kind_answers_the_reports_of_its_statute_alone() {
    let packs = PackSet::builtin();
    let answered = |kind: FilingKind| -> Vec<String> {
        let all = packs.iter().flat_map(|pack| pack.rules.iter().map(move |rule| (pack, rule)));
        let mut found: Vec<_> = all
            .filter(|(pack, rule)| kind.answers(pack, rule))
            .map(|(_, rule)| rule.id.to_string())
            .collect();
        found.sort();
        found.dedup();
        found
    };
    assert_eq!(answered(FilingKind::PipcLeak), ["KR-PIPA-34-4", "KR-PIPA-40-2"]);
    assert_eq!(answered(FilingKind::KisaIncident), ["KR-NET-48-3", "KR-NET-58-2-2"]);
    assert_eq!(answered(FilingKind::Gdpr33), ["EU-GDPR-33"]);
}

#[test]
fn channels_are_those_a_rule_names() {
    let packs = PackSet::builtin();
    let rules = packs.iter().flat_map(|pack| &pack.rules);
    let rule = rules.clone().find(|rule| rule.id.as_str() == "KR-PIPA-34-4").unwrap();
    assert!(FilingChannel::Web.serves(rule) && !FilingChannel::Phone.serves(rule));
    let rule = rules.clone().find(|rule| rule.id.as_str() == "KR-NET-48-3").unwrap();
    assert!(FilingChannel::Phone.serves(rule) && !FilingChannel::Fax.serves(rule));
    let rule = rules.clone().find(|rule| rule.id.as_str() == "EU-GDPR-33").unwrap();
    assert!(FilingChannel::ALL.into_iter().all(|channel| channel.serves(rule)));
}

#[test]
fn what_the_law_asks_must_be_there() {
    let asked = [Element::Items, Element::WhenHow, Element::SelfHelp, Element::LegalRights];
    let full = facts(FilingKind::PipcLeak);
    assert_eq!(missing(&full, asked), [Missing::Element(Element::LegalRights)]);
    // What is not confirmed yet follows.
    let early = FilingFacts { revisions: Vec::new(), ..full.clone() };
    assert_eq!(missing(&early, [Element::Items]), []);
    let network = FilingNumber { kind: FilingKind::KisaIncident, ..full.number.clone() };
    let network = FilingFacts { number: network, revisions: Vec::new(), ..full.clone() };
    assert_eq!(missing(&network, [Element::Items]), [Missing::Element(Element::Items)]);
    let nobody = FilingFacts { filer: Filer::default(), ..full };
    let said: Vec<String> = missing(&nobody, []).iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 4);
    assert_eq!(said[0], "organisation of who reports");
}

#[test]
fn a_supplement_says_what_changed() {
    let before = facts(FilingKind::PipcLeak);
    let now = later(&before);
    let since = now.since.clone().unwrap();
    assert_eq!((since.lines, since.persons), ([5_561, 20_030], [4_170, 15_003]));
    assert_eq!(since.confirmed, items(&[Item::Msisdn]));
    assert_eq!((since.possible, since.withdrawn), (ItemSet::EMPTY, ItemSet::EMPTY));
    assert_eq!((since.revisions, since.knowledge), (vec![RevisionNo(2)], vec![3]));
    assert_eq!(since.parts, [Part::Measures]);
    let same = Since::between(&before, &before);
    assert!(same.is_nothing() && !now.since.as_ref().unwrap().is_nothing());
    let repeated = FilingFacts { since: Some(same), ..before };
    assert_eq!(missing(&repeated, [Element::NewFact]), [Missing::Element(Element::NewFact)]);
    assert_eq!(missing(&now, [Element::NewFact]), []);
}

#[test]
fn facts_read_back() {
    let facts = later(&facts(FilingKind::Gdpr33));
    let json = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<FilingFacts>(&json).unwrap(), facts);
}

#[cfg(feature = "render")]
mod rendered {
    use chrono_tz::Asia::Seoul;

    use super::*;

    fn all(facts: &FilingFacts) -> String {
        let RenderedFiling { text, html } = render(facts, Seoul).unwrap();
        format!("{text}\n----\n{html}")
    }

    #[test]
    fn a_report_of_each_kind() {
        for kind in FilingKind::ALL {
            let first = facts(kind);
            insta::assert_snapshot!(format!("{kind}_first"), all(&first));
            let late = Some("피해 범위 확인이 늦어졌습니다.".to_owned());
            let second = FilingFacts { late_reason: late, ..later(&first) };
            insta::assert_snapshot!(
                format!("{kind}_supplement"),
                render(&second, Seoul).unwrap().text
            );
        }
    }

    #[test]
    fn before_there_is_a_cohort_it_says_so() {
        for kind in FilingKind::ALL {
            let empty = FilingFacts {
                revisions: Vec::new(),
                knowledge: Vec::new(),
                waves: Vec::new(),
                filer: Filer::default(),
                ..facts(kind)
            };
            insta::assert_snapshot!(format!("{kind}_early"), render(&empty, Seoul).unwrap().text);
        }
    }

    #[test]
    fn a_moment_is_called_by_the_law_it_is_read_under() {
        let mut korean = facts(FilingKind::PipcLeak);
        korean.knowledge.truncate(1);
        korean.knowledge[0].anchors = vec![Anchor::KrLeakKnown, Anchor::JpAware];
        let text = render(&korean, Seoul).unwrap().text;
        assert!(text.contains("해당 시점: 개인정보 유출등 인지\n"), "{text}");
        let mut european = FilingFacts { ..korean };
        european.number.kind = FilingKind::Gdpr33;
        let text = render(&european, Seoul).unwrap().text;
        assert!(text.contains("as: moment under another law\n"), "{text}");
    }

    #[test]
    fn the_same_facts_give_the_same_bytes() {
        for kind in FilingKind::ALL {
            let facts = later(&facts(kind));
            assert_eq!(render(&facts, Seoul), render(&facts.clone(), Seoul));
        }
    }

    #[test]
    fn markup_in_what_staff_wrote_is_shown_not_obeyed() {
        let hostile = "O'Brien & <script>alert(\"x\")</script> {{title}}";
        for kind in FilingKind::ALL {
            let mut facts = later(&facts(kind));
            for text in
                [&mut facts.title, &mut facts.leak.circumstances, &mut facts.filer.department]
            {
                hostile.clone_into(text);
            }
            for known in &mut facts.knowledge {
                hostile.clone_into(&mut known.what);
                hostile.clone_into(&mut known.evidence);
            }
            facts.late_reason = Some(hostile.to_owned());
            facts.response.measures.push(hostile.to_owned());
            let RenderedFiling { text, html } = render(&facts, Seoul).unwrap();
            assert!(text.contains(hostile) && !html.contains("<script>"));
            assert!(html.contains("&lt;script&gt;") && html.contains("{{title}}"));
        }
    }

    #[test]
    fn nothing_personal_stands_in_it() {
        let planted = ["010-1234-5678", "450081234567890", "kim@example.com"];
        let sentence = planted.join(" / ");
        for kind in FilingKind::ALL {
            let mut facts = later(&facts(kind));
            facts.title.clone_from(&sentence);
            facts.knowledge[0].evidence.clone_from(&sentence);
            facts.response.self_help.push(sentence.clone());
            facts.late_reason = Some(sentence.clone());
            let masked = all(&facts.masked());
            for value in planted {
                assert!(!masked.contains(value), "{kind}: {value}");
            }
            assert!(masked.contains("02-000-0114") && masked.contains("080-000-0114"));
        }
    }
}
