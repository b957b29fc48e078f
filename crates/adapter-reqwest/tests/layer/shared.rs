//! A client that several tests use at once, as a `static` of a program is.

use std::sync::{Barrier, LazyLock};
use std::thread;

use standin_core::CallOutcome;
use standin_core::prelude::*;
use tokio::runtime::{Builder, Runtime};

use super::adapter::layer;
use super::client::Client;
use crate::real;

const TESTS: usize = 24;
const ROUNDS: usize = 20;

fn client() -> Client {
    let client = Client::builder().connector_layer(layer()).build();
    client.expect("a client")
}

fn runtime(threads: usize) -> Runtime {
    let mut builder = match threads {
        0 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if threads > 0 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().expect("a runtime")
}

/// One of many tests that ask the same by the same client: every answer is its own, and every call is in its journal.
async fn asks(client: &Client, own: &str, begin: impl FnOnce()) {
    let net = standin_core::activate();
    begin();
    let mocked = mock::get("https://x.io/")
        .times(ROUNDS)
        .reply(own.to_owned());
    for round in 0..ROUNDS {
        let response = client.get("https://x.io/").send().await;
        let response = response.unwrap_or_else(|error| panic!("{own}, {round}: {error:?}"));
        assert_eq!(response.text().await.expect("a body"), own, "{round}");
    }
    assert_eq!(mocked.calls().len(), ROUNDS);
    assert_eq!(net.calls().len(), ROUNDS);
}

fn at_once(client: &Client, threads: usize) {
    let barrier = Barrier::new(TESTS);
    thread::scope(|scope| {
        for number in 0..TESTS {
            let barrier = &barrier;
            scope.spawn(move || {
                let runtime = runtime(threads);
                let own = format!("test {number}");
                runtime.block_on(asks(client, &own, || {
                    barrier.wait();
                }));
            });
        }
    });
}

#[test]
fn tests_at_once_each_have_their_own_answers() {
    static SHARED: LazyLock<Client> = LazyLock::new(client);
    at_once(&SHARED, 0);
}

#[test]
fn on_runtimes_of_several_threads_too() {
    static SHARED: LazyLock<Client> = LazyLock::new(client);
    at_once(&SHARED, 1);
}

/// The first test has connections in the pool when the others come.
#[test]
fn what_the_first_test_kept_answers_no_other() {
    let runtime = runtime(0);
    let net = standin_core::activate();
    let shared = client();
    mock::get("https://x.io/").times(2).reply("first");
    let ask = || async {
        let response = shared.get("https://x.io/").send().await.expect("answered");
        let at = response.remote_addr();
        (response.text().await.expect("a body"), at)
    };
    let (said, first) = runtime.block_on(ask());
    assert_eq!(said, "first");
    let (said, second) = runtime.block_on(ask());
    assert_eq!(said, "first");
    assert!(
        first == second || standin_core::may_run_at_once(),
        "where no other test runs, the pool keeps it"
    );
    // The runtime of the first test runs on, so that its connection lives.
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || runtime.block_on(stopped));
        let second = scope.spawn(|| {
            let runtime = self::runtime(0);
            runtime.block_on(asks(&shared, "second", || {}));
        });
        second.join().expect("its own answers");
        stop.send(()).expect("it waits");
    });
    assert_eq!(net.calls().len(), 2);
}

#[test]
fn a_request_that_passes_through_lets_out_no_other_test() {
    let shared = client();
    let address = real::server(2);
    let url = format!("http://{address}/");
    let runtime = runtime(0);
    let ask = || runtime.block_on(shared.get(&url).send());
    let first = standin_core::activate();
    mock::get("https://x.io/").optional().reply(200);
    drop(ask());
    first.take_unmatched();
    first.enable_network("127.0.0.1");
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let _net = standin_core::activate();
            mock::get(&url).reply("mocked");
            let runtime = self::runtime(0);
            let said = runtime.block_on(async { shared.get(&url).send().await?.text().await });
            assert_eq!(said.expect("answered"), "mocked");
        });
        other.join().expect("its own answer");
    });
    let real = ask().expect("let out");
    assert_eq!(real.status().as_u16(), 299);
    drop(real);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let net = standin_core::activate();
            let runtime = self::runtime(0);
            let refused = runtime
                .block_on(shared.get(&url).send())
                .expect_err("closed");
            assert!(refused.is_connect(), "{refused:?}");
            net.take_unmatched();
        });
        other.join().expect("its own network");
    });
    let passed = first
        .calls()
        .iter()
        .filter(|call| call.outcome() == &CallOutcome::PassedThrough)
        .count();
    assert!(passed > 0);
}

/// Tests that begin one by one, and streams that share a connection: one may be refused, and is told why, and none is answered from
/// another test's mocks.
fn never_anothers(shared: &Client, tests: usize, may_be_refused: bool) {
    let barrier = Barrier::new(tests);
    thread::scope(|scope| {
        for number in 0..tests {
            let barrier = &barrier;
            scope.spawn(move || {
                let own = format!("test {number}");
                barrier.wait();
                runtime(0).block_on(async {
                    let net = standin_core::activate().lenient();
                    mock::get("https://x.io/")
                        .persist()
                        .optional()
                        .reply(own.clone());
                    for _ in 0..ROUNDS {
                        match shared.get("https://x.io/").send().await {
                            Ok(response) => {
                                assert_eq!(response.text().await.expect("a body"), own);
                            }
                            Err(error) => assert!(may_be_refused, "{own}: {error:?}"),
                        }
                    }
                    drop(net);
                });
            });
        }
    });
}

#[test]
fn where_tests_begin_to_share_no_answer_is_anothers() {
    for _ in 0..3 {
        // Only where one test runs in a process does anything stay in the pool that a second one could meet.
        never_anothers(&client(), 4, std::env::var_os("NEXTEST").is_some());
    }
}

#[test]
fn over_http_2_no_answer_is_anothers() {
    let shared = Client::builder()
        .http2_prior_knowledge()
        .connector_layer(layer())
        .build()
        .expect("a client");
    never_anothers(&shared, 4, true);
}
