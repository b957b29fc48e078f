//! What ends really ends: dropping a listener closes its port and shuts its connections before the drop returns. So the socket
//! belongs to the listener, and its task asks for it at each poll.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use standin_core::{Destination, Engine, Fault, FaultStep};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

use super::bound::Bound;
use super::bytes::serve_conversation;
use super::carrier::Carrier;
use super::origin::Origin;
use super::relay::Dial;
use super::serve_connection;
#[cfg(feature = "tls")]
use super::serve_tls_connection;
use super::socket::{Shut, Socket};
use crate::connecting::{Met, meet};
use crate::seat::Seat;
#[cfg(feature = "tls")]
use crate::tls::Acceptor;

/// How long accepting rests when the system has no descriptor left.
const REST: Duration = Duration::from_millis(20);

/// What a listener speaks, in the words of its URL.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    Http,
    #[cfg(feature = "tls")]
    Https,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            #[cfg(feature = "tls")]
            Self::Https => "https",
        }
    }

    async fn serve(self, seat: Seat, socket: Socket, origin: Origin) {
        match self {
            Self::Http => serve_connection(seat, socket, origin).await,
            #[cfg(feature = "tls")]
            Self::Https => serve_tls_connection(seat, socket, origin, &Acceptor::new()).await,
        }
    }
}

/// What the listener and its tasks both know.
#[derive(Default)]
struct Shared(Mutex<Open>);

#[derive(Default)]
struct Open {
    listener: Option<Bound>,
    connections: BTreeMap<u64, Shut>,
    accepted: u64,
    accepting: Option<Waker>,
    /// How often its runtime came to ask for a client.
    polls: u64,
}

/// A port, and how it is served.
pub(super) struct Serves {
    shared: Arc<Shared>,
    seat: Seat,
    scheme: Scheme,
    address: SocketAddr,
    origin: OnceLock<Origin>,
}

/// Opens a port of `address`, which `runtime` serves.
pub(super) fn open(
    seat: Seat,
    scheme: Scheme,
    runtime: &Handle,
    address: SocketAddr,
) -> io::Result<Arc<Serves>> {
    let (listener, address) = Bound::open(address)?;
    let serves = Arc::new(Serves {
        shared: Arc::new(Shared(Mutex::new(Open {
            listener: Some(listener),
            ..Open::default()
        }))),
        seat,
        scheme,
        address,
        origin: OnceLock::new(),
    });
    runtime.spawn(accept(Accepting(Arc::clone(&serves))));
    Ok(serves)
}

async fn accept(accepting: Accepting) {
    let serves = &accepting.0;
    loop {
        match poll_fn(|cx| serves.shared.poll_accept(cx)).await {
            None => return,
            Some(Ok(connection)) => serves.serve(connection),
            // The client is gone again, or no descriptor is left.
            Some(Err(_)) => tokio::time::sleep(REST).await,
        }
    }
}

/// The accepting task; when its runtime ends, so does the listener.
struct Accepting(Arc<Serves>);

impl Drop for Accepting {
    fn drop(&mut self) {
        self.0.shared.close();
    }
}

impl Serves {
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn url(&self) -> String {
        format!("{}://{}", self.scheme.name(), self.address)
    }

    /// The same at another address.
    pub(super) fn at(&self, runtime: &Handle, address: SocketAddr) -> io::Result<Arc<Self>> {
        open(self.seat.clone(), self.scheme, runtime, address)
    }

    pub(super) fn engine(&self) -> Option<Engine> {
        self.seat.engine().ok()
    }

    /// Closes the port, and shuts its connections.
    pub(super) fn close(&self) {
        self.shared.close();
    }

    /// How many connections are open.
    pub(super) fn connections(&self) -> usize {
        self.shared.lock().connections.len()
    }

    /// How often its runtime came to ask for a client; `None` when the listener is closed.
    #[cfg(target_os = "linux")]
    pub(super) fn polls(&self) -> Option<u64> {
        let open = self.shared.lock();
        open.listener.as_ref().map(|_| open.polls)
    }

    /// Another descriptor of its socket.
    #[cfg(target_os = "linux")]
    pub(super) fn descriptor(&self) -> Option<std::net::TcpListener> {
        self.shared.lock().listener.as_ref()?.descriptor()
    }

    /// A client that waits, unless the runtime has come to ask for one meanwhile.
    #[cfg(target_os = "linux")]
    pub(super) fn take(&self, polls: u64) -> Option<std::net::TcpStream> {
        let open = self.shared.lock();
        let listener = open.listener.as_ref().filter(|_| open.polls == polls);
        listener?.accept()
    }

    /// Whether it accepted nobody, and somebody is there.
    pub(super) fn has_kept_waiting(&self) -> bool {
        let open = self.shared.lock();
        let listener = open.listener.as_ref();
        open.accepted == 0
            && listener.is_some_and(|it| !it.is_of_another_process() && it.accept().is_some())
    }

    /// Serves a client on the runtime that the caller is in.
    pub(super) fn serve(&self, stream: TcpStream) {
        let Some((connection, mut socket)) = Connection::new(&self.shared, stream) else {
            return;
        };
        let (seat, scheme, address) = (self.seat.clone(), self.scheme, self.address);
        let origin = || Origin::behind(address.to_string().parse().ok()).with_tunnels(Dial::tcp());
        let origin = self.origin.get_or_init(origin).clone();
        tokio::spawn(async move {
            let _listed = connection;
            match accepted(&seat, address).await {
                Met::Open => scheme.serve(seat, socket, origin).await,
                Met::Broken(fault) => socket.break_off(&fault),
                Met::LetOut(_) => {}
                Met::Serve(conversing) => {
                    serve_conversation(*conversing, socket, &address.to_string()).await;
                }
            }
        });
    }
}

/// What a client meets whose connection was just accepted.
async fn accepted(seat: &Seat, address: SocketAddr) -> Met {
    let Ok(engine) = seat.engine() else {
        return Met::Open;
    };
    let at = Destination::new("http", &address.ip().to_string(), Some(address.port()));
    match meet(&engine, engine.accept_at(&at, FaultStep::Accept)).await {
        // A port of its own leads nowhere else.
        Err(_) | Ok(Met::LetOut(_)) => Met::Broken(Fault::ResetOnAccept),
        Ok(met) => met,
    }
}

/// A connection's place among those of its listener.
struct Connection {
    shared: Arc<Shared>,
    number: u64,
}

impl Connection {
    /// `None` when the listener was closed meanwhile.
    fn new(shared: &Arc<Shared>, stream: TcpStream) -> Option<(Self, Socket)> {
        // Nagle's delay belongs to no test.
        let _ = stream.set_nodelay(true);
        let (socket, shut) = Socket::new(stream);
        let mut open = shared.lock();
        open.listener.as_ref()?;
        let number = open.accepted;
        open.accepted += 1;
        open.connections.insert(number, shut);
        let shared = Arc::clone(shared);
        Some((Self { shared, number }, socket))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let last = self.shared.lock().connections.remove(&self.number);
        drop(last);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when the listener is closed.
    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<Option<io::Result<TcpStream>>> {
        let mut open = self.lock();
        open.polls += 1;
        let Some(listener) = &mut open.listener else {
            return Poll::Ready(None);
        };
        match listener.poll_accept(cx) {
            Poll::Ready(accepted) => Poll::Ready(Some(accepted)),
            Poll::Pending => {
                open.accepting = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn close(&self) {
        let (listener, connections, accepting) = {
            let mut open = self.lock();
            let connections = std::mem::take(&mut open.connections);
            (open.listener.take(), connections, open.accepting.take())
        };
        let is_copied = listener.as_ref().is_some_and(Bound::is_of_another_process);
        listener.into_iter().for_each(Bound::end);
        if is_copied {
            return;
        }
        // The task of each sees its end, and drops it.
        connections.into_values().for_each(Shut::shut);
        accepting.into_iter().for_each(Waker::wake);
    }
}
