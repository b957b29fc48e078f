//! The hooks of the resolver: a name that mocks claim gets an address on loopback that stands for it.
//!
//! The real functions are given that address as a literal, so that what they return is what the caller frees or keeps as ever.

use std::ffi::{CStr, CString};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use libc::{addrinfo, c_char, c_int, hostent, size_t};
use standin_core::Destination;
use standin_hooks::real;

use super::address;
use super::door::Host;
use super::meeting::LookUp;
use super::whose::{self, Decision};
use super::world::{self, Active};

/// How often another address is tried when somebody else has a port of the first.
const TRIES: usize = 8;

/// Of netdb.h: the host has no address of this family.
const EAI_ADDRFAMILY: c_int = -9;

/// What becomes of a name.
enum Name {
    Pass,
    /// This address stands for it.
    Ours(CString),
    /// Its real addresses are remembered.
    LetOut(Arc<Active>, String),
    /// It is not found: the code of `getaddrinfo` that says why.
    Failed(c_int),
}

/// # Safety
/// `name` and `service` are null or strings of C.
unsafe fn decide(name: *const c_char, service: *const c_char) -> Name {
    if name.is_null() {
        return Name::Pass;
    }
    // SAFETY: the caller's own contract.
    let Ok(name) = (unsafe { CStr::from_ptr(name) }).to_str() else {
        return Name::Pass;
    };
    // SAFETY: the caller's own contract.
    let service = (!service.is_null()).then(|| unsafe { CStr::from_ptr(service) });
    // A zone may follow an address.
    let bare = name.split_once('%').map_or(name, |(bare, _)| bare);
    let host = Destination::new("", name, None).host;
    if name.is_empty()
        || standin_core::is_bypassed()
        || bare.parse::<IpAddr>().is_ok()
        || is_local(&host)
    {
        return Name::Pass;
    }
    let port = service.and_then(port_of);
    match whose::of_name(&host, port) {
        Decision::Pass => Name::Pass,
        Decision::Refuse => Name::Failed(libc::EAI_NONAME),
        Decision::LetOut(active) => Name::LetOut(active, host),
        // Whose it is may be known where it connects: a pool resolves for many.
        Decision::Several(..) => ours(world::lock().shared_address(&host)),
        Decision::Unclaimed(host) => ours(world::lock().unclaimed_address(&host)),
        Decision::Serve(active, host) => {
            let looked_up = LookUp::of(&active, &host, port);
            let code = looked_up.as_ref().and_then(LookUp::code);
            let owed = looked_up.and_then(LookUp::waited_here);
            if let Some(code) = code {
                return Name::Failed(code);
            }
            let host = opened(&active, &host, port);
            if let Some(owed) = owed {
                host.owe(owed);
            }
            ours(host.address)
        }
    }
}

fn ours(address: Ipv4Addr) -> Name {
    CString::new(address.to_string()).map_or(Name::Failed(libc::EAI_NONAME), Name::Ours)
}

/// Loopback by name is decided at the connection, which knows its port.
pub(super) fn is_local(host: &str) -> bool {
    matches!(
        host,
        "localhost" | "localhost.localdomain" | "ip6-localhost"
    )
}

fn port_of(service: &CStr) -> Option<u16> {
    match service.to_str().ok()? {
        "http" => Some(80),
        "https" => Some(443),
        port => port.parse().ok().filter(|port| *port != 0),
    }
}

/// The host, listening on its real ports where that may be.
pub(super) fn opened(active: &Arc<Active>, name: &str, port: Option<u16>) -> Arc<Host> {
    let mut host = world::lock().host(active, name);
    let mut ports = active.engine.claimed_ports(name).unwrap_or_default();
    ports.extend(port);
    for _ in 0..TRIES {
        let taken = |port: &u16| host.listen(active, *port).is_err();
        if !ports.iter().any(taken) {
            break;
        }
        host.close();
        host = world::lock().move_host(active, &host);
    }
    host
}

/// The hook of `getaddrinfo`.
///
/// # Safety
/// As of `getaddrinfo`.
pub(super) unsafe fn getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    result: *mut *mut addrinfo,
) -> Option<c_int> {
    // SAFETY: the caller's own contract.
    let hinted = unsafe { hints.as_ref() };
    let is_literal = hinted.is_some_and(|hints| hints.ai_flags & libc::AI_NUMERICHOST != 0);
    if is_literal {
        return None;
    }
    // SAFETY: the caller's own contract.
    match unsafe { decide(node, service) } {
        Name::Pass => None,
        Name::Failed(code) => Some(code),
        Name::LetOut(active, name) => {
            // SAFETY: the caller's own contract.
            let code = unsafe { real::getaddrinfo(node, service, hints, result) };
            if code == 0 {
                // SAFETY: the call succeeded, so there is a list.
                let found = unsafe { addresses(*result) };
                let mut world = world::lock();
                found
                    .iter()
                    .for_each(|address| world.resolved(&active, &name, address.ip()));
            }
            Some(code)
        }
        Name::Ours(literal) => {
            // SAFETY: all bytes zero are valid hints: none.
            let mut ours = hinted.copied().unwrap_or(unsafe { std::mem::zeroed() });
            let wants_name = ours.ai_flags & libc::AI_CANONNAME != 0;
            // Which addresses this machine has plays no part.
            ours.ai_flags &= !(libc::AI_ADDRCONFIG | libc::AI_CANONNAME);
            ours.ai_flags |= libc::AI_NUMERICHOST;
            // SAFETY: both strings and the hints are valid, and `result` is the caller's.
            let code =
                unsafe { real::getaddrinfo(literal.as_ptr(), service, &raw const ours, result) };
            match code {
                0 if wants_name => {
                    // SAFETY: the call succeeded, so there is a list; `freeaddrinfo` frees its name as `malloc` made it.
                    unsafe { (**result).ai_canonname = libc::strdup(node) };
                    Some(0)
                }
                // There are no addresses of the family that is asked for: libc says it so of a name.
                EAI_ADDRFAMILY => Some(libc::EAI_NONAME),
                code => Some(code),
            }
        }
    }
}

/// # Safety
/// `list` is null or what `getaddrinfo` made.
unsafe fn addresses(list: *const addrinfo) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: each element is valid, and the last has no next.
    while let Some(info) = unsafe { next.as_ref() } {
        // SAFETY: its address is as long as it says.
        found.extend(unsafe { address::read(info.ai_addr, info.ai_addrlen) });
        next = info.ai_next;
    }
    found
}

/// What a name really is.
pub(crate) fn really(name: &str, port: u16) -> Vec<SocketAddr> {
    let Ok(name) = CString::new(name) else {
        return Vec::new();
    };
    let mut list = std::ptr::null_mut();
    // SAFETY: the name is a string of C, and the list is freed once.
    unsafe {
        if real::getaddrinfo(
            name.as_ptr(),
            std::ptr::null(),
            std::ptr::null(),
            &raw mut list,
        ) != 0
        {
            return Vec::new();
        }
        let found = addresses(list);
        libc::freeaddrinfo(list);
        let mut found: Vec<_> = found
            .iter()
            .map(|to| SocketAddr::new(to.ip(), port))
            .collect();
        found.dedup();
        found
    }
}

/// `HOST_NOT_FOUND` of netdb.h.
const HOST_NOT_FOUND: c_int = 1;

/// `TRY_AGAIN` of netdb.h.
const TRY_AGAIN: c_int = 2;

/// What the old functions say in the place of a code of `getaddrinfo`.
fn h_errno(code: c_int) -> c_int {
    match code {
        libc::EAI_AGAIN => TRY_AGAIN,
        _ => HOST_NOT_FOUND,
    }
}

fn set_h_errno(code: c_int) {
    unsafe extern "C" {
        fn __h_errno_location() -> *mut c_int;
    }
    // SAFETY: it points to this thread's own `h_errno`.
    unsafe { *__h_errno_location() = code };
}

/// The hook of `gethostbyname`.
///
/// # Safety
/// As of `gethostbyname`.
pub(super) unsafe fn gethostbyname(name: *const c_char) -> Option<*mut hostent> {
    // SAFETY: the caller's own contract; without a family, it is IPv4.
    unsafe { gethostbyname2(name, libc::AF_INET) }
}

/// The hook of `gethostbyname2`.
///
/// # Safety
/// As of `gethostbyname2`.
pub(super) unsafe fn gethostbyname2(name: *const c_char, family: c_int) -> Option<*mut hostent> {
    // SAFETY: the caller's own contract.
    match unsafe { decide(name, std::ptr::null()) } {
        Name::Pass | Name::LetOut(..) => None,
        Name::Ours(literal) if family == libc::AF_INET => {
            // SAFETY: the literal is a string of C.
            Some(unsafe { real::gethostbyname2(literal.as_ptr(), family) })
        }
        Name::Ours(_) => {
            set_h_errno(HOST_NOT_FOUND);
            Some(std::ptr::null_mut())
        }
        Name::Failed(code) => {
            set_h_errno(h_errno(code));
            Some(std::ptr::null_mut())
        }
    }
}

/// The hook of `gethostbyname_r`.
///
/// # Safety
/// As of `gethostbyname_r`.
pub(super) unsafe fn gethostbyname_r(
    name: *const c_char,
    host: *mut hostent,
    buffer: *mut c_char,
    length: size_t,
    result: *mut *mut hostent,
    error: *mut c_int,
) -> Option<c_int> {
    // SAFETY: the caller's own contract; without a family, it is IPv4.
    unsafe { gethostbyname2_r(name, libc::AF_INET, host, buffer, length, result, error) }
}

/// The hook of `gethostbyname2_r`.
///
/// # Safety
/// As of `gethostbyname2_r`.
pub(super) unsafe fn gethostbyname2_r(
    name: *const c_char,
    family: c_int,
    host: *mut hostent,
    buffer: *mut c_char,
    length: size_t,
    result: *mut *mut hostent,
    error: *mut c_int,
) -> Option<c_int> {
    // SAFETY: the caller's own contract.
    match unsafe { decide(name, std::ptr::null()) } {
        Name::Pass | Name::LetOut(..) => None,
        // SAFETY: the literal is a string of C, and the rest is the caller's.
        Name::Ours(literal) if family == libc::AF_INET => Some(unsafe {
            real::gethostbyname2_r(
                literal.as_ptr(),
                family,
                host,
                buffer,
                length,
                result,
                error,
            )
        }),
        name => {
            let code = match name {
                Name::Failed(code) => h_errno(code),
                _ => HOST_NOT_FOUND,
            };
            // SAFETY: the caller gave places for both.
            unsafe {
                *result = std::ptr::null_mut();
                *error = code;
            }
            // As glibc does: no error of the call, and no result; but for a server that does not answer.
            Some(if code == TRY_AGAIN { libc::EAGAIN } else { 0 })
        }
    }
}
