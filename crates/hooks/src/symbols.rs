//! The symbols themselves: what the process calls, and what they stand before.

use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

use libc::{
    FILE, addrinfo, c_char, c_int, c_uint, hostent, mmsghdr, msghdr, size_t, sockaddr, socklen_t,
    ssize_t, timespec,
};

use crate::guard::{ask, set_errno};
use crate::table::{Table, table};
use crate::thread::pthread_create;

/// The next definition of a symbol, looked up once.
pub(crate) struct Next {
    name: &'static CStr,
    found: AtomicPtr<c_void>,
}

impl Next {
    pub(crate) const fn new(name: &'static CStr) -> Self {
        Self {
            name,
            found: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// Null when there is none.
    pub(crate) fn get(&self) -> *mut c_void {
        let found = self.found.load(Ordering::Relaxed);
        if found.is_null() { self.find() } else { found }
    }

    #[cold]
    fn find(&self) -> *mut c_void {
        // SAFETY: the name is a string of C, and `RTLD_NEXT` looks in the libraries behind this executable.
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
        self.found.store(found, Ordering::Relaxed);
        found
    }

    /// The definition that the rest of the process sees.
    pub(crate) fn seen(name: &CStr) -> *mut c_void {
        // SAFETY: the name is a string of C.
        unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
    }
}

macro_rules! hooks {
    ($(
        $name:ident($($arg:ident: $type:ty),*) -> $returns:ty,
        otherwise $failed:expr;
    )*) => {
        /// What stands behind the hooks: libc's functions, or those of a preloaded library.
        pub mod real {
            use super::*;

            $(
                #[doc = concat!("The next `", stringify!($name), "`, with `ENOSYS` where there is none.")]
                ///
                /// # Safety
                /// As of the function of libc.
                pub unsafe fn $name($($arg: $type),*) -> $returns {
                    let next = next::$name.get();
                    if next.is_null() {
                        set_errno(libc::ENOSYS);
                        return $failed;
                    }
                    // SAFETY: the symbol of this name has this type, and the caller keeps to its contract.
                    unsafe {
                        let next: unsafe extern "C" fn($($type),*) -> $returns = std::mem::transmute(next);
                        next($($arg),*)
                    }
                }
            )*
        }

        #[expect(non_upper_case_globals, reason = "one for each function, called as it is")]
        mod next {
            use super::Next;

            $(pub(super) static $name: Next = Next::new(
                // A literal that ends in the one zero byte.
                match std::ffi::CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                    Ok(name) => name,
                    Err(_) => panic!("a name without a zero byte inside"),
                },
            );)*
        }

        $(
            /// Asks the table, and goes on to the next definition.
            ///
            /// # Safety
            /// As of the function of libc.
            #[unsafe(no_mangle)]
            pub(crate) unsafe extern "C" fn $name($($arg: $type),*) -> $returns {
                if let Some(function) = table().and_then(|table| table.$name) {
                    // SAFETY: the caller keeps to the contract of libc's function, which is the entry's contract.
                    let answer = ask(|| unsafe { function($($arg),*) });
                    if let Some(answer) = answer {
                        return answer;
                    }
                }
                // SAFETY: the caller's own contract.
                unsafe { real::$name($($arg),*) }
            }
        )*

        /// Before `main` and before there are threads, so that no hook ever looks a symbol up in a signal handler.
        extern "C" fn find_all() {
            $(next::$name.get();)*
            crate::thread::find();
        }

        impl Table {
            /// A table that answers nothing.
            pub const EMPTY: Self = Self { $($name: None),* };
        }
    };
}

hooks! {
    connect(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int, otherwise -1;
    getpeername(fd: c_int, address: *mut sockaddr, length: *mut socklen_t) -> c_int, otherwise -1;
    getsockopt(fd: c_int, level: c_int, name: c_int, value: *mut c_void, length: *mut socklen_t) -> c_int, otherwise -1;
    getaddrinfo(node: *const c_char, service: *const c_char, hints: *const addrinfo, result: *mut *mut addrinfo) -> c_int,
        otherwise libc::EAI_SYSTEM;
    gethostbyname(name: *const c_char) -> *mut hostent, otherwise std::ptr::null_mut();
    gethostbyname2(name: *const c_char, family: c_int) -> *mut hostent, otherwise std::ptr::null_mut();
    gethostbyname_r(
        name: *const c_char, host: *mut hostent, buffer: *mut c_char, length: size_t,
        result: *mut *mut hostent, error: *mut c_int
    ) -> c_int, otherwise libc::ENOSYS;
    gethostbyname2_r(
        name: *const c_char, family: c_int, host: *mut hostent, buffer: *mut c_char, length: size_t,
        result: *mut *mut hostent, error: *mut c_int
    ) -> c_int, otherwise libc::ENOSYS;
    send(fd: c_int, bytes: *const c_void, count: size_t, flags: c_int) -> ssize_t, otherwise -1;
    sendto(
        fd: c_int, bytes: *const c_void, count: size_t, flags: c_int, address: *const sockaddr, length: socklen_t
    ) -> ssize_t, otherwise -1;
    recvfrom(
        fd: c_int, bytes: *mut c_void, count: size_t, flags: c_int, address: *mut sockaddr, length: *mut socklen_t
    ) -> ssize_t, otherwise -1;
    sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t, otherwise -1;
    recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> ssize_t, otherwise -1;
    sendmmsg(fd: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int) -> c_int, otherwise -1;
    recvmmsg(fd: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int, timeout: *mut timespec) -> c_int, otherwise -1;
    fopen(path: *const c_char, mode: *const c_char) -> *mut FILE, otherwise std::ptr::null_mut();
    fopen64(path: *const c_char, mode: *const c_char) -> *mut FILE, otherwise std::ptr::null_mut();
}

#[used]
#[unsafe(link_section = ".init_array")]
static FIND_ALL: extern "C" fn() = find_all;

/// TSan's runtime defines a weak `connect`: what refers to ours brings ours in.
#[used]
#[unsafe(no_mangle)]
static STANDIN_HOOKS: unsafe extern "C" fn(c_int, *const sockaddr, socklen_t) -> c_int = connect;

/// Whether shared libraries call the symbols of this crate, as the executable does.
///
/// # Errors
/// With the name of one that is somebody else's for them: the executable was linked so that it does not export its symbols
/// (`-Wl,--exclude-libs,ALL`).
pub fn check() -> Result<(), &'static str> {
    let ours: [(&'static CStr, *const ()); 3] = [
        (c"connect", connect as *const ()),
        (c"getaddrinfo", getaddrinfo as *const ()),
        (c"pthread_create", pthread_create as *const ()),
    ];
    match ours
        .iter()
        .find(|(name, ours)| Next::seen(name).cast_const().cast() != *ours)
    {
        Some((name, _)) => Err(name.to_str().unwrap_or("a hook")),
        None => Ok(()),
    }
}
