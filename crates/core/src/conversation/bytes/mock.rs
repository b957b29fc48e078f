//! `mock::tcp("redis.example.com:6379")`: the builder of a mock of connections.

use std::panic::Location;
use std::sync::Arc;

use super::protocol::IntoProtocol;
use super::unix::host_of_path;
use crate::declare::declaration::{Declaration, Methods, Url};
use crate::declare::{Base, DeclareError, IntoTimes, Mock, Place, refuse};
use crate::handle::MockHandle;
use crate::reply::plan::Step;
use crate::url::{HostPattern, PathPattern, UrlPattern};

/// A mock of connections, still being built; [`serve`](Self::serve) registers it.
///
/// It is claimed when a client connects, once unless said otherwise, and its call has the method CONNECT; what both sides said is in
/// [`Call::conversation`](crate::Call::conversation).
#[must_use = "a mock is registered by its terminal: end the chain with `.serve(..)`"]
#[derive(Debug)]
pub struct TcpMock {
    mock: Mock,
    place: Place,
    path: Option<Arc<str>>,
    is_secured: bool,
}

impl TcpMock {
    /// Of a host and a port: `redis.example.com:6379`, `*.example.com:5432`, `[2001:db8::1]:25`.
    #[track_caller]
    pub(crate) fn tcp(place: &Place, authority: &str) -> Self {
        let authority = authority.strip_prefix("tcp://").unwrap_or(authority);
        let mut declaration = Declaration::begin("tcp", Methods::Connection, authority);
        if let (None, Url::Parsed(url)) = (&declaration.error, &declaration.url) {
            let is_bare = url.scheme.is_none()
                && url.path == PathPattern::Any
                && url.query.is_empty()
                && url.host != HostPattern::Any;
            if !is_bare {
                declaration.error = Some(DeclareError::new(format!(
                    "`{authority}` is no place to connect to: a host and a port are, as in `mock::tcp(\"redis.example.com:6379\")`"
                )));
            } else if url.port.is_none() {
                declaration.error = Some(DeclareError::new(format!(
                    "`{authority}` has no port, and bytes have no default one: write `mock::tcp(\"{authority}:6379\")`"
                )));
            }
        }
        Self::new(place, declaration, None)
    }

    /// Of the socket of Unix at this path.
    #[track_caller]
    pub(crate) fn unix(place: &Place, path: &str) -> Self {
        let url = UrlPattern {
            source: path.to_owned(),
            host: HostPattern::Literal(host_of_path(path.as_bytes())),
            ..UrlPattern::any()
        };
        let mut declaration = Declaration::begin("unix", Methods::Connection, "/");
        declaration.url = Url::Parsed(Arc::new(url));
        if path.is_empty() {
            declaration.error = Some(DeclareError::new(
                "a socket has a path, as in `mock::unix(\"/var/run/docker.sock\")`",
            ));
        }
        Self::new(place, declaration, Some(path.into()))
    }

    #[track_caller]
    fn new(place: &Place, declaration: Declaration, path: Option<Arc<str>>) -> Self {
        Self {
            mock: place.begin(declaration),
            place: place.clone(),
            path,
            is_secured: false,
        }
    }

    fn map(self, change: impl FnOnce(Mock) -> Mock) -> Self {
        Self {
            mock: change(self.mock),
            ..self
        }
    }

    /// How many connections: a number or a range.
    #[track_caller]
    pub fn times(self, times: impl IntoTimes) -> Self {
        self.map(|mock| mock.times(times))
    }

    /// One connection or more, without an upper bound.
    pub fn persist(self) -> Self {
        self.map(Mock::persist)
    }

    /// No connection is fine too.
    pub fn optional(self) -> Self {
        self.map(Mock::optional)
    }

    /// Repeats a sequence of protocols; `times` or `persist` say when it ends.
    pub fn cycle(self) -> Self {
        self.map(Mock::cycle)
    }

    /// Lower ones are asked first; 0 unless said otherwise.
    pub fn priority(self, priority: i32) -> Self {
        self.map(|mock| mock.priority(priority))
    }

    /// A name by which reports call it.
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        self.map(|mock| mock.named(name))
    }

    /// The client begins with TLS, before anybody has said a word. Where the client speaks first, that is seen by itself; a
    /// protocol in which the server does (SMTP on port 465) has to say it.
    pub fn tls(self) -> Self {
        Self {
            is_secured: true,
            ..self
        }
    }

    /// Registers the mock with what serves its connections: a [`script`](crate::script), an async closure over a
    /// [`Connection`](crate::Connection), a [`Fault`](crate::Fault), an array of one of these for one connection after the
    /// other, or a [`Protocol`](crate::Protocol) of your own.
    ///
    /// # Panics
    /// At this line, when something in the declaration cannot work; [`try_serve`](Self::try_serve) returns that.
    #[track_caller]
    pub fn serve<M>(self, protocol: impl IntoProtocol<M>) -> MockHandle {
        match self.try_serve(protocol) {
            Ok(handle) => handle,
            Err(error) => refuse(&error),
        }
    }

    /// The twin of [`serve`](Self::serve) that returns the mistake.
    ///
    /// # Errors
    /// When something in the declaration cannot work.
    #[track_caller]
    pub fn try_serve<M>(self, protocol: impl IntoProtocol<M>) -> Result<MockHandle, DeclareError> {
        let mut plan = protocol.into_plan();
        if self.is_secured {
            for step in &mut plan.steps {
                if let Step::Serve(serve) = step {
                    serve.is_secured = true;
                }
            }
        }
        self.mock.register(plan)
    }

    /// Mocks of the requests of HTTP that come over this socket, in the place of its bytes:
    /// `mock::unix("/var/run/docker.sock").http().get("/version")`. Which host they name plays no part.
    ///
    /// # Panics
    /// When it is no socket of Unix: `mock::get("http://host/..")` says the host.
    #[track_caller]
    pub fn http(self) -> Base {
        let Some(path) = &self.path else {
            let at = Location::caller();
            refuse(&DeclareError::at(
                "requests of HTTP to a host are mocked by their URL: `mock::get(\"http://host/..\")`",
                at,
            ));
        };
        let mut base = self.place.base("/");
        if let Url::Parsed(url) = &self.mock.declaration.url {
            base.declaration.url = Url::Parsed(Arc::new(UrlPattern {
                source: format!("unix://{}", host_of_path(path.as_bytes())),
                ..UrlPattern::clone(url)
            }));
        }
        self.mock.abandon();
        base
    }
}
