//! The tables of the customer's door.

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    session (id) {
        id -> Binary,
        incident -> Uid,
        browser -> Uid,
        way -> Nullable<SmallInt>,
        capacity -> Nullable<SmallInt>,
        relies -> Text,
        person -> Nullable<Uid>,
        line -> Nullable<Uid>,
        proven_at -> Nullable<Ts>,
        started_at -> Ts,
        touched_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    proof_request (session) {
        session -> Binary,
        id -> Uid,
        way -> SmallInt,
        msisdn_ix -> Uid,
        email_ix -> Nullable<Uid>,
        target -> Uid,
        code -> Nullable<Binary>,
        reference -> Nullable<Text>,
        tries_left -> SmallInt,
        made_at -> Ts,
        expires_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::Integer;
    use crate::types::{Ts, Uid};

    budget (key) {
        key -> Uid,
        short_from -> Ts,
        short_spent -> Integer,
        long_from -> Ts,
        long_spent -> Integer,
        until -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt};
    use crate::types::{Ts, Uid};

    told_here (bucket, incident, subject) {
        bucket -> SmallInt,
        incident -> Uid,
        subject -> Uid,
        revision -> Integer,
        standing -> SmallInt,
        possible -> Integer,
        confirmed -> Integer,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    replacement_case (bucket, incident, line, id) {
        bucket -> SmallInt,
        incident -> Uid,
        line -> Uid,
        id -> Uid,
        person -> Uid,
        state -> SmallInt,
        applied_at -> Ts,
        changed_at -> Ts,
        open -> Bool,
        completed_at -> Nullable<Ts>,
        tier -> SmallInt,
        person_type -> Nullable<SmallInt>,
        agency -> Nullable<Uid>,
        product -> Nullable<Text>,
        day -> Nullable<Integer>,
        hour -> Nullable<SmallInt>,
        place_used -> Bool,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, SmallInt};
    use crate::types::{Ts, Uid};

    protection (imsi_ix) {
        imsi_ix -> Uid,
        state -> SmallInt,
        since -> Ts,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    claim (incident, id) {
        incident -> Uid,
        id -> Uid,
        person -> Uid,
        line -> Uid,
        state -> SmallInt,
        outside_cohort -> Bool,
        sealed -> Binary,
        made_at -> Ts,
        changed_at -> Ts,
        kind -> SmallInt,
        source -> SmallInt,
        reference_ix -> Nullable<Uid>,
        appeal_until -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    claim_event (incident, claim, no) {
        incident -> Uid,
        claim -> Uid,
        no -> Integer,
        from_state -> SmallInt,
        to_state -> SmallInt,
        by_staff -> Nullable<Uid>,
        at -> Ts,
        also_by -> Nullable<Uid>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    payment (id) {
        id -> Uid,
        incident -> Uid,
        claim -> Uid,
        no -> Integer,
        pay_on -> Integer,
        exported_at -> Ts,
        by_staff -> Uid,
        also_by -> Uid,
        result -> Nullable<SmallInt>,
        settled_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Ts, Uid};

    benefit (incident, line, grp) {
        incident -> Uid,
        line -> Uid,
        grp -> Text,
        code -> Text,
        person -> Uid,
        chosen_at -> Ts,
        exported_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::types::{Ts, Uid};

    fake_report (id) {
        id -> Uid,
        reported_at -> Ts,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::{Ts, Uid};

    incident_channel (incident, channel) {
        incident -> Uid,
        channel -> Text,
        reason -> Text,
        by_staff -> Uid,
        at -> Ts,
    }
}
