//! C's socket addresses are bytes whose length and family must be believed; Rust's are values.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use libc::{sockaddr, sockaddr_in, sockaddr_in6, sockaddr_storage, socklen_t};

/// An address as C takes it.
pub(super) struct Raw {
    storage: sockaddr_storage,
    pub(super) length: socklen_t,
}

impl Raw {
    pub(super) fn of(address: SocketAddr) -> Self {
        // SAFETY: all bytes zero are a valid `sockaddr_storage`.
        let mut storage: sockaddr_storage = unsafe { std::mem::zeroed() };
        let place = &raw mut storage;
        let length = match address {
            SocketAddr::V4(address) => {
                let value = sockaddr_in {
                    sin_family: libc::AF_INET as _,
                    sin_port: address.port().to_be(),
                    sin_addr: libc::in_addr {
                        s_addr: u32::from_ne_bytes(address.ip().octets()),
                    },
                    sin_zero: [0; 8],
                };
                // SAFETY: `sockaddr_storage` has room and alignment for every address.
                unsafe { place.cast::<sockaddr_in>().write(value) };
                size_of::<sockaddr_in>()
            }
            SocketAddr::V6(address) => {
                let value = sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as _,
                    sin6_port: address.port().to_be(),
                    sin6_flowinfo: address.flowinfo(),
                    sin6_addr: libc::in6_addr {
                        s6_addr: address.ip().octets(),
                    },
                    sin6_scope_id: address.scope_id(),
                };
                // SAFETY: as above.
                unsafe { place.cast::<sockaddr_in6>().write(value) };
                size_of::<sockaddr_in6>()
            }
        };
        Self {
            storage,
            length: length as socklen_t,
        }
    }

    pub(super) fn empty() -> Self {
        Self {
            // SAFETY: all bytes zero are a valid `sockaddr_storage`.
            storage: unsafe { std::mem::zeroed() },
            length: size_of::<sockaddr_storage>() as socklen_t,
        }
    }

    /// A family and nothing else.
    pub(super) fn of_family(family: i32) -> Self {
        let mut raw = Self::empty();
        raw.storage.ss_family = family as _;
        raw.length = size_of::<libc::sa_family_t>() as socklen_t;
        raw
    }

    pub(super) fn as_ptr(&self) -> *const sockaddr {
        (&raw const self.storage).cast()
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut sockaddr {
        (&raw mut self.storage).cast()
    }

    pub(super) fn get(&self) -> Option<SocketAddr> {
        // SAFETY: it is as long as it says.
        unsafe { read(self.as_ptr(), self.length) }
    }

    /// Writes as much as there is room for and says how long it would be, as the kernel does.
    ///
    /// # Safety
    /// `address` and `length` are null or as `getpeername` takes them.
    pub(super) unsafe fn write_to(&self, address: *mut sockaddr, length: *mut socklen_t) {
        if address.is_null() || length.is_null() {
            return;
        }
        // SAFETY: the caller's `length` may be read and written, and says how much room there is at `address`.
        unsafe {
            let room = (*length).min(self.length) as usize;
            std::ptr::copy_nonoverlapping(self.as_ptr().cast::<u8>(), address.cast::<u8>(), room);
            *length = self.length;
        }
    }
}

/// An IPv4 or IPv6 address; `None` for any other family and for what is too short.
///
/// # Safety
/// `address` is null, or `length` bytes may be read there.
pub(super) unsafe fn read(address: *const sockaddr, length: socklen_t) -> Option<SocketAddr> {
    let length = length as usize;
    if address.is_null() || length < size_of::<libc::sa_family_t>() {
        return None;
    }
    // SAFETY: the family's bytes are there; nothing is said of alignment.
    let family = unsafe { address.cast::<libc::sa_family_t>().read_unaligned() };
    match i32::from(family) {
        libc::AF_INET if length >= size_of::<sockaddr_in>() => {
            // SAFETY: there are as many bytes, and any are a valid `sockaddr_in`.
            let address = unsafe { address.cast::<sockaddr_in>().read_unaligned() };
            let ip = Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes());
            let port = u16::from_be(address.sin_port);
            Some(SocketAddr::V4(SocketAddrV4::new(ip, port)))
        }
        libc::AF_INET6 if length >= size_of::<sockaddr_in6>() => {
            // SAFETY: there are as many bytes, and any are a valid `sockaddr_in6`.
            let address = unsafe { address.cast::<sockaddr_in6>().read_unaligned() };
            Some(SocketAddr::V6(SocketAddrV6::new(
                Ipv6Addr::from(address.sin6_addr.s6_addr),
                u16::from_be(address.sin6_port),
                address.sin6_flowinfo,
                address.sin6_scope_id,
            )))
        }
        _ => None,
    }
}

/// The path of a socket of Unix, an abstract name with `@` before it; `None` for any other family, and for one without a name.
///
/// # Safety
/// As of [`read`].
pub(super) unsafe fn read_path(address: *const sockaddr, length: socklen_t) -> Option<Vec<u8>> {
    let length = length as usize;
    let name = std::mem::offset_of!(libc::sockaddr_un, sun_path);
    if address.is_null() || length <= name || length > size_of::<sockaddr_storage>() {
        return None;
    }
    // SAFETY: the family's bytes are there; nothing is said of alignment.
    let family = unsafe { address.cast::<libc::sa_family_t>().read_unaligned() };
    if i32::from(family) != libc::AF_UNIX {
        return None;
    }
    // SAFETY: there are as many bytes.
    let bytes =
        unsafe { std::slice::from_raw_parts(address.cast::<u8>().add(name), length - name) };
    match bytes {
        [0] => None,
        [0, name @ ..] => Some([b"@", name].concat()),
        path => {
            let end = path.iter().position(|byte| *byte == 0);
            Some(path[..end.unwrap_or(path.len())].to_vec())
        }
    }
}

/// The same with an IPv4 address in IPv6 clothes undressed.
pub(super) fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// The same in IPv6 clothes where the socket wears them.
pub(super) fn dressed(address: SocketAddr, is_v6: bool) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if is_v6 => SocketAddr::new(IpAddr::V6(ip.to_ipv6_mapped()), address.port()),
        _ => address,
    }
}

/// Whether what is sent there stays on this machine.
pub(super) fn is_loopback(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ip.is_loopback() || ip.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn what_is_written_is_read() {
        for text in ["1.2.3.4:5", "[2001:db8::1]:443", "[::ffff:1.2.3.4]:80"] {
            assert_eq!(Raw::of(address(text)).get(), Some(address(text)));
        }
    }

    #[test]
    fn what_is_short_or_of_another_family_is_none() {
        let raw = Raw::of(address("1.2.3.4:5"));
        // SAFETY: there are more bytes than are named.
        unsafe {
            assert_eq!(read(raw.as_ptr(), 15), None);
            assert_eq!(read(raw.as_ptr(), 0), None);
            assert_eq!(read(std::ptr::null(), 16), None);
        }
        assert_eq!(Raw::empty().get(), None);
    }

    #[test]
    fn a_short_buffer_gets_what_fits_and_learns_the_length() {
        let (raw, mut place, mut length) = (Raw::of(address("1.2.3.4:5")), Raw::empty(), 8);
        // SAFETY: there is more room than is named.
        unsafe { raw.write_to(place.as_mut_ptr(), &raw mut length) };
        assert_eq!(length, 16);
        // SAFETY: as above.
        let read = unsafe { read(place.as_ptr(), 16) };
        assert_eq!(read, Some(address("1.2.3.4:5")));
    }

    #[test]
    fn clothes_come_off_and_on() {
        let dressed_up = address("[::ffff:1.2.3.4]:80");
        assert_eq!(plain(dressed_up), address("1.2.3.4:80"));
        assert_eq!(dressed(address("1.2.3.4:80"), true), dressed_up);
        assert_eq!(dressed(address("[::1]:80"), true), address("[::1]:80"));
        assert!(is_loopback(address("[::ffff:127.0.0.1]:80").ip()));
        assert!(!is_loopback(address("8.8.8.8:53").ip()));
    }
}
