//! The tables, as both migration trees make them.

mod access;
mod derive;
mod law;
mod ledger;
mod people;
mod portal;
mod replacement;

pub(crate) use access::{
    alarm, call_code, honey, look, look_image, staff_count, staff_load, staff_subject,
};
pub(crate) use derive::{derivation, evidence, evidence_verdict, evidence_withdrawal};
pub(crate) use law::{
    agreement, block_decision, brand_list, brand_result, clock_excuse, clock_selection, code_try,
    determination, fake, filing, hold, legal_act, message_code, observation, posting, suppression,
    wording,
};
pub(crate) use ledger::{
    approval, attempt, chunk, doubt, ledger_mark, left_out, listed, notice, orphan, outcome,
    submission, target, telling, wave, wave_control,
};
pub(crate) use portal::{
    benefit, budget, claim, claim_event, fake_report, incident_channel, payment, proof_request,
    protection, replacement_case, session, told_here,
};

pub(crate) use people::{
    approval_passkey, challenge, credential, invite, staff_session, terminal, terminal_jti,
};
pub(crate) use replacement::{
    agency, agency_day, agency_hour, card, case_event, case_notice, check_in_code, countersign,
    line_hold, lot, outbox, parcel, payment_block, proof, sim_change, stock_count, swap,
    swap_order, swap_step, ticket, wrong_digits,
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
    use diesel::sql_types::{Nullable, Text};
    use crate::types::{Ts, Uid};

    staff (id) {
        id -> Uid,
        name -> Text,
        roles -> Text,
        added_at -> Ts,
        retired_at -> Nullable<Ts>,
        agency -> Nullable<Uid>,
        paused_at -> Nullable<Ts>,
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

diesel::allow_tables_to_appear_in_same_query!(
    approval,
    attempt,
    chunk,
    derivation,
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
