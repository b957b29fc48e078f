//! An engine answers for many hosts and ports, and a request on a wire says too little: the socket that accepts is what tells them
//! apart.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use http::Uri;
use libc::c_int;
use standin_core::Destination;
use standin_hooks::real;
use standin_wire::Origin;

use super::address::{Raw, plain};
use super::fork;
use super::hole::{self, Hole};
use super::meeting::{Coming, Meeting, Turned};
use super::whose;
use super::world::{self, Active};
use crate::responder::{self, Job};
use crate::upstream::upstream;

/// `TCP_CLOSE` of linux/tcp.h: neither connected nor about to be.
pub(super) const CLOSED: u8 = 7;
/// `TCP_SYN_SENT`: nobody has answered yet.
pub(super) const CONNECTING: u8 = 2;

/// How long a connection that is being made to ourselves is waited for, in milliseconds.
const ARRIVES: c_int = 100;

/// A host, by name or by address, as one engine answers for it.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) name: Arc<str>,
    /// What stands for it on loopback.
    pub(super) address: Ipv4Addr,
    /// `None` when the engine has ended.
    doors: Mutex<Option<Doors>>,
    /// What look-ups have left for connects to wait for.
    owed: Mutex<VecDeque<Duration>>,
}

#[derive(Debug, Default)]
struct Doors {
    by_port: BTreeMap<u16, Arc<Door>>,
    /// On the real ports, where those could be had: for clients that pass by the hooks.
    open: BTreeMap<u16, Arc<TcpListener>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Host {
    pub(super) fn new(name: Arc<str>, address: Ipv4Addr) -> Self {
        Self {
            name,
            address,
            doors: Mutex::new(Some(Doors::default())),
            owed: Mutex::default(),
        }
    }

    /// The next connect waits this long first.
    pub(super) fn owe(&self, owed: Duration) {
        let _no_fork = fork::not_now();
        held(&self.owed).push_back(owed);
    }

    pub(super) fn owed(&self) -> Option<Duration> {
        let _no_fork = fork::not_now();
        held(&self.owed).pop_front()
    }

    fn literal(&self) -> Option<IpAddr> {
        self.name.trim_matches(['[', ']']).parse().ok()
    }

    /// What a client that connects to a port of it meant.
    pub(super) fn meant(&self, port: u16) -> SocketAddr {
        let ip = self.literal().unwrap_or(IpAddr::V4(self.address));
        SocketAddr::new(ip, port)
    }

    pub(super) fn destination(&self, port: u16) -> Destination {
        Destination::new(whose::scheme(port), &self.name, Some(port))
    }

    pub(super) fn origin(&self, port: u16) -> Origin {
        let address = self.literal().map(|ip| SocketAddr::new(ip, port));
        let port = match port {
            80 => String::new(),
            port => format!(":{port}"),
        };
        let authority = format!("{}{port}", self.name);
        let origin = match self.literal() {
            // Who connects to an address says in the request for whom it stands.
            Some(_) => Origin::behind(authority.parse().ok()).met(),
            None => match format!("http://{authority}/").parse::<Uri>() {
                Ok(url) => Origin::of(&url),
                Err(_) => Origin::behind(None),
            },
        };
        origin.with_upstream(upstream(address))
    }

    /// The door of a port.
    pub(super) fn door(&self, port: u16) -> io::Result<Arc<Door>> {
        let _no_fork = fork::not_now();
        let mut doors = held(&self.doors);
        let Some(doors) = &mut *doors else {
            return Err(io::ErrorKind::ConnectionRefused.into());
        };
        if let Some(door) = doors.by_port.get(&port) {
            return Ok(Arc::clone(door));
        }
        let door = Arc::new(Door {
            inlet: Inlet::open(IpAddr::V4(self.address))?,
            inlet_v6: OnceLock::new(),
            hole: OnceLock::new(),
            hole_v6: OnceLock::new(),
            meant: self.meant(port),
            origin: self.origin(port),
            to: self.destination(port),
        });
        world::lock().opened(door.inlet.address, door.meant);
        doors.by_port.insert(port, Arc::clone(&door));
        Ok(door)
    }

    /// Listens on the real port too, for clients that make raw system calls; where it may not be bound they are refused.
    ///
    /// # Errors
    /// When somebody else has it.
    pub(super) fn listen(&self, active: &Arc<Active>, port: u16) -> io::Result<()> {
        let _no_fork = fork::not_now();
        let mut doors = held(&self.doors);
        let Some(doors) = &mut *doors else {
            return Ok(());
        };
        if doors.open.contains_key(&port) {
            return Ok(());
        }
        match TcpListener::bind((self.address, port)) {
            Ok(listener) => {
                let listener = Arc::new(listener);
                doors.open.insert(port, Arc::clone(&listener));
                responder::listen(active, &listener, self.origin(port), self.destination(port));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
            Err(_) => Ok(()),
        }
    }

    /// Lets our own thread accept at the doors from now on: a forked child may be who connects.
    pub(super) fn attend(&self, active: &Arc<Active>) {
        let _no_fork = fork::not_now();
        if let Some(doors) = &*held(&self.doors) {
            for door in doors.by_port.values() {
                door.attend(active);
            }
        }
    }

    /// Closes every door; the addresses at which it was.
    pub(super) fn close(&self) -> Vec<SocketAddr> {
        let _no_fork = fork::not_now();
        let Some(doors) = held(&self.doors).take() else {
            return Vec::new();
        };
        for listener in doors.open.values() {
            stop(listener);
        }
        let closed = doors.by_port.values().flat_map(|door| door.close());
        closed.collect()
    }
}

/// Whoever accepts there may hold the socket too: it stops listening now.
fn stop(listener: &TcpListener) {
    // SAFETY: the descriptor is open as long as the listener lives.
    unsafe { libc::shutdown(listener.as_raw_fd(), libc::SHUT_RDWR) };
}

/// Where connections to one port of one host arrive.
#[derive(Debug)]
pub(super) struct Door {
    inlet: Inlet,
    /// For sockets that speak IPv6 only.
    inlet_v6: OnceLock<Inlet>,
    /// Where connects go on for as long as a mock says.
    hole: OnceLock<Arc<Hole>>,
    hole_v6: OnceLock<Arc<Hole>>,
    meant: SocketAddr,
    origin: Origin,
    to: Destination,
}

/// A listener that nobody waits at: who connects accepts as well.
#[derive(Debug)]
pub(super) struct Inlet {
    pub(super) address: SocketAddr,
    listener: Mutex<Option<Arc<TcpListener>>>,
    /// Whether our own thread accepts here, and not who connects.
    is_attended: AtomicBool,
    /// Whether a connection may arrive that nobody waits for any more.
    is_owing: AtomicBool,
    /// Who listens: in a forked child it is the parent.
    process: u32,
}

impl Inlet {
    fn open(ip: IpAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((ip, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener: Mutex::new(Some(Arc::new(listener))),
            is_attended: AtomicBool::new(false),
            is_owing: AtomicBool::new(false),
            process: fork::process(),
        })
    }
}

impl Door {
    fn close(&self) -> Vec<SocketAddr> {
        let inlets = [Some(&self.inlet), self.inlet_v6.get()];
        let closed = inlets.into_iter().flatten().map(|inlet| {
            if let Some(listener) = held(&inlet.listener).take() {
                stop(&listener);
            }
            inlet.address
        });
        closed.collect()
    }

    fn attend(&self, active: &Arc<Active>) {
        for inlet in [Some(&self.inlet), self.inlet_v6.get()]
            .into_iter()
            .flatten()
        {
            let listener = held(&inlet.listener);
            if let Some(listener) = &*listener
                && inlet.process == fork::process()
                && !inlet.is_attended.swap(true, Ordering::SeqCst)
            {
                responder::listen(active, listener, self.origin.clone(), self.to.clone());
            }
        }
    }

    fn inlet_v6(&self) -> io::Result<&Inlet> {
        if self.inlet_v6.get().is_none() {
            let inlet = Inlet::open(IpAddr::V6(Ipv6Addr::LOCALHOST))?;
            world::lock().opened(inlet.address, self.meant);
            let _ = self.inlet_v6.set(inlet);
        }
        self.inlet_v6
            .get()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Connects the client's socket to this door, and lets the engine answer there. As `connect`: the error of a socket that does
    /// not wait is that it is in progress.
    pub(super) fn enter(
        &self,
        active: &Arc<Active>,
        client: Client,
        meeting: Meeting,
    ) -> Result<(), c_int> {
        let _no_fork = fork::not_now();
        let inlet = if client.is_v6_only() {
            self.inlet_v6()
        } else {
            Ok(&self.inlet)
        };
        let inlet = inlet.map_err(|error| error.raw_os_error().unwrap_or(libc::ECONNREFUSED))?;
        let to = Raw::of(super::address::dressed(inlet.address, client.is_v6));
        let listener = held(&inlet.listener);
        let Some(listener) = &*listener else {
            return Err(libc::ECONNREFUSED);
        };
        // SAFETY: the address is valid, and whatever the descriptor is, the kernel says.
        let connected = match unsafe { real::connect(client.fd, to.as_ptr(), to.length) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error().raw_os_error().unwrap_or(0)),
        };
        if !matches!(connected, Ok(()) | Err(libc::EINPROGRESS)) {
            return connected;
        }
        if inlet.is_attended.load(Ordering::SeqCst) || inlet.process != fork::process() {
            return connected;
        }
        // Nobody else connects here meanwhile: what arrives is this, unless one came too late for the thread that made it.
        while let Some((stream, peer)) = accept(listener) {
            let is_mine = !inlet.is_owing.load(Ordering::Relaxed)
                || peer.get().map(plain) == client.local_address().map(plain);
            let job = Job::new(active, stream, self.origin.clone(), self.to.clone());
            if is_mine {
                responder::respond(job.meets(meeting), connected.is_err());
                return connected;
            }
            responder::respond(job, false);
        }
        inlet.is_owing.store(true, Ordering::Relaxed);
        Err(libc::ECONNREFUSED)
    }

    fn hole(&self, is_v6: bool) -> io::Result<Arc<Hole>> {
        let (place, ip) = match is_v6 {
            true => (&self.hole_v6, IpAddr::V6(Ipv6Addr::LOCALHOST)),
            false => (&self.hole, self.inlet.address.ip()),
        };
        if let Some(hole) = place.get() {
            return Ok(Arc::clone(hole));
        }
        let hole = Arc::new(Hole::open(ip)?);
        world::lock().opened(hole.address, self.meant);
        Ok(Arc::clone(place.get_or_init(|| hole)))
    }

    /// Lets the client's socket, which does not wait, see a connect that goes on until it is clear what it meets. The error is
    /// that it is in progress.
    pub(super) fn enter_later(
        &self,
        active: &Arc<Active>,
        client: Client,
        coming: Coming,
    ) -> Result<(), c_int> {
        let _no_fork = fork::not_now();
        let hole = self.hole(client.is_v6_only());
        let hole = hole.map_err(|error| error.raw_os_error().unwrap_or(libc::ECONNREFUSED))?;
        let to = Raw::of(super::address::dressed(hole.address, client.is_v6));
        // SAFETY: the address is valid, and whatever the descriptor is, the kernel says.
        if unsafe { real::connect(client.fd, to.as_ptr(), to.length) } == 0 {
            return Err(libc::ECONNREFUSED);
        }
        let going_on = io::Error::last_os_error().raw_os_error().unwrap_or(0);
        let Some(local) = client.local_address().map(plain) else {
            return Err(libc::ECONNREFUSED);
        };
        if going_on == libc::EINPROGRESS {
            let (active, origin) = (Arc::clone(active), self.origin.clone());
            let to = self.to.clone();
            responder::run(async move {
                match coming.await {
                    Ok(meeting) => {
                        if let Ok(stream) = hole.open_to(local) {
                            let job = Job::new(&active, stream, origin, to).meets(meeting);
                            job.serve().await;
                        }
                    }
                    // The socket is on its way to us, and nowhere else.
                    Err(Turned::LetOut) => hole::fail(client, local, libc::ENETUNREACH),
                    Err(Turned::Failed(errno)) => hole::fail(client, local, errno),
                }
            });
        }
        Err(going_on)
    }
}

/// The next connection at a listener. It was made already, or is being made by the kernel.
pub(super) fn accept(listener: &TcpListener) -> Option<(TcpStream, Raw)> {
    loop {
        let mut peer = Raw::empty();
        let length = &raw mut peer.length;
        let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        // SAFETY: there is as much room for the address as `length` says.
        let fd = unsafe { libc::accept4(listener.as_raw_fd(), peer.as_mut_ptr(), length, flags) };
        if fd >= 0 {
            // SAFETY: the kernel has just made this descriptor for us.
            return Some((unsafe { TcpStream::from_raw_fd(fd) }, peer));
        }
        match io::Error::last_os_error().kind() {
            io::ErrorKind::Interrupted => {}
            io::ErrorKind::WouldBlock => {
                let mut poll = libc::pollfd {
                    fd: listener.as_raw_fd(),
                    events: libc::POLLIN,
                    revents: 0,
                };
                // SAFETY: one descriptor is named, and one is there.
                if unsafe { libc::poll(&raw mut poll, 1, ARRIVES) } == 0 {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

/// The socket of a client that connects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    pub(super) fd: c_int,
    pub(super) is_v6: bool,
}

impl Client {
    /// The socket of a stream; `None` for any other. The family is that of the address that it is connected to.
    pub(super) fn of(fd: c_int, is_v6: bool) -> Option<Self> {
        is_stream(fd)?.then_some(Self { fd, is_v6 })
    }

    /// What TCP says of it; `None` for what is not TCP's.
    pub(super) fn state(self) -> Option<u8> {
        let (mut state, mut length) = (0_u8, 1);
        let place = &raw mut state;
        // SAFETY: there is room for the first byte of what it says, which is the state.
        let code = unsafe {
            let (level, name) = (libc::IPPROTO_TCP, libc::TCP_INFO);
            libc::getsockopt(self.fd, level, name, place.cast(), &raw mut length)
        };
        (code == 0 && length == 1).then_some(state)
    }

    /// Whether its calls wait.
    pub(super) fn blocks(self) -> bool {
        // SAFETY: it asks for the flags of a descriptor.
        let flags = unsafe { libc::fcntl(self.fd, libc::F_GETFL) };
        flags >= 0 && flags & libc::O_NONBLOCK == 0
    }

    /// How long a connect may take that waits, where its socket says (`SO_SNDTIMEO`).
    pub(super) fn patience(self) -> Option<Duration> {
        // SAFETY: the descriptor is the caller's of `connect`, which does not close it meanwhile.
        let socket = unsafe { BorrowedFd::borrow_raw(self.fd) };
        socket2::SockRef::from(&socket).write_timeout().ok()?
    }

    pub(super) fn is_v6_only(self) -> bool {
        self.is_v6
            && option(self.fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY).is_some_and(|only| only != 0)
    }

    pub(super) fn local_address(self) -> Option<SocketAddr> {
        let mut local = Raw::empty();
        let length = &raw mut local.length;
        // SAFETY: there is as much room as `length` says.
        let code = unsafe { libc::getsockname(self.fd, local.as_mut_ptr(), length) };
        (code == 0).then(|| local.get()).flatten()
    }
}

/// Whether it is the socket of a stream; `None` when it is none at all.
pub(super) fn is_stream(fd: c_int) -> Option<bool> {
    option(fd, libc::SOL_SOCKET, libc::SO_TYPE).map(|kind| kind == libc::SOCK_STREAM)
}

fn option(fd: c_int, level: c_int, name: c_int) -> Option<c_int> {
    let (mut value, mut length) = (0, size_of::<c_int>() as libc::socklen_t);
    let place = &raw mut value;
    // SAFETY: there is room for the `c_int` that these options are.
    let code = unsafe { libc::getsockopt(fd, level, name, place.cast(), &raw mut length) };
    (code == 0).then_some(value)
}
