//! Where a recipient can be reached.

use serde::{Deserialize, Serialize};

use super::RecipientRole;
use crate::delivery::{Rung, RungSet};
use crate::identity::{EmailAddress, Msisdn, PersonName, PostalAddress, exposed, exposed_option};
use crate::notice::Language;

/// Where a letter goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostalContact {
    /// The name on the envelope.
    #[serde(with = "exposed")]
    pub name: PersonName,
    /// The address below it.
    #[serde(with = "exposed")]
    pub address: PostalAddress,
}

/// Where a recipient can be reached. Serialised in clear: only ever into a sealed row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// A number that was theirs from the exposure to the cut-off.
    #[serde(with = "exposed_option", default)]
    pub msisdn: Option<Msisdn>,
    /// Where they read mail.
    #[serde(with = "exposed_option", default)]
    pub email: Option<EmailAddress>,
    /// Where they get letters.
    pub postal: Option<PostalContact>,
}

impl Contact {
    /// The rungs that reach them. Posting reaches everybody.
    pub fn rungs(&self) -> RungSet {
        let can = |rung: &Rung| match rung {
            Rung::Lms | Rung::Sms => self.msisdn.is_some(),
            Rung::Email => self.email.is_some(),
            Rung::Letter => self.postal.is_some(),
            Rung::Posting => true,
        };
        Rung::ALL.into_iter().filter(can).collect()
    }
}

impl From<&Contact> for RungSet {
    fn from(contact: &Contact) -> Self {
        contact.rungs()
    }
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// As whom.
    pub role: RecipientRole,
    /// Where.
    pub contact: Contact,
    /// The name the notice is addressed to: the recipient's own, or for a copy that of the line's holder.
    pub addressee: PersonName,
    /// What they read.
    pub language: Language,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact() -> Contact {
        Contact {
            msisdn: Some(Msisdn::parse("010-2345-6789").unwrap()),
            email: Some(EmailAddress::parse("hong.gildong@example.com").unwrap()),
            postal: Some(PostalContact {
                name: PersonName::parse("홍길동").unwrap(),
                address: PostalAddress::new("04524", &["서울특별시 중구 세종대로 110"]).unwrap(),
            }),
        }
    }

    #[test]
    fn a_contact_allows_the_rungs_it_has_something_for() {
        let rungs = |contact: &Contact| contact.rungs().iter().collect::<Vec<_>>();
        assert_eq!(rungs(&contact()), Rung::ALL);
        assert_eq!(rungs(&Contact::default()), [Rung::Posting]);
        let mail_only = Contact { email: contact().email, ..Contact::default() };
        assert_eq!(rungs(&mail_only), [Rung::Email, Rung::Posting]);
    }

    #[test]
    fn a_sealed_contact_reads_back() {
        for contact in [contact(), Contact::default()] {
            let json = serde_json::to_string(&contact).unwrap();
            assert_eq!(serde_json::from_str::<Contact>(&json).unwrap(), contact);
        }
    }

    #[test]
    fn debug_shows_nobody() {
        let shown = format!("{:?}", contact());
        for secret in ["23456789", "2345-6789", "hong.gildong", "길동", "세종대로"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
