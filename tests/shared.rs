//! A client in a `static` that tests share, which asks for each of them or says that it cannot: never by another test's mocks.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Barrier, LazyLock, Mutex, OnceLock};
use std::thread;

use reqwest::blocking::Client;
use standin::hyper::{Connector, connector};
use standin::prelude::*;
use tower::{Service, ServiceExt};

const TESTS: usize = 24;

/// As many tests at once, each with its number.
fn at_once(test: impl Fn(usize) + Sync) {
    let barrier = Barrier::new(TESTS);
    thread::scope(|scope| {
        for number in 0..TESTS {
            let (barrier, test) = (&barrier, &test);
            scope.spawn(move || {
                let _net = standin::activate().lenient();
                barrier.wait();
                test(number);
                // What one of them waits for, another may do last.
                barrier.wait();
            });
        }
    });
}

fn causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(|cause| format!("{cause}\n")).collect()
}

/// It asks on a thread of its own, and nothing tells for whom.
#[test]
fn a_blocking_client_with_the_layer_says_what_to_do() {
    static SHARED: LazyLock<Client> = LazyLock::new(|| {
        let client = Client::builder().connector_layer(standin::reqwest::layer());
        client.build().expect("a client")
    });
    at_once(|number| {
        let mocked = mock::get("https://x.io/")
            .optional()
            .reply(format!("{number}"));
        let refused = SHARED
            .get("https://x.io/")
            .send()
            .expect_err("whose is it?");
        let told = causes(&refused);
        assert!(told.contains("in the initialiser of a `static`"), "{told}");
        assert!(told.contains("`layer_for(&net)`"), "{told}");
        mocked.assert_called(0);
    });
}

#[test]
fn an_own_blocking_client_asks_for_its_test() {
    at_once(|number| {
        let own = format!("test {number}");
        mock::get("https://x.io/").times(3).reply(own.clone());
        let client = Client::builder().connector_layer(standin::reqwest::layer());
        let client = client.build().expect("a client");
        for _ in 0..3 {
            let said = client.get("https://x.io/").send().expect("answered");
            assert_eq!(said.text().expect("a body"), own);
        }
    });
}

/// Without a layer the request tells whose it is, where one test alone has a mock that it fits.
#[test]
fn a_blocking_client_under_interception_is_answered_where_the_request_tells() {
    static SHARED: OnceLock<Client> = OnceLock::new();
    at_once(|number| {
        let client = SHARED.get_or_init(Client::new);
        let url = format!("http://shared.example.test/{number}");
        mock::get(&url).times(3).reply(format!("{number}"));
        for _ in 0..3 {
            let said = client.get(&url).send().expect("answered");
            assert_eq!(said.text().expect("a body"), format!("{number}"));
        }
        mock::get("http://same.example.test/")
            .optional()
            .reply(format!("{number}"));
    });
}

#[test]
fn where_the_request_does_not_tell_it_is_refused_and_the_report_says_what_to_do() {
    static SHARED: LazyLock<Client> = LazyLock::new(Client::new);
    let reports = Mutex::new(Vec::new());
    let barrier = Barrier::new(TESTS);
    thread::scope(|scope| {
        for number in 0..TESTS {
            let (barrier, reports) = (&barrier, &reports);
            scope.spawn(move || {
                let net = standin::activate();
                mock::get("http://x.io/").reply(format!("{number}"));
                barrier.wait();
                let refused = SHARED.get("http://x.io/").send();
                assert!(refused.is_err(), "{refused:?}");
                barrier.wait();
                let verified = catch_unwind(AssertUnwindSafe(|| drop(net)));
                let report = verified.expect_err("the mock was not called");
                let report = report.downcast::<String>().expect("text");
                reports.lock().expect("nobody panics").push(*report);
            });
        }
    });
    let reports = reports.into_inner().expect("nobody panics");
    assert_eq!(reports.len(), TESTS);
    for report in reports {
        assert!(
            report.contains("belongs to no test, and the mocks of several could answer"),
            "{report}"
        );
        assert!(report.contains("as nextest does"), "{report}");
    }
}

/// ureq asks on the thread that calls it.
#[test]
fn an_agent_of_ureq_asks_for_the_test_that_calls_it() {
    static SHARED: LazyLock<ureq::Agent> = LazyLock::new(standin::ureq::agent);
    at_once(|number| {
        let own = format!("test {number}");
        mock::get("https://x.io/").times(3).reply(own.clone());
        for _ in 0..3 {
            let mut said = SHARED.get("https://x.io/").call().expect("answered");
            assert_eq!(said.body_mut().read_to_string().expect("a body"), own);
        }
    });
}

/// One that is never cloned has one connection for all who ask, as a channel of tonic has.
#[test]
fn a_connector_is_for_who_clones_it() {
    static SHARED: LazyLock<Mutex<Connector>> = LazyLock::new(|| Mutex::new(connector()));
    at_once(|number| {
        mock::get("https://x.io/")
            .optional()
            .reply(format!("{number}"));
        let uri = || http::Uri::from_static("https://x.io/");
        let connecting = SHARED.lock().expect("nobody panics").call(uri());
        let refused = blocking(connecting).expect_err("whose is it?");
        let told = causes(&*refused);
        assert!(told.contains("as a channel of tonic does"), "{told}");
        let mine = SHARED.lock().expect("nobody panics").clone();
        assert!(blocking(mine.oneshot(uri())).is_ok());
    });
}

fn blocking<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}
