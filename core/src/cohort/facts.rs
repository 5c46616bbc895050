//! Facts: a data item leaked, `possible` or `confirmed`, as two sets of bits.

use serde::{Deserialize, Serialize};

/// A kind of data that can leak. The discriminant is the bit's position and is stored: never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Telephone number.
    Msisdn = 0,
    /// International mobile subscriber identity.
    Imsi = 1,
    /// International mobile equipment identity.
    Imei = 2,
    /// Integrated circuit card identifier.
    Iccid = 3,
    /// The USIM's authentication keys.
    AuthKey = 4,
    /// Name.
    Name = 5,
    /// Date of birth.
    BirthDate = 6,
    /// Postal address.
    Address = 7,
    /// E-mail address.
    Email = 8,
    /// Resident or foreigner registration number.
    RegistrationNumber = 9,
    /// Bank account or card number.
    BankAccount = 10,
    /// Call and message records.
    CallRecord = 11,
    /// Place of connection.
    Location = 12,
    /// Contract data: plan, device model, join date.
    Contract = 13,
    /// Loss through micropayment.
    PaymentLoss = 14,
}

/// A word that names no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an item this system knows; one of {}", Item::ALL.map(Item::code).join(", "))]
pub struct ParseItemError;

impl Item {
    /// Every item, in bit order.
    pub const ALL: [Self; 15] = [
        Self::Msisdn,
        Self::Imsi,
        Self::Imei,
        Self::Iccid,
        Self::AuthKey,
        Self::Name,
        Self::BirthDate,
        Self::Address,
        Self::Email,
        Self::RegistrationNumber,
        Self::BankAccount,
        Self::CallRecord,
        Self::Location,
        Self::Contract,
        Self::PaymentLoss,
    ];

    /// The word for it in files, JSON and SQL.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Msisdn => "msisdn",
            Self::Imsi => "imsi",
            Self::Imei => "imei",
            Self::Iccid => "iccid",
            Self::AuthKey => "auth_key",
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::Address => "address",
            Self::Email => "email",
            Self::RegistrationNumber => "registration_number",
            Self::BankAccount => "bank_account",
            Self::CallRecord => "call_record",
            Self::Location => "location",
            Self::Contract => "contract",
            Self::PaymentLoss => "payment_loss",
        }
    }

    /// Reads the word back.
    pub fn parse(code: &str) -> Result<Self, ParseItemError> {
        Self::ALL.into_iter().find(|item| item.code() == code).ok_or(ParseItemError)
    }

    #[expect(clippy::as_conversions, reason = "a unit-only enum's discriminant is its bit")]
    const fn bit(self) -> i32 {
        1 << (self as i32)
    }
}

/// A set of items, one bit each; stored as it is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ItemSet(i32);

impl ItemSet {
    /// No item.
    pub const EMPTY: Self = Self(0);

    /// Bits as stored; unknown bits are refused.
    pub fn from_bits(bits: i32) -> Option<Self> {
        let known = Item::ALL.into_iter().fold(0, |all, item| all | item.bit());
        (bits & !known == 0).then_some(Self(bits))
    }

    /// Bits to store.
    pub const fn bits(self) -> i32 {
        self.0
    }

    /// Whether the item is in the set.
    pub const fn contains(self, item: Item) -> bool {
        self.0 & item.bit() != 0
    }

    /// The set with one more item.
    #[must_use]
    pub const fn with(self, item: Item) -> Self {
        Self(self.0 | item.bit())
    }

    /// Items in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Items in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Items in this one only.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The items, in bit order.
    pub fn iter(self) -> impl Iterator<Item = Item> {
        Item::ALL.into_iter().filter(move |item| self.contains(*item))
    }
}

impl FromIterator<Item> for ItemSet {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        items.into_iter().fold(Self::EMPTY, Self::with)
    }
}

/// What is true of one line: the items that leaked for certain, and those that may have.
///
/// An item is never in both: `confirmed` says all that `possible` says.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct FactSet {
    possible: ItemSet,
    confirmed: ItemSet,
}

impl FactSet {
    /// Nothing leaked.
    pub const EMPTY: Self = Self { possible: ItemSet::EMPTY, confirmed: ItemSet::EMPTY };

    /// Facts from two sets; an item in both is confirmed.
    pub const fn new(possible: ItemSet, confirmed: ItemSet) -> Self {
        Self { possible: possible.minus(confirmed), confirmed }
    }

    /// Items that may have leaked.
    pub const fn possible(self) -> ItemSet {
        self.possible
    }

    /// Items that leaked for certain.
    pub const fn confirmed(self) -> ItemSet {
        self.confirmed
    }

    /// Whether no fact is in it.
    pub const fn is_empty(self) -> bool {
        self.possible.is_empty() && self.confirmed.is_empty()
    }

    /// Both sets of facts together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self::new(self.possible.union(other.possible), self.confirmed.union(other.confirmed))
    }

    /// What still has to be said to someone who was told `told`.
    ///
    /// Having been told `confirmed` covers `possible`; the reverse does not hold.
    #[must_use]
    pub const fn minus(self, told: Self) -> Self {
        Self {
            possible: self.possible.minus(told.possible).minus(told.confirmed),
            confirmed: self.confirmed.minus(told.confirmed),
        }
    }
}

#[cfg(test)]
mod tests;
