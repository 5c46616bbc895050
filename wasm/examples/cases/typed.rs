//! What people type into a field, rightly and wrongly.

use simrecall_core::notice::MessageCode;

use crate::chance::Chance;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const HANGUL: &str = "가나다라마바사아자차카타파하홍길동김민수각힣ㄱㅏ";
/// Signs that do not belong: blanks and hyphens of many kinds, other scripts, halves of letters,
/// signs nobody sees.
const ODD: &str = " -.()+/@0aZ\u{0}\t\n\u{a0}\u{ad}\u{200b}\u{202e}\u{2010}\u{2212}\u{3000}０９－Ａㅡ가\u{1100}\u{1161}\u{301}é\u{130}ßͅ🐧\u{10ffff}\u{feff}";

/// Half of them well formed, as people write them; then spoiled.
fn written(chance: &mut Chance, plain: &str) -> String {
    let mut text = String::new();
    let (parting, every) =
        (chance.pick(&["", "", "-", " ", "\u{2013}", "."]), chance.between(3, 5));
    for (at, digit) in plain.chars().enumerate() {
        if at > 0 && at % every == 0 {
            text.push_str(parting);
        }
        text.push(digit);
    }
    if chance.one_in(6) {
        let wide = |c: char| u32::from(c).checked_add(0xfee0).and_then(char::from_u32).unwrap_or(c);
        text = text.chars().map(|c| if c.is_ascii_digit() { wide(c) } else { c }).collect();
    }
    if chance.one_in(8) {
        text = format!(" {text}\t");
    }
    chance.spoiled(&text, ODD)
}

pub(crate) fn msisdn(chance: &mut Chance) -> String {
    let start = chance.pick(&["010", "010", "011", "016", "019", "02", "070", "82", "8210"]);
    let before = chance.pick(&["", "", "", "+", "+82", "82", "+82(0)", "00", "0082"]);
    let count = chance.between(6, 9);
    let plain = format!("{start}{}", chance.signs(DIGITS, count));
    let text = written(chance, &plain);
    format!("{before}{text}")
}

pub(crate) fn imsi(chance: &mut Chance) -> String {
    let start = chance.pick(&["45008", "45005", "45006", "310", ""]);
    let count = chance.between(9, 12);
    let plain = format!("{start}{}", chance.signs(DIGITS, count));
    written(chance, &plain)
}

pub(crate) fn imei(chance: &mut Chance) -> String {
    let count = chance.between(13, 15);
    let body = chance.signs(DIGITS, count);
    let plain = with_check_digit(chance, &body);
    written(chance, &plain)
}

pub(crate) fn iccid(chance: &mut Chance) -> String {
    let start = chance.pick(&["8982", "8982", "89", "88", ""]);
    let count = chance.between(13, 16);
    let body = format!("{start}{}", chance.signs(DIGITS, count));
    let plain = with_check_digit(chance, &body);
    written(chance, &plain)
}

/// The right check digit, most of the time.
fn with_check_digit(chance: &mut Chance, body: &str) -> String {
    if chance.one_in(4) {
        return format!("{body}{}", chance.signs(DIGITS, 1));
    }
    let doubled = |(at, digit): (usize, u32)| match (at % 2, digit) {
        (0, 0..=4) => digit * 2,
        (0, _) => digit * 2 - 9,
        _ => digit,
    };
    let sum: u32 = body.chars().rev().filter_map(|c| c.to_digit(10)).enumerate().map(doubled).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

pub(crate) fn email(chance: &mut Chance) -> String {
    let (a, b, c) = (chance.between(0, 20), chance.between(1, 15), chance.between(1, 4));
    let local = chance.signs(&format!("{LETTERS}{DIGITS}._+-"), a);
    let domain = chance.signs(&format!("{LETTERS}{DIGITS}-"), b);
    let top = chance.signs(LETTERS, c);
    let dot = chance.pick(&[".", ".", ".", ".co.", "", ".."]);
    let mut text = format!("{local}@{domain}{dot}{top}");
    if chance.one_in(50) {
        text = format!("{}{text}", "a".repeat(chance.between(40, 300)));
    }
    chance.spoiled(&text, ODD)
}

pub(crate) fn message_code(chance: &mut Chance) -> String {
    let code = MessageCode::from_bytes(std::array::from_fn(|_| chance.byte())).to_string();
    let typed = match chance.below(5) {
        0 => code.to_lowercase(),
        1 => code.replace('-', ""),
        2 => code.replace('0', "o").replace('1', "I"),
        3 => chance.signs("0123456789", 9),
        _ => code,
    };
    chance.spoiled(&typed, ODD)
}

pub(crate) fn anything(chance: &mut Chance) -> String {
    match chance.below(3) {
        0 => msisdn(chance),
        1 => {
            let count = chance.between(0, 30);
            chance.signs(&format!("{HANGUL}{LETTERS}{ODD}"), count)
        }
        _ => {
            let count = chance.between(0, 6);
            chance.signs(HANGUL, count)
        }
    }
}

/// What goes into a code to be scanned; now and then what is too long for one.
pub(crate) fn short(chance: &mut Chance) -> String {
    let alphabets = [DIGITS, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", LETTERS, HANGUL, ODD];
    let alphabet = chance.pick(&alphabets);
    let count = if chance.one_in(100) { chance.between(60, 900) } else { chance.between(0, 40) };
    chance.signs(alphabet, count)
}
