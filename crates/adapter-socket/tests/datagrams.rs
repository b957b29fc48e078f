//! Datagrams are answered by no mock, and leave by no oversight.
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
    let refused = socket().connect("[2001:db8::1]:53");
    assert!(refused.is_err());
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
