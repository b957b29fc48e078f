//! A look at a request answers what an exchange would answer, and touches nothing where it cannot know.

use bytes::Bytes;
use standin_core::prelude::*;
use standin_core::{Calls, Engine, RequestRef};

use crate::served::{ask, get, lenient};

fn asked(method: &str, url: &str, body: &'static str) -> http::Request<Bytes> {
    let request = http::Request::builder().method(method).uri(url);
    let request = request.header("accept", "*/*").body(body.into());
    request.expect("a request")
}

/// The status, where a look is enough.
fn look(engine: &Engine, request: &http::Request<Bytes>) -> Option<u16> {
    let reply = engine.reply_at_once(&RequestRef::of(request, request.body()))?;
    Some(reply.status().as_u16())
}

fn declare(engine: &Engine) {
    engine.get("https://x.io/a").times(2).optional().reply(200);
    engine.get("x.io/a").optional().reply([201, 202]);
    engine
        .post("https://x.io/{id}")
        .persist()
        .optional()
        .reply((203, "made"));
    engine
        .get("*/any")
        .priority(-1)
        .persist()
        .optional()
        .reply(204);
    engine.get("https://x.io/any?q=1&q=2").optional().reply(205);
    engine
        .any("http://*.x.io:8080/b")
        .persist()
        .optional()
        .reply(206);
    engine
        .get("https://x.io/header")
        .header("accept", "*/*")
        .optional()
        .reply(208);
    engine
        .get("https://x.io/slow")
        .optional()
        .reply(reply(209).delay(secs(1)));
    engine
        .get("https://x.io/made")
        .optional()
        .reply(|_: &Request| 210);
}

fn requests() -> Vec<http::Request<Bytes>> {
    let mut requests = Vec::new();
    for url in [
        "https://x.io/a",
        "https://X.io:443/./a",
        "https://x.io/any?q=2&q=1&r",
        "http://any.where:81/any",
        "http://s.x.io:8080/b?x",
        "http://x.io:8080/b",
        "https://x.io/header",
        "https://x.io/slow",
        "https://x.io/made",
        "https://u:p@x.io/a",
        "https://x.io/none",
    ] {
        requests.extend([
            asked("GET", url, ""),
            asked("POST", url, "body"),
            asked("GET", url, ""),
        ]);
    }
    requests
}

fn told(calls: &Calls) -> Vec<String> {
    let of = |call: &standin_core::Call| {
        let status = call.reply().map(|reply| reply.status());
        let (line, headers, body) = (call.mock(), call.headers(), call.body());
        let (method, uri, outcome) = (call.method(), call.uri(), call.outcome());
        format!("{method} {uri} {headers:?} {body:?} {line:?} {outcome:?} {status:?}")
    };
    calls.iter().map(of).collect()
}

#[test]
fn a_look_answers_what_an_exchange_answers() {
    let (looked, exchanged) = (lenient(), lenient());
    declare(&looked);
    declare(&exchanged);
    let mut looks = 0;
    for request in requests() {
        let expected = ask(&exchanged, request.clone()).status();
        let seen = look(&looked, &request);
        looks += usize::from(seen.is_some());
        let answered = seen.unwrap_or_else(|| ask(&looked, request.clone()).status());
        assert_eq!(answered, expected, "{request:?}");
    }
    assert!(looks > 10, "{looks} were answered by a look");
    assert_eq!(told(&looked.calls()), told(&exchanged.calls()));
}

#[test]
fn where_a_look_is_not_enough_nothing_has_happened() {
    let engine = lenient();
    let with = |url: &str| engine.get(url).optional();
    with("https://x.io/header")
        .header("accept", "*/*")
        .reply(200);
    with("https://x.io/slow").reply(reply(200).delay(secs(1)));
    with("https://x.io/chunks").reply(reply(200).chunks(["a", "b"]));
    with("https://x.io/fault").reply(Fault::Reset);
    with("https://x.io/made").reply(|_: &Request| 200);
    with("https://x.io/seen").on_match(|_| ()).reply(200);
    with("https://x.io/filtered").filter(|_| true).reply(200);
    with("https://x.io/real").pass_through();
    with("https://x.io/never").never().reply(200);
    for path in [
        "header", "slow", "chunks", "fault", "made", "seen", "filtered", "real", "never", "none",
    ] {
        let request = asked("GET", &format!("https://x.io/{path}"), "");
        assert_eq!(look(&engine, &request), None, "{path}");
    }
    assert!(engine.calls().is_empty());
}

#[test]
fn an_engine_that_looks_at_every_request_itself_is_not_passed_by() {
    let filtered = lenient();
    filtered.filter(|request| request.host() == "x.io");
    filtered.get("/a").persist().optional().reply(200);
    assert_eq!(look(&filtered, &asked("GET", "https://y.io/a", "")), None);
    let with_regex = lenient();
    with_regex.get(re("/a$")).priority(-1).optional().reply(201);
    with_regex.get("https://x.io/a").optional().reply(202);
    assert_eq!(look(&with_regex, &asked("GET", "https://x.io/a", "")), None);
    assert_eq!(get(&with_regex, "https://x.io/a").status(), 201);
}

#[test]
fn uses_are_counted_and_the_end_is_the_end() {
    let engine = Engine::new();
    let mock = engine.get("https://x.io/a").reply([200, 503]);
    let request = asked("GET", "https://x.io/a", "");
    assert_eq!(look(&engine, &request), Some(200));
    assert!(!mock.is_done());
    assert_eq!(look(&engine, &request), Some(503));
    assert_eq!(look(&engine, &request), None, "both are used");
    let handle = engine.handle();
    drop(engine);
    assert_eq!(look(&handle, &request), None);
    let statuses = |call: &standin_core::Call| call.reply().map(|reply| reply.status().as_u16());
    let told: Vec<_> = mock.calls().iter().map(statuses).collect();
    assert_eq!(told, [Some(200), Some(503)]);
}

#[test]
fn the_journal_tells_the_reply_after_the_closures_of_its_mock_are_gone() {
    let engine = Engine::new();
    let mock = engine
        .get("https://x.io/a")
        .when(|_| true)
        .reply([(200, "a"), (201, "b")]);
    for _ in 0..2 {
        let exchange = engine.admit_whole(Request::get("https://x.io/a"));
        drop(exchange.immediate().step());
    }
    drop(engine);
    let bodies: Vec<_> = mock
        .calls()
        .iter()
        .map(|call| call.reply().map(|reply| reply.as_body().to_bytes()))
        .collect();
    assert_eq!(bodies, [Some("a".into()), Some("b".into())]);
}

#[test]
fn a_long_body_is_shared_and_so_not_only_looked_at() {
    let engine = lenient();
    engine.post("https://x.io/").optional().reply(200);
    let long: &'static str = "b".repeat(5_000).leak();
    let request = asked("POST", "https://x.io/", long);
    assert_eq!(look(&engine, &request), None);
    assert_eq!(ask(&engine, request).status(), 200);
}
