//! The method of a request.

use standin_core::prelude::*;
use standin_core::{Declaration, Engine, Mock};

use crate::served::{lenient, panic_of, send};

const URL: &str = "https://x.io/a";

#[test]
fn each_standard_method_has_a_function_on_an_engine_and_answers_it_alone() {
    type Verb = fn(&Engine, &str) -> Mock;
    let verbs: [(&str, Verb); 8] = [
        ("GET", |e, u| e.get(u)),
        ("POST", |e, u| e.post(u)),
        ("PUT", |e, u| e.put(u)),
        ("PATCH", |e, u| e.patch(u)),
        ("DELETE", |e, u| e.delete(u)),
        ("HEAD", |e, u| e.head(u)),
        ("OPTIONS", |e, u| e.options(u)),
        ("TRACE", |e, u| e.trace(u)),
    ];
    for (method, verb) in verbs {
        let engine = lenient();
        verb(&engine, URL).reply(200);
        for (other, _) in verbs.iter().filter(|(other, _)| *other != method) {
            assert!(
                send(&engine, other, URL).is_unmatched(),
                "{method} answers {other}"
            );
        }
        assert_eq!(send(&engine, method, URL).status(), 200, "{method}");
    }
}

#[test]
fn the_functions_of_mock_declare_on_the_active_engine() {
    let net = standin_core::activate();
    mock::get(URL).reply(201);
    mock::post(URL).reply(202);
    mock::put(URL).reply(203);
    mock::patch(URL).reply(204);
    mock::delete(URL).reply(205);
    mock::head(URL).reply(206);
    mock::options(URL).reply(207);
    mock::trace(URL).reply(208);
    mock::any(URL).reply(209);
    for (at, method) in [
        "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "GET",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(send(&net, method, URL).status(), 201 + at as u16);
    }
}

#[test]
fn get_does_not_match_head() {
    let engine = lenient();
    engine.get(URL).optional().reply(200);
    assert!(send(&engine, "HEAD", URL).is_unmatched());
}

#[test]
fn connect_is_declared_by_its_name() {
    let net = standin_core::activate();
    mock::method("CONNECT", "x.io:443").reply(200);
    assert_eq!(send(&net, "CONNECT", "x.io:443").status(), 200);
}

#[test]
fn standard_methods_are_case_insensitive_in_a_declaration() {
    let engine = Engine::new();
    engine.method("get", URL).reply(200);
    engine.any(URL).methods(["pOsT"]).reply(201);
    assert_eq!(send(&engine, "GET", URL).status(), 200);
    assert_eq!(send(&engine, "POST", URL).status(), 201);
}

#[test]
fn other_methods_keep_their_case() {
    let engine = lenient();
    engine.method("PROPFIND", URL).reply(207);
    assert!(send(&engine, "propfind", URL).is_unmatched());
    assert_eq!(send(&engine, "PROPFIND", URL).status(), 207);
}

#[test]
fn any_answers_every_method() {
    let engine = Engine::new();
    engine.any(URL).times(3).reply(200);
    for method in ["GET", "DELETE", "BREW"] {
        assert_eq!(send(&engine, method, URL).status(), 200);
    }
}

#[test]
fn several_methods_can_be_named() {
    let engine = lenient();
    engine.any(URL).methods(["GET", "HEAD"]).times(2).reply(200);
    engine
        .any(URL)
        .method("PUT")
        .methods(["PATCH"])
        .times(2)
        .reply(201);
    let statuses: Vec<u16> = ["GET", "HEAD", "PUT", "PATCH", "POST"]
        .into_iter()
        .map(|method| send(&engine, method, URL).status())
        .collect();
    assert_eq!(statuses, [200, 200, 201, 201, 0]);
}

#[test]
fn a_method_that_cannot_be_is_a_mistake() {
    let engine = Engine::new();
    let said = panic_of(|| engine.method("GE T", URL).reply(200));
    assert!(said.contains("`GE T` cannot be a method"), "{said}");
}

#[test]
fn no_method_at_all_is_a_mistake() {
    let engine = Engine::new();
    let said = panic_of(|| engine.any(URL).methods([]).reply(200));
    assert!(said.contains("no method"), "{said}");
}

#[test]
fn any_method_can_be_declared_on_a_base_and_without_an_engine() {
    let engine = lenient();
    let api = engine.base("https://x.io/v1").header("x-key", absent());
    api.any("/a")
        .methods(["LOCK", "UNLOCK"])
        .times(2)
        .reply(201);
    api.any("/a").reply(202);
    engine.add(Declaration::method("purge", URL).reply_with(|req| req.method().to_string()));
    engine.add(Declaration::method("LOCK", URL).reply_async(async |_| 203));
    for (method, url, status) in [
        ("LOCK", "https://x.io/v1/a", 201),
        ("GET", "https://x.io/v1/a", 202),
        ("UNLOCK", "https://x.io/v1/a", 201),
        ("purge", URL, 200),
        ("LOCK", URL, 203),
    ] {
        assert_eq!(
            send(&engine, method, url).status(),
            status,
            "{method} {url}"
        );
    }
    let said = panic_of(|| engine.add(Declaration::method("A B", URL).reply(200)));
    assert!(said.contains("methods.rs"), "{said}");
}
