//! Texts held against a register: genuine ones, altered ones, and others.

use serde_json::{Value, json};
use simrecall_core::notice::matcher::{Matcher, Verdict, same_sender};
use simrecall_core::notice::{Gap, MessageCode, Wording};

use crate::chance::Chance;

/// What notices and their imitators say.
const SENTENCES: [&str; 16] = [
    "고객님의 휴대전화번호와 가입자식별번호가 유출된 사실을 확인하여 알려드립니다.",
    "유심을 무료로 교체하실 수 있습니다. 가까운 대리점에 신분증을 가지고 방문해 주십시오.",
    "저희는 문자로 주민등록번호나 비밀번호를 묻지 않으며, 이 문자에는 누르실 주소가 없습니다.",
    "피해가 의심되면 080-000-0114로 전화하여 주십시오. 24시간 무료입니다.",
    "개인정보침해 신고센터(118)에 신고하실 수 있습니다.",
    "결제 내역을 확인하시고, 모르는 결제가 있으면 바로 알려 주십시오.",
    "We found that your phone number and IMSI were taken between 1 August and 5 September.",
    "Your card can be replaced free of charge at any of our shops; bring an identity card.",
    "We never ask for a password in a message, and this one holds no address to tap.",
    "If a payment was made that you do not know, call 080-000-0114 at any hour.",
    "お客様の電話番号が漏えいしたことを確認しましたので、お知らせいたします。",
    "店舗でUSIMを無料で交換いたします。本人確認書類をお持ちください。",
    "我们确认您的手机号码已泄露，特此通知。您可以免费更换 USIM 卡。",
    "Chúng tôi xác nhận số điện thoại của quý khách đã bị lộ.",
    "택배가 도착했습니다. 주소를 확인하세요 http://example.com/t",
    "<p>고객님께 <b>알려드립니다</b>.</p>",
];
const NAMES: [&str; 8] =
    ["김민수", "홍길동", "Nguyễn Văn A", "山田太郎", "John O'Neil", "㈜한빛상사", "김 수", ""];
const SENDERS: [&str; 4] = ["114", "080-000-0114", "notice@example.com", "한빛모바일"];
const ODD: &str = " \n\u{200b}\u{202e}\u{feff}0O1l-ー.가ａа🐧\u{1100}\u{1161}";

/// Prints a register and cases against it; a few registers, so that their shapes differ too.
pub(crate) fn cases(
    chance: &mut Chance,
    count: usize,
    mut line: impl FnMut(Value) -> std::io::Result<()>,
) -> std::io::Result<()> {
    const REGISTERS: usize = 20;
    for _ in 0..REGISTERS {
        let size = chance.between(1, 12);
        let wordings: Vec<(Wording, &str)> =
            (0..size).filter_map(|_| Some((wording(chance)?, chance.pick(&SENDERS)))).collect();
        line(json!({ "register": file(&wordings).to_string(), "wordings": wordings.len() }))?;
        let matcher = Matcher::new(wordings.iter().map(|(wording, _)| wording));
        for _ in 0..count.div_ceil(REGISTERS) {
            let text = text(chance, &wordings);
            let sender = chance.one_in(2).then(|| sender(chance));
            let says = says(&wordings, &matcher.classify(&text), sender.as_deref());
            line(json!({ "function": "classify", "typed": text, "sender": sender, "says": says }))?;
        }
    }
    Ok(())
}

/// Some sentences with gaps between them; now and then one whose pieces and gaps do not alternate.
fn wording(chance: &mut Chance) -> Option<Wording> {
    let count = chance.between(1, 5);
    let mut pieces = Vec::new();
    for _ in 0..count {
        let sentences = chance.between(0, 3);
        pieces.push((0..sentences).map(|_| chance.pick(&SENTENCES)).collect::<Vec<_>>().join("\n"));
    }
    let gaps = pieces.len() - usize::from(!chance.one_in(20));
    let gaps: Vec<&str> =
        (0..gaps).map(|_| chance.pick(&["name", "code", "address", "order"])).collect();
    let subject = chance.one_in(2).then_some("[개인정보 유출 통지]");
    // Read from JSON, so that every word of the file's form is used.
    let json = json!({
        "kind": chance.pick(&["possible", "confirmed", "supplement", "correction", "all_clear",
            "remedy_visit", "remedy_ready", "remedy_done", "loss_found"]),
        "language": chance.pick(&["ko", "en", "zh-Hans", "vi", "ja"]),
        "rung": chance.pick(&["lms", "sms", "email", "letter", "posting"]),
        "role": chance.pick(&["holder", "guardian", "company_contact", "line", "handset"]),
        "subject": subject, "pieces": pieces, "gaps": gaps,
    });
    serde_json::from_value(json).ok()
}

/// The file as it is published.
fn file(wordings: &[(Wording, &str)]) -> Value {
    let at = "2025-09-12T00:00:00Z";
    let wave = |(no, (wording, sender)): (usize, &(Wording, &str))| {
        json!({ "wave": no + 1, "released_at": at, "statement_sha256": null, "wordings": [{
            "no": no * 2, "sha256": format!("{no:064x}"), "sender": sender, "from": at, "until": null,
            "wording": wording,
        }] })
    };
    json!({
        "form": "simrecall register v1", "incident": "HB-2025-09", "published_at": at,
        "waves": wordings.iter().enumerate().map(wave).collect::<Vec<_>>(),
    })
}

/// A text somebody holds.
fn text(chance: &mut Chance, wordings: &[(Wording, &str)]) -> String {
    let base = match wordings.get(chance.below(wordings.len())) {
        Some((wording, _)) if !chance.one_in(5) => filled(chance, wording),
        _ if chance.one_in(2) => {
            let host = chance.pick(&[
                "example.com",
                "www.example.co.kr/t",
                "은행.한국",
                "bit.example/aB3",
            ]);
            let before = chance.pick(&["", "http://", "https://", "HTTPS://"]);
            format!("{} {before}{host}", chance.pick(&NAMES))
        }
        _ => {
            let count = chance.between(0, 4);
            (0..count).map(|_| chance.pick(&SENTENCES)).collect::<Vec<_>>().join(" ")
        }
    };
    match chance.below(6) {
        0 => chance.spoiled(&base, ODD),
        1 => format!("[Web발신]\n{base}"),
        2 => base.replace("080-000-0114", "070-1234-5678"),
        3 => format!("{base}\n{}", chance.pick(&SENTENCES)),
        _ => base,
    }
}

fn filled(chance: &mut Chance, wording: &Wording) -> String {
    let values: Vec<String> = wording
        .gaps
        .iter()
        .map(|gap| match gap {
            Gap::Name => chance.pick(&NAMES).to_owned(),
            Gap::Code => {
                MessageCode::from_bytes(std::array::from_fn(|_| chance.byte())).to_string()
            }
            Gap::Address => "서울특별시 중구 세종대로 110".to_owned(),
            Gap::Order => "HB-2025-000123".to_owned(),
        })
        .collect();
    let body = wording.fill(|at, _| values.get(at).map_or("", String::as_str));
    match &wording.subject {
        Some(subject) if chance.one_in(2) => format!("{subject}\n{body}"),
        _ => body,
    }
}

fn sender(chance: &mut Chance) -> String {
    chance
        .pick(&["114", "1-1-4", "(080) 000 0114", "NOTICE@Example.com", "02-123-4567", ""])
        .to_owned()
}

fn says(wordings: &[(Wording, &str)], verdict: &Verdict, sender: Option<&str>) -> Value {
    let ours = |at: usize| {
        let (wording, sender) = wordings.get(at)?;
        Some(json!({
            "wave": at + 1, "no": at * 2, "sha256": format!("{at:064x}"), "sender": sender,
            "kind": wording.kind.name(), "language": wording.language.tag(), "rung": wording.rung.name(),
        }))
    };
    match verdict {
        Verdict::Official { at, name } => {
            let same = sender.zip(wordings.get(*at)).is_none_or(|(a, (_, b))| same_sender(a, b));
            let is = if same { "official" } else { "other_sender" };
            json!({ "is": is, "ours": ours(*at), "addressed_to": name, "places": [] })
        }
        Verdict::Altered { at, places } => {
            json!({ "is": "altered", "ours": ours(*at), "addressed_to": null, "places": places })
        }
        Verdict::Link => json!({ "is": "link", "ours": null, "addressed_to": null, "places": [] }),
        Verdict::NotOurs => {
            json!({ "is": "not_ours", "ours": null, "addressed_to": null, "places": [] })
        }
    }
}
