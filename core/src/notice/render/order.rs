//! What is to be rendered.

use crate::delivery::Rung;
use crate::notice::encoding::Capacity;
use crate::notice::{CarrierWords, IncidentWords, Variables};
use crate::subscriber::RecipientRole;

/// One notice on one rung, with all that its text depends on besides the template.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The rung.
    pub rung: Rung,
    /// What belongs to the recipient.
    pub variables: &'a Variables,
    /// The incident's words.
    pub incident: &'a IncidentWords,
    /// The words of the brand that speaks.
    pub carrier: &'a CarrierWords,
    /// What the route of long messages carries; other rungs do not ask.
    pub capacity: Capacity,
}

impl<'a> Order<'a> {
    /// An order for a domestic route: KS X 1001, 2,000 bytes.
    pub const fn new(
        rung: Rung,
        variables: &'a Variables,
        incident: &'a IncidentWords,
        carrier: &'a CarrierWords,
    ) -> Self {
        Self { rung, variables, incident, carrier, capacity: Capacity::DOMESTIC }
    }

    /// The same for a route that carries something else.
    #[must_use]
    pub const fn within(self, capacity: Capacity) -> Self {
        Self { capacity, ..self }
    }

    /// What a text of its rung must fit; none for what is no message to a handset.
    pub(in crate::notice) const fn room(self) -> Option<Capacity> {
        match self.rung {
            Rung::Lms => Some(self.capacity),
            Rung::Sms => Some(Capacity::SHORT),
            Rung::Email | Rung::Letter | Rung::Posting => None,
        }
    }

    /// Whether a child reads it: only the line's own copy reaches them, a guardian gets the full
    /// words.
    pub(in crate::notice) fn speaks_to_child(self) -> bool {
        let personal = match self.rung {
            Rung::Lms | Rung::Sms | Rung::Email | Rung::Letter => true,
            Rung::Posting => false,
        };
        personal && self.variables.minor && self.variables.role == RecipientRole::Line
    }
}
