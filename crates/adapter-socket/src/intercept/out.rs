//! A name has one address of ours, and may really have several: who is let out to it gets to the first that answers, as by
//! `TcpStream::connect` of std.
//!
//! Its socket is of IPv4, because the address of ours is, and goes to one place, while it does not wait. Where that is not enough, it is
//! connected to us, and what both sides say is carried.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};

use libc::c_int;
use standin_hooks::real;

use super::address::{Raw, dressed, plain};
use super::asked::Over;
use super::connect::failed;
use super::door::{Client, accept};
use super::hole::{self, Hole};
use super::{resolve, world};
use crate::responder;
use crate::upstream::dial;

/// Connects to what `name` really is; as `connect`.
pub(super) fn connect(client: Client, name: &str, to: SocketAddr) -> c_int {
    let found = resolve::really(name, to.port());
    match found.as_slice() {
        [] => failed(libc::EHOSTUNREACH),
        [only] if fits(client, only) => directly(client, *only),
        _ if client.blocks() => in_turn(client, &found),
        _ => goes_on(client, found, to).unwrap_or_else(|error| failed(errno(&error))),
    }
}

fn fits(client: Client, address: &SocketAddr) -> bool {
    client.is_v6 || address.is_ipv4()
}

fn errno(error: &io::Error) -> c_int {
    error.raw_os_error().unwrap_or(libc::ECONNREFUSED)
}

fn directly(client: Client, address: SocketAddr) -> c_int {
    let to = Raw::of(dressed(address, client.is_v6));
    // SAFETY: the address is valid, and whatever the descriptor is, the kernel says.
    unsafe { real::connect(client.fd, to.as_ptr(), to.length) }
}

fn in_turn(client: Client, found: &[SocketAddr]) -> c_int {
    let mut last = libc::EHOSTUNREACH;
    for address in found {
        let connected = match fits(client, address) {
            true if directly(client, *address) == 0 => Ok(()),
            true => Err(errno(&io::Error::last_os_error())),
            false => carried(client, *address).map_err(|error| errno(&error)),
        };
        match connected {
            Ok(()) => return 0,
            // Its patience is over, and not that of the place.
            Err(code @ (libc::EINPROGRESS | libc::EINTR)) => return failed(code),
            Err(code) => last = code,
        }
    }
    failed(last)
}

fn here(client: Client) -> IpAddr {
    match client.is_v6_only() {
        true => Ipv6Addr::LOCALHOST.into(),
        false => Ipv4Addr::LOCALHOST.into(),
    }
}

/// Connects the client, which waits, to us, by a listener of its own that is gone when this returns.
fn carried(client: Client, address: SocketAddr) -> io::Result<()> {
    let there = TcpStream::connect(address)?;
    let listener = TcpListener::bind((here(client), 0))?;
    listener.set_nonblocking(true)?;
    if directly(client, listener.local_addr()?) != 0 {
        return Err(io::Error::last_os_error());
    }
    while let Some((stream, peer)) = accept(&listener) {
        if peer.get().map(plain) == client.local_address().map(plain) {
            there.set_nonblocking(true)?;
            return responder::carry(stream, there);
        }
    }
    Err(io::ErrorKind::ConnectionRefused.into())
}

/// Lets the client, which does not wait, see a connect that goes on until one of the addresses has answered, or none.
fn goes_on(client: Client, found: Vec<SocketAddr>, to: SocketAddr) -> io::Result<c_int> {
    let hole = Hole::open(here(client))?;
    if directly(client, hole.address) == 0 {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    let going_on = io::Error::last_os_error();
    if going_on.raw_os_error() != Some(libc::EINPROGRESS) {
        return Err(going_on);
    }
    let local = client.local_address().map(plain);
    let local = local.ok_or(io::ErrorKind::AddrNotAvailable)?;
    world::lock().opened(hole.address, to);
    let over = Over::of(hole.address);
    responder::run(async move {
        let _over = over;
        match dial(&found).await {
            Ok(there) => {
                if let Ok(end) = hole.open_to(local) {
                    responder::carry_on(end, there).await;
                }
            }
            Err(error) => hole::fail(client, local, errno(&error)),
        }
    });
    Ok(failed(libc::EINPROGRESS))
}
