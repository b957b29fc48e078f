//! What a report says to somebody who does not know standin: in the words of a client, once, and of the mock that was meant.

use standin_core::Engine;
use standin_core::prelude::*;

use crate::served::ask;

const HOOK: &str = "https://x.io/in";

/// The report, and nothing is left for verification to say.
fn told(engine: &Engine) -> String {
    let said = engine.report().to_string();
    engine.take_unmatched();
    engine.remove_all();
    said
}

#[test]
fn a_body_that_a_line_shows_is_not_told_again() {
    let engine = Engine::new();
    engine
        .post(HOOK)
        .body(r#"{"kind":"lost"}"#)
        .optional()
        .reply(200);
    let _ = ask(
        &engine,
        Request::post(HOOK)
            .with_header("content-type", "application/json")
            .with_body(r#"{"kind":"paid"}"#),
    );
    let said = told(&engine);
    assert_eq!(said.matches("paid").count(), 1, "{said}");

    let engine = Engine::new();
    engine.post(HOOK).body("lost").optional().reply(200);
    let _ = ask(&engine, Request::post(HOOK).with_body("paid ".repeat(60)));
    let said = told(&engine);
    assert!(said.contains("its body:"), "a line is too short: {said}");
}

#[test]
fn of_two_equally_near_the_one_that_can_still_answer_is_told() {
    let engine = Engine::new();
    let form = |kind: &str, token: &str| {
        Request::post(HOOK)
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_body(format!("kind={kind}&id={token}"))
    };
    let first = engine.post(HOOK).form("kind", "new").reply(200);
    let second = engine
        .post(HOOK)
        .form("kind", "again")
        .form("id", "b")
        .reply(200);
    assert_eq!(ask(&engine, form("new", "a")).status(), 200);
    let _ = ask(&engine, form("again", "a"));
    let said = told(&engine);
    let nearest = said.split("nearest: ").nth(1).expect("one");
    assert!(
        nearest.contains("form field `id`: expected b, received a"),
        "{said}"
    );
    assert_eq!((first.calls().len(), second.calls().len()), (1, 0));
}

#[test]
fn an_upload_is_told_by_its_lines_and_what_is_no_text_by_its_length() {
    let engine = Engine::new();
    engine
        .post(HOOK)
        .body_contains("GIF89a")
        .optional()
        .reply(200);
    let mut body = b"--b\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\n".to_vec();
    body.extend([0, 159, 146, 150, 10, 0, 1]);
    body.extend(b"\r\n--b--\r\n");
    let upload = Request::post(HOOK)
        .with_header("content-type", "multipart/form-data; boundary=b")
        .with_body(body);
    let _ = ask(&engine, upload);
    let said = told(&engine);
    assert!(
        said.contains("content-disposition: form-data; name=\"file\"")
            && said.contains("(7 bytes)\n    --b--")
            && said.contains("68 bytes, not all of them text"),
        "{said}"
    );
}

#[test]
fn where_something_is_noted_the_code_is_not_asked_whether_it_ran() {
    let engine = Engine::new();
    engine.get(HOOK).reply(200);
    engine.note("a connection was refused");
    let said = told(&engine);
    assert!(
        said.contains("no request arrived: what is noted below may be why"),
        "{said}"
    );
}

#[test]
fn a_connection_to_a_mistyped_host_is_told_the_slip_and_one_to_another_how_to_mock_it() {
    let told_of = |url: &str| {
        let engine = Engine::new();
        engine.get("https://api.x.io/a").optional().reply(200);
        let _ = ask(&engine, Request::connect(url.parse().expect("a URI")));
        told(&engine)
    };
    let slip = told_of("https://api.x.oi/");
    assert!(
        slip.contains("two letters are swapped") && !slip.contains("mend:"),
        "{slip}"
    );
    let scheme = told_of("http://api.x.io/");
    assert!(
        scheme.contains("scheme") && !scheme.contains("mend:"),
        "{scheme}"
    );
    let other = told_of("https://redis.y.net/");
    assert!(
        other.contains("`mock::any(\"https://redis.y.net\")` answers there;"),
        "{other}"
    );
}
