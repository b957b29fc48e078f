//! Clients that make their system calls themselves are answered as any other, in a process that is sealed.
//!
//! The seal cannot be undone, so that nothing else is tested in this process.
#![cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]

mod clients;
mod past_libc;

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use async_io::block_on;
use past_libc::{get, has_io_uring, impatient, place, sealed};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketType, connect, getpeername, recvfrom, send, sendto,
    socket, sockopt,
};
use standin_core::prelude::*;
use standin_core::{Clock, SystemClock};

#[test]
fn a_literal_address_is_answered() {
    let net = sealed();
    mock::get("http://192.0.2.7/zen").reply("Keep it logically awesome.");
    let said = block_on(get("192.0.2.7:80", "/zen")).expect("answered");
    assert_eq!(said, "Keep it logically awesome.");
    assert_eq!(net.calls().len(), 1);
}

#[test]
fn so_is_a_name() {
    let _net = sealed();
    mock::get("http://api.standin.test/zen").reply("Design for failure.");
    let said = block_on(get("api.standin.test:80", "/zen")).expect("answered");
    assert_eq!(said, "Design for failure.");
}

#[test]
fn what_no_mock_wants_is_refused_and_fails_the_test() {
    let net = sealed();
    let refused = block_on(get("192.0.2.8:80", "/")).expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let report = net.report();
    assert!(!report.is_ok());
    let told = report.to_string();
    let thread = "thread `what_no_mock_wants_is_refused_and_fails_the_test` connected to 192.0.2.8";
    assert!(
        told.contains("a connection to http://192.0.2.8 ") && told.contains(thread),
        "{told}"
    );
    let unmatched = net.take_unmatched();
    assert_eq!(unmatched[0].url(), "http://192.0.2.8/");
}

/// A thread of a pool looks it up, and knows nothing of the test: who connects does.
#[test]
fn a_name_that_no_mock_wants_is_refused_and_fails_the_test() {
    let net = sealed();
    let refused = block_on(get("other.standin.test:80", "/")).expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let told = net.report().to_string();
    let thread = "thread `a_name_that_no_mock_wants_is_refused_and_fails_the_test` connected to other.standin.test";
    assert!(
        told.contains("a connection to http://other.standin.test ") && told.contains(thread),
        "{told}"
    );
    net.take_unmatched();
}

#[test]
fn a_client_that_waits_is_answered_and_told_whom_it_reached() {
    let _net = sealed();
    mock::get("http://192.0.2.7/").reply("it waited");
    let client = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    connect(&client, &place("192.0.2.7:80")).expect("connected");
    let peer = getpeername(&client)
        .expect("connected")
        .expect("an address");
    assert_eq!(
        SocketAddr::try_from(peer).expect("of IPv4"),
        place("192.0.2.7:80")
    );
    let request = b"GET / HTTP/1.1\r\nhost: 192.0.2.7\r\nconnection: close\r\n\r\n";
    send(&client, request, SendFlags::empty()).expect("sent");
    let mut stream: std::net::TcpStream = client.into();
    let mut reply = String::new();
    io::Read::read_to_string(&mut stream, &mut reply).expect("answered");
    assert!(reply.ends_with("it waited"), "{reply}");
}

#[test]
fn what_is_declared_of_connecting_is_the_error_of_the_call() {
    let _net = sealed();
    mock::get("http://192.0.2.7/").reply(Fault::Refused);
    let refused = block_on(get("192.0.2.7:80", "/")).expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    // On a socket that does not wait, it is asked for later.
    let gate = Gate::new();
    mock::get("http://192.0.2.9/").reply(Fault::TimedOut.delay(Duration::ZERO).hold(&gate));
    let client = impatient();
    assert_eq!(
        connect(&client, &place("192.0.2.9:80")),
        Err(Errno::INPROGRESS)
    );
    assert_eq!(sockopt::socket_error(&client), Ok(Ok(())));
    gate.open();
    let began = SystemClock.now();
    let error = loop {
        match sockopt::socket_error(&client).expect("told") {
            Ok(()) => assert!(SystemClock.now() - began < Duration::from_secs(20)),
            Err(error) => break error,
        }
        thread::yield_now();
    };
    assert_eq!(error, Errno::TIMEDOUT);
}

#[test]
fn loopback_stays_open() {
    let net = sealed();
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("bound");
    let client = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    connect(&client, &address).expect("connected");
    server.accept().expect("accepted");
    assert_eq!(
        connect(&client, &address),
        Err(Errno::ISCONN),
        "what the kernel says"
    );
    assert!(net.calls().is_empty());
}

#[test]
fn datagrams_do_not_slip_out_and_queries_are_answered() {
    let net = sealed();
    mock::get("http://api.standin.test/").optional().reply(200);
    let client = socket(AddressFamily::INET, SocketType::DGRAM, None).expect("a socket");
    let refused = sendto(
        &client,
        b"hello",
        SendFlags::empty(),
        &place("192.0.2.7:9999"),
    );
    assert_eq!(refused, Err(Errno::CONNREFUSED));
    assert_eq!(net.take_unmatched()[0].url(), "http://192.0.2.7:9999/");

    let mut query = vec![7, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    query.extend_from_slice(b"\x03api\x07standin\x04test\0\0\x01\0\x01");
    sendto(&client, &query, SendFlags::empty(), &place("192.0.2.53:53")).expect("sent");
    let mut answer = [0_u8; 512];
    let (length, _, from) = recvfrom(&client, &mut answer, RecvFlags::empty()).expect("answered");
    let from = SocketAddr::try_from(from.expect("from somebody")).expect("an address");
    assert_eq!(from, place("192.0.2.53:53"));
    let address = answer[..length].last_chunk::<4>().expect("an address");
    assert!(IpAddr::from(*address).is_loopback());
}

#[test]
fn a_call_by_its_number_is_trapped_too() {
    let net = sealed();
    let client = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    let to = libc::sockaddr_in {
        sin_family: libc::AF_INET as _,
        sin_port: 80_u16.to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes([192, 0, 2, 8]),
        },
        sin_zero: [0; 8],
    };
    let descriptor = std::os::fd::AsRawFd::as_raw_fd(&client);
    // SAFETY: the address is as long as is said.
    let code = unsafe {
        let length = size_of::<libc::sockaddr_in>();
        libc::syscall(libc::SYS_connect, descriptor, &raw const to, length)
    };
    assert_eq!(code, -1);
    assert_eq!(
        io::Error::last_os_error().kind(),
        ErrorKind::ConnectionRefused
    );
    assert_eq!(net.take_unmatched()[0].url(), "http://192.0.2.8/");
}

#[test]
fn there_is_no_io_uring() {
    let _net = sealed();
    assert!(!has_io_uring());
    assert!(thread::spawn(has_io_uring).join().is_ok_and(|has| !has));
}

#[test]
fn a_forked_child_is_sealed_too() {
    let net = sealed();
    mock::get("http://192.0.2.7/")
        .optional()
        .reply("from the parent");
    // SAFETY: the child does what a single thread may do, and leaves without running what the parent owes.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let client = socket(AddressFamily::INET, SocketType::STREAM, None);
        let connected = |to| connect(client.as_ref().expect("a socket"), &place(to));
        let is_fine = connected("192.0.2.8:80") == Err(Errno::CONNREFUSED)
            && connected("192.0.2.7:80").is_ok()
            && !has_io_uring();
        // SAFETY: as above.
        unsafe { libc::_exit(if is_fine { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: it is the child that was just made.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0);
    assert!(
        net.take_unmatched().is_empty(),
        "the child has a journal of its own"
    );
}
