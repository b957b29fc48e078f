//! The user's own code panics: the client is told, the test fails with the message and the line, and other engines go on.

use standin_core::Engine;
use standin_core::prelude::*;

use crate::served::{Served, get, lenient, panic_of, post};

const URL: &str = "https://x.io/a";

fn fails(declare: impl FnOnce(&Engine), message: &str) {
    let (engine, other) = (lenient(), Engine::new());
    declare(&engine);
    other.get(URL).reply(200);
    let Served::Failed(said) = post(&engine, URL, "x") else {
        panic!("it did not fail")
    };
    assert!(
        said.contains(message) && said.contains("panics.rs:"),
        "{said}"
    );
    assert_eq!(get(&other, URL).status(), 200, "another engine goes on");
    let last = engine.calls().last().unwrap().clone();
    assert!(
        matches!(last.outcome(), standin_core::CallOutcome::Panicked(text) if text == message),
        "{last:?}"
    );
    let report = panic_of(|| drop(engine));
    assert!(
        report.contains(message) && report.contains("panics.rs:"),
        "even when lenient: {report}"
    );
}

#[test]
fn a_panic_in_a_closure_fails_verification_even_when_lenient() {
    fails(
        |engine| {
            drop(
                engine
                    .post(URL)
                    .reply(|_: &Request| -> u16 { panic!("in a reply") }),
            )
        },
        "in a reply",
    );
    fails(
        |engine| {
            drop(
                engine
                    .post(URL)
                    .reply(async |_: Request| -> u16 { panic!("in an async reply") }),
            )
        },
        "in an async reply",
    );
    fails(
        |engine| {
            drop(
                engine
                    .post(URL)
                    .optional()
                    .when(|_| panic!("in a matcher"))
                    .reply(200),
            )
        },
        "in a matcher",
    );
    fails(
        |engine| {
            drop(
                engine
                    .post(URL)
                    .optional()
                    .filter(|_| panic!("in a filter"))
                    .reply(200),
            )
        },
        "in a filter",
    );
    fails(
        |engine| {
            drop(
                engine
                    .post(URL)
                    .optional()
                    .map(|_| panic!("in a map"))
                    .reply(200),
            )
        },
        "in a map",
    );
    fails(
        |engine| {
            drop(
                engine
                    .post(URL)
                    .optional()
                    .body(|_: &str| panic!("in a value"))
                    .reply(200),
            )
        },
        "in a value",
    );
    fails(
        |engine| {
            drop(
                engine
                    .post(URL)
                    .on_match(|_| panic!("in an observer"))
                    .reply(200),
            )
        },
        "in an observer",
    );
    fails(
        |engine| {
            drop(
                engine
                    .post("*")
                    .optional()
                    .path(|_: &str| panic!("in a path"))
                    .reply(200),
            )
        },
        "in a path",
    );
}

#[test]
fn a_panic_in_a_hook_of_the_engine_or_its_network_fails_verification() {
    for how in 0..3 {
        let engine = lenient();
        match how {
            0 => engine.filter(|_| panic!("boom")),
            1 => engine.map(|_| panic!("boom")),
            _ => engine.enable_network(|_: &standin_core::Destination| panic!("boom")),
        }
        assert!(matches!(get(&engine, URL), Served::Failed(_)));
        let report = panic_of(|| drop(engine));
        assert!(report.contains("boom"), "{report}");
    }
}

#[test]
fn the_second_half_of_an_async_closure_may_panic_too() {
    let engine = lenient();
    engine.get(URL).reply(async |_: Request| -> u16 {
        std::future::ready(()).await;
        panic!("later")
    });
    assert!(matches!(get(&engine, URL), Served::Failed(said) if said.contains("later")));
    panic_of(|| drop(engine));
}
