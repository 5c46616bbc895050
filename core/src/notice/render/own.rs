//! What stands in one person's copy alone: in a text that many share there are gaps in its place.

use serde::Serialize;

use super::greeting::greeting;
use super::order::Order;
use crate::delivery::Rung;
use crate::identity::{PersonName, PostalAddress};
use crate::notice::Gap;

/// Characters of a message code or an order's number at most.
const CODE_CHARS: usize = 40;

/// The values of one person; those that the rung does not show are empty.
#[derive(Default)]
pub(super) struct Own<'a> {
    /// The name in a greeting; empty if there is none that is safe and can be shown.
    pub(super) name: &'a str,
    pub(super) code: &'a str,
    pub(super) order: &'a str,
    pub(super) envelope: Option<Envelope<'a>>,
}

/// What stands in a letter's window.
#[derive(Clone, Serialize)]
pub(super) struct Envelope<'a> {
    pub(super) addressee: &'a str,
    pub(super) postcode: &'a str,
    pub(super) address_lines: Vec<&'a str>,
}

impl<'a> Own<'a> {
    /// What the order's person has.
    pub(super) fn of(order: Order<'a>) -> Self {
        let variables = order.variables;
        let remedy = variables.remedy.as_ref();
        Self {
            name: if greets(order.rung) {
                variables.addressee.as_ref().and_then(greeting).unwrap_or_default()
            } else {
                ""
            },
            code: harmless_code(variables.code.as_deref().filter(|_| shows_code(order.rung))),
            order: harmless_code(remedy.map(|remedy| remedy.order.as_str())),
            envelope: envelope(order),
        }
    }

    /// Who stands in a letter's window.
    pub(super) fn addressee(&self) -> &'a str {
        self.envelope.as_ref().map_or("", |own| own.addressee)
    }

    /// Which of the values there are. Texts of one shape differ in the values alone.
    pub(super) fn shape(&self) -> Shape {
        Shape {
            name: !self.name.is_empty(),
            code: !self.code.is_empty(),
            order: !self.order.is_empty(),
            envelope: self
                .envelope
                .as_ref()
                .map(|own| (!own.addressee.is_empty(), own.address_lines.len())),
        }
    }

    /// The value that goes into a gap.
    pub(super) fn value(&self, slot: Slot) -> &'a str {
        let envelope = self.envelope.as_ref();
        match slot {
            Slot::Name => self.name,
            Slot::Code => self.code,
            Slot::Order => self.order,
            Slot::Addressee => self.addressee(),
            Slot::Postcode => envelope.map_or("", |own| own.postcode),
            Slot::Line(at) => {
                envelope.and_then(|own| own.address_lines.get(at)).copied().unwrap_or_default()
            }
        }
    }
}

/// Which values a person's copy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape {
    name: bool,
    code: bool,
    order: bool,
    /// Whether the window has a name, and how many lines of address.
    envelope: Option<(bool, usize)>,
}

impl Shape {
    /// The signs of the gaps in place of the values.
    pub(super) fn gaps(self) -> Own<'static> {
        let sign = |is_there: bool, slot: Slot| if is_there { slot.sign() } else { "" };
        Own {
            name: sign(self.name, Slot::Name),
            code: sign(self.code, Slot::Code),
            order: sign(self.order, Slot::Order),
            envelope: self.envelope.map(|(addressee, lines)| Envelope {
                addressee: sign(addressee, Slot::Addressee),
                postcode: Slot::Postcode.sign(),
                address_lines: (0..lines).map(|at| Slot::Line(at).sign()).collect(),
            }),
        }
    }
}

/// A place in a shared text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Name,
    Code,
    Order,
    Addressee,
    Postcode,
    Line(usize),
}

/// Private-use characters, which no wording holds, by the slot each stands for.
const SIGNS: [(&str, Slot); 9] = [
    ("\u{e000}", Slot::Name),
    ("\u{e001}", Slot::Code),
    ("\u{e002}", Slot::Order),
    ("\u{e003}", Slot::Addressee),
    ("\u{e004}", Slot::Postcode),
    ("\u{e005}", Slot::Line(0)),
    ("\u{e006}", Slot::Line(1)),
    ("\u{e007}", Slot::Line(2)),
    ("\u{e008}", Slot::Line(3)),
];

impl Slot {
    /// The character that stands for it.
    pub(super) fn sign(self) -> &'static str {
        SIGNS.iter().find(|(_, slot)| *slot == self).map_or("", |(sign, _)| sign)
    }

    /// The slot that a sign stands for.
    pub(super) fn of(sign: char) -> Option<Self> {
        SIGNS.iter().find(|(text, _)| text.starts_with(sign)).map(|(_, slot)| *slot)
    }

    /// What a registered wording calls it.
    pub(super) const fn gap(self) -> Gap {
        match self {
            Self::Name | Self::Addressee => Gap::Name,
            Self::Code => Gap::Code,
            Self::Order => Gap::Order,
            Self::Postcode | Self::Line(_) => Gap::Address,
        }
    }
}

/// A posting speaks to everyone and greets nobody.
const fn greets(rung: Rung) -> bool {
    match rung {
        Rung::Lms | Rung::Sms | Rung::Email | Rung::Letter => true,
        Rung::Posting => false,
    }
}

/// A code proves where a text came from; paper and postings prove themselves.
const fn shows_code(rung: Rung) -> bool {
    match rung {
        Rung::Lms | Rung::Sms | Rung::Email => true,
        Rung::Letter | Rung::Posting => false,
    }
}

/// The text if it is nothing but letters, digits and hyphens, else nothing.
fn harmless_code(text: Option<&str>) -> &str {
    let harmless = |text: &&str| {
        text.len() <= CODE_CHARS && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.filter(harmless).unwrap_or_default()
}

fn envelope(order: Order<'_>) -> Option<Envelope<'_>> {
    let variables = order.variables;
    let address = variables.address.as_ref().filter(|_| order.rung == Rung::Letter)?;
    Some(Envelope {
        addressee: variables.addressee.as_ref().map(PersonName::expose).unwrap_or_default(),
        postcode: address.postcode(),
        address_lines: PostalAddress::lines(address).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_a_sign_of_its_own() {
        for (sign, slot) in SIGNS {
            assert_eq!(slot.sign(), sign);
            assert_eq!(Slot::of(sign.chars().next().unwrap()), Some(slot));
        }
        assert_eq!(SIGNS.len(), 5 + PostalAddress::MAX_LINES);
        assert_eq!(Slot::of('a'), None);
    }

    #[test]
    fn a_code_is_nothing_but_a_code() {
        assert_eq!(harmless_code(Some("7K3M-9XQ2-A")), "7K3M-9XQ2-A");
        for bad in ["see evil.kr", "<b>", "\u{e000}", &"A".repeat(41)] {
            assert_eq!(harmless_code(Some(bad)), "");
        }
    }
}
