//! The agency page's own role on PostgreSQL: what it may touch, tried as that role.

use simrecall_core::id::{StaffId, SwapId, SwapOrderId, TerminalId};
use simrecall_store::lease::LeaseToken;
use simrecall_store::{Store, StoreError};
use simrecall_tests::Backend;

use crate::portal_role::{ONE_AT_A_TIME, assert_open};
use crate::replacement_stage::{agency, card_id, new_swap, staff, stock};
use crate::stage::{Stage, at, by_hand, stage};

const GRANTS: &str = include_str!("../../../migrations/roles/terminal.sql");

/// What the role may do, as in the other role's test: select, insert, delete, lock, and the columns it may update. A table that is not
/// here is closed.
const OPEN: [(&str, &str, &str); 47] = [
    ("__diesel_schema_migrations", "s", ""),
    ("incident", "s", ""),
    ("incident_channel", "s", ""),
    ("registry_snapshot", "s", ""),
    ("subscriber", "s", ""),
    ("line", "s", ""),
    ("revision", "s", ""),
    ("exposure", "s", ""),
    ("staff", "s", "paused_at"),
    ("credential", "si", "record counter ended_at"),
    ("invite", "s", "used_at"),
    ("terminal", "s", "state key thumbprint brought_at off_by off_at"),
    ("terminal_jti", "sidl", ""),
    ("staff_session", "sidl", "*"),
    ("challenge", "sidl", "*"),
    ("wave", "s", "no"),
    ("approval", "s", ""),
    ("approval_passkey", "si", ""),
    ("staff_count", "si", "spent"),
    ("staff_load", "si", ""),
    ("staff_subject", "si", "last_at swapped_at"),
    ("honey", "s", ""),
    ("alarm", "si", ""),
    (
        "replacement_case",
        "si",
        "state changed_at open completed_at tier person_type agency product day hour place_used version",
    ),
    ("case_event", "si", ""),
    ("case_notice", "si", "state changed_at"),
    ("proof", "si", ""),
    ("check_in_code", "s", ""),
    ("call_code", "s", ""),
    ("parcel", "s", "ended_at ending"),
    ("line_hold", "si", ""),
    ("look", "si", "case_id state taken_by taken_terminal taken_agency taken_at decided_at reason"),
    ("look_image", "si", "seen_at"),
    (
        "swap_order",
        "si",
        "state changed_at confirmed_at credential authenticator_data client_data signature next_at lease_token lease_until code",
    ),
    ("wrong_digits", "si", ""),
    ("countersign", "si", ""),
    ("swap", "s", ""),
    ("swap_step", "s", ""),
    ("ticket", "s", ""),
    ("sim_change", "s", ""),
    ("protection", "s", ""),
    ("agency", "s", ""),
    ("card", "", "lot agency state incident case_id lease_token lease_until changed_at"),
    ("lot", "sil", "*"),
    ("stock_count", "sil", "*"),
    ("agency_day", "sil", "*"),
    ("agency_hour", "sil", "*"),
];

/// What else it may put in: these it does not read, or reads and changes in one column.
const MORE: [(&str, &str, &str); 4] = [
    ("outbox", "i", ""),
    ("outbox_subject", "si", "last"),
    ("journal_entry", "si", ""),
    ("journal_queue", "i", ""),
];

/// A database with cards, and the URL under which the role logs in to it.
fn as_role() -> (Stage, String) {
    let stage = stage(Backend::Postgres);
    stage.store.write(|tx| tx.put_agency(&agency(1))).unwrap();
    stock(&stage.store, 1, 1, 3);
    let _turn = ONE_AT_A_TIME.lock().unwrap();
    for _ in 0..2 {
        by_hand(&stage.url, GRANTS).unwrap();
    }
    let url = stage.url.replacen("://simrecall@", "://simrecall_terminal@", 1);
    assert_eq!(by_hand(&url, "SELECT current_user").unwrap(), "simrecall_terminal");
    (stage, url)
}

#[test]
fn the_role_may_do_what_is_listed_and_nothing_else() {
    let (_stage, url) = as_role();
    let open: Vec<_> = OPEN.into_iter().chain(MORE).collect();
    assert_open(&url, &open);
    // Nor can it open what it may not read by other doors.
    for refused in [
        "CREATE TABLE mine (x integer)",
        "SELECT sealed FROM card",
        "SELECT * FROM card",
        "UPDATE staff SET roles = 'security'",
        "UPDATE line_hold SET cleared_at = now()",
        "UPDATE terminal SET admitted_at = now()",
        "UPDATE journal_entry SET kind = 'x'",
        "DELETE FROM journal_entry",
        "ALTER TABLE swap_order DISABLE TRIGGER ALL",
        "SET ROLE simrecall",
    ] {
        by_hand(&url, refused).expect_err(refused);
    }
}

#[test]
fn the_role_starts_no_swap_and_ends_no_hold() {
    let (_stage, url) = as_role();
    let store = Store::open_current(&url).unwrap();
    let (order, swap) = (SwapOrderId::from_bytes([1; 16]), SwapId::from_bytes([1; 16]));
    let denied: [Result<(), StoreError>; 7] = [
        store.read(|tx| tx.sealed_card(card_id(1)).map(drop)),
        store.write(|tx| tx.open_swap(&new_swap(1, 2, 1, 1)).map(drop)),
        store.write(|tx| tx.mark_keyed(card_id(1), at(1)).map(drop)),
        store.write(|tx| tx.raise_sim_change(&[1; 16], at(1))),
        store.write(|tx| tx.clear_line_hold(&[1; 16], staff(2), at(9)).map(drop)),
        store.write(|tx| tx.start_swap_order(order, LeaseToken([1; 16]), swap, at(1)).map(drop)),
        store.write(|tx| {
            let (id, by) = (TerminalId::from_bytes([1; 16]), StaffId::from_bytes([1; 16]));
            tx.admit_terminal(id, by, at(1)).map(drop)
        }),
    ];
    for refused in denied {
        let refused = refused.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{refused}");
    }
}
