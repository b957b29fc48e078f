//! Matchers put together, matchers of the user's own, filters, maps and observers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use standin_core::matchers::{all_of, any_of, header, query, when};
use standin_core::prelude::*;
use standin_core::{Condition, Engine, Matcher, Miss, Part};

use crate::served::{Served, ask, get, lenient, matches, panic_of};

const URL: &str = "https://x.io/a";

fn with(query: &str) -> Request {
    Request::get(format!("{URL}?{query}"))
}

#[test]
fn and_is_both() {
    let both = || query("a", "1").and(query("b", "2"));
    assert!(matches(both(), with("a=1&b=2")));
    assert!(!matches(both(), with("a=1")));
}

#[test]
fn or_is_one_or_both() {
    let one = || query("a", "1").or(query("b", "2"));
    assert!(
        matches(one(), with("a=1"))
            && matches(one(), with("b=2"))
            && matches(one(), with("a=1&b=2"))
    );
    assert!(!matches(one(), with("c=3")));
}

#[test]
fn negate_is_the_opposite() {
    assert!(matches(query("a", "1").negate(), with("a=2")));
    assert!(!matches(query("a", "1").negate(), with("a=1")));
    assert!(matches(query("a", "1").negate().negate(), with("a=1")));
    assert!(!matches(
        header("x", "1").or(query("a", "1")).negate(),
        with("a=1")
    ));
}

#[test]
fn lists_of_matchers_are_all_or_any() {
    assert!(matches(
        all_of([query("a", "1"), query("b", "2")]),
        with("a=1&b=2")
    ));
    assert!(!matches(
        all_of([query("a", "1"), query("b", "2")]),
        with("a=1")
    ));
    assert!(matches(
        any_of([query("a", "1"), query("b", "2")]),
        with("b=2")
    ));
    assert!(!matches(any_of([]), with("b=2")), "none of nothing");
    assert!(matches(all_of([]), with("b=2")), "all of nothing");
}

#[test]
fn a_closure_asks_the_whole_request() {
    assert!(matches(
        when(|req| req.body().len() == 2),
        Request::post(URL).with_body("hi")
    ));
    let engine = lenient();
    engine
        .get(URL)
        .when(|req| req.query("a").is_some())
        .reply(200);
    assert!(get(&engine, URL).is_unmatched());
    assert_eq!(ask(&engine, with("a")).status(), 200);
}

struct Even(Arc<AtomicUsize>);

impl Matcher for Even {
    fn check(&self, request: &Request) -> Result<(), Miss> {
        self.0.fetch_add(1, Ordering::Relaxed);
        match request.query("n").and_then(|n| n.parse::<u32>().ok()) {
            Some(n) if n % 2 == 0 => Ok(()),
            Some(n) => {
                Err(Miss::new(Part::Query("n".into()), "an even number").received(n.to_string()))
            }
            None => Err(Miss::new(Part::Query("n".into()), "an even number")),
        }
    }
}

#[test]
fn a_matcher_of_the_users_own_is_asked_once_and_its_miss_is_reported() {
    let asked = Arc::new(AtomicUsize::new(0));
    let engine = Engine::new();
    engine
        .get(URL)
        .matching(Even(Arc::clone(&asked)))
        .optional()
        .reply(200);
    assert!(ask(&engine, with("n=3")).is_unmatched());
    let report = engine.report().to_string();
    assert!(
        report.contains("an even number") && report.contains('3'),
        "{report}"
    );
    assert_eq!(
        asked.load(Ordering::Relaxed),
        1,
        "a report does not ask again"
    );
    assert_eq!(ask(&engine, with("n=4")).status(), 200);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    engine.take_unmatched();
}

#[test]
fn the_miss_of_a_matcher_of_the_users_own_survives_and() {
    let engine = Engine::new();
    let both = Condition::from(Even(Arc::default())).and(query("a", "1"));
    engine.get(URL).matching(both).optional().reply(200);
    assert!(ask(&engine, with("a=1&n=3")).is_unmatched());
    let report = engine.report().to_string();
    assert!(report.contains("an even number"), "{report}");
    engine.take_unmatched();
}

#[test]
fn matchers_of_the_users_own_can_be_combined() {
    let even = || Condition::from(Even(Arc::default()));
    assert!(matches(even().or(query("a", "1")), with("a=1&n=3")));
    assert!(matches(even().negate(), with("n=3")));
    assert!(!matches(even().and(query("a", "1")), with("n=4")));
}

#[test]
fn a_filter_rejects_in_silence() {
    let engine = Engine::new();
    engine
        .get("https://x.io/b")
        .named("other")
        .optional()
        .reply(200);
    engine
        .get(URL)
        .filter(|_| false)
        .named("filtered")
        .optional()
        .reply(200);
    assert!(get(&engine, URL).is_unmatched());
    let report = engine.report().to_string();
    assert!(
        !report.contains("filtered") && report.contains("other"),
        "{report}"
    );
    engine.take_unmatched();
}

#[test]
fn a_filter_is_asked_before_the_matchers() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let (first, second, third) = (Arc::clone(&order), Arc::clone(&order), Arc::clone(&order));
    let engine = Engine::new();
    engine
        .get(URL)
        .when(move |_| {
            third.lock().unwrap().push("matcher");
            true
        })
        .map(move |_| second.lock().unwrap().push("map"))
        .filter(move |_| {
            first.lock().unwrap().push("filter");
            true
        })
        .reply(200);
    assert_eq!(get(&engine, URL).status(), 200);
    assert_eq!(*order.lock().unwrap(), ["filter", "map", "matcher"]);
}

#[test]
fn what_a_map_makes_is_seen_by_matchers_reply_and_journal() {
    let engine = Engine::new();
    let mock = engine
        .get("https://other.io/b/{id}")
        .map(|req| req.set_uri("https://other.io/b/7?mapped".parse().unwrap()))
        .query("mapped", present())
        .reply(|req: &Request| format!("{} {:?}", req.url(), req.path_param("id")));
    assert_eq!(
        get(&engine, URL).text(),
        "https://other.io/b/7?mapped Some(\"7\")"
    );
    assert_eq!(mock.last_call().url(), "https://other.io/b/7?mapped");
}

#[test]
fn a_map_of_one_mock_is_not_seen_by_another() {
    let engine = Engine::new();
    engine
        .get("https://nowhere.io/")
        .map(|req| req.set_body("changed"))
        .optional()
        .reply(200);
    engine
        .get(URL)
        .reply(|req: &Request| req.text().into_owned());
    assert_eq!(get(&engine, URL).text(), "");
}

#[test]
fn filters_and_maps_of_an_engine_come_before_every_mock() {
    let engine = lenient();
    engine.filter(|req| req.path() != "/blocked");
    engine.map(|req| req.set_header(http::header::ACCEPT, Some("mapped".parse().unwrap())));
    engine
        .get("*")
        .header("accept", "mapped")
        .times(1)
        .reply(200);
    assert!(get(&engine, "https://x.io/blocked").is_unmatched());
    assert_eq!(get(&engine, URL).status(), 200);
    assert_eq!(
        engine.calls().last().unwrap().header("accept"),
        Some("mapped")
    );
}

#[test]
fn a_request_that_a_filter_of_the_engine_rejects_is_not_said_to_meet_a_spent_mock() {
    let engine = Engine::new();
    engine.filter(|_| false);
    engine.get(URL).optional().reply(200);
    let Served::Unmatched(line) = get(&engine, URL) else {
        panic!()
    };
    assert!(!line.contains("spent"), "{line}");
    let report = engine.report().to_string();
    assert!(
        !report.contains("spent") && report.contains("filter"),
        "{report}"
    );
    engine.take_unmatched();
}

#[test]
fn observers_run_after_the_use_is_counted() {
    let engine = Engine::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, handle) = (Arc::clone(&seen), engine.handle());
    let mock = engine
        .get(URL)
        .times(2)
        .on_match(move |req| {
            log.lock()
                .unwrap()
                .push((req.path().to_owned(), handle.calls().len()))
        })
        .reply(200);
    get(&engine, URL);
    get(&engine, URL);
    assert_eq!(
        *seen.lock().unwrap(),
        [("/a".to_owned(), 1), ("/a".to_owned(), 2)]
    );
    mock.assert_called(2);
}

#[test]
fn what_an_observer_panics_with_fails_the_test_and_the_use_stays_counted() {
    let engine = Engine::new();
    let mock = engine
        .get(URL)
        .on_match(|_| panic!("wrong tenant"))
        .reply(200);
    let Served::Failed(said) = get(&engine, URL) else {
        panic!("it did not fail")
    };
    assert!(said.contains("wrong tenant"), "{said}");
    assert_eq!(mock.count(), 1);
    let report = panic_of(|| drop(engine));
    assert!(report.contains("wrong tenant"), "{report}");
}
