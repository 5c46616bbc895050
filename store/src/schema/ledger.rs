//! The tables of waves and of what became of them.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    wave (no) {
        no -> Integer,
        incident -> Uid,
        revision -> Integer,
        snapshot -> Integer,
        cutoff -> Ts,
        state -> SmallInt,
        statement -> Nullable<Text>,
        statement_sha256 -> Nullable<Binary>,
        persons -> BigInt,
        lines -> BigInt,
        targets -> BigInt,
        copies -> BigInt,
        left_out -> BigInt,
        withdrawn -> BigInt,
        basis -> BigInt,
        planned_at -> Ts,
        released_at -> Nullable<Ts>,
        closed_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable};
    use crate::types::Ts;

    wave_control (wave) {
        wave -> Integer,
        paused -> Bool,
        pace -> Nullable<Integer>,
        changed_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, SmallInt};
    use crate::types::{Ts, Uid};

    approval (wave, staff) {
        wave -> Integer,
        staff -> Uid,
        role -> SmallInt,
        statement_sha256 -> Binary,
        signature -> Binary,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    chunk (wave, no) {
        wave -> Integer,
        no -> Integer,
        kind -> SmallInt,
        rung -> SmallInt,
        stage -> SmallInt,
        priority -> SmallInt,
        country -> Text,
        not_before -> Ts,
        state -> SmallInt,
        lease_token -> Nullable<Uid>,
        lease_until -> Nullable<Ts>,
        n -> Integer,
        open -> Integer,
        accepted -> Integer,
        not_accepted -> Integer,
        rejected -> Integer,
        in_doubt -> Integer,
        reached -> Integer,
        failed -> Integer,
        told -> Integer,
        told_copies -> Integer,
        list -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt};

    listed (bucket, wave, target_chunk, target_pos, cause_try) {
        bucket -> SmallInt,
        wave -> Integer,
        target_chunk -> Integer,
        target_pos -> Integer,
        cause_try -> SmallInt,
        chunk -> Integer,
        n -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, SmallInt};
    use crate::types::Uid;

    target (bucket, wave, chunk, pos) {
        bucket -> SmallInt,
        wave -> Integer,
        chunk -> Integer,
        pos -> Integer,
        person -> Uid,
        notice -> Uid,
        role -> SmallInt,
        reach -> SmallInt,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, SmallInt};
    use crate::types::Uid;

    notice (bucket, incident, person, facts_sha256) {
        bucket -> SmallInt,
        incident -> Uid,
        person -> Uid,
        facts_sha256 -> Binary,
        wave -> Integer,
        #[sql_name = "notice"]
        notice_id -> Uid,
        kind -> SmallInt,
        language -> SmallInt,
        target_chunk -> Integer,
        target_pos -> Integer,
        copies -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt};
    use crate::types::Uid;

    telling (bucket, incident, person, line, wave) {
        bucket -> SmallInt,
        incident -> Uid,
        person -> Uid,
        line -> Uid,
        wave -> Integer,
        possible -> Integer,
        confirmed -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt};
    use crate::types::Uid;

    left_out (bucket, wave, person, line) {
        bucket -> SmallInt,
        wave -> Integer,
        person -> Uid,
        line -> Uid,
        reason -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    attempt (bucket, wave, chunk, pos, try_no) {
        bucket -> SmallInt,
        wave -> Integer,
        chunk -> Integer,
        pos -> Integer,
        try_no -> SmallInt,
        by_chunk -> Integer,
        rung -> SmallInt,
        route -> Text,
        at -> Ts,
        text_sha256 -> Binary,
        parts -> SmallInt,
        resend -> Bool,
        destination_ix -> Nullable<Uid>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt, Text};
    use crate::types::Ts;

    outcome (bucket, wave, chunk, pos, try_no, part, kind) {
        bucket -> SmallInt,
        wave -> Integer,
        chunk -> Integer,
        pos -> Integer,
        try_no -> SmallInt,
        part -> SmallInt,
        kind -> SmallInt,
        at -> Ts,
        code -> Nullable<Text>,
        provider_id -> Nullable<Text>,
        settled_by -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt, Text};
    use crate::types::Ts;

    submission (bucket, route, provider_id, wave, chunk, pos, try_no, part) {
        bucket -> SmallInt,
        route -> Text,
        provider_id -> Text,
        wave -> Integer,
        chunk -> Integer,
        pos -> Integer,
        try_no -> SmallInt,
        part -> SmallInt,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    orphan (bucket, route, provider_id, at, kind) {
        bucket -> SmallInt,
        route -> Text,
        provider_id -> Text,
        at -> Ts,
        kind -> SmallInt,
        code -> Nullable<Text>,
        destination_ix -> Nullable<Uid>,
        reference -> Nullable<Integer>,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt, Text};
    use crate::types::{Ts, Uid};

    doubt (bucket, wave, chunk, pos, try_no) {
        bucket -> SmallInt,
        wave -> Integer,
        chunk -> Integer,
        pos -> Integer,
        try_no -> SmallInt,
        route -> Text,
        destination_ix -> Uid,
        reference -> Integer,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, SmallInt};
    use crate::types::Uid;

    ledger_mark (one) {
        one -> SmallInt,
        ledger -> Uid,
        mark -> BigInt,
    }
}
