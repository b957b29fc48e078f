//! What happened, whole and in order.

use standin_core::matchers::{header, path, query};
use standin_core::prelude::*;
use standin_core::{Answered, CallOutcome, Engine, Outcome, Step};

use crate::served::{ask, get, lenient, panic_of, post};

const URL: &str = "https://x.io/a";

/// A request whose answer is on its way.
fn begin(engine: &Engine) -> Answered {
    match engine.admit(Request::get(URL)).step() {
        Step::Decided(Outcome::Reply(answered)) => answered,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_end_is_in_the_journal_in_order() {
    let engine = lenient();
    engine.enable_network("real.io");
    engine.get("https://x.io/ok").reply(200);
    engine.get("https://x.io/fault").reply(Fault::Reset);
    engine
        .get("https://x.io/error")
        .reply(|_: &Request| Err::<u16, _>("no"));
    engine
        .get("https://x.io/panic")
        .reply(|_: &Request| -> u16 { panic!("oh") });
    for url in ["ok", "none", "fault", "error", "panic"] {
        get(&engine, &format!("https://x.io/{url}"));
    }
    get(&engine, "https://real.io/");
    let outcomes: Vec<CallOutcome> = engine
        .calls()
        .iter()
        .map(|call| call.outcome().clone())
        .collect();
    assert_eq!(
        outcomes,
        [
            CallOutcome::Answered,
            CallOutcome::Unmatched,
            CallOutcome::Faulted,
            CallOutcome::Failed("no".into()),
            CallOutcome::Panicked("oh".into()),
            CallOutcome::PassedThrough,
        ]
    );
    let numbers: Vec<u64> = engine.calls().iter().map(|call| call.number()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    panic_of(|| drop(engine));
}

#[test]
fn a_call_is_pending_until_its_ticket_is_settled() {
    let engine = Engine::new();
    let mock = engine.get(URL).reply(200);
    let answered = begin(&engine);
    assert_eq!(*mock.last_call().outcome(), CallOutcome::Pending);
    assert_eq!(mock.count(), 1, "counts rest on the claim");
    answered.ticket.settle();
    assert_eq!(*mock.last_call().outcome(), CallOutcome::Answered);
}

#[test]
fn a_ticket_that_is_dropped_is_an_aborted_call() {
    let engine = Engine::new();
    let mock = engine.get(URL).reply(200);
    drop(begin(&engine));
    assert_eq!(*mock.last_call().outcome(), CallOutcome::Aborted);
    engine.verify();
}

#[test]
fn a_client_that_leaves_while_an_async_closure_runs_is_an_aborted_call() {
    let engine = Engine::new();
    let mock = engine
        .get(URL)
        .reply(async |_: Request| std::future::pending::<u16>().await);
    let mut exchange = engine.admit(Request::get(URL));
    let step = match exchange.step() {
        Step::Body { .. } => {
            exchange.body("".into());
            exchange.step()
        }
        step => step,
    };
    assert!(matches!(step, Step::Await(_)));
    assert_eq!(*mock.last_call().outcome(), CallOutcome::Pending);
    drop((step, exchange));
    assert_eq!(*mock.last_call().outcome(), CallOutcome::Aborted);
}

#[test]
fn a_call_reads_as_its_request() {
    let engine = Engine::new();
    let mock = engine.post("https://x.io/users/{id}").reply((201, "done"));
    let request = Request::post("https://x.io/users/7?q=1")
        .with_header("accept", "text/plain")
        .with_header("cookie", "sid=9")
        .with_body(r#"{"a": [1]}"#);
    ask(&engine, request);
    let call = mock.last_call();
    assert_eq!(
        (call.path(), call.query("q"), call.header("Accept")),
        ("/users/7", Some("1"), Some("text/plain"))
    );
    assert_eq!(
        (call.cookie("sid"), call.path_param("id")),
        (Some("9"), Some("7"))
    );
    assert_eq!(call.json::<serde_json::Value>().unwrap(), json!({"a": [1]}));
    assert_eq!(call.mock().unwrap(), &mock.line());
    assert_eq!(call.reply().unwrap().status(), 201);
}

#[test]
fn calls_are_snapshots_that_do_not_change() {
    let engine = Engine::new();
    let mock = engine.get(URL).times(2).reply(200);
    get(&engine, URL);
    let before = engine.calls();
    get(&engine, URL);
    assert_eq!(
        (before.len(), engine.calls().len(), mock.calls().len()),
        (1, 2, 2)
    );
}

#[test]
fn calls_can_be_filtered_indexed_and_counted() {
    let engine = lenient();
    for url in ["https://x.io/a?p=1", "https://x.io/b", "https://x.io/a?p=2"] {
        get(&engine, url);
    }
    let calls = engine.calls();
    assert_eq!(calls.filter(path("/a")).len(), 2);
    assert_eq!(calls.filter(path("/a").and(query("p", 2)))[0].number(), 3);
    assert!(calls.filter(header("x", present())).is_empty());
    assert_eq!(calls[1].path(), "/b");
    assert_eq!(calls.last().unwrap().query("p"), Some("2"));
    assert_eq!(calls.into_iter().map(|call| call.number()).sum::<u64>(), 6);
}

#[test]
fn clearing_forgets_the_calls_and_what_matched_nothing_and_numbers_go_on() {
    let engine = Engine::new();
    let mock = engine.get(URL).times(2).reply(200);
    get(&engine, URL);
    get(&engine, "https://x.io/none");
    engine.clear_calls();
    assert!(engine.calls().is_empty());
    get(&engine, URL);
    assert_eq!(engine.calls()[0].number(), 3);
    assert_eq!((mock.count(), mock.calls().len()), (2, 1));
    engine.verify();
}

#[test]
fn a_ticket_of_a_call_that_was_cleared_settles_nothing_else() {
    let engine = Engine::new();
    engine.get(URL).times(2).reply([200, 201]);
    let first = begin(&engine);
    engine.clear_calls();
    let second = begin(&engine);
    first.ticket.settle();
    assert_eq!(*engine.calls()[0].outcome(), CallOutcome::Pending);
    second.ticket.settle();
}

#[test]
fn bodies_beyond_the_bound_are_dropped_and_their_lengths_stay() {
    let engine = lenient();
    engine.keep_bodies(10);
    engine.post(URL).times(2).reply(200);
    post(&engine, URL, "12345678");
    post(&engine, URL, "abcdefgh");
    let calls = engine.calls();
    assert_eq!((calls[0].body().len(), calls[0].dropped_body()), (0, 8));
    assert_eq!(
        (&calls[1].body()[..], calls[1].dropped_body()),
        (&b"abcdefgh"[..], 0)
    );
}

#[test]
fn calls_are_serialised_as_plain_data() {
    let engine = Engine::new();
    engine.get(URL).reply(201);
    get(&engine, URL);
    let json = serde_json::to_value(engine.calls()).unwrap();
    assert_eq!(
        (&json[0]["number"], &json[0]["outcome"], &json[0]["status"]),
        (&json!(1), &json!("answered"), &json!(201))
    );
}

#[test]
fn a_retried_request_is_counted_each_time() {
    let engine = Engine::new();
    for _ in 0..4 {
        get(&engine, URL);
    }
    let report = engine.report().to_string();
    assert_eq!(engine.calls().len(), 4);
    assert!(report.contains("×4") || report.contains("x4"), "{report}");
    assert_eq!(engine.report().findings.len(), 1);
    engine.take_unmatched();
}
