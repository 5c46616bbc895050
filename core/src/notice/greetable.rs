//! Which names may stand in a greeting: the rule that writes them there, and that tells a genuine
//! text from one whose greeting was made to say more.

use super::harmless::has_address;

/// Letters a greeted name has at most.
const LETTERS: usize = 20;
/// Digits that are still a name (`GS25`), not yet a telephone number.
const DIGITS: usize = 2;
/// What names of people and companies are written with, besides letters and digits.
const SIGNS: &str = " '’&<>{}.,-()·㈜";
/// Words that speak to the reader; no name holds them. Short ones that open real names are left
/// out.
const SPEAKING: &[&str] = &[
    "고객",
    "유출",
    "유심",
    "교체",
    "개인정보",
    "비밀번호",
    "인증",
    "확인",
    "클릭",
    "링크",
    "접속",
    "설치",
    "입금",
    "송금",
    "계좌",
    "결제",
    "환불",
    "환급",
    "보상",
    "무료",
    "당첨",
    "즉시",
    "긴급",
    "담당",
    "상담",
    "센터",
    "번호",
    "연락",
    "전화하",
    "전화주",
    "신고하",
    "문의하",
    "하세",
    "세요",
    "십시",
    "니다",
    "해주",
    "바랍",
    "点击",
    "链接",
    "登录",
    "验证",
    "电话",
    "客户",
    "账户",
    "退款",
    "立即",
    "クリック",
    "リンク",
    "電話",
    "認証",
    "口座",
    "返金",
    "ください",
    "お客様",
    "truy cập",
    "tài khoản",
    "vui lòng",
    "liên hệ",
    "nhấn vào",
];
/// The same in English, as whole words.
const SPEAKING_WORDS: &[&str] = &[
    "account", "app", "bank", "call", "card", "click", "code", "confirm", "contact", "customer",
    "dial", "install", "link", "login", "money", "number", "password", "pay", "payment", "phone",
    "please", "press", "refund", "reply", "text", "urgent", "usim", "verify", "visit", "your",
];

/// Scripts of names; Han and Kana go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Hangul,
    Han,
    Greek,
    Cyrillic,
}

/// Whether the text can be nothing but a name: one script, few letters, no number, no address, and
/// none of the words a message speaks with.
pub(super) fn may_greet(text: &str) -> bool {
    is_written_as_name(text) && !has_address(text) && !is_dotted(text) && !speaks(text)
}

fn is_written_as_name(text: &str) -> bool {
    let (mut script, mut letters, mut digits) = (None, 0, 0);
    for c in text.chars() {
        match script_of(c) {
            Some(one) if *script.get_or_insert(one) == one => letters += 1,
            None if c.is_ascii_digit() => digits += 1,
            None if SIGNS.contains(c) => {}
            Some(_) | None => return false,
        }
    }
    (1..=LETTERS).contains(&letters) && digits <= DIGITS
}

/// The script of a letter that names have; none of digits, signs, marks and everything invisible.
const fn script_of(c: char) -> Option<Script> {
    match c {
        'a'..='z'
        | 'A'..='Z'
        | '\u{c0}'..='\u{d6}'
        | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{24f}'
        | '\u{1e00}'..='\u{1eff}' => Some(Script::Latin),
        '가'..='힣' | 'ㄱ'..='ㅣ' => Some(Script::Hangul),
        '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | 'ぁ'..='ゖ'
        | 'ァ'..='ヺ'
        | 'ー'
        | '々' => Some(Script::Han),
        'Α'..='Ω' | 'α'..='ω' => Some(Script::Greek),
        'Ё' | 'А'..='я' | 'ё' => Some(Script::Cyrillic),
        _ => None,
    }
}

/// A dot with a letter behind it may act as a link in some handsets: `홍길동.클릭`.
fn is_dotted(text: &str) -> bool {
    text.split('.').skip(1).any(|rest| rest.starts_with(char::is_alphanumeric))
}

/// The small letter of a Latin one; the whole tables of Unicode are too heavy for a phone.
fn lower(c: char) -> char {
    let code = u32::from(c);
    let small = match c {
        'A'..='Z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{de}' => code + 32,
        '\u{102}' | '\u{110}' | '\u{128}' | '\u{168}' | '\u{1a0}' | '\u{1af}' => code + 1,
        '\u{1ea0}'..='\u{1ef9}' if code.is_multiple_of(2) => code + 1,
        _ => return c,
    };
    char::from_u32(small).unwrap_or(c)
}

fn speaks(text: &str) -> bool {
    let lower: String = text.chars().map(lower).collect();
    let close: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    SPEAKING.iter().any(|word| close.contains(word) || lower.contains(word))
        || lower.split(|c: char| !c.is_alphanumeric()).any(|word| SPEAKING_WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_companies_are_names() {
        for name in [
            "홍길동",
            "김",
            "남궁 민수",
            "신고은",
            "㈜한빛",
            "GS25",
            "Kim, Co., Ltd.",
            "O'Brien",
            "Jean-Luc Picard",
            "Nguyễn Văn An",
            "洪吉童",
            "山田はな",
            "Иван",
            "J. Kim",
            "Callum Banks",
        ] {
            assert!(may_greet(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_says_more_is_none() {
        for text in [
            "",
            "홍길동 고객님 http://x",
            "홍길동님 담당자 김철수",
            "홍길동 114",
            "홍길동 전화주세요",
            "홍 길 동 확 인",
            "evil.kr",
            "홍길동.클릭",
            "Kim please call",
            "Kim CALL",
            "hoнg",
            "홍길동\u{200b}",
            "홍길동\u{202e}",
            "홍\u{301}",
            "홍길동\n계좌",
            "１１４",
            "홍길동!",
            "홍길동😀",
            "山田 电话",
            "vui lòng gọi",
            "VUI LÒNG GỌI",
            "TRUY CẬP",
        ] {
            assert!(!may_greet(text), "{text:?}");
        }
        assert!(may_greet(&"가".repeat(20)) && !may_greet(&"가".repeat(21)));
    }
}
