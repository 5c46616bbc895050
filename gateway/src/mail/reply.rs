//! The relay's answers (RFC 5321 §4.2, RFC 3463).

use simrecall_core::problem::Blame;

use crate::route::Outcome;

/// No answer may be longer: a relay that talks on and on is not one.
const LONGEST: usize = 16 * 1024;

/// One answer. Its text stays here: it often repeats the recipient's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    code: u16,
    lines: Vec<String>,
}

/// Bytes that are no SMTP answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Which step an answer belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Mail,
    Rcpt,
    Data,
    Dot,
}

impl Reply {
    /// Reads one whole answer off the front of the bytes, and says how many it took; `None` if more must come.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Malformed> {
        let mut lines = Vec::new();
        let mut taken = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !line.ends_with(b"\n") {
                break;
            }
            taken += line.len();
            let (code, last, text) = parse_line(line)?;
            lines.push(text);
            if last {
                return Ok(Some((Self { code, lines }, taken)));
            }
        }
        if bytes.len() > LONGEST { Err(Malformed) } else { Ok(None) }
    }

    pub(super) const fn is_done(&self) -> bool {
        matches!(self.code, 200..=299)
    }

    pub(super) const fn wants_more(&self) -> bool {
        matches!(self.code, 300..=399)
    }

    pub(super) const fn is_permanent(&self) -> bool {
        matches!(self.code, 500..=599)
    }

    /// Whether `EHLO` offered an extension.
    pub(super) fn offers(&self, extension: &str) -> bool {
        self.parameters(extension).is_some()
    }

    /// Whether `EHLO` offered a way to log in.
    pub(super) fn offers_auth(&self, mechanism: &str) -> bool {
        self.parameters("AUTH")
            .is_some_and(|rest| rest.split(' ').any(|word| word.eq_ignore_ascii_case(mechanism)))
    }

    /// The code to record: `451 4.3.0`, or `451` if the relay gives no enhanced code.
    pub(super) fn label(&self) -> String {
        match self.enhanced() {
            Some(enhanced) => format!("{} {enhanced}", self.code),
            None => self.code.to_string(),
        }
    }

    /// What a refusal at this step means for the mail.
    pub(super) fn refusal(&self, step: Step) -> Outcome {
        let code = self.label();
        if self.is_permanent() {
            Outcome::Rejected { code, blame: self.blame(step) }
        } else {
            Outcome::NotAccepted { code }
        }
    }

    fn blame(&self, step: Step) -> Blame {
        match self.enhanced() {
            Some(code) if code.starts_with("5.1.7") || code.starts_with("5.1.8") => {
                Blame::Configuration
            }
            Some(code) if code.starts_with("5.1.") || code.starts_with("5.2.") => Blame::Recipient,
            Some(code) if code.starts_with("5.7.") => Blame::Configuration,
            Some(code) if code.starts_with("5.5.") || code.starts_with("5.6.") => Blame::Ours,
            _ => match (self.code, step) {
                (530 | 534 | 535 | 538, _) | (_, Step::Mail) => Blame::Configuration,
                (_, Step::Rcpt) => Blame::Recipient,
                (_, Step::Data | Step::Dot) => Blame::Network,
            },
        }
    }

    fn parameters(&self, extension: &str) -> Option<&str> {
        self.lines.iter().skip(1).find_map(|line| {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            word.eq_ignore_ascii_case(extension).then_some(rest)
        })
    }

    fn enhanced(&self) -> Option<&str> {
        let word = self.lines.first()?.split(' ').next()?;
        let numbers: Vec<&str> = word.split('.').collect();
        let well_formed = numbers.len() == 3
            && numbers.iter().all(|number| {
                (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
            });
        well_formed.then_some(word)
    }
}

fn parse_line(line: &[u8]) -> Result<(u16, bool, String), Malformed> {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\r', '\n']);
    let code = text.get(..3).and_then(|digits| digits.parse().ok()).ok_or(Malformed)?;
    if !(200..=599).contains(&code) {
        return Err(Malformed);
    }
    let last = match text.get(3..4) {
        None | Some("" | " ") => true,
        Some("-") => false,
        Some(_) => return Err(Malformed),
    };
    Ok((code, last, text.get(4..).unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(text: &str) -> Reply {
        Reply::parse(text.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn several_lines_are_one_answer() {
        let text = "250-relay.example\r\n250-PIPELINING\r\n250-AUTH LOGIN PLAIN\r\n250 SIZE 10\r\n354 go\r\n";
        let (reply, taken) = Reply::parse(text.as_bytes()).unwrap().unwrap();
        assert_eq!(text.get(taken..), Some("354 go\r\n"));
        assert!(reply.offers("pipelining") && reply.offers_auth("PLAIN"));
        assert!(!reply.offers("STARTTLS") && !reply.offers_auth("GSSAPI"));
        assert_eq!(Reply::parse(b"250-relay.example\r\n250"), Ok(None));
    }

    #[test]
    fn refusals_carry_blame() {
        let table = [
            ("550 5.1.1 no such user", Step::Rcpt, Blame::Recipient),
            ("550 no such user", Step::Rcpt, Blame::Recipient),
            ("554 5.7.1 relay access denied", Step::Rcpt, Blame::Configuration),
            ("553 5.1.8 sender unknown", Step::Mail, Blame::Configuration),
            ("552 5.2.2 mailbox full", Step::Rcpt, Blame::Recipient),
            ("554 no", Step::Dot, Blame::Network),
            ("554 5.6.0 content", Step::Dot, Blame::Ours),
        ];
        for (text, step, blame) in table {
            let reply = one(&format!("{text}\r\n"));
            let Outcome::Rejected { blame: found, .. } = reply.refusal(step) else {
                panic!("{text}")
            };
            assert_eq!(found, blame, "{text}");
        }
        let later = one("451 4.3.0 hong@mail.example try later\r\n").refusal(Step::Rcpt);
        assert_eq!(later, Outcome::NotAccepted { code: "451 4.3.0".to_owned() });
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["hello\r\n", "25\r\n", "999 x\r\n", "250?x\r\n", "\r\n"] {
            assert_eq!(Reply::parse(bad.as_bytes()), Err(Malformed), "{bad:?}");
        }
        assert_eq!(Reply::parse(&vec![b'2'; LONGEST + 1]), Err(Malformed));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(Reply::parse(&bytes));
        }
    }
}
