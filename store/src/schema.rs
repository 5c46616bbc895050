//! The tables, as both migration trees make them.

mod law;

pub(crate) use law::{
    agreement, block_decision, brand_list, brand_result, clock_excuse, clock_selection, code_try,
    determination, fake, filing, hold, legal_act, message_code, observation, posting, suppression,
    wording,
};

diesel::table! {
    use diesel::sql_types::{SmallInt, Text};
    use crate::types::{Ts, Uid};

    incident (id) {
        id -> Uid,
        code -> Text,
        title -> Text,
        compromised -> Text,
        opened_at -> Ts,
        state -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::types::{Ts, Uid};

    knowledge_time (incident, no) {
        incident -> Uid,
        no -> Integer,
        at -> Ts,
        what -> Text,
        evidence -> Text,
        anchors -> Text,
        revision -> Nullable<Integer>,
        who -> Text,
        recorded_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::types::{Ts, Uid};

    staff (id) {
        id -> Uid,
        name -> Text,
        roles -> Text,
        public_key -> Binary,
        added_at -> Ts,
        retired_at -> Nullable<Ts>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, SmallInt, Text};
    use crate::types::Ts;

    template (sha256) {
        sha256 -> Binary,
        kind -> SmallInt,
        language -> SmallInt,
        source -> Text,
        added_at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Text};
    use crate::types::Uid;

    reject (incident, source, file_sha256, row_no, column_name) {
        incident -> Uid,
        source -> Text,
        file_sha256 -> Binary,
        row_no -> BigInt,
        column_name -> Text,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::types::{Ts, Uid};

    lease (name) {
        name -> Text,
        token -> Uid,
        until -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::types::{Ts, Uid};

    journal_entry (id) {
        id -> Uid,
        at -> Ts,
        kind -> Text,
        actor -> Text,
        incident -> Nullable<Uid>,
        body -> Text,
        salt -> Binary,
        leaf -> Binary,
    }
}

diesel::table! {
    use crate::types::{Ts, Uid};

    journal_queue (id) {
        id -> Uid,
        at -> Ts,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::types::Uid;

    journal_leaf (no) {
        no -> BigInt,
        id -> Uid,
        leaf -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, SmallInt};

    journal_tree (one) {
        one -> SmallInt,
        size -> BigInt,
        frontier -> Binary,
        root -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    registry_snapshot (incident, no) {
        incident -> Uid,
        no -> Integer,
        as_of -> Ts,
        sha256 -> Nullable<Binary>,
        subscribers -> BigInt,
        lines -> BigInt,
        state -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, SmallInt, Text};
    use crate::types::Uid;

    subscriber (bucket, incident, snapshot, id) {
        bucket -> SmallInt,
        incident -> Uid,
        snapshot -> Integer,
        id -> Uid,
        language -> SmallInt,
        kind -> SmallInt,
        brand -> Text,
        guardian -> Nullable<Uid>,
        contact -> Nullable<Uid>,
        country -> Text,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    line (bucket, incident, snapshot, holder, line_id, held_from) {
        bucket -> SmallInt,
        incident -> Uid,
        snapshot -> Integer,
        holder -> Uid,
        #[sql_name = "line"]
        line_id -> Uid,
        held_from -> Ts,
        held_to -> Nullable<Ts>,
        service -> SmallInt,
        msisdn_ix -> Uid,
        imsi_ix -> Nullable<Uid>,
        iccid_ix -> Nullable<Uid>,
        sealed -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Integer, Nullable, SmallInt, Text};
    use crate::types::{Ts, Uid};

    revision (incident, no) {
        incident -> Uid,
        no -> Integer,
        snapshot -> Integer,
        sha256 -> Nullable<Binary>,
        lines -> BigInt,
        unresolved -> BigInt,
        provenance -> Text,
        data_cutoff -> Ts,
        created_at -> Ts,
        state -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, SmallInt};
    use crate::types::{Ts, Uid};

    exposure (bucket, incident, revision, holder, line) {
        bucket -> SmallInt,
        incident -> Uid,
        revision -> Integer,
        holder -> Uid,
        line -> Uid,
        possible -> Integer,
        confirmed -> Integer,
        exposed_at -> Ts,
        sealed -> Nullable<Binary>,
    }
}

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

diesel::allow_tables_to_appear_in_same_query!(
    approval,
    attempt,
    chunk,
    doubt,
    exposure,
    incident,
    journal_entry,
    journal_leaf,
    journal_queue,
    journal_tree,
    knowledge_time,
    lease,
    ledger_mark,
    left_out,
    line,
    listed,
    notice,
    orphan,
    outcome,
    registry_snapshot,
    reject,
    revision,
    staff,
    submission,
    subscriber,
    target,
    telling,
    template,
    wave,
    wave_control,
    wording,
);
