//! The tables of law, words, the ladder's end and filings.

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Ts, Uid};

    clock_selection (incident, no) {
        incident -> Uid,
        no -> Integer,
        anchor -> Text,
        revision -> Nullable<Integer>,
        knowledge -> Integer,
        reason -> Text,
        by_staff -> Uid,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Ts, Uid};

    clock_excuse (incident, no) {
        incident -> Uid,
        no -> Integer,
        rule -> Text,
        scope -> Text,
        until -> Nullable<Ts>,
        reason -> Text,
        by_staff -> Uid,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt};
    use crate::types::{Ts, Uid};

    agreement (incident, about, no, staff) {
        incident -> Uid,
        about -> SmallInt,
        no -> Integer,
        staff -> Uid,
        role -> SmallInt,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    block_decision (incident, no) {
        incident -> Uid,
        no -> Integer,
        rule -> Text,
        kind -> SmallInt,
        until -> Nullable<Ts>,
        reason -> Text,
        by_staff -> Uid,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Text};
    use crate::types::{Ts, Uid};

    determination (incident, no) {
        incident -> Uid,
        no -> Integer,
        trigger -> Text,
        holds -> Bool,
        at -> Ts,
        who -> Text,
        why -> Text,
        by_staff -> Uid,
        recorded_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Ts, Uid};

    legal_act (incident, no) {
        incident -> Uid,
        no -> Integer,
        duty -> Text,
        rule -> Nullable<Text>,
        scope -> Text,
        at -> Ts,
        what -> Text,
        by_staff -> Uid,
        recorded_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Ts, Uid};

    hold (incident, no) {
        incident -> Uid,
        no -> Integer,
        reason -> Text,
        by_staff -> Uid,
        held_from -> Ts,
        released_at -> Nullable<Ts>,
        released_by -> Nullable<Uid>,
        release_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, SmallInt, Text};
    use crate::types::Ts;

    wording (wave, no) {
        wave -> Integer,
        no -> Integer,
        sha256 -> Binary,
        kind -> SmallInt,
        language -> SmallInt,
        rung -> SmallInt,
        role -> SmallInt,
        subject -> Nullable<Text>,
        pieces -> Text,
        gaps -> Text,
        sender -> Text,
        window_from -> Ts,
        window_until -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt};
    use crate::types::Uid;

    message_code (bucket, code, wave, chunk, pos) {
        bucket -> SmallInt,
        code -> Uid,
        wave -> Integer,
        chunk -> Integer,
        pos -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::Integer;
    use crate::types::{Ts, Uid};

    code_try (number, hour) {
        number -> Uid,
        hour -> Ts,
        tries -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::types::{Ts, Uid};

    fake (no) {
        no -> Integer,
        text -> Text,
        sender -> Text,
        seen_at -> Ts,
        cluster -> Integer,
        by_staff -> Uid,
        added_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    posting (incident, no) {
        incident -> Uid,
        no -> Integer,
        page -> Text,
        waves -> Text,
        kind -> SmallInt,
        page_sha256 -> Binary,
        unknown_lines -> BigInt,
        ground -> Text,
        rule -> Text,
        reason -> Text,
        place -> Text,
        starts_at -> Ts,
        days -> Integer,
        by_staff -> Uid,
        recorded_at -> Ts,
        closed_at -> Nullable<Ts>,
        closed_by -> Nullable<Uid>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    use crate::types::{Ts, Uid};

    observation (incident, posting, no) {
        incident -> Uid,
        posting -> Integer,
        no -> Integer,
        at -> Ts,
        sha256 -> Nullable<Binary>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    suppression (incident, no) {
        incident -> Uid,
        no -> Integer,
        bucket -> SmallInt,
        person -> Uid,
        reason -> Text,
        note -> Text,
        by_staff -> Uid,
        at -> Ts,
        lifted_at -> Nullable<Ts>,
        lifted_by -> Nullable<Uid>,
        lift_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Integer, Text};
    use crate::types::{Ts, Uid};

    brand_list (wave, brand, no) {
        wave -> Integer,
        brand -> Text,
        no -> Integer,
        file_sha256 -> Binary,
        targets -> BigInt,
        by_staff -> Uid,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Integer, Text};
    use crate::types::{Ts, Uid};

    brand_result (wave, brand, no) {
        wave -> Integer,
        brand -> Text,
        no -> Integer,
        file_sha256 -> Binary,
        results -> BigInt,
        by_staff -> Uid,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    use crate::types::{Ts, Uid};

    filing (incident, kind, no) {
        incident -> Uid,
        kind -> Text,
        no -> Integer,
        as_of -> Ts,
        body_sha256 -> Binary,
        text -> Text,
        html -> Text,
        facts -> Text,
        supplement_of -> Nullable<Integer>,
        late_reason -> Nullable<Text>,
        created_by -> Uid,
        created_at -> Ts,
        submitted_at -> Nullable<Ts>,
        submitted_by -> Nullable<Uid>,
        channel -> Nullable<Text>,
        acknowledged_at -> Nullable<Ts>,
        acknowledged_by -> Nullable<Uid>,
        acknowledgement -> Nullable<Text>,
    }
}
