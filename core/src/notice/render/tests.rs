//! What a person receives, word for word, and what no template may ever say.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::cohort::{Item, ItemSet};
use crate::identity::{PersonName, PostalAddress};
use crate::notice::encoding::{Capacity, Charset, LMS_BYTES, encode};
use crate::notice::harmless::{BELITTLING, has_address};
use crate::notice::words::tests::{CARRIER, INCIDENT};
use crate::notice::{Gap, RemedyVariables};
use crate::subscriber::RecipientRole;

const KINDS: [NoticeKind; 2] = [NoticeKind::Confirmed, NoticeKind::Supplement];
const LANGUAGES: [Language; 2] = [Language::Korean, Language::English];
const RUNGS: [Rung; 4] = [Rung::Lms, Rung::Email, Rung::Letter, Rung::Posting];

struct Scene {
    set: TemplateSet,
    incident: IncidentWords,
    carrier: CarrierWords,
}

fn scene() -> Scene {
    Scene {
        set: TemplateSet::builtin(),
        incident: IncidentWords::parse(INCIDENT).unwrap(),
        carrier: CarrierWords::parse(CARRIER).unwrap(),
    }
}

impl Scene {
    fn order<'a>(&'a self, rung: Rung, variables: &'a Variables) -> Order<'a> {
        Order::new(rung, variables, &self.incident, &self.carrier)
    }

    fn render(&self, rung: Rung, variables: &Variables) -> Result<Rendered, RenderError> {
        self.set.render_order(self.order(rung, variables))
    }
}

/// A person whose name tries everything.
fn hostile(kind: NoticeKind, language: Language) -> Variables {
    let confirmed: ItemSet = [Item::Msisdn, Item::Imsi, Item::Imei].into_iter().collect();
    let possible = ItemSet::EMPTY.with(Item::Location);
    let none = ItemSet::EMPTY;
    let [confirmed, possible, withdrawn] = match kind {
        NoticeKind::Possible => [none, confirmed.union(possible), none],
        NoticeKind::Confirmed | NoticeKind::Supplement => [confirmed, possible, none],
        NoticeKind::Correction => [confirmed, none, possible],
        NoticeKind::AllClear => [none, none, confirmed],
        NoticeKind::LossFound => [none.with(Item::PaymentLoss), none, none],
        NoticeKind::RemedyVisit | NoticeKind::RemedyReady | NoticeKind::RemedyDone => [none; 3],
    };
    Variables {
        kind,
        language,
        brand: "hanbit".to_owned(),
        addressee: Some(PersonName::parse(HOSTILE).unwrap()),
        address: Some(PostalAddress::parse("04524 서울 중구 <세종대로> 110|3층 & 4층").unwrap()),
        role: RecipientRole::Holder,
        confirmed,
        possible,
        withdrawn,
        lines: 2,
        as_of: "2025-10-17, r3".to_owned(),
        minor: false,
        code: None,
        remedy: kind.is_remedy().then(|| RemedyVariables {
            agency: "한빛 종로점".to_owned(),
            address: "서울 종로구 종로 1".to_owned(),
            until: "2025-10-31".to_owned(),
            hours: "10:00-19:00".to_owned(),
            order: "HB-7K3M".to_owned(),
        }),
    }
}

const HOSTILE: &str = "O'Brien & <b>{{x}}";

fn all(rendered: &Rendered) -> String {
    let html = rendered.html.as_deref().unwrap_or_default();
    format!("{}\n{}\n{html}", rendered.subject.as_deref().unwrap_or_default(), rendered.text)
}

/// What is read of each notice, rung by rung.
#[test]
fn every_notice_reads_as_reviewed() {
    let scene = scene();
    for template in scene.set.iter() {
        let TemplateSource { kind, language, .. } = *template.source();
        if scene.incident.text(language).is_none() || scene.carrier.text(language).is_none() {
            continue;
        }
        let texts = template.rungs().map(|rung| {
            let variables = hostile(kind, language);
            let order = scene.order(rung, &variables).within(carrying(language));
            let rendered = scene.set.render_order(order).unwrap();
            let subject = rendered.subject.as_deref().unwrap_or("none");
            let sheet = match rung {
                Rung::Lms | Rung::Sms | Rung::Email => String::new(),
                Rung::Letter | Rung::Posting => plain::plain(rendered.html.as_deref().unwrap()),
            };
            format!("=== {}\nsubject: {subject}\n\n{}{sheet}\n", rung.name(), rendered.text)
        });
        let name = format!("{}_{}", kind.name(), language.tag());
        insta::assert_snapshot!(name, texts.collect::<String>());
    }
}

/// A route that carries the language.
fn carrying(language: Language) -> Capacity {
    if Charset::Ksx1001.carries(language) {
        Capacity::DOMESTIC
    } else {
        Capacity { charset: Charset::Ucs2, long_bytes: 4_000 }
    }
}

/// The whole sheets of one kind; those of the others have the same frame.
#[test]
fn sheets_look_as_reviewed() {
    let scene = scene();
    for language in LANGUAGES {
        for rung in [Rung::Email, Rung::Letter, Rung::Posting] {
            let rendered = scene.render(rung, &hostile(NoticeKind::Confirmed, language)).unwrap();
            let name = format!("sheet_{}_{}", language.tag(), rung.name());
            insta::assert_snapshot!(name, rendered.html.unwrap());
        }
    }
}

/// A kind that ships has all its texts, in every language that ships.
#[test]
fn every_kind_has_its_texts_in_every_language() {
    let scene = scene();
    let languages: std::collections::BTreeSet<_> =
        scene.set.iter().map(|template| template.source().language).collect();
    for language in languages {
        for kind in NoticeKind::ALL {
            let template = scene.set.get(kind, language);
            let rungs: Vec<_> = template.into_iter().flat_map(NoticeTemplate::rungs).collect();
            let owed = [Rung::Lms, Rung::Email, Rung::Letter, Rung::Posting];
            for rung in owed.into_iter().take(if kind.is_remedy() { 3 } else { 4 }) {
                assert!(rungs.contains(&rung), "{kind:?} {language:?} {rung:?}");
            }
        }
    }
}

#[rstest]
#[case(RecipientRole::Guardian, "법정대리인으로 등록되어 있는", "legal guardian you are")]
#[case(RecipientRole::CompanyContact, "귀사 명의로 개통된 회선의", "lines held by your company")]
#[case(RecipientRole::Line, "이용하고 계신 회선의", "the line you use")]
#[case(RecipientRole::Holder, "고객님의 개인정보", "your personal data")]
fn each_role_is_addressed_as_what_it_is(
    #[case] role: RecipientRole,
    #[case] korean: &str,
    #[case] english: &str,
) {
    let scene = scene();
    for kind in KINDS {
        for (language, words) in LANGUAGES.into_iter().zip([korean, english]) {
            for rung in [Rung::Lms, Rung::Email, Rung::Letter] {
                let variables = Variables { role, ..hostile(kind, language) };
                let text = all(&scene.render(rung, &variables).unwrap());
                assert!(text.contains(words), "{kind:?} {language:?} {rung:?}");
            }
        }
    }
}

#[test]
fn the_longest_notice_fits_and_carries_no_address() {
    let scene = scene();
    for template in scene.set.iter() {
        let TemplateSource { kind, language, .. } = *template.source();
        for variables in worst_case(kind, language) {
            let capacity = carrying(language);
            let order = scene.order(Rung::Lms, &variables).within(capacity);
            let lms = match scene.set.render_order(order) {
                Err(RenderError::NoWords(_)) => continue,
                rendered => rendered.unwrap(),
            };
            let bytes = encode(&lms.text, capacity.charset).unwrap().len();
            let limit = capacity.long_bytes;
            assert!(bytes <= limit, "{kind:?} {language:?} {:?}: {bytes}", variables.role);
            assert!(!all(&lms).contains(".kr") && !all(&lms).contains("http"));
            assert!(!has_address(&all(&lms)));
        }
    }
    scene.set.prove(&scene.incident, &scene.carrier).unwrap();
}

#[test]
fn every_template_that_ships_compiles() {
    for template in TemplateSet::builtin().iter() {
        NoticeTemplate::compile(template.source().clone()).unwrap();
    }
}

#[test]
fn templates_hold_no_link_and_never_belittle() {
    for template in TemplateSet::builtin().iter() {
        for (name, text) in &template.source().files {
            for bad in ["http", "www.", "href", "<img", "<script", "@import", "url(", BELITTLING] {
                assert!(!text.contains(bad), "{name} holds {bad}");
            }
            if name == "lms.hbs" || name.ends_with(".txt.hbs") && name.starts_with("parts/") {
                assert!(!text.contains("{{host}}"), "{name} names a host");
                assert!(!text.contains("{{{"), "{name} holds a triple brace");
            }
            assert!(!text.contains("{{{") && !text.contains("{{&"), "{name} does not escape");
        }
    }
}

#[test]
fn mails_letters_and_postings_name_the_official_host_alone() {
    let scene = scene();
    for kind in KINDS {
        for language in LANGUAGES {
            for rung in [Rung::Email, Rung::Letter, Rung::Posting] {
                let text = all(&scene.render(rung, &hostile(kind, language)).unwrap());
                assert!(text.contains("www.hanbitmobile.example"));
                let others = text.replace("www.hanbitmobile.example", "");
                assert!(!others.contains("://") && !others.contains("www."));
            }
        }
    }
}

#[test]
fn a_posting_names_nobody() {
    let scene = scene();
    for kind in KINDS {
        for language in LANGUAGES {
            let posting = all(&scene.render(Rung::Posting, &hostile(kind, language)).unwrap());
            assert!(!posting.contains("Brien") && !posting.contains("세종대로"));
        }
    }
}

#[test]
fn a_name_that_is_a_lure_is_left_out_and_the_notice_still_goes() {
    let scene = scene();
    for name in ["환급 evil.kr 클릭", "060-123-45678 전화", "Nguyễn Thị Minh"] {
        let addressee = Some(PersonName::parse(name).unwrap());
        let variables = Variables { addressee, ..hostile(NoticeKind::Confirmed, Language::Korean) };
        for rung in [Rung::Lms, Rung::Email, Rung::Posting] {
            let text = all(&scene.render(rung, &variables).unwrap());
            assert!(!text.contains(name), "{rung:?}");
        }
        let letter = all(&scene.render(Rung::Letter, &variables).unwrap());
        assert!(letter.contains(&format!("{name} 귀하")));
    }
}

#[test]
fn rights_are_said_where_there_are_any() {
    let mut scene = scene();
    let sixth = scene.render(Rung::Lms, &hostile(NoticeKind::Confirmed, Language::Korean));
    assert!(sixth.unwrap().text.contains("6. 고객님의 권리"));
    scene.incident = IncidentWords::parse(&without_list("rights")).unwrap();
    for kind in KINDS {
        for rung in RUNGS {
            let text = all(&scene.render(rung, &hostile(kind, Language::Korean)).unwrap());
            assert!(text.contains("5. 피해 신고") && !text.contains("6. "), "{text}");
        }
    }
}

/// The sample words without a list.
fn without_list(name: &str) -> String {
    let mut inside = false;
    let kept = INCIDENT.lines().filter(|line| {
        inside |= line.starts_with(name);
        let kept = !inside;
        inside &= *line != "]";
        kept
    });
    kept.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn what_a_notice_must_have_is_asked_for_by_name() {
    let scene = scene();
    let complete = hostile(NoticeKind::Confirmed, Language::Korean);
    let missing = |rung, variables: &Variables| match scene.render(rung, variables) {
        Err(RenderError::Missing { field, .. }) => field,
        other => format!("{other:?}"),
    };
    let nothing = Variables { confirmed: ItemSet::EMPTY, ..complete.clone() };
    assert_eq!(missing(Rung::Lms, &nothing), "confirmed");
    let no_items =
        Variables { kind: NoticeKind::Supplement, possible: ItemSet::EMPTY, ..nothing.clone() };
    assert_eq!(missing(Rung::Email, &no_items), "items");
    let possible_only = Variables { kind: NoticeKind::Supplement, ..nothing };
    let text = scene.render(Rung::Lms, &possible_only).unwrap().text;
    assert!(text.contains("추가로 확인된 유출 가능성을"), "{text}");
    let no_date = Variables { as_of: " ".to_owned(), ..complete.clone() };
    assert_eq!(missing(Rung::Posting, &no_date), "as_of");
    let no_address = Variables { address: None, ..complete.clone() };
    assert_eq!(missing(Rung::Letter, &no_address), "postcode");
    let no_lines = Variables { lines: 0, ..complete };
    assert_eq!(missing(Rung::Lms, &no_lines), "lines");
}

#[test]
fn what_has_no_template_is_refused_by_name() {
    let scene = scene();
    let chinese = hostile(NoticeKind::Confirmed, Language::Chinese);
    let none = TemplateSet::new([]).unwrap();
    assert_eq!(
        none.render(Rung::Lms, &chinese, &scene.incident, &scene.carrier).unwrap_err().to_string(),
        "there is no template for a confirmed notice in zh-Hans"
    );
    let remedy = hostile(NoticeKind::RemedyVisit, Language::Japanese);
    assert_eq!(
        TemplateSet::new([]).unwrap().render(Rung::Lms, &remedy, &scene.incident, &scene.carrier),
        Err(RenderError::NoTemplate {
            kind: NoticeKind::RemedyVisit,
            language: Language::Japanese
        })
    );
    let sms = scene.render(Rung::Sms, &hostile(NoticeKind::Confirmed, Language::Korean));
    assert_eq!(
        sms.unwrap_err().to_string(),
        "a confirmed notice cannot go by sms; use lms, email, letter or posting"
    );
}

#[test]
fn people_are_told_in_their_language_or_in_english() {
    let korean_and_english =
        builtin::sources().into_iter().filter(|source| LANGUAGES.contains(&source.language));
    let set = TemplateSet::new(korean_and_english).unwrap();
    let told = Language::ALL.map(|language| set.language_for(NoticeKind::Confirmed, language));
    let english = Language::English;
    assert_eq!(told, [Language::Korean, english, english, english, english]);
    let scene = scene();
    for language in Language::ALL {
        let told =
            scene.set.told_in(NoticeKind::Confirmed, language, &scene.incident, &scene.carrier);
        let words = scene.incident.text(language).is_some();
        assert_eq!(told == language, words, "{language:?}");
    }
}

#[test]
fn a_text_too_long_for_a_message_is_refused() {
    let mut scene = scene();
    let long = INCIDENT.replacen("occurred = \"", &format!("occurred = \"{}", "가".repeat(700)), 1);
    scene.incident = IncidentWords::parse(&long).unwrap();
    let error = scene.render(Rung::Lms, &hostile(NoticeKind::Confirmed, Language::Korean));
    let Err(RenderError::Unfit(EncodeError::TooLong { what, bytes, limit })) = error else {
        panic!("{error:?}");
    };
    assert_eq!((what, limit), ("the message", 2_000));
    assert!(bytes > 2_000);
    assert!(scene.set.prove(&scene.incident, &scene.carrier).is_err());
    assert!(scene.render(Rung::Email, &hostile(NoticeKind::Confirmed, Language::Korean)).is_ok());
}

#[test]
fn a_kept_template_renders_the_same_bytes() {
    let scene = scene();
    for template in scene.set.iter() {
        let kept = template.source().canonical();
        let source = TemplateSource::parse(&kept).unwrap();
        assert_eq!(source.sha256(), template.sha256());
        let again = TemplateSet::new([source]).unwrap();
        let variables = hostile(template.source().kind, template.source().language);
        for rung in template.rungs() {
            let order = scene.order(rung, &variables).within(carrying(template.source().language));
            let first = match scene.set.render_order(order) {
                Err(RenderError::NoWords(_)) => continue,
                rendered => rendered.unwrap(),
            };
            let second = again.render_order(order).unwrap();
            assert_eq!(first.sha256(), second.sha256());
        }
    }
    assert_eq!(TemplateSource::parse("{}"), None);
}

#[test]
fn hashes_differ_between_templates_and_texts() {
    let scene = scene();
    let mut hashes: Vec<_> = scene.set.iter().map(NoticeTemplate::sha256).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), scene.set.iter().count());
    let base = hostile(NoticeKind::Confirmed, Language::Korean);
    let other = Variables { lines: 3, ..base.clone() };
    let hash = |variables| scene.render(Rung::Lms, variables).unwrap().sha256();
    assert_ne!(hash(&base), hash(&other));
    let split = |subject: &str, text: &str| Rendered {
        subject: Some(subject.to_owned()),
        text: text.to_owned(),
        html: None,
    };
    assert_ne!(split("a", "bc").sha256(), split("ab", "c").sha256());
}

#[test]
fn debug_shows_no_text_of_a_notice() {
    let scene = scene();
    let variables = hostile(NoticeKind::Confirmed, Language::Korean);
    let rendered = scene.render(Rung::Letter, &variables).unwrap();
    for shown in [format!("{variables:?}"), format!("{rendered:?}")] {
        assert!(!shown.contains("Brien") && !shown.contains("04524") && !shown.contains("중구"));
    }
}

#[test]
fn variables_read_back_from_a_sealed_record() {
    let variables = hostile(NoticeKind::Supplement, Language::English);
    let json = serde_json::to_string(&variables).unwrap();
    assert_eq!(serde_json::from_str::<Variables>(&json).unwrap(), variables);
}

proptest! {
    #[test]
    fn a_shared_text_is_the_text_rendered_for_one(
        name in "[가-힣]{2,5}|[A-Za-z'&<>{}. -]{1,60}|\\PC{1,30}|[·₩0-9가힣-]{1,12}",
        address in "[가-힣A-Za-z0-9&<>·₩-]{1,20}(\\|[가-힣 ]{0,9}[0-9]{1,3}){0,3}",
        code in proptest::option::of("[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]|\\PC{1,9}"),
        order in "[A-Z0-9-]{0,12}|\\PC{1,9}",
        lines in 1..4_u16,
        which in any::<proptest::sample::Index>(),
        role in proptest::sample::select(RecipientRole::ALL.to_vec()),
        minor: bool,
        wide: bool,
    ) {
        let scene = SCENE.get_or_init(scene);
        let templates: Vec<_> = scene.set.iter().collect();
        let template = which.get(&templates);
        let base = hostile(template.source().kind, template.source().language);
        let remedy = base.remedy.clone().map(|remedy| RemedyVariables { order, ..remedy });
        let variables = Variables {
            addressee: PersonName::parse(&name).ok(),
            address: PostalAddress::parse(&format!("04524 {address}")).ok(),
            code, lines, role, minor, remedy,
            ..base
        };
        for rung in Rung::ALL {
            let capacity = Capacity { charset: Charset::Ucs2, long_bytes: 4_000 };
            let order = scene.order(rung, &variables);
            let order = if wide { order.within(capacity) } else { order };
            let direct = template.render(order);
            let shared = scene.set.render_order(order);
            prop_assert!(shared == direct, "{:?} {:?}", rung, shared.and(direct));
            let Ok(rendered) = direct else { continue };
            let wording = scene.set.wording_order(order).unwrap();
            prop_assert!(wording.is_whole() && wording.subject == rendered.subject);
            prop_assert_eq!(filled(order, &wording), read(&rendered), "{:?}", rung);
        }
    }
}

/// What is read of a notice.
fn read(rendered: &Rendered) -> String {
    let sheet = rendered.html.as_deref().filter(|_| rendered.text.is_empty());
    sheet.map_or_else(|| rendered.text.clone(), |html| squeezed(&plain::plain(html)))
}

/// A wording with the person's own words in its gaps.
fn filled(order: Order<'_>, wording: &Wording) -> String {
    let own = Own::of(order);
    let letter = order.rung == Rung::Letter;
    let envelope = own.envelope.as_ref();
    let mut addresses = envelope.iter().flat_map(|own| own.address_lines.clone());
    let mut lines = order.variables.address.iter().flat_map(PostalAddress::lines).count();
    let mut named = false;
    let mut values = Vec::new();
    for gap in &wording.gaps {
        let value = match gap {
            Gap::Name if letter && !named && !own.addressee().is_empty() => {
                named = true;
                own.addressee()
            }
            Gap::Name => own.name,
            Gap::Code => own.code,
            Gap::Order => own.order,
            Gap::Address if lines > 0 => {
                lines -= 1;
                addresses.next().unwrap()
            }
            Gap::Address => envelope.unwrap().postcode,
        };
        values.push(order.room().map_or_else(|| value.to_owned(), |room| room.prepare(value)));
    }
    let text = wording.fill(|at, _| values[at].as_str());
    if matches!(order.rung, Rung::Letter | Rung::Posting) { squeezed(&text) } else { text }
}

/// White space of a sheet is its layout.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

static SCENE: std::sync::OnceLock<Scene> = std::sync::OnceLock::new();

#[test]
fn a_name_that_makes_a_shared_text_too_long_is_refused() {
    let mut scene = scene();
    let long = INCIDENT.replacen("occurred = \"", &format!("occurred = \"{}", "가".repeat(150)), 1);
    let variables = |name: &str| Variables {
        addressee: Some(PersonName::parse(name).unwrap()),
        ..hostile(NoticeKind::Confirmed, Language::Korean)
    };
    scene.incident = IncidentWords::parse(&long).unwrap();
    let bytes = encode(&scene.render(Rung::Lms, &variables("가")).unwrap().text, Charset::Ksx1001);
    let room = LMS_BYTES - bytes.unwrap().len();
    let filler = "가".repeat(150 + room / 2);
    let full = INCIDENT.replacen("occurred = \"", &format!("occurred = \"{filler}"), 1);
    scene.incident = IncidentWords::parse(&full).unwrap();
    assert!(scene.render(Rung::Lms, &variables("가")).is_ok());
    let error = scene.render(Rung::Lms, &variables("가나")).unwrap_err();
    assert!(matches!(error, RenderError::Unfit(EncodeError::TooLong { .. })), "{error}");
}

#[rstest]
#[case("lms.hbs", "{{#if x}}", true)]
#[case("meta.toml", "title = 1", true)]
#[case("lms.hbs", "{{nobody}}", false)]
fn a_defective_template_names_its_file(
    #[case] file: &str,
    #[case] text: &str,
    #[case] at_compile: bool,
) {
    let scene = scene();
    let variables = hostile(NoticeKind::Confirmed, Language::Korean);
    let mut source =
        scene.set.get(NoticeKind::Confirmed, Language::Korean).unwrap().source().clone();
    source.files.insert(file.to_owned(), text.to_owned());
    match TemplateSet::new([source]) {
        Err(error) => {
            assert!(at_compile, "{error}");
            assert!(error.to_string().contains(file.trim_end_matches(".hbs")), "{error}");
        }
        Ok(set) => {
            assert!(!at_compile);
            let error =
                set.render(Rung::Lms, &variables, &scene.incident, &scene.carrier).unwrap_err();
            assert_eq!(error.to_string(), "template lms fails at line 1");
        }
    }
}

#[test]
fn elements_are_printed_and_strange_ones_refused() {
    let scene = scene();
    let variables = hostile(NoticeKind::Confirmed, Language::Korean);
    let source = |lms: &str| {
        let kept = scene.set.get(NoticeKind::Confirmed, Language::Korean).unwrap().source();
        let mut source = kept.clone();
        source.files.insert("lms.hbs".to_owned(), lms.to_owned());
        TemplateSet::new([source])
    };
    let lms = "a\n{{#element \"contact\"}}\n{{desk.phone}}\n{{/element}}\nb{{#element \"items\"}}c{{/element}}";
    let set = source(lms).unwrap();
    let rendered = set.render(Rung::Lms, &variables, &scene.incident, &scene.carrier).unwrap();
    assert_eq!(rendered.text, "a\n080-000-0114\nbc");
    for bad in ["\"contacts\"", "contact", "", "\"items\" \"contact\""] {
        let inner =
            format!("a\n{{{{#if items}}}}\n{{{{#element {bad}}}}}x{{{{/element}}}}{{{{/if}}}}");
        let error = source(&inner).unwrap_err();
        let TemplateError::Element { file, line, .. } = &error else { panic!("{error:?}") };
        assert_eq!((file.as_str(), *line), ("lms.hbs", 3), "{bad}");
    }
}

#[test]
fn a_child_reads_plain_words_on_their_own_line_alone() {
    let mut scene = scene();
    scene.incident = IncidentWords::parse(&INCIDENT.replacen(
        "minor.self_help = [\n",
        "minor.self_help = [\n  \"보호자께 이 글을 보여 드리세요.\",\n",
        1,
    ))
    .unwrap();
    let variables =
        |role, minor| Variables { role, minor, ..hostile(NoticeKind::Confirmed, Language::Korean) };
    for role in RecipientRole::ALL {
        for minor in [true, false] {
            for rung in [Rung::Email, Rung::Letter, Rung::Posting] {
                let text = all(&scene.render(rung, &variables(role, minor)).unwrap());
                let child = minor && role == RecipientRole::Line && rung != Rung::Posting;
                assert_eq!(text.contains("이 글을 보여 드리세요"), child, "{role:?} {rung:?}");
            }
        }
    }
}

#[test]
fn a_code_is_shown_on_messages_and_mails_alone() {
    let scene = scene();
    let code = Some("7K3M-9XQ2-A".to_owned());
    for kind in KINDS {
        let variables = Variables { code: code.clone(), ..hostile(kind, Language::Korean) };
        for rung in RUNGS {
            let text = all(&scene.render(rung, &variables).unwrap());
            let shown = matches!(rung, Rung::Lms | Rung::Email);
            assert_eq!(text.contains("7K3M-9XQ2-A"), shown, "{kind:?} {rung:?}");
        }
    }
}
