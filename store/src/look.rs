//! Second looks, and the images that were looked at.

use std::fmt;

use chrono::{DateTime, Utc};
use simrecall_core::id::{
    AgencyId, CaseId, IncidentId, LineId, LookId, StaffId, SubscriberId, TerminalId,
};
use simrecall_core::replacement::documents::Person;
use simrecall_core::terminal::look::{Post, State};

use crate::tx::forward;

/// Who is at a counter, when a second look is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// Who.
    pub staff: StaffId,
    /// At which terminal.
    pub terminal: TerminalId,
    /// At which agency.
    pub agency: AgencyId,
}

impl From<Asker> for Post {
    fn from(asker: Asker) -> Self {
        let Asker { staff, terminal, agency } = asker;
        Self { staff, terminal: Some(terminal), agency: Some(agency) }
    }
}

/// One look.
#[derive(Clone, PartialEq, Eq)]
pub struct Look {
    /// Its name.
    pub id: LookId,
    /// Its incident.
    pub incident: IncidentId,
    /// The case; none for a walk-in, until somebody says yes.
    pub case: Option<CaseId>,
    /// Blind index of the line's number under the service key.
    pub number: [u8; 16],
    /// Whose number it is, when that was asked: the line and its holder; none if it is nobody's.
    pub of: Option<(LineId, SubscriberId)>,
    /// What the clerk writes down beside the papers, from 0 to 9999.
    pub digits: i16,
    /// What kind of person comes, if it is known.
    pub person: Option<Person>,
    /// Who asked.
    pub asked: Asker,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Where it is.
    pub state: State,
    /// Who took it.
    pub taken: Option<(Post, DateTime<Utc>)>,
    /// When it was answered, or lapsed.
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was denied, in one word.
    pub reason: Option<String>,
    /// When its images were destroyed.
    pub destroyed_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Look({}, {})", self.id, self.state.name())
    }
}

/// How a look ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookEnd<'a> {
    /// Where it is.
    pub from: State,
    /// Where it comes.
    pub to: State,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, in one word.
    pub reason: Option<&'a str>,
    /// The case that a walk-in got.
    pub case: Option<CaseId>,
}

/// An image that is put in.
#[derive(Clone, PartialEq, Eq)]
pub struct NewImage {
    /// Whose it is.
    pub look: LookId,
    /// Its number among those, from 1.
    pub no: i16,
    /// The incident of the look.
    pub incident: IncidentId,
    /// Keyed hash of the image under the service key.
    pub content: [u8; 32],
    /// The image, sealed under the incident's key and bound to [`image_row`].
    pub sealed: Vec<u8>,
    /// When.
    pub at: DateTime<Utc>,
}

impl fmt::Debug for NewImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewImage({} {})", self.look, self.no)
    }
}

/// What became of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageAdded {
    /// It is there.
    Yes,
    /// It was there already, as this very one.
    Again,
    /// Another image has its number.
    Taken,
    /// It was shown in another look, or as another image of this one.
    SeenBefore,
}

/// The row key an image is bound to.
pub fn image_row(look: LookId, no: i16) -> [u8; 18] {
    let mut row = [0; 18];
    let (id, number) = row.split_at_mut(16);
    id.copy_from_slice(look.as_bytes());
    number.copy_from_slice(&no.to_be_bytes());
    row
}

forward! { look:
    /// Asks for a look. Whether there was none of the case that waits for an answer.
    pub fn ask_look(look: &Look) -> bool;
    /// One look.
    pub fn look(id: LookId) -> Option<Look>;
    /// Looks in a state, oldest first, as many as `limit`.
    pub fn looks_in(state: State, limit: i64) -> Vec<Look>;
    /// Looks of a case that were asked for at that instant or later, oldest first. The case's row is locked until the transaction ends.
    pub fn looks_of_case(incident: IncidentId, case: CaseId, since: DateTime<Utc>) -> Vec<Look>;
    /// Looks of a number that were asked for at that instant or later, oldest first.
    pub fn looks_of_number(number: &[u8; 16], since: DateTime<Utc>) -> Vec<Look>;
    /// What somebody took and has not answered.
    pub fn look_taken_by(staff: StaffId) -> Option<Look>;
    /// Gives an asked one to somebody. Of many at once one gets it.
    pub fn take_look(id: LookId, by: &Post, at: DateTime<Utc>) -> bool;
    /// Ends one that is where it is said to be. Of many at once one does.
    pub fn end_look(id: LookId, end: &LookEnd<'_>) -> bool;
    /// Puts an image in.
    pub fn add_look_image(image: &NewImage) -> ImageAdded;
    /// Which images a look has, destroyed or not.
    pub fn look_images(look: LookId) -> Vec<i16>;
    /// Whoever took a look has opened one of its images; the first time counts.
    pub fn see_look_image(look: LookId, no: i16, at: DateTime<Utc>) -> ();
    /// Which images of a look were opened by whoever took it.
    pub fn look_images_seen(look: LookId) -> Vec<i16>;
    /// One image, sealed; none if there is none, or not any more.
    pub fn look_image(look: LookId, no: i16) -> Option<Vec<u8>>;
    /// Looks that ended at that instant or before and whose images are there, oldest first, as many as `limit` after `past`.
    pub fn looks_to_destroy(before: DateTime<Utc>, past: Option<(DateTime<Utc>, LookId)>, limit: i64) -> Vec<Look>;
    /// Destroys the images of one that ended; how many images, or none if somebody else was first.
    pub fn destroy_look(id: LookId, at: DateTime<Utc>) -> Option<usize>;
}
