//! The tables of what staff may see and do: counts, honey, alarms, second looks.

diesel::table! {
    use diesel::sql_types::{Integer, SmallInt};
    use crate::types::{Ts, Uid};

    staff_count (who, what, span, from_at) {
        who -> Uid,
        what -> SmallInt,
        span -> SmallInt,
        from_at -> Ts,
        spent -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::Integer;
    use crate::types::Ts;

    staff_load (from_at) {
        from_at -> Ts,
        thousandths -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::Nullable;
    use crate::types::{Ts, Uid};

    staff_subject (staff, subject) {
        staff -> Uid,
        subject -> Uid,
        first_at -> Ts,
        last_at -> Ts,
        swapped_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::SmallInt;
    use crate::types::{Ts, Uid};

    honey (key) {
        key -> Uid,
        kind -> SmallInt,
        added_at -> Ts,
        added_by -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    alarm (id) {
        id -> Uid,
        kind -> SmallInt,
        staff -> Uid,
        terminal -> Nullable<Uid>,
        agency -> Nullable<Uid>,
        incident -> Nullable<Uid>,
        case_id -> Nullable<Uid>,
        paused -> Bool,
        order_id -> Uid,
        raised_at -> Ts,
        closed_at -> Nullable<Ts>,
        closed_by -> Nullable<Uid>,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    look (id) {
        id -> Uid,
        incident -> Uid,
        case_id -> Nullable<Uid>,
        number_ix -> Uid,
        line -> Nullable<Uid>,
        holder -> Nullable<Uid>,
        digits -> SmallInt,
        person_type -> Nullable<SmallInt>,
        asked_by -> Uid,
        asked_terminal -> Uid,
        asked_agency -> Uid,
        asked_at -> Ts,
        state -> SmallInt,
        taken_by -> Nullable<Uid>,
        taken_terminal -> Nullable<Uid>,
        taken_agency -> Nullable<Uid>,
        taken_at -> Nullable<Ts>,
        decided_at -> Nullable<Ts>,
        reason -> Nullable<Text>,
        destroyed_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    look_image (look, no) {
        look -> Uid,
        no -> SmallInt,
        incident -> Uid,
        content_ix -> Binary,
        sealed -> Nullable<Binary>,
        at -> Ts,
        seen_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::types::{Ts, Uid};

    call_code (code_ix) {
        code_ix -> Binary,
        incident -> Uid,
        case_id -> Uid,
        salt -> Uid,
        until -> Ts,
    }
}
