//! Datagrams are answered by no mock, and leave by no oversight; but queries to name servers are.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::fs::File;
use std::io::Write;
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::process::Command;
use std::{env, io};

use clients::start;
use io::ErrorKind;

fn socket() -> UdpSocket {
    UdpSocket::bind("0.0.0.0:0").expect("a port")
}

#[test]
fn a_datagram_of_a_test_is_refused_and_told() {
    let net = start();
    let refused = socket()
        .send_to(b"who is x.io?", "192.0.2.1:53")
        .expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let unmatched = net.take_unmatched();
    assert_eq!(unmatched[0].url(), "http://192.0.2.1:53/");
}

#[test]
fn an_open_network_and_loopback_let_them_pass() {
    let (here, there) = (socket(), UdpSocket::bind("127.0.0.1:0").expect("a port"));
    let net = start();
    let to = there.local_addr().expect("bound");
    assert_eq!(here.send_to(b"hello", to).expect("sent"), 5);
    assert_eq!(there.recv(&mut [0; 8]).expect("received"), 5);

    net.enable_network("192.0.2.0/24");
    let real = socket()
        .send_to(b"hello", "192.0.2.1:53")
        .expect_err("there is no network");
    assert_ne!(real.kind(), ErrorKind::ConnectionRefused);
    assert!(net.take_unmatched().is_empty());
}

#[test]
fn what_belongs_to_no_test_is_left_alone() {
    let real = socket()
        .send_to(b"hello", "192.0.2.1:53")
        .expect_err("there is no network");
    assert_ne!(real.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_socket_that_is_connected_is_no_finding_before_it_sends() {
    let net = start();
    // There is no way to either from here. How programs ask for the address of this machine:
    for anybody in ["8.8.8.8:53", "8.8.8.8:80", "[2001:db8::1]:9"] {
        let local = match anybody.starts_with('[') {
            true => "[::]:0",
            false => "0.0.0.0:0",
        };
        let socket = UdpSocket::bind(local).expect("a port");
        socket.connect(anybody).expect("connected");
        assert!(
            !socket
                .local_addr()
                .expect("an address")
                .ip()
                .is_unspecified()
        );
        assert_eq!(socket.peer_addr().expect("connected").to_string(), anybody);
    }
    assert!(net.calls().is_empty());

    let socket = socket();
    socket.connect("192.0.2.1:80").expect("connected");
    let refused = socket.send(b"hello").expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(net.take_unmatched()[0].url(), "http://192.0.2.1/");
}

/// Runs a test of this file, which is ignored elsewhere, where there is a way to 192.0.2.0/24, and nobody there. `None` where no such
/// network can be made.
fn where_there_is_a_way(test: &str) -> Option<bool> {
    // All of it is loopback; an address of this machine's is what a way out would have.
    let network = "ip link set lo up && ip addr add 192.0.2.2/32 dev lo && ip route add 192.0.2.0/24 dev lo src 192.0.2.2";
    let in_it = |then: &str, test: &str| {
        Command::new("unshare")
            .args(["-rn", "sh", "-c", &format!("{network} && {then}")])
            .args([
                &*env::current_exe().expect("it runs").to_string_lossy(),
                test,
            ])
            .output()
    };
    let can_be_made = in_it("true", "").is_ok_and(|made| made.status.success());
    let ran = in_it("exec \"$0\" --ignored --exact \"$1\"", test);
    can_be_made.then(|| {
        let ran = ran.expect("started");
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(said.contains("1 passed"), "{said}");
        ran.status.success()
    })
}

#[test]
fn where_there_is_a_way_it_is_the_same() {
    let fine = where_there_is_a_way("what_is_written_on_a_socket_goes_nowhere");
    assert_ne!(fine, Some(false));
}

#[test]
#[ignore = "it needs a way to 192.0.2.0/24, which the test above makes"]
fn what_is_written_on_a_socket_goes_nowhere() {
    // Before there is an engine it is a socket like any other.
    let real = socket();
    real.connect("192.0.2.1:80").expect("connected");
    assert_eq!(real.send(b"hello").expect("sent"), 5);

    let net = start();
    let here = socket();
    here.connect("192.0.2.1:80").expect("connected");
    assert_eq!(
        here.peer_addr().expect("connected").to_string(),
        "192.0.2.1:80"
    );
    let local = here.local_addr().expect("an address");
    assert_eq!(
        local.ip().to_string(),
        "192.0.2.2",
        "the one it would send from"
    );
    assert!(net.calls().is_empty());

    let written = File::from(OwnedFd::from(here.try_clone().expect("cloned"))).write(b"hello");
    let refused = written.expect_err("nowhere").raw_os_error();
    assert_eq!(refused, Some(libc::EDESTADDRREQ));
    let refused = here.send(b"hello").expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(net.take_unmatched()[0].url(), "http://192.0.2.1/");

    net.enable_network("192.0.2.0/24");
    assert_eq!(here.send(b"hello").expect("let out by now"), 5);
    assert_eq!(here.local_addr().expect("an address"), local);
    assert!(net.take_unmatched().is_empty());
}
