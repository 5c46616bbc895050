//! What fraudsters do to one of our texts.

use super::{genuine, wordings};

/// Fakes of one text, each with a word for what was done.
pub(super) type Fakes = Vec<(String, String)>;

/// All of them.
pub(super) fn fakes() -> Fakes {
    let base = genuine("홍길동");
    [
        numbers(&base),
        links(&base),
        sentences(&base),
        letters(&base),
        unseen(&base),
        gaps(&base),
        wholes(&base),
    ]
    .concat()
}

fn parted(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap()
}

fn numbers(base: &str) -> Fakes {
    let mut fakes = Fakes::new();
    for (at, c) in base.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        let other = if c == '9' { '0' } else { char::from_u32(u32::from(c) + 1).unwrap() };
        let (before, from) = parted(base, at);
        let after = parted(from, 1).1;
        fakes.push((format!("digit at {at}"), format!("{before}{other}{after}")));
        fakes.push((format!("no digit at {at}"), format!("{before}{after}")));
        fakes.push((format!("digit twice at {at}"), format!("{before}{c}{c}{after}")));
    }
    fakes
}

fn links(base: &str) -> Fakes {
    let mut fakes = Fakes::new();
    for link in ["http://hanbit.top/a", "bit.ly/x", "hanbit.kr", "www.hanbit.example", "a@b.io"] {
        for line in 0..base.lines().count() {
            let mut lines: Vec<&str> = base.lines().collect();
            lines.insert(line, link);
            fakes.push((format!("{link} in line {line}"), lines.join("\n")));
        }
        fakes.push((format!("{link} behind"), format!("{base}\n{link}")));
        fakes.push((format!("{link} as name"), genuine(link)));
        fakes.push((format!("{link} behind the name"), genuine(&format!("홍길동 {link}"))));
    }
    fakes
}

fn sentences(base: &str) -> Fakes {
    let mut fakes = Fakes::new();
    for (line, said) in base.lines().enumerate().filter(|(_, said)| !said.trim().is_empty()) {
        let rest = base.lines().enumerate().filter(|(at, _)| *at != line);
        let rest: Vec<&str> = rest.map(|(_, said)| said).collect();
        fakes.push((format!("line {line} dropped"), rest.join("\n")));
        for (what, more) in [("twice", said), ("and more", "지금 전화하십시오.")] {
            fakes.push((
                format!("line {line} {what}"),
                base.replace(said, &format!("{said} {more}")),
            ));
        }
    }
    fakes
}

fn letters(base: &str) -> Fakes {
    let swaps = [
        ("I", "І"),
        ("M", "М"),
        ("S", "Ѕ"),
        ("0", "O"),
        ("1", "l"),
        ("-", "‐"),
        ("(", "（"),
        (":", "："),
        ("·", "•"),
        ("센터", "쎈터"),
        ("한빛", "한및"),
        ("114", "１１４"),
        ("2개", "3개"),
        ("무료", "유료"),
        ("USIM", "usim"),
    ];
    swaps
        .map(|(plain, alike)| (format!("{alike} for {plain}"), base.replacen(plain, alike, 1)))
        .to_vec()
}

fn unseen(base: &str) -> Fakes {
    let mut fakes = Fakes::new();
    let signs = [
        '\u{200b}', '\u{200d}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{ad}', '\u{3164}',
        '\u{fe0f}', '\u{0}', '\u{301}', '\u{e000}',
    ];
    let places = [0, base.len(), base.find("080").unwrap(), base.find("홍").unwrap() + 3];
    for sign in signs {
        for at in places {
            let (before, after) = parted(base, at);
            fakes.push((format!("{sign:?} at {at}"), format!("{before}{sign}{after}")));
        }
    }
    fakes
}

fn gaps(base: &str) -> Fakes {
    let names = [
        "",
        "홍길동 고객님 http://",
        "홍길동 114",
        "홍길동 010-1234-5678",
        "홍길동님 즉시 연락",
        "홍길동\u{200b}",
        "김철수 담당에게 회신, 홍길동",
        "환불 계좌 확인",
        "홍길동!",
        "홍길동 고객님께\n입금",
        "가나다라마바사아자차카타파하가나다라마바사",
        "Kim please call",
        "홍길동 Kim",
        "{{name}}!",
        "홍길동: 카톡 abc",
        "홍길동\n\n[한빛모바일]",
        "○○○",
        "\u{e000}",
    ];
    let codes = [
        "",
        "28T5CY4TH",
        "28t-5cy-4th",
        "28T-5CY-4TX",
        "010-123-456",
        "28T-5CY-4TH 28T-5CY-4TH",
        "○○○",
        "\u{e000}",
    ];
    let named = names.map(|name| (format!("name {name:?}"), genuine(name)));
    let coded = codes.map(|code| (format!("code {code:?}"), base.replace("28T-5CY-4TH", code)));
    [named.to_vec(), coded.to_vec()].concat()
}

fn wholes(base: &str) -> Fakes {
    let other = wordings()[2].pieces[0].clone();
    [
        ("glued", format!("{base}\n{other}")),
        ("glued before", format!("{other}\n{base}")),
        ("twice", format!("{base}{base}")),
        ("in quotes", format!("\"{base}\"")),
        ("cut", base.chars().take(200).collect()),
    ]
    .map(|(what, text)| (what.to_owned(), text))
    .to_vec()
}
