//! The interface for programs, held against its own description by somebody else's imagination: schemathesis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking, in its stage as in its body"
)]

mod stage;

use simrecall_tests::peers::{Fuzz, fuzz};

use stage::Stage;

#[test]
fn a_stranger_finds_nothing_that_is_not_described() {
    let stage = Stage::open();
    let (url, host) = (stage.url(), stage.host());
    let headers = [("Host", host.as_str())];
    let said = fuzz(&Fuzz { url: &url, headers: &headers, without: &[] }).unwrap();
    assert!(said.contains("Tested: 26"), "it must have tried everything: {said}");
}

#[test]
fn nor_does_somebody_who_has_proved_who_they_are() {
    let stage = Stage::open();
    let cookie = stage.walk_in();
    let (url, host) = (stage.url(), stage.host());
    let headers = [("Host", &*host), ("Cookie", &cookie), ("User-Agent", stage::AGENT)];
    // It would log itself out.
    let without = ["/api/v1/proof/finish", "/api/v1/proof/send-code"];
    let said = fuzz(&Fuzz { url: &url, headers: &headers, without: &without }).unwrap();
    assert!(said.contains("Tested: 24"), "it must have tried everything: {said}");
}
