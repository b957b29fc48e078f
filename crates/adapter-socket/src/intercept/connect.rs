//! The hooks of `connect` and `getpeername`: where a socket goes, and where its owner thinks that it went.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use libc::{c_int, sockaddr, socklen_t};
use standin_hooks::real;

use super::address::{self, Raw, dressed, plain};
use super::door::{Client, Door, Host};
use super::meeting::{Meeting, Turned, at_once, coming_after};
use super::whose::{self, Decision};
use super::world::{self, Active};
use super::{asked, datagram, door, hole, names, out, unix};
use crate::parking::wait;

/// The hook of `connect`.
///
/// # Safety
/// As of `connect`.
pub(super) unsafe fn connect(fd: c_int, to: *const sockaddr, length: socklen_t) -> Option<c_int> {
    // SAFETY: the caller says how many bytes may be read.
    let Some(asked) = (unsafe { address::read(to, length) }) else {
        datagram::forget(fd);
        // SAFETY: as above.
        return unix::connect(fd, unsafe { address::read_path(to, length) }?);
    };
    let to = plain(asked);
    if standin_core::is_bypassed() {
        // An adapter opens what passes through. A name that was looked up on another thread has our address.
        return let_out(Client::of(fd, asked.is_ipv6())?, to);
    }
    let Some(client) = Client::of(fd, asked.is_ipv6()) else {
        return datagram::connect(fd, asked);
    };
    // Whoever asks in this way how a connect goes on is told by the kernel, but while it goes on: it may fail between this and that.
    match client.state() {
        Some(door::CONNECTING) if !client.blocks() => return Some(failed(libc::EALREADY)),
        Some(state) if state != door::CLOSED => return None,
        _ => {}
    }
    if let Some(errno) = hole::told(fd) {
        return Some(failed(errno));
    }
    if to.port() == names::PORT
        && !is_of_name(to)
        && let Some(active) = whose::owner(to)
        && !whose::lets_out(&active, to)
    {
        let host = world::lock().host(&active, &whose::host_of(to.ip()));
        return Some(entered(&host, &active, client, to.port(), Meeting::Names));
    }
    match whose::of_connection(to) {
        Decision::Pass | Decision::Unclaimed(_) => {
            world::unclaimed_name(to.ip()).map(|name| out::connect(client, &name, to))
        }
        Decision::LetOut(_) => let_out(client, to),
        Decision::Several(candidates, host) => {
            Some(match asked::enter(&candidates, host, client, to) {
                Ok(()) => 0,
                Err(errno) => failed(errno),
            })
        }
        Decision::Refuse => Some(failed(libc::ECONNREFUSED)),
        Decision::Serve(active, host) => {
            let host = world::lock().host(&active, &host);
            let blocks = client.blocks();
            // Who waits by the machine's time waits for nothing of a time that stands still.
            let owed = host.owed().filter(|_| !blocks);
            let mut coming = coming_after(&active, host.destination(to.port()), owed);
            let met = if blocks {
                let met = wait(coming, client.patience());
                met.unwrap_or(Err(Turned::Failed(libc::EINPROGRESS)))
            } else if let Some(met) = at_once(&mut coming) {
                met
            } else {
                let goes_on = |door: Arc<Door>| door.enter_later(&active, client, coming);
                return Some(code(door_of(&host, to.port()).and_then(goes_on)));
            };
            match met {
                Ok(meeting) => Some(entered(&host, &active, client, to.port(), meeting)),
                Err(Turned::LetOut) => let_out(client, to),
                Err(Turned::Failed(errno)) => Some(failed(errno)),
            }
        }
    }
}

fn is_of_name(to: SocketAddr) -> bool {
    matches!(to.ip(), IpAddr::V4(ip) if world::is_ours(ip))
}

fn door_of(host: &Host, port: u16) -> Result<Arc<Door>, c_int> {
    let refused = |error: io::Error| error.raw_os_error().unwrap_or(libc::ECONNREFUSED);
    host.door(port).map_err(refused)
}

/// What the call returns by which a client connects to a port of a host of ours.
fn entered(
    host: &Host,
    active: &Arc<Active>,
    client: Client,
    port: u16,
    meeting: Meeting,
) -> c_int {
    let enters = |door: Arc<Door>| door.enter(active, client, meeting);
    code(door_of(host, port).and_then(enters))
}

fn code(connected: Result<(), c_int>) -> c_int {
    connected.map_or_else(failed, |()| 0)
}

/// A connection goes where it wants; `None` where that is what the caller says.
fn let_out(client: Client, to: SocketAddr) -> Option<c_int> {
    match to.ip() {
        // Some of the ports of its name are mocked, and this one is let out.
        IpAddr::V4(ip) if world::is_ours(ip) => {
            let named = world::lock().named(ip);
            Some(named.map_or_else(
                || failed(libc::EHOSTUNREACH),
                |named| out::connect(client, &named.name, to),
            ))
        }
        _ => None,
    }
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
    let meant = if unsafe { real::getpeername(fd, peer.as_mut_ptr(), peer_length) } == 0 {
        let actual = peer.get()?;
        let meant = world::lock().meant(plain(actual))?;
        Raw::of(dressed(meant, actual.is_ipv6()))
    } else {
        datagram::peer(fd)?
    };
    // SAFETY: the caller's own contract.
    unsafe { meant.write_to(address, length) };
    Some(0)
}
