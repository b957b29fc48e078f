//! Code of C asks the resolver in its own ways, and sockets of IPv6 connect in theirs.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::ffi::{CStr, c_int};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::fd::FromRawFd;
use std::ptr::null_mut;

use clients::start;
use standin_core::prelude::*;

const NAME: &CStr = c"api.standin.test";

/// The code of `getaddrinfo`, and of what it found the addresses, the canonical name and the port.
fn resolve(family: c_int, flags: c_int) -> (c_int, Vec<Ipv4Addr>, Option<String>, u16) {
    // SAFETY: all bytes zero are valid hints.
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = family;
    hints.ai_flags = flags;
    hints.ai_socktype = libc::SOCK_STREAM;
    let mut list = null_mut();
    let (mut found, mut name, mut port) = (Vec::new(), None, 0);
    // SAFETY: the strings are of C, the list is read as it was made, and freed once.
    unsafe {
        let code = libc::getaddrinfo(
            NAME.as_ptr(),
            c"http".as_ptr(),
            &raw const hints,
            &raw mut list,
        );
        if code != 0 {
            return (code, found, name, port);
        }
        if !(*list).ai_canonname.is_null() {
            name = CStr::from_ptr((*list).ai_canonname)
                .to_str()
                .ok()
                .map(str::to_owned);
        }
        let mut next = list;
        while let Some(info) = next.as_ref() {
            let address = *info.ai_addr.cast::<libc::sockaddr_in>();
            found.push(Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes()));
            port = u16::from_be(address.sin_port);
            next = info.ai_next;
        }
        libc::freeaddrinfo(list);
    }
    (0, found, name, port)
}

#[test]
fn getaddrinfo_gives_one_address_the_port_and_the_name() {
    let _net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    let flags = libc::AI_CANONNAME | libc::AI_ADDRCONFIG;
    let (code, found, name, port) = resolve(libc::AF_UNSPEC, flags);
    assert_eq!((code, found.len(), port), (0, 1, 80));
    assert!(found[0].is_loopback(), "{found:?}");
    assert_eq!(name.as_deref(), NAME.to_str().ok());
    assert_eq!(resolve(libc::AF_INET, 0).1, found, "it stays the same");
    assert_eq!(resolve(libc::AF_INET6, 0).0, libc::EAI_NONAME);
}

#[test]
fn each_engine_has_its_own_address_for_a_name() {
    let first = {
        let _net = start();
        mock::get("http://api.standin.test/").optional().reply(200);
        resolve(libc::AF_INET, 0).1
    };
    let _net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    assert_ne!(resolve(libc::AF_INET, 0).1, first);
}

unsafe extern "C" {
    fn gethostbyname(name: *const libc::c_char) -> *mut libc::hostent;
    fn gethostbyname_r(
        name: *const libc::c_char,
        host: *mut libc::hostent,
        buffer: *mut libc::c_char,
        length: usize,
        result: *mut *mut libc::hostent,
        error: *mut c_int,
    ) -> c_int;
}

/// The one address of what `gethostbyname` found.
unsafe fn address_of(host: *const libc::hostent) -> Option<Ipv4Addr> {
    // SAFETY: the caller has it from the resolver: null, or with addresses of IPv4 and an end.
    unsafe {
        let host = host.as_ref()?;
        let first = *host.h_addr_list;
        Some(Ipv4Addr::from(first.cast::<[u8; 4]>().read()))
    }
}

#[test]
fn the_old_resolver_answers_as_the_new_one() {
    let net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    let expected = resolve(libc::AF_INET, 0).1[0];
    // SAFETY: the names are strings of C, and the result is read before the next call.
    unsafe {
        assert_eq!(address_of(gethostbyname(NAME.as_ptr())), Some(expected));
        assert!(gethostbyname(c"other.standin.test".as_ptr()).is_null());

        let (mut host, mut buffer) = (std::mem::zeroed(), [0; 1024]);
        let (mut result, mut error) = (null_mut(), 0);
        let code = gethostbyname_r(
            NAME.as_ptr(),
            &raw mut host,
            buffer.as_mut_ptr(),
            buffer.len(),
            &raw mut result,
            &raw mut error,
        );
        assert_eq!((code, address_of(result)), (0, Some(expected)));
    }
    assert_eq!(net.take_unmatched().len(), 1);
}

/// A GET over a socket of IPv6 that is connected to a dressed or a real address.
fn get_over_v6(address: std::net::Ipv6Addr, is_v6_only: bool) -> String {
    // SAFETY: the option and the address are as long as is said, and the descriptor is owned from here on.
    let mut stream = unsafe {
        let fd = libc::socket(libc::AF_INET6, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0);
        let mut stream = TcpStream::from_raw_fd(fd);
        let only = c_int::from(is_v6_only);
        let length = size_of::<c_int>() as libc::socklen_t;
        libc::setsockopt(
            fd,
            libc::IPPROTO_IPV6,
            libc::IPV6_V6ONLY,
            (&raw const only).cast(),
            length,
        );
        let mut to: libc::sockaddr_in6 = std::mem::zeroed();
        to.sin6_family = libc::AF_INET6 as _;
        to.sin6_port = 80_u16.to_be();
        to.sin6_addr.s6_addr = address.octets();
        let length = size_of::<libc::sockaddr_in6>() as libc::socklen_t;
        assert_eq!(libc::connect(fd, (&raw const to).cast(), length), 0);
        let _ = stream.flush();
        stream
    };
    assert_eq!(stream.peer_addr().expect("connected").ip(), address);
    write!(
        stream,
        "GET / HTTP/1.1\r\nhost: api.standin.test\r\nconnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("answered");
    reply
}

#[test]
fn a_socket_of_ipv6_reaches_a_name_an_address_and_one_of_its_own() {
    let _net = start();
    mock::get("http://api.standin.test/")
        .persist()
        .reply("over IPv6");
    mock::get("http://93.184.216.34/").optional().reply(200);
    mock::get("http://[2001:db8::7]/").optional().reply(200);
    let name = resolve(libc::AF_INET, 0).1[0].to_ipv6_mapped();
    let address = Ipv4Addr::new(93, 184, 216, 34).to_ipv6_mapped();
    let own = "2001:db8::7".parse().expect("an address");
    assert!(get_over_v6(name, false).ends_with("over IPv6"));
    assert!(get_over_v6(address, false).ends_with("over IPv6"));
    assert!(get_over_v6(own, false).ends_with("over IPv6"));
    assert!(get_over_v6(own, true).ends_with("over IPv6"));
}
