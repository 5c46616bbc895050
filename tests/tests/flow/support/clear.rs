//! Looks for personal values in files, in every form a careless program writes them.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The shortest form that is looked for; shorter ones turn up by chance.
const HEAD: usize = 6;

/// Values that must not be found, in all their forms.
#[derive(Default)]
pub(crate) struct Planted {
    values: Vec<String>,
    /// By its first octets: the form, and whose it is.
    forms: HashMap<[u8; HEAD], Vec<(Vec<u8>, usize)>>,
    starts: BTreeSet<[u8; 2]>,
}

/// What a search came to.
#[derive(Default)]
pub(crate) struct Searched {
    pub(crate) files: usize,
    pub(crate) octets: u64,
    /// Which file holds how many of the planted values.
    pub(crate) found: Vec<(PathBuf, usize)>,
}

impl Planted {
    /// Plants a text.
    pub(crate) fn text(&mut self, value: &str) {
        let forms = forms_of_text(value);
        self.plant(value, forms);
    }

    /// Plants digits, which may also be packed two to an octet.
    pub(crate) fn digits(&mut self, value: &str) {
        let mut forms = forms_of_text(value);
        forms.extend(packed(value));
        self.plant(value, forms);
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// The planted values in these octets.
    pub(crate) fn in_octets(&self, octets: &[u8]) -> BTreeSet<usize> {
        let starts = self.start_table();
        let mut found = BTreeSet::new();
        for (at, head) in octets.windows(HEAD).enumerate() {
            if !starts[usize::from(u16::from_be_bytes([head[0], head[1]]))] {
                continue;
            }
            let Some(forms) = self.forms.get(head) else { continue };
            let here = forms.iter().filter(|(form, _)| octets[at..].starts_with(form));
            found.extend(here.map(|(_, value)| *value));
        }
        found
    }

    /// Searches a file, or all files below a folder but those in the folders named in `but`.
    pub(crate) fn search(&self, path: &Path, but: &[&str], searched: &mut Searched) {
        if path.is_dir() {
            let name = path.file_name().unwrap_or_default();
            if but.iter().any(|other| name == *other) {
                return;
            }
            for entry in fs::read_dir(path).unwrap() {
                self.search(&entry.unwrap().path(), but, searched);
            }
            return;
        }
        // A server's files come and go.
        let Ok(octets) = fs::read(path) else { return };
        searched.files += 1;
        searched.octets += u64::try_from(octets.len()).unwrap();
        let found = self.in_octets(&octets);
        if !found.is_empty() {
            searched.found.push((path.to_owned(), found.len()));
        }
    }

    fn plant(&mut self, value: &str, forms: Vec<Vec<u8>>) {
        let number = self.values.len();
        self.values.push(value.to_owned());
        for form in forms {
            let head = *form.first_chunk().expect("a form is long enough not to turn up by chance");
            self.starts.insert([head[0], head[1]]);
            self.forms.entry(head).or_default().push((form, number));
        }
    }

    fn start_table(&self) -> Vec<bool> {
        let mut table = vec![false; 1 << 16];
        for start in &self.starts {
            table[usize::from(u16::from_be_bytes(*start))] = true;
        }
        table
    }
}

fn forms_of_text(value: &str) -> Vec<Vec<u8>> {
    let mut plain = vec![value.as_bytes().to_vec()];
    plain.push(value.encode_utf16().flat_map(u16::to_le_bytes).collect());
    plain.push(value.encode_utf16().flat_map(u16::to_be_bytes).collect());
    let coded: Vec<Vec<u8>> = plain.iter().flat_map(|octets| base64_forms(octets)).collect();
    plain.extend(coded);
    plain
}

/// The characters that stand for these octets wherever they begin within a group of three.
fn base64_forms(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for before in 0..3_usize {
        let shifted = [vec![0; before], octets.to_vec()].concat();
        let (first, end) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
        for code in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            forms.push(code.as_bytes()[first..end].to_vec());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

/// Digits as nibbles, in order and swapped as on a SIM card, with an F to fill up.
fn packed(digits: &str) -> Vec<Vec<u8>> {
    let mut nibbles: Vec<u8> = digits.bytes().map(|digit| digit - b'0').collect();
    if nibbles.len() % 2 == 1 {
        nibbles.push(0xF);
    }
    let pairs = |swapped: bool| {
        nibbles
            .chunks(2)
            .map(|two| {
                let (high, low) = if swapped { (two[1], two[0]) } else { (two[0], two[1]) };
                (high << 4) | low
            })
            .collect()
    };
    vec![pairs(false), pairs(true)]
}

#[test]
fn every_form_is_found() {
    let mut planted = Planted::default();
    planted.digits("450081234567890");
    planted.text("김서준");
    let utf16: Vec<u8> = "이름 김서준".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let coded = ["a", "ab", "abc"].map(|lead| STANDARD_NO_PAD.encode(format!("{lead}김서준님")));
    let cards = [
        [0x45, 0, 0x81, 0x23, 0x45, 0x67, 0x89, 0x0F],
        [0x54, 0, 0x18, 0x32, 0x54, 0x76, 0x98, 0xF0],
    ];
    assert_eq!(planted.in_octets("IMSI 450081234567890.".as_bytes()), [0].into());
    assert_eq!(planted.in_octets(&utf16), [1].into());
    for code in coded {
        assert_eq!(planted.in_octets(code.as_bytes()), [1].into(), "{code}");
    }
    for card in cards {
        assert_eq!(planted.in_octets(&card), [0].into());
    }
    assert_eq!(planted.in_octets(b"450081234567891 and nobody"), [].into());
}
