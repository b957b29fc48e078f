//! What a mock declares that a client meets who looks its name up and connects, at sockets of every kind.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

use clients::{get, start};
use standin_core::prelude::*;
use standin_core::{CallOutcome, Clock, Delay, SystemClock};
use tokio::time::timeout;

const URL: &str = "http://api.standin.test/";
const HOST: &str = "api.standin.test:80";

/// Where the name leads, once nothing is wrong with it.
fn address() -> SocketAddr {
    HOST.to_socket_addrs()
        .expect("resolved")
        .next()
        .expect("an address")
}

fn refused<T>(result: io::Result<T>) -> ErrorKind {
    match result {
        Ok(_) => panic!("connected"),
        Err(error) => error.kind(),
    }
}

#[test]
fn a_name_is_not_found_or_to_be_asked_for_again() {
    let net = start();
    let mocked = mock::get(URL).reply(replies![
        Fault::NameNotFound,
        Fault::NameTryAgain,
        Fault::NameTryAgain.delay(Duration::from_millis(20)),
        "found"
    ]);
    let said = |result: io::Result<String>| result.expect_err("a fault").to_string();
    assert!(said(get(HOST, "/")).contains("Name or service not known"));
    assert!(said(get(HOST, "/")).contains("Temporary failure in name resolution"));
    let began = SystemClock.now();
    assert!(said(get(HOST, "/")).contains("Temporary failure"));
    assert!(SystemClock.now() - began >= Duration::from_millis(20));
    assert_eq!(get(HOST, "/").expect("found"), "found");
    mocked.assert_called(4);
    let calls = net.calls();
    assert_eq!(
        (calls[0].method().as_str(), calls[0].outcome()),
        ("CONNECT", &CallOutcome::Faulted)
    );
}

#[test]
fn a_slow_look_up_ends_with_the_address() {
    /// Longer than a machine with much else to do takes for a request.
    const LATE: Duration = Duration::from_millis(300);
    let _net = start();
    let slow = mock::get(URL)
        .times(2)
        .reply(reply(200).body("late").lookup_delay(LATE));
    for get in [get, clients::get_with_timeout] {
        let began = SystemClock.now();
        let to = address();
        assert!(SystemClock.now() - began >= LATE);
        let looked_up = SystemClock.now();
        assert_eq!(get(&to.to_string(), "/").expect("answered"), "late");
        let again = SystemClock.now() - looked_up < LATE;
        assert!(again, "who has the address waits no more");
    }
    slow.assert_called(2);
}

#[test]
fn a_slow_look_up_ends_with_its_engine() {
    let net = start();
    let (begins, begun) = std::sync::mpsc::channel();
    let an_hour = Delay::computed(move |_| {
        let _ = begins.send(());
        secs(3600)
    });
    mock::get(URL)
        .optional()
        .reply(reply(200).lookup_delay(an_hour));
    let client = thread::spawn(net.attach(|| {
        let found = HOST.to_socket_addrs().map(|mut found| found.next());
        found.expect("found").expect("an address")
    }));
    begun.recv().expect("looked up");
    drop(net);
    let found = client.join().expect("no panic");
    assert_eq!(
        refused(TcpStream::connect(found)),
        ErrorKind::ConnectionRefused
    );
}

#[test]
fn a_socket_that_waits_gets_the_error_that_is_declared() {
    let _net = start();
    mock::get(URL).reply(replies![
        Fault::Refused,
        Fault::TimedOut,
        Fault::Unreachable,
        Fault::NetworkUnreachable,
        Fault::Refused.delay(Duration::from_millis(20)),
        "connected"
    ]);
    assert_eq!(
        refused(TcpStream::connect(HOST)),
        ErrorKind::ConnectionRefused
    );
    assert_eq!(refused(TcpStream::connect(HOST)), ErrorKind::TimedOut);
    assert_eq!(
        refused(TcpStream::connect(HOST)),
        ErrorKind::HostUnreachable
    );
    assert_eq!(
        refused(TcpStream::connect(HOST)),
        ErrorKind::NetworkUnreachable
    );
    let began = SystemClock.now();
    assert_eq!(
        refused(TcpStream::connect(HOST)),
        ErrorKind::ConnectionRefused
    );
    assert!(SystemClock.now() - began >= Duration::from_millis(20));
    assert_eq!(get(HOST, "/").expect("connected"), "connected");
}

#[test]
fn a_socket_with_a_timeout_gets_it_too() {
    let _net = start();
    mock::get(URL).reply(replies![
        Fault::Refused,
        Fault::ConnectHang,
        Fault::TimedOut.delay(Duration::from_millis(20)),
        reply(200)
            .body("slow")
            .connect_delay(Duration::from_millis(20)),
    ]);
    let (to, long) = (address(), Duration::from_secs(20));
    assert_eq!(
        refused(TcpStream::connect_timeout(&to, long)),
        ErrorKind::ConnectionRefused
    );
    let hangs = TcpStream::connect_timeout(&to, Duration::from_millis(50));
    assert_eq!(refused(hangs), ErrorKind::TimedOut);
    let began = SystemClock.now();
    assert_eq!(
        refused(TcpStream::connect_timeout(&to, long)),
        ErrorKind::TimedOut
    );
    assert!((20..5_000).contains(&(SystemClock.now() - began).as_millis()));
    let began = SystemClock.now();
    let slow = clients::get_with_timeout(HOST, "/").expect("connected");
    assert_eq!(slow, "slow");
    assert!(
        (20..900).contains(&(SystemClock.now() - began).as_millis()),
        "no timer of the kernel's"
    );
}

#[test]
fn a_connect_that_hangs_ends_with_its_engine() {
    let net = start();
    mock::get(URL).reply(Fault::ConnectHang);
    let to = address();
    let client = thread::spawn(net.attach(move || TcpStream::connect(to)));
    while net.calls().is_empty() {
        thread::yield_now();
    }
    drop(net);
    let ended = client.join().expect("no panic");
    assert_eq!(refused(ended), ErrorKind::ConnectionRefused);
}

#[test]
fn a_reset_comes_as_soon_as_the_connection_is_there() {
    let net = start();
    mock::get(URL).reply(Fault::ResetOnAccept);
    let mut client = TcpStream::connect(HOST).expect("connected");
    assert_eq!(refused(client.read(&mut [0])), ErrorKind::ConnectionReset);
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Faulted);
}

#[test]
fn an_address_and_localhost_meet_theirs() {
    let _net = start();
    mock::get("http://93.184.216.34/").reply(Fault::Unreachable);
    mock::get("http://localhost:9/").reply(Fault::TimedOut);
    assert_eq!(
        refused(TcpStream::connect("93.184.216.34:80")),
        ErrorKind::HostUnreachable
    );
    assert_eq!(
        refused(TcpStream::connect("localhost:9")),
        ErrorKind::TimedOut
    );
}

#[tokio::test(start_paused = true)]
async fn on_a_runtime_a_connect_takes_as_long_as_is_declared_and_no_longer() {
    let _net = start();
    mock::get(URL).reply(replies![
        reply(200).body("slow").connect_delay(secs(30)),
        Fault::Refused.delay(secs(30)),
        Fault::ConnectHang
    ]);
    let to = address();
    let took = async |expected: Duration| {
        let began = tokio::time::Instant::now();
        let connected = timeout(secs(3600), tokio::net::TcpStream::connect(to)).await;
        let passed = began.elapsed();
        assert!(
            (expected..expected + secs(1)).contains(&passed),
            "{passed:?}"
        );
        connected
    };
    let slow = took(secs(30)).await.expect("in time").expect("connected");
    assert_eq!(slow.peer_addr().expect("connected"), to);
    drop(slow);
    // The first was no use yet: its request never came.
    let text = reqwest::get(URL).await.expect("answered").text().await;
    assert_eq!(text.expect("text"), "slow");
    let refused = took(secs(30)).await.expect("in time").expect_err("a fault");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert!(took(secs(3600)).await.is_err(), "it hangs");
}

#[tokio::test(start_paused = true)]
async fn where_time_is_paused_a_slow_look_up_is_waited_for_by_the_connect() {
    let _net = start();
    let slow = mock::get(URL).times(3).reply(replies![
        reply(200).body("late").lookup_delay(secs(30)),
        reply(200).lookup_delay(secs(30)).connect_delay(secs(30)),
        "at once"
    ]);
    let client = |timeout| {
        let client = reqwest::Client::builder().connect_timeout(secs(timeout));
        client.build().expect("a client")
    };
    let began = tokio::time::Instant::now();
    let late = client(60).get(URL).send().await.expect("answered");
    let passed = began.elapsed();
    assert!((secs(30)..secs(31)).contains(&passed), "{passed:?}");
    assert_eq!(late.text().await.expect("text"), "late");
    // Both together, which is more than this one waits.
    let too_late = client(45).get(URL).send().await.expect_err("too late");
    assert!(
        too_late.is_connect() && too_late.is_timeout(),
        "{too_late:?}"
    );
    let began = tokio::time::Instant::now();
    let late = client(90).get(URL).send().await.expect("answered");
    assert!(late.status().is_success());
    let passed = began.elapsed();
    assert!((secs(60)..secs(61)).contains(&passed), "{passed:?}");
    let began = tokio::time::Instant::now();
    reqwest::get(URL).await.expect("answered");
    assert!(began.elapsed() < secs(1));
    slow.assert_called(3);
}

#[tokio::test(start_paused = true)]
async fn a_client_tells_connecting_from_the_rest() {
    let _net = start();
    mock::get(URL).reply(replies![
        Fault::NameNotFound,
        Fault::NameTryAgain.delay(secs(30)),
        Fault::Refused,
        Fault::NetworkUnreachable,
        Fault::ConnectHang
    ]);
    let client = reqwest::Client::builder()
        .connect_timeout(secs(10))
        .build()
        .expect("a client");
    for expected in [
        "Name or service not known",
        "Temporary failure",
        "refused",
        "NetworkUnreachable",
        "Elapsed",
    ] {
        let error = client.get(URL).send().await.expect_err("a fault");
        assert!(error.is_connect(), "{error:?}");
        assert!(format!("{error:?}").contains(expected), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_runtime_of_several_threads_no_wake_up_comes_too_early() {
    let net = start();
    let slow = net.get(URL).persist().optional();
    slow.reply(
        reply(200)
            .body("slow")
            .connect_delay(Duration::from_millis(2)),
    );
    let to = address();
    for _ in 0..50 {
        let connecting = (0..4).map(|_| tokio::spawn(tokio::net::TcpStream::connect(to)));
        for connected in connecting.collect::<Vec<_>>() {
            let stream = connected.await.expect("no panic").expect("connected");
            assert_eq!(stream.peer_addr().expect("connected"), to);
        }
    }
}

#[test]
fn who_connects_once_more_asks_how_it_goes_on() {
    use socket2::{Domain, Socket, Type};

    let net = start();
    mock::get(URL).reply(replies![
        Fault::Unreachable.delay(Duration::from_millis(20)),
        Fault::ConnectHang
    ]);
    let to = address().into();
    let errno = |result: io::Result<()>| result.map_err(|error| error.raw_os_error());
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_nonblocking(true).expect("set");
    assert_eq!(errno(socket.connect(&to)), Err(Some(libc::EINPROGRESS)));
    assert_eq!(errno(socket.connect(&to)), Err(Some(libc::EALREADY)));
    let mut asked = errno(socket.connect(&to));
    while asked == Err(Some(libc::EALREADY)) {
        thread::yield_now();
        asked = errno(socket.connect(&to));
    }
    assert_eq!(asked, Err(Some(libc::EHOSTUNREACH)));
    assert_eq!(
        errno(socket.connect(&to)),
        Err(Some(libc::EINPROGRESS)),
        "anew"
    );
    assert_eq!(net.calls().len(), 2);
}
