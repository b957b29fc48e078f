//! Code that takes a base URL needs no adapter: it is given the address of a listener on loopback.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use standin_core::Engine;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::listening::{Scheme, Serves, open};
use super::standby;
use crate::seat::Seat;
use crate::time;

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
/// **Blocking clients**: made inside a `#[tokio::test]`, it is served by the thread that a client, or a program, blocks when the test waits
/// for that without `.await`. On Linux the shared thread takes such a client over when it has waited for a tenth of a second, by the machine's
/// time. It does not where the runtime's time is paused, nor on other systems: there the client waits in vain. Make the listener
/// outside of the runtime (`#[test]`), ask in `spawn_blocking`, or say `#[tokio::test(flavor = "multi_thread")]`, and nobody waits.
///
/// The runtime needs I/O: in one that was built without `enable_io`, tokio says so as soon as the runtime comes to it, and the port is
/// closed.
#[must_use = "the port is closed when the listener is dropped"]
pub struct Listener {
    serves: Arc<Serves>,
    runtime: Handle,
    /// Whether who blocks its runtime is taken over.
    is_looked_after: bool,
    /// Whether that waits for ever.
    may_wait_in_vain: bool,
    v6: OnceLock<Arc<Serves>>,
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
        let is_looked_after = may_be_blocked && standby::IS_THERE && time::is_of_the_machine();
        let runtime = current.unwrap_or_else(standby::handle);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        match open(seat, scheme, &runtime, address) {
            Ok(serves) => {
                let listener = Self {
                    serves,
                    runtime,
                    is_looked_after,
                    may_wait_in_vain: may_be_blocked && !is_looked_after,
                    v6: OnceLock::new(),
                };
                listener.look_after(&listener.serves);
                listener
            }
            Err(error) => panic!("{}", no_port("127.0.0.1", &error)),
        }
    }

    fn look_after(&self, serves: &Arc<Serves>) {
        if self.is_looked_after {
            standby::look_after(serves);
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.serves.address()
    }

    /// Its URL without a slash at the end: `http://127.0.0.1:41234`, with `https` where it speaks that.
    pub fn url(&self) -> String {
        self.serves.url()
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
            let address = SocketAddr::from((Ipv6Addr::LOCALHOST, 0));
            match self.serves.at(&self.runtime, address) {
                Ok(opened) => {
                    self.look_after(&opened);
                    if let Err(late) = self.v6.set(opened) {
                        late.close();
                    }
                }
                Err(error) => panic!("{}", no_port("::1", &error)),
            }
        }
        self.v6.get().map_or_else(String::new, |v6| v6.url())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if self.may_wait_in_vain
            && self.serves.has_kept_waiting()
            && let Some(engine) = self.serves.engine()
        {
            engine.note(unserved(self.address()));
        }
        self.serves.close();
        if let Some(v6) = self.v6.get() {
            v6.close();
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("url", &self.url())
            .field("connections", &self.serves.connections())
            .finish_non_exhaustive()
    }
}

/// What a test is told that waited in vain: its client has no more to say than that its time ran out.
fn unserved(address: SocketAddr) -> String {
    format!(
        "a client of `{address}` was connected and never accepted: a listener is served by the runtime that it was made in, and where \
         its time is paused, a blocking client or program that keeps its only thread waits for ever; make the listener outside of the runtime, \
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
