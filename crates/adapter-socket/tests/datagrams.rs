//! Datagrams are answered by no mock, and leave by no oversight; but queries to name servers are.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::ErrorKind;
use std::net::UdpSocket;

use clients::start;

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
