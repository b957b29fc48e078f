//! Conversations as core has them: what is matched, claimed and told, without a connection.

use standin_core::prelude::*;
use standin_core::{
    CallOutcome, Conversation, Declaration, Engine, Message, Outcome, Play, Request, Talk, Upgrade,
};

fn asks() -> Request {
    Request::get("https://x.io/live").with_header("upgrade", "websocket")
}

fn talk(engine: &Engine) -> Talk {
    let Outcome::Converse(conversing) = engine.serve_blocking(asks()) else {
        panic!("no conversation");
    };
    let Conversation::WebSocket(script) = conversing.conversation else {
        panic!("no WebSocket");
    };
    Talk::new(script, conversing.ticket).expect("a call that is not settled")
}

fn text(text: &str) -> Message {
    text.into()
}

#[test]
fn ws_is_http_and_wss_https() {
    for (url, hit, missed) in [
        ("ws://x.io/live", "http://x.io/live", "https://x.io/live"),
        ("wss://x.io/live", "wss://x.io:443/live", "ws://x.io/live"),
        (
            "wss://x.io:8443/live",
            "https://x.io:8443/live",
            "https://x.io/live",
        ),
        ("WSS://x.io/live", "https://x.io/live", "http://x.io/live"),
    ] {
        let engine = Engine::new().lenient();
        engine.get(url).optional().websocket(ws());
        let ask =
            |url| engine.serve_blocking(Request::get(url).with_header("upgrade", "websocket"));
        assert!(
            matches!(ask(missed), Outcome::Unmatched(_)),
            "{url} {missed}"
        );
        assert!(matches!(ask(hit), Outcome::Converse(_)), "{url} {hit}");
    }
}

#[test]
fn the_use_is_claimed_at_the_request_and_the_call_settled_at_the_end_of_the_script() {
    let engine = Engine::new();
    let live = engine
        .get("wss://x.io/live")
        .websocket(ws().expect_text("hi").send_text("ho"));
    let mut talk = talk(&engine);
    assert_eq!((live.count(), live.is_spent()), (1, true));
    assert_eq!(*live.last_call().outcome(), CallOutcome::Pending);
    let (socket, _line) = WebSocket::line(asks());
    assert!(matches!(talk.next(&socket), Play::Listen));
    assert_eq!(talk.hear(&Message::Ping("?".into())), None);
    assert_eq!(talk.hear(&text("hi")), None);
    assert!(matches!(talk.next(&socket), Play::Say(said) if said == text("ho")));
    assert_eq!(*live.last_call().outcome(), CallOutcome::Answered);
    drop(talk);
    engine.verify();
}

#[test]
fn what_is_missing_of_a_handshake_is_a_miss_as_any_other() {
    let engine = Engine::new().lenient();
    engine
        .get("wss://x.io/live")
        .header("x-room", "7")
        .optional()
        .websocket(ws().protocol("chat"));
    for (request, part) in [
        (
            Request::get("https://x.io/live").with_header("x-room", "7"),
            "header `upgrade`",
        ),
        (asks(), "header `x-room`"),
        (
            asks()
                .with_header("x-room", "7")
                .with_header("sec-websocket-protocol", "a, b"),
            "header `sec-websocket-protocol`",
        ),
    ] {
        let Outcome::Unmatched(unmatched) = engine.serve_blocking(request) else {
            panic!("{part}");
        };
        let report = unmatched.report().to_string();
        assert!(report.contains(part), "{report}");
    }
}

#[test]
fn over_http2_the_report_says_that_there_are_no_upgrades() {
    let engine = Engine::new().lenient();
    engine.get("wss://x.io/live").optional().websocket(ws());
    let asked = asks();
    let request = Request::from_parts(
        asked.method().clone(),
        asked.uri().clone(),
        http::Version::HTTP_2,
        http::HeaderMap::new(),
        bytes::Bytes::new(),
    );
    let Outcome::Unmatched(unmatched) = engine.serve_blocking(request) else {
        panic!("it matched");
    };
    let report = unmatched.report().to_string();
    assert!(report.contains("let the client speak HTTP/1.1"), "{report}");
}

#[test]
fn a_client_that_closes_when_only_goodbyes_are_left_has_played_it() {
    let close = Message::Close {
        code: Some(1000),
        reason: String::new(),
    };
    for (script, is_played) in [
        (ws().expect_text("hi").delay(secs(1)).close(1000, ""), true),
        (
            ws().expect_text("hi").hold(&Gate::new()).drop_connection(),
            true,
        ),
        (ws().expect_text("hi").send_text("ho"), false),
        (ws().expect_text("hi").expect_text("ho"), false),
        (ws().expect_text("hi").expect_close(1000), true),
        (ws().expect_text("hi").expect_close(1001..), false),
    ] {
        let engine = Engine::new();
        engine.get("wss://x.io/live").websocket(script.clone());
        let mut talk = talk(&engine);
        let (socket, line) = WebSocket::line(asks());
        talk.hear(&text("hi"));
        drop(line);
        while !matches!(talk.next(&socket), Play::Listen) {}
        talk.hear(&close);
        talk.gone();
        assert_eq!(
            engine.report().is_ok(),
            is_played,
            "{script:?} {}",
            engine.report()
        );
        drop(talk);
        drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(
            || drop(engine),
        )));
    }
}

#[test]
fn a_script_of_an_inner_scope_is_told_when_that_is_left() {
    let net = standin_core::activate();
    let talking;
    {
        let inner = standin_core::activate();
        mock::get("wss://x.io/live").websocket(ws().expect_text("hi"));
        talking = talk(&inner);
        let left = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(inner)));
        let told = *left
            .expect_err("a failure")
            .downcast::<String>()
            .expect("a report");
        assert!(told.contains("still to come: expect text \"hi\""), "{told}");
    }
    // It is told once.
    drop(talking);
    net.verify();
}

#[test]
fn clearing_and_bounding_calls_hides_no_script() {
    let engine = Engine::new();
    engine
        .get("wss://x.io/live")
        .websocket(ws().expect_text("hi"));
    engine.get("https://x.io/").persist().reply(200);
    let talking = talk(&engine);
    engine.keep_calls(1);
    for _ in 0..3 {
        drop(engine.serve_blocking(Request::get("https://x.io/")));
    }
    engine.clear_calls();
    drop(talking);
    assert!(
        engine.report().to_string().contains("the client left"),
        "{}",
        engine.report()
    );
    drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(
        || drop(engine),
    )));
}

#[test]
fn what_cannot_be_said_is_refused_at_its_line() {
    for (script, why) in [
        (ws().close(1005, ""), "cannot be the code of a close"),
        (ws().close(1000, "a".repeat(124)), "at most 123 bytes"),
        (ws().close(1000, "").send_text("more"), "nothing can follow"),
        (ws().drop_connection().delay(secs(1)), "nothing can follow"),
        (ws().fault(Fault::Refused), "cannot end a conversation"),
        (ws().send_ping(vec![0; 126]), "at most 125 bytes"),
        (ws().expect_text(re("(")), "not valid"),
        (ws().header("a b", "1"), "cannot be the name of a header"),
    ] {
        let declared = Declaration::get("wss://x.io/live").websocket(script);
        let error = Engine::new().try_add(declared).expect_err(why);
        assert!(error.to_string().contains(why), "{error}");
        assert!(error.location().file().ends_with("talking.rs"));
    }
}

#[test]
fn a_websocket_of_another_method_than_get_is_a_mistake() {
    let declared = Declaration::post("wss://x.io/live").websocket(ws());
    let error = Engine::new().try_add(declared).expect_err("a mistake");
    assert!(error.to_string().contains("begins with a GET"), "{error}");
    Engine::new().add(
        Declaration::any("wss://x.io/live")
            .optional()
            .websocket(ws()),
    );
}

#[test]
fn a_declaration_may_hold_a_conversation_and_calls_serialise_it() {
    let engine = Engine::new();
    engine.add(
        Declaration::get("wss://x.io/live").websocket(ws().expect_json_includes(json!({"a": 1}))),
    );
    let mut talk = talk(&engine);
    let said = Message::from(json!({"a": 1, "b": 2}));
    talk.recorder().note(standin_core::Side::Client, &said);
    assert_eq!(talk.hear(&said), None);
    let call = serde_json::to_value(&engine.calls()[0]).expect("JSON");
    assert_eq!(call["frames"][0]["text"], json!(r#"{"a":1,"b":2}"#));
    assert_eq!(call["frames"][0]["from"], "client");
}

#[test]
fn an_upgrade_is_claimed_and_refused_as_any_reply() {
    let engine = Engine::new();
    let mock = engine
        .get("https://x.io/live")
        .reply(Upgrade::new("websocket", |_| async {}));
    let Outcome::Converse(conversing) = engine.serve_blocking(asks()) else {
        panic!("no conversation");
    };
    assert_eq!(conversing.reply.status(), 101);
    let failed = conversing.refuse("nothing to talk on");
    assert!(failed.to_string().contains("nothing to talk on"));
    assert_eq!(
        *mock.last_call().outcome(),
        CallOutcome::Failed("nothing to talk on".into())
    );
    drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(
        || drop(engine),
    )));
}
