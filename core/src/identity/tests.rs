//! What holds for every personal type, and the forms each one takes.

use proptest::prelude::*;
use rstest::rstest;
use serde::{Deserialize, Serialize};

use super::*;

#[rstest]
#[case("010-1234-5678", "821012345678", "01012345678", "010-****-**78")]
#[case("01012345678", "821012345678", "01012345678", "010-****-**78")]
#[case("+82 10 1234 5678", "821012345678", "01012345678", "010-****-**78")]
#[case("82-10-1234-5678", "821012345678", "01012345678", "010-****-**78")]
#[case("+82 (0)10-1234-5678", "821012345678", "01012345678", "010-****-**78")]
#[case("０１０－１２３４－５６７８", "821012345678", "01012345678", "010-****-**78")]
#[case(" 010.1234.5678\u{a0}", "821012345678", "01012345678", "010-****-**78")]
#[case("011-123-4567", "82111234567", "0111234567", "011-***-**67")]
#[case("019-1234-5678", "821912345678", "01912345678", "019-****-**78")]
#[case("+1 415 555 0123", "14155550123", "+14155550123", "+1********23")]
fn a_number_is_read_as_people_write_it(
    #[case] typed: &str,
    #[case] exposed: &str,
    #[case] national: &str,
    #[case] masked: &str,
) {
    let number = Msisdn::parse(typed).unwrap();
    assert_eq!(number.expose(), exposed);
    assert_eq!(number.national(), national);
    assert_eq!(number.masked(), masked);
}

#[rstest]
#[case("", "no number is given")]
#[case("-", "no number is given")]
#[case("010-1234-567", "a 010 number has 11 digits, this one has 10")]
#[case("010-1234-56789", "a 010 number has 11 digits, this one has 12")]
#[case("+82 10 1234 567", "a 010 number has 11 digits, this one has 10")]
#[case("011-12-4567", "a 011 number has 10 or 11 digits, this one has 9")]
#[case(
    "1012345678",
    "the leading 0 is missing, as when a spreadsheet keeps it as a number; write 010"
)]
#[case("02-123-4567", "not a mobile number; those begin with 010, 011, 016, 017, 018 or 019")]
#[case("+82 2 123 4567", "not a mobile number; those begin with 010, 011, 016, 017, 018 or 019")]
#[case("4155550123", "the country is not clear; begin with 010, or with + and the country code")]
#[case(
    "+1234567",
    "a number behind a + has 8 to 15 digits and does not begin with 0, this one has 7"
)]
#[case(
    "=1+1",
    "a number is written with digits, blanks, hyphens and one leading plus; remove the rest"
)]
#[case(
    "010-1234-567O",
    "a number is written with digits, blanks, hyphens and one leading plus; remove the rest"
)]
#[case(
    "010\u{0}12345678",
    "a number is written with digits, blanks, hyphens and one leading plus; remove the rest"
)]
fn a_bad_number_says_what_is_wrong(#[case] typed: &str, #[case] reason: &str) {
    assert_eq!(Msisdn::parse(typed).unwrap_err().to_string(), reason);
}

#[test]
fn an_imsi_is_of_a_country_a_test_or_a_network_of_none() {
    for (text, right) in [
        ("001010123456789", true),
        ("199010123456789", false),
        ("200010123456789", true),
        ("799010123456789", true),
        ("800010123456789", false),
        ("901280123456789", true),
        ("000010123456789", false),
    ] {
        assert_eq!(Imsi::parse(text).is_ok(), right, "{text}");
        assert_eq!(Imsi::is_normal(text.as_bytes()), right, "{text}");
    }
}

#[test]
fn an_imsi_names_its_network() {
    let imsi = Imsi::parse("450 08 1234567890").unwrap();
    assert_eq!((imsi.mcc(), imsi.mnc()), ("450", "08"));
    assert_eq!(imsi.masked(), "450**********90");
    assert_eq!(Imsi::parse("310410123456789").unwrap().mnc(), "410");
    assert_eq!(Imsi::parse("4500812345"), Err(ParseImsiError::Length { actual: 10 }));
    assert_eq!(Imsi::parse("850081234567890"), Err(ParseImsiError::Country));
    assert_eq!(Imsi::parse("45008123456789A"), Err(ParseImsiError::Character));
    assert_eq!(Imsi::parse(" "), Err(ParseImsiError::Empty));
}

#[rstest]
#[case("490154203237518", None)]
#[case("35-180011-122233-5", None)]
#[case("490154203237519", Some("check digit is 9, should be 8; look for a mistyped digit"))]
#[case(
    "49015420323751",
    Some("14 digits are an IMEI without its check digit; give all 15, as *#06# shows them")
)]
#[case(
    "4901542032375180",
    Some("16 digits are an IMEISV (IMEI and software version); give the 15-digit IMEI")
)]
#[case("4901542", Some("an IMEI has 15 digits, this one has 7"))]
#[case("000000000000000", Some("one digit repeated stands for no handset; leave it empty"))]
#[case("49015420323751x", Some("an IMEI is written with digits alone"))]
fn an_imei_is_checked(#[case] typed: &str, #[case] reason: Option<&str>) {
    let found = Imei::parse(typed).err().map(|error| error.to_string());
    assert_eq!(found.as_deref(), reason);
}

#[test]
fn an_iccid_is_checked() {
    let nineteen = with_check_digit("898230012345678901");
    let twenty = with_check_digit("8982300123456789012");
    assert_eq!(Iccid::parse(&nineteen).unwrap().expose(), nineteen);
    assert_eq!(Iccid::parse(&format!("{nineteen}F")).unwrap().expose(), nineteen);
    assert_eq!(Iccid::parse(&format!("{nineteen}f")).unwrap().expose(), nineteen);
    assert_eq!(Iccid::parse(&twenty).unwrap().expose(), twenty);
    assert_eq!(Iccid::parse("898230012345678901"), Err(ParseIccidError::Length { actual: 18 }));
    assert_eq!(Iccid::parse("7982300123456789018"), Err(ParseIccidError::Prefix));
    assert_eq!(Iccid::parse("F"), Err(ParseIccidError::Empty));
    assert_eq!(Iccid::parse("89823X"), Err(ParseIccidError::Character));
    let mut wrong = nineteen;
    wrong.replace_range(10..11, "0");
    assert!(matches!(Iccid::parse(&wrong), Err(ParseIccidError::CheckDigit { .. })));
}

#[rstest]
#[case("490154203237518", Ok("490154203237518"))]
#[case("4901542032375199", Ok("490154203237518"))]
#[case("49-015420-323751-00", Ok("490154203237518"))]
#[case("490154203237519", Err("imei.check_digit"))]
#[case("49015420323751", Err("imei.no_check_digit"))]
#[case("49015420323751999", Err("imei.length"))]
#[case("490154203237519x", Err("imei.character"))]
#[case("0000000000000000", Err("imei.filler"))]
#[case("1111111111111199", Err("imei.filler"))]
#[case("000000000000000", Err("imei.filler"))]
#[case("", Err("imei.empty"))]
fn a_network_records_one_of_two_forms(#[case] text: &str, #[case] expected: Result<&str, &str>) {
    let read = Imei::recorded(text);
    let found = read.as_ref().map(Imei::expose).map_err(|error| error.code());
    assert_eq!(found, expected);
    let quick = Imei::normal_digits(text);
    let plain = text.bytes().all(|b| b.is_ascii_digit());
    assert_eq!(
        quick.as_ref().map(|digits| digits.as_slice()),
        expected.ok().filter(|_| plain).map(str::as_bytes)
    );
}

#[rstest]
#[case("Gildong.Hong@Naver.COM", Ok("Gildong.Hong@naver.com"))]
#[case(" hong＠hanbit.example ", Ok("hong@hanbit.example"))]
#[case("", Err(ParseEmailError::Empty))]
#[case("hong", Err(ParseEmailError::Shape))]
#[case("@naver.com", Err(ParseEmailError::Shape))]
#[case("a@b@c.kr", Err(ParseEmailError::Shape))]
#[case("a b@c.kr", Err(ParseEmailError::Character))]
#[case("홍@c.kr", Err(ParseEmailError::Character))]
#[case("a@한글.kr", Err(ParseEmailError::Character))]
#[case("a\r\nRCPT@c.kr", Err(ParseEmailError::Character))]
#[case("<a@c.kr>", Err(ParseEmailError::Character))]
#[case("a..b@c.kr", Err(ParseEmailError::Dot))]
#[case("a@c", Err(ParseEmailError::Domain))]
#[case("a@127.0.0.1", Err(ParseEmailError::Domain))]
#[case("a@-c.kr", Err(ParseEmailError::Domain))]
#[case("a@c..kr", Err(ParseEmailError::Domain))]
fn a_mail_address_is_read(#[case] typed: &str, #[case] expected: Result<&str, ParseEmailError>) {
    let read = EmailAddress::parse(typed);
    assert_eq!(read.as_ref().map(EmailAddress::expose), expected.as_ref().copied());
}

#[test]
fn a_long_mail_address_is_refused() {
    let local = format!("{}@c.kr", "a".repeat(65));
    let domain = format!("a@{}kr", "abcdefgh.".repeat(32));
    assert_eq!(EmailAddress::parse(&local), Err(ParseEmailError::Long));
    assert_eq!(EmailAddress::parse(&domain), Err(ParseEmailError::Long));
}

#[test]
fn a_name_is_one_line() {
    assert_eq!(PersonName::parse("  Jane   Doe ").unwrap().expose(), "Jane Doe");
    assert_eq!(PersonName::parse("\u{1112}\u{1169}\u{11bc}").unwrap().expose(), "홍");
    assert_eq!(PersonName::parse(" "), Err(ParseNameError::Empty));
    for bad in ["홍\n길동", "홍\u{202e}길동", "홍\u{0}"] {
        assert_eq!(PersonName::parse(bad), Err(ParseNameError::Control));
    }
    let long = "가".repeat(81);
    assert_eq!(PersonName::parse(&long), Err(ParseNameError::Long { limit: 80, actual: 81 }));
}

#[rstest]
#[case("04524 서울 중구 세종대로 110", Ok("04524\n서울 중구 세종대로 110"))]
#[case("(04524) 서울 중구|3층", Ok("04524\n서울 중구\n3층"))]
#[case("04524\r\n서울 중구\r\n", Ok("04524\n서울 중구"))]
#[case("", Err(ParsePostalError::Empty))]
#[case("서울 중구", Err(ParsePostalError::NoPostcode))]
#[case("100-011 서울", Err(ParsePostalError::Postcode { actual: 6 }))]
#[case("04524", Err(ParsePostalError::NoLines))]
#[case("04524 a|b|c|d|e", Err(ParsePostalError::Lines { limit: 4, actual: 5 }))]
#[case("04524 a\u{1b}b", Err(ParsePostalError::Line))]
fn an_address_is_read(#[case] typed: &str, #[case] expected: Result<&str, ParsePostalError>) {
    let read = PostalAddress::parse(typed);
    assert_eq!(read.as_ref().map(PostalAddress::expose), expected.as_ref().copied());
}

#[test]
fn debug_and_display_are_masked() {
    check_masked(&Msisdn::parse("010-9876-5432").unwrap(), "Msisdn(010-****-**32)");
    check_masked(&Imsi::parse("450081234567890").unwrap(), "Imsi(450**********90)");
    check_masked(&Imei::parse("490154203237518").unwrap(), "Imei(490**********18)");
    let iccid = Iccid::parse(&with_check_digit("898230012345678901")).unwrap();
    check_masked(&iccid, &format!("Iccid({})", iccid.masked()));
    check_masked(&EmailAddress::parse("hong@naver.com").unwrap(), "EmailAddress(h**@n**.com)");
    check_masked(&EmailAddress::parse("h@n.com").unwrap(), "EmailAddress(***@***.com)");
    check_masked(&PersonName::parse("홍길동").unwrap(), "PersonName(홍**)");
    check_masked(&PersonName::parse("홍").unwrap(), "PersonName(***)");
    let address = PostalAddress::parse("04524 서울 중구").unwrap();
    check_masked(&address, "PostalAddress(04*** 서**)");
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Sealed {
    #[serde(with = "exposed")]
    number: Msisdn,
    #[serde(with = "exposed_option")]
    name: Option<PersonName>,
    #[serde(with = "exposed_option", default)]
    address: Option<PostalAddress>,
}

#[test]
fn a_sealed_record_reads_back() {
    let record = Sealed {
        number: Msisdn::parse("+1 415 555 0123").unwrap(),
        name: None,
        address: Some(PostalAddress::parse("04524 서울|3층").unwrap()),
    };
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(json, r#"{"number":"14155550123","name":null,"address":"04524\n서울\n3층"}"#);
    assert_eq!(serde_json::from_str::<Sealed>(&json).unwrap(), record);
}

#[test]
fn a_record_that_does_not_read_names_the_reason_alone() {
    let error = serde_json::from_str::<Sealed>(r#"{"number":"821098765","name":null}"#);
    let message = error.unwrap_err().to_string();
    assert!(message.starts_with("msisdn.length"), "{message}");
    assert!(!message.contains("98765"), "{message}");
}

proptest! {
    #[test]
    fn korean_numbers_read_back(number in "01(0[0-9]{8}|[16789][0-9]{7,8})") {
        let parsed = Msisdn::parse(&number).unwrap();
        prop_assert_eq!(parsed.national(), number);
        prop_assert_eq!(&Msisdn::parse(parsed.expose()).unwrap(), &parsed);
        holds(&parsed)?;
    }

    #[test]
    fn foreign_numbers_read_back(number in "\\+[13-79][0-9]{8,13}") {
        holds(&Msisdn::parse(&number).unwrap())?;
    }

    #[test]
    fn card_numbers_read_back(payload in "[1-9][0-9]{13}", msin in "[0-9]{10}", card in "89[0-9]{16,17}") {
        if let Ok(imei) = Imei::parse(&with_check_digit(&payload)) {
            holds(&imei)?;
        }
        holds(&Imsi::parse(&format!("45008{msin}")).unwrap())?;
        holds(&Iccid::parse(&with_check_digit(&card)).unwrap())?;
    }

    #[test]
    fn mail_addresses_read_back(text in "[a-zA-Z0-9+_-]{2,20}(\\.[a-z]{1,5})?@[a-z]{2,10}(\\.[a-z]{2,5}){1,2}") {
        holds(&EmailAddress::parse(&text).unwrap())?;
    }

    #[test]
    fn names_and_addresses_read_back(name in "[가-힣A-Za-z' ]{2,30}", lines in "[가-힣0-9 -]{2,40}") {
        if let Ok(name) = PersonName::parse(&name) {
            holds(&name)?;
            let shown = name.masked();
            let hidden: Vec<char> = name.expose().chars().skip(1).collect();
            prop_assert!(shown.chars().skip(1).all(|c| c == '*' || !hidden.contains(&c)));
        }
        if let Ok(address) = PostalAddress::new("04524", &[&lines]) {
            holds(&address)?;
        }
    }

    #[test]
    fn parsing_never_panics_and_never_quotes(text in "\\PC{0,40}|[0-9 +-]{0,30}") {
        let errors = [
            Msisdn::parse(&text).err().map(|e| e.to_string()),
            Imsi::parse(&text).err().map(|e| e.to_string()),
            Imei::parse(&text).err().map(|e| e.to_string()),
            Iccid::parse(&text).err().map(|e| e.to_string()),
            EmailAddress::parse(&text).err().map(|e| e.to_string()),
            PersonName::parse(&text).err().map(|e| e.to_string()),
            PostalAddress::parse(&text).err().map(|e| e.to_string()),
        ];
        for error in errors.into_iter().flatten().chain([mask_unparsed(&text)]) {
            prop_assert!(!quotes(&error, &text), "{} quotes {}", error, text);
        }
    }
}

/// Reads back, and shows less than it holds.
fn holds<T: Personal + PartialEq + std::fmt::Debug + std::fmt::Display>(
    value: &T,
) -> Result<(), TestCaseError> {
    let again = T::from_exposed(value.expose()).map_err(|e| TestCaseError::fail(e.to_string()))?;
    prop_assert_eq!(&again, value);
    for shown in [format!("{value:?}"), value.to_string(), value.masked()] {
        prop_assert!(!quotes(&shown, value.expose()), "{} shows too much", shown);
    }
    Ok(())
}

fn check_masked<T: Personal + std::fmt::Debug + std::fmt::Display>(value: &T, debug: &str) {
    assert_eq!(format!("{value:?}"), debug);
    assert_eq!(format!("{value:#?}"), debug);
    assert_eq!(value.to_string(), value.masked());
    assert!(!quotes(debug, value.expose()), "{debug}");
}

/// Whether five digits of `value` in a row stand in `shown`.
fn quotes(shown: &str, value: &str) -> bool {
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    digits.windows(5).any(|run| shown.contains(&run.iter().collect::<String>()))
}

fn with_check_digit(payload: &str) -> String {
    format!("{payload}{}", luhn::check_digit(payload))
}
