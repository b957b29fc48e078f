//! No mock answers datagrams but queries to name servers, and none shall slip out past the network policy.
//!
//! A socket that is connected may only want to know the address that this machine would send from: what counts is what it sends.

use std::borrow::Cow;
use std::ffi::c_void;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::{c_int, c_uint, iovec, mmsghdr, msghdr, size_t, sockaddr, socklen_t, ssize_t, timespec};
use standin_hooks::real;

use super::address::{self, Raw, is_loopback, plain};
use super::connect::{self, failed};
use super::door::{Client, is_stream};
use super::names::{self, Sent, Server};
use super::whose::{self, Decision};
use super::world;

/// Whether a socket was ever connected to where no datagram may go: until then the hook of `send` has nothing to look for.
static ANY: AtomicBool = AtomicBool::new(false);

/// A socket that its owner takes for connected. It is not, so that what goes past the hooks (`write`) goes nowhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watched {
    to: SocketAddr,
    /// The address that it has by now: another socket may get the descriptor.
    local: Option<SocketAddr>,
}

/// Where the owner of a socket thinks that it is connected to.
fn watched(fd: c_int) -> Option<SocketAddr> {
    if !ANY.load(Ordering::SeqCst) {
        return None;
    }
    let watched = world::lock().watched.get(&fd).copied()?;
    (local_address(fd) == watched.local).then_some(watched.to)
}

/// Whom a socket is connected to, for who asks.
pub(super) fn peer(fd: c_int) -> Option<Raw> {
    watched(fd).map(Raw::of)
}

/// A socket is connected anew, or no longer.
pub(super) fn forget(fd: c_int) {
    if ANY.load(Ordering::SeqCst) {
        world::lock().watched.remove(&fd);
    }
}

fn local_address(fd: c_int) -> Option<SocketAddr> {
    let client = Client { fd, is_v6: false };
    client.local_address()
}

/// Ends a connection that sent nothing, and leaves the socket the address that it got by it.
fn disconnected(fd: c_int, to: SocketAddr) -> Watched {
    let local = local_address(fd);
    let nobody = Raw::of_family(libc::AF_UNSPEC);
    // SAFETY: the address is valid, and whatever the descriptor is, the kernel says.
    unsafe { real::connect(fd, nobody.as_ptr(), nobody.length) };
    if let Some(local) = local.map(Raw::of) {
        // It fails where the owner has bound the port, which the socket keeps then.
        // SAFETY: as above.
        unsafe { libc::bind(fd, local.as_ptr(), local.length) };
    }
    let local = local_address(fd);
    Watched { to, local }
}

/// A socket for datagrams is connected. That sends nothing, so it is no finding.
pub(super) fn connect(fd: c_int, asked: SocketAddr) -> Option<c_int> {
    let to = plain(asked);
    if is_stream(fd) != Some(false) {
        return None;
    }
    forget(fd);
    if is_loopback(to.ip()) && to.port() != names::PORT {
        return None;
    }
    let Some(active) = whose::owner(to) else {
        return matches!(whose::of_datagram(to), Decision::Refuse)
            .then(|| failed(libc::ECONNREFUSED));
    };
    let is_name_server = to.port() == names::PORT;
    if !is_name_server && whose::lets_out(&active, to) {
        return None;
    }
    if !is_name_server {
        let raw = Raw::of(asked);
        // SAFETY: the address is valid, and whatever the descriptor is, the kernel says.
        if unsafe { real::connect(fd, raw.as_ptr(), raw.length) } == 0 {
            let watched = disconnected(fd, asked);
            world::lock().watched.insert(fd, watched);
            ANY.store(true, Ordering::SeqCst);
            return Some(0);
        }
    }
    // A name server, or there is no way to it from here: ours stands for it.
    let Ok(server) = Server::of(to) else {
        return Some(failed(libc::ECONNREFUSED));
    };
    let raw = server.raw(asked.is_ipv6());
    // SAFETY: as above.
    Some(unsafe { real::connect(fd, raw.as_ptr(), raw.length) })
}

/// What becomes of a datagram; `None`: it is sent as it is.
fn sends<'a>(
    fd: c_int,
    to: SocketAddr,
    bytes: impl FnOnce() -> Cow<'a, [u8]>,
    send: impl FnOnce(&Raw) -> ssize_t,
) -> Option<ssize_t> {
    if standin_core::is_bypassed() || is_stream(fd) != Some(false) {
        return None;
    }
    if to.port() == names::PORT && (whose::owner(plain(to)).is_some() || !is_loopback(to.ip())) {
        match names::sent_to(to, &bytes(), send) {
            Sent::Answered(sent) => return Some(sent),
            Sent::Pass => return None,
            Sent::NoQuery => {}
        }
    }
    refused(plain(to))
}

fn refused(to: SocketAddr) -> Option<ssize_t> {
    matches!(whose::of_datagram(to), Decision::Refuse)
        .then(|| failed(libc::ECONNREFUSED) as ssize_t)
}

/// The same on a socket that is connected.
fn sends_on<'a>(
    fd: c_int,
    bytes: impl FnOnce() -> Cow<'a, [u8]>,
    send: impl FnOnce() -> ssize_t,
) -> Option<ssize_t> {
    if !(ANY.load(Ordering::SeqCst) || names::are_any()) || standin_core::is_bypassed() {
        return None;
    }
    if is_stream(fd) != Some(false) {
        return None;
    }
    let mut peer = Raw::empty();
    let length = &raw mut peer.length;
    // SAFETY: there is as much room as `length` says.
    if unsafe { real::getpeername(fd, peer.as_mut_ptr(), length) } != 0 {
        return sends_watched(fd);
    }
    let peer = peer.get()?;
    let meant = world::lock().meant(plain(peer));
    match meant {
        Some(meant) if meant.port() == names::PORT => {
            match names::sent_to(meant, &bytes(), |_| send()) {
                Sent::Answered(sent) => Some(sent),
                // The socket leads nowhere else.
                Sent::Pass => Some(failed(libc::ENETUNREACH) as ssize_t),
                Sent::NoQuery => Some(failed(libc::ECONNREFUSED) as ssize_t),
            }
        }
        Some(meant) => refused(meant).or_else(|| Some(failed(libc::ENETUNREACH) as ssize_t)),
        None => None,
    }
}

/// The same on a socket whose owner thinks so.
fn sends_watched(fd: c_int) -> Option<ssize_t> {
    let to = watched(fd)?;
    let refused = refused(plain(to));
    if refused.is_none() {
        // By now it may go there.
        let to = Raw::of(to);
        forget(fd);
        // SAFETY: the address is valid, and whatever the descriptor is, the kernel says.
        unsafe { real::connect(fd, to.as_ptr(), to.length) };
    }
    refused
}

/// Whether a connection begins with its first bytes: it is made, and they follow.
fn is_begun(fd: c_int, flags: c_int) -> bool {
    flags & libc::MSG_FASTOPEN != 0 && is_stream(fd) == Some(true)
}

/// # Safety
/// `count` bytes may be read at `bytes`, or it is null.
unsafe fn slice<'a>(bytes: *const c_void, count: size_t) -> &'a [u8] {
    if bytes.is_null() || count > isize::MAX as usize {
        return &[];
    }
    // SAFETY: the caller's own contract.
    unsafe { std::slice::from_raw_parts(bytes.cast(), count) }
}

/// The hook of `send`.
///
/// # Safety
/// As of `send`.
pub(super) unsafe fn send(
    fd: c_int,
    bytes: *const c_void,
    count: size_t,
    flags: c_int,
) -> Option<ssize_t> {
    // SAFETY: the caller's own contract.
    let text = || Cow::Borrowed(unsafe { slice(bytes, count) });
    // SAFETY: as above.
    sends_on(fd, text, || unsafe { real::send(fd, bytes, count, flags) })
}

/// The hook of `sendto`.
///
/// # Safety
/// As of `sendto`.
pub(super) unsafe fn sendto(
    fd: c_int,
    bytes: *const c_void,
    count: size_t,
    flags: c_int,
    to: *const sockaddr,
    length: socklen_t,
) -> Option<ssize_t> {
    if to.is_null() {
        // SAFETY: the caller's own contract.
        return unsafe { send(fd, bytes, count, flags) };
    }
    if is_begun(fd, flags) {
        // SAFETY: the caller's own contract, of which `connect` has a part.
        return match unsafe { connect::connect(fd, to, length) }? {
            // SAFETY: as above, without an address.
            0 => Some(unsafe {
                real::sendto(
                    fd,
                    bytes,
                    count,
                    flags & !libc::MSG_FASTOPEN,
                    std::ptr::null(),
                    0,
                )
            }),
            failed => Some(failed as ssize_t),
        };
    }
    // SAFETY: the caller's own contract.
    let to = unsafe { address::read(to, length) }?;
    // SAFETY: as above.
    let text = || Cow::Borrowed(unsafe { slice(bytes, count) });
    sends(fd, to, text, |server| {
        // SAFETY: as above, to another address.
        unsafe { real::sendto(fd, bytes, count, flags, server.as_ptr(), server.length) }
    })
}

/// The bytes of a message, in one piece.
///
/// # Safety
/// As of `sendmsg`.
unsafe fn gathered(message: &msghdr) -> Vec<u8> {
    let mut text = Vec::new();
    for at in 0..message.msg_iovlen {
        // SAFETY: the message says how many pieces there are, and how long each is.
        unsafe {
            let piece: iovec = *message.msg_iov.add(at);
            text.extend_from_slice(slice(piece.iov_base, piece.iov_len));
        }
    }
    text
}

/// The hook of `sendmsg`.
///
/// # Safety
/// As of `sendmsg`.
pub(super) unsafe fn sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> Option<ssize_t> {
    // SAFETY: the caller's own contract.
    let message = unsafe { message.as_ref() }?;
    // SAFETY: as above.
    let text = || Cow::Owned(unsafe { gathered(message) });
    if message.msg_name.is_null() {
        // SAFETY: the caller's own contract.
        return sends_on(fd, text, || unsafe { real::sendmsg(fd, message, flags) });
    }
    if is_begun(fd, flags) {
        let (to, length) = (message.msg_name.cast_const().cast(), message.msg_namelen);
        // SAFETY: the caller's own contract, of which `connect` has a part.
        return match unsafe { connect::connect(fd, to, length) }? {
            0 => {
                let mut message = *message;
                (message.msg_name, message.msg_namelen) = (std::ptr::null_mut(), 0);
                // SAFETY: as above, without an address.
                let sent =
                    unsafe { real::sendmsg(fd, &raw const message, flags & !libc::MSG_FASTOPEN) };
                Some(sent)
            }
            failed => Some(failed as ssize_t),
        };
    }
    // SAFETY: the caller's own contract: a message says how long its name is.
    let to = unsafe { address::read(message.msg_name.cast(), message.msg_namelen) }?;
    sends(fd, to, text, |server| {
        let mut message = *message;
        message.msg_name = server.as_ptr().cast_mut().cast();
        message.msg_namelen = server.length;
        // SAFETY: as above, to another address.
        unsafe { real::sendmsg(fd, &raw const message, flags) }
    })
}

/// The hook of `sendmmsg`: one after the other.
///
/// # Safety
/// As of `sendmmsg`.
pub(super) unsafe fn sendmmsg(
    fd: c_int,
    messages: *mut mmsghdr,
    count: c_uint,
    flags: c_int,
) -> Option<c_int> {
    if (is_stream(fd) != Some(false) && !is_begun(fd, flags)) || count == 0 {
        return None;
    }
    for at in 0..count as usize {
        // SAFETY: the caller says how many messages there are.
        unsafe {
            let message = messages.add(at);
            let header = &raw const (*message).msg_hdr;
            let sent = sendmsg(fd, header, flags);
            let sent = sent.unwrap_or_else(|| real::sendmsg(fd, header, flags));
            if sent < 0 {
                return Some(if at == 0 { -1 } else { at as c_int });
            }
            (*message).msg_len = sent as c_uint;
        }
    }
    Some(count as c_int)
}

/// Says in the place of a server of ours for which it stands.
///
/// # Safety
/// `address` and `length` are as `recvfrom` left them, with `room` bytes at `address`.
unsafe fn rename(address: *mut sockaddr, length: *mut socklen_t, room: socklen_t) {
    // SAFETY: the caller's own contract.
    unsafe {
        let Some(from) = address::read(address, room.min(*length)) else {
            return;
        };
        if let Some(meant) = names::meant(from) {
            *length = room;
            meant.write_to(address, length);
        }
    }
}

/// The hook of `recvfrom`.
///
/// # Safety
/// As of `recvfrom`.
pub(super) unsafe fn recvfrom(
    fd: c_int,
    bytes: *mut c_void,
    count: size_t,
    flags: c_int,
    from: *mut sockaddr,
    length: *mut socklen_t,
) -> Option<ssize_t> {
    if !names::are_any() || from.is_null() || length.is_null() {
        return None;
    }
    // SAFETY: the caller's own contract.
    unsafe {
        let room = *length;
        let received = real::recvfrom(fd, bytes, count, flags, from, length);
        if received >= 0 {
            rename(from, length, room);
        }
        Some(received)
    }
}

/// The hook of `recvmsg`.
///
/// # Safety
/// As of `recvmsg`.
pub(super) unsafe fn recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> Option<ssize_t> {
    if !names::are_any() || message.is_null() {
        return None;
    }
    // SAFETY: the caller's own contract.
    unsafe {
        let room = (*message).msg_namelen;
        let received = real::recvmsg(fd, message, flags);
        if received >= 0 && !(*message).msg_name.is_null() {
            let name = (*message).msg_name.cast();
            rename(name, &raw mut (*message).msg_namelen, room);
        }
        Some(received)
    }
}

/// The hook of `recvmmsg`.
///
/// # Safety
/// As of `recvmmsg`.
pub(super) unsafe fn recvmmsg(
    fd: c_int,
    messages: *mut mmsghdr,
    count: c_uint,
    flags: c_int,
    timeout: *mut timespec,
) -> Option<c_int> {
    if !names::are_any() || messages.is_null() {
        return None;
    }
    // SAFETY: the caller's own contract: there are `count` messages.
    unsafe {
        let header = |at: usize| &raw mut (*messages.add(at)).msg_hdr;
        let rooms: Vec<_> = (0..count as usize)
            .map(|at| (*header(at)).msg_namelen)
            .collect();
        let received = real::recvmmsg(fd, messages, count, flags, timeout);
        for (at, room) in rooms.into_iter().enumerate().take(received.max(0) as usize) {
            let message = header(at);
            if !(*message).msg_name.is_null() {
                let name = (*message).msg_name.cast();
                rename(name, &raw mut (*message).msg_namelen, room);
            }
        }
        Some(received)
    }
}
