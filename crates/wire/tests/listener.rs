//! A port on loopback, as clients meet it that know nothing of standin.

#![cfg(feature = "listen")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use standin_core::{CallOutcome, Engine, Fault, OwnedEngine, Request, reply, script};
use standin_wire::{Listener, TokioClock, listen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const GET: &[u8] = b"GET /a HTTP/1.1\r\nhost: x.io\r\nconnection: close\r\n\r\n";

fn engine() -> OwnedEngine {
    Engine::with_clock(TokioClock).lenient()
}

fn connect(listener: &Listener) -> TcpStream {
    TcpStream::connect(listener.address()).expect("it listens")
}

fn ask(listener: &Listener, request: &[u8]) -> io::Result<String> {
    let mut client = connect(listener);
    client.write_all(request)?;
    let mut said = Vec::new();
    client.read_to_end(&mut said)?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn without_a_runtime_a_shared_thread_serves() {
    let engine = engine();
    engine.get("/a").times(2).reply("here");
    let listener = Listener::of(&engine);
    let other = Listener::of(&engine);
    for listener in [&listener, &other] {
        assert!(ask(listener, GET).expect("answered").ends_with("here"));
    }
    assert_ne!(listener.url(), other.url());
}

/// With Nagle's algorithm on, as it is unless somebody says otherwise, the second of two writes waits until the first is acknowledged, and
/// the kernel puts that off by the machine's time.
#[tokio::test(start_paused = true)]
async fn paused_time_does_not_run_on_between_two_writes() {
    let engine = engine();
    engine.get("/a").times(100).reply("here");
    let listener = Listener::of(&engine);
    let client = tokio::net::TcpStream::connect(listener.address()).await;
    let mut client = client.expect("it listens");
    for run in 0..100 {
        let asked = async {
            for half in ["GET /a HTTP/1.1\r\n", "host: x.io\r\n\r\n"] {
                client.write_all(half.as_bytes()).await.expect("written");
                tokio::task::yield_now().await;
            }
            let mut said = [0; 512];
            let count = client.read(&mut said).await.expect("an answer");
            assert!(said[..count].ends_with(b"here"));
        };
        let asked = tokio::time::timeout(Duration::from_secs(3), asked).await;
        assert!(asked.is_ok(), "run {run}: the timeout fired early");
    }
}

#[test]
fn mocks_are_declared_by_its_url_too() {
    let engine = engine();
    let listener = Listener::of(&engine);
    engine.get(format!("{}/a", listener.url())).reply("mine");
    let asked = format!(
        "GET /a HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
        listener.address()
    );
    assert!(
        ask(&listener, asked.as_bytes())
            .expect("answered")
            .ends_with("mine")
    );
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
fn it_listens_on_ipv6_when_asked() {
    if TcpStream::connect("[::1]:1")
        .is_err_and(|error| error.kind() != ErrorKind::ConnectionRefused)
    {
        println!("skipped: this machine has no IPv6 on loopback");
        return;
    }
    let engine = engine();
    engine.get("/a").reply("six");
    let listener = Listener::of(&engine);
    assert_eq!(listener.url_v6(), listener.url_v6());
    let address = listener.url_v6();
    let mut client = TcpStream::connect(address.trim_start_matches("http://")).expect("it listens");
    client.write_all(GET).expect("written");
    let mut said = String::new();
    client.read_to_string(&mut said).expect("answered");
    assert!(said.ends_with("six"), "{said}");
    drop(listener);
    let refused = TcpStream::connect(address.trim_start_matches("http://"));
    assert_eq!(
        refused.expect_err("closed").kind(),
        ErrorKind::ConnectionRefused
    );
}

#[test]
fn dropped_its_port_refuses_and_its_connections_end() {
    let engine = engine();
    engine.get("/a").persist().reply(200);
    let listener = Listener::of(&engine);
    let address = listener.address();
    let mut kept = connect(&listener);
    kept.write_all(b"GET /a HTTP/1.1\r\nhost: x.io\r\n\r\n")
        .expect("written");
    let mut said = [0; 64];
    assert!(kept.read(&mut said).expect("answered") > 0);
    drop(listener);
    let refused = TcpStream::connect(address).expect_err("closed");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let mut rest = Vec::new();
    let ended = kept.read_to_end(&mut rest);
    assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    assert_eq!(engine.calls().len(), 1);
}

#[test]
fn a_reset_is_a_reset_and_an_end_is_an_end() {
    let engine = engine();
    engine.get("/a").reply(Fault::Reset);
    engine.get("/a").reply(Fault::Closed);
    let listener = Listener::of(&engine);
    let reset = ask(&listener, GET).expect_err("a reset");
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    assert_eq!(ask(&listener, GET).expect("an end"), "");
}

#[test]
fn a_client_that_leaves_in_the_middle_harms_nothing() {
    let engine = engine();
    engine
        .get("/a")
        .reply(reply(200).delay(Duration::from_secs(3600)));
    engine.post("/a").body("hello").reply(201);
    let listener = Listener::of(&engine);
    let mut leaving = connect(&listener);
    leaving
        .write_all(b"POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 5\r\n\r\nhel")
        .expect("written");
    leaving.shutdown(Shutdown::Both).expect("shut");
    let mut waiting = connect(&listener);
    waiting.write_all(GET).expect("written");
    while engine.calls().is_empty() {
        thread::yield_now();
    }
    drop(waiting);
    assert!(engine.settled_within(Duration::from_secs(60)));
    assert_eq!(engine.calls()[0].outcome(), &CallOutcome::Aborted);
    let said = ask(
        &listener,
        b"POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello",
    );
    assert!(said.expect("answered").starts_with("HTTP/1.1 201"));
}

#[test]
fn what_is_no_request_is_in_the_journal_when_its_client_is_told() {
    for _ in 0..200 {
        let engine = engine();
        let listener = Listener::of(&engine);
        let mut client = connect(&listener);
        client.write_all(b"no request\r\n\r\n").expect("written");
        let mut said = [0; 12];
        client.read_exact(&mut said).expect("answered");
        assert_eq!(&said, b"HTTP/1.1 400");
        let calls = engine.calls();
        assert!(
            matches!(calls[..], [ref call] if matches!(call.outcome(), CallOutcome::Malformed(_))),
            "{calls:?}"
        );
    }
}

#[test]
fn each_listener_has_its_own_engine() {
    let (one, two) = (engine(), engine());
    one.get("/a").reply("one");
    two.get("/a").reply("two");
    let (first, second) = (Listener::of(&one), Listener::of(&two));
    assert!(ask(&second, GET).expect("answered").ends_with("two"));
    assert!(ask(&first, GET).expect("answered").ends_with("one"));
}

#[test]
fn an_ended_engine_answers_nobody() {
    let listener = {
        let net = standin_core::activate();
        let listener = listen();
        net.get("/a").reply("here");
        assert!(ask(&listener, GET).expect("answered").ends_with("here"));
        listener
    };
    assert_eq!(ask(&listener, GET).unwrap_or_default(), "");
}

#[tokio::test]
async fn it_runs_on_the_callers_runtime() {
    let engine = engine();
    engine
        .get("/a")
        .reply(async |_: Request| format!("{:?}", thread::current().id()));
    let listener = Listener::of(&engine);
    let mut client = tokio::net::TcpStream::connect(listener.address())
        .await
        .expect("it listens");
    client.write_all(GET).await.expect("written");
    let mut said = String::new();
    client.read_to_string(&mut said).await.expect("answered");
    assert!(
        said.ends_with(&format!("{:?}", thread::current().id())),
        "{said}"
    );
}

#[test]
fn when_its_runtime_ends_its_port_refuses() {
    let engine = engine();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let listener = runtime.block_on(async { Listener::of(&engine) });
    drop(runtime);
    assert!(TcpStream::connect(listener.address()).is_err());
}

/// What tokio says there is printed, and nobody waits for an answer that cannot come.
#[test]
fn in_a_runtime_without_io_its_port_refuses() {
    let engine = engine();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().expect("a runtime");
    let listener = runtime.block_on(async {
        let listener = Listener::of(&engine);
        tokio::task::yield_now().await;
        listener
    });
    let refused = TcpStream::connect(listener.address()).expect_err("closed");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

/// Nobody has accepted them, and who is given the same socket next does not meet them.
#[test]
fn clients_that_wait_to_be_accepted_end_with_it() {
    let (ended, next) = (engine(), engine());
    next.get("/a").reply("next");
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    // Where time is paused, nobody takes them over.
    let runtime = runtime.enable_all().start_paused(true);
    let runtime = runtime.build().expect("a runtime");
    let listener = {
        let _undriven = runtime.enter();
        Listener::of(&ended)
    };
    let mut waiting: Vec<_> = (0..20).map(|_| connect(&listener)).collect();
    for client in &mut waiting {
        client.write_all(GET).expect("written");
    }
    drop(listener);
    for mut client in waiting {
        let mut said = Vec::new();
        let over = client.read_to_end(&mut said);
        assert!(
            over.is_ok() || over.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset)
        );
        assert!(said.is_empty());
    }
    let listener = Listener::of(&next);
    assert!(ask(&listener, GET).expect("answered").ends_with("next"));
    assert_eq!((ended.calls().len(), next.calls().len()), (0, 1));
}

/// Sockets go from one to the next in no order, and each answers its own.
#[test]
fn listeners_that_begin_and_end_on_many_threads_keep_to_their_own() {
    thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for time in 0..25 {
                    let engine = engine();
                    let said = format!("{thread}/{time}.");
                    engine.get("/a").reply(said.clone());
                    let listener = Listener::of(&engine);
                    let answer = ask(&listener, GET).expect("answered");
                    assert!(answer.ends_with(&said), "{answer}");
                }
            });
        }
    });
}

/// As a client of ureq, or a program that the test waits for.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_blocks_the_runtime_is_answered_by_a_thread_of_ours() {
    let engine = engine();
    let mock = engine.get("/a").times(3);
    mock.reply(|_: &Request| thread::current().name().unwrap_or("").to_owned());
    let listener = Listener::of(&engine);
    for _ in 0..2 {
        let said = ask(&listener, GET).expect("answered");
        assert!(said.ends_with("standin"), "{said}");
    }
    let client = tokio::net::TcpStream::connect(listener.address()).await;
    let mut client = client.expect("it listens");
    client.write_all(GET).await.expect("written");
    let mut said = String::new();
    client.read_to_string(&mut said).await.expect("answered");
    assert!(said.starts_with("HTTP/1.1 200"), "by either: {said}");
    let v6 = listener.url_v6();
    engine.get("/a").reply(200);
    let mut client = TcpStream::connect(v6.trim_start_matches("http://")).expect("it listens");
    client.write_all(GET).expect("written");
    client.read_exact(&mut [0; 12]).expect("answered");
}

/// Time that stands still stays the test's: the client waits for as long as its own timeout lets it, and the test fails without a request.
#[tokio::test(start_paused = true)]
async fn a_client_that_keeps_the_runtime_from_serving_it_is_told_of() {
    let told = |engine: &Engine| engine.report().to_string().contains("blocking client");
    let engine = engine();
    engine.get("/a").optional().reply("here");
    let asked_by_nobody = Listener::of(&engine);
    drop(asked_by_nobody);
    let listener = Listener::of(&engine);
    let client = tokio::net::TcpStream::connect(listener.address()).await;
    let mut client = client.expect("it listens");
    client.write_all(GET).await.expect("written");
    let mut said = String::new();
    client.read_to_string(&mut said).await.expect("answered");
    drop(listener);
    assert!(!told(&engine));

    let listener = Listener::of(&engine);
    let mut blocking = connect(&listener);
    let timeout = Some(Duration::from_millis(50));
    blocking.set_read_timeout(timeout).expect("set");
    blocking.write_all(GET).expect("written");
    assert!(blocking.read(&mut [0; 1]).is_err(), "nobody serves it");
    drop(listener);
    assert!(told(&engine), "{}", engine.report());
}

#[tokio::test]
async fn a_reply_may_end_its_own_listener() {
    let engine = engine();
    let ours = Arc::new(Mutex::new(None::<Listener>));
    let inside = Arc::clone(&ours);
    engine.get("/a").reply(move |_: &Request| {
        drop(inside.lock().expect("no panic").take());
        "too late"
    });
    let listener = Listener::of(&engine);
    let address = listener.address();
    *ours.lock().expect("no panic") = Some(listener);
    let mut client = tokio::net::TcpStream::connect(address)
        .await
        .expect("it listens");
    client.write_all(GET).await.expect("written");
    let mut said = Vec::new();
    let over = client.read_to_end(&mut said).await;
    assert!(over.is_ok() || over.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    let refused = tokio::net::TcpStream::connect(address).await;
    assert_eq!(
        refused.expect_err("closed").kind(),
        ErrorKind::ConnectionRefused
    );
}

#[test]
fn a_mock_of_connections_answers_at_the_port_that_it_names() {
    let engine = engine();
    let listener = Listener::of(&engine);
    let place = listener.address().to_string();
    engine
        .tcp(&place)
        .serve(script().expect("PING\r\n").send("+PONG\r\n").close());
    assert_eq!(ask(&listener, b"PING\r\n").expect("answered"), "+PONG\r\n");
    // Nobody else is there, and its use is spent.
    let reset = ask(&listener, b"PING\r\n").expect_err("turned away");
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    engine.get("/a").reply("requests too");
    assert!(
        ask(&listener, GET)
            .expect("answered")
            .ends_with("requests too")
    );
}
