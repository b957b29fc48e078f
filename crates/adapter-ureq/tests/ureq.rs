//! What a user of ureq meets: its own redirects, pool and timeouts, over connections that end at mocks.

use std::error::Error as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::LazyLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use standin_core::prelude::*;
use standin_core::{CallOutcome, Engine, activate};
use standin_ureq::{Error, agent, agent_with, connector_for, resolver};
use ureq::Timeout;
use ureq::config::Config;

const URL: &str = "https://api.github.com/users/7";

fn text(url: &str) -> String {
    let mut response = agent().get(url).call().expect("answered");
    response.body_mut().read_to_string().expect("text")
}

fn short() -> Option<Duration> {
    Some(Duration::from_millis(200))
}

#[test]
fn a_hard_coded_https_url_is_answered() {
    let _net = activate();
    let user = mock::get(URL)
        .header("accept", "application/json")
        .reply(json!({"id": 7}));
    let response = agent().get(URL).header("accept", "application/json").call();
    let said = response.expect("answered").into_body().read_to_string();
    assert_eq!(said.expect("text"), r#"{"id":7}"#);
    assert_eq!(user.last_call().url(), URL);
}

#[test]
fn a_mock_of_connections_has_the_bytes() {
    let _net = activate();
    mock::tcp("x.io:80").serve(
        script()
            .expect_until("\r\n\r\n", re("^GET /a "))
            .send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi")
            .close(),
    );
    assert_eq!(text("http://x.io/a"), "hi");
}

#[test]
fn ports_addresses_and_plain_http_are_hosts_as_others() {
    let _net = activate();
    for url in [
        "http://x.io/",
        "https://x.io:8443/",
        "http://192.0.2.7:81/a",
        "https://[2001:db8::1]/",
    ] {
        mock::get(url).reply(url);
        assert_eq!(text(url), url);
    }
}

#[test]
fn ureq_follows_redirects_and_sends_what_it_does() {
    let _net = activate();
    mock::post("https://x.io/orders").body("A1").reply(
        reply(303)
            .header("location", "https://y.io/orders/8")
            .body("see there"),
    );
    mock::get("https://y.io/orders/8")
        .header("user-agent", re("^ureq/"))
        .reply("order 8");
    let response = agent().post("https://x.io/orders").send("A1");
    let said = response.expect("answered").into_body().read_to_string();
    assert_eq!(said.expect("text"), "order 8");
}

#[test]
fn a_pool_decides_for_each_request() {
    let _net = activate();
    let agent = agent();
    mock::get(URL).reply(["one", "two"]);
    for expected in ["one", "two"] {
        let mut response = agent.get(URL).call().expect("answered");
        let said = response.body_mut().read_to_string().expect("text");
        assert_eq!(said, expected);
    }
    mock::get("https://api.github.com/zen").reply(204);
    let response = agent.get("https://api.github.com/zen").call();
    assert_eq!(response.expect("answered").status(), 204);
}

#[test]
fn a_pool_that_tests_share_keeps_them_apart() {
    static AGENT: LazyLock<ureq::Agent> = LazyLock::new(agent);
    let ask = |name: &'static str| {
        let mut response = AGENT.get(URL).call().expect("answered");
        assert_eq!(response.body_mut().read_to_string().expect("text"), name);
    };
    LazyLock::force(&AGENT);
    let (tell, told) = channel::<()>();
    let (end, ended) = channel::<()>();
    let other = thread::spawn(move || {
        let _net = activate();
        mock::get(URL).times(2).reply("other");
        ask("other");
        tell.send(()).expect("it waits");
        ended.recv().expect("it ends");
        ask("other");
    });
    told.recv().expect("it asked");
    let _net = activate();
    mock::get(URL).times(2).reply("mine");
    ask("mine");
    ask("mine");
    end.send(()).expect("it waits");
    other.join().expect("no panic");
}

#[test]
fn a_delay_beyond_a_timeout_is_that_timeout() {
    let net = activate();
    mock::get(URL)
        .times(3)
        .reply(reply(200).delay(secs(30)).body("late"));
    let config = || ureq::Agent::config_builder();
    for (config, reason) in [
        (config().timeout_global(short()), Timeout::Global),
        (config().timeout_per_read(short()), Timeout::PerRead),
        (
            config().timeout_recv_response(short()),
            Timeout::RecvResponse,
        ),
    ] {
        match agent_with(config.build()).get(URL).call() {
            Err(ureq::Error::Timeout(timeout)) => assert_eq!(timeout, reason),
            other => panic!("not a timeout: {other:?}"),
        }
    }
    let outcomes = net.calls();
    assert!(
        outcomes
            .iter()
            .all(|call| call.outcome() == &CallOutcome::Aborted)
    );
}

#[test]
fn a_delay_within_the_timeout_is_waited_for() {
    let _net = activate();
    mock::get(URL).reply(reply(200).body("slow").delay(Duration::from_millis(30)));
    let config = ureq::Agent::config_builder().timeout_global(Some(secs(60)));
    let mut response = agent_with(config.build())
        .get(URL)
        .call()
        .expect("answered");
    assert_eq!(response.body_mut().read_to_string().expect("text"), "slow");
}

#[test]
fn what_a_client_meets_that_connects_is_met() {
    let net = activate();
    mock::get("https://nowhere.io/").reply(Fault::Refused);
    match agent().get("https://nowhere.io/").call() {
        Err(ureq::Error::Io(error)) => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Faulted);
    let config = ureq::Agent::config_builder().timeout_connect(short());
    mock::get(URL).reply(reply(200).connect_delay(secs(30)));
    let refused = agent_with(config.build()).get(URL).call();
    assert!(
        matches!(refused, Err(ureq::Error::Timeout(Timeout::Connect))),
        "{refused:?}"
    );
    net.remove_all();
}

#[test]
fn a_body_comes_in_pieces_while_the_test_writes_it() {
    let _net = activate();
    let feed = Feed::new();
    mock::get(URL).reply(&feed);
    feed.send("one ");
    let mut response = agent().get(URL).call().expect("a head");
    let mut reader = response.body_mut().as_reader();
    let mut first = [0; 4];
    reader.read_exact(&mut first).expect("a piece");
    assert_eq!(&first, b"one ");
    let writing = thread::spawn(move || {
        feed.send("two");
        feed.end();
    });
    let mut rest = String::new();
    reader.read_to_string(&mut rest).expect("the rest");
    assert_eq!(rest, "two");
    writing.join().expect("no panic");
}

#[test]
fn a_gate_is_opened_by_another_thread() {
    let _net = activate();
    let gate = Gate::new();
    let held = mock::get(URL).reply(reply(200).body("held").hold(&gate));
    let agent = agent();
    let asked = thread::spawn(move || agent.get(URL).call()?.body_mut().read_to_string());
    held.wait_for(1).within(secs(60)).blocking();
    assert!(!asked.is_finished());
    gate.open();
    let said = asked.join().expect("no panic").expect("answered");
    assert_eq!(said, "held");
}

#[test]
fn faults_are_io_errors_of_their_kind() {
    let _net = activate();
    for (fault, kind) in [
        (Fault::Reset, ErrorKind::ConnectionReset),
        (Fault::Closed, ErrorKind::UnexpectedEof),
        (Fault::BrokenPipe, ErrorKind::BrokenPipe),
    ] {
        mock::get(URL).reply(fault);
        match agent().get(URL).call() {
            Err(ureq::Error::Io(error)) => assert_eq!(error.kind(), kind),
            other => panic!("no error of io: {other:?}"),
        }
    }
}

#[test]
fn an_agent_that_is_shut_down_leaves_a_hanging_reply() {
    let _net = activate();
    let hang = mock::get(URL).reply(Fault::Hang);
    let agent = agent();
    let asking = agent.clone();
    let asked = thread::spawn(move || asking.get(URL).call());
    hang.wait_for(1).within(secs(60)).blocking();
    agent.shutdown();
    match asked.join().expect("no panic") {
        Err(ureq::Error::Io(error)) => assert_eq!(error.kind(), ErrorKind::NotConnected),
        other => panic!("no error of io: {other:?}"),
    }
}

#[test]
fn what_no_mock_could_answer_is_refused_in_words() {
    let net = activate();
    mock::get(URL).optional().reply(200);
    let Err(ureq::Error::Io(error)) = agent().get("https://api.githib.com/users/7").call() else {
        panic!("not refused");
    };
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(
        error.to_string().contains("https://api.githib.com"),
        "{error}"
    );
    let source = error.source().and_then(|cause| cause.downcast_ref());
    assert!(matches!(source, Some(Error::Unmatched(_))));
    assert_eq!(net.take_unmatched().len(), 1);
}

#[test]
fn what_no_mock_matches_is_501_with_the_report() {
    let net = activate();
    mock::get(URL)
        .header("accept", "text/html")
        .optional()
        .reply(200);
    let refused = agent().get(URL).call();
    assert!(
        matches!(refused, Err(ureq::Error::StatusCode(501))),
        "{refused:?}"
    );
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let mut told = agent_with(config.build())
        .get(URL)
        .call()
        .expect("answered");
    let report = told.body_mut().read_to_string().expect("text");
    assert!(
        report.contains("expected text/html") && report.contains("ureq.rs"),
        "{report}"
    );
    assert_eq!(net.take_unmatched().len(), 2);
}

#[test]
fn without_an_engine_the_error_says_what_to_write() {
    let Err(refused) = agent().get(URL).call() else {
        panic!("not refused");
    };
    assert!(
        refused.to_string().contains("standin::activate()"),
        "{refused}"
    );
}

#[test]
fn an_engine_of_its_own_is_given() {
    let engine = Engine::new();
    engine.get(URL).reply(204);
    let agent = ureq::Agent::with_parts(Config::default(), connector_for(&engine), resolver());
    assert_eq!(agent.get(URL).call().expect("answered").status(), 204);
}

#[test]
fn a_proxy_of_the_environment_is_not_on_the_way_to_a_mock() {
    let _net = activate();
    mock::get(URL).reply(204);
    let proxy = ureq::Proxy::new("http://127.0.0.1:1").expect("a URL");
    let config = ureq::Agent::config_builder().proxy(Some(proxy)).build();
    let response = agent_with(config).get(URL).call();
    assert_eq!(response.expect("answered").status(), 204);
}

#[test]
fn uploads_of_any_size_arrive_and_a_refusal_needs_none_of_them() {
    let _net = activate();
    let upload = vec![b'x'; 8 << 20];
    mock::put(URL).reply(|req: &Request| req.body().len().to_string());
    let mut response = agent().put(URL).send(&upload[..]).expect("answered");
    let said = response.body_mut().read_to_string().expect("text");
    assert_eq!(said, upload.len().to_string());
    mock::put(URL).times(3).reply(413);
    let asks = |put: ureq::RequestBuilder<_>| put.header("expect", "100-continue");
    let odd = |put: ureq::RequestBuilder<_>| put.header("expect", "nothing");
    for put in [
        agent().put(URL),
        asks(agent().put(URL)),
        odd(agent().put(URL)),
    ] {
        let refused = put.send(&upload[..]);
        assert!(
            matches!(refused, Err(ureq::Error::StatusCode(413))),
            "{refused:?}"
        );
    }
}

#[test]
fn a_long_reply_is_read_in_pieces() {
    let _net = activate();
    let long = vec![b'y'; 4 << 20];
    mock::get(URL).reply(long.clone());
    let mut response = agent().get(URL).call().expect("answered");
    let mut read = Vec::new();
    let mut reader = response.body_mut().as_reader();
    reader.read_to_end(&mut read).expect("whole");
    assert!(read == long);
}

/// The real network, as far as these tests go: answers each connection, and keeps it open.
fn real_server(answers: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            for _ in 0..answers {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read(&mut byte).unwrap_or(0) == 0 {
                        break;
                    }
                    head.extend(byte);
                }
                let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nreal");
            }
        }
    });
    address
}

#[test]
fn what_the_policy_lets_out_is_real_until_it_is_mocked() {
    let net = activate();
    let address = real_server(8);
    net.enable_network("127.0.0.1");
    let url = format!("http://{address}/");
    let agent = agent();
    for expected in ["real", "real", "mocked"] {
        if expected == "mocked" {
            mock::get(url.as_str()).reply("mocked");
        }
        let mut response = agent.get(&url).call().expect("answered");
        let said = response.body_mut().read_to_string().expect("text");
        assert_eq!(said, expected);
    }
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::PassedThrough);
}

#[test]
fn a_single_request_passes_through_beside_mocks() {
    let net = activate();
    let url = format!("http://{}", real_server(1));
    mock::get(format!("{url}/mocked")).times(2).reply("mocked");
    mock::get(format!("{url}/real")).pass_through();
    let agent = agent();
    for path in ["mocked", "real", "mocked"] {
        let mut response = agent.get(format!("{url}/{path}")).call().expect("answered");
        let said = response.body_mut().read_to_string().expect("text");
        assert_eq!(said, path);
    }
    assert_eq!(net.calls()[1].outcome(), &CallOutcome::PassedThrough);
}

#[test]
fn names_that_the_policy_lets_out_are_looked_up() {
    let net = activate();
    let address = real_server(1);
    net.enable_network("localhost");
    let url = format!("http://localhost:{}/", address.port());
    assert_eq!(text(&url), "real");
}
