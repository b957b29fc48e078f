//! Credentials stay out of reports, of data and of `Debug`, and what is wrong with them is told without them.

use bytes::Bytes;
use standin_core::prelude::*;
use standin_core::{Action, Body, Condition, Content, Engine, Mock, matchers};

use crate::served::ask;

const URL: &str = "https://x.io/a";

/// What a report, its data and the error of the client say about a request that a mock of `narrow` does not match.
fn said(narrow: impl Fn(Mock) -> Mock, request: Request) -> String {
    let engine = Engine::new();
    narrow(engine.get(URL)).optional().reply(200);
    let error = ask(&engine, request);
    let report = engine.report();
    let data = serde_json::to_string_pretty(&report).unwrap();
    let debugged = format!("{report:?} {:?} {:?}", engine.calls(), engine.pending());
    let all = format!("{report}\n{error:?}\n{data}\n{debugged}");
    engine.take_unmatched();
    all
}

fn with(name: &str, value: &str) -> Request {
    Request::get(URL).with_header(name, value)
}

#[test]
fn a_miss_about_credentials_tells_the_mistake_and_not_the_secret() {
    type Narrow = fn(Mock) -> Mock;
    let cases: [(Narrow, (&str, &str), &str); 13] = [
        (
            |m| m.header("authorization", "Bearer hunter2-mine"),
            ("authorization", "Bearer hunter2-mind"),
            "the secrets differ from character 19 on; both have 19 characters",
        ),
        (
            |m| m.header("x-api-key", "hunter2"),
            ("x-api-key", "hunter2-longer"),
            "the secrets differ from character 8 on; the mock's has 7 characters, the request's 14",
        ),
        (
            |m| m.header("x-vault-token", "hunter2"),
            ("x-vault-token", "hunter2 "),
            "the request has a blank at the end, the mock has none",
        ),
        (
            |m| m.header("authorization", "Bearer hunter2"),
            ("authorization", "hunter2"),
            "the mock has `Bearer` in front, the request has not",
        ),
        (
            |m| m.header("authorization", re("^Bearer hunter2hunter2$")),
            ("authorization", "Basic hunter2"),
            "Bearer ***(14)",
        ),
        (
            |m| m.header("authorization", not("Bearer hunter2")),
            ("authorization", "Bearer hunter2"),
            "not(Bearer ***(7))",
        ),
        (
            |m| m.cookie("sid", "hunter2"),
            ("cookie", "sid=HUNTER2; theme=hunter2"),
            "only upper and lower case differ",
        ),
        (
            |m| m.bearer("hunter2"),
            ("authorization", "Bearer hunter3"),
            "the secrets differ from character 7 on",
        ),
        (
            |m| m.bearer("hunter2"),
            ("authorization", "Basic hunter3"),
            "Basic ***(7)",
        ),
        // The credentials of Aladdin, `open:sesame` and `hunter2`.
        (
            |m| m.basic("Aladdin", "hunter2"),
            ("authorization", "Basic QWxhZGRpbjpvcGVuOnNlc2FtZQ=="),
            "the secrets differ from character 1 on; the mock's has 7 characters, the request's 11",
        ),
        (
            |m| m.headers_exact([("x-api-key", "hunter2")]),
            ("x-api-key", "hunter3"),
            "x-api-key is not ***(7)",
        ),
        (
            |m| {
                m.matching(
                    matchers::bearer("hunter2").or(matchers::header("x-auth-token", "hunter2")),
                )
            },
            ("x-auth-token", "hunter3"),
            "***(7)",
        ),
        (
            |m| m.matching(matchers::cookie("sid", "hunter2").negate()),
            ("cookie", "sid=hunter2"),
            "***(7)",
        ),
    ];
    for (narrow, (name, value), mistake) in cases {
        let said = said(narrow, with(name, value));
        assert!(said.contains(mistake), "{mistake}: {said}");
        for secret in ["hunter", "HUNTER", "sesame", "QWxhZGRpb"] {
            assert!(!said.contains(secret), "{secret} of {name}: {said}");
        }
    }
}

#[test]
fn headers_that_are_no_secret_are_shown() {
    let said = said(
        |m| m.header("accept", "application/json"),
        with("accept", "text/html"),
    );
    assert!(
        said.contains("application/json") && said.contains("text/html"),
        "{said}"
    );
}

#[test]
fn a_miss_about_a_query_tells_the_mistake_and_not_the_secret() {
    type Narrow = fn(Mock) -> Mock;
    let cases: [(Narrow, &str, &str); 7] = [
        (
            |m| m.query("api_key", "hunter2"),
            "?api_key=hunter22",
            "the mock's has 7 characters, the request's 8",
        ),
        (
            |m| m.query("api_key", "hunter2"),
            "?page=1",
            "query `api_key`: expected ***(7)",
        ),
        (
            |m| m.query("access_token", re("^hunter2hunter2$")),
            "?access_token=hunter2",
            "***(14)",
        ),
        (
            |m| m.query_all("token", ["hunter2", "b"]),
            "?token=hunter2",
            "***(7), ***(1)",
        ),
        (
            |m| m.query_exact([("sig", "hunter2"), ("a", "1")]),
            "?sig=hunter2x",
            "sig=***(7)&a=1",
        ),
        (
            |m| m.matching(matchers::url("https://x.io/a?sig=hunter2")),
            "?sig=hunter2x",
            "https://x.io/a?sig=***(8)",
        ),
        (
            |m| m.header("x-no", "1"),
            "?client_secret=hunter2&jwt=hunter2",
            "client_secret=***(7)&jwt=***(7)",
        ),
    ];
    for (narrow, query, told) in cases {
        let said = said(narrow, Request::get(format!("{URL}{query}")));
        assert!(said.contains(told), "{told}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_form_is_shown_as_a_query_is() {
    type Narrow = fn(Mock) -> Mock;
    let cases: [(Narrow, &str); 6] = [
        (
            |m| m.form("client_secret", "hunter2x"),
            "the mock's has 8 characters, the request's 7",
        ),
        (
            |m| m.form("client_secret", re("^hunter2hunter2$")),
            "***(14)",
        ),
        (
            |m| m.form("grant_type", "password"),
            "grant_type=code&client_secret=***(7)",
        ),
        (
            |m| m.form_exact([("client_secret", "hunter2"), ("a", "1")]),
            "exactly client_secret=***(7)&a=1",
        ),
        (
            |m| m.body("grant_type=code&client_secret=hunter2x"),
            "client_secret=***(8)",
        ),
        (
            |m| m.json(json!({"a": 1})),
            "grant_type=code&client_secret=***(7)",
        ),
    ];
    for (narrow, told) in cases {
        let request = Request::get(URL)
            .with_header("content-type", "application/x-www-form-urlencoded")
            .with_body("grant_type=code&client_secret=hunter2");
        let said = said(narrow, request);
        assert!(said.contains(told), "{told}: {said}");
        assert!(!said.contains("hunter2"), "{told}: {said}");
    }
}

#[test]
fn a_declared_url_is_shown_without_its_credentials() {
    let engine = Engine::new();
    let mock = engine.get("https://x.io/a?api_key=hunter2&b=1").reply(200);
    engine.get(re(r"^https://x\.io/b\?sig=hunter2")).reply(200);
    let error = ask(
        &engine,
        Request::get("https://me:hunter2@x.io/a?api_key=hunter2x&b=1"),
    );
    let report = engine.report();
    let calls = engine.calls();
    let said = format!(
        "{report} {report:?} {error:?} {mock:?} {:?} {} {calls:?}",
        engine.pending(),
        serde_json::to_string(&calls).unwrap()
    );
    assert!(!said.contains("hunter2"), "{said}");
    assert!(said.contains("https://x.io/a?api_key=***(7)&b=1"), "{said}");
    engine.take_unmatched();
    engine.remove_all();
}

#[test]
fn debug_of_public_types_is_bounded_and_masks_secrets() {
    let upload = Bytes::from(vec![b'a'; 4 << 20]);
    let answer = reply(200)
        .header("set-cookie", "sid=hunter2; Path=/")
        .header("x-refresh-token", "hunter2")
        .header("location", "https://me:hunter2@x.io/")
        .trailer("x-api-key", "hunter2")
        .body(upload.clone());
    let request = Request::post(format!("https://me:hunter2@x.io/{}", "p".repeat(60_000)))
        .with_header("authorization", "Bearer hunter2")
        .with_header("cookie", "sid=hunter2")
        .with_body(upload.clone());
    let declared = standin_core::Declaration::get(URL)
        .header("authorization", "Bearer hunter2")
        .header("x-long", "v".repeat(60_000))
        .cookie("sid", "hunter2")
        .bearer("hunter2")
        .basic("me", "hunter2")
        .body(String::from_utf8(upload.to_vec()).unwrap())
        .reply(answer.clone());
    let engine = Engine::new().lenient();
    let mock = engine
        .get("https://x.io/{*rest}")
        .optional()
        .reply(answer.clone());
    let base = engine
        .base("x.io")
        .header("authorization", "Bearer hunter2");
    let served = engine.serve_blocking(request.clone());
    let actions: Vec<Action> = answer.actions().collect();
    let conditions: Vec<Condition> = vec![
        matchers::bearer("hunter2"),
        matchers::body("b".repeat(60_000)),
    ];
    let chunks = reply(200).chunks(vec![upload.clone(); 100]);
    for shown in [
        format!("{answer:?}"),
        format!("{chunks:?}"),
        format!("{:?}", answer.head()),
        format!("{actions:?}"),
        format!("{:?}", answer.as_body()),
        format!("{:?}", Body::Whole(upload.clone())),
        format!("{:?}", Content::new(upload.clone())),
        format!("{:?}", standin_core::IntoBody::into_body(upload.clone())),
        format!(
            "{:?}",
            standin_core::IntoAnswer::into_answer(answer.clone())
        ),
        format!("{request:?}"),
        format!("{declared:?}"),
        format!("{base:?}"),
        format!("{conditions:?}"),
        format!(
            "{:?}",
            standin_core::IntoPattern::into_pattern("v".repeat(60_000))
        ),
        format!("{served:?}"),
        format!("{mock:?} {:?}", mock.calls()),
        format!("{:?}", engine.calls()),
        format!("{:?}", engine.admit(request.clone())),
        format!("{engine:?}"),
    ] {
        assert!(
            !shown.contains("hunter2"),
            "{}",
            &shown[..shown.len().min(4_000)]
        );
        assert!(
            shown.len() < 16_000,
            "{} bytes: {}",
            shown.len(),
            &shown[..400]
        );
    }
    assert!(format!("{answer:?}").contains("(4194304 bytes)"));
}
