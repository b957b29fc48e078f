//! A connection may begin with its first bytes (`MSG_FASTOPEN`), and no `connect` is called: it is as any other.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::{self, ErrorKind, Read};
use std::net::{Ipv4Addr, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use clients::start;
use standin_core::prelude::*;

const REQUEST: &str = "GET /zen HTTP/1.1\r\nhost: 192.0.2.7\r\nconnection: close\r\n\r\n";

/// By which function of libc the bytes are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    Address,
    Message,
    Messages,
}

const ALL: [By; 3] = [By::Address, By::Message, By::Messages];

fn begin(by: By, to: Ipv4Addr) -> io::Result<TcpStream> {
    // SAFETY: the call takes no pointer, and the descriptor is new.
    let socket = unsafe {
        let fd = libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0);
        OwnedFd::from_raw_fd(fd)
    };
    // SAFETY: all bytes zero are valid for both.
    let (mut address, mut message): (libc::sockaddr_in, libc::mmsghdr) =
        unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
    address.sin_family = libc::AF_INET as _;
    address.sin_port = 80_u16.to_be();
    address.sin_addr.s_addr = u32::from_ne_bytes(to.octets());
    let length = size_of::<libc::sockaddr_in>() as libc::socklen_t;
    let mut piece = libc::iovec {
        iov_base: REQUEST.as_ptr().cast_mut().cast(),
        iov_len: REQUEST.len(),
    };
    message.msg_hdr.msg_name = (&raw mut address).cast();
    message.msg_hdr.msg_namelen = length;
    message.msg_hdr.msg_iov = &raw mut piece;
    message.msg_hdr.msg_iovlen = 1;
    let (fd, flags) = (socket.as_raw_fd(), libc::MSG_FASTOPEN);
    // SAFETY: address, bytes and message are there and as long as is said.
    let sent = unsafe {
        match by {
            By::Address => libc::sendto(
                fd,
                REQUEST.as_ptr().cast(),
                REQUEST.len(),
                flags,
                (&raw const address).cast(),
                length,
            ),
            By::Message => libc::sendmsg(fd, &raw const message.msg_hdr, flags),
            By::Messages => match libc::sendmmsg(fd, &raw mut message, 1, flags) {
                1 => message.msg_len as isize,
                failed => failed as isize,
            },
        }
    };
    match sent {
        -1 => Err(io::Error::last_os_error()),
        sent => {
            assert_eq!(sent as usize, REQUEST.len(), "{by:?}");
            Ok(socket.into())
        }
    }
}

#[test]
fn it_is_answered() {
    for by in ALL {
        let _net = start();
        mock::get("http://192.0.2.7/zen").reply("Keep it logically awesome.");
        let mut stream = begin(by, Ipv4Addr::new(192, 0, 2, 7)).expect("connected");
        assert_eq!(
            stream.peer_addr().expect("connected").to_string(),
            "192.0.2.7:80"
        );
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("answered");
        assert!(reply.ends_with("Keep it logically awesome."), "{reply}");
    }
}

#[test]
fn where_no_mock_is_it_is_refused_and_fails_the_test() {
    for by in ALL {
        let net = start();
        let refused = begin(by, Ipv4Addr::new(192, 0, 2, 8)).expect_err("refused");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{by:?}");
        assert_eq!(net.take_unmatched()[0].url(), "http://192.0.2.8/", "{by:?}");
    }
}
