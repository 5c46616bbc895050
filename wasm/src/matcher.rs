//! Is this text one the carrier sent: answered in the browser, so that nobody's message leaves it.

mod said;

use std::fmt;

use serde::Deserialize;
use simrecall_core::notice::Wording;
use simrecall_core::notice::matcher::{Matcher, Place, Verdict, same_sender};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

pub use said::{Differs, Is};

/// The form of the register that is read.
const FORM: &str = "simrecall register v1";
/// Bytes of a text at most: more than any message, mail or letter has.
const MOST: usize = 1_000_000;

/// The published file, as far as it is needed.
#[derive(Deserialize)]
struct File {
    form: String,
    waves: Vec<WaveFile>,
}

#[derive(Deserialize)]
struct WaveFile {
    wave: i32,
    wordings: Vec<WordingFile>,
}

#[derive(Deserialize)]
struct WordingFile {
    no: i32,
    sha256: String,
    sender: String,
    wording: Wording,
}

/// A wording and the wave it went out in.
struct Kept {
    wave: i32,
    file: WordingFile,
}

/// The published register, ready to match with.
#[wasm_bindgen]
pub struct Register {
    kept: Vec<Kept>,
    matcher: Matcher,
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Register({} wordings)", self.kept.len())
    }
}

#[wasm_bindgen]
impl Register {
    /// Reads `register.json`. Throws `register.form` if it is none.
    #[wasm_bindgen(constructor)]
    pub fn new(json: &str) -> Result<Self, JsError> {
        Self::read(json).map_err(JsError::new)
    }

    /// How many wordings it holds.
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> usize {
        self.kept.len()
    }

    /// Says what a text is. With the sender it came from, a genuine text from somewhere else is told
    /// apart. Throws `text.length` if no message is that long.
    #[expect(clippy::needless_pass_by_value, reason = "what may be left out comes owned")]
    pub fn classify(&self, text: &str, sender: Option<String>) -> Result<Answer, JsError> {
        self.answer(text, sender.as_deref()).map_err(JsError::new)
    }
}

impl Register {
    /// [`Register::new`] for callers outside a browser: the reason is the code itself.
    pub fn read(json: &str) -> Result<Self, &'static str> {
        let file: File = serde_json::from_str(json).map_err(|_| "register.form")?;
        if file.form != FORM {
            return Err("register.form");
        }
        let of_wave = |wave: WaveFile| {
            let no = wave.wave;
            wave.wordings.into_iter().map(move |file| Kept { wave: no, file })
        };
        let kept: Vec<Kept> = file.waves.into_iter().flat_map(of_wave).collect();
        let matcher = Matcher::new(kept.iter().map(|kept| &kept.file.wording));
        Ok(Self { kept, matcher })
    }

    fn answer(&self, text: &str, sender: Option<&str>) -> Result<Answer, &'static str> {
        if text.len() > MOST {
            return Err("text.length");
        }
        let (is, at, name, places) = match self.matcher.classify(text) {
            Verdict::Official { at, name } => {
                let ours = self.kept.get(at);
                let same = sender
                    .zip(ours)
                    .is_none_or(|(sender, kept)| same_sender(sender, &kept.file.sender));
                let is = if same { Is::Official } else { Is::OtherSender };
                (is, Some(at), name, Vec::new())
            }
            Verdict::Altered { at, places } => (Is::Altered, Some(at), None, places),
            Verdict::Link => (Is::Link, None, None, Vec::new()),
            Verdict::NotOurs => (Is::NotOurs, None, None, Vec::new()),
        };
        let ours = at.and_then(|at| self.kept.get(at)).map(Ours::of);
        Ok(Answer { is, ours, name, places })
    }
}

/// What the register has of a text of ours.
struct Ours {
    wave: i32,
    no: i32,
    kind: &'static str,
    language: &'static str,
    rung: &'static str,
    sender: String,
    sha256: String,
}

impl Ours {
    fn of(kept: &Kept) -> Self {
        let wording = &kept.file.wording;
        Self {
            wave: kept.wave,
            no: kept.file.no,
            kind: wording.kind.name(),
            language: wording.language.tag(),
            rung: wording.rung.name(),
            sender: kept.file.sender.clone(),
            sha256: kept.file.sha256.clone(),
        }
    }
}

/// What a text is. Of a text that is neither ours nor like one, everything about ours is undefined.
#[wasm_bindgen]
pub struct Answer {
    is: Is,
    ours: Option<Ours>,
    name: Option<String>,
    places: Vec<Place>,
}

/// The text may hold a name.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({:?})", self.is)
    }
}

#[wasm_bindgen]
impl Answer {
    /// What the text is.
    #[wasm_bindgen(getter)]
    pub fn is(&self) -> Is {
        self.is
    }

    /// The wave in which ours went out.
    #[wasm_bindgen(getter)]
    pub fn wave(&self) -> Option<i32> {
        self.ours.as_ref().map(|ours| ours.wave)
    }

    /// The number of ours within its wave.
    #[wasm_bindgen(getter)]
    pub fn no(&self) -> Option<i32> {
        self.ours.as_ref().map(|ours| ours.no)
    }

    /// What ours is: `confirmed`, `supplement`, …
    #[wasm_bindgen(getter)]
    pub fn kind(&self) -> Option<String> {
        self.ours.as_ref().map(|ours| ours.kind.to_owned())
    }

    /// The language of ours, as a tag.
    #[wasm_bindgen(getter)]
    pub fn language(&self) -> Option<String> {
        self.ours.as_ref().map(|ours| ours.language.to_owned())
    }

    /// The rung ours goes by: `lms`, `email`, …
    #[wasm_bindgen(getter)]
    pub fn rung(&self) -> Option<String> {
        self.ours.as_ref().map(|ours| ours.rung.to_owned())
    }

    /// The number, address or name ours comes from.
    #[wasm_bindgen(getter)]
    pub fn sender(&self) -> Option<String> {
        self.ours.as_ref().map(|ours| ours.sender.clone())
    }

    /// The SHA-256 of ours, as the register has it.
    #[wasm_bindgen(getter)]
    pub fn sha256(&self) -> Option<String> {
        self.ours.as_ref().map(|ours| ours.sha256.clone())
    }

    /// The name the text speaks to, if it is ours and speaks to one: the reader knows whether it is
    /// theirs.
    #[wasm_bindgen(getter)]
    pub fn addressed_to(&self) -> Option<String> {
        self.name.clone()
    }

    /// In how many places it differs from ours; 20 are told at most.
    #[wasm_bindgen(getter)]
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// How a place differs, counted from 0; undefined behind the last.
    pub fn place_kind(&self, at: usize) -> Option<Differs> {
        self.places.get(at).map(|place| place.kind.into())
    }

    /// What ours says in a place, ○○○ for what is one person's own; empty if nothing.
    pub fn place_ours(&self, at: usize) -> Option<String> {
        self.places.get(at).map(|place| place.ours.clone())
    }

    /// What the text says in a place; empty if nothing. Signs nobody sees are spelled, `[U+200B]`.
    pub fn place_theirs(&self, at: usize) -> Option<String> {
        self.places.get(at).map(|place| place.theirs.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGISTER: &str = r#"{
      "form": "simrecall register v1", "incident": "HB-2025-09", "published_at": "2025-09-12T00:00:00Z",
      "waves": [{ "wave": 3, "released_at": null, "statement_sha256": null, "wordings": [{
        "no": 1, "sha256": "00ff", "sender": "114", "from": "2025-09-12T00:00:00Z", "until": null,
        "wording": { "kind": "confirmed", "language": "ko", "rung": "lms", "role": "holder",
          "subject": "[개인정보 유출 통지]",
          "pieces": ["[한빛모바일]\n", " 고객님께\n고객님의 휴대전화번호가 유출된 사실을 확인하여 알려드립니다. 문의 114\n확인 코드 ", ""],
          "gaps": ["name", "code"] } }] }]
    }"#;
    const TEXT: &str = "[한빛모바일]\n김민수 고객님께\n고객님의 휴대전화번호가 유출된 사실을 확인하여 알려드립니다. 문의 114\n확인 코드 28T-5CY-4TH";

    fn ask(text: &str, sender: Option<&str>) -> Answer {
        Register::read(REGISTER).unwrap().answer(text, sender).unwrap()
    }

    #[test]
    fn a_genuine_text_is_told_with_what_the_register_has_of_it() {
        let answer = ask(TEXT, Some("1-1-4"));
        assert_eq!((answer.is(), answer.places()), (Is::Official, 0));
        assert_eq!((answer.wave(), answer.no()), (Some(3), Some(1)));
        assert_eq!(answer.kind().as_deref(), Some("confirmed"));
        assert_eq!(
            (answer.language().as_deref(), answer.rung().as_deref()),
            (Some("ko"), Some("lms"))
        );
        assert_eq!(
            (answer.sender().as_deref(), answer.sha256().as_deref()),
            (Some("114"), Some("00ff"))
        );
        assert_eq!(answer.addressed_to().as_deref(), Some("김민수"));
        assert_eq!(ask(TEXT, None).is(), Is::Official);
        assert_eq!(ask(TEXT, Some("1588")).is(), Is::OtherSender);
    }

    #[test]
    fn an_altered_one_is_told_place_by_place() {
        let answer = ask(&TEXT.replace("유출된", "누설된"), None);
        assert_eq!((answer.is(), answer.places()), (Is::Altered, 1));
        assert_eq!(answer.place_kind(0), Some(Differs::Changed));
        assert_eq!(answer.place_ours(0).as_deref(), Some("유출된"));
        assert_eq!(answer.place_theirs(0).as_deref(), Some("누설된"));
        assert_eq!((answer.place_kind(1), answer.addressed_to()), (None, None));
    }

    #[test]
    fn anything_else_is_not_ours() {
        assert_eq!(ask("택배가 도착했습니다 http://example.com", None).is(), Is::Link);
        let answer = ask("엄마 나 폰 고장났어", Some("114"));
        assert_eq!((answer.is(), answer.wave(), answer.kind()), (Is::NotOurs, None, None));
    }

    #[test]
    fn what_is_no_register_is_refused() {
        for bad in [
            "",
            "[]",
            "{}",
            &REGISTER.replace("register v1", "register v2"),
            &REGISTER.replace("lms", "fax"),
        ] {
            assert_eq!(Register::read(bad).map(|_| ()), Err("register.form"), "{bad}");
        }
        let register = Register::read(REGISTER).unwrap();
        assert_eq!(register.answer(&"a".repeat(1_000_001), None).map(|_| ()), Err("text.length"));
    }
}
