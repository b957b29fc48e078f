//! No mock answers datagrams, and none shall slip out past the network policy: a query to a name server is a connection too.

use std::ffi::c_void;

use libc::{c_int, c_uint, mmsghdr, msghdr, size_t, sockaddr, socklen_t, ssize_t};
use standin_hooks::real;

use super::address::{self, plain};
use super::connect;
use super::door::is_stream;
use super::whose::{self, Decision};

/// Whether a datagram to this address is refused; `errno` is then set.
///
/// # Safety
/// `to` is null, or `length` bytes may be read there.
unsafe fn is_refused(fd: c_int, to: *const sockaddr, length: socklen_t) -> bool {
    // SAFETY: the caller's own contract.
    let Some(to) = (unsafe { address::read(to, length) }) else {
        return false;
    };
    if is_stream(fd) != Some(false) || !matches!(whose::of_datagram(plain(to)), Decision::Refuse) {
        return false;
    }
    connect::failed(libc::ECONNREFUSED);
    true
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
        return None;
    }
    if flags & libc::MSG_FASTOPEN != 0 && is_stream(fd) == Some(true) {
        // A connection that begins with its first bytes: it is made, and they follow.
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
    unsafe { is_refused(fd, to, length) }.then_some(-1)
}

/// The hook of `sendmsg`.
///
/// # Safety
/// As of `sendmsg`.
pub(super) unsafe fn sendmsg(fd: c_int, message: *const msghdr, _flags: c_int) -> Option<ssize_t> {
    // SAFETY: the caller's own contract.
    let message = unsafe { message.as_ref() }?;
    if message.msg_name.is_null() {
        return None;
    }
    // SAFETY: as above: a message says how long its name is.
    unsafe { is_refused(fd, message.msg_name.cast(), message.msg_namelen) }.then_some(-1)
}

/// The hook of `sendmmsg`: refused as a whole where one of its messages is.
///
/// # Safety
/// As of `sendmmsg`.
pub(super) unsafe fn sendmmsg(
    fd: c_int,
    messages: *mut mmsghdr,
    count: c_uint,
    flags: c_int,
) -> Option<c_int> {
    for at in 0..count as usize {
        // SAFETY: the caller says how many messages there are.
        let refused = unsafe { sendmsg(fd, &raw const (*messages.add(at)).msg_hdr, flags) };
        if refused.is_some() {
            return Some(-1);
        }
    }
    None
}
