//! Variables that no real notice exceeds.

use crate::cohort::{Item, ItemSet};
use crate::identity::{PersonName, PostalAddress};
use crate::notice::{Language, NoticeKind, RemedyVariables, Variables};
use crate::subscriber::RecipientRole;

/// What the items of a notice may be, at their most: confirmed, possible and withdrawn ones.
type Items = [ItemSet; 3];

/// Notices of a kind at their longest, for each role and for a child: every item, the longest name a
/// greeting takes, four lines of address.
pub fn worst_case(kind: NoticeKind, language: Language) -> Vec<Variables> {
    let readers = RecipientRole::ALL.into_iter().map(|role| (role, false));
    let readers = readers.chain([(RecipientRole::Line, true)]);
    readers
        .flat_map(|(role, minor)| {
            let of = move |items| Variables { role, minor, ..variables(kind, language, items) };
            items(kind).into_iter().map(of)
        })
        .collect()
}

fn items(kind: NoticeKind) -> Vec<Items> {
    let none = ItemSet::EMPTY;
    let every: ItemSet = Item::ALL.into_iter().collect();
    let half: ItemSet = Item::ALL.into_iter().step_by(2).collect();
    let rest = every.minus(half);
    match kind {
        NoticeKind::Possible => vec![[none, every, none]],
        NoticeKind::Confirmed => vec![[every, none, none], [half, rest, none]],
        NoticeKind::Supplement => {
            vec![[every, none, none], [none, every, none], [half, rest, none]]
        }
        NoticeKind::Correction => vec![[half, none, rest], [none, half, rest], [half, rest, none]],
        NoticeKind::AllClear => vec![[none, none, every]],
        NoticeKind::LossFound => vec![[none.with(Item::PaymentLoss), none, none]],
        NoticeKind::RemedyVisit | NoticeKind::RemedyReady | NoticeKind::RemedyDone => {
            vec![[none, none, none]]
        }
    }
}

fn variables(
    kind: NoticeKind,
    language: Language,
    [confirmed, possible, withdrawn]: Items,
) -> Variables {
    let line = "가".repeat(PersonName::MAX_CHARS);
    Variables {
        kind,
        language,
        brand: String::new(),
        addressee: PersonName::parse(&"홍".repeat(20)).ok(),
        address: PostalAddress::new("00000", &[line.as_str(); 4]).ok(),
        role: RecipientRole::Holder,
        confirmed,
        possible,
        withdrawn,
        lines: u16::MAX,
        as_of: "2025-12-31 23:59:59, r10000".to_owned(),
        minor: false,
        code: Some("WWWW-WWWW-W".to_owned()),
        remedy: kind.is_remedy().then(|| RemedyVariables {
            agency: sample(language, 12),
            address: sample(language, 30),
            until: "2025-12-31 23:59".to_owned(),
            hours: "00:00-24:00".to_owned(),
            order: "W".repeat(12),
        }),
    }
}

/// So many characters' width that the language's handsets can show.
fn sample(language: Language, syllables: usize) -> String {
    match language {
        Language::Korean | Language::English => "가".repeat(syllables),
        Language::Chinese | Language::Vietnamese | Language::Japanese => "国".repeat(syllables),
    }
}
