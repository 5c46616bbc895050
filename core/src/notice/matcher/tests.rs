//! Every genuine text is recognised, and nothing else ever is.

mod forged;
#[cfg(feature = "render")]
mod rendered;

use proptest::prelude::*;
use rstest::rstest;

use self::forged::fakes;
use super::*;
use crate::delivery::Rung;
use crate::notice::{Gap, Language, MessageCode, NoticeKind};
use crate::subscriber::RecipientRole;

fn lms(pieces: &[&str], gaps: &[Gap]) -> Wording {
    Wording {
        kind: NoticeKind::Confirmed,
        language: Language::Korean,
        rung: Rung::Lms,
        role: RecipientRole::Holder,
        subject: Some("[개인정보 유출 통지]".to_owned()),
        pieces: pieces.iter().map(|piece| (*piece).to_owned()).collect(),
        gaps: gaps.to_vec(),
    }
}

const BODY: &str = " 고객님께\n\n고객님의 개인정보가 유출된 사실을 확인하여 알려드립니다.\n\n1. 개인정보 항목\n- 유출된 항목: 휴대전화번호, 가입자식별번호(IMSI)\n- 대상 회선: 2개\n\n2. 유출된 시점과 경위\n- 시점: 2025년 8월 5일부터 9월 5일까지\n\n3. 하실 수 있는 일\n- 유심(USIM)을 무료로 교체하실 수 있습니다.\n- 의심스러운 전화·문자는 118에 신고해 주십시오.\n\n4. 피해 신고·상담\n- 개인정보보호 전담센터 080-000-0114 (24시간)\n- 고객센터 114\n\n※ 이 메시지에는 인터넷 주소가 없습니다.\n확인 코드 ";
const END: &str = "\n(2025-10-17, r3 기준)";

fn wordings() -> Vec<Wording> {
    let english = "[Hanbit Mobile]\nYour personal data has leaked: mobile number, subscriber identity (IMSI).\n\nReport losses to the Privacy Response Center 080-000-0114 (24 hours).\nAs of 2025-10-17, r3";
    vec![
        lms(&["[한빛모바일]\n", BODY, END], &[Gap::Name, Gap::Code]),
        lms(
            &[
                "[한빛모바일]\n고객님께\n\n유심을 교체해 주십시오. 예약 시간 ",
                "\n주문 ",
                "\n080-000-0114",
            ],
            &[Gap::Code, Gap::Order],
        ),
        lms(&[english], &[]),
    ]
}

fn genuine(name: &str) -> String {
    format!("[한빛모바일]\n{name}{BODY}28T-5CY-4TH{END}")
}

fn verdict(text: &str) -> Verdict {
    classify(text, &wordings())
}

fn is_official(text: &str) -> bool {
    matches!(verdict(text), Verdict::Official { .. })
}

#[rstest]
#[case::as_sent("")]
#[case::from_the_web("[Web발신]\n")]
#[case::subject("[개인정보 유출 통지]\n")]
#[case::subject_over_mark("[개인정보 유출 통지]\n[Web발신]\n")]
#[case::mark_over_subject(" [Web발신] [개인정보 유출 통지] ")]
fn handsets_show_more_than_was_sent(#[case] above: &str) {
    let text = format!("{above}{}", genuine("홍길동"));
    let Verdict::Official { at, name } = verdict(&text) else { panic!("{text}") };
    assert_eq!((at, name.as_deref()), (0, Some("홍길동")));
}

#[rstest]
#[case("[국제발신]\n")]
#[case("[Web발신][Web발신]\n")]
#[case("[web발신]\n")]
#[case("(광고) ")]
fn nothing_else_may_stand_above(#[case] above: &str) {
    assert!(!is_official(&format!("{above}{}", genuine("홍길동"))));
}

#[test]
fn white_space_and_the_make_of_letters_do_not_matter() {
    let text = genuine("홍길동");
    let parts = text.replace('홍', "\u{1112}\u{1169}\u{11bc}");
    let one_line = text.replace('\n', " ");
    let windows = text.replace('\n', "\r\n\r\n");
    let close: String = text.split_whitespace().collect();
    let wide = text.replace(' ', "\u{3000}");
    for text in [parts, one_line, windows, close, wide, format!("\n {text}\t")] {
        assert!(is_official(&text), "{text}");
    }
}

#[test]
fn what_stands_in_two_gaps_of_one_kind_is_the_same() {
    let twice = [lms(&["안녕하십니까 ", " 고객님, ", " 고객님의 회선"], &[Gap::Name, Gap::Name])];
    let official = |text: &str| matches!(classify(text, &twice), Verdict::Official { .. });
    assert!(official("안녕하십니까 홍길동 고객님, 홍길동 고객님의 회선"));
    assert!(official("안녕하십니까 홍 길동 고객님, 홍길동 고객님의 회선"));
    assert!(!official("안녕하십니까 홍길동 고객님, 김철수 고객님의 회선"));
    assert!(!official("안녕하십니까 고객님, 고객님의 회선"));
}

#[test]
fn gaps_side_by_side_are_parted() {
    let letter = Wording {
        rung: Rung::Letter,
        ..lms(
            &["", "\n", "\n", " 귀하\n", " 고객님"],
            &[Gap::Address, Gap::Address, Gap::Name, Gap::Name],
        )
    };
    let text = "서울 중구 세종대로 110\n3층\n홍길동 귀하\n홍길동 고객님";
    let Verdict::Official { name, .. } = classify(text, &[letter]) else { panic!() };
    assert!(name.is_some_and(|name| name.ends_with("홍길동")));
}

#[test]
fn no_fake_is_ever_official() {
    let fakes = fakes();
    assert!(fakes.len() >= 200, "{}", fakes.len());
    for (what, text) in fakes {
        assert_ne!(text, genuine("홍길동"), "{what} changes nothing");
        assert!(!is_official(&text), "{what}: {text}");
    }
}

fn said(text: &str) -> Vec<String> {
    match verdict(text) {
        Verdict::Altered { places, .. } => {
            places.iter().map(|place| place.words(Language::English)).collect()
        }
        other @ (Verdict::Official { .. } | Verdict::Link | Verdict::NotOurs) => {
            panic!("{other:?}")
        }
    }
}

#[rstest]
#[case("080-000-0114", "080-000-0115", "ours says “080-000-0114”, this says “080-000-0115”")]
#[case("무료로 교체", "유료로 교체", "ours says “무료로”, this says “유료로”")]
#[case("114\n\n※", "114\nbit.ly/x\n\n※", "“bit.ly/x” is added")]
#[case("- 고객센터 114\n", "", "“- 고객센터 114” is left out")]
#[case(
    "(IMSI)",
    "(ІMSI)",
    "“가입자식별번호(ІMSI)” only looks like our “가입자식별번호(IMSI)”; the letters are others"
)]
#[case("유심(", "유\u{200b}심(", "an invisible sign is hidden in it: “유[U+200B]심(USIM)을”")]
#[case(
    "홍길동",
    "홍길동 고객님 bit.ly/x",
    "more than a name stands where the name goes: “홍길동 고객님 bit.ly/x”"
)]
#[case("28T-5CY-4TH", "010-1234-567", "this is no code, number or address of ours: “010-1234-567”")]
fn a_clerk_can_read_out_what_differs(
    #[case] ours: &str,
    #[case] theirs: &str,
    #[case] words: &str,
) {
    let text = genuine("홍길동").replace(ours, theirs);
    assert_eq!(said(&text), [words]);
    let text = format!("[Web발신]\n[개인정보 유출 통지]\n{text}");
    assert_eq!(said(&text), [words]);
}

#[test]
fn every_fake_of_one_of_ours_says_where_it_differs() {
    for (what, text) in fakes() {
        match verdict(&text) {
            Verdict::Altered { places, .. } => {
                assert!(!places.is_empty() && places.len() <= 20, "{what}");
                for place in places {
                    let words = place.words(Language::Korean);
                    assert!(!words.contains('\u{200b}') && !words.contains('\u{0}'), "{what}");
                }
            }
            Verdict::Official { .. } | Verdict::Link | Verdict::NotOurs => panic!("{what}"),
        }
    }
}

#[test]
fn what_is_not_ours_is_a_link_or_nothing() {
    assert_eq!(verdict("택배 주소 확인 http://cj.top/x"), Verdict::Link);
    assert_eq!(verdict("저녁에 봅시다"), Verdict::NotOurs);
    assert_eq!(verdict(""), Verdict::NotOurs);
    assert_eq!(classify("아무 글", &[]), Verdict::NotOurs);
    let broken = Wording { gaps: vec![Gap::Name; 9], ..wordings()[0].clone() };
    assert_eq!(classify(&genuine("홍길동"), &[broken]), Verdict::NotOurs);
}

#[test]
fn a_megabyte_of_malice_is_answered() {
    let matcher = Matcher::new(&wordings());
    let base = genuine("홍길동");
    for text in [
        base.repeat(1_000_000 / base.len()),
        "가".repeat(350_000),
        "홍길동 고객님께".repeat(45_000),
        format!("[한빛모바일]\n{}", "a".repeat(1_000_000)),
        "\u{200b}".repeat(330_000),
        "e\u{302}\u{303}".repeat(200_000),
        "http://".repeat(140_000),
    ] {
        assert!(!matches!(matcher.classify(&text), Verdict::Official { .. }));
    }
    // Gaps side by side, in a text made of what fits them.
    let gaps = vec![Gap::Address; 8];
    let wide = lms(&["a", "", "", "", "", "", "", "", "b"], &gaps);
    assert!(!matches!(classify(&"a".repeat(700), &[wide]), Verdict::Official { .. }));
}

#[test]
fn debug_shows_no_name() {
    assert_eq!(format!("{:?}", verdict(&genuine("홍길동"))), "Official(0)");
    let altered = verdict(&genuine("홍길동 bit.ly/x"));
    assert_eq!(format!("{altered:?}"), "Altered(0, [Name])");
}

proptest! {
    #[test]
    fn every_name_and_code_is_recognised(
        name in "[가-힣]{1,5}|[A-Z][a-z]{1,8} [A-Z][a-z]{1,8}|㈜[가-힣]{2,6}",
        bytes: [u8; 5],
        breaks in proptest::collection::vec((0..600_usize, "[ \n\t]{1,3}"), 0..12),
    ) {
        prop_assume!(crate::notice::greetable::may_greet(&name));
        let code = MessageCode::from_bytes(bytes).to_string();
        let mut text: Vec<char> = genuine(&name).replace("28T-5CY-4TH", &code).chars().collect();
        // A blank inside a name would make it another name.
        for (at, blank) in breaks {
            let at = text.len() - 1 - at % 300;
            text.splice(at..at, blank.chars());
        }
        let text: String = text.into_iter().collect();
        prop_assert!(is_official(&text), "{}", text);
    }

    #[test]
    fn one_changed_sign_outside_the_gaps_is_always_seen(at in 0..600_usize, c in "\\PC") {
        let base: Vec<char> = genuine("홍길동").chars().collect();
        let at = at % base.len();
        let mut text = base.clone();
        text[at] = c.chars().next().unwrap();
        let compact = |text: &[char]| text.iter().filter(|c| !c.is_whitespace()).collect::<String>();
        let text: String = text.into_iter().collect();
        let name: std::ops::Range<usize> = 7..12;
        if compact(&text.chars().collect::<Vec<_>>()) != compact(&base) && !name.contains(&at) {
            prop_assert!(!is_official(&text), "{}", text);
        }
    }

    #[test]
    fn nothing_makes_it_stumble(text in "\\PC{0,200}", head in 0..400_usize) {
        let base: String = genuine("홍길동").chars().take(head).collect();
        drop((verdict(&text), verdict(&format!("{base}{text}"))));
        prop_assert!(!is_official(&text));
    }
}
