//! The smallest clients that there are.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses some of them"
)]

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

use standin_core::Guard;

/// An engine for this test, with interception on.
#[track_caller]
pub(crate) fn start() -> Guard {
    standin_socket::start().unwrap_or_else(|error| panic!("{error}"));
    standin_core::activate_with(standin_wire::clock())
}

/// The body of a GET, by nothing but a socket of std.
pub(crate) fn get(authority: &str, path: &str) -> io::Result<String> {
    let stream = TcpStream::connect(authority)?;
    get_on(stream, authority, path)
}

/// The same with a timeout, for which std makes the socket one that does not wait.
pub(crate) fn get_with_timeout(authority: &str, path: &str) -> io::Result<String> {
    let address = authority
        .to_socket_addrs()?
        .next()
        .ok_or(io::ErrorKind::NotFound)?;
    let stream = TcpStream::connect_timeout(&address, std::time::Duration::from_secs(20))?;
    get_on(stream, authority, path)
}

fn get_on(mut stream: TcpStream, authority: &str, path: &str) -> io::Result<String> {
    let host = authority.strip_suffix(":80").unwrap_or(authority);
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    let (head, body) = reply
        .split_once("\r\n\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    if head.starts_with("HTTP/1.1 200") {
        Ok(body.to_owned())
    } else {
        Err(io::Error::other(reply))
    }
}
