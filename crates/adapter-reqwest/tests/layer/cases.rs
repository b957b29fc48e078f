//! The same cases for each version.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::time::Duration;

use standin_core::prelude::*;
use standin_core::{CallOutcome, Engine};
use standin_reqwest::Error;
use standin_wire::clock;
use tokio::runtime::Builder;

use super::adapter::{layer, layer_for};
use super::client::{Client, StatusCode, Version, blocking, redirect};
use crate::real;

fn client() -> Client {
    let client = Client::builder().connector_layer(layer()).build();
    client.expect("a client")
}

/// The io error behind a client's error.
fn io_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    std::iter::successors(Some(error), |error| (*error).source())
        .find_map(|error| error.downcast_ref())
}

#[tokio::test]
async fn urls_stay_as_they_are() {
    let _net = standin_core::activate();
    let client = client();
    for url in [
        "https://api.github.com/users/7",
        "http://api.github.com/users/7",
        "https://api.github.com:8443/users/7",
        "http://api.github.com:81/users/7",
        "https://192.0.2.7/users/7",
        "http://192.0.2.7:8080/users/7",
        "https://[2001:db8::7]/users/7",
        "http://[2001:db8::7]:8080/users/7",
    ] {
        let mocked = mock::get(url).reply(json!({"id": 7}));
        let response = client.get(url).send().await.expect("answered");
        assert_eq!(response.url().as_str(), url);
        assert_eq!(response.text().await.expect("a body"), r#"{"id":7}"#);
        assert_eq!(mocked.last_call().url().to_string(), url);
    }
}

#[test]
fn a_blocking_client_too() {
    let _net = standin_core::activate();
    mock::get("https://api.github.com/users/7")
        .times(2)
        .reply(json!({"id": 7}));
    let client = blocking::Client::builder()
        .connector_layer(layer())
        .build()
        .expect("a client");
    for _ in 0..2 {
        let response = client
            .get("https://api.github.com/users/7")
            .send()
            .expect("answered");
        assert_eq!(response.text().expect("a body"), r#"{"id":7}"#);
    }
    let refused = client
        .get("https://api.github.com/users/8")
        .send()
        .expect("told");
    assert_eq!(refused.status(), StatusCode::NOT_IMPLEMENTED);
    let net = standin_core::active().expect("it is active");
    assert_eq!(net.take_unmatched().len(), 1);
}

#[tokio::test]
async fn a_mock_of_connections_has_the_bytes() {
    let _net = standin_core::activate();
    mock::tcp("x.io:80").serve(
        script()
            .expect_until("\r\n\r\n", re("^GET /a "))
            .send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
            .close(),
    );
    let response = client().get("http://x.io/a").send().await;
    let said = response.expect("answered").text().await;
    assert_eq!(said.expect("a body"), "hi");
}

#[tokio::test]
async fn http_2_is_spoken_by_prior_knowledge() {
    let _net = standin_core::activate();
    mock::get("https://x.io/").reply("two");
    let client = Client::builder()
        .http2_prior_knowledge()
        .connector_layer(layer())
        .build()
        .expect("a client");
    let response = client.get("https://x.io/").send().await.expect("answered");
    assert_eq!(response.version(), Version::HTTP_2);
    assert_eq!(response.text().await.expect("a body"), "two");
}

/// Where reqwest has TLS, the crates in `clients/` see it negotiated.
#[tokio::test]
async fn without_tls_nothing_is_negotiated_and_the_error_says_so() {
    let _net = standin_core::activate();
    mock::get("https://x.io/").optional().reply("two");
    let client = Client::builder()
        .connector_layer(layer().with_alpn())
        .build()
        .expect("a client");
    let refused = client
        .get("https://x.io/")
        .send()
        .await
        .expect_err("no TLS");
    assert!(refused.is_connect(), "{refused:?}");
    assert!(
        format!("{refused:?}").contains("cannot agree on HTTP/2 by ALPN"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_pool_and_redirects_are_the_clients_own() {
    let net = standin_core::activate();
    mock::get("https://x.io/old").reply(reply(302).header("location", "https://y.io/new"));
    mock::get("https://y.io/new").times(2).reply("moved");
    let client = Client::builder()
        .connector_layer(layer_for(&net))
        .build()
        .expect("a client");
    let response = client
        .get("https://x.io/old")
        .send()
        .await
        .expect("answered");
    assert_eq!(response.url().as_str(), "https://y.io/new");
    let first = response.remote_addr();
    assert_eq!(response.text().await.expect("a body"), "moved");
    let again = client
        .get("https://y.io/new")
        .send()
        .await
        .expect("answered");
    assert_eq!(again.remote_addr(), first, "the pool keeps the connection");

    mock::get("https://x.io/old").reply(reply(302).header("location", "https://y.io/new"));
    let stays = Client::builder()
        .redirect(redirect::Policy::none())
        .connector_layer(layer())
        .build()
        .expect("a client");
    let response = stays
        .get("https://x.io/old")
        .send()
        .await
        .expect("answered");
    assert_eq!(response.status(), StatusCode::FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_delay_takes_no_time_and_the_clients_timeout_does_not_fire() {
    let _net = standin_core::activate_with(clock());
    let client = Client::builder()
        .timeout(Duration::from_secs(60))
        .connector_layer(layer())
        .build()
        .expect("a client");
    mock::get("https://x.io/slow")
        .times(100)
        .reply(reply(200).delay(secs(30)));
    for run in 0..100 {
        let began = tokio::time::Instant::now();
        let sent = client.get("https://x.io/slow").send().await;
        assert!(sent.is_ok(), "run {run}: {sent:?}");
        assert_eq!(began.elapsed().as_secs(), 30, "run {run}");
    }
    mock::get("https://x.io/slow").reply(reply(200).delay(secs(90)));
    let late = client
        .get("https://x.io/slow")
        .send()
        .await
        .expect_err("too late");
    assert!(late.is_timeout(), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn each_connection_keeps_the_paused_time_too() {
    let _net = standin_core::activate_with(clock());
    mock::get("https://x.io/slow")
        .times(100)
        .reply(reply(200).delay(secs(30)));
    for run in 0..100 {
        let client = Client::builder()
            .timeout(Duration::from_secs(60))
            .connect_timeout(Duration::from_secs(5))
            .connector_layer(layer())
            .build()
            .expect("a client");
        let sent = client.get("https://x.io/slow").send().await;
        assert!(sent.is_ok(), "run {run}: {sent:?}");
    }
}

#[tokio::test]
async fn what_no_mock_claims_is_refused_and_fails_verification() {
    let net = standin_core::activate();
    mock::get("https://api.github.com/").optional().reply(200);
    let refused = client()
        .get("https://evil.io:8443/x")
        .send()
        .await
        .expect_err("refused");
    assert!(refused.is_connect(), "{refused:?}");
    let cause = io_error(&refused).expect("an io error");
    assert_eq!(cause.kind(), ErrorKind::ConnectionRefused);
    let told = cause
        .get_ref()
        .and_then(|error| error.downcast_ref::<Error>());
    assert!(matches!(told, Some(Error::Unmatched(_))), "{cause:?}");
    let source = told
        .and_then(|error| error.source())
        .map(ToString::to_string);
    assert!(
        source
            .as_deref()
            .is_some_and(|source| source.contains("evil.io:8443")),
        "{source:?}"
    );
    let calls = net.calls();
    assert_eq!(calls[0].request().method().as_str(), "CONNECT");
    let payload = catch_unwind(AssertUnwindSafe(|| drop(net))).expect_err("verification fails");
    let report = *payload.downcast::<String>().expect("text");
    assert!(
        report.contains("a connection to https://evil.io:8443 matched no mock"),
        "{report}"
    );
    assert!(
        report.contains("`enable_network(\"evil.io:8443\")` lets it out"),
        "{report}"
    );
    assert!(!report.contains("method"), "{report}");
}

#[tokio::test]
async fn what_the_policy_lets_out_is_real() {
    let net = standin_core::activate();
    mock::get("https://x.io/").reply("mocked");
    let address = real::server(1);
    net.enable_network("127.0.0.1");
    net.enable_network("[2001:db8::1]:81");
    let client = Client::builder()
        .no_proxy()
        .connector_layer(layer())
        .build()
        .expect("a client");
    let real = client
        .get(format!("http://{address}/"))
        .send()
        .await
        .expect("real");
    assert_eq!(real.status().as_u16(), 299);
    assert_eq!(real.text().await.expect("a body"), "real");
    assert_eq!(
        client
            .get("https://x.io/")
            .send()
            .await
            .expect("mocked")
            .status(),
        StatusCode::OK
    );
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::PassedThrough);
}

#[tokio::test]
async fn a_single_request_passes_through_where_others_are_mocked() {
    let net = standin_core::activate();
    let address = real::server(3);
    mock::get(format!("http://{address}/mocked"))
        .times(2)
        .reply("mocked");
    let passed = mock::get(format!("http://{address}/real"))
        .times(2)
        .pass_through();
    net.enable_network("127.0.0.1");
    let client = Client::builder()
        .no_proxy()
        .connector_layer(layer())
        .build()
        .expect("a client");
    for (path, text) in [
        ("mocked", "mocked"),
        ("real", "real"),
        ("mocked", "mocked"),
        ("real", "real"),
        ("let-out", "real"),
    ] {
        let asked = client.get(format!("http://{address}/{path}")).send();
        let response = asked.await.expect("answered");
        assert_eq!(response.text().await.expect("a body"), text, "{path}");
    }
    passed.assert_called(2);
    let outcomes = net.calls();
    assert_eq!(outcomes[4].outcome(), &CallOutcome::PassedThrough);
}

#[tokio::test]
async fn a_connect_fails_as_a_mock_declares() {
    let _net = standin_core::activate();
    for (fault, kind) in [
        (Fault::Refused, ErrorKind::ConnectionRefused),
        (Fault::TimedOut, ErrorKind::TimedOut),
        (Fault::ResetOnAccept, ErrorKind::ConnectionReset),
    ] {
        mock::get("https://x.io/").reply(fault.clone());
        let refused = client()
            .get("https://x.io/")
            .send()
            .await
            .expect_err("a fault");
        assert_eq!(
            io_error(&refused).map(io::Error::kind),
            Some(kind),
            "{fault:?}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let net = standin_core::activate();
    mock::get("https://x.io/").reply(Fault::Reset);
    let broken = client()
        .get("https://x.io/")
        .send()
        .await
        .expect_err("it broke");
    assert_eq!(
        io_error(&broken).map(io::Error::kind),
        Some(ErrorKind::ConnectionReset),
        "{broken:?}"
    );
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Faulted);
}

/// A test of its own, as far as a client that is shared can tell.
async fn test(client: &Client, name: &'static str) {
    let net = standin_core::activate();
    mock::get("https://x.io/").times(2).reply(name);
    for _ in 0..2 {
        let response = client.get("https://x.io/").send().await.expect("answered");
        assert_eq!(response.text().await.expect("a body"), name);
    }
    drop(net);
}

#[test]
fn a_shared_client_connects_for_the_test_that_asks() {
    static SHARED: LazyLock<Client> = LazyLock::new(client);
    for name in ["first", "second", "third"] {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(test(&SHARED, name));
    }
}

#[test]
fn a_shared_runtime_keeps_connections_for_the_test_that_asks() {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let shared = client();
    for name in ["first", "second", "third"] {
        runtime.block_on(test(&shared, name));
    }
}

#[test]
fn on_a_shared_runtime_of_several_threads_connections_end_with_their_engine() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let shared = client();
    runtime.block_on(async {
        let net = standin_core::activate();
        mock::get("https://x.io/").reply(200);
        let response = shared.get("https://x.io/").send().await.expect("answered");
        let far_end = response.remote_addr().expect("its address");
        drop(response);
        drop(net);
        // The port is nobody's, and the client's own task sees the end of its connection: whoever asks next connects.
        let refused = tokio::task::spawn_blocking(move || std::net::TcpStream::connect(far_end));
        assert!(refused.await.expect("no panic").is_err());
        let mut asked = shared.get("https://x.io/").send().await;
        while asked.as_ref().is_err_and(|error| !error.is_connect()) {
            asked = shared.get("https://x.io/").send().await;
        }
        let refused = asked.expect_err("nobody is there");
        let cause = io_error(&refused).and_then(|cause| cause.get_ref()?.downcast_ref::<Error>());
        assert!(matches!(cause, Some(Error::NoEngine)), "{refused:?}");
    });
}

#[tokio::test]
async fn without_a_pool_a_shared_client_serves_tests_that_run_at_once() {
    let shared = Client::builder()
        .pool_max_idle_per_host(0)
        .connector_layer(layer())
        .build()
        .expect("a client");
    let (ada, bob) = (Engine::new(), Engine::new());
    for _ in 0..10 {
        for (engine, name) in [(&ada, "ada"), (&bob, "bob")] {
            engine.get("https://x.io/").reply(name);
            let asked = engine.attach(shared.get("https://x.io/").send());
            let response = asked.await.expect("answered");
            assert_eq!(response.text().await.expect("a body"), name);
        }
    }
}

#[tokio::test]
async fn a_given_engine_is_the_only_one() {
    let mine = Engine::new();
    mine.get("https://x.io/").reply("mine");
    let _net = standin_core::activate();
    let client = Client::builder()
        .connector_layer(layer_for(&mine))
        .build()
        .expect("a client");
    let response = client.get("https://x.io/").send().await.expect("answered");
    assert_eq!(response.text().await.expect("a body"), "mine");
}

#[tokio::test]
async fn without_an_engine_nothing_connects() {
    let refused = client()
        .get("https://x.io/")
        .send()
        .await
        .expect_err("no engine");
    let cause = io_error(&refused).expect("an io error");
    let told = cause
        .get_ref()
        .and_then(|error| error.downcast_ref::<Error>());
    assert!(matches!(told, Some(Error::NoEngine)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_connections_at_once_are_not_mixed_up() {
    let engine = Engine::new();
    engine
        .get("https://*.io/{id}")
        .persist()
        .reply(|req: &Request| format!("{} {}", req.host(), req.path()));
    let client = Client::builder()
        .connector_layer(layer_for(&engine))
        .build()
        .expect("a client");
    let asked: Vec<_> = (0..200)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                let url = format!("https://h{}.io/{number}", number % 50);
                let response = client.get(&url).send().await.expect("answered");
                let expected = format!("h{}.io /{number}", number % 50);
                assert_eq!(response.text().await.expect("a body"), expected);
            })
        })
        .collect();
    for one in asked {
        one.await.expect("no panic");
    }
}
