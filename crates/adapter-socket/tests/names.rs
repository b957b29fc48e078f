//! A client that asks a name server itself is told what libc's resolver would say.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::Duration;

use clients::start;
use standin_core::prelude::*;
use standin_core::{Clock, SystemClock};

const SERVER: &str = "192.0.2.53:53";
const NAME: &str = "api.standin.test";

/// A query for the addresses of a name: of IPv4 (1) or of IPv6 (28).
fn query(name: &str, kind: u8) -> Vec<u8> {
    let mut bytes = vec![7, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.extend_from_slice(&[0, 0, kind, 0, 1]);
    bytes
}

/// The code of an answer, and its one address.
fn read(answer: &[u8]) -> (u8, Option<IpAddr>) {
    assert_eq!(answer[..2], [7, 8]);
    let address = match answer[7] {
        0 => None,
        _ => answer
            .last_chunk::<4>()
            .map(|ip| Ipv4Addr::from(*ip).into()),
    };
    (answer[3] & 15, address)
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a port");
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("set");
    socket
}

/// Asks as a resolver does that looks who answers.
fn ask(name: &str, kind: u8) -> (u8, Option<IpAddr>) {
    let (socket, mut answer) = (socket(), [0; 512]);
    socket.send_to(&query(name, kind), SERVER).expect("sent");
    let (length, from) = socket.recv_from(&mut answer).expect("answered");
    assert_eq!(from.to_string(), SERVER);
    read(&answer[..length])
}

fn resolved() -> IpAddr {
    let mut found = (NAME, 80).to_socket_addrs().expect("resolved");
    found.next().expect("an address").ip()
}

#[test]
fn a_mocked_name_has_the_address_that_getaddrinfo_gives() {
    let net = start();
    mock::get("http://api.standin.test/").reply("by the address");
    assert_eq!(ask("API.standin.test", 1), (0, Some(resolved())));
    assert_eq!(ask(NAME, 28), (0, None));
    assert_eq!(ask("localhost", 1), (0, Some(Ipv4Addr::LOCALHOST.into())));
    assert!(net.calls().is_empty());
    let to = SocketAddr::new(resolved(), 80).to_string();
    assert_eq!(clients::get(&to, "/").expect("answered"), "by the address");
}

#[test]
fn another_name_is_not_there_and_a_finding() {
    let net = start();
    assert_eq!(ask("other.standin.test", 1), (3, None));
    assert_eq!(ask("other.standin.test", 28), (3, None));
    let told = net.report().to_string();
    assert!(
        told.contains("asked for the address of other.standin.test"),
        "{told}"
    );
    let unmatched = net.take_unmatched();
    assert_eq!(unmatched[0].url(), "other.standin.test");
}

#[test]
fn what_is_declared_of_a_name_is_told() {
    let _net = start();
    mock::get("http://api.standin.test/").reply(replies![
        Fault::NameNotFound,
        Fault::NameTryAgain.delay(Duration::from_millis(20)),
        reply(200)
            .body("found")
            .lookup_delay(Duration::from_millis(20))
    ]);
    assert_eq!(ask(NAME, 1), (3, None));
    let began = SystemClock.now();
    assert_eq!(ask(NAME, 1), (2, None));
    assert!(SystemClock.now() - began >= Duration::from_millis(20));
    let began = SystemClock.now();
    let (code, found) = ask(NAME, 1);
    assert_eq!((code, found.is_some()), (0, true));
    assert!(SystemClock.now() - began >= Duration::from_millis(20));
    assert_eq!(
        clients::get("api.standin.test:80", "/").expect("found"),
        "found"
    );
}

#[test]
fn a_socket_that_is_connected_is_answered_too() {
    let _net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    let (socket, mut answer) = (socket(), [0; 512]);
    socket.connect(SERVER).expect("connected");
    assert_eq!(socket.peer_addr().expect("connected").to_string(), SERVER);
    for _ in 0..2 {
        socket.send(&query(NAME, 1)).expect("sent");
        let length = socket.recv(&mut answer).expect("answered");
        assert_eq!(read(&answer[..length]), (0, Some(resolved())));
    }
}

#[test]
fn messages_of_every_call_are_answered() {
    let _net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    let (socket, mut bytes, mut answer) = (socket(), query(NAME, 1), [0_u8; 512]);
    let fd = std::os::fd::AsRawFd::as_raw_fd(&socket);
    // SAFETY: all of it lives as long as the calls, and is as long as is said.
    unsafe {
        let mut to: libc::sockaddr_in = std::mem::zeroed();
        to.sin_family = libc::AF_INET as _;
        to.sin_port = 53_u16.to_be();
        to.sin_addr.s_addr = u32::from_ne_bytes([192, 0, 2, 53]);
        let mut piece = libc::iovec {
            iov_base: bytes.as_mut_ptr().cast(),
            iov_len: bytes.len(),
        };
        let mut message: libc::mmsghdr = std::mem::zeroed();
        message.msg_hdr.msg_name = (&raw mut to).cast();
        message.msg_hdr.msg_namelen = size_of::<libc::sockaddr_in>() as _;
        message.msg_hdr.msg_iov = &raw mut piece;
        message.msg_hdr.msg_iovlen = 1;
        assert_eq!(
            libc::sendmsg(fd, &raw const message.msg_hdr, 0),
            bytes.len() as isize
        );
        assert_eq!(libc::sendmmsg(fd, &raw mut message, 1, 0), 1);
        assert_eq!(message.msg_len as usize, bytes.len());

        *message.msg_hdr.msg_iov = libc::iovec {
            iov_base: answer.as_mut_ptr().cast(),
            iov_len: answer.len(),
        };
        for call in ["recvmsg", "recvmmsg"] {
            to = std::mem::zeroed();
            message.msg_hdr.msg_namelen = size_of::<libc::sockaddr_in>() as _;
            let length = match call {
                "recvmsg" => libc::recvmsg(fd, &raw mut message.msg_hdr, 0) as usize,
                _ => {
                    assert_eq!(
                        libc::recvmmsg(fd, &raw mut message, 1, 0, std::ptr::null_mut()),
                        1
                    );
                    message.msg_len as usize
                }
            };
            assert_eq!(
                u32::from_ne_bytes([192, 0, 2, 53]),
                to.sin_addr.s_addr,
                "{call}"
            );
            assert_eq!(u16::from_be(to.sin_port), 53);
            assert_eq!(read(&answer[..length]), (0, Some(resolved())));
        }
    }
}

#[test]
fn a_server_of_ipv6_answers_as_itself() {
    let _net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    let socket = UdpSocket::bind("[::]:0").expect("a port");
    let server = "[2001:db8::53]:53";
    socket.send_to(&query(NAME, 1), server).expect("sent");
    let mut answer = [0; 512];
    let (length, from) = socket.recv_from(&mut answer).expect("answered");
    assert_eq!(from.to_string(), server);
    assert_eq!(read(&answer[..length]), (0, Some(resolved())));
}

#[test]
fn over_tcp_it_is_the_same() {
    let net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    let mut stream = TcpStream::connect(SERVER).expect("connected");
    assert_eq!(stream.peer_addr().expect("connected").to_string(), SERVER);
    for (name, expected) in [
        (NAME, (0, Some(resolved()))),
        ("other.standin.test", (3, None)),
    ] {
        let bytes = query(name, 1);
        stream
            .write_all(&(bytes.len() as u16).to_be_bytes())
            .expect("sent");
        stream.write_all(&bytes).expect("sent");
        let mut length = [0; 2];
        stream.read_exact(&mut length).expect("answered");
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut answer).expect("answered");
        assert_eq!(read(&answer), expected);
    }
    assert_eq!(net.take_unmatched().len(), 1);
}

#[test]
fn what_the_policy_lets_out_is_looked_up_for_real() {
    let net = start();
    net.enable_network("real.standin.test");
    // Nobody knows it: what was tried is the real thing, and no finding.
    assert_eq!(ask("real.standin.test", 1), (3, None));
    assert!(net.take_unmatched().is_empty());
}

#[test]
fn what_belongs_to_no_test_asks_whom_it_likes() {
    let sent = socket().send_to(&query("x.io", 1), SERVER);
    let real = sent.expect_err("there is no network");
    assert_ne!(real.kind(), ErrorKind::ConnectionRefused);
}
