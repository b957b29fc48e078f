//! What is set in a scope ends with it, and what went wrong in it is told once, where it is left.

use standin_core::prelude::*;
use standin_core::{Engine, Outcome, Step, activate};

use crate::served::{Served, ask, get, lenient, panic_of};

const URL: &str = "https://x.io/a";

fn passes(engine: &Engine, url: &str) -> bool {
    matches!(get(engine, url), Served::Passed)
}

#[test]
fn a_network_that_an_inner_scope_opened_closes_with_it() {
    let net = activate().lenient();
    net.enable_network("outer.io");
    {
        let _inner = activate().lenient();
        net.enable_network("x.io");
        assert!(passes(&net, URL) && passes(&net, "https://outer.io/"));
    }
    assert!(!passes(&net, URL));
    assert!(passes(&net, "https://outer.io/"));
}

#[test]
fn a_network_that_an_inner_scope_closed_opens_again_with_its_end() {
    let net = activate().lenient();
    net.enable_network(any());
    {
        let inner = activate().lenient();
        inner.disable_network();
        assert!(!passes(&net, URL));
        inner.enable_network("x.io");
        assert!(passes(&net, URL) && !passes(&net, "https://y.io/"));
        inner.disable_network();
        assert!(!passes(&net, URL));
    }
    assert!(passes(&net, URL));
    net.disable_network();
    assert!(!passes(&net, URL));
}

#[test]
fn filters_and_maps_of_an_inner_scope_end_with_it() {
    let net = activate().lenient();
    mock::get(URL)
        .persist()
        .reply_with(|r| r.header("x-by").unwrap_or("nobody").to_owned());
    net.map(|request| *request = request.clone().with_header("x-by", "outer"));
    let by = || ask(&net, Request::get(URL));
    {
        let inner = activate().lenient();
        inner.map(|request| *request = request.clone().with_header("x-by", "inner"));
        assert_eq!(by().text(), "outer", "the first of its values");
        inner.filter(|_| false);
        assert!(by().is_unmatched());
    }
    assert_eq!(by().text(), "outer");
    let seen = net
        .calls()
        .last()
        .unwrap()
        .headers()
        .get_all("x-by")
        .iter()
        .count();
    assert_eq!(seen, 1, "the inner map is gone");
}

#[test]
fn leniency_of_an_inner_scope_ends_with_it() {
    let net = activate();
    {
        let inner = activate();
        inner.set_lenient(true);
        get(&net, URL);
    }
    {
        let inner = activate().lenient();
        inner.set_lenient(false);
        get(&net, URL);
        assert!(panic_of(|| drop(inner)).contains(URL));
    }
    get(&net, URL);
    let said = panic_of(|| drop(net));
    assert!(said.contains(URL) && !said.contains("x2"), "{said}");
}

#[test]
fn a_scope_of_a_lenient_engine_may_be_strict() {
    let net = activate().lenient();
    let inner = activate();
    inner.set_lenient(false);
    get(&net, URL);
    assert!(panic_of(|| drop(inner)).contains(URL));
}

#[test]
fn a_closure_that_fails_in_a_scope_is_told_by_that_scope_and_once() {
    type Broken = fn(&Request) -> Result<u16, std::io::Error>;
    let outer = activate();
    let inner = activate();
    let broken: Broken = |_| Err(std::io::Error::other("no database"));
    mock::get(URL).reply(broken);
    get(&outer, URL);
    let said = panic_of(|| drop(inner));
    assert_eq!(said.matches("no database").count(), 1, "{said}");
    drop(outer);
}

#[test]
fn an_outer_mock_whose_closure_panicked_in_a_scope_is_told_there_and_once() {
    let outer = activate();
    mock::get(URL).when(|_| panic!("oh no")).reply(200);
    let inner = activate();
    get(&outer, URL);
    let said = panic_of(|| drop(inner));
    assert_eq!(said.matches("oh no").count(), 1, "{said}");
    drop(outer);
}

#[test]
fn a_builder_without_a_terminal_is_told_by_its_scope_and_once() {
    let outer = activate();
    let inner = activate();
    drop(mock::get(URL));
    let said = panic_of(|| drop(inner));
    assert!(said.contains(&format!("mock::get(\"{URL}\")")), "{said}");
    drop(mock::get("https://outer.io/"));
    let said = panic_of(|| drop(outer));
    assert!(said.contains("outer.io") && !said.contains(URL), "{said}");
}

#[test]
fn an_async_closure_that_fails_after_its_scope_is_told_by_the_engine_and_once() {
    let outer = activate();
    let inner = activate();
    mock::get(URL).reply(async |_: Request| Err::<u16, _>(std::io::Error::other("too late")));
    let mut exchange = outer.admit_whole(Request::get(URL));
    let Step::Await(awaiting) = exchange.step() else {
        panic!("it is async")
    };
    drop(inner);
    let mut awaiting = std::pin::pin!(awaiting);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(awaited) = awaiting.as_mut().poll(&mut cx) else {
        panic!("it is ready")
    };
    exchange.resume(awaited);
    assert!(matches!(exchange.step(), Step::Decided(Outcome::Failed(_))));
    let said = panic_of(|| drop(outer));
    assert_eq!(said.matches("too late").count(), 1, "{said}");
}

#[test]
fn settings_of_an_owned_engine_are_of_all_of_it() {
    let engine = lenient();
    {
        let _active = engine.activate();
        engine.enable_network("x.io");
    }
    assert!(passes(&engine, URL));
}
