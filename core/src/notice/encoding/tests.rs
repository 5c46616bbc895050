//! Counts against the figures of the standards, and laws over any text.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case("요금 38,500", 11)]
#[case("[Web발신]\n", 10)]
#[case("€“★①㈜", 10)]
#[case("", 0)]
fn korean_bytes_are_counted(#[case] text: &str, #[case] bytes: usize) {
    assert_eq!(encode(text, Charset::Ksx1001).unwrap().len(), bytes);
}

#[rstest]
#[case("요금 ₩38,500", '₩')]
#[case("가–나", '–')]
#[case("Nguyễn", 'ễ')]
#[case("안녕😀", '😀')]
#[case("똠방각하", '똠')]
#[case("펲시", '펲')]
#[case("햏", '햏')]
fn a_character_that_handsets_lack_is_named(#[case] text: &str, #[case] character: char) {
    let error = EncodeError::Unmappable { character, charset: Charset::Ksx1001 };
    assert_eq!(encode(text, Charset::Ksx1001), Err(error));
}

#[test]
fn the_character_is_named_in_words() {
    let error = encode("똠", Charset::Ksx1001).unwrap_err();
    assert_eq!(error.to_string(), "KS X 1001 has no character '똠' (U+B620)");
}

#[test]
fn a_short_message_holds_45_syllables() {
    assert_eq!(fit_sms(&"가".repeat(45)).map(|bytes| bytes.len()), Ok(90));
    let over = EncodeError::TooLong { what: "the message", bytes: 91, limit: 90 };
    assert_eq!(fit_sms(&format!("{}a", "가".repeat(45))), Err(over));
}

#[test]
fn a_route_of_utf16_carries_what_others_do_not() {
    let wide = Capacity { charset: Charset::Ucs2, long_bytes: 2_000 };
    let text = "您的个人信息".repeat(166);
    let lms = fit_long("[个人信息泄露通知]", &text, wide).unwrap();
    assert_eq!((lms.subject.len(), lms.text.len()), (20, 1_992));
    let over = EncodeError::TooLong { what: "the message", bytes: 2_004, limit: 2_000 };
    assert_eq!(fit_long("", &"您的个人信息".repeat(167), wide), Err(over));
    assert!(fit_long("", &text, Capacity::DOMESTIC).is_err());
    let subject = EncodeError::TooLong { what: "the subject", bytes: 82, limit: 80 };
    assert_eq!(fit_long(&"a".repeat(41), "", wide), Err(subject));
    for language in Language::ALL {
        let korean_or_english = matches!(language.tag(), "ko" | "en");
        assert_eq!(Charset::Ksx1001.carries(language), korean_or_english);
        assert!(Charset::Ucs2.carries(language));
        assert_eq!(Charset::Gsm7.carries(language), language.tag() == "en");
    }
}

#[test]
fn a_long_message_holds_1000_syllables_and_a_subject_of_20() {
    let text = "가".repeat(1_000);
    let lms = fit_lms(&"나".repeat(20), &text).unwrap();
    assert_eq!((lms.subject.len(), lms.text.len()), (40, 2_000));
    assert_eq!(format!("{lms:?}"), "Lms(40 + 2000 bytes)");
    let subject = EncodeError::TooLong { what: "the subject", bytes: 42, limit: 40 };
    assert_eq!(fit_lms(&"나".repeat(21), &text), Err(subject));
    let body = EncodeError::TooLong { what: "the message", bytes: 2_001, limit: 2_000 };
    assert_eq!(fit_lms("나", &format!("{text}.")), Err(body));
}

#[rstest]
#[case("₩38,500입니다", "38,500원입니다")]
#[case("₩ 500, ₩", "500원, 원")]
#[case("합계 ₩1,000.", "합계 1,000원.")]
#[case("9–10월 — 끝", "9-10월 - 끝")]
#[case("가\u{200b}나\u{a0}다\r\n", "가나 다\n")]
#[case("• 하나", "· 하나")]
#[case("plain text, 그대로", "plain text, 그대로")]
fn signs_are_put_in_a_form_that_is_carried(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(normalise(text), expected);
    assert!(encode(expected, Charset::Ksx1001).is_ok());
}

#[test]
fn the_gsm_alphabet_is_complete() {
    for septet in (0..128_u8).filter(|septet| *septet != 0x1b) {
        let text = decode(&[septet], Charset::Gsm7).unwrap();
        assert_eq!(encode(&text, Charset::Gsm7), Ok(vec![septet]), "{septet:#x}");
    }
    assert_eq!(encode("@Δ é¿à", Charset::Gsm7), Ok(vec![0, 0x10, 0x20, 5, 0x60, 0x7f]));
    assert_eq!(encode("€[", Charset::Gsm7), Ok(vec![0x1b, 0x65, 0x1b, 0x3c]));
    for character in ['가', '\u{1b}', '`', 'ç'] {
        let error = EncodeError::Unmappable { character, charset: Charset::Gsm7 };
        assert_eq!(encode(&character.to_string(), Charset::Gsm7), Err(error));
    }
    assert_eq!(decode(&[0x80], Charset::Gsm7), None);
    assert_eq!(decode(&[0x1b], Charset::Gsm7), None);
}

#[rstest]
#[case(Charset::Gsm7, "a", 160, 1)]
#[case(Charset::Gsm7, "a", 161, 2)]
#[case(Charset::Gsm7, "a", 306, 2)]
#[case(Charset::Gsm7, "a", 307, 3)]
#[case(Charset::Gsm7, "€", 80, 1)]
#[case(Charset::Gsm7, "€", 81, 2)]
#[case(Charset::Gsm7, "€", 153, 3)]
#[case(Charset::Ucs2, "가", 70, 1)]
#[case(Charset::Ucs2, "가", 71, 2)]
#[case(Charset::Ucs2, "가", 134, 2)]
#[case(Charset::Ucs2, "가", 135, 3)]
#[case(Charset::Ucs2, "😀", 35, 1)]
#[case(Charset::Ucs2, "😀", 66, 2)]
#[case(Charset::Ucs2, "😀", 67, 3)]
#[case(Charset::Ksx1001, "가", 70, 1)]
#[case(Charset::Ksx1001, "가", 134, 2)]
#[case(Charset::Ksx1001, "가", 135, 3)]
fn parts_are_as_many_as_the_standard_says(
    #[case] charset: Charset,
    #[case] unit: &str,
    #[case] count: usize,
    #[case] parts: usize,
) {
    let cut = segments(&unit.repeat(count), charset, Reference::Eight(7)).unwrap();
    assert_eq!(cut.len(), parts);
}

#[test]
fn headers_number_the_parts() {
    let text = "a".repeat(161);
    let eight = segments(&text, Charset::Gsm7, Reference::Eight(0xcc)).unwrap();
    assert_eq!(eight[0].udh, [5, 0, 3, 0xcc, 2, 1]);
    assert_eq!(eight[1].udh, [5, 0, 3, 0xcc, 2, 2]);
    let sixteen = segments(&text, Charset::Gsm7, Reference::Sixteen(0xabcd)).unwrap();
    assert_eq!(sixteen[1].udh, [6, 8, 4, 0xab, 0xcd, 2, 2]);
    assert_eq!(sixteen[0].bytes.len(), 152);
    assert_eq!(format!("{:?}", eight[1]), "Segment([5, 0, 3, 204, 2, 2] + 8 bytes)");
}

#[test]
fn at_most_255_parts_are_made() {
    let most = "a".repeat(153 * 255);
    assert_eq!(segments(&most, Charset::Gsm7, Reference::Eight(0)).unwrap().len(), 255);
    let error = segments(&format!("{most}a"), Charset::Gsm7, Reference::Eight(0));
    assert_eq!(error, Err(EncodeError::TooManyParts { parts: 256 }));
}

fn reference() -> impl Strategy<Value = Reference> {
    prop_oneof![any::<u8>().prop_map(Reference::Eight), any::<u16>().prop_map(Reference::Sixteen)]
}

proptest! {
    #[test]
    fn parts_join_to_the_text(
        mixed in "([a-z가-힣😀€\\[\\]{}\n]|\\PC){0,700}",
        gsm in "[a-zA-Z0-9€\\[\\]{}~@éà ]{0,700}",
        reference in reference(),
    ) {
        check(&mixed, Charset::Ucs2, reference)?;
        check(&mixed, Charset::Ksx1001, reference)?;
        check(&mixed, Charset::Gsm7, reference)?;
        check(&gsm, Charset::Gsm7, reference)?;
        let korean = gsm.replace(['a', 'e', 'k'], "가");
        check(&korean.replace(['é', 'à'], "a"), Charset::Ksx1001, reference)?;
    }

    #[test]
    fn normalised_text_stays_so(text in "\\PC{0,80}|[₩0-9,. 가-]{0,30}") {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once);
    }

    #[test]
    fn decoding_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        for charset in [Charset::Ksx1001, Charset::Gsm7, Charset::Ucs2] {
            if let Some(text) = decode(&bytes, charset) {
                prop_assert!(encode(&text, charset).is_ok());
            }
        }
    }
}

/// A refused text aside, every part decodes alone, fits, and all join to the text.
fn check(text: &str, charset: Charset, reference: Reference) -> Result<(), TestCaseError> {
    let Ok(parts) = segments(text, charset, reference) else {
        prop_assert!(encode(text, charset).is_err());
        return Ok(());
    };
    let mut joined = String::new();
    for part in &parts {
        let octets = match charset {
            Charset::Gsm7 => (part.bytes.len() * 7).div_ceil(8),
            Charset::Ksx1001 | Charset::Ucs2 => part.bytes.len(),
        };
        prop_assert!(part.udh.len() + octets <= 140);
        prop_assert_eq!(part.udh.is_empty(), parts.len() == 1);
        let text = decode(&part.bytes, charset);
        prop_assert!(text.is_some(), "a part does not stand alone");
        joined.push_str(&text.unwrap_or_default());
    }
    prop_assert_eq!(joined, text);
    Ok(())
}
