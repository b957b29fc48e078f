//! The hooks of `connect` and `getpeername`: where a socket goes, and where its owner thinks that it went.

use std::net::{IpAddr, SocketAddr};

use libc::{c_int, sockaddr, socklen_t};
use standin_hooks::real;

use super::address::{self, Raw, dressed, plain};
use super::door::Client;
use super::meeting::{self, Turned};
use super::whose::{self, Decision};
use super::{asked, resolve, unix, world};

/// The hook of `connect`.
///
/// # Safety
/// As of `connect`.
pub(super) unsafe fn connect(fd: c_int, to: *const sockaddr, length: socklen_t) -> Option<c_int> {
    // SAFETY: the caller says how many bytes may be read.
    let Some(asked) = (unsafe { address::read(to, length) }) else {
        // SAFETY: as above.
        return unix::connect(fd, unsafe { address::read_path(to, length) }?);
    };
    let to = plain(asked);
    let Some(client) = Client::of(fd, asked.is_ipv6()) else {
        let refused = matches!(whose::of_datagram(to), Decision::Refuse);
        return refused.then(|| failed(libc::ECONNREFUSED));
    };
    match whose::of_connection(to) {
        Decision::Pass => None,
        Decision::LetOut(_) => let_out(client, to),
        Decision::Several(..) if client.is_connected() => None,
        Decision::Several(candidates, host) => {
            Some(match asked::enter(&candidates, host, client, to) {
                Ok(()) => 0,
                Err(errno) => failed(errno),
            })
        }
        Decision::Refuse => Some(failed(libc::ECONNREFUSED)),
        // Who asks once more how it goes is told so by the kernel.
        Decision::Serve(..) if client.is_connected() => None,
        Decision::Serve(active, host) => {
            let met = meeting::of(&active, &host, to.port());
            let meeting = match met {
                Ok(meeting) => meeting,
                Err(Turned::LetOut) => return let_out(client, to),
                Err(Turned::Failed(errno)) => return Some(failed(errno)),
            };
            let host = world::lock().host(&active, &host);
            let door = match host.door(to.port()) {
                Ok(door) => door,
                Err(error) => {
                    return Some(failed(error.raw_os_error().unwrap_or(libc::ECONNREFUSED)));
                }
            };
            Some(match door.enter(&active, client, meeting) {
                Ok(()) => 0,
                Err(errno) => failed(errno),
            })
        }
    }
}

/// A connection goes where it wants; `None` where that is what the caller says.
fn let_out(client: Client, to: SocketAddr) -> Option<c_int> {
    match to.ip() {
        IpAddr::V4(ip) if world::is_ours(ip) => Some(connect_to_name(client, to)),
        _ => None,
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
