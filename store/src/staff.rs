//! The people who work with the system, and where they are posted.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use simrecall_core::access::StaffRole;
use simrecall_core::id::{AgencyId, StaffId};

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
    /// Since when.
    pub added_at: DateTime<Utc>,
    /// Until when; none for those at work.
    pub retired_at: Option<DateTime<Utc>>,
    /// The agency they are posted to; none for the customer centre.
    pub agency: Option<AgencyId>,
    /// Since when they may not sign in, for an alarm that nobody has closed.
    pub paused_at: Option<DateTime<Utc>>,
}

impl StaffMember {
    /// Whether their work is at a counter.
    pub fn is_at_counter(&self) -> bool {
        self.roles.iter().any(|role| role.is_at_counter())
    }

    /// Whether they may sign in and work: neither retired nor paused, and at a counter only if posted to one.
    pub fn works(&self) -> bool {
        self.retired_at.is_none()
            && self.paused_at.is_none()
            && self.is_at_counter() == self.agency.is_some()
    }
}

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::staff, treat_none_as_default_value = false)]
pub(crate) struct StaffRow {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) roles: String,
    pub(crate) added_at: At,
    pub(crate) retired_at: Option<At>,
    pub(crate) agency: Option<Id>,
    pub(crate) paused_at: Option<At>,
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
    /// Ends somebody's work here, and wherever they are signed in; what they signed stays theirs.
    pub fn retire_staff(id: StaffId, at: DateTime<Utc>) -> ();
    /// Posts somebody to an agency, or to the customer centre, and ends wherever they are signed in.
    pub fn post_staff(id: StaffId, agency: Option<AgencyId>) -> ();
    /// Keeps somebody from signing in, and ends wherever they are signed in. Whether they were not paused yet.
    pub fn pause_staff(id: StaffId, at: DateTime<Utc>) -> bool;
    /// Lets somebody sign in again. Whether they were paused.
    pub fn resume_staff(id: StaffId) -> bool;
}

impl From<&StaffMember> for StaffRow {
    fn from(member: &StaffMember) -> Self {
        let roles: Vec<_> = member.roles.iter().map(|role| role.name()).collect();
        Self {
            id: member.id.into(),
            name: member.name.clone(),
            roles: roles.join(","),
            added_at: member.added_at.into(),
            retired_at: member.retired_at.map(At::from),
            agency: member.agency.map(Id::from),
            paused_at: member.paused_at.map(At::from),
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
            added_at: row.added_at.into(),
            retired_at: row.retired_at.map(DateTime::from),
            agency: row.agency.map(Into::into),
            paused_at: row.paused_at.map(DateTime::from),
        })
    }
}
