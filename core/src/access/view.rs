//! What staff may see of a customer: one table, role × view × owner, and the fields each cell holds.
//!
//! Nothing of the customer is shown before the customer is proved. Whose something is follows from rows, asked at every answer.

use super::StaffRole;

coded! {
    /// An answer that holds a field of a subject, or rows of a queue. The words are in the journal.
    View {
        /// Who comes to an agency today.
        Queue = 1 "queue",
        /// One case at a counter.
        Case = 2 "case",
        /// Whose case it is.
        Person = 3 "person",
        /// The images of a second look.
        Look = 4 "look",
        /// The case of somebody who calls.
        Call = 5 "call",
    }
}

coded! {
    /// Whose something is, as the one who asks is related to it.
    Owner {
        /// Anybody's: nothing ties it to who asks.
        Others = 1 "others",
        /// Today's at their own agency; a case that is checked in there.
        Here = 2 "here",
        /// The same, with the customer's own code or a second pair of eyes in this visit.
        Proved = 3 "proved",
        /// A look they took, of a case that neither they nor their agency or terminal had to do with.
        Taken = 4 "taken",
        /// A case whose customer reads out the code that their page shows for calls.
        Calling = 5 "calling",
    }
}

coded! {
    /// A field of an answer.
    Field {
        /// The hour of a booking.
        Time = 1 "time",
        /// A word for a case, random for the day, which nothing takes.
        Label = 2 "label",
        /// How a case stands.
        State = 3 "state",
        /// What kind of person comes.
        PersonType = 4 "person_type",
        /// What papers that kind of person brings.
        Papers = 5 "papers",
        /// The first and last sign of the holder's name.
        NameSigns = 6 "name_signs",
        /// The holder's name as the registry has it.
        Name = 7 "name",
        /// The year the holder was born in.
        BirthYear = 8 "birth_year",
        /// The images of papers and person.
        Images = 9 "images",
        /// Where somebody is booked.
        Place = 10 "place",
        /// A number, an address, a card, a day of birth: shown to nobody at a terminal.
        Contact = 11 "contact",
    }
}

/// What each cell shows. A cell that shows nothing is refused.
pub const fn fields(role: StaffRole, view: View, owner: Owner) -> &'static [Field] {
    match view {
        View::Queue => match (owner, role.is_at_counter()) {
            (Owner::Here | Owner::Proved, true) => &[Field::Time, Field::Label, Field::State],
            (Owner::Here | Owner::Proved, false)
            | (Owner::Others | Owner::Taken | Owner::Calling, _) => &[],
        },
        View::Case => match (owner, role.is_at_counter()) {
            (Owner::Here | Owner::Proved, true) => {
                &[Field::State, Field::PersonType, Field::Papers]
            }
            (Owner::Here | Owner::Proved, false)
            | (Owner::Others | Owner::Taken | Owner::Calling, _) => &[],
        },
        View::Person => match (owner, role.is_at_counter()) {
            (Owner::Proved, true) => &[Field::NameSigns],
            (Owner::Proved, false)
            | (Owner::Others | Owner::Here | Owner::Taken | Owner::Calling, _) => &[],
        },
        View::Look => match (owner, takes_looks(role)) {
            (Owner::Taken, true) => {
                &[Field::PersonType, Field::Name, Field::BirthYear, Field::Images]
            }
            (Owner::Taken, false)
            | (Owner::Others | Owner::Here | Owner::Proved | Owner::Calling, _) => &[],
        },
        View::Call => match (owner, answers_calls(role)) {
            (Owner::Calling, true) => &[Field::State, Field::Place],
            (Owner::Calling, false)
            | (Owner::Others | Owner::Here | Owner::Proved | Owner::Taken, _) => &[],
        },
    }
}

/// Whether a cell shows anything.
pub const fn is_granted(role: StaffRole, view: View, owner: Owner) -> bool {
    !fields(role, view, owner).is_empty()
}

/// Whether somebody of these roles sees a view of what is so related to them.
pub fn any<'a>(roles: impl IntoIterator<Item = &'a StaffRole>, view: View, owner: Owner) -> bool {
    roles.into_iter().any(|role| is_granted(*role, view, owner))
}

const fn takes_looks(role: StaffRole) -> bool {
    match role {
        StaffRole::Security | StaffRole::Supervisor => true,
        StaffRole::Privacy
        | StaffRole::Legal
        | StaffRole::Messaging
        | StaffRole::Audit
        | StaffRole::Clerk
        | StaffRole::Agent => false,
    }
}

const fn answers_calls(role: StaffRole) -> bool {
    match role {
        StaffRole::Agent => true,
        StaffRole::Security
        | StaffRole::Privacy
        | StaffRole::Legal
        | StaffRole::Messaging
        | StaffRole::Audit
        | StaffRole::Clerk
        | StaffRole::Supervisor => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::access::Act;

    /// The design's table, written down a second time: every cell that is granted; all others are refused.
    const EXPECTED: &str = "\
clerk queue here: time label state
clerk queue proved: time label state
clerk case here: state person_type papers
clerk case proved: state person_type papers
clerk person proved: name_signs
supervisor queue here: time label state
supervisor queue proved: time label state
supervisor case here: state person_type papers
supervisor case proved: state person_type papers
supervisor person proved: name_signs
supervisor look taken: person_type name birth_year images
agent call calling: state place
security look taken: person_type name birth_year images
";

    #[test]
    fn what_each_cell_shows() {
        let mut found = Vec::new();
        for role in StaffRole::ALL {
            for view in View::ALL {
                for owner in Owner::ALL {
                    let cell = fields(role, view, owner);
                    assert_eq!(is_granted(role, view, owner), !cell.is_empty());
                    if cell.is_empty() {
                        continue;
                    }
                    let mut line = format!("{} {} {}:", role.name(), view.name(), owner.name());
                    for field in cell {
                        write!(line, " {}", field.name()).unwrap();
                    }
                    found.push(line);
                }
            }
        }
        let mut expected: Vec<&str> = EXPECTED.lines().collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn nobody_sees_a_contact_and_nobody_sees_what_nothing_ties_them_to() {
        for role in StaffRole::ALL {
            for view in View::ALL {
                assert!(!is_granted(role, view, Owner::Others), "{role:?} {view:?}");
                for owner in Owner::ALL {
                    assert!(!fields(role, view, owner).contains(&Field::Contact));
                }
            }
        }
    }

    #[test]
    fn whoever_sees_something_may_also_act_on_it() {
        for role in StaffRole::ALL {
            for (view, act) in [
                (View::Case, Act::ServeCustomer),
                (View::Look, Act::TakeLook),
                (View::Call, Act::TakeCall),
            ] {
                let sees = Owner::ALL.into_iter().any(|owner| is_granted(role, view, owner));
                assert_eq!(sees, role.may(act), "{role:?} {view:?}");
            }
        }
    }

    #[test]
    fn no_field_of_the_person_comes_before_a_proof() {
        let of_a_person =
            [Field::NameSigns, Field::Name, Field::BirthYear, Field::Images, Field::Place];
        for role in StaffRole::ALL {
            for view in View::ALL {
                for owner in [Owner::Others, Owner::Here] {
                    let cell = fields(role, view, owner);
                    assert!(!cell.iter().any(|field| of_a_person.contains(field)));
                }
            }
        }
    }
}
