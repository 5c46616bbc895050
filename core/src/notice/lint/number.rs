//! Numbers in a text: those to call, and those that should not be there.

use std::collections::BTreeSet;

use super::sentence::sentences;

/// What a run of digits would do in a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Figure {
    /// It can be called.
    Telephone(String),
    /// It is somebody's value, an address of a machine, or a place or time of connection.
    Value(String),
}

/// Digits of a telephone number, the country's code as a leading zero.
pub(super) fn digits(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("82").filter(|_| number.trim_start().starts_with('+')) {
        Some(rest) => format!("0{}", rest.trim_start_matches('0')),
        None => digits,
    }
}

/// The figures of a text that are neither allowed numbers nor dates nor amounts.
pub(super) fn find(text: &str, allowed: &BTreeSet<String>) -> Vec<Figure> {
    let mut found: Vec<Figure> =
        tokens(text).iter().filter_map(|token| figure(token, allowed)).collect();
    found.extend(sentences(text).filter_map(connection).map(Figure::Value));
    found
}

fn figure(token: &Token, allowed: &BTreeSet<String>) -> Option<Figure> {
    let text = token.text.as_str();
    let digits = digits(text);
    if allowed.contains(&digits) || is_date(text) || text.contains(',') {
        return None;
    }
    if is_ip_address(text) || is_coordinate(text) {
        return Some(Figure::Value(text.to_owned()));
    }
    if is_telephone(text, &digits) || (is_special(text) && !token.counts) {
        return Some(Figure::Telephone(text.to_owned()));
    }
    (digits.len() >= 6).then(|| Figure::Value(text.to_owned()))
}

/// A run of digits with what joins them.
#[derive(Debug)]
struct Token {
    text: String,
    /// Whether a word follows that says what it counts: `118개`, `300만원`, `제118조`.
    counts: bool,
}

/// What follows a number that counts or measures something.
const COUNTED: &str = "%~/:개명회건원만천억조항호일년월시분초번가인个名条元万号件円回人";

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    let mut glue = false;
    while let Some((before, from)) =
        rest.find(|c: char| c.is_ascii_digit() || c == '+').and_then(|at| rest.split_at_checked(at))
    {
        let inside = |c: char| c.is_ascii_digit() || "+-.,()".contains(c);
        let end = from.find(|c: char| !inside(c)).unwrap_or(from.len());
        let (run, after) = from.split_at_checked(end).unwrap_or((from, ""));
        let run = run.trim_end_matches(|c: char| !c.is_ascii_digit());
        let counted = before.chars().next_back().is_some_and(char::is_alphabetic)
            || after.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || COUNTED.contains(c));
        let joined = tokens
            .last_mut()
            .filter(|last| glue && before == " " && dials_on(&last.text) && is_group(run));
        match joined {
            Some(last) => {
                last.text.push(' ');
                last.text.push_str(run);
                last.counts = counted;
            }
            None if run.is_empty() => {}
            None => tokens.push(Token { text: run.to_owned(), counts: counted }),
        }
        glue = !run.is_empty() && !after.starts_with(char::is_alphabetic);
        rest = after;
    }
    tokens
}

/// `02`, `010`, `080 000`, `1833`, `+82 10`: more digits belong to it.
fn dials_on(text: &str) -> bool {
    let first = text.split([' ', '-']).next().unwrap_or_default();
    let opens = (first.starts_with('0') && (2..=4).contains(&first.len()))
        || first == "+82"
        || (first.len() == 4 && ["15", "16", "18"].iter().any(|head| first.starts_with(head)));
    opens && digits(text).len() < 9
}

fn is_group(run: &str) -> bool {
    let digits = digits(run);
    (2..=8).contains(&digits.len()) && run.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// Short numbers of Korean networks, such as 118.
fn is_special(text: &str) -> bool {
    text.len() == 3 && text.starts_with('1')
}

/// Numbers of Korean networks: trunk numbers and nationwide ones; and any with a country's code.
fn is_telephone(text: &str, digits: &str) -> bool {
    let len = digits.len();
    let nationwide = ["15", "16", "18"].iter().any(|head| digits.starts_with(head));
    (digits.starts_with('0') && (8..=12).contains(&len))
        || (text.starts_with('+') && (8..=15).contains(&len))
        || (nationwide && len == 8)
}

/// `2025-10-17`, `2025.8.5`, `2025. 8. 5` in one run, `2025-10`, `20251017`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['-', '.']).collect();
    let number = |part: Option<&&str>, most: u32| {
        part.and_then(|part| part.parse::<u32>().ok()).is_some_and(|n| (1..=most).contains(&n))
    };
    let year = parts
        .first()
        .is_some_and(|year| year.len() == 4 && (year.starts_with("19") || year.starts_with("20")));
    (2..=3).contains(&parts.len())
        && year
        && number(parts.get(1), 12)
        && (parts.len() == 2 || number(parts.get(2), 31))
}

fn is_ip_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok())
}

/// `37.5665`: nothing else in a notice has so many places.
fn is_coordinate(text: &str) -> bool {
    text.split_once('.').is_some_and(|(whole, places)| {
        (1..=3).contains(&whole.len())
            && places.len() >= 4
            && [whole, places].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// The sentence if it names a cell by its number, or ties a time of day to a connection.
fn connection(sentence: &str) -> Option<String> {
    let lower = sentence.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let cell = says(&[
        "cell id",
        "cellid",
        "cell-id",
        "enb",
        "gnb",
        "eci",
        "셀 id",
        "셀id",
        "셀 번호",
        "기지국 번호",
        "기지국 id",
        "小区id",
        "基站编号",
        "mã trạm",
        "セルid",
        "基地局番号",
    ]) && lower.bytes().any(|b| b.is_ascii_digit());
    let connected = says(&["접속", "연결", "connect", "attach", "接入", "连接", "kết nối", "接続"]);
    (cell || (connected && has_time(&lower))).then(|| sentence.to_owned())
}

/// `13:05`, `오후 3시 5분`.
fn has_time(text: &str) -> bool {
    let digit_before = |at: usize| {
        text.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
    };
    let clock = text.match_indices(':').any(|(at, _)| {
        let after = text.get(at + 1..).unwrap_or_default();
        digit_before(at) && after.bytes().take_while(u8::is_ascii_digit).count() >= 2
    });
    let spoken = ["시 ", "点", "時"].iter().any(|hour| {
        text.match_indices(hour).any(|(at, _)| {
            let after = text.get(at + hour.len()..).unwrap_or_default();
            digit_before(at) && after.starts_with(|c: char| c.is_ascii_digit())
        })
    });
    clock || spoken
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn allowed() -> BTreeSet<String> {
        ["114", "118", "080-000-0114", "1833-6972"].map(digits).into_iter().collect()
    }

    #[rstest]
    #[case("고객센터 114, 118에 신고, 080-000-0114 (24시간), (1833-6972)")]
    #[case("080 000 0114, +82-80-000-0114")]
    #[case("2025-12-31 23:59:59, r10000 기준; 2025년 8월 5일부터 2025. 9. 5.까지 2025.09.05")]
    #[case("제39조의2, 300만원, 10,000,000원, 대상 회선: 117개, 113명")]
    #[case("Art. 39-2, up to 3 million won, 5G, v1.2")]
    #[case("이번 접속은 차단되었습니다. 접수 시간은 09:00부터입니다.")]
    fn what_belongs_is_left_alone(#[case] text: &str) {
        assert_eq!(find(text, &allowed()), [], "{text}");
    }

    #[rstest]
    #[case("02-123-4567로 전화", "02-123-4567")]
    #[case("010 1234 5678", "010 1234 5678")]
    #[case("070-1234-5678.", "070-1234-5678")]
    #[case("1588-0000", "1588-0000")]
    #[case("+1-202-555-0100", "+1-202-555-0100")]
    #[case("call 117.", "117")]
    #[case("국번 없이 117에 신고", "117")]
    #[case("080-000-0115", "080-000-0115")]
    fn a_strange_number_is_found(#[case] text: &str, #[case] number: &str) {
        assert_eq!(find(text, &allowed()), [Figure::Telephone(number.to_owned())]);
    }

    #[rstest]
    #[case("IMSI 450081234567890", "450081234567890")]
    #[case("990101-1234567", "990101-1234567")]
    #[case("IP 10.20.30.40", "10.20.30.40")]
    #[case("37.5665, 126.9780", "37.5665")]
    #[case("계좌 123-456-789012", "123-456-789012")]
    #[case("13:05에 접속하였습니다", "13:05에 접속하였습니다")]
    #[case("기지국 번호 12345", "기지국 번호 12345")]
    fn a_value_is_found(#[case] text: &str, #[case] value: &str) {
        assert_eq!(find(text, &allowed()).first(), Some(&Figure::Value(value.to_owned())));
    }
}
