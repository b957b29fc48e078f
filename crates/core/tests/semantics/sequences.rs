//! Several replies, one for each use.

use standin_core::prelude::*;
use standin_core::{Engine, OwnedEngine};

use crate::served::{ask, get, lenient, panic_of, statuses};

const URL: &str = "https://x.io/a";

fn mistake(declare: impl FnOnce(&OwnedEngine)) -> String {
    let engine = lenient();
    let said = panic_of(|| declare(&engine));
    assert!(engine.pending().is_empty(), "nothing is registered");
    said
}

#[test]
fn a_sequence_of_n_is_exactly_n_uses() {
    let engine = lenient();
    let mock = engine.get(URL).reply([503, 502, 200]);
    assert_eq!(statuses(&engine, URL, 2), [503, 502]);
    assert!(!mock.is_done(), "it asks for all of them");
    assert_eq!(statuses(&engine, URL, 2), [200, 0]);
    assert!(mock.is_done() && mock.is_spent());
}

#[test]
fn what_does_not_match_leaves_a_sequence_where_it_is() {
    let engine = lenient();
    engine.get(URL).header("x-try", present()).reply([503, 200]);
    let again = || Request::get(URL).with_header("x-try", "1");
    assert_eq!(ask(&engine, again()).status(), 503);
    assert_eq!(statuses(&engine, URL, 2), [0, 0]);
    assert_eq!(ask(&engine, again()).status(), 200);
}

#[test]
fn a_vec_is_a_sequence() {
    let engine = Engine::new();
    engine.get(URL).reply(vec!["one", "two"]);
    assert_eq!(get(&engine, URL).text(), "one");
    assert_eq!(get(&engine, URL).text(), "two");
}

#[test]
fn a_sequence_may_mix_kinds() {
    let engine = Engine::new();
    engine.get(URL).reply(replies![
        Fault::Reset,
        503,
        json!({"ok": true}),
        |req: &Request| req.path().to_owned(),
        async |req: Request| (201, req.path().to_owned()),
        reply(204)
    ]);
    assert_eq!(get(&engine, URL).fault(), Some(Fault::Reset));
    assert_eq!(get(&engine, URL).status(), 503);
    assert_eq!(get(&engine, URL).text(), r#"{"ok":true}"#);
    assert_eq!(get(&engine, URL).text(), "/a");
    assert_eq!(get(&engine, URL).status(), 201);
    assert_eq!(get(&engine, URL).status(), 204);
}

#[test]
fn with_persist_the_last_repeats_and_all_are_asked_for() {
    let engine = Engine::new();
    let mock = engine.get(URL).persist().reply([503, 200]);
    get(&engine, URL);
    assert!(!mock.is_done(), "at least n");
    assert_eq!(statuses(&engine, URL, 4), [200; 4]);
    assert!(mock.is_done());
}

#[test]
fn a_larger_maximum_repeats_the_last() {
    let engine = lenient();
    engine.get(URL).times(4).reply([503, 200]);
    assert_eq!(statuses(&engine, URL, 5), [503, 200, 200, 200, 0]);
}

#[test]
fn a_smaller_maximum_is_a_mistake() {
    let said = mistake(|engine| drop(engine.get(URL).times(2).reply([503, 502, 200])));
    assert!(
        said.contains("a sequence of 3 replies") && said.contains("leave `times` out"),
        "{said}"
    );
}

#[test]
fn an_empty_sequence_is_a_mistake() {
    let said = mistake(|engine| drop(engine.get(URL).reply(Vec::<u16>::new())));
    assert!(said.contains("empty sequence"), "{said}");
}

#[test]
fn cycle_begins_again_with_times() {
    let engine = lenient();
    engine.get(URL).times(5).cycle().reply([201, 202]);
    assert_eq!(statuses(&engine, URL, 6), [201, 202, 201, 202, 201, 0]);
}

#[test]
fn cycle_begins_again_with_persist() {
    let engine = Engine::new();
    engine.get(URL).persist().cycle().reply([201, 202]);
    assert_eq!(statuses(&engine, URL, 5), [201, 202, 201, 202, 201]);
}

#[test]
fn cycle_without_an_end_is_a_mistake() {
    let said = mistake(|engine| drop(engine.get(URL).cycle().reply([201, 202])));
    assert!(
        said.contains("times(n)") && said.contains("persist()"),
        "{said}"
    );
}

#[test]
fn cycle_of_a_single_reply_is_a_mistake() {
    let said = mistake(|engine| drop(engine.get(URL).persist().cycle().reply(200)));
    assert!(said.contains("give it an array"), "{said}");
}

#[test]
fn optional_leaves_a_sequence_its_length() {
    let engine = lenient();
    let mock = engine.get(URL).optional().reply([201, 202]);
    assert!(mock.is_done());
    assert_eq!(statuses(&engine, URL, 3), [201, 202, 0]);
}

#[test]
fn a_closure_in_a_sequence_cannot_decline() {
    let engine = lenient();
    engine
        .get(URL)
        .reply(replies![200, |_: &Request| None::<u16>]);
    get(&engine, URL);
    assert!(format!("{:?}", get(&engine, URL)).contains("cannot decline"));
    panic_of(|| drop(engine));
}
