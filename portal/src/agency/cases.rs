//! One case at a counter: checked in, proved, a card scanned, gone again.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use simrecall_core::access::Act;
use simrecall_core::access::hours::Kind;
use simrecall_core::access::view::View;
use simrecall_core::id::CaseId;
use simrecall_core::notice::Language;
use simrecall_core::replacement::documents::Person;
use simrecall_engine::Problem;

use super::answer::{answer, refusal};
use super::kind::{Place, RouteKind, place};
use super::layers::{Brought, Seated};
use super::state::Agency;
use crate::admission::Work;

pub(super) fn places() -> Vec<Place> {
    let serves = |kind: RouteKind, hours| kind.when(hours).may(Act::ServeCustomer);
    let post = |path, hours| serves(RouteKind::post(path), hours).shows(View::Case);
    let shown_at = serves(RouteKind::get("/api/cases/{case}"), Kind::Ends);
    vec![
        place(post("/api/check-in", Kind::Begins), check_in),
        place(shown_at.shows(View::Case), shown),
        place(serves(RouteKind::get("/api/cases/{case}/news"), Kind::Ends).polled(), news),
        place(post("/api/cases/{case}/present", Kind::Ends), present),
        place(post("/api/cases/{case}/papers", Kind::Ends), papers),
        place(post("/api/cases/{case}/card", Kind::Begins), card),
        place(post("/api/cases/{case}/other-card", Kind::Ends), other_card),
        place(serves(RouteKind::post("/api/cases/{case}/leave"), Kind::Always), leave),
    ]
}

/// The language of what is read out to people: `?lang=en`; Korean without it.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    lang: Option<String>,
}

impl Asked {
    fn language(&self) -> Language {
        let asked = self.lang.as_deref().and_then(|tag| Language::parse(tag).ok());
        asked.unwrap_or(Language::Korean)
    }
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Papers {
    #[serde(default)]
    person: Option<String>,
    shown: Vec<String>,
}

#[derive(Deserialize)]
struct Card {
    iccid: String,
}

#[derive(Deserialize)]
struct OtherCard {
    pack: Pack,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Pack {
    Sealed,
    Opened,
}

async fn check_in(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Query(asked): Query<Asked>,
    Brought(Code { code }): Brought<Code>,
) -> Response {
    let language = asked.language();
    answer(agency.work(Work::Writes, move |door| door.check_in(&seat, &code, language)).await)
}

async fn shown(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(case): Path<CaseId>,
    Query(asked): Query<Asked>,
) -> Response {
    let language = asked.language();
    answer(agency.work(Work::Writes, move |door| door.case(&seat, case, language)).await)
}

async fn news(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(case): Path<CaseId>,
) -> Response {
    answer(agency.work(Work::Reads, move |door| door.news(&seat, case)).await)
}

async fn present(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(case): Path<CaseId>,
    Query(asked): Query<Asked>,
    Brought(Code { code }): Brought<Code>,
) -> Response {
    let language = asked.language();
    let done = agency.work(Work::Writes, move |door| door.present(&seat, case, (&code, language)));
    answer(done.await)
}

async fn papers(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(case): Path<CaseId>,
    Query(asked): Query<Asked>,
    Brought(brought): Brought<Papers>,
) -> Response {
    let person = match brought.person.as_deref().map(Person::parse) {
        Some(None) => return refusal(&Problem::input("person", "nobody comes as such a person")),
        Some(Some(person)) => Some(person),
        None => None,
    };
    let language = asked.language();
    let done = agency.work(Work::Writes, move |door| {
        let shown: Vec<&str> = brought.shown.iter().map(String::as_str).collect();
        door.papers(&seat, case, (person, &shown, language))
    });
    answer(done.await)
}

async fn card(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(case): Path<CaseId>,
    Query(asked): Query<Asked>,
    Brought(Card { iccid }): Brought<Card>,
) -> Response {
    let language = asked.language();
    answer(agency.work(Work::Writes, move |door| door.card(&seat, case, (&iccid, language))).await)
}

async fn other_card(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(case): Path<CaseId>,
    Query(asked): Query<Asked>,
    Brought(OtherCard { pack }): Brought<OtherCard>,
) -> Response {
    let (language, sealed) = (asked.language(), matches!(pack, Pack::Sealed));
    let done =
        agency.work(Work::Writes, move |door| door.other_card(&seat, case, (sealed, language)));
    answer(done.await)
}

async fn leave(
    State(agency): State<Arc<Agency>>,
    Seated(seat): Seated,
    Path(case): Path<CaseId>,
) -> Response {
    let done = agency.work(Work::Writes, move |door| door.leave(&seat, case)).await;
    answer(done.map(|()| json!({})))
}
