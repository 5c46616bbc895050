//! A wave's notices pass when they say all that is asked, and nothing that does harm.

use rstest::rstest;

use super::*;
use crate::cohort::{Item, ItemSet};
use crate::notice::TemplateSource;
use crate::notice::encoding::Charset;
use crate::notice::words::tests::{CARRIER, INCIDENT};
use crate::subscriber::RecipientRole;

const NUMBERS: [&str; 4] = ["118", "112", "1332", "1833-6972"];

struct Scene {
    templates: TemplateSet,
    incident: IncidentWords,
    brands: BTreeMap<String, CarrierWords>,
}

fn scene() -> Scene {
    Scene { templates: TemplateSet::builtin(), ..scene_without() }
}

/// The words alone.
fn scene_without() -> Scene {
    Scene {
        templates: TemplateSet::new([]).unwrap(),
        incident: IncidentWords::parse(INCIDENT).unwrap(),
        brands: BTreeMap::from([("hanbit".to_owned(), CarrierWords::parse(CARRIER).unwrap())]),
    }
}

/// What PIPA asks since 2026 of a leak, and of a possible one.
fn asked_of(kind: NoticeKind) -> ElementsAsked {
    let shared =
        [Element::SelfHelp, Element::ResponseRemedy, Element::Contact, Element::LegalRights];
    let with = |more: &[Element]| shared.into_iter().chain(more.iter().copied()).collect();
    let leak = with(&[Element::Items, Element::WhenHow]);
    let possible = [
        Element::ItemsPossible,
        Element::WhenHowSuspected,
        Element::SelfHelp,
        Element::ResponseRemedy,
        Element::Contact,
        Element::FurtherNotice,
    ];
    let none = ElementsAsked::default();
    match kind {
        NoticeKind::Possible
        | NoticeKind::Confirmed
        | NoticeKind::Supplement
        | NoticeKind::Correction
        | NoticeKind::LossFound => {
            ElementsAsked { confirmed: leak, possible: possible.into(), ..none }
        }
        NoticeKind::AllClear => ElementsAsked { always: [Element::AllClear].into(), ..none },
        NoticeKind::RemedyVisit | NoticeKind::RemedyReady | NoticeKind::RemedyDone => none,
    }
}

impl Scene {
    fn asked(&self, kind: NoticeKind, languages: &[Language]) -> Asked<'_> {
        let has = |rung: &Rung| {
            self.templates.iter().any(|template| {
                template.source().kind == kind && template.rungs().any(|has| has == *rung)
            })
        };
        let ucs2 = Capacity { charset: Charset::Ucs2, long_bytes: 4_000 };
        let rungs = Rung::ALL.into_iter().filter(has).map(|rung| match rung {
            Rung::Lms => (rung, vec![Capacity::DOMESTIC, ucs2]),
            Rung::Sms | Rung::Email | Rung::Letter | Rung::Posting => (rung, Vec::new()),
        });
        Asked {
            templates: &self.templates,
            incident: &self.incident,
            brands: &self.brands,
            kinds: BTreeMap::from([(kind, asked_of(kind))]),
            languages: languages.iter().copied().collect(),
            rungs: rungs.collect(),
            numbers: NUMBERS.map(str::to_owned).into(),
            extremes: Vec::new(),
        }
    }

    fn lint(&self, kind: NoticeKind) -> Report {
        lint(&self.asked(kind, &Language::ALL))
    }

    fn with_words(change: impl Fn(&str) -> String) -> Self {
        Self { incident: IncidentWords::parse(&change(INCIDENT)).unwrap(), ..scene() }
    }

    fn with_source(source: TemplateSource) -> Self {
        Self { templates: TemplateSet::new([source]).unwrap(), ..scene_without() }
    }

    fn source(&self, kind: NoticeKind, language: Language) -> TemplateSource {
        self.templates.get(kind, language).unwrap().source().clone()
    }
}

fn rules(report: &Report) -> BTreeSet<Rule> {
    report.findings.iter().map(|finding| finding.rule).collect()
}

#[test]
fn every_notice_that_ships_is_clean() {
    let scene = scene();
    let kinds: BTreeSet<_> =
        scene.templates.iter().map(|template| template.source().kind).collect();
    for kind in kinds {
        let report = scene.lint(kind);
        assert!(report.is_clean(), "{kind:?}: {:#?}", report.findings);
        assert!(report.checked > 0);
        assert!(report.elements.iter().all(|cell| cell.there));
        assert!(report.longest.iter().all(|longest| longest.bytes <= longest.limit));
    }
}

#[test]
fn the_same_question_gives_the_same_report() {
    let scene = scene();
    let [first, second] = [(); 2].map(|()| scene.lint(NoticeKind::Confirmed));
    assert_eq!(first.sha256(), second.sha256());
    let other = lint(&scene.asked(NoticeKind::Confirmed, &[Language::Korean]));
    assert_ne!(other.sha256(), first.sha256());
}

/// The file with a block's inside, or the whole block, gone.
fn cut(text: &str, element: Element, whole: bool) -> Option<String> {
    let open = format!("{{{{#element \"{element}\"}}}}");
    let close = "{{/element}}";
    let (before, from) = text.split_once(&open)?;
    let (_, after) = from.split_once(close)?;
    let rest = cut(after, element, whole).unwrap_or_else(|| after.to_owned());
    let left = if whole { String::new() } else { format!("{open}{close}") };
    Some(format!("{before}{left}{rest}"))
}

/// Every element of every file, gone or emptied, is found in just that file.
#[rstest]
fn an_element_that_goes_missing_is_found(
    #[values(
        NoticeKind::Possible,
        NoticeKind::Confirmed,
        NoticeKind::Supplement,
        NoticeKind::Correction,
        NoticeKind::AllClear,
        NoticeKind::LossFound
    )]
    kind: NoticeKind,
) {
    let builtin = scene();
    for template in builtin.templates.iter().filter(|template| template.source().kind == kind) {
        let used = used(&builtin, template);
        let worst = worst_case(kind, template.source().language);
        let elements: BTreeSet<_> =
            worst.iter().flat_map(|variables| asked_of(kind).of(variables)).collect();
        let mut tried = BTreeSet::new();
        for (file, element) in used.iter().flat_map(|file| elements.iter().map(move |e| (file, *e)))
        {
            for whole in [true, false] {
                let Some(cut) = cut(&template.source().files[file], element, whole) else {
                    continue;
                };
                let found = element_findings(template, file, cut);
                let here = place::path(template, file);
                assert_eq!(found, BTreeSet::from([here]), "{template:?} {element} {whole}");
                tried.insert(element);
            }
        }
        assert_eq!(tried, elements, "{template:?}");
    }
}

/// The files of the findings about elements, with one file changed.
fn element_findings(template: &NoticeTemplate, file: &str, text: String) -> BTreeSet<String> {
    let mut source = template.source().clone();
    let (kind, language) = (source.kind, source.language);
    source.files.insert(file.to_owned(), text);
    let scene = Scene { templates: TemplateSet::new([source]).unwrap(), ..scene_without() };
    let report = lint(&scene.asked(kind, &[language]));
    let findings = report.findings.into_iter().filter(|finding| finding.rule == Rule::Element);
    findings.map(|finding| finding.file).collect()
}

/// The files that texts of the template are made from.
fn used(scene: &Scene, template: &NoticeTemplate) -> BTreeSet<String> {
    let TemplateSource { kind, language, .. } = *template.source();
    let carrier = scene.brands.values().next().unwrap();
    let variables = worst_case(kind, language).remove(0);
    let marked = template.rungs().map(|rung| {
        template.marked(Order::new(rung, &variables, &scene.incident, carrier)).unwrap()
    });
    marked.flat_map(|marked| marked.forms).flat_map(|form| form.files).collect()
}

/// An apology as carriers have sent it: sorry, swap your card, and nothing that the law asks for.
const APOLOGY: &str = "[{{carrier}}]\n\
고객 여러분께 걱정을 끼쳐 드린 점 머리 숙여 사과드립니다. {{#if greeting}}{{greeting}} 고객님, {{/if}}\
원하시는 모든 고객님의 유심을 무료로 교체해 드립니다. 유심보호서비스에 가입하시면 교체하신 것과 같은 효과가 있습니다. \
빠른 시일 안에 안심하고 이용하실 수 있도록 최선을 다하겠습니다.\n";

#[test]
fn an_apology_without_the_elements_is_refused() {
    let mut source = scene().source(NoticeKind::Confirmed, Language::Korean);
    source.files.insert("lms.hbs".to_owned(), APOLOGY.to_owned());
    let scene = Scene::with_source(source);
    let report = lint(&scene.asked(NoticeKind::Confirmed, &[Language::Korean]));
    let missing: BTreeSet<_> = report
        .elements
        .iter()
        .filter(|cell| cell.rung == Rung::Lms && !cell.there)
        .map(|cell| cell.element.name())
        .collect();
    for element in ["items", "when_how", "self_help", "response_remedy", "contact", "legal_rights"]
    {
        assert!(missing.contains(element), "{element}: {missing:?}");
        let named = report.findings.iter().any(|finding| {
            finding.file == "confirmed/ko/lms.hbs"
                && finding.rung == Some(Rung::Lms)
                && finding.what.starts_with(&format!("{element} is not there"))
        });
        assert!(named, "{element}");
    }
    assert_eq!(rules(&report), BTreeSet::from([Rule::Element]));
}

/// The sample words with a field's first text led in by another.
fn led_in(words: &str, field: &str, text: &str) -> String {
    let opens = [format!("\n{field} = \""), format!("\n{field} = [\n  \"")];
    let open = opens.iter().find(|open| words.contains(open.as_str())).unwrap();
    words.replacen(open.as_str(), &format!("{open}{text} "), 1)
}

#[rstest]
#[case("self_help", "데이터를 무료로 드립니다.", Rule::Promotion)]
#[case("self_help", "010-9876-5432로 전화해 주십시오.", Rule::Number)]
#[case("occurred", "10.11.12.13에서", Rule::Value)]
#[case("circumstances", "<b>당사</b> 통신망에서", Rule::Markup)]
#[case("circumstances", "당사\u{200b} 통신망에서", Rule::Charset)]
#[case("circumstances", "똠 통신망에서", Rule::Charset)]
#[case("circumstances", "유출되었을 가능성이 있습니다.", Rule::Mixed)]
fn harm_in_the_words_is_found_where_it_is_written(
    #[case] field: &str,
    #[case] text: &str,
    #[case] rule: Rule,
) {
    let scene = Scene::with_words(|words| led_in(words, field, text));
    let mut asked = scene.asked(NoticeKind::Confirmed, &[Language::Korean]);
    // A mail has room for more; a message tells the character it lacks.
    asked.rungs.retain(|rung, _| match rung {
        Rung::Lms => rule == Rule::Charset,
        Rung::Sms | Rung::Email | Rung::Letter | Rung::Posting => true,
    });
    let found: Vec<_> =
        lint(&asked).findings.into_iter().filter(|found| found.rule != Rule::TooLong).collect();
    assert!(!found.is_empty());
    for finding in found {
        assert_eq!(finding.rule, rule, "{finding:?}");
        assert_eq!(finding.file, format!("incident words, [ko] {field}"), "{finding:?}");
    }
}

#[rstest]
#[case("이 문자는 www.evil.kr 에서", Rule::Address)]
#[case("정보가 노출되었습니다", Rule::Belittling)]
#[case("지금 쿠폰을 받으세요", Rule::Promotion)]
#[case("02-9876-5432", Rule::Number)]
fn harm_in_a_template_is_found_at_its_line(#[case] text: &str, #[case] rule: Rule) {
    let mut source = scene().source(NoticeKind::Confirmed, Language::Korean);
    let lms = source.files.get_mut("lms.hbs").unwrap();
    *lms = format!("{text}\n{lms}");
    let scene = Scene::with_source(source);
    let mut report = lint(&scene.asked(NoticeKind::Confirmed, &[Language::Korean]));
    report.findings.retain(|finding| finding.rule != Rule::TooLong);
    assert_eq!(rules(&report), BTreeSet::from([rule]));
    for finding in &report.findings {
        assert_eq!((finding.file.as_str(), finding.line), ("confirmed/ko/lms.hbs", Some(1)));
        assert_eq!(finding.rung, Some(Rung::Lms));
    }
}

#[test]
fn a_strange_host_in_a_mail_is_found() {
    let mut source = scene().source(NoticeKind::Confirmed, Language::Korean);
    let mail = source.files.get_mut("email.html.hbs").unwrap();
    *mail = format!("<a href=\"x\">y</a>\n{mail}");
    let letter = source.files.get_mut("letter.html.hbs").unwrap();
    *letter = format!("{letter}\nm.evil.kr");
    let scene = Scene::with_source(source);
    let report = lint(&scene.asked(NoticeKind::Confirmed, &[Language::Korean]));
    assert_eq!(rules(&report), BTreeSet::from([Rule::Host]));
    let rungs: BTreeSet<_> = report.findings.iter().map(|finding| finding.rung).collect();
    assert_eq!(rungs, BTreeSet::from([Some(Rung::Email), Some(Rung::Letter)]));
}

#[test]
fn a_text_that_outgrows_its_route_is_found() {
    let filler = "가".repeat(600);
    let scene = Scene::with_words(|words| {
        words.replacen("occurred = \"", &format!("occurred = \"{filler}"), 1)
    });
    let report = lint(&scene.asked(NoticeKind::Confirmed, &[Language::Korean]));
    assert_eq!(rules(&report), BTreeSet::from([Rule::TooLong]));
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].file, "confirmed/ko/lms.hbs");
}

#[test]
fn an_item_in_the_wrong_passage_is_found() {
    let mut source = scene().source(NoticeKind::Confirmed, Language::Korean);
    let everywhere = "{{#element \"items\"}}{{#each items}}{{this}} {{/each}}{{/element}}\n";
    let mail = source.files.get_mut("email.txt.hbs").unwrap();
    *mail = format!("{everywhere}{mail}");
    let scene = Scene::with_source(source);
    let report = lint(&scene.asked(NoticeKind::Confirmed, &[Language::Korean]));
    assert_eq!(rules(&report), BTreeSet::from([Rule::Mixed]));
}

#[test]
fn words_that_were_never_written_are_named() {
    let without = |words: &str| {
        let lines = words.lines().filter(|line| !line.contains("suspected_"));
        lines.flat_map(|line| [line, "\n"]).collect()
    };
    let scene = Scene::with_words(without);
    let report = lint(&scene.asked(NoticeKind::Possible, &[Language::Korean]));
    let files: BTreeSet<_> = report.findings.iter().map(|finding| finding.file.as_str()).collect();
    assert_eq!(files, BTreeSet::from(["incident words, [ko] suspected_occurred"]));
    assert_eq!(rules(&report), BTreeSet::from([Rule::Element]));
}

#[test]
fn what_has_no_words_is_named() {
    let scene = Scene { templates: TemplateSet::new([]).unwrap(), ..scene() };
    let report = lint(&scene.asked(NoticeKind::Confirmed, &[Language::Vietnamese]));
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].rule, Rule::NoTemplate);
    assert_eq!(report.findings[0].file, "confirmed/en");
}

#[test]
fn the_waves_own_extremes_are_looked_at() {
    let scene = scene();
    let mut asked = scene.asked(NoticeKind::Confirmed, &[Language::Korean]);
    let before = lint(&asked).checked;
    let own = Variables {
        brand: "hanbit".to_owned(),
        confirmed: [Item::Msisdn].into_iter().collect(),
        possible: ItemSet::EMPTY,
        lines: 117,
        role: RecipientRole::Holder,
        ..worst_case(NoticeKind::Confirmed, Language::Korean).remove(0)
    };
    asked.extremes = vec![own.clone(), Variables { brand: "nobody".to_owned(), ..own }];
    let report = lint(&asked);
    // Nothing of this wave is possible only, so nothing at its longest is looked at that is.
    assert!(report.checked < before && report.checked > before / 2);
    assert_eq!(rules(&report), BTreeSet::from([Rule::NoTemplate]));
    assert!(report.findings[0].what.contains("nobody"));
}

#[test]
fn what_is_asked_follows_what_a_notice_says() {
    let asked = asked_of(NoticeKind::Supplement);
    let facts = |confirmed: &[Item], possible: &[Item]| Variables {
        confirmed: confirmed.iter().copied().collect(),
        possible: possible.iter().copied().collect(),
        ..worst_case(NoticeKind::Supplement, Language::Korean).remove(0)
    };
    let leak = asked.of(&facts(&[Item::Imsi], &[Item::Imsi]));
    assert!(leak.contains(&Element::Items) && !leak.contains(&Element::FurtherNotice));
    let both = asked.of(&facts(&[Item::Imsi], &[Item::Imei]));
    assert!(both.contains(&Element::Items) && both.contains(&Element::FurtherNotice));
}
