//! What OsmoHLR says of a row, as fields.

use std::time::Duration;

use chrono::DateTime;
use simrecall_core::identity::{Imsi, Msisdn, Personal as _};
use simrecall_core::replacement::swap::Access;

use super::subscriber::StoredKey;
use super::{LastSeen, MilenageKey, Subscriber};

/// Of `info-all`: lines of name, tab, value. `None` if it is not this row, lacks what every row has, or says what we cannot keep.
pub(super) fn subscriber(text: &str, imsi: &Imsi) -> Option<Subscriber> {
    if field(text, "imsi")? != imsi.expose() {
        return None;
    }
    let number = field(text, "msisdn").map(Msisdn::from_exposed).transpose().ok()?;
    let access = Access { cs: flag(text, "nam_cs")?, ps: flag(text, "nam_ps")? };
    let registered = ["vlr_number", "sgsn_number"].iter().any(|name| field(text, name).is_some());
    let sqn = field(text, "aud3g.sqn").map(str::parse).transpose().ok()?;
    Some(Subscriber { number, access, sqn, registered, key: key(text) })
}

/// Of `info` or `info-all`: whose row it is.
pub(super) fn imsi(text: &str) -> Option<Imsi> {
    Imsi::parse(field(text, "imsi")?).ok()
}

/// This is not what the HLR says of such a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

/// Of VTY's `show`: the later of the two domains' registrations.
pub(super) fn last_seen(text: &str, imsi: &Imsi) -> Result<Option<LastSeen>, Unreadable> {
    let lines = || text.lines().map(str::trim);
    let is_it =
        |line: &str| line.strip_prefix("IMSI: ").is_some_and(|found| found == imsi.expose());
    if !lines().any(is_it) {
        return Err(Unreadable);
    }
    let seen = lines().filter_map(|line| line.strip_prefix("last LU seen on "));
    seen.map(seen_in_domain)
        .try_fold(None, |latest, seen| Ok(latest.max(Some(seen.ok_or(Unreadable)?))))
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let of_name = |line: &'a str| line.strip_prefix(name)?.strip_prefix('\t');
    text.lines().find_map(of_name).map(str::trim).filter(|value| !value.is_empty())
}

fn flag(text: &str, name: &str) -> Option<bool> {
    match field(text, name)? {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    }
}

/// A key that we could not have written is a foreign one, not none.
fn key(text: &str) -> StoredKey {
    let older = field(text, "aud2g.algo").is_some();
    match field(text, "aud3g.algo") {
        None if older => StoredKey::Foreign,
        None => StoredKey::None,
        Some("MILENAGE") if !older => {
            milenage(text).map_or(StoredKey::Foreign, StoredKey::Milenage)
        }
        Some(_) => StoredKey::Foreign,
    }
}

fn milenage(text: &str) -> Option<MilenageKey> {
    MilenageKey::parse(field(text, "aud3g.k")?, field(text, "aud3g.opc")?).ok()
}

/// `CS: 2026-11-22T15:15:03+00:00 (2m56s ago)`.
fn seen_in_domain(text: &str) -> Option<LastSeen> {
    let (_domain, rest) = text.split_once(": ")?;
    let (at, ago) = rest.split_once(" (")?;
    let at = DateTime::parse_from_rfc3339(at).ok()?.to_utc();
    Some(LastSeen { at, ago: age(ago.strip_suffix(" ago)")?)? })
}

/// `1d2h3m4s`; parts that are 0 are left out, all of them too.
fn age(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0_u64;
    for (unit, of_unit) in [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)] {
        if let Some((count, after)) = rest.split_once(unit) {
            seconds += count.parse::<u64>().ok()?.checked_mul(of_unit)?;
            rest = after;
        }
    }
    rest.is_empty().then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use simrecall_core::replacement::swap::KeyState;

    use super::*;

    const IMSI: &str = "450081234567890";
    const K: &str = "465b5ce8b199b49faa5f0a2ee238a6bc";
    const OPC: &str = "cd63cb71954a9f4e48a5994e37a02baf";

    fn whose() -> Imsi {
        Imsi::parse(IMSI).unwrap()
    }

    fn row(more: &str) -> String {
        format!("\nid\t1\nimsi\t{IMSI}\nnam_cs\t1\nnam_ps\t0\nlmsi\t00000000{more}\n")
    }

    #[test]
    fn a_row_is_read() {
        let key = format!("\naud3g.algo\tMILENAGE\naud3g.k\t{K}\naud3g.opc\t{OPC}\naud3g.sqn\t161");
        let text = row(&format!("\nmsisdn\t821012345678\nvlr_number\tMSC-1{key}"));
        let read = subscriber(&text, &whose()).unwrap();
        assert_eq!(read.number, Some(Msisdn::parse("01012345678").unwrap()));
        assert_eq!(read.access, Access { cs: true, ps: false });
        assert_eq!((read.sqn, read.registered), (Some(161), true));
        assert_eq!(read.key_is(&MilenageKey::parse(K, OPC).unwrap()), KeyState::Ours);
        assert_eq!(read.key_is(&MilenageKey::parse(OPC, K).unwrap()), KeyState::Other);
        let shown = format!("{read:?}");
        assert!(!shown.contains(K) && !shown.contains("12345678"), "{shown}");
    }

    #[test]
    fn a_fresh_row_has_nothing() {
        let read = subscriber(&row(""), &whose()).unwrap();
        assert_eq!((&read.number, read.sqn, read.registered), (&None, None, false));
        assert!(!read.has_key());
        assert_eq!(read.key_is(&MilenageKey::parse(K, OPC).unwrap()), KeyState::None);
    }

    #[test]
    fn keys_of_other_kinds_are_not_ours() {
        let ours = MilenageKey::parse(K, OPC).unwrap();
        let milenage = format!("\naud3g.algo\tMILENAGE\naud3g.k\t{K}");
        for more in [
            format!("\naud2g.algo\tCOMP128v1\naud2g.ki\t{K}"),
            format!("{milenage}\naud3g.op\t{OPC}\naud3g.sqn\t0"),
            format!("{milenage}\naud3g.opc\t{OPC}\naud2g.algo\tXOR"),
            format!("\naud3g.algo\tTUAK\naud3g.k\t{K}\naud3g.opc\t{OPC}"),
        ] {
            assert_eq!(subscriber(&row(&more), &whose()).unwrap().key_is(&ours), KeyState::Other);
        }
    }

    #[test]
    fn what_is_not_this_row_is_nothing() {
        for text in [
            String::new(),
            row("").replace(IMSI, "450081234567899"),
            row("").replace("nam_ps\t0", ""),
            row("").replace("nam_ps\t0", "nam_ps\t2"),
            row("\nmsisdn\t82x"),
            row("\naud3g.sqn\t-1"),
        ] {
            assert!(subscriber(&text, &whose()).is_none(), "{text}");
        }
    }

    #[test]
    fn the_later_registration_counts() {
        let show = |more: &str| format!("    ID: 1\r\n    IMSI: {IMSI}\r\n{more}");
        assert_eq!(last_seen(&show(""), &whose()), Ok(None));
        let cs = "    last LU seen on CS: 2026-11-22T15:15:03+00:00 (1d2m56s ago)\r\n";
        let ps = "    last LU seen on PS: 2026-11-23T15:17:59+00:00 ( ago)\r\n";
        let seen = last_seen(&show(cs), &whose()).unwrap().unwrap();
        assert_eq!(seen.ago, Duration::from_secs(86_400 + 2 * 60 + 56));
        assert_eq!(seen.at.to_rfc3339(), "2026-11-22T15:15:03+00:00");
        let seen = last_seen(&show(&format!("{cs}{ps}")), &whose()).unwrap().unwrap();
        assert_eq!(seen.ago, Duration::ZERO);
        let future = cs.replace("(1d2m56s ago)", "(invalid timestamp)");
        assert_eq!(last_seen(&show(&future), &whose()), Err(Unreadable));
        assert_eq!(last_seen("    IMSI: 450081234567899\r\n", &whose()), Err(Unreadable));
    }
}
