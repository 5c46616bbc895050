//! The tables of derived revisions.

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Text};
    use crate::types::Uid;

    derivation (incident, revision) {
        incident -> Uid,
        revision -> Integer,
        rules -> Text,
        rules_sha256 -> Binary,
        manifest -> Text,
        brought -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    evidence (incident, no, line, holder) {
        incident -> Uid,
        no -> Integer,
        line -> Uid,
        holder -> Uid,
        source -> SmallInt,
        possible -> Integer,
        confirmed -> Integer,
        exposed_at -> Ts,
        sealed -> Nullable<Binary>,
        by_staff -> Uid,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt};
    use crate::types::Uid;

    evidence_verdict (incident, no, line, holder, revision) {
        incident -> Uid,
        no -> Integer,
        line -> Uid,
        holder -> Uid,
        revision -> Integer,
        verdict -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt, Text};
    use crate::types::{Ts, Uid};

    evidence_withdrawal (incident, no, staff) {
        incident -> Uid,
        no -> Integer,
        staff -> Uid,
        role -> SmallInt,
        reason -> Text,
        at -> Ts,
    }
}
