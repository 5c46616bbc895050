//! Nobody learns from the page what they did not prove: before proof the same bytes in the same time whoever is asked about,
//! after it the same length in the same time however the answer turned out.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use http::{HeaderName, Method};
use simrecall_portal::{Floor, Peer, Setup};
use simrecall_tests::town::{LEAKED, NOT_FOUND, POSSIBLY};

use crate::stage::{Answer, FETCH_SITE, FORM, SITE, Stage, answer_of, form, roomy};

/// Answers a class; a difference of [`APART`] comes by chance once in about a thousand comparisons of so many.
const EACH: usize = 1_200;
/// The largest difference of two distributions of times that counts as none (Kolmogorov and Smirnov).
const APART: f64 = 0.08;
/// Requests under way at once.
const LANES: usize = 8;
/// Answers a class where the difference is large.
const PLANTED_EACH: usize = 400;
/// What a test plants.
const PLANTED: HeaderName = HeaderName::from_static("x-planted");
const LEAK: Duration = Duration::from_millis(5);

/// The largest distance between two distributions.
fn distance(one: &[Duration], other: &[Duration]) -> f64 {
    let sorted = |times: &[Duration]| {
        let mut times = times.to_vec();
        times.sort_unstable();
        times
    };
    let (one, other) = (sorted(one), sorted(other));
    let share = |times: &[Duration], at: Duration| {
        let below = u32::try_from(times.partition_point(|time| *time <= at)).unwrap();
        f64::from(below) / f64::from(u32::try_from(times.len()).unwrap())
    };
    let all = one.iter().chain(&other);
    all.map(|at| (share(&one, *at) - share(&other, *at)).abs()).fold(0.0, f64::max)
}

/// Asks for every class in turn, a few at a time, and keeps each answer with its time.
fn measure(
    stage: &Stage,
    router: &Router,
    (classes, each): (usize, usize),
    request: impl Fn(usize, usize) -> http::Request<Body>,
) -> Vec<Vec<(Duration, Answer)>> {
    let mut measured: Vec<Vec<(Duration, Answer)>> = (0..classes).map(|_| Vec::new()).collect();
    let all = classes * each;
    for start in (0..all).step_by(LANES) {
        let asked: Vec<_> = (start..(start + LANES).min(all))
            .map(|no| {
                // The classes change places from round to round, so that none is always first.
                let class = (no + no / classes) % classes;
                let (router, request) = (router.clone(), request(class, no));
                (class, async move {
                    let since = Instant::now();
                    let answer = answer_of(&router, request).await;
                    (since.elapsed(), answer)
                })
            })
            .collect();
        stage.block_on(async {
            let mut running = Vec::new();
            for (class, one) in asked {
                running.push((class, tokio::spawn(one)));
            }
            for (class, one) in running {
                measured[class].push(one.await.unwrap());
            }
        });
    }
    assert!(measured.iter().all(|class| class.len() == each));
    measured
}

fn times(measured: &[(Duration, Answer)]) -> Vec<Duration> {
    measured.iter().map(|(time, _)| *time).collect()
}

/// Names and values of all headers but those that are new each time.
fn same_headers(answer: &Answer) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    let mut all: Vec<(String, String)> = answer
        .headers
        .iter()
        .map(|(name, value)| {
            let new = name == SET_COOKIE || name == "x-request-id";
            let value = if new { text(value).len().to_string() } else { text(value) };
            (name.to_string(), value)
        })
        .collect();
    all.sort();
    all
}

/// The largest distance of a class from the first one.
fn farthest(what: &str, measured: &[Vec<(Duration, Answer)>]) -> f64 {
    let mut farthest = 0.0_f64;
    for (no, class) in measured.iter().enumerate() {
        let apart = distance(&times(&measured[0]), &times(class));
        println!("{what}: class {no}, {} answers, distance {apart:.4}", class.len());
        farthest = farthest.max(apart);
    }
    farthest
}

/// No class is apart. What chance or a busy machine did once it does not do twice: a difference is looked for again.
fn assert_alike(what: &str, measure: impl Fn() -> Vec<Vec<(Duration, Answer)>>) {
    let first = farthest(what, &measure());
    let apart = if first < APART { first } else { farthest(what, &measure()) };
    assert!(apart < APART, "{what}: {first:.4} and {apart:.4} apart");
}

#[test]
fn before_proof_everybody_is_told_the_same() {
    let limits = "limits = { network_an_hour = 1000000, all_an_hour = 1000000, codes_an_hour = 3, queue = 100000 }";
    let stage = Stage::with(&roomy(), "[\"sms\", \"ars\"]", limits);
    let asked = [
        (LEAKED.number, LEAKED.mail),
        (NOT_FOUND.number, NOT_FOUND.mail),
        ("010-9999-9999", "nobody@town.example"),
    ];
    // The first codes of each are sent; from then on all are over their budget alike.
    for (number, address) in asked {
        for _ in 0..3 {
            stage.browser().post("/ko/prove/email", &[("number", number), ("address", address)]);
        }
        stage.code(address, 3);
    }
    let request = |class: usize, no: usize| {
        let (number, address) = asked[class];
        http::Request::builder()
            .method(Method::POST)
            .uri("/ko/prove/email")
            .header(HOST, SITE)
            .header(FETCH_SITE, "same-origin")
            .header(CONTENT_TYPE, FORM)
            .extension(Peer([10, 0, u8::try_from(no / 250 % 250).unwrap(), 1].into()))
            .body(form(&[("number", number), ("address", address)]))
            .unwrap()
    };
    assert_alike("before proof", || {
        let measured = measure(&stage, &stage.router, (asked.len(), EACH), request);
        let first = &measured[0][0].1;
        assert_eq!(first.location(), "/ko/prove/code");
        for (_, answer) in measured.iter().flatten() {
            assert_eq!((answer.status, &answer.body), (first.status, &first.body));
            assert_eq!(same_headers(answer), same_headers(first));
        }
        measured
    });
}

#[test]
fn after_proof_length_and_time_say_nothing() {
    let floor = Floor(Duration::from_millis(40));
    let stage = Stage::with(&Setup { floor, ..roomy() }, "[\"sms\", \"ars\"]", "");
    let cookies: Vec<String> = [
        (LEAKED.number, LEAKED.mail),
        (POSSIBLY.number, "lee.minho@town.example"),
        (NOT_FOUND.number, NOT_FOUND.mail),
        (LEAKED.number, "stranger@town.example"),
    ]
    .into_iter()
    .map(|(number, address)| {
        let browser = stage.browser();
        assert_eq!(browser.prove(number, address).location(), "/ko/answer");
        browser.cookie.into_inner().unwrap()
    })
    .collect();
    let leaky = stage.router.clone().layer(from_fn(leak));
    let ask = |planted: bool| {
        let cookies = &cookies;
        move |class: usize, _: usize| {
            let request = http::Request::builder()
                .uri("/ko/answer")
                .header(HOST, SITE)
                .header("user-agent", "Mozilla/5.0 (Linux; Android 16)")
                .header(COOKIE, &cookies[class]);
            let request =
                if planted && class == 0 { request.header(PLANTED, "1") } else { request };
            request.body(Body::empty()).unwrap()
        }
    };
    assert_alike("after proof", || {
        let measured = measure(&stage, &stage.router, (cookies.len(), EACH), ask(false));
        let first = &measured[0][0].1;
        for (_, answer) in measured.iter().flatten() {
            assert_eq!((answer.status.as_u16(), answer.body.len()), (200, first.body.len()));
            assert_eq!(same_headers(answer), same_headers(first));
        }
        measured
    });
    // The measure itself: five milliseconds more for one class are seen.
    let planted = measure(&stage, &leaky, (2, PLANTED_EACH), ask(true));
    let apart = distance(&times(&planted[0]), &times(&planted[1]));
    println!("planted: distance {apart:.4}");
    assert!(apart > 0.5, "a leak of 5 ms goes unseen: {apart:.4}");
}

/// What must be caught: one kind of answer leaves later, after the floor.
async fn leak(request: Request, next: Next) -> axum::response::Response {
    let planted = request.headers().contains_key(PLANTED);
    let answer = next.run(request).await;
    if planted {
        tokio::time::sleep(LEAK).await;
    }
    answer
}

#[test]
fn the_measure_measures() {
    let millis = |all: &[u64]| all.iter().copied().map(Duration::from_millis).collect::<Vec<_>>();
    assert!(distance(&millis(&[1, 2, 3]), &millis(&[1, 2, 3])) < 1e-9);
    assert!((distance(&millis(&[1, 2]), &millis(&[3, 4])) - 1.0).abs() < 1e-9);
    assert!((distance(&millis(&[1, 2, 3, 4]), &millis(&[3, 4, 5, 6])) - 0.5).abs() < 1e-9);
}
