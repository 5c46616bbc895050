//! The people who work with the system, and the keys their approvals are signed with.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use simrecall_core::access::StaffRole;
use simrecall_core::id::StaffId;

use crate::error::StoreError;
use crate::schema;
use crate::tx::forward;
use crate::types::{At, Id};

/// Somebody who works with the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// Their key.
    pub id: StaffId,
    /// The name they sign in with; unique.
    pub name: String,
    /// What they answer for.
    pub roles: BTreeSet<StaffRole>,
    /// The Ed25519 key that checks their signatures.
    pub public_key: [u8; 32],
    /// Since when.
    pub added_at: DateTime<Utc>,
    /// Until when; none for those at work.
    pub retired_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::staff, treat_none_as_default_value = false)]
pub(crate) struct StaffRow {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) roles: String,
    pub(crate) public_key: Vec<u8>,
    pub(crate) added_at: At,
    pub(crate) retired_at: Option<At>,
}

forward! { staff:
    /// Adds somebody; a name that is in use is a conflict.
    pub fn add_staff(member: &StaffMember) -> ();
    /// One member, retired or not.
    pub fn staff(id: StaffId) -> Option<StaffMember>;
    /// The member of this name, retired or not.
    pub fn staff_by_name(name: &str) -> Option<StaffMember>;
    /// Everybody, by name.
    pub fn all_staff() -> Vec<StaffMember>;
    /// Ends somebody's work here; what they signed stays theirs.
    pub fn retire_staff(id: StaffId, at: DateTime<Utc>) -> ();
}

impl From<&StaffMember> for StaffRow {
    fn from(member: &StaffMember) -> Self {
        let roles: Vec<_> = member.roles.iter().map(|role| role.name()).collect();
        Self {
            id: member.id.into(),
            name: member.name.clone(),
            roles: roles.join(","),
            public_key: member.public_key.to_vec(),
            added_at: member.added_at.into(),
            retired_at: member.retired_at.map(At::from),
        }
    }
}

impl TryFrom<StaffRow> for StaffMember {
    type Error = StoreError;

    fn try_from(row: StaffRow) -> Result<Self, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("staff");
        let names = row.roles.split(',').filter(|name| !name.is_empty());
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            roles: names.map(StaffRole::parse).collect::<Result<_, _>>().map_err(|_| DAMAGED)?,
            public_key: row.public_key.try_into().map_err(|_| DAMAGED)?,
            added_at: row.added_at.into(),
            retired_at: row.retired_at.map(DateTime::from),
        })
    }
}
