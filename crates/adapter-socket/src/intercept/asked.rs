//! Several tests mock the place to which a thread of nobody's connects: its request may tell whose it is, where one of them alone has a
//! mock that it fits. It is never a guess: where none fits or more than one could, the connection ends, and their reports say why.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};

use libc::c_int;
use standin_core::{Destination, Ended, Engine, Fits, Request};
use standin_hooks::real;
use standin_wire::{Origin, Seat};

use super::address::{Raw, dressed, plain};
use super::door::{Client, Host, accept};
use super::whose;
use super::world::{self, Active};
use crate::responder;

/// A connection whose requests tell whose they are.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) stream: TcpStream,
    pub(crate) origin: Origin,
    to: Destination,
    place: String,
    thread: String,
    door: SocketAddr,
    chosen: Arc<OnceLock<Engine>>,
}

/// Connects the client's socket to one of ours, by a listener of its own that is gone when this returns.
pub(super) fn enter(
    candidates: &[Arc<Active>],
    host: String,
    client: Client,
    to: SocketAddr,
) -> Result<(), c_int> {
    let place = format!("{host}:{}", to.port());
    let destination = Destination::new(whose::scheme(to.port()), &host, Some(to.port()));
    // What is decided when a client connects is decided without a request.
    if candidates.iter().any(|it| it.engine.meets(&destination)) {
        whose::tell(candidates, &place);
        return Err(libc::ECONNREFUSED);
    }
    let address = match to.ip() {
        IpAddr::V4(address) => address,
        IpAddr::V6(_) => Ipv4Addr::LOCALHOST,
    };
    let host = Host::new(host.into(), address);
    let errno = |error: io::Error| error.raw_os_error().unwrap_or(libc::ECONNREFUSED);
    let ip = match client.is_v6_only() {
        true => IpAddr::V6(Ipv6Addr::LOCALHOST),
        false => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    let listener = TcpListener::bind((ip, 0)).map_err(errno)?;
    listener.set_nonblocking(true).map_err(errno)?;
    let door = listener.local_addr().map_err(errno)?;
    let address = Raw::of(dressed(door, client.is_v6));
    // SAFETY: the address is valid, and whatever the descriptor is, the kernel says.
    let connected = match unsafe { real::connect(client.fd, address.as_ptr(), address.length) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error().raw_os_error().unwrap_or(0)),
    };
    if !matches!(connected, Ok(()) | Err(libc::EINPROGRESS)) {
        return connected;
    }
    while let Some((stream, peer)) = accept(&listener) {
        if peer.get().map(plain) != client.local_address().map(plain) {
            continue;
        }
        world::lock().opened(door, host.meant(to.port()));
        let asked = Asked {
            stream,
            origin: host.origin(to.port()),
            to: destination,
            place,
            thread: whose::thread_name(),
            door,
            chosen: Arc::default(),
        };
        responder::respond_asked(asked);
        return connected;
    }
    Err(libc::ECONNREFUSED)
}

impl Asked {
    /// Who answers: for each request the one engine that has a mock for it.
    pub(crate) fn seat(&self) -> Seat {
        let (to, place) = (self.to.clone(), self.place.clone());
        let (thread, chosen) = (self.thread.clone(), Arc::clone(&self.chosen));
        Seat::chosen(move |head| {
            let engine = choose(&to, &place, &thread, head)?;
            // One request comes on such a connection.
            chosen.get_or_init(|| engine).clone().into()
        })
    }

    /// The end of the engine that answers, once that is known.
    pub(crate) fn ended(chosen: &OnceLock<Engine>) -> Option<Ended> {
        chosen.get().map(Engine::ended)
    }

    pub(crate) fn chosen(&self) -> Arc<OnceLock<Engine>> {
        Arc::clone(&self.chosen)
    }

    /// Who is told when the connection is over.
    pub(crate) fn over(&self) -> Over {
        Over::of(self.door)
    }
}

/// Forgets what the address of a connection stood for, when it is over.
pub(crate) struct Over(SocketAddr);

impl Over {
    pub(super) fn of(door: SocketAddr) -> Self {
        Self(door)
    }
}

impl Drop for Over {
    fn drop(&mut self) {
        world::lock().closed(self.0);
    }
}

fn choose(to: &Destination, place: &str, thread: &str, head: &Request) -> Option<Engine> {
    let candidates = world::engines(|active| active.engine.claims(to));
    // The others have ended since the client connected.
    if let [only] = &candidates[..] {
        return Some(only.engine.clone());
    }
    let mut could = candidates
        .iter()
        .map(|active| (active.engine.fits(head), active))
        .filter(|(fits, _)| *fits != Fits::No);
    match (could.next(), could.next()) {
        (Some((Fits::Yes, active)), None) => Some(active.engine.clone()),
        _ => {
            whose::tell_of_thread(&candidates, place, thread);
            None
        }
    }
}
