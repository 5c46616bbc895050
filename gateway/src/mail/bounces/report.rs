//! One returned mail, read just far enough.
//!
//! A report is `multipart/report` with a `message/delivery-status` part (RFC 6522, RFC 3464). This reader looks at header
//! fields, parameters and boundaries only, never at encoded text, and takes any bytes.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::super::message::{ATTEMPT_HEADER, BOUNCE_PREFIX};
use crate::route::{Receipt, ReceiptStatus};

/// Why a mail is no receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAReport {
    /// It names no mail of ours.
    #[error("it names no mail of ours")]
    NotOurs,
    /// It reports nothing: an answer, a holiday notice, unwanted mail.
    #[error("it reports no delivery status")]
    NoStatus,
}

/// Reads one returned mail. `host` is the host of our bounce addresses.
pub fn read_report(bytes: &[u8], host: &str) -> Result<Receipt, NotAReport> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = split_head(&text);
    let content = field(head, "content-type").unwrap_or_default();
    let parts = parts_of(body, parameter(&content, "boundary").as_deref());
    let provider_id = provider_id(head, &parts, host).ok_or(NotAReport::NotOurs)?;
    let Some(status) = parts.iter().find(|part| part.is("message/delivery-status")) else {
        return unstructured(head, provider_id).ok_or(NotAReport::NoStatus);
    };
    let group = worst_group(status.body).ok_or(NotAReport::NoStatus)?;
    Ok(Receipt { provider_id, ..group })
}

/// One part of a multipart body.
#[derive(Debug)]
struct Part<'a> {
    head: &'a str,
    body: &'a str,
}

impl Part<'_> {
    fn is(&self, kind: &str) -> bool {
        let content = field(self.head, "content-type").unwrap_or_default();
        content.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(kind)
    }
}

/// The mail spoken of: from the address the report came to, else from the mail it encloses.
fn provider_id(head: &str, parts: &[Part<'_>], host: &str) -> Option<String> {
    let envelope = ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to"];
    let by_address =
        envelope.iter().filter_map(|name| field(head, name)).find_map(|value| ours(&value, host));
    by_address.or_else(|| {
        let enclosed = ["message/rfc822", "text/rfc822-headers", "message/global-headers"];
        let part = parts.iter().find(|part| enclosed.iter().any(|kind| part.is(kind)))?;
        let (inner, _) = split_head(part.body);
        let reference = field(inner, ATTEMPT_HEADER)?.trim().to_ascii_lowercase();
        let id = field(inner, "message-id")?;
        let id_host = id.trim().trim_end_matches('>').rsplit_once('@')?.1;
        (id_host.eq_ignore_ascii_case(host) && is_reference(&reference))
            .then(|| format!("{reference}@{host}"))
    })
}

/// Finds `bounce+<reference>@host` in a header value.
fn ours(value: &str, host: &str) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    let (_, after) = lower.split_once(BOUNCE_PREFIX)?;
    let (reference, rest) = after.split_once('@')?;
    let end = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let found = rest.split(end).next().unwrap_or_default();
    (found.eq_ignore_ascii_case(host) && is_reference(reference))
        .then(|| format!("{reference}@{host}"))
}

fn is_reference(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

/// The group of per-recipient fields that says the worst. We address one person a mail; several groups mean that an
/// address was expanded behind it, and then one failure is enough to try another way.
fn worst_group(status: &str) -> Option<Receipt> {
    let groups = status.replace("\r\n", "\n");
    let read = groups.split("\n\n").filter_map(read_group);
    read.max_by_key(|receipt| match receipt.status {
        ReceiptStatus::Bounced => 4,
        ReceiptStatus::Failed => 3,
        ReceiptStatus::Expired => 2,
        ReceiptStatus::Pending => 1,
        ReceiptStatus::Delivered => 0,
    })
}

fn read_group(group: &str) -> Option<Receipt> {
    let action = field(group, "action")?.trim().to_ascii_lowercase();
    let status = match action.split([' ', '(', ';']).next()? {
        "failed" => ReceiptStatus::Bounced,
        "delivered" => ReceiptStatus::Delivered,
        // Relayed and expanded mean: handed on to where no report will come from.
        "delayed" | "relayed" | "expanded" => ReceiptStatus::Pending,
        _ => return None,
    };
    let destination =
        field(group, "original-recipient").or_else(|| field(group, "final-recipient"));
    Some(Receipt {
        provider_id: String::new(),
        status,
        code: field(group, "status").map_or_else(String::new, |code| status_code(&code)),
        at: field(group, "last-attempt-date").and_then(|date| read_date(&date)),
        destination: destination.map_or_else(String::new, |value| address(&value)),
        reference: None,
    })
}

/// Keeps `5.1.1` and drops whatever comment follows, which may name people.
fn status_code(value: &str) -> String {
    value.trim().chars().take_while(|c| c.is_ascii_digit() || *c == '.').take(12).collect()
}

fn address(value: &str) -> String {
    let address = value.split_once(';').map_or(value, |(_, address)| address);
    address.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

fn read_date(value: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(value.trim()).ok()?;
    Some(date.with_timezone(&Utc))
}

/// A bounce in prose: it came to one of our bounce addresses from a mail system (with a null return path), and does not
/// call itself an automatic reply, as a holiday notice does.
fn unstructured(head: &str, provider_id: String) -> Option<Receipt> {
    let null_path = field(head, "return-path").is_some_and(|path| path.trim() == "<>");
    let from = field(head, "from").unwrap_or_default().to_ascii_lowercase();
    let system = from.contains("mailer-daemon@") || from.contains("postmaster@");
    let submitted = field(head, "auto-submitted").unwrap_or_default().to_ascii_lowercase();
    (null_path && system && !submitted.contains("auto-replied")).then(|| Receipt {
        provider_id,
        status: ReceiptStatus::Bounced,
        code: "unstructured".to_owned(),
        at: None,
        destination: String::new(),
        reference: None,
    })
}

/// Cuts a message into its header and its body.
fn split_head(text: &str) -> (&str, &str) {
    let ends = ["\r\n\r\n", "\n\n"];
    let found =
        ends.iter().filter_map(|end| text.split_once(end)).min_by_key(|(head, _)| head.len());
    found.unwrap_or((text, ""))
}

/// The first field of that name, unfolded.
fn field(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines();
    let first = lines.by_ref().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim_end().eq_ignore_ascii_case(name).then_some(value)
    })?;
    let mut value = first.trim().to_owned();
    for line in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        value.push(' ');
        value.push_str(line.trim());
    }
    Some(value)
}

/// A parameter of a structured field, quoted or not. Quotes guard semicolons, which boundaries may hold.
fn parameter<'a>(value: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let mut rest = value;
    loop {
        rest = rest.get(next_semicolon(rest)? + 1..)?;
        let (found, after) = rest.split_once('=')?;
        if !found.trim().eq_ignore_ascii_case(name) {
            continue;
        }
        let after = after.trim_start();
        return match after.strip_prefix('"') {
            Some(quoted) => Some(Cow::Owned(quoted.split('"').next()?.replace('\\', ""))),
            None => after.split([';', ' ', '\t']).next().map(Cow::Borrowed),
        };
    }
}

fn next_semicolon(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        if c == '"' {
            quoted = !quoted;
        }
        (c == ';' && !quoted).then_some(at)
    })
}

/// The parts between the boundaries, at most a few: a report has three.
fn parts_of<'a>(body: &'a str, boundary: Option<&str>) -> Vec<Part<'a>> {
    let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) else {
        return Vec::new();
    };
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let content = line.trim_end();
        if content
            .strip_prefix(delimiter.as_str())
            .is_some_and(|rest| rest.is_empty() || rest == "--")
        {
            parts.extend(start.and_then(|start| body.get(start..at)).map(part));
            start = Some(at + line.len());
        }
        at += line.len();
        if parts.len() >= 8 {
            break;
        }
    }
    // A report cut short by its reader's limit still has its first parts.
    parts.extend(start.and_then(|start| body.get(start..)).map(part));
    parts
}

fn part(text: &str) -> Part<'_> {
    // A part without header fields begins with an empty line.
    if let Some(body) = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')) {
        return Part { head: "", body };
    }
    let (head, body) = split_head(text);
    Part { head, body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOST: &str = "b.example";
    const ID: &str = "w3.c12.p881.t1@b.example";

    fn report(to: &str, status: &str) -> String {
        format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {to}\r\n\
             Content-Type: multipart/report;\r\n\treport-type=delivery-status;\r\n\tboundary=\"a;b=1\"\r\n\r\n\
             preamble\r\n--a;b=1\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
             --a;b=1\r\nContent-Type: message/delivery-status\r\n\r\n{status}\r\n\
             --a;b=1\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <w3.c12.p881@{HOST}>\r\nX-Attempt-Reference: w3.c12.p881.t1\r\n\r\nbody\r\n--a;b=1--\r\n"
        )
    }

    fn group(fields: &str) -> String {
        format!("Reporting-MTA: dns; mx.example\r\n\r\n{fields}\r\n")
    }

    #[test]
    fn a_postfix_report_is_read() {
        let fields = "Final-Recipient: rfc822; hong@mail.example\r\n\
            Original-Recipient: rfc822;hong@mail.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\
            Remote-MTA: dns; mx.mail.example\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n <hong@mail.example>: unknown\r\n\
            Last-Attempt-Date: Thu, 4 Sep 2025 15:33:20 +0000";
        let text = report("bounce+w3.c12.p881.t1@b.example", &group(fields));
        let receipt = read_report(text.as_bytes(), HOST).unwrap();
        assert_eq!(receipt.provider_id, ID);
        assert_eq!((receipt.status, receipt.code.as_str()), (ReceiptStatus::Bounced, "5.1.1"));
        assert_eq!(receipt.at, DateTime::from_timestamp(1_757_000_000, 0));
        assert_eq!(receipt.destination, "hong@mail.example");
        let with_bare_lines = text.replace("\r\n", "\n");
        assert_eq!(read_report(with_bare_lines.as_bytes(), HOST), Ok(receipt));
    }

    #[test]
    fn actions_become_statuses() {
        let table = [
            ("failed", ReceiptStatus::Bounced),
            ("Failed (no such user)", ReceiptStatus::Bounced),
            ("delivered", ReceiptStatus::Delivered),
            ("delayed", ReceiptStatus::Pending),
            ("relayed", ReceiptStatus::Pending),
        ];
        for (action, status) in table {
            let text = report(&format!("bounce+{ID}"), &group(&format!("Action: {action}")));
            assert_eq!(read_report(text.as_bytes(), HOST).unwrap().status, status, "{action}");
        }
        let unknown = report(&format!("bounce+{ID}"), &group("Action: exploded"));
        assert_eq!(read_report(unknown.as_bytes(), HOST), Err(NotAReport::NoStatus));
    }

    #[test]
    fn one_failure_among_several_recipients_is_a_failure() {
        let fields = "Action: delivered\r\nStatus: 2.0.0\r\n\r\nAction: failed\r\nStatus: 5.2.1";
        let text = report(&format!("bounce+{ID}"), &group(fields));
        assert_eq!(read_report(text.as_bytes(), HOST).unwrap().code, "5.2.1");
    }

    #[test]
    fn the_enclosed_mail_is_the_second_witness() {
        let text = report("staff@carrier.example", &group("Action: failed\r\nStatus: 5.0.0"));
        assert_eq!(read_report(text.as_bytes(), HOST).unwrap().provider_id, ID);
        assert_eq!(read_report(text.as_bytes(), "other.example"), Err(NotAReport::NotOurs));
    }

    #[test]
    fn a_holiday_notice_is_no_bounce() {
        let head = format!("To: <bounce+{ID}>\r\nReturn-Path: <>\r\n");
        let holiday =
            format!("{head}From: hong@mail.example\r\nAuto-Submitted: auto-replied\r\n\r\nbye");
        assert_eq!(read_report(holiday.as_bytes(), HOST), Err(NotAReport::NoStatus));
        let prose = format!("{head}From: MAILER-DAEMON@old.example\r\n\r\nHi. I wasn't able to");
        assert_eq!(read_report(prose.as_bytes(), HOST).unwrap().code, "unstructured");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            drop(read_report(&bytes, HOST));
        }

        #[test]
        fn no_damage_to_a_report_makes_it_panic(
            at in 0usize..700, cut in 0usize..200, junk in "[\\r\\n:;\"=\\-a-z가]{0,20}"
        ) {
            let text = report(&format!("bounce+{ID}"), &group("Action: failed\r\nStatus: 5.1.1"));
            let mut bytes = text.into_bytes();
            let start = at.min(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(start..end, junk.into_bytes());
            drop(read_report(&bytes, HOST));
        }
    }
}
