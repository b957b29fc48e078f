//! Assertions about the calls of a mock, and waiting for them.

use std::thread;

use standin_core::matchers::query;
use standin_core::prelude::*;
use standin_core::{Engine, assert_order};

use crate::served::{get, lenient, panic_of};

const URL: &str = "https://x.io/a";

#[test]
fn assert_called_takes_a_number_or_a_range() {
    let engine = Engine::new();
    let mock = engine.get(URL).times(3).reply(200);
    mock.assert_not_called();
    mock.assert_called(0);
    for _ in 0..3 {
        get(&engine, URL);
    }
    mock.assert_called(3);
    mock.assert_called(2..);
    mock.assert_called(..=3);
    let said = panic_of(|| mock.assert_called(2));
    assert!(
        said.contains("2 calls")
            && said.contains("3 calls")
            && said.contains("#1 GET https://x.io/a"),
        "{said}"
    );
    let said = panic_of(|| mock.assert_not_called());
    assert!(said.contains("counting.rs:"), "{said}");
}

#[test]
fn assert_called_with_says_what_the_last_call_lacks() {
    let engine = Engine::new();
    let mock = engine.get(URL).times(2).reply(200);
    let said = panic_of(|| mock.assert_called_with(query("p", 1)));
    assert!(said.contains("never called"), "{said}");
    get(&engine, "https://x.io/a?p=1");
    get(&engine, "https://x.io/a?p=2");
    mock.assert_called_with(query("p", 1));
    let said = panic_of(|| mock.assert_called_with(query("p", 3)));
    assert!(said.contains("expected 3, received 2"), "{said}");
    let said = panic_of(|| mock.assert_called_with(query("p", re("["))));
    assert!(said.contains("not valid"), "{said}");
}

#[test]
fn last_call_of_a_mock_that_was_never_called_panics() {
    let engine = Engine::new();
    let mock = engine.get(URL).optional().reply(200);
    assert!(panic_of(|| mock.last_call()).contains("never called"));
}

#[test]
fn assert_order_allows_calls_in_between() {
    let engine = Engine::new();
    let a = engine.get("https://x.io/a").times(2).reply(200);
    let b = engine.get("https://x.io/b").reply(200);
    let c = engine.get("https://x.io/c").reply(200);
    for url in ["a", "c", "a", "b"] {
        get(&engine, &format!("https://x.io/{url}"));
    }
    assert_order([&a, &b]);
    assert_order([&a, &c, &b]);
    assert_order([&a, &c, &a, &b]);
    let said = panic_of(|| assert_order([&b, &c]));
    assert!(said.contains("call #4") && said.contains("#2"), "{said}");
}

#[test]
fn assert_order_of_a_mock_that_was_never_called_says_just_that() {
    let engine = Engine::new();
    let a = engine.get("https://x.io/a").optional().reply(200);
    let said = panic_of(|| assert_order([&a]));
    assert!(
        said.contains("never called") && !said.contains("call #0"),
        "{said}"
    );
}

#[test]
fn wait_for_blocks_until_the_calls_have_come() {
    let engine = Engine::new();
    let mock = engine.get(URL).times(2).reply(200);
    mock.wait_for(0).blocking();
    let handle = engine.handle();
    let client = thread::spawn(move || {
        get(&handle, URL);
        get(&handle, URL);
    });
    mock.wait_for(2).blocking();
    mock.assert_called(2);
    client.join().unwrap();
}

#[test]
fn wait_for_within_gives_up() {
    let engine = Engine::new();
    let mock = engine.get(URL).optional().reply(200);
    let error = mock
        .wait_for(1)
        .within(millis(1))
        .try_blocking()
        .unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("1 call") && said.contains("counting.rs:"),
        "{said}"
    );
    assert!(panic_of(|| mock.wait_for(1).within(millis(1)).blocking()).contains("waited"));
}

#[test]
fn a_wait_does_not_outlive_its_engine() {
    let engine = lenient();
    let mock = engine.get(URL).optional().reply(200);
    let waiting = thread::spawn(move || mock.wait_for(1).blocking());
    drop(engine);
    assert!(waiting.join().is_err(), "no call can come any more");
}

#[test]
fn a_wait_ends_when_its_calls_cannot_come_any_more() {
    for how in 0..5 {
        let engine = lenient();
        let _outer = engine.activate();
        let scope = engine.activate();
        // One that can never come is said to be so at once.
        let most = if how == 4 { 1 } else { 2 };
        let mock = engine.get(URL).times(0..=most).reply(200);
        let (waits, wait) = (mock.clone(), mock.wait_for(2));
        let waiting = thread::spawn(move || panic_of(|| wait.blocking()));
        match how {
            0 => mock.remove(),
            1 => engine.remove_all(),
            2 => drop(mock.replace(standin_core::Declaration::get(URL).optional().reply(200))),
            3 => drop(scope),
            _ => drop(get(&engine, URL)),
        }
        let said = waiting.join().unwrap();
        let why = if how == 4 {
            "it has 1 use in all"
        } else {
            "removed"
        };
        assert!(said.contains(why) && said.contains("2 calls"), "{said}");
        let error = waits
            .wait_for(2)
            .within(std::time::Duration::MAX)
            .try_blocking();
        assert!(error.unwrap_err().to_string().contains(why));
    }
}

#[test]
fn a_limit_may_be_longer_than_the_clock_can_tell() {
    let engine = Engine::new();
    let mock = engine.get(URL).reply(200);
    let waits = mock.wait_for(1).within(std::time::Duration::MAX);
    let waiting = thread::spawn(move || waits.try_blocking());
    get(&engine, URL);
    assert_eq!(waiting.join().unwrap(), Ok(()));
}

#[test]
fn a_wait_for_calls_that_have_come_is_content_after_the_end() {
    let engine = Engine::new();
    let mock = engine.get(URL).reply(200);
    get(&engine, URL);
    drop(engine);
    mock.wait_for(1).blocking();
    mock.assert_called(1);
}
