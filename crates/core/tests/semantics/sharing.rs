//! What several mocks have in common: a base, names, declarations made beforehand, functions of the test.

use standin_core::prelude::*;
use standin_core::{Base, Declaration, Engine, MockHandle};

use crate::served::{ask, get, lenient, panic_of, post};

#[test]
fn a_base_gives_its_url_and_its_matchers_to_many_mocks() {
    let engine = lenient();
    let api: Base = engine.base("https://x.io/v1").header("token", "t");
    api.get("/users").reply(201);
    api.get("users/{id}").reply(202);
    api.post("/users?dry=1").reply(203);
    let with = |request: Request| request.with_header("token", "t");
    assert!(
        get(&engine, "https://x.io/v1/users").is_unmatched(),
        "the token is missing"
    );
    assert_eq!(
        ask(&engine, with(Request::get("https://x.io/v1/users"))).status(),
        201
    );
    assert_eq!(
        ask(&engine, with(Request::get("https://x.io/v1/users/7"))).status(),
        202
    );
    assert_eq!(
        ask(&engine, with(Request::post("https://x.io/v1/users?dry=1"))).status(),
        203
    );
    assert!(ask(&engine, with(Request::post("https://x.io/v1/users"))).is_unmatched());
}

#[test]
fn a_base_gives_its_times_and_can_be_narrowed() {
    let engine = lenient();
    let api = engine.base("https://x.io/").persist().optional();
    api.get("/a").reply(200);
    api.get("/b").times(1).reply(200);
    for _ in 0..3 {
        assert_eq!(get(&engine, "https://x.io/a").status(), 200);
    }
}

#[test]
fn a_base_alone_registers_nothing_and_is_no_failure() {
    let engine = Engine::new();
    let base = engine.base("https://x.io");
    drop(base);
    engine.verify();
    assert!(engine.is_done());
}

#[test]
fn a_base_of_the_active_engine() {
    let net = standin_core::activate();
    let api = mock::base("x.io");
    api.delete("/a").reply(204);
    assert_eq!(
        ask(&net, Request::new(http::Method::DELETE, "https://x.io/a")).status(),
        204
    );
}

#[test]
fn a_name_is_in_the_report_beside_the_url() {
    let engine = Engine::new();
    engine.get("https://x.io/a").named("the user").reply(200);
    let report = panic_of(|| drop(engine));
    assert!(
        report.contains("the user") && report.contains("https://x.io/a"),
        "{report}"
    );
}

#[test]
fn a_declaration_made_beforehand_can_be_added_to_two_engines_and_twice() {
    let declaration = Declaration::post("https://x.io/a")
        .body_contains("b")
        .reply((201, "done"));
    let (one, two) = (lenient(), lenient());
    let handles: Vec<MockHandle> = vec![
        one.add(declaration.clone()),
        one.add(declaration.clone()),
        two.add(declaration),
    ];
    for engine in [&one, &one, &two] {
        assert_eq!(post(engine, "https://x.io/a", "abc").text(), "done");
    }
    assert!(post(&two, "https://x.io/a", "abc").is_unmatched());
    assert!(handles.iter().all(|handle| handle.count() == 1));
}

#[test]
fn a_declaration_that_cannot_work_is_found_when_it_is_added() {
    let wrong = Declaration::get("https://x.io/a")
        .header("a b", "1")
        .reply(200);
    let engine = Engine::new();
    let error = engine.try_add(wrong.clone()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`a b` cannot be the name of a header"),
        "{error}"
    );
    assert!(error.location().file().ends_with("sharing.rs"));
    assert!(panic_of(|| engine.add(wrong)).contains("this mock cannot work"));
    engine.verify();
}

#[test]
fn a_try_terminal_returns_the_mistake_and_registers_nothing() {
    let engine = Engine::new();
    assert!(engine.get("ftp://x.io/").try_reply(200).is_err());
    assert!(engine.get("https://x.io/").try_reply(99).is_err());
    assert!(standin_core::try_re("[").is_err());
    engine.verify();
    assert!(engine.is_done());
}

#[track_caller]
fn user(engine: &Engine, id: u32) -> MockHandle {
    engine
        .get(format!("https://x.io/users/{id}"))
        .reply(json!({"id": id}))
}

#[test]
fn a_set_up_function_passes_its_callers_line_on() {
    let engine = Engine::new();
    let (mock, here) = (user(&engine, 7), line!());
    assert_eq!(mock.line().location.line, here);
    get(&engine, "https://x.io/users/7");
}
