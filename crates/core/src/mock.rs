//! Mocks of the active engine: `mock::get("https://api.github.com/users/7").reply(..)`.
//!
//! Each function begins a declaration; the terminal at the end of the chain registers it. Without an active engine they panic
//! and say how to make one; on an explicit engine the same functions are methods. HEAD is a method of its own: `get` does not answer it.

use crate::active;
use crate::conversation::TcpMock;
use crate::declare::{Base, IntoUrl, Mock, standard_methods};

macro_rules! functions {
    ($($name:ident => $method:literal,)*) => {
        $(
            #[doc = concat!("A mock of ", $method, " requests.")]
            #[track_caller]
            pub fn $name(url: impl IntoUrl) -> Mock {
                active::bound(concat!("mock::", stringify!($name))).one(stringify!($name), $method, url)
            }
        )*
    };
}
standard_methods!(functions);

/// A mock of requests with any method.
#[track_caller]
pub fn any(url: impl IntoUrl) -> Mock {
    active::bound("mock::any").any(url)
}

/// A mock of requests with this method: `mock::method("CONNECT", "x.io:443")`.
#[track_caller]
pub fn method(method: &str, url: impl IntoUrl) -> Mock {
    active::bound("mock::method").request(method, url)
}

/// A mock of a method of gRPC: `mock::grpc("https://x.io/greet.Greeter/SayHello")`; see [`grpc`](crate::grpc).
#[cfg(feature = "grpc")]
#[cfg_attr(docsrs, doc(cfg(feature = "grpc")))]
#[track_caller]
pub fn grpc(url: impl IntoUrl) -> Mock {
    crate::grpc::mock_of(&active::bound("mock::grpc"), url)
}

/// The beginning of many mocks: a base URL, and whatever they have in common.
///
/// ```
/// # use standin_core::prelude::*;
/// # let _net = standin_core::activate();
/// let api = mock::base("https://api.github.com").header("accept", "application/json").optional();
/// api.get("/users/7").reply(json!({"id": 7}));
/// api.get("/users/8").reply(404);
/// ```
#[track_caller]
pub fn base(url: impl IntoUrl) -> Base {
    active::bound("mock::base").base(url)
}

/// A mock of connections to a host and a port, whatever is spoken there; what serves them follows with `.serve(..)`.
///
/// ```
/// # use standin_core::prelude::*;
/// # let _net = standin_core::activate();
/// let redis = mock::tcp("redis.example.com:6379").optional().serve(script().expect("PING\r\n").send("+PONG\r\n"));
/// ```
#[track_caller]
pub fn tcp(authority: &str) -> TcpMock {
    TcpMock::tcp(&active::bound("mock::tcp"), authority)
}

/// A mock of connections to the socket of Unix at this path: of its bytes with `.serve(..)`, of HTTP with `.http()`.
///
/// ```
/// # use standin_core::prelude::*;
/// # let _net = standin_core::activate();
/// mock::unix("/var/run/docker.sock").http().get("/version").optional().reply(json!({"Version": "28.0"}));
/// ```
#[track_caller]
pub fn unix(path: &str) -> TcpMock {
    TcpMock::unix(&active::bound("mock::unix"), path)
}
