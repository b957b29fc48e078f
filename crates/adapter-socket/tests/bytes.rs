//! Bytes that are no HTTP, from clients that know nothing of standin.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use clients::start;
use standin_core::prelude::*;
use standin_core::{CallOutcome, Guard, Said};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const BY_NAME: &str = "redis.standin.test:6379";
const BY_ADDRESS: &str = "93.184.216.34:6379";

/// All that is heard until the other side closes.
fn heard(stream: &mut TcpStream) -> String {
    let mut heard = String::new();
    stream.read_to_string(&mut heard).expect("text");
    heard
}

/// What a test that fails with this guard says.
fn report_of(net: Guard) -> String {
    let failed = catch_unwind(AssertUnwindSafe(|| drop(net))).expect_err("it fails");
    failed.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn a_script_is_played_by_name_and_by_address() {
    let net = start();
    for place in [BY_NAME, BY_ADDRESS, "[2001:db8::7]:6379", "127.0.0.1:6379"] {
        let redis = mock::tcp(place).serve(script().expect("PING\r\n").send("+PONG\r\n").close());
        let mut stream = TcpStream::connect(place).expect("connected");
        stream.write_all(b"PING\r\n").expect("written");
        assert_eq!(heard(&mut stream), "+PONG\r\n", "{place}");
        let said = [
            Said::Client("PING\r\n".into()),
            Said::Mock("+PONG\r\n".into()),
        ];
        assert_eq!(redis.last_call().conversation(), said);
    }
    let calls = net.calls();
    let mut outcomes = calls.iter().map(|call| call.outcome().clone());
    assert!(outcomes.all(|outcome| outcome == CallOutcome::Answered));
}

#[test]
fn a_server_that_speaks_first_does() {
    let _net = start();
    mock::tcp("smtp.standin.test:25").serve(
        script()
            .send("220 ready\r\n")
            .expect_line(re("^EHLO "))
            .send("250 hello\r\n")
            .close(),
    );
    let mut stream = TcpStream::connect("smtp.standin.test:25").expect("connected");
    let mut greeting = [0; 11];
    stream.read_exact(&mut greeting).expect("a greeting");
    assert_eq!(&greeting, b"220 ready\r\n");
    stream.write_all(b"EHLO me\r\n").expect("written");
    assert_eq!(heard(&mut stream), "250 hello\r\n");
}

#[test]
fn what_is_said_last_counts_though_nobody_waits_for_an_answer() {
    for _ in 0..200 {
        let _net = start();
        mock::tcp(BY_NAME).serve(script().expect("QUIT\r\n"));
        let mut stream = TcpStream::connect(BY_NAME).expect("connected");
        stream.write_all(b"QUIT\r\n").expect("written");
    }
}

#[tokio::test]
async fn and_neither_does_one_on_a_runtime() {
    for _ in 0..200 {
        let _net = start();
        mock::tcp(BY_NAME).serve(script().expect("QUIT\r\n"));
        let mut stream = tokio::net::TcpStream::connect(BY_NAME)
            .await
            .expect("connected");
        stream.write_all(b"QUIT\r\n").await.expect("written");
    }
}

#[test]
fn nor_one_whose_runtime_is_gone() {
    for _ in 0..50 {
        let _net = start();
        mock::tcp(BY_NAME).serve(script().expect("QUIT\r\n"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async {
            let mut stream = tokio::net::TcpStream::connect(BY_NAME)
                .await
                .expect("connected");
            stream.write_all(b"QUIT\r\n").await.expect("written");
        });
    }
}

#[test]
fn other_bytes_reset_the_client_and_fail_the_test() {
    let net = start();
    mock::tcp(BY_NAME).serve(script().expect("PING\r\n").send("+PONG\r\n"));
    let mut stream = TcpStream::connect(BY_NAME).expect("connected");
    stream.write_all(b"PONG\r\n").expect("written");
    let reset = stream.read(&mut [0; 8]).expect_err("reset");
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    let report = report_of(net);
    let place = concat!(r#"mock::tcp("redis.standin.test:6379") at "#, file!(), ":");
    assert!(report.contains(place), "{report}");
    assert!(
        report.contains(r#"expected  "PING\r\n""#) && report.contains(r#"received  "PONG\r\n""#),
        "{report}"
    );
}

#[test]
fn one_connection_too_many_is_refused_and_told() {
    let net = start();
    mock::tcp(BY_NAME).serve(script().send("once").close());
    let mut stream = TcpStream::connect(BY_NAME).expect("connected");
    assert_eq!(heard(&mut stream), "once");
    let refused = TcpStream::connect(BY_NAME).expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let report = report_of(net);
    assert!(report.contains("its 1 use is spent"), "{report}");
}

#[test]
fn a_host_without_a_mock_is_refused_with_the_mend() {
    let net = start();
    let refused = TcpStream::connect("93.184.216.35:6379").expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let report = report_of(net);
    assert!(
        report.contains(r#"`mock::tcp("93.184.216.35:6379")` what is not HTTP"#),
        "{report}"
    );
}

#[test]
fn faults_are_errors_of_connect_and_of_the_connection() {
    let net = start();
    mock::tcp(BY_ADDRESS).serve([
        Fault::Refused,
        Fault::Unreachable,
        Fault::TimedOut,
        Fault::ResetOnAccept,
        Fault::Reset,
        Fault::Closed,
    ]);
    for kind in [
        ErrorKind::ConnectionRefused,
        ErrorKind::HostUnreachable,
        ErrorKind::TimedOut,
    ] {
        let failed = TcpStream::connect(BY_ADDRESS).expect_err("a fault");
        assert_eq!(failed.kind(), kind);
    }
    for kind in [
        Some(ErrorKind::ConnectionReset),
        Some(ErrorKind::ConnectionReset),
        None,
    ] {
        let mut stream = TcpStream::connect(BY_ADDRESS).expect("connected");
        let read = stream.read(&mut [0; 8]);
        assert_eq!(read.as_ref().err().map(io::Error::kind), kind, "{read:?}");
    }
    let calls = net.calls();
    assert!(
        calls
            .iter()
            .all(|call| *call.outcome() == CallOutcome::Faulted),
        "{calls:?}"
    );
}

#[test]
fn faults_of_requests_are_met_at_the_connect_too() {
    let _net = start();
    mock::get("http://api.standin.test/").reply([Fault::Refused, Fault::TimedOut]);
    for kind in [ErrorKind::ConnectionRefused, ErrorKind::TimedOut] {
        let failed = clients::get("api.standin.test:80", "/").expect_err("a fault");
        assert_eq!(failed.kind(), kind);
    }
}

#[test]
fn a_client_that_connects_and_says_nothing_is_counted_at_once() {
    let _net = start();
    let redis = mock::tcp(BY_NAME).serve(async |mut io: Connection| drop(io.read().await));
    let stream = TcpStream::connect(BY_NAME).expect("connected");
    redis.assert_called(1);
    drop(stream);
}

#[test]
fn a_closure_serves_a_client_that_blocks() {
    let _net = start();
    mock::tcp(BY_NAME)
        .times(3)
        .serve(async |mut io: Connection| {
            while let Some(line) = io.read_line().await? {
                io.send(format!("{}\n", line.to_uppercase()));
            }
            io::Result::Ok(())
        });
    let clients: Vec<_> = (0..3)
        .map(|_| {
            thread::spawn(|| {
                let mut stream = TcpStream::connect(BY_NAME).expect("connected");
                stream.write_all(b"a\nb\n").expect("written");
                stream.shutdown(Shutdown::Write).expect("half closed");
                heard(&mut stream)
            })
        })
        .collect();
    for client in clients {
        assert_eq!(client.join().expect("no panic"), "A\nB\n");
    }
}

#[tokio::test(start_paused = true)]
async fn waits_are_the_clients_time() {
    let net = start();
    mock::tcp(BY_NAME).serve(script().delay(secs(30)).send("late").close());
    let began = tokio::time::Instant::now();
    let mut stream = tokio::net::TcpStream::connect(BY_NAME)
        .await
        .expect("connected");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.expect("text");
    assert_eq!(heard, "late");
    assert!((secs(30)..secs(31)).contains(&began.elapsed()));
    drop(net);
}

#[tokio::test]
async fn a_gate_holds_a_script() {
    let _net = start();
    let gate = Gate::new();
    mock::tcp(BY_NAME).serve(script().hold(&gate).send("open").close());
    let mut stream = tokio::net::TcpStream::connect(BY_NAME)
        .await
        .expect("connected");
    let early = tokio::time::timeout(Duration::from_millis(20), stream.read_u8()).await;
    assert!(early.is_err());
    gate.open();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.expect("text");
    assert_eq!(heard, "open");
}

#[test]
fn what_passes_by_the_hooks_lands_by_name_on_the_real_port() {
    let _net = start();
    mock::tcp(BY_NAME).serve(script().expect("PING").send("PONG").close());
    let address = std::net::ToSocketAddrs::to_socket_addrs(BY_NAME)
        .expect("resolved")
        .next()
        .expect("an address");
    let mut stream = {
        let _bypass = standin_hooks::bypass();
        TcpStream::connect(address).expect("connected")
    };
    stream.write_all(b"PING").expect("written");
    assert_eq!(heard(&mut stream), "PONG");
}

#[test]
fn a_socket_of_unix_speaks_http_or_bytes_and_any_other_stays_what_it_is() {
    let _net = start();
    let docker = mock::unix("/var/run/standin.sock").http();
    docker.get("/version").reply(json!({"Version": "28"}));
    mock::unix("@standin-bus").serve(script().expect("hello").send("there").close());

    let mut stream = UnixStream::connect("/var/run/standin.sock").expect("connected");
    stream
        .write_all(b"GET /version HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .expect("written");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("text");
    assert!(reply.ends_with(r#"{"Version":"28"}"#), "{reply}");

    use std::os::linux::net::SocketAddrExt;
    let name = std::os::unix::net::SocketAddr::from_abstract_name("standin-bus").expect("a name");
    let mut stream = UnixStream::connect_addr(&name).expect("connected");
    stream.write_all(b"hello").expect("written");
    let mut said = String::new();
    stream.read_to_string(&mut said).expect("text");
    assert_eq!(said, "there");

    let missing = UnixStream::connect("/var/run/standin-other.sock").expect_err("nobody");
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_socket_of_unix_is_served_in_the_clients_time() {
    let _net = start();
    mock::unix("/run/standin.sock").serve(script().delay(secs(30)).send("late").close());
    let began = tokio::time::Instant::now();
    let mut stream = tokio::net::UnixStream::connect("/run/standin.sock")
        .await
        .expect("connected");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.expect("text");
    assert_eq!(heard, "late");
    assert!((secs(30)..secs(31)).contains(&began.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn a_slow_socket_of_unix_blocks_no_runtime() {
    let _net = start();
    let docker = mock::unix("/var/run/standin.sock").http();
    docker.get("/version").reply(replies![
        Fault::Refused,
        Fault::Refused.delay(secs(30)),
        Fault::ConnectHang,
        reply(200).body("late").connect_delay(secs(30)),
    ]);
    let connect = || tokio::net::UnixStream::connect("/var/run/standin.sock");
    let refused = connect().await.expect_err("refused at once");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);

    // Late, what a client can hear is the end of a connection that it has.
    let began = tokio::time::Instant::now();
    let mut stream = connect().await.expect("connected");
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
    assert!((secs(30)..secs(31)).contains(&began.elapsed()));

    let mut stream = connect().await.expect("connected");
    let hangs = tokio::time::timeout(secs(3600), stream.read(&mut [0])).await;
    assert!(hangs.is_err(), "{hangs:?}");

    let began = tokio::time::Instant::now();
    let mut stream = connect().await.expect("connected");
    let request = b"GET /version HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.expect("written");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.expect("text");
    assert!(reply.ends_with("late"), "{reply}");
    assert!((secs(30)..secs(31)).contains(&began.elapsed()));
}

#[tokio::test]
async fn a_closure_may_wait_for_the_test() {
    let _net = start();
    let (tell, told) = tokio::sync::mpsc::channel::<&str>(1);
    let told = std::sync::Arc::new(tokio::sync::Mutex::new(told));
    mock::tcp(BY_NAME).serve(move |mut io: Connection| {
        let told = std::sync::Arc::clone(&told);
        async move {
            if let Some(said) = told.lock().await.recv().await {
                io.send(said);
            }
        }
    });
    let mut stream = tokio::net::TcpStream::connect(BY_NAME)
        .await
        .expect("connected");
    tell.send("now").await.expect("it listens");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.expect("text");
    assert_eq!(heard, "now");
}
