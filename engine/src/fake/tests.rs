//! What becomes of fakes.

use std::fmt::Write as _;

use super::*;
use crate::register::stage::{Stage, at};

fn report<'a>(text: &'a str, sender: &'a str) -> Report<'a> {
    Report { text, sender, seen_at: at(50), by: "messaging" }
}

const PARCEL: &str = "택배 주소가 잘못되었습니다. 아래에서 고쳐 주시기 바랍니다! http://cj.top/x1";

#[test]
fn fakes_of_one_wording_are_one_campaign() {
    let stage = Stage::sent();
    let keep = |text: &str, sender| add(&stage.home, &report(text, sender)).unwrap();
    let first = keep(PARCEL, "010-5555-0001");
    assert_eq!((first.no, first.campaign, first.reports, first.after), (1, 1, 1, None));
    let forged = stage.text().replace("080-000-0114", "bit.ly/q");
    let second = keep(&forged, "");
    assert_eq!((second.campaign, second.after), (2, Some((1, 1))));
    assert_eq!(second.hosts.into_iter().collect::<Vec<_>>(), ["bit.ly"]);
    let third = keep(&PARCEL.replace("cj.top/x1", "cj-2.top/y"), "+82105555");
    assert_eq!((third.no, third.campaign, third.reports), (3, 1, 2));
    let all = list(&stage.home).unwrap();
    assert_eq!(
        all.iter().map(|one| (one.campaign, one.reports)).collect::<Vec<_>>(),
        [(1, 2), (2, 1)]
    );
    assert_eq!(all[0].senders.iter().collect::<Vec<_>>(), ["+82105555", "01055550001"]);
    assert_eq!(all[0].hosts.iter().collect::<Vec<_>>(), ["cj-2.top", "cj.top"]);
}

#[test]
fn a_fake_between_two_campaigns_joins_them() {
    let stage = Stage::draft();
    let words: Vec<String> = (0..40_u32).map(word).collect();
    let text = |from: usize, to: usize| words[from..to].concat();
    let campaign = |text: &str| add(&stage.home, &report(text, "")).unwrap().campaign;
    assert_eq!(campaign(&text(0, 24)), 1);
    assert_eq!(campaign(&text(8, 32)), 2);
    assert_eq!(campaign(&text(4, 28)), 1);
    let all = list(&stage.home).unwrap();
    assert_eq!((all.len(), all[0].reports), (1, 3));
}

/// Words of which no two share a run of signs.
fn word(n: u32) -> String {
    (0..4).filter_map(|k| char::from_u32(0xac00 + n * 97 + k * 13)).collect()
}

#[test]
fn what_is_ours_is_no_fake() {
    let stage = Stage::sent();
    let refused = add(&stage.home, &report(&stage.text(), "114")).unwrap_err();
    assert_eq!(refused.code, "official");
    assert_eq!(refused.what, "this is no fake: it is wording 1 of wave 1, word for word");
    assert!(list(&stage.home).unwrap().is_empty());
}

#[test]
fn a_report_that_cannot_be_is_refused() {
    let stage = Stage::draft();
    let code = |report: &Report<'_>| add(&stage.home, report).unwrap_err().code;
    assert_eq!(code(&report(" \n", "")), "text");
    assert_eq!(code(&report(PARCEL, "=cmd()")), "sender");
    assert_eq!(code(&report(PARCEL, &"1".repeat(65))), "sender");
    assert_eq!(code(&Report { seen_at: at(101), ..report(PARCEL, "") }), "seen_at");
    assert_eq!(code(&Report { by: "audit", ..report(PARCEL, "") }), "not_allowed");
}

#[test]
fn filters_and_authorities_get_lists() {
    let stage = Stage::sent();
    for host in ["cj.top", "cj-2.top"] {
        add(&stage.home, &report(&PARCEL.replace("cj.top", host), "010-5555-0001")).unwrap();
    }
    let out = stage.folder.path().join("lists");
    let handed = export(&stage.home, &out, "messaging").unwrap();
    assert_eq!((handed.reports, handed.senders, handed.hosts, handed.phrases), (2, 1, 2, 2));
    let mut all = String::new();
    for name in ["senders.csv", "hosts.csv", "phrases.csv"] {
        let text = std::fs::read_to_string(out.join(name)).unwrap();
        write!(all, "{}", text.replace("\r\n", "\n")).unwrap();
    }
    let seen = "2025-09-04T15:34:10Z,2025-09-04T15:34:10Z";
    assert_eq!(
        all,
        format!(
            "sender,reports,first_seen,last_seen\n01055550001,2,{seen}\n\
             host,reports,first_seen,last_seen\ncj-2.top,1,{seen}\ncj.top,1,{seen}\n\
             phrase,campaign,reports\n아래에서 고쳐 주시기 바랍니다,1,2\n택배 주소가 잘못되었습니다,1,2\n"
        )
    );
}
