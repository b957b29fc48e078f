//! A client that several tests use at once, as a `static` of a program is: each is answered by its own mocks, or told that it cannot be.

#![cfg(feature = "hyper")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, LazyLock};
use std::thread;

use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use standin_core::prelude::*;
use standin_hyper::{Connector, connector, connector_for};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

type Body = Empty<bytes::Bytes>;
type Shared = Client<Connector, Body>;

const TESTS: usize = 24;
const ROUNDS: usize = 20;
const URL: &str = "https://x.io/";

fn client(is_http2: bool) -> Shared {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.http2_only(is_http2).build(connector())
}

/// Of one thread, or of as many more.
fn runtime(workers: usize) -> Runtime {
    let mut builder = match workers {
        0 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if workers > 0 {
        builder.worker_threads(workers);
    }
    builder.enable_all().build().expect("a runtime")
}

async fn get(client: &Shared) -> String {
    let request = Request::get(URL).body(Body::new()).expect("a request");
    let response = client.request(request).await;
    let response = response.unwrap_or_else(|error| panic!("{error:?}"));
    let body = response.into_body().collect().await.expect("a body");
    String::from_utf8(body.to_bytes().into()).expect("text")
}

/// As many tests ask the same by the same client, and each has another answer.
fn at_once(client: &Shared, workers: usize, is_spawned: bool) {
    let barrier = Barrier::new(TESTS);
    thread::scope(|scope| {
        for number in 0..TESTS {
            let barrier = &barrier;
            scope.spawn(move || {
                let own = format!("test {number}");
                let net = standin_core::activate();
                let mocked = mock::get(URL).times(ROUNDS).reply(own.clone());
                barrier.wait();
                runtime(workers).block_on(async {
                    for round in 0..ROUNDS {
                        let said = match is_spawned {
                            true => spawned(client).await,
                            false => get(client).await,
                        };
                        assert_eq!(said, own, "round {round}");
                    }
                });
                assert_eq!((mocked.calls().len(), net.calls().len()), (ROUNDS, ROUNDS));
            });
        }
    });
}

/// The clone knows whose it is on a thread that does not.
async fn spawned(client: &Shared) -> String {
    let mine = client.clone();
    let asked = tokio::spawn(async move { get(&mine).await });
    asked.await.expect("no panic")
}

#[test]
fn tests_at_once_each_have_their_own_answers() {
    static SHARED: LazyLock<Shared> = LazyLock::new(|| client(false));
    at_once(&SHARED, 0, false);
}

#[test]
fn on_runtimes_of_several_threads_too() {
    static SHARED: LazyLock<Shared> = LazyLock::new(|| client(false));
    at_once(&SHARED, 2, true);
}

#[test]
fn over_http_2_too() {
    static SHARED: LazyLock<Shared> = LazyLock::new(|| client(true));
    at_once(&SHARED, 0, false);
}

#[test]
fn made_in_one_test_it_asks_for_another() {
    let first = standin_core::activate();
    let shared = client(false);
    mock::get(URL).times(2).reply("first");
    let runtime = runtime(0);
    assert_eq!(runtime.block_on(get(&shared)), "first");
    // The runtime of the first test runs on, so that a connection that its pool has kept lives.
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            runtime
                .block_on(stopped)
                .expect("the other is done or panicked")
        });
        let shared = &shared;
        let other = scope.spawn(move || {
            let _net = standin_core::activate();
            mock::get(URL).reply("second");
            let said = self::runtime(0).block_on(get(shared));
            stop.send(()).expect("it waits");
            assert_eq!(said, "second");
        });
        other.join().expect("its own answer");
    });
    assert_eq!(runtime.block_on(get(&shared)), "first");
    assert_eq!(first.calls().len(), 2);
}

#[test]
fn a_service_that_tests_share_asks_for_the_test_that_asks() {
    let _first = standin_core::activate();
    let shared = standin_hyper::service();
    mock::get(URL).optional().reply("first");
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let _net = standin_core::activate();
            mock::get(URL).reply("second");
            let request = Request::get(URL).body(Body::new()).expect("a request");
            let response = runtime(0).block_on(shared.clone().oneshot(request));
            let body = response.expect("answered").into_body();
            let body = runtime(0).block_on(body.collect()).expect("a body");
            assert_eq!(body.to_bytes(), "second");
        });
        other.join().expect("its own answer");
    });
}

/// How many connections three requests take.
fn connections(connector: Connector) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let counting = tower::service_fn(move |uri| {
        counted.fetch_add(1, Ordering::SeqCst);
        connector.clone().oneshot(uri)
    });
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build(counting);
    runtime(0).block_on(async {
        for _ in 0..3 {
            let request = Request::get(URL).body(Body::new()).expect("a request");
            let response = client.request(request).await.expect("answered");
            response.into_body().collect().await.expect("a body");
        }
    });
    count.load(Ordering::SeqCst)
}

#[test]
fn a_pool_is_as_it_is_where_nobody_can_share_it() {
    let net = standin_core::activate();
    mock::get(URL).times(6).reply("mine");
    assert_eq!(connections(connector_for(&net)), 1);
    let kept = connections(connector());
    match standin_core::may_run_at_once() {
        true => assert_eq!(kept, 3),
        false => assert_eq!(kept, 1),
    }
}
