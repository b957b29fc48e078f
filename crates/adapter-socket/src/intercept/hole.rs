//! A client whose socket does not wait shall see a connect that goes on, for as long as a mock says, and then what came of it.
//!
//! Its socket is connected to a hole: a listener on loopback whose queue is full, so that the kernel drops whatever SYN arrives. The
//! client has sent its own, and hears nothing. To open the connection, another socket connects from the hole's address to the client's: two
//! SYNs that cross are TCP's simultaneous open, and both are connected at once. To let it fail, the client's socket is shut, which
//! ends a connect with ECONNRESET, and the hook of `getsockopt` says the error that was declared in its place. No timer of the
//! kernel's plays a part, so that paused time is kept.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::{c_int, c_void, socklen_t};
use socket2::{Domain, SockRef, Socket, Type};
use standin_hooks::real;

use super::address::plain;
use super::door::Client;
use super::world;

/// An address of loopback at which connects go on and on.
#[derive(Debug)]
pub(super) struct Hole {
    pub(super) address: SocketAddr,
    _listener: Socket,
    /// The one connection that fits into its queue.
    _only: Socket,
}

impl Hole {
    pub(super) fn open(ip: IpAddr) -> io::Result<Self> {
        let _bypass = standin_hooks::bypass();
        let listener = bound(SocketAddr::new(ip, 0))?;
        // One more than this may wait.
        listener.listen(0)?;
        let address = listener.local_addr()?;
        // It is there when this returns: on loopback the kernel goes through all of it at once.
        let only = Socket::new(
            Domain::for_address(SocketAddr::new(ip, 0)),
            Type::STREAM,
            None,
        )?;
        only.connect(&address)?;
        Ok(Self {
            address: address.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?,
            _listener: listener,
            _only: only,
        })
    }

    /// Opens the connection that the client at `client` is making: its other end.
    pub(super) fn open_to(&self, client: SocketAddr) -> io::Result<TcpStream> {
        let _bypass = standin_hooks::bypass();
        let end = bound(self.address)?;
        end.set_nonblocking(true)?;
        match end.connect(&client.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
            _ => Ok(end.into()),
        }
    }
}

/// Both ends that a hole has share its address.
fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// What connects fail with that were made to fail, by descriptor, until their owner asks.
pub(super) type Failed = BTreeMap<c_int, c_int>;

/// Whether there ever was one: until then the hook has nothing to look for.
static ANY: AtomicBool = AtomicBool::new(false);

/// Lets the connect fail that the client at `local` is making.
pub(super) fn fail(client: Client, local: SocketAddr, errno: c_int) {
    // Whoever closed it may have given the number to another.
    if client.local_address().map(plain) != Some(local) {
        return;
    }
    ANY.store(true, Ordering::SeqCst);
    // Both at once for who asks: what failed, and that it did.
    let mut world = world::lock();
    world.failed.insert(client.fd, errno);
    // SAFETY: it acts on a descriptor, whatever that is by now.
    unsafe { libc::shutdown(client.fd, libc::SHUT_RDWR) };
}

/// What a connect failed with, for who asks by connecting once more.
pub(super) fn told(fd: c_int) -> Option<c_int> {
    if !ANY.load(Ordering::SeqCst) {
        return None;
    }
    let mut world = world::lock();
    let failed = world.failed.remove(&fd)?;
    // Another socket has the number of one that nobody asked.
    // SAFETY: the descriptor is the caller's of `connect`, which does not close it meanwhile.
    let socket = unsafe { BorrowedFd::borrow_raw(fd) };
    let error = SockRef::from(&socket).take_error().ok()??;
    (error.raw_os_error() == Some(libc::ECONNRESET)).then_some(failed)
}

/// The hook of `getsockopt`.
///
/// # Safety
/// As of `getsockopt`.
pub(super) unsafe fn getsockopt(
    fd: c_int,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    length: *mut socklen_t,
) -> Option<c_int> {
    if (level, name) != (libc::SOL_SOCKET, libc::SO_ERROR) || !ANY.load(Ordering::SeqCst) {
        return None;
    }
    // SAFETY: the caller's own contract.
    let code = unsafe { real::getsockopt(fd, level, name, value, length) };
    let value: *mut c_int = value.cast();
    // SAFETY: the call has succeeded, so both may be read and written.
    unsafe {
        if code == 0
            && *length as usize >= size_of::<c_int>()
            && value.read_unaligned() == libc::ECONNRESET
            && let Some(errno) = world::lock().failed.remove(&fd)
        {
            value.write_unaligned(errno);
        }
    }
    Some(code)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    fn connecting(hole: &Hole) -> Socket {
        let client = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        client.set_nonblocking(true).expect("set");
        let going_on = client
            .connect(&hole.address.into())
            .expect_err("it goes on");
        assert_eq!(going_on.raw_os_error(), Some(libc::EINPROGRESS));
        client
    }

    #[test]
    fn a_connect_goes_on_until_the_other_end_opens_it() {
        let hole = Hole::open(Ipv4Addr::LOCALHOST.into()).expect("a hole");
        let client = connecting(&hole);
        let mut poll = libc::pollfd {
            fd: std::os::fd::AsRawFd::as_raw_fd(&client),
            events: libc::POLLOUT,
            revents: 0,
        };
        // SAFETY: one descriptor is named, and one is there.
        assert_eq!(unsafe { libc::poll(&raw mut poll, 1, 20) }, 0);
        let local = client
            .local_addr()
            .expect("bound")
            .as_socket()
            .expect("an address");
        let mut other = hole.open_to(local).expect("opened");
        // SAFETY: as above.
        assert_eq!(unsafe { libc::poll(&raw mut poll, 1, 2_000) }, 1);
        let mut client: TcpStream = client.into();
        client.write_all(b"hi").expect("sent");
        other.set_nonblocking(false).expect("set");
        other
            .set_read_timeout(Some(Duration::from_secs(5)))
            .expect("set");
        let mut bytes = [0; 2];
        other.read_exact(&mut bytes).expect("received");
        assert_eq!(&bytes, b"hi");
    }

    /// Some kernels keep filters of sockets from plain users, who need connects that go on as well.
    #[test]
    fn it_wants_no_privilege() {
        /// `_LINUX_CAPABILITY_VERSION_3` of linux/capability.h, and this thread.
        const HEADER: [u32; 2] = [0x2008_0522, 0];
        let plain = std::thread::spawn(|| {
            // SAFETY: header and sets are as long as that version says; they are this thread's alone.
            let code =
                unsafe { libc::syscall(libc::SYS_capset, HEADER.as_ptr(), [0_u32; 6].as_ptr()) };
            assert_eq!(code, 0, "{}", io::Error::last_os_error());
            for ip in [
                IpAddr::V4(Ipv4Addr::new(127, 64, 0, 9)),
                Ipv4Addr::LOCALHOST.into(),
            ] {
                connecting(&Hole::open(ip).expect("a hole"));
            }
        });
        plain.join().expect("no panic");
    }

    #[test]
    fn a_client_that_is_gone_is_no_connection() {
        let hole = Hole::open(Ipv4Addr::LOCALHOST.into()).expect("a hole");
        let client = connecting(&hole);
        let local = client
            .local_addr()
            .expect("bound")
            .as_socket()
            .expect("an address");
        drop(client);
        let gone = hole.open_to(local);
        assert!(gone.is_err() || gone.is_ok_and(|end| end.peer_addr().is_err()));
    }
}
