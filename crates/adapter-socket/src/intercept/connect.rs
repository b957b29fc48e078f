//! The hooks of `connect` and `getpeername`: where a socket goes, and where its owner thinks that it went.

use std::net::{IpAddr, SocketAddr};

use libc::{c_int, sockaddr, socklen_t};
use standin_core::Destination;
use standin_hooks::real;

use super::address::{self, Raw, dressed, plain};
use super::door::Client;
use super::meeting::{at_once, meeting};
use super::whose::{self, Decision};
use super::{hole, resolve, world};
use crate::parking::wait;

/// The hook of `connect`.
///
/// # Safety
/// As of `connect`.
pub(super) unsafe fn connect(fd: c_int, to: *const sockaddr, length: socklen_t) -> Option<c_int> {
    // SAFETY: the caller says how many bytes may be read.
    let asked = unsafe { address::read(to, length) }?;
    let to = plain(asked);
    hole::forget(fd);
    if standin_core::is_bypassed() {
        // An adapter opens what passes through. A name that was looked up on another thread has our address.
        return match (to.ip(), Client::of(fd, asked.is_ipv6())) {
            (IpAddr::V4(ip), Some(client)) if world::is_ours(ip) => {
                Some(connect_to_name(client, to))
            }
            _ => None,
        };
    }
    let Some(client) = Client::of(fd, asked.is_ipv6()) else {
        let refused = matches!(whose::of_datagram(to), Decision::Refuse);
        return refused.then(|| failed(libc::ECONNREFUSED));
    };
    match whose::of_connection(to) {
        Decision::Pass => None,
        Decision::LetOut(_) => match to.ip() {
            IpAddr::V4(ip) if world::is_ours(ip) => Some(connect_to_name(client, to)),
            _ => None,
        },
        Decision::Several(candidates) => {
            whose::tell(&candidates, to);
            Some(failed(libc::ECONNREFUSED))
        }
        Decision::Refuse => Some(failed(libc::ECONNREFUSED)),
        Decision::Serve(active, host) => {
            let host = world::lock().host(&active, &host);
            let door = match host.door(to.port()) {
                Ok(door) => door,
                Err(error) => {
                    return Some(failed(error.raw_os_error().unwrap_or(libc::ECONNREFUSED)));
                }
            };
            let is_named = host.name.parse::<IpAddr>().is_err() && !host.name.starts_with('[');
            let destination = Destination::new("", &host.name, Some(to.port()));
            let mut meeting = meeting(&active, destination, is_named);
            let met = match at_once(&mut meeting) {
                None if client.blocks() => match wait(meeting, client.patience()) {
                    Some(met) => met,
                    None => Err(libc::EINPROGRESS),
                },
                None => {
                    let entered = door.enter_later(&active, client, meeting);
                    return Some(entered.map_or_else(failed, |()| 0));
                }
                Some(met) => met,
            };
            let entered = met.and_then(|fault| door.enter(&active, client, fault));
            Some(entered.map_or_else(failed, |()| 0))
        }
    }
}

/// Connects to what a name of ours really is: some of its ports are mocked, and this one is let out.
fn connect_to_name(client: Client, to: SocketAddr) -> c_int {
    let IpAddr::V4(ip) = to.ip() else {
        return failed(libc::ECONNREFUSED);
    };
    let named = world::lock().named(ip);
    let found = named
        .map(|named| resolve::really(&named.name, to.port()))
        .unwrap_or_default();
    let fits = |address: &&SocketAddr| client.is_v6 || address.is_ipv4();
    let Some(address) = found.iter().find(fits) else {
        return failed(libc::EHOSTUNREACH);
    };
    let to = Raw::of(dressed(*address, client.is_v6));
    // SAFETY: the address is valid, and whatever the descriptor is, the kernel says.
    unsafe { real::connect(client.fd, to.as_ptr(), to.length) }
}

/// What a call returns that fails.
pub(super) fn failed(errno: c_int) -> c_int {
    // SAFETY: this thread's own.
    unsafe { *libc::__errno_location() = errno };
    -1
}

/// The hook of `getpeername`.
///
/// # Safety
/// As of `getpeername`.
pub(super) unsafe fn getpeername(
    fd: c_int,
    address: *mut sockaddr,
    length: *mut socklen_t,
) -> Option<c_int> {
    let mut peer = Raw::empty();
    let peer_length = &raw mut peer.length;
    // SAFETY: there is as much room as `peer_length` says.
    if unsafe { real::getpeername(fd, peer.as_mut_ptr(), peer_length) } != 0 {
        return None;
    }
    let actual = peer.get()?;
    let meant = world::lock().meant(plain(actual))?;
    let meant = Raw::of(dressed(meant, actual.is_ipv6()));
    // SAFETY: the caller's own contract.
    unsafe { meant.write_to(address, length) };
    Some(0)
}
