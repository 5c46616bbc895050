//! The register for people: one plain page in Korean and English, for any browser and for paper.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use simrecall_core::incident::Incident;
use simrecall_store::wording::KeptWording;

use super::names::{self, In};
use super::publish::Released;
use crate::home::Home;
use crate::staff::hex;

/// What stands in a gap.
const GAP: &str = "○○○";

/// The page; `published` is when, and the SHA-256 of the file beside it.
pub(super) fn html(
    home: &Home,
    incident: &Incident,
    released: &[Released],
    (at, sha256): (DateTime<Utc>, &str),
) -> String {
    let zone = home.config.law.zone;
    let mut page = String::from(HEAD);
    page.push_str(HOW);
    contents(&mut page, released, zone);
    for one in released {
        wave(&mut page, one, zone);
    }
    let code = escaped(incident.code.as_str());
    let at = moment(at, zone);
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "</main>\n<footer>\n<p>{code} · {at}</p>\n<p>register.json SHA-256 <span class=\"hash\">{sha256}</span></p>\n</footer>\n</body>\n</html>\n"
    );
    page
}

const HEAD: &str = concat!(
    "<!doctype html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"utf-8\">\n",
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
    "<title>공식 안내문 원문 · Register of official notices</title>\n<style>\n",
    include_str!("page.css"),
    "</style>\n</head>\n<body>\n",
    "<a class=\"skip\" href=\"#list\">본문으로 · <span lang=\"en\">Skip to the notices</span></a>\n<main>\n",
);

const HOW: &str = "<section>
<h1>공식 안내문 원문</h1>
<p>당사가 보낸 안내문의 원문입니다. 받으신 문자·전자우편·우편물을 아래 원문과 비교해 주십시오.</p>
<ol>
<li>보낸 번호가 원문의 발신 번호와 같은지 확인해 주십시오.</li>
<li>당사가 보내는 문자에는 인터넷 주소가 없습니다. 주소가 있는 문자는 당사가 보낸 것이 아닙니다.</li>
<li>모든 글자가 원문과 같은지 확인해 주십시오. 띄어쓰기와 줄바꿈, 맨 앞의 [Web발신] 표시는 달라도 됩니다.</li>
<li>○○○ 자리에는 고객님의 성명, 주소 또는 메시지 확인 코드만 들어갑니다.</li>
</ol>
<p>하나라도 다르면 누르거나 회신하지 마시고 국번 없이 118에 신고해 주십시오.</p>
</section>
<section lang=\"en\">
<h1>Register of official notices</h1>
<p>These are our notices, word for word. Compare them with the message, e-mail or letter you received.</p>
<ol>
<li>Check that it came from the sender given here.</li>
<li>Our text messages never hold an internet address. One that does is not ours.</li>
<li>Check that every letter and digit is the same. Blanks, line breaks and [Web발신] at the top do not matter.</li>
<li>Where ○○○ stands, there is your own name or address, or a message code, and nothing else.</li>
</ol>
<p>If anything differs, do not tap or answer; report it to 118.</p>
</section>
";

fn contents(page: &mut String, released: &[Released], zone: Tz) {
    page.push_str("<nav aria-label=\"발송 목록 · Waves\" id=\"list\">\n<ul>\n");
    for one in released {
        let (no, at) = (one.wave.no.0, since(one, zone));
        let count = one.wordings.len();
        let _ = writeln!(page, "<li><a href=\"#w{no}\">{no} · {at} · {count}</a></li>");
    }
    page.push_str("</ul>\n</nav>\n");
}

fn since(released: &Released, zone: Tz) -> String {
    released.wave.released_at.map(|at| moment(at, zone)).unwrap_or_default()
}

fn wave(page: &mut String, released: &Released, zone: Tz) {
    let (no, at) = (released.wave.no.0, since(released, zone));
    let _ = writeln!(
        page,
        "<section id=\"w{no}\">\n<h2>{no}차 발송 · <span lang=\"en\">Wave {no}</span> · {at}</h2>"
    );
    for kept in &released.wordings {
        wording(page, kept, zone);
    }
    page.push_str("</section>\n");
}

fn wording(page: &mut String, kept: &KeptWording, zone: Tz) {
    let wording = &kept.new.wording;
    let [ko, en] = [In::Korean, In::English].map(|page| {
        let kind = names::kind(wording.kind, page);
        let (rung, role) = (names::rung(wording.rung, page), names::role(wording.role, page));
        format!("{kind} · {rung} · {role}")
    });
    let from = moment(kept.released_at.unwrap_or(kept.new.window_from), zone);
    let until = kept.new.window_until.map(|at| moment(at, zone)).unwrap_or_default();
    let language = wording.language.tag();
    let _ = write!(
        page,
        "<article>\n<h3>{ko}<br><span lang=\"en\">{en}</span></h3>\n<dl>\n<dt>언어 · <span lang=\"en\">language</span></dt><dd>{}</dd>\n<dt>발신 · <span lang=\"en\">sender</span></dt><dd>{}</dd>\n<dt>기간 · <span lang=\"en\">sent</span></dt><dd>{from} – {until}</dd>\n<dt>SHA-256</dt><dd class=\"hash\">{}</dd>\n",
        names::language(wording.language),
        escaped(&kept.new.sender),
        hex(&kept.sha256),
    );
    if let Some(subject) = &wording.subject {
        let subject = escaped(subject);
        let _ = writeln!(
            page,
            "<dt>제목 · <span lang=\"en\">subject</span></dt><dd lang=\"{language}\">{subject}</dd>"
        );
    }
    let said = escaped(&wording.fill(|_, _| GAP));
    let _ = write!(page, "</dl>\n<p class=\"said\" lang=\"{language}\">{said}</p>\n</article>\n");
}

fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
}

/// The text as it may stand between tags and in attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_wording_says_becomes_markup() {
        assert_eq!(escaped("<b>\"a\" & 'b'"), "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;");
    }

    #[test]
    fn the_page_loads_nothing() {
        for text in [HEAD, HOW] {
            for bad in ["http", "src=", "url(", "<script", "노출"] {
                assert!(!text.contains(bad), "{bad}");
            }
        }
    }
}
