//! In which language somebody is told, and over what, when handsets cannot show the one they chose.

use super::{Contact, Recipient, RecipientRole};
use crate::notice::Language;

/// How a recipient is told, given which languages the route to handsets carries.
///
/// Somebody whose language it does not carry is told in full in that language by mail or letter, and gets a copy in
/// English on the handset, so that they know at once. Without address or mail the handset's English is all there is.
pub fn spoken(
    recipient: Recipient,
    carries: impl Fn(Language) -> bool,
) -> (Recipient, Option<Recipient>) {
    if carries(recipient.language) || recipient.contact.msisdn.is_none() {
        return (recipient, None);
    }
    let handset = Recipient {
        role: RecipientRole::Handset,
        contact: Contact { email: None, postal: None, ..recipient.contact.clone() },
        language: Language::English,
        ..recipient.clone()
    };
    let in_full = Contact { msisdn: None, ..recipient.contact.clone() };
    if in_full.email.is_none() && in_full.postal.is_none() {
        return (Recipient { role: recipient.role, ..handset }, None);
    }
    let copy = recipient.role.is_primary().then_some(handset);
    (Recipient { contact: in_full, ..recipient }, copy)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::identity::{EmailAddress, Msisdn, PersonName};

    fn recipient(role: RecipientRole, language: Language, mail: bool) -> Recipient {
        Recipient {
            role,
            contact: Contact {
                msisdn: Msisdn::parse("010-1234-5678").ok(),
                email: mail.then(|| EmailAddress::parse("a@b.example").unwrap()),
                postal: None,
            },
            addressee: PersonName::parse("홍길동").unwrap(),
            language,
        }
    }

    #[rstest]
    #[case(Language::Korean, true, Language::Korean, false)]
    #[case(Language::Vietnamese, true, Language::Vietnamese, true)]
    #[case(Language::Vietnamese, false, Language::English, false)]
    fn the_chosen_language_comes_in_full_where_it_can(
        #[case] chosen: Language,
        #[case] mail: bool,
        #[case] told_in: Language,
        #[case] copied: bool,
    ) {
        let carries = |language| matches!(language, Language::Korean | Language::English);
        let (told, copy) = spoken(recipient(RecipientRole::Holder, chosen, mail), carries);
        assert_eq!((told.role, told.language), (RecipientRole::Holder, told_in));
        assert_eq!(told.contact.msisdn.is_none(), copied);
        assert_eq!(copy.is_some(), copied);
        if let Some(copy) = copy {
            assert_eq!((copy.role, copy.language), (RecipientRole::Handset, Language::English));
            assert!(copy.contact.msisdn.is_some() && copy.contact.email.is_none());
        }
    }

    #[test]
    fn a_route_that_carries_all_languages_changes_nothing() {
        let before = recipient(RecipientRole::Guardian, Language::Japanese, true);
        assert_eq!(spoken(before.clone(), |_| true), (before, None));
    }
}
