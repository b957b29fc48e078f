//! Bodies that come after the decision, that are too long, or that belong to no request.

use standin_core::prelude::*;
use standin_core::{
    CallOutcome, Digest, Engine, Exchange, Finding, Outcome, OwnedEngine, Step, Style, Ticket,
};

/// An exchange that was decided by its head.
fn decided(engine: &OwnedEngine) -> (Exchange, Option<Ticket>) {
    let mut exchange = engine.admit(Request::post("https://x.io/a"));
    let Step::Decided(outcome) = exchange.step() else {
        panic!("the head is enough")
    };
    match outcome {
        Outcome::Reply(answered) => (exchange, Some(answered.ticket)),
        _ => (exchange, None),
    }
}

#[test]
fn a_body_that_comes_after_the_reply_is_in_the_journal() {
    let engine = Engine::new();
    let mock = engine.post("https://x.io/a").reply(201);
    let (mut exchange, ticket) = decided(&engine);
    let mut upload = exchange.upload().expect("a body to come");
    assert!(exchange.upload().is_none(), "there is one body");
    drop(exchange);
    ticket.expect("a reply").settle();
    upload.push(b"hel");
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Pending);
    assert!(!engine.settled_within(std::time::Duration::ZERO));
    upload.push(b"lo");
    upload.end();
    assert!(engine.settled_within(std::time::Duration::ZERO));
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Answered);
    assert_eq!(mock.last_call().text(), "hello");
}

#[test]
fn what_came_of_a_body_that_broke_off_is_kept() {
    let engine = Engine::new();
    let mock = engine.post("https://x.io/a").reply(201);
    let (mut exchange, ticket) = decided(&engine);
    let mut upload = exchange.upload().expect("a body to come");
    upload.push(b"hel");
    drop(upload);
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Pending);
    drop(ticket);
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Aborted);
    assert_eq!(mock.last_call().text(), "hel");
}

#[test]
fn an_adapter_that_never_brings_the_body_leaves_nothing_pending() {
    let engine = Engine::new();
    let mock = engine.post("https://x.io/a").reply(201);
    let (exchange, ticket) = decided(&engine);
    ticket.expect("a reply").settle();
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Pending);
    drop(exchange);
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Answered);
    assert!(engine.settled_within(std::time::Duration::ZERO));
}

#[test]
fn a_body_may_come_for_a_call_that_is_forgotten() {
    let engine = Engine::new().lenient();
    engine.post("https://x.io/a").optional().reply(201);
    for forget in [Engine::clear_calls, |engine: &Engine| engine.keep_calls(1)] {
        let uploads: Vec<_> = (0..4)
            .map(|_| decided(&engine).0.upload().expect("a body"))
            .collect();
        forget(&engine);
        drop(engine.take_unmatched());
        assert!(!engine.settled_within(std::time::Duration::ZERO));
        for mut upload in uploads {
            upload.push(b"late");
        }
        assert!(engine.settled_within(std::time::Duration::ZERO));
    }
}

#[test]
fn an_unmatched_request_has_its_body_too() {
    let engine = Engine::new().lenient();
    let (mut exchange, _) = decided(&engine);
    let mut upload = exchange.upload().expect("a body");
    upload.push(b"late");
    upload.end();
    let calls = engine.take_unmatched();
    assert_eq!(calls[0].text(), "late");
    assert_eq!(calls[0].outcome(), &CallOutcome::Unmatched);
}

#[test]
fn beyond_the_bound_there_are_length_and_digest() {
    let engine = Engine::new();
    engine.keep_bodies(8);
    let mock = engine.post("https://x.io/a").times(2).reply(201);
    let body = "0123456789abcdef";
    let (mut exchange, ticket) = decided(&engine);
    let mut upload = exchange.upload().expect("a body");
    body.as_bytes()
        .chunks(5)
        .for_each(|piece| upload.push(piece));
    upload.end();
    ticket.expect("a reply").settle();
    let whole = |call: &standin_core::Call| {
        assert_eq!((call.text(), call.body_len()), ("01234567".into(), 16));
        assert_eq!(call.dropped_body(), 8);
        assert_eq!(call.body_digest(), Some(Digest::of(body.as_bytes())));
    };
    whole(&mock.last_call());
    let _ = engine.serve_blocking(Request::post("https://x.io/a").with_body(body));
    whole(&mock.last_call());
    // The older one went.
    assert_eq!(mock.calls()[0].body().len(), 0);
    assert_eq!(mock.calls()[0].body_len(), 16);
    assert_eq!(
        mock.calls()[0].body_digest(),
        Some(Digest::of(body.as_bytes()))
    );
}

#[test]
fn how_much_is_read_for_matching_can_be_told() {
    let engine = Engine::new();
    engine.read_bodies(10);
    engine
        .post("https://x.io/a")
        .body("x")
        .optional()
        .reply(201);
    let mut exchange = engine.admit(Request::post("https://x.io/a"));
    assert!(matches!(exchange.step(), Step::Body { limit: 10 }));
    exchange.abort("hel".into());
    assert_eq!(engine.calls()[0].outcome(), &CallOutcome::Aborted);
    assert_eq!(engine.calls()[0].text(), "hel");
    let mut exchange = engine.admit(Request::post("https://x.io/a"));
    assert!(matches!(exchange.step(), Step::Body { limit: 10 }));
    exchange.refuse("the body is too long");
    let report = engine.report().to_string();
    let who = "mock::post(\"https://x.io/a\") at crates/core/tests/semantics/uploads.rs";
    assert!(report.contains(who), "{report}");
    let ends = std::panic::AssertUnwindSafe(|| drop(engine));
    std::panic::catch_unwind(ends).expect_err("verification fails");
}

#[test]
fn what_is_no_request_is_told() {
    let engine = Engine::new();
    let to = "http://127.0.0.1:80/".parse().expect("a URL");
    for _ in 0..2 {
        engine.malformed(
            &to,
            "it has no colon",
            b"GET /a\x07 HTTP/1.1\r\nhost\r\n\r\n",
        );
    }
    let told = engine.report().render(Style::plain());
    assert_eq!(
        told,
        "standin: 1 request was malformed\n\n\
         a malformed request came to http://127.0.0.1/ (x2)\n  \
         it has no colon\n  \
         it begins: GET /a\\x07 HTTP/1.1\\r\\nhost\\r\\n\\r\\n\n"
    );
    assert!(matches!(
        engine.report().findings[..],
        [Finding::Malformed { count: 2, .. }]
    ));
    let taken = engine.take_unmatched();
    assert_eq!(
        taken[1].outcome(),
        &CallOutcome::Malformed("it has no colon".into())
    );
    assert_eq!(taken[0].method(), "GET");
    engine.malformed(&to, "nothing", b"");
    engine.set_lenient(true);
    assert!(engine.report().is_ok());
}
