//! A stand-in for every server that a program talks to, in its tests.
//!
//! A test declares what it expects, runs the real code with its real clients and its hard-coded URLs, and on leaving fails with a
//! readable report if an expectation was not met or a request matched nothing.
//!
#![cfg_attr(feature = "reqwest", doc = "```")]
#![cfg_attr(not(feature = "reqwest"), doc = "```text")]
//! use standin::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! let _net = standin::activate();
//! mock::get("https://api.github.com/users/7").reply(json!({"id": 7, "name": "Ada"}));
//!
//! let client = reqwest::Client::builder().connector_layer(standin::reqwest::layer()).build()?;
//! let user = client.get("https://api.github.com/users/7").send().await?.text().await?;
//! assert_eq!(user, r#"{"id":7,"name":"Ada"}"#);
//! # Ok(())
//! # } // leaving verifies: every mock met, nothing unmatched
//! ```
//!
//! # How it goes
//!
//! - [`activate`] makes an engine active on this thread; when its guard drops, it verifies. Tests that run side by side do not
//!   see each other's mocks.
//! - [`mock::tcp`] and [`mock::unix`] declare mocks of connections, whatever is spoken there.
//! - [`mock::get`] and its like declare a mock; `.reply(..)` registers it. It answers once, unless `.times(3)`, `.persist()` or
//!   `.optional()` say otherwise.
//! - On Linux with glibc the connections of any client go to the engine of their test ([`intercept`]). Elsewhere, or to have it all in
//!   memory, an adapter brings the requests of a client to the engine: [`reqwest`], [`reqwest_0_12`], [`tower`],
//!   [`hyper`], [`ureq`]; [`listen`] is for code that takes a base URL.
//! - The guard is its engine: `net.attach(..)` ([`Engine::attach`]) carries it, around a closure or a future, to a thread, a pool or a
//!   runtime that is not the test's, and lets mocks be declared there.
//! - [`Run::run`] tells the error of a test that returns `Err` together with the report, which an early `?` would hide.
//!
//! # Features
//!
//! All features only add. `intercept` and `tls` are on by default.
//!
//! | feature | what it brings |
//! |---|---|
//! | `hyper` | a connector for hyper-util's client |
//! | `intercept` | the connections of any client in the process are answered (Linux with glibc) |
//! | `listen` | a loopback listener for code that takes a base URL |
//! | `reqwest` | reqwest 0.13: a connector layer for a plain client, a terminal middleware for reqwest-middleware 0.5 |
//! | `reqwest-0_12` | the same for reqwest 0.12 (from 0.12.10) and reqwest-middleware 0.4 |
//! | `stream` | bodies of replies from a `Stream` or an `AsyncRead`, upgrades to a protocol of the test's own |
//! | `tls` | `https` with a CA of the process, which the client of a test can trust |
//! | `tower` | a service and a layer for clients built on tower |
//! | `ureq` | an agent of ureq 3.5 |
//! | `websocket` | mocks that talk over WebSockets: [scripts](ws) and [closures](WebSocket) |
//! | `webpki-roots` | with `intercept`, clients whose roots are compiled in (ureq's default, reqwest 0.12's `rustls-tls`) trust the CA too: constants of the program are written over before `main` |
//! | `compression` | request bodies with a content-encoding are decoded before they are matched |
//! | `grpc` | calls of gRPC by message: [`mock::grpc`](grpc), statuses, streams; messages are any `prost::Message` |
//! | `jsonpath` | what a JSON path (RFC 9535) selects from a body can be matched |
//! | `multipart` | multipart bodies are read part by part |
//! | `schema` | JSON bodies can be validated under a JSON Schema of any draft |
//! | `tracing` | an event of the crate `tracing` for each decision: target `standin`, level debug where a mock answered, warn where none matched |
//! | `xml` | XML bodies are compared by structure |
//!
//! With a client's feature, time is tokio's where there is a runtime: under paused time a delay of 30 s takes none.
//! No TLS feature of a client is ever switched on.
//!
//! # WebSockets
//!
//! With the feature `websocket` a mock talks. It matches as any GET does, if the request asks for a WebSocket; `wss` is the `https`
//! of such URLs, `ws` their `http`.
//!
#![cfg_attr(feature = "websocket", doc = "```")]
#![cfg_attr(not(feature = "websocket"), doc = "```text")]
//! use standin::prelude::*;
//!
//! # let _net = standin::activate().lenient();
//! let live = mock::get("wss://x.io/live")
//!     # .optional()
//!     .header("authorization", re("^Bearer "))
//!     .websocket(ws().expect_text("hi").send_text("ho").expect_json(json!({"sku": "A1"})).delay(secs(30)).close(1000, "bye"));
//! // A reply as others are: refused once, then an echo.
//! mock::get("wss://x.io/echo").optional().reply(replies![401, ws().answer_each(|said| Some(said.clone()))]);
//! mock::get("wss://x.io/{room}").optional().websocket(|socket: WebSocket| async move {
//!     let room = socket.request().path_param("room").unwrap_or_default().to_owned();
//!     socket.send(format!("welcome to {room}")).await?;
//!     while let Some(said) = socket.next().await {
//!         socket.send(said).await?;
//!     }
//!     Ok::<_, standin::Gone>(())
//! });
//! # assert!(live.calls().is_empty());
//! ```
//!
//! Verification fails where a script was not played to its end. `live.last_call().frames()` has what both sides said, and when. A
//! client that says its last word and leaves at once may end the test before that word is heard over a socket: `net.run(..)` and
//! `net.settled().await` wait for it. A WebSocket needs a connection: a stream in memory, a listener, the connector layer
//! of reqwest or interception; a middleware and the service of tower have none, and say so. Over HTTP/2 a client asks for it by an
//! extended CONNECT (RFC 8441), which mocks and the journal see as the GET that it stands for. An upgrade that passes through to the
//! real network on a mocked host's connection arrives there without its `upgrade` header.
//!
//! # What to know
//!
//! - A closure of a test that panics fails that test, and no other; with `panic = "abort"` it ends the process, as any panic does.
//! - Nothing is written but the report of a failing test, in colour only on a terminal (`NO_COLOR` is heeded), notes such as a seed, which
//!   libtest shows where a test fails, and, once in a process, that its connections are not intercepted, where `intercept` is on and
//!   cannot be had.
//! - `STANDIN_SEED` repeats the chances of a failed run; where one was drawn, a test that fails names the seed, whatever it failed
//!   by.
//!
//! - With `intercept`, while an engine is active, what a test's clients connect to is its mocks or nothing: a host that no mock has
//!   and no `enable_network(..)` lets out is refused, and fails the test even where the error is swallowed. Loopback stays open.
//!   Other threads are left alone. `STANDIN_INTERCEPT=off` switches it off; [`intercept::start`] says where it cannot be.
//!   Clients that make their system calls themselves (smol) need [`intercept::seal`], or `STANDIN_INTERCEPT=sealed`.
//! - With `intercept` and `tls`, `SSL_CERT_FILE` is set before `main`, to a bundle of what was trusted before and a CA of the process:
//!   clients of OpenSSL and of rustls with the platform's roots, and libraries of C that read the system's bundle, then trust what
//!   answers them. Roots that are compiled in need `webpki-roots`; pinned certificates and roots of a client's own need
//!   `standin::tls::ca_pem()`.
//! - Linked into a program by mistake, and never activated, that variable and the open descriptor of that bundle (some 220 KB, read and
//!   written before `main` in a quarter of a millisecond; a program that closes descriptors which it did not open takes it away) are all that can be
//!   seen of it, with `webpki-roots` also a few roots of compiled-in lists. The bundle has what was trusted before, and a CA whose key is
//!   in this process alone. Programs that it starts inherit the variable: a file of the process that set it, which is not there any more when that
//!   has ended. `STANDIN_INTERCEPT=off` ends all of it, and so does leaving out `tls` or `intercept`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod activate;
mod file;
mod interception;
pub mod prelude;
mod run;

/// What the longer texts show compiles.
#[cfg(doctest)]
#[doc = include_str!("../docs/bytes.md")]
mod texts {}

pub use activate::{activate, engine};
pub use file::file;
pub use run::{Run, Tested};
pub use standin_core::*;
pub use standin_wire::Error;

/// Clients of hyper-util.
#[cfg(feature = "hyper")]
#[cfg_attr(docsrs, doc(cfg(feature = "hyper")))]
pub mod hyper {
    pub use standin_hyper::{Connector, Nothing, Nowhere, Stream, connector, connector_for};
}

#[cfg(all(feature = "listen", feature = "tls"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "listen", feature = "tls"))))]
pub use standin_wire::listen_https;
#[cfg(feature = "listen")]
#[cfg_attr(docsrs, doc(cfg(feature = "listen")))]
pub use standin_wire::{Listener, listen};
#[cfg(feature = "stream")]
#[cfg_attr(docsrs, doc(cfg(feature = "stream")))]
pub use standin_wire::{Upgraded, read, stream, upgrade};

/// Answering the connections of any client in the process.
///
/// `activate()` starts it; nothing else has to be called, in doctests and examples as in tests.
///
#[cfg_attr(all(target_os = "linux", target_env = "gnu", not(miri)), doc = "```")]
#[cfg_attr(
    not(all(target_os = "linux", target_env = "gnu", not(miri))),
    doc = "```no_run"
)]
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
///
/// use standin::prelude::*;
///
/// let _net = standin::activate();
/// mock::get("http://api.example.com/zen").reply("Keep it logically awesome.");
///
/// let mut client = TcpStream::connect("api.example.com:80")?;
/// client.write_all(b"GET /zen HTTP/1.0\r\nhost: api.example.com\r\n\r\n")?;
/// let mut reply = String::new();
/// client.read_to_string(&mut reply)?;
/// assert!(reply.ends_with("Keep it logically awesome."));
/// # std::io::Result::Ok(())
/// ```
///
/// Where connections cannot be intercepted (other systems, a static executable), the first `activate()` of a process says so on stderr,
/// past what captures a test's output, as does every report, with the adapter to take instead: there nothing is refused, and what no
/// adapter brings goes where it wants. A test that may go on in no other way asks [`start`](intercept::start) first;
/// `STANDIN_INTERCEPT=off`, or leaving the feature out, ends the line on stderr.
#[cfg(feature = "intercept")]
#[cfg_attr(docsrs, doc(cfg(feature = "intercept")))]
pub mod intercept {
    pub use standin_socket::{Unavailable, seal, shared_pool, start};
}

/// What a client of `https` has to trust.
///
/// Certificates are minted for whichever host a client asks for, and signed by a CA that is made in the process. A client that
/// has TLS of its own is given the CA where it is built:
///
/// ```text
/// reqwest       ClientBuilder::add_root_certificate(Certificate::from_pem(standin::tls::ca_pem().as_bytes())?)
/// native-tls    TlsConnectorBuilder::add_root_certificate(Certificate::from_pem(standin::tls::ca_pem().as_bytes())?)
/// rustls        RootCertStore::add(CertificateDer::from(standin::tls::ca_der()))
/// curl          --cacert FILE, with the PEM in it
/// ```
///
/// Nothing of it touches the program's own TLS: no provider feature of rustls is switched on, and no default provider is
/// installed. Clients with certificates pinned or with roots of their own cannot be reached without this.
#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
pub mod tls {
    pub use standin_wire::tls::{ca_der, ca_pem};
}

/// Clients of reqwest 0.13 that are a `ClientWithMiddleware`.
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use standin_reqwest::reqwest;

/// Clients of reqwest 0.12 that are a `ClientWithMiddleware`.
#[cfg(feature = "reqwest-0_12")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-0_12")))]
pub use standin_reqwest::reqwest_0_12;

/// Agents of ureq 3.5.
#[cfg(feature = "ureq")]
#[cfg_attr(docsrs, doc(cfg(feature = "ureq")))]
pub mod ureq {
    pub use standin_ureq::{
        Connector, Resolver, agent, agent_with, connector, connector_for, resolver,
    };
}

/// Code that is generic over `tower::Service<http::Request<B>>`.
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use standin_hyper as tower;
