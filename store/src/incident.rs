//! Incidents: what happened.

use chrono::{DateTime, Utc};
use simrecall_core::id::{IncidentId, StaffId};
use simrecall_core::incident::{Channel, Incident, IncidentCode, IncidentState};

use crate::error::StoreError;
use crate::schema;
use crate::tx::forward;
use crate::types::{At, Id};

#[derive(Debug, Clone, diesel::Insertable, diesel::Queryable)]
#[diesel(table_name = schema::incident, treat_none_as_default_value = false)]
pub(crate) struct IncidentRow {
    pub(crate) id: Id,
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) compromised: String,
    pub(crate) opened_at: At,
    pub(crate) state: i16,
}

/// A channel that turned out to be compromised after the incident was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedChannel {
    /// The channel.
    pub channel: Channel,
    /// Why; names nobody.
    pub reason: String,
    /// Who recorded it.
    pub by: StaffId,
    /// When.
    pub at: DateTime<Utc>,
}

forward! { incident:
    /// Opens an incident; a code that is in use is a conflict.
    pub fn open_incident(incident: &Incident, at: DateTime<Utc>) -> ();
    /// Names one more compromised channel of an incident; nothing takes that back. Whether it was not named yet.
    pub fn name_compromised(id: IncidentId, named: &NamedChannel) -> bool;
    /// The channels that were named after the incident was opened, oldest first.
    pub fn named_channels(id: IncidentId) -> Vec<NamedChannel>;
    /// One incident; its compromised channels are those it was opened with and those named since, here as below.
    pub fn incident(id: IncidentId) -> Option<Incident>;
    /// The incident staff call by this code.
    pub fn incident_by_code(code: &IncidentCode) -> Option<Incident>;
    /// All incidents, oldest first.
    pub fn incidents() -> Vec<Incident>;
    /// Moves an incident to another state. Once it is being erased there is no way back; as long as a hold lasts or a claim is
    /// open there is no way there.
    pub fn set_incident_state(id: IncidentId, state: IncidentState) -> ();
}

impl IncidentRow {
    pub(crate) fn of(incident: &Incident, at: DateTime<Utc>) -> Self {
        let channels: Vec<_> = incident.compromised.iter().map(|c| c.name()).collect();
        Self {
            id: incident.id.into(),
            code: incident.code.to_string(),
            title: incident.title.clone(),
            compromised: channels.join(","),
            opened_at: at.into(),
            state: incident.state.code(),
        }
    }
}

impl TryFrom<IncidentRow> for Incident {
    type Error = StoreError;

    fn try_from(row: IncidentRow) -> Result<Self, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("incident");
        let names = row.compromised.split(',').filter(|name| !name.is_empty());
        Ok(Self {
            id: row.id.into(),
            code: IncidentCode::parse(&row.code).map_err(|_| DAMAGED)?,
            title: row.title,
            compromised: names
                .map(Channel::parse)
                .collect::<Result<_, _>>()
                .map_err(|_| DAMAGED)?,
            state: IncidentState::from_code(row.state).ok_or(DAMAGED)?,
        })
    }
}
