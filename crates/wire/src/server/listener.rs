//! Code that takes a base URL needs no adapter: it is given the address of a listener on loopback.
//!
//! What ends really ends: dropping the listener closes its port and shuts its connections before the drop returns. So the socket
//! belongs to the listener, and its task asks for it at each poll.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use standin_core::{Destination, Engine, Fault, FaultStep};
use tokio::net::TcpStream;
use tokio::runtime::{Handle, RuntimeFlavor};

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

/// A listener on loopback that answers from the mocks of the engine that is active now, as long as it lives; without one, of
/// the engine that is active at the request.
///
/// Give its [`url`](Listener::url) to code that takes a base URL, and declare its mocks by path alone, or by that URL. With feature
/// `tls`, a client that begins with a TLS handshake is answered on this port too. A mock of connections answers here as well where it names
/// this port: `mock::tcp(&listener.address().to_string()).serve(..)`.
///
/// # Panics
/// When no port of loopback can be had.
#[track_caller]
pub fn listen() -> Listener {
    Listener::start(Seat::active(), Scheme::Http)
}

/// The same with `https` alone: its [`url`](Listener::url) begins with that, and a client has to trust
/// [`ca_pem`](crate::tls::ca_pem).
///
/// # Panics
/// When no port of loopback can be had.
#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
#[track_caller]
pub fn listen_https() -> Listener {
    Listener::start(Seat::active(), Scheme::Https)
}

/// A port on loopback, HTTP/1.1 and HTTP/2, until it is dropped: then it refuses.
///
/// It is served by the tokio runtime in which it was made, so that the test's time is its time. Made outside of one, it is
/// served by a thread that all such listeners of the process share.
///
/// **Blocking clients**: made inside a `#[tokio::test]` it cannot serve a client, or a program, that the test waits for without
/// `.await`: the runtime's only thread is taken. Make the listener outside of the runtime (`#[test]`), ask in `spawn_blocking`, or say
/// `#[tokio::test(flavor = "multi_thread")]`. A runtime needs I/O for that: in one that was built without `enable_io`, tokio says so as soon as the runtime
/// comes to it, and the port is closed.
#[must_use = "the port is closed when the listener is dropped"]
pub struct Listener {
    shared: Arc<Shared>,
    seat: Seat,
    scheme: Scheme,
    runtime: Handle,
    /// Whether its test can keep it from serving.
    may_be_blocked: bool,
    address: SocketAddr,
    v6: OnceLock<(Arc<Shared>, SocketAddr)>,
}

/// What a listener speaks, in the words of its URL.
#[derive(Clone, Copy)]
enum Scheme {
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
}

impl Listener {
    /// A listener that answers from the mocks of `engine`.
    ///
    /// # Panics
    /// When no port of loopback can be had.
    #[track_caller]
    pub fn of(engine: &Engine) -> Self {
        Self::start(Seat::of(engine), Scheme::Http)
    }

    /// A listener with `https` alone that answers from the mocks of `engine`.
    ///
    /// # Panics
    /// When no port of loopback can be had.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    #[track_caller]
    pub fn https_of(engine: &Engine) -> Self {
        Self::start(Seat::of(engine), Scheme::Https)
    }

    #[track_caller]
    fn start(seat: Seat, scheme: Scheme) -> Self {
        let current = Handle::try_current().ok();
        let may_be_blocked = (current.as_ref())
            .is_some_and(|it| it.runtime_flavor() == RuntimeFlavor::CurrentThread);
        let runtime = current.unwrap_or_else(shared_thread);
        match open(
            &seat,
            scheme,
            &runtime,
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        ) {
            Ok((shared, address)) => Self {
                shared,
                seat,
                scheme,
                runtime,
                may_be_blocked,
                address,
                v6: OnceLock::new(),
            },
            Err(error) => panic!("{}", no_port("127.0.0.1", &error)),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL without a slash at the end: `http://127.0.0.1:41234`, with `https` where it speaks that.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme.name(), self.address)
    }

    /// What a client takes for the URL of a proxy (`HTTP_PROXY`): the same as its [`url`](Self::url).
    ///
    /// Absolute `http` URLs are matched as they are, and a tunnel (CONNECT, over HTTP/2 too) is opened to whatever authority some mock could
    /// have, for plain HTTP inside, and with feature `tls` for `https`, where the client has to trust `tls::ca_pem()`. A
    /// tunnel to any other authority that the network policy lets out leads there; what is not in a tunnel goes nowhere.
    pub fn proxy_url(&self) -> String {
        self.url()
    }

    /// Its URL over IPv6: `http://[::1]:41234`, a port of its own that is opened when this is first asked.
    ///
    /// # Panics
    /// When this machine has no IPv6 on loopback.
    #[track_caller]
    pub fn url_v6(&self) -> String {
        if self.v6.get().is_none() {
            match open(
                &self.seat,
                self.scheme,
                &self.runtime,
                SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
            ) {
                Ok(opened) => {
                    if let Err((late, _)) = self.v6.set(opened) {
                        late.close();
                    }
                }
                Err(error) => panic!("{}", no_port("::1", &error)),
            }
        }
        self.v6.get().map_or_else(String::new, |(_, address)| {
            format!("{}://{address}", self.scheme.name())
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if self.may_be_blocked
            && self.shared.has_kept_waiting()
            && let Ok(engine) = self.seat.engine()
        {
            engine.note(unserved(self.address));
        }
        self.shared.close();
        if let Some((v6, _)) = self.v6.get() {
            v6.close();
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("url", &self.url())
            .field("connections", &self.shared.lock().connections.len())
            .finish_non_exhaustive()
    }
}

/// What a test is told that waited in vain: its client has no more to say than that its time ran out.
fn unserved(address: SocketAddr) -> String {
    format!(
        "a client of `{address}` was connected and never accepted: a listener is served by the runtime that it was made in, and a \
         blocking client or program that keeps the only thread of that waits for ever; make the listener outside of the runtime, \
         ask in `spawn_blocking`, or say `#[tokio::test(flavor = \"multi_thread\")]`"
    )
}

fn no_port(of: &str, error: &io::Error) -> String {
    let why = match error.kind() {
        // The system's own word for it is that this one address is taken.
        io::ErrorKind::AddrInUse => {
            ": each port that the system may choose is taken, or was until less than a minute ago"
        }
        _ => "",
    };
    format!("no port of {of} can be listened on: {error}{why}")
}

fn open(
    seat: &Seat,
    scheme: Scheme,
    runtime: &Handle,
    address: SocketAddr,
) -> io::Result<(Arc<Shared>, SocketAddr)> {
    let (listener, address) = Bound::open(address)?;
    let shared = Arc::new(Shared(Mutex::new(Open {
        listener: Some(listener),
        ..Open::default()
    })));
    runtime.spawn(accept(
        Accepting(Arc::clone(&shared)),
        seat.clone(),
        scheme,
        address,
    ));
    Ok((shared, address))
}

async fn accept(accepting: Accepting, seat: Seat, scheme: Scheme, address: SocketAddr) {
    let origin = Origin::behind(address.to_string().parse().ok()).with_tunnels(Dial::tcp());
    let shared = &accepting.0;
    loop {
        match poll_fn(|cx| shared.poll_accept(cx)).await {
            None => return,
            Some(Ok(connection)) => {
                let (seat, origin) = (seat.clone(), origin.clone());
                if let Some((connection, mut socket)) = Connection::new(shared, connection) {
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
            // The client is gone again, or no descriptor is left.
            Some(Err(_)) => tokio::time::sleep(REST).await,
        }
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

/// The accepting task; when its runtime ends, so does the listener.
struct Accepting(Arc<Shared>);

impl Drop for Accepting {
    fn drop(&mut self) {
        self.0.close();
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

    /// Whether it accepted nobody, and somebody is there.
    fn has_kept_waiting(&self) -> bool {
        let open = self.lock();
        let listener = open.listener.as_ref();
        open.accepted == 0
            && listener.is_some_and(|it| !it.is_of_another_process() && it.turns_away())
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

/// The runtime of the thread that serves every listener made outside of a runtime. It lasts as long as the process.
fn shared_thread() -> Handle {
    static SHARED: OnceLock<Handle> = OnceLock::new();
    let start = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap_or_else(|error| panic!("a runtime for listeners cannot be made: {error}"));
        let handle = runtime.handle().clone();
        thread::Builder::new()
            .name("standin".to_owned())
            .spawn(move || runtime.block_on(std::future::pending::<()>()))
            .unwrap_or_else(|error| panic!("a thread for listeners cannot be started: {error}"));
        handle
    };
    SHARED.get_or_init(start).clone()
}
