//! A suite opens a port for each of its tests, and most of that time goes into making a socket and into ending it.
//!
//! A socket that listens can be told to stop: that closes its port, whoever else has a descriptor of it (a child that was just forked
//! has them all), and it may be bound again. So the last one is kept for the next listener. Until then it has no port.
//!
//! It stays in the network namespace in which it was made: where threads of one process have several, the next may be in another.

use std::io;
#[cfg(target_os = "linux")]
use std::net::Shutdown;
use std::net::{self, SocketAddr};
#[cfg(target_os = "linux")]
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll};

use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

/// How many clients may be connected and not accepted yet, where the system allows as many.
const BACKLOG: i32 = 1024;

#[cfg(target_os = "linux")]
static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

#[cfg(target_os = "linux")]
struct Kept {
    /// Which process keeps it: one that is forked from that has a descriptor of the same socket.
    process: u32,
    socket: Socket,
}

/// `None` where another thread has it just now, or had it when this process was forked.
#[cfg(target_os = "linux")]
fn last() -> Option<MutexGuard<'static, Option<Kept>>> {
    KEPT.try_lock().ok()
}

#[cfg(target_os = "linux")]
impl Kept {
    fn into_socket(self) -> Option<Socket> {
        (self.process == std::process::id()).then_some(self.socket)
    }
}

/// A port that is listened on.
#[derive(Debug)]
pub(super) struct Bound {
    listener: Listens,
    /// Which process opened it.
    process: u32,
}

#[derive(Debug)]
enum Listens {
    /// Nobody has waited for a client yet, so that no runtime knows it.
    Unasked(net::TcpListener),
    Asked(TcpListener),
    Gone,
}

impl Bound {
    /// A port of `address`, or one that the system chooses.
    pub(super) fn open(address: SocketAddr) -> io::Result<(Self, SocketAddr)> {
        // A socket that was kept and cannot be used is as none.
        let again = kept(address).and_then(|socket| listen(socket, address).ok());
        let listener = match again {
            Some(listener) => listener,
            None => listen(new(address)?, address)?,
        };
        let address = listener.local_addr()?;
        let bound = Self {
            listener: Listens::Unasked(listener),
            process: std::process::id(),
        };
        Ok((bound, address))
    }

    /// The next client. It belongs to the runtime that polls it first.
    ///
    /// # Panics
    /// Where that has no I/O, as whatever asks tokio for it.
    pub(super) fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        if let Listens::Unasked(_) = &self.listener
            && let Listens::Unasked(listener) = std::mem::replace(&mut self.listener, Listens::Gone)
        {
            self.listener = Listens::Asked(TcpListener::from_std(listener)?);
        }
        match &self.listener {
            Listens::Asked(listener) => listener
                .poll_accept(cx)
                .map(|accepted| accepted.map(|(stream, _)| stream)),
            _ => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    /// Another descriptor of its socket.
    #[cfg(target_os = "linux")]
    pub(super) fn descriptor(&self) -> Option<net::TcpListener> {
        self.socket()?.try_clone().ok().map(net::TcpListener::from)
    }

    /// A client that is connected and was not accepted, by a socket that does not wait.
    pub(super) fn accept(&self) -> Option<net::TcpStream> {
        let (client, _) = self.socket()?.accept().ok()?;
        client.set_nonblocking(true).ok()?;
        Some(client.into())
    }

    fn socket(&self) -> Option<SockRef<'_>> {
        match &self.listener {
            Listens::Unasked(listener) => Some(SockRef::from(listener)),
            Listens::Asked(listener) => Some(SockRef::from(listener)),
            Listens::Gone => None,
        }
    }

    /// Whether this is a copy that a forked child has, and the port its parent's.
    pub(super) fn is_of_another_process(&self) -> bool {
        self.process != std::process::id()
    }

    /// Closes the port: it refuses when this returns. In a forked child the parent's stays open.
    pub(super) fn end(self) {
        if self.is_of_another_process() {
            // The child has its parent's runtime too: to leave that would be to take the socket from the parent.
            return std::mem::forget(self.listener);
        }
        #[cfg(target_os = "linux")]
        {
            let listener = match self.listener {
                Listens::Unasked(listener) => Some(listener),
                Listens::Asked(listener) => listener.into_std().ok(),
                Listens::Gone => None,
            };
            listener.into_iter().for_each(keep);
        }
    }
}

// A port that the system chooses needs no `SO_REUSEADDR`, which std sets.
fn new(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn listen(socket: Socket, address: SocketAddr) -> io::Result<net::TcpListener> {
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// The socket that was kept, for an address of IPv4.
#[cfg(target_os = "linux")]
fn kept(address: SocketAddr) -> Option<Socket> {
    if address.is_ipv6() {
        return None;
    }
    last()?.take().and_then(Kept::into_socket)
}

#[cfg(not(target_os = "linux"))]
fn kept(_: SocketAddr) -> Option<Socket> {
    None
}

/// Stops listening, and keeps the socket where none is.
#[cfg(target_os = "linux")]
fn keep(listener: net::TcpListener) {
    let is_v4 = listener.local_addr().is_ok_and(|address| address.is_ipv4());
    let socket = Socket::from(listener);
    // What only says that it is Linux may go on listening: that is closed.
    let is_shut = socket.shutdown(Shutdown::Both).is_ok() && !socket.is_listener().unwrap_or(true);
    if !is_shut || !is_v4 {
        return;
    }
    let process = std::process::id();
    let Some(mut kept) = last() else {
        return;
    };
    if kept.as_ref().is_none_or(|kept| kept.process != process) {
        let other = kept.replace(Kept { process, socket });
        drop(kept);
        drop(other);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{Ipv4Addr, TcpStream};

    use super::*;

    /// A port, its address, and another descriptor of its socket.
    fn open() -> (Bound, SocketAddr, net::TcpListener) {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (bound, address) = Bound::open(any).expect("a port");
        let Listens::Unasked(listener) = &bound.listener else {
            panic!("nobody asked");
        };
        let other = listener.try_clone().expect("a descriptor");
        (bound, address, other)
    }

    #[test]
    fn a_port_is_closed_whoever_else_has_its_socket() {
        for _ in 0..20 {
            let (bound, address, other) = open();
            assert!(address.ip().is_loopback() && address.port() != 0);
            let waits = TcpStream::connect(address).expect("it listens");
            bound.end();
            let refused = TcpStream::connect(address).expect_err("closed");
            assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
            drop((waits, other));
        }
    }

    #[test]
    fn a_child_that_was_forked_leaves_the_port_of_its_parent_open() {
        let (mut bound, address, parents) = open();
        bound.process = 0;
        bound.end();
        let client = TcpStream::connect(address).expect("it listens");
        let (_, accepted) = parents.accept().expect("a client");
        assert_eq!(client.local_addr().expect("an address"), accepted);
    }

    #[test]
    fn a_child_that_was_forked_has_no_socket_to_use_again() {
        let socket = || new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a socket");
        let (mine, parents) = (std::process::id(), 0);
        for (process, is_used) in [(mine, true), (parents, false)] {
            let kept = Kept {
                process,
                socket: socket(),
            };
            assert_eq!(kept.into_socket().is_some(), is_used);
        }
    }
}
