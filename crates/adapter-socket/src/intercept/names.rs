//! A client with a resolver of its own asks a name server, and never libc. Whatever server it asks, it hears what libc's resolver
//! would say to it.
//!
//! A query is decided where it is sent, on the client's thread, like a look-up. The answer comes from a socket of ours on loopback, of
//! which the hooks say that it is the server which was asked.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::rt::{Read, ReadBuf, Write};
use libc::{c_int, ssize_t};
use standin_wire::Socket;

use super::address::{Raw, dressed, plain};
use super::fork;
use super::meeting::LookUp;
use super::query::{Code, Query};
use super::resolve::{is_local, opened, really};
use super::whose::{self, Decision};
use super::world::{self, Active};
use crate::responder;

/// Where name servers listen.
pub(super) const PORT: u16 = 53;

/// How long a query that was sent to ourselves is waited for, in milliseconds.
const ARRIVES: c_int = 100;
/// The longest datagram.
const LONGEST: usize = 1 << 16;

/// What becomes of a query.
enum Said {
    /// It is none.
    Nothing,
    /// It is sent to whom it is for.
    Pass,
    Answer(Vec<u8>),
    /// After a wait.
    Later(LookUp, Vec<u8>),
}

/// Decides about a query as `decide` does about its name.
fn ask(bytes: &[u8], decide: impl FnOnce(&str) -> Decision) -> Said {
    let Some(query) = Query::read(bytes) else {
        return Said::Nothing;
    };
    let found = |addresses: &[IpAddr]| Said::Answer(query.answer(Code::NoError, addresses));
    if is_local(&query.name) {
        return found(&[Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    if query.name.is_empty() {
        return found(&[]);
    }
    match decide(&query.name) {
        Decision::Pass => Said::Pass,
        Decision::Refuse => Said::Answer(query.answer(Code::NoSuchName, &[])),
        Decision::Several(..) => {
            let address = world::lock().shared_address(&query.name);
            found(&[address.into()])
        }
        Decision::Unclaimed(host) => {
            let address = world::lock().unclaimed_address(&host);
            found(&[address.into()])
        }
        Decision::Serve(active, host) => {
            // A look-up asks for both families, and is one use.
            if query.wants_ipv4()
                && let Some(looked_up) = LookUp::of(&active, &host, None)
            {
                let answer = match looked_up.code() {
                    Some(libc::EAI_AGAIN) => query.answer(Code::ServerFailed, &[]),
                    Some(_) => query.answer(Code::NoSuchName, &[]),
                    None => {
                        let address = opened(&active, &host, None).address;
                        query.answer(Code::NoError, &[address.into()])
                    }
                };
                return Said::Later(looked_up, answer);
            }
            found(&[opened(&active, &host, None).address.into()])
        }
        // Answered by the system's resolver: by which name an address was found has to be known when it is connected to.
        Decision::LetOut(active) if query.wants_address() => {
            let addresses: Vec<_> = really(&query.name, 0).iter().map(SocketAddr::ip).collect();
            let mut world = world::lock();
            for address in &addresses {
                world.resolved(&active, &query.name, *address);
            }
            drop(world);
            match addresses.is_empty() {
                true => Said::Answer(query.answer(Code::NoSuchName, &[])),
                false => found(&addresses),
            }
        }
        Decision::LetOut(_) => Said::Pass,
    }
}

/// Whether there ever was a name server: until then the hooks have nothing to look for.
static ANY: AtomicBool = AtomicBool::new(false);

pub(super) fn are_any() -> bool {
    ANY.load(Ordering::SeqCst)
}

/// A socket of ours that stands for a server elsewhere.
#[derive(Debug)]
pub(super) struct Server {
    socket: UdpSocket,
    pub(super) address: SocketAddr,
    /// Held from the arrival of a query until that is taken.
    taking: Mutex<()>,
}

impl Server {
    /// The one that stands for `meant`.
    ///
    /// # Errors
    /// When loopback has no port to give.
    pub(super) fn of(meant: SocketAddr) -> io::Result<Arc<Self>> {
        if let Some(server) = world::lock().servers.get(&meant) {
            return Ok(Arc::clone(server));
        }
        let _no_fork = fork::not_now();
        let ip: IpAddr = match meant.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let socket = UdpSocket::bind((ip, 0))?;
        socket.set_nonblocking(true)?;
        let server = Arc::new(Self {
            address: socket.local_addr()?,
            socket,
            taking: Mutex::new(()),
        });
        let mut world = world::lock();
        let server = Arc::clone(world.servers.entry(meant).or_insert(server));
        world.opened(server.address, meant);
        ANY.store(true, Ordering::SeqCst);
        Ok(server)
    }

    /// The address of it, for a socket that wears IPv6.
    pub(super) fn raw(&self, is_v6: bool) -> Raw {
        Raw::of(dressed(self.address, is_v6))
    }

    /// Sends a query here in the place of where it is meant for, and answers it; `send` does it to whichever address it is given, or
    /// to the one that the socket is connected to.
    fn take(
        self: &Arc<Self>,
        said: Said,
        send: impl FnOnce(&Raw) -> ssize_t,
        is_v6: bool,
    ) -> ssize_t {
        let _no_fork = fork::not_now();
        let _one = self.taking.lock().unwrap_or_else(PoisonError::into_inner);
        let mut query = [0; LONGEST];
        // What was left behind by who did not take it.
        while self.socket.recv_from(&mut query).is_ok() {}
        let sent = send(&self.raw(is_v6));
        if sent < 0 {
            return sent;
        }
        let Some(client) = self.next(&mut query) else {
            return sent;
        };
        match said {
            Said::Nothing | Said::Pass => {}
            Said::Answer(answer) => {
                let _ = self.socket.send_to(&answer, client);
            }
            Said::Later(looked_up, answer) => {
                let server = Arc::clone(self);
                responder::run(async move {
                    looked_up.waited().await;
                    let _ = server.socket.send_to(&answer, client);
                });
            }
        }
        sent
    }

    /// From whom the next query comes, which is under way.
    fn next(&self, query: &mut [u8]) -> Option<SocketAddr> {
        loop {
            match self.socket.recv_from(query) {
                Ok((_, client)) => return Some(client),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    let mut poll = libc::pollfd {
                        fd: self.socket.as_raw_fd(),
                        events: libc::POLLIN,
                        revents: 0,
                    };
                    // SAFETY: one descriptor is named, and one is there.
                    if unsafe { libc::poll(&raw mut poll, 1, ARRIVES) } <= 0 {
                        return None;
                    }
                }
            }
        }
    }
}

/// What became of a datagram to a name server.
pub(super) enum Sent {
    /// It is no query.
    NoQuery,
    /// It may go there.
    Pass,
    /// It was answered; what the call returns that sent it.
    Answered(ssize_t),
}

/// A datagram that is sent to a name server, by `send`.
pub(super) fn sent_to(meant: SocketAddr, bytes: &[u8], send: impl FnOnce(&Raw) -> ssize_t) -> Sent {
    let said = ask(bytes, |name| whose::of_name(name, None));
    match said {
        Said::Nothing => return Sent::NoQuery,
        Said::Pass => return Sent::Pass,
        Said::Answer(_) | Said::Later(..) => {}
    }
    match Server::of(plain(meant)) {
        Ok(server) => Sent::Answered(server.take(said, send, meant.is_ipv6())),
        Err(_) => Sent::NoQuery,
    }
}

/// Answers queries over TCP, each behind its length, until the client leaves.
pub(crate) async fn serve(active: &Arc<Active>, mut socket: Socket) {
    let mut received = Vec::new();
    loop {
        while let Some((query, rest)) = framed(&received) {
            let said = ask(query, |name| whose::of_name_for(active, name));
            let rest = rest.to_vec();
            let answer = match said {
                Said::Nothing | Said::Pass => return,
                Said::Answer(answer) => answer,
                Said::Later(looked_up, answer) => {
                    looked_up.waited().await;
                    answer
                }
            };
            let mut framed = (answer.len() as u16).to_be_bytes().to_vec();
            framed.extend_from_slice(&answer);
            if write(&mut socket, &framed).await.is_err() {
                return;
            }
            received = rest;
        }
        let mut piece = [0; 2048];
        let mut read = ReadBuf::new(&mut piece);
        let came = poll_fn(|cx| Pin::new(&mut socket).poll_read(cx, read.unfilled())).await;
        if came.is_err() || read.filled().is_empty() {
            return;
        }
        received.extend_from_slice(read.filled());
    }
}

/// The first of what came, and what follows it.
fn framed(received: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = received.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

async fn write(socket: &mut Socket, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = poll_fn(|cx| Pin::new(&mut *socket).poll_write(cx, bytes)).await?;
        bytes = &bytes[written..];
    }
    Ok(())
}

/// Says the server that was asked in the place of the one that answered.
pub(super) fn meant(from: SocketAddr) -> Option<Raw> {
    let meant = world::lock().meant(plain(from))?;
    Some(Raw::of(dressed(meant, from.is_ipv6())))
}
