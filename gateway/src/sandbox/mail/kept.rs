//! Plain mails, kept as their reader sees them, where a plan asks for it: a drill shows the codes that came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// A mail of one plain part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The envelope's recipient.
    pub recipient: String,
    /// What it says.
    pub text: String,
}

impl Kept {
    /// Reads a message; none if it has more than one part, or a text that is none.
    pub(super) fn of(recipient: &str, message: &[u8]) -> Option<Self> {
        let message = String::from_utf8_lossy(message).replace("\r\n", "\n");
        let (head, body) = message.split_once("\n\n")?;
        let field = |name: &str| {
            let named = |line: &&str| line.to_ascii_lowercase().starts_with(name);
            let line = head.lines().find(named)?;
            line.split_once(':').map(|(_, value)| value.trim().to_ascii_lowercase())
        };
        let is_plain = field("content-type:").is_none_or(|kind| kind.starts_with("text/plain"));
        let text = match field("content-transfer-encoding:").as_deref() {
            Some("base64") => {
                let letters: String = body.chars().filter(|c| !c.is_whitespace()).collect();
                String::from_utf8(STANDARD.decode(letters).ok()?).ok()?
            }
            Some("quoted-printable") => String::from_utf8(unquoted(body)?).ok()?,
            Some(_) | None => body.to_owned(),
        };
        let text = text.replace("\r\n", "\n");
        is_plain.then(|| Self { recipient: recipient.to_owned(), text })
    }
}

/// Reads quoted-printable (RFC 2045, section 6.7).
fn unquoted(body: &str) -> Option<Vec<u8>> {
    let joined = body.replace("=\n", "");
    let mut parts = joined.split('=');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_mail_is_read_whatever_it_is_wrapped_in() {
        for (encoding, body) in [
            ("7bit", "042917\r\n"),
            ("base64", "7ZmV7J24IDA0\r\nMjkxNw==\r\n"),
            ("quoted-printable", "=ED=99=95=EC=9D=B8 042=\r\n917\r\n"),
        ] {
            let mail = format!(
                "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"
            );
            let kept = Kept::of("a@b.example", mail.as_bytes()).unwrap();
            assert!(kept.text.contains("042917"), "{encoding}: {}", kept.text);
            assert_eq!(kept.text.contains("확인"), encoding != "7bit", "{encoding}");
        }
        let parts = b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n";
        assert_eq!(Kept::of("a@b.example", parts), None);
        assert_eq!(Kept::of("a@b.example", b"no body"), None);
    }
}
