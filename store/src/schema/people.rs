//! The tables of staff's door.

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    credential (id) {
        id -> Uid,
        staff -> Uid,
        kind -> SmallInt,
        key_id -> Nullable<Binary>,
        public_key -> Binary,
        record -> Nullable<Text>,
        counter -> BigInt,
        added_at -> Ts,
        ended_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::types::{Ts, Uid};

    invite (code_sha256) {
        code_sha256 -> Binary,
        staff -> Uid,
        first_by -> Uid,
        second_by -> Nullable<Uid>,
        made_at -> Ts,
        until -> Ts,
        used_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    terminal (id) {
        id -> Uid,
        agency -> Nullable<Uid>,
        networks -> Text,
        state -> SmallInt,
        code_sha256 -> Binary,
        code_until -> Ts,
        key -> Nullable<Binary>,
        thumbprint -> Nullable<Binary>,
        enrolled_by -> Uid,
        enrolled_at -> Ts,
        brought_at -> Nullable<Ts>,
        admitted_by -> Nullable<Uid>,
        admitted_at -> Nullable<Ts>,
        off_by -> Nullable<Uid>,
        off_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use crate::types::{Ts, Uid};

    terminal_jti (terminal, jti) {
        terminal -> Uid,
        jti -> Uid,
        until -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::types::{Ts, Uid};

    staff_session (no) {
        no -> Uid,
        hash -> Binary,
        before -> Nullable<Binary>,
        before_until -> Nullable<Ts>,
        before_for -> Nullable<Uid>,
        staff -> Uid,
        terminal -> Uid,
        credential -> Uid,
        started_at -> Ts,
        touched_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    challenge (id) {
        id -> Uid,
        kind -> SmallInt,
        terminal -> Uid,
        staff -> Nullable<Uid>,
        invite -> Nullable<Binary>,
        about -> Text,
        subject -> Nullable<Uid>,
        pair -> Nullable<Binary>,
        state -> Text,
        made_at -> Ts,
        until -> Ts,
        used_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, SmallInt};
    use crate::types::{Ts, Uid};

    approval_passkey (wave, staff) {
        wave -> Integer,
        staff -> Uid,
        role -> SmallInt,
        credential -> Uid,
        statement_sha256 -> Binary,
        challenge -> Binary,
        pair -> Binary,
        authenticator_data -> Binary,
        client_data -> Binary,
        signature -> Binary,
        at -> Ts,
    }
}
