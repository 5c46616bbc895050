//! The tables of replacements: agencies, cards, swaps, and what belongs to a case.

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::types::{Ts, Uid};

    wrong_digits (body) {
        body -> Binary,
        incident -> Uid,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    agency (id) {
        id -> Uid,
        code -> Text,
        name -> Text,
        kind -> SmallInt,
        region -> Text,
        address -> Text,
        desks -> Integer,
        opens_minute -> SmallInt,
        closes_minute -> SmallInt,
        weekdays -> SmallInt,
        closed_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    lot (id) {
        id -> Uid,
        agency -> Uid,
        product -> Text,
        supplier_ref -> Text,
        kind -> SmallInt,
        from_agency -> Nullable<Uid>,
        expected_on -> Integer,
        count_expected -> BigInt,
        cards -> BigInt,
        state -> SmallInt,
        counted -> Nullable<BigInt>,
        at -> Ts,
        received_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    card (id) {
        id -> Uid,
        imsi_ix -> Uid,
        product -> Text,
        lot -> Uid,
        agency -> Uid,
        state -> SmallInt,
        keyed -> Bool,
        incident -> Nullable<Uid>,
        case_id -> Nullable<Uid>,
        lease_token -> Nullable<Uid>,
        lease_until -> Nullable<Ts>,
        sealed -> Binary,
        changed_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::types::Uid;

    stock_count (agency, product) {
        agency -> Uid,
        product -> Text,
        received -> BigInt,
        moved_in -> BigInt,
        available -> BigInt,
        reserved -> BigInt,
        active -> BigInt,
        retired -> BigInt,
        quarantined -> BigInt,
        defective -> BigInt,
        lost -> BigInt,
        moved_out -> BigInt,
        held -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Text};
    use crate::types::Uid;

    agency_day (agency, product, day) {
        agency -> Uid,
        product -> Text,
        day -> Integer,
        held -> BigInt,
        booked -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, SmallInt};
    use crate::types::Uid;

    agency_hour (agency, day, hour) {
        agency -> Uid,
        day -> Integer,
        hour -> SmallInt,
        desks -> Integer,
        booked -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    case_event (incident, case_id, no) {
        incident -> Uid,
        case_id -> Uid,
        no -> Integer,
        from_state -> Nullable<SmallInt>,
        event -> Nullable<SmallInt>,
        to_state -> SmallInt,
        by_staff -> Nullable<Uid>,
        agency -> Nullable<Uid>,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Integer, SmallInt};
    use crate::types::{Ts, Uid};

    case_notice (incident, about_id, kind, channel, no) {
        incident -> Uid,
        about_id -> Uid,
        kind -> SmallInt,
        channel -> SmallInt,
        no -> Integer,
        about -> Integer,
        recipient -> SmallInt,
        changed_since -> Bool,
        flagged -> Bool,
        state -> SmallInt,
        to_ix -> Uid,
        sealed -> Binary,
        made_at -> Ts,
        changed_at -> Ts,
        lately -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    parcel (id) {
        id -> Uid,
        incident -> Uid,
        case_id -> Uid,
        card -> Uid,
        about -> Integer,
        tail -> Binary,
        shipped_at -> Ts,
        taken_at -> Nullable<Ts>,
        ended_at -> Nullable<Ts>,
        ending -> Nullable<SmallInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    proof (incident, case_id, no) {
        incident -> Uid,
        case_id -> Uid,
        no -> Integer,
        kind -> SmallInt,
        passed -> Bool,
        by_staff -> Nullable<Uid>,
        made_at -> Ts,
        used_at -> Nullable<Ts>,
        terminal -> Nullable<Uid>,
        agency -> Nullable<Uid>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Ts, Uid};

    line_hold (number_ix, no) {
        number_ix -> Uid,
        no -> Integer,
        raised_at -> Ts,
        by_staff -> Nullable<Uid>,
        reason -> Text,
        incident -> Nullable<Uid>,
        case_id -> Nullable<Uid>,
        cleared_at -> Nullable<Ts>,
        cleared_by -> Nullable<Uid>,
        owner_agreed_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    swap (id) {
        id -> Uid,
        incident -> Uid,
        case_id -> Uid,
        number_ix -> Uid,
        card -> Uid,
        sealed -> Binary,
        planned -> Bool,
        state -> SmallInt,
        lease_token -> Nullable<Uid>,
        lease_until -> Nullable<Ts>,
        misses -> Integer,
        next_at -> Nullable<Ts>,
        opened_at -> Ts,
        pivot_at -> Nullable<Ts>,
        completed_at -> Nullable<Ts>,
        settled_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    swap_step (swap, no) {
        swap -> Uid,
        no -> Integer,
        command -> SmallInt,
        at -> Ts,
        token -> Uid,
        outcome -> SmallInt,
        settled_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    ticket (id) {
        id -> Uid,
        swap -> Uid,
        reason -> SmallInt,
        truth -> Text,
        opened_at -> Ts,
        closed_at -> Nullable<Ts>,
        closed_by -> Nullable<Uid>,
        how -> Nullable<Text>,
    }
}

diesel::table! {
    use crate::types::{Ts, Uid};

    sim_change (number_ix) {
        number_ix -> Uid,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    outbox (id) {
        id -> Uid,
        kind -> Text,
        sealed -> Binary,
        incident -> Nullable<Uid>,
        subject -> Nullable<Uid>,
        subject_no -> Nullable<Integer>,
        state -> SmallInt,
        tries -> Integer,
        made_at -> Ts,
        next_at -> Ts,
        lease_token -> Nullable<Uid>,
        lease_until -> Nullable<Ts>,
        settled_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, SmallInt};
    use crate::types::{Ts, Uid};

    payment_block (number_ix) {
        number_ix -> Uid,
        incident -> Uid,
        line -> Uid,
        state -> SmallInt,
        order_id -> Uid,
        sealed -> Binary,
        changed_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    swap_order (id) {
        id -> Uid,
        incident -> Uid,
        case_id -> Uid,
        line -> Uid,
        card -> Uid,
        agency -> Uid,
        terminal -> Uid,
        staff -> Uid,
        proofs -> Text,
        made_at -> Ts,
        until -> Ts,
        body -> Binary,
        hash -> Binary,
        challenge_id -> Uid,
        challenge -> Binary,
        options -> Text,
        countersign -> Bool,
        state -> SmallInt,
        changed_at -> Ts,
        confirmed_at -> Nullable<Ts>,
        credential -> Nullable<Uid>,
        authenticator_data -> Nullable<Binary>,
        client_data -> Nullable<Binary>,
        signature -> Nullable<Binary>,
        next_at -> Nullable<Ts>,
        lease_token -> Nullable<Uid>,
        lease_until -> Nullable<Ts>,
        swap -> Nullable<Uid>,
        code -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::types::{Ts, Uid};

    countersign (order_id) {
        order_id -> Uid,
        incident -> Uid,
        staff -> Uid,
        terminal -> Uid,
        challenge -> Binary,
        credential -> Uid,
        authenticator_data -> Binary,
        client_data -> Binary,
        signature -> Binary,
        at -> Ts,
    }
}

diesel::table! {
    use crate::types::Uid;

    check_in_code (code_ix) {
        code_ix -> Uid,
        incident -> Uid,
        case_id -> Uid,
    }
}

diesel::allow_tables_to_appear_in_same_query!(countersign, swap_order);
diesel::allow_tables_to_appear_in_same_query!(swap, swap_step);
