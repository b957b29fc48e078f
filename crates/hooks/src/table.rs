//! What answers the hooks, where somebody does.

use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};

use libc::{
    FILE, addrinfo, c_char, c_int, c_uint, hostent, mmsghdr, msghdr, size_t, sockaddr, socklen_t,
    ssize_t, timespec,
};

static TABLE: AtomicPtr<Table> = AtomicPtr::new(std::ptr::null_mut());

/// One function for each hook, with the arguments of libc's. It answers with what the hook returns, `errno` set, or says `None`:
/// then the next definition is called with the same arguments and the `errno` from before. Hooks pass through while it runs, and
/// when it panics that is as `None`.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::type_complexity, reason = "the types of libc")]
pub struct Table {
    /// `connect(2)`.
    pub connect: Option<unsafe fn(c_int, *const sockaddr, socklen_t) -> Option<c_int>>,
    /// `getpeername(2)`.
    pub getpeername: Option<unsafe fn(c_int, *mut sockaddr, *mut socklen_t) -> Option<c_int>>,
    /// `getsockopt(2)`.
    pub getsockopt:
        Option<unsafe fn(c_int, c_int, c_int, *mut c_void, *mut socklen_t) -> Option<c_int>>,
    /// `getaddrinfo(3)`.
    pub getaddrinfo: Option<
        unsafe fn(
            *const c_char,
            *const c_char,
            *const addrinfo,
            *mut *mut addrinfo,
        ) -> Option<c_int>,
    >,
    /// `gethostbyname(3)`.
    pub gethostbyname: Option<unsafe fn(*const c_char) -> Option<*mut hostent>>,
    /// `gethostbyname2(3)`.
    pub gethostbyname2: Option<unsafe fn(*const c_char, c_int) -> Option<*mut hostent>>,
    /// `gethostbyname_r(3)`.
    pub gethostbyname_r: Option<
        unsafe fn(
            *const c_char,
            *mut hostent,
            *mut c_char,
            size_t,
            *mut *mut hostent,
            *mut c_int,
        ) -> Option<c_int>,
    >,
    /// `gethostbyname2_r(3)`.
    pub gethostbyname2_r: Option<
        unsafe fn(
            *const c_char,
            c_int,
            *mut hostent,
            *mut c_char,
            size_t,
            *mut *mut hostent,
            *mut c_int,
        ) -> Option<c_int>,
    >,
    /// `send(2)`.
    pub send: Option<unsafe fn(c_int, *const c_void, size_t, c_int) -> Option<ssize_t>>,
    /// `sendto(2)`.
    pub sendto: Option<
        unsafe fn(
            c_int,
            *const c_void,
            size_t,
            c_int,
            *const sockaddr,
            socklen_t,
        ) -> Option<ssize_t>,
    >,
    /// `recvfrom(2)`.
    pub recvfrom: Option<
        unsafe fn(
            c_int,
            *mut c_void,
            size_t,
            c_int,
            *mut sockaddr,
            *mut socklen_t,
        ) -> Option<ssize_t>,
    >,
    /// `sendmsg(2)`.
    pub sendmsg: Option<unsafe fn(c_int, *const msghdr, c_int) -> Option<ssize_t>>,
    /// `recvmsg(2)`.
    pub recvmsg: Option<unsafe fn(c_int, *mut msghdr, c_int) -> Option<ssize_t>>,
    /// `sendmmsg(2)`.
    pub sendmmsg: Option<unsafe fn(c_int, *mut mmsghdr, c_uint, c_int) -> Option<c_int>>,
    /// `recvmmsg(2)`.
    pub recvmmsg:
        Option<unsafe fn(c_int, *mut mmsghdr, c_uint, c_int, *mut timespec) -> Option<c_int>>,
    /// `fopen(3)`.
    pub fopen: Option<unsafe fn(*const c_char, *const c_char) -> Option<*mut FILE>>,
    /// `fopen64(3)`.
    pub fopen64: Option<unsafe fn(*const c_char, *const c_char) -> Option<*mut FILE>>,
}

/// Lets the hooks ask this table from now on; it takes the place of one that was installed before.
pub fn install(table: &'static Table) {
    TABLE.store(std::ptr::from_ref(table).cast_mut(), Ordering::Release);
}

#[inline]
pub(crate) fn table() -> Option<&'static Table> {
    let table = TABLE.load(Ordering::Acquire);
    // SAFETY: it is null or comes from the `&'static` of `install`, and nobody writes through it.
    unsafe { table.as_ref() }
}
