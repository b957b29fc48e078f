//! What a mock answers.

use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, Version};
use standin_core::prelude::*;
use standin_core::{Action, Body, Engine, IntoReply};

use crate::served::{Served, get, lenient, panic_of};

const URL: &str = "https://x.io/a";

fn replied<M>(reply: impl IntoReply<M>) -> Served {
    let engine = lenient();
    engine.get(URL).reply(reply);
    get(&engine, URL)
}

fn seen<M>(reply: impl IntoReply<M>) -> (u16, String, Option<String>) {
    let served = replied(reply);
    (
        served.status(),
        served.text(),
        served.header("content-type"),
    )
}

fn text(status: u16, text: &str, content_type: &str) -> (u16, String, Option<String>) {
    (status, text.to_owned(), Some(content_type.to_owned()))
}

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";

#[test]
fn a_status_alone_has_no_body() {
    assert_eq!(seen(204), (204, String::new(), None));
    assert_eq!(seen(StatusCode::CREATED), (201, String::new(), None));
    assert_eq!(seen(503_u16), (503, String::new(), None));
}

#[test]
fn text_is_200_and_plain() {
    assert_eq!(seen("hi"), text(200, "hi", TEXT));
    assert_eq!(seen(String::from("hi")), text(200, "hi", TEXT));
}

#[test]
fn bytes_are_200_and_an_octet_stream() {
    assert_eq!(seen(Bytes::from_static(b"hi")), text(200, "hi", BYTES));
    assert_eq!(
        seen(vec![104_u8, 105].into_boxed_slice().to_vec()),
        text(200, "hi", BYTES)
    );
    assert_eq!(seen(b"hi"), text(200, "hi", BYTES));
}

#[test]
fn json_is_200_and_json() {
    assert_eq!(seen(json!({"a": 1})), text(200, r#"{"a":1}"#, JSON));
    assert_eq!(seen(json!(null)), text(200, "null", JSON));
    assert_eq!(seen(json!([])), text(200, "[]", JSON));
}

#[derive(serde::Serialize, Clone)]
struct User {
    id: u32,
}

#[test]
fn anything_that_can_be_serialised_is_json() {
    assert_eq!(seen(Json(User { id: 7 })), text(200, r#"{"id":7}"#, JSON));
    assert_eq!(
        seen((201, Json(User { id: 7 }))),
        text(201, r#"{"id":7}"#, JSON)
    );
    assert_eq!(
        seen(reply(202).json(User { id: 7 })),
        text(202, r#"{"id":7}"#, JSON)
    );
}

#[test]
fn status_and_body_are_a_pair() {
    assert_eq!(seen((404, "none")), text(404, "none", TEXT));
    assert_eq!(seen((StatusCode::CREATED, json!(1))), text(201, "1", JSON));
}

#[test]
fn a_response_of_the_http_crate_is_taken_as_it_is() {
    let response = http::Response::builder()
        .status(418)
        .header("x-a", "1")
        .header("x-a", "2")
        .body("tea")
        .unwrap();
    let served = replied(response);
    assert_eq!((served.status(), served.text()), (418, "tea".into()));
    assert_eq!(served.header("x-a").unwrap(), "1 | 2");
    assert_eq!(served.header("content-type").unwrap(), TEXT);
    let typed = http::Response::builder()
        .header("content-type", "text/csv")
        .body("a,b")
        .unwrap();
    assert_eq!(seen(typed), text(200, "a,b", "text/csv"));
}

#[test]
fn a_fault_stands_for_an_io_error_of_its_kind() {
    use std::io::ErrorKind::{
        BrokenPipe, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable, Other,
        TimedOut, UnexpectedEof,
    };
    for (fault, kind) in [
        (Fault::Reset, Some(ConnectionReset)),
        (Fault::Refused, Some(ConnectionRefused)),
        (Fault::Closed, Some(UnexpectedEof)),
        (Fault::BrokenPipe, Some(BrokenPipe)),
        (Fault::TimedOut, Some(TimedOut)),
        (Fault::Unreachable, Some(HostUnreachable)),
        (Fault::NetworkUnreachable, Some(NetworkUnreachable)),
        (Fault::other("boom"), Some(Other)),
        (Fault::Hang, None),
    ] {
        let fault = replied(fault).fault().unwrap();
        assert_eq!(
            fault.to_io_error().map(|error| error.kind()),
            kind,
            "{fault:?}"
        );
    }
    assert_eq!(
        Fault::other("boom").to_io_error().unwrap().to_string(),
        "boom"
    );
}

#[test]
fn a_closure_makes_a_reply_of_the_request() {
    let served = replied(|req: &Request| (201, req.path().to_owned()));
    assert_eq!((served.status(), served.text()), (201, "/a".into()));
    assert_eq!(
        replied(reply_with(|req| req.path().to_owned())).text(),
        "/a"
    );
    let engine = Engine::new();
    engine.get(URL).reply_with(|req| req.path().to_owned());
    assert_eq!(get(&engine, URL).text(), "/a");
}

#[test]
fn an_async_closure_makes_a_reply_of_the_request() {
    assert_eq!(
        replied(async |req: Request| req.path().to_owned()).text(),
        "/a"
    );
    assert_eq!(
        replied(reply_async(async |req| req.path().to_owned())).text(),
        "/a"
    );
    assert_eq!(
        replied(|req: Request| async move { (201, req.url()) }).status(),
        201
    );
    let engine = Engine::new();
    engine
        .get(URL)
        .reply_async(async |req| req.path().to_owned());
    assert_eq!(get(&engine, URL).text(), "/a");
}

#[test]
fn none_declines_and_the_next_mock_is_asked() {
    let engine = Engine::new();
    let shy = engine
        .get(URL)
        .persist()
        .optional()
        .reply(|req: &Request| req.query("a").map(|_| 201));
    engine.get(URL).reply(202);
    assert_eq!(get(&engine, "https://x.io/a?a").status(), 201);
    assert_eq!(get(&engine, URL).status(), 202);
    shy.assert_called(1);
}

#[test]
fn a_declined_request_is_reported_as_such_when_nobody_else_answers() {
    let engine = Engine::new();
    engine.get(URL).optional().reply(|_: &Request| None::<u16>);
    get(&engine, URL);
    let report = engine.report().to_string();
    assert!(report.contains("declined"), "{report}");
    engine.take_unmatched();
}

#[test]
fn a_reply_that_always_declines_is_a_mistake() {
    let engine = Engine::new();
    let said = panic_of(|| engine.get(URL).reply(None::<u16>));
    assert!(said.contains("never answer"), "{said}");
}

#[test]
fn an_error_of_a_closure_fails_the_test() {
    let engine = lenient();
    engine.get(URL).reply(|_: &Request| "x".parse::<u16>());
    let Served::Failed(said) = get(&engine, URL) else {
        panic!()
    };
    assert!(said.contains("invalid digit"), "{said}");
    let report = panic_of(|| drop(engine));
    assert!(
        report.contains("invalid digit") && report.contains("replies.rs:"),
        "even when lenient: {report}"
    );
}

#[test]
fn an_async_closure_that_declines_fails_the_test() {
    let engine = lenient();
    engine.get(URL).reply(async |_: Request| None::<u16>);
    let Served::Failed(said) = get(&engine, URL) else {
        panic!()
    };
    assert!(
        said.contains("an async closure cannot decline") && said.contains("`.when(..)`"),
        "{said}"
    );
    panic_of(|| drop(engine));
}

#[test]
fn who_waits_at_a_gate_goes_on_once_it_was_opened_though_it_closed_again() {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    let gate = Gate::new();
    let mut context = Context::from_waker(Waker::noop());
    let (mut waits, mut comes_later) = (pin!(gate.opened()), pin!(gate.opened()));
    assert!(waits.as_mut().poll(&mut context).is_pending());
    gate.open();
    gate.close();
    assert!(waits.as_mut().poll(&mut context).is_ready());
    assert!(comes_later.as_mut().poll(&mut context).is_pending());
    assert!(pin!(gate.opened()).poll(&mut context).is_pending());
}

#[test]
fn chunks_keep_their_boundaries_and_have_no_length() {
    let served = replied(reply(200).chunks(["a", "bc"]));
    assert_eq!(served.text(), "abc");
    assert_eq!(served.header("content-length"), None);
    let Served::Reply(reply) = served else {
        panic!()
    };
    let chunks = reply.actions().filter_map(|action| match action {
        Action::Chunk(chunk) => Some(chunk),
        _ => None,
    });
    assert_eq!(chunks.collect::<Vec<_>>(), ["a", "bc"]);
    assert!(matches!(reply.as_body(), Body::Chunks(_)));
}

#[test]
fn trailers_come_behind_the_body() {
    let Served::Reply(reply) = replied(reply(200).body("x").trailer("grpc-status", 0)) else {
        panic!()
    };
    let Some(Action::Trailers(trailers)) = reply.actions().last() else {
        panic!()
    };
    assert_eq!(trailers["grpc-status"], "0");
    assert!(!reply.headers().contains_key("content-length"));
}

#[test]
fn reason_and_version_are_in_the_head() {
    let Served::Reply(reply) = replied(reply(200).reason("Fine").version(Version::HTTP_10)) else {
        panic!()
    };
    let head = reply.head().with_body(());
    assert_eq!(head.version(), Version::HTTP_10);
    assert_eq!(
        head.extensions()
            .get::<standin_core::Reason>()
            .unwrap()
            .as_str(),
        "Fine"
    );
}

#[test]
fn content_type_and_length_are_automatic_and_can_be_overridden() {
    assert_eq!(replied("hello").header("content-length").unwrap(), "5");
    assert_eq!(replied(204).header("content-length"), None);
    assert_eq!(replied(304).header("content-length"), None);
    assert_eq!(replied(200).header("content-length").unwrap(), "0");
    let served = replied(
        reply(200)
            .header("content-type", "text/csv")
            .header("Content-Length", 99)
            .body("a"),
    );
    assert_eq!(served.header("content-type").unwrap(), "text/csv");
    assert_eq!(served.header("content-length").unwrap(), "99");
    assert_eq!(
        seen(reply(200).content_type("json").body("{}")),
        text(200, "{}", JSON)
    );
    assert_eq!(
        seen(reply(200).xml("<a/>")),
        text(200, "<a/>", "application/xml")
    );
}

#[test]
fn repeated_headers_stay_repeated_unless_set() {
    assert_eq!(
        replied(reply(200).header("a", "1").header("A", "2"))
            .header("a")
            .unwrap(),
        "1 | 2"
    );
    assert_eq!(
        replied(reply(200).header("a", "1").set_header("A", "2"))
            .header("a")
            .unwrap(),
        "2"
    );
}

#[test]
fn cookies_are_set_one_by_one() {
    let served = replied(reply(200).cookie("sid", "7; Path=/").cookie("b", "c"));
    assert_eq!(served.header("set-cookie").unwrap(), "sid=7; Path=/ | b=c");
}

#[test]
fn delays_and_gates_are_left_to_the_adapter_in_order() {
    let gate = Gate::new();
    let Served::Reply(reply) = replied(reply(200).delay(secs(30)).hold(&gate)) else {
        panic!()
    };
    let actions: Vec<Action> = reply.actions().collect();
    assert!(
        matches!(actions[0], Action::Wait(wait) if wait == Duration::from_secs(30)),
        "{actions:?}"
    );
    assert!(
        matches!(actions[1], Action::Hold(_)) && matches!(actions[2], Action::Head(_)),
        "{actions:?}"
    );
    let Served::Reply(reply) = replied(Fault::Reset.delay(millis(5))) else {
        panic!()
    };
    let actions: Vec<Action> = reply.actions().collect();
    assert!(
        matches!(
            actions.as_slice(),
            [Action::Wait(_), Action::Fault(Fault::Reset)]
        ),
        "{actions:?}"
    );
}

#[test]
fn one_reply_serves_many_uses() {
    let engine = Engine::new();
    engine
        .get(URL)
        .times(3)
        .reply(reply(200).header("a", "1").body("x"));
    for _ in 0..3 {
        assert_eq!(get(&engine, URL).text(), "x");
    }
}

#[test]
fn chance_is_drawn_from_the_seed_and_the_use_alone() {
    let draw = |engine: &Engine| -> Vec<bool> {
        engine
            .get(URL)
            .times(64)
            .reply(Fault::Reset.chance(0.5).or(200));
        (0..64)
            .map(|_| get(engine, URL).fault().is_some())
            .collect()
    };
    let (one, two) = (Engine::new(), Engine::new());
    let (first, second) = (draw(&one), draw(&two));
    assert_eq!(
        one.seed() == two.seed(),
        first == second,
        "equal seeds, equal draws"
    );
    let faults = first.iter().filter(|fault| **fault).count();
    assert!((10..54).contains(&faults), "{faults} of 64 for p = 0.5");
}

#[test]
fn a_chance_of_none_and_of_all_are_certain() {
    let engine = Engine::new();
    engine
        .get(URL)
        .times(20)
        .reply(Fault::Reset.chance(0.0).or(200));
    engine
        .get(URL)
        .times(20)
        .reply(Fault::Reset.chance(1.0).or(200));
    assert!((0..20).all(|_| get(&engine, URL).fault().is_none()));
    assert!((0..20).all(|_| get(&engine, URL).fault() == Some(Fault::Reset)));
}

#[test]
fn a_probability_beyond_one_is_a_mistake() {
    let engine = Engine::new();
    let said = panic_of(|| engine.get(URL).reply(Fault::Reset.chance(1.5).or(200)));
    assert!(said.contains("between 0 and 1"), "{said}");
}

#[test]
fn a_status_that_a_closure_makes_and_that_cannot_be_fails_the_test() {
    let engine = lenient();
    engine.get(URL).reply(|_: &Request| 99);
    let Served::Failed(said) = get(&engine, URL) else {
        panic!()
    };
    assert!(said.contains("99 is not a status"), "{said}");
    panic_of(|| drop(engine));
}
