//! Clients that make their system calls themselves, by rustix.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses some of them"
)]

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use standin_core::Guard;

use crate::clients::start;

/// An engine for this test, in a process that is sealed.
#[track_caller]
pub(crate) fn sealed() -> Guard {
    standin_socket::seal().unwrap_or_else(|error| panic!("{error}"));
    start()
}

/// The body of a GET by async-net.
pub(crate) async fn get(authority: &str, path: &str) -> io::Result<String> {
    let host = authority.strip_suffix(":80").unwrap_or(authority);
    let mut stream = async_net::TcpStream::connect(authority).await?;
    let head = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await?;
    match reply.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.to_owned()),
        Some(_) => Err(io::Error::other(reply)),
        None => Err(ErrorKind::UnexpectedEof.into()),
    }
}

pub(crate) fn place(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A socket of a stream that waits for nothing.
pub(crate) fn impatient() -> OwnedFd {
    let flags = SocketFlags::NONBLOCK;
    let made = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None);
    made.expect("a socket")
}

/// Whether a ring of io_uring is to be had, as it is not on a kernel without it.
pub(crate) fn has_io_uring() -> bool {
    let mut parameters = [0_u64; 15];
    // SAFETY: there is as much room as the call writes to.
    let ring = unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) };
    if ring >= 0 {
        // SAFETY: the kernel has just made this descriptor.
        unsafe { libc::close(ring as libc::c_int) };
    }
    ring >= 0 || io::Error::last_os_error().raw_os_error() != Some(libc::ENOSYS)
}
