//! What a store can refuse, asked by question rather than by database.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// Why work on the store failed.
///
/// No message holds a stored value: what the database says of a constraint is kept only by the constraint's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The URL names no database of ours.
    #[error("a database is named sqlite:PATH or postgres://…")]
    Url,
    /// The database could not be opened.
    #[error("cannot open the database: {0}")]
    Open(String),
    /// The schema is newer than this program.
    #[error("the database was made by a newer version (migration {0})")]
    Newer(String),
    /// There is no schema, and this program was asked not to make one.
    #[error("the database has no schema yet; run simrecall init")]
    NoSchema,
    /// The schema is older than this program, which was asked not to change it.
    #[error(
        "the database is at migration {found}, this version needs {needed}; run any other command of it first, which brings it up to date"
    )]
    Older {
        /// The newest migration it has.
        found: String,
        /// The newest one there is.
        needed: String,
    },
    /// A migration failed.
    #[error("migration failed: {0}")]
    Migration(String),
    /// Another transaction was in the way, for longer than we were ready to try again.
    #[error("the database is busy")]
    Busy,
    /// The connection broke; whether a commit under way took place is not known.
    #[error("the connection to the database was lost")]
    Lost,
    /// A row with that key is there already.
    #[error("already there ({0})")]
    Conflict(String),
    /// Something that must be there is not.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A row that must never change was to be changed or removed.
    #[error("{0}")]
    Immutable(String),
    /// What must be kept was to be erased.
    #[error("the incident is under a preservation hold")]
    Held,
    /// Somebody still waits for money.
    #[error("the incident has open claims; each has to be paid, rejected or withdrawn first")]
    OpenClaims,
    /// Somebody still waits for a card, or got one within the last 72 hours.
    #[error(
        "the incident has open replacements; each has to be completed for 72 hours, or cancelled or declined first"
    )]
    OpenReplacements,
    /// A lease ran out, or somebody else holds it.
    #[error("the lease on {0} is not ours any more")]
    LeaseLost(&'static str),
    /// The step is not allowed in the present state.
    #[error("{0}")]
    State(&'static str),
    /// What is stored cannot be read: damaged, or written by something else.
    #[error("damaged row in {0}")]
    Damaged(&'static str),
    /// A record could not be sealed.
    #[error("cannot seal a record of {0}")]
    Seal(&'static str),
    /// The database refused for another reason.
    #[error("database: {0}")]
    Database(String),
}

impl StoreError {
    /// Whether the same work may succeed when tried again.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Busy | Self::Lost)
    }

    /// Whether a row with that key was there already.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// Whether something that must be there is not.
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    /// Whether the database refused to change a row that must never change.
    pub const fn is_immutable(&self) -> bool {
        matches!(self, Self::Immutable(_))
    }

    /// Whether a hold stands against erasing.
    pub const fn is_held(&self) -> bool {
        matches!(self, Self::Held)
    }

    /// Whether the database could not be reached at all.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Open(_) | Self::Lost)
    }
}

impl From<DieselError> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "Diesel's list, which may grow")]
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, info) => {
                of_database(kind, info.message(), info.constraint_name())
            }
            DieselError::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            DieselError::NotFound => Self::NotFound("row"),
            DieselError::BrokenTransactionManager => Self::Lost,
            DieselError::DeserializationError(_) => Self::Damaged("a column"),
            other => Self::Database(other.to_string()),
        }
    }
}

/// What the trigger says that keeps an incident under a hold from being erased.
const HELD: &str = "the incident is under a preservation hold";
/// What the trigger says that keeps an incident with open claims from being erased.
const OPEN_CLAIMS: &str = "the incident has open claims";
/// What the trigger says that keeps an incident with open replacements from being erased.
const OPEN_REPLACEMENTS: &str = "the incident has open replacements";

/// The ways databases say the same thing; PostgreSQL by code (which Diesel turns into a kind), SQLite partly by words only.
#[expect(clippy::wildcard_enum_match_arm, reason = "Diesel's list, which may grow")]
fn of_database(kind: DatabaseErrorKind, message: &str, constraint: Option<&str>) -> StoreError {
    let short = || constraint.unwrap_or(message).to_owned();
    match kind {
        DatabaseErrorKind::UniqueViolation => StoreError::Conflict(short()),
        DatabaseErrorKind::SerializationFailure => StoreError::Busy,
        DatabaseErrorKind::ClosedConnection => StoreError::Lost,
        _ if message == HELD => StoreError::Held,
        _ if message == OPEN_CLAIMS => StoreError::OpenClaims,
        _ if message == OPEN_REPLACEMENTS => StoreError::OpenReplacements,
        DatabaseErrorKind::RestrictViolation => StoreError::Immutable(message.to_owned()),
        DatabaseErrorKind::ForeignKeyViolation
        | DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::ExclusionViolation => StoreError::Database(short()),
        _ if message.ends_with("rows are immutable") => StoreError::Immutable(message.to_owned()),
        _ if is_lock(message) => StoreError::Busy,
        _ if message.contains("server closed the connection") => StoreError::Lost,
        _ => StoreError::Database(message.to_owned()),
    }
}

fn is_lock(message: &str) -> bool {
    ["database is locked", "database table is locked", "deadlock detected"]
        .iter()
        .any(|words| message.contains(words))
}
