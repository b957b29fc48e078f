//! An engine decides and never acts: somebody has to wait, to hold a reply at its gate, to break off, to hand a body over.
//!
//! This is what the in-process adapters share: [`Serving`] brings a request of the `http` crate to an engine and carries the
//! decision out, [`ReplyBody`] is the body of the reply, [`Error`] is what the client gets in its place.
//!
//! Where the client's own HTTP stack shall run, feature `server` serves HTTP/1.1 and HTTP/2 on a byte stream of any kind
//! (`serve_connection`), one in memory among them (`MemoryStream`), and feature `listen` on loopback (`listen`). Feature `tls` puts
//! TLS below that (`tls`).

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "server")]
mod admission;
#[cfg(feature = "server")]
mod askers;
mod body;
mod bypassed;
mod connecting;
mod deadline;
mod error;
mod held;
mod intake;
mod lent;
mod seat;
#[cfg(feature = "server")]
mod server;
mod serving;
#[cfg(feature = "stream")]
mod streams;
mod time;
#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
pub mod tls;
#[cfg(feature = "stream")]
mod upgraded;

#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub use admission::{Admitted, admit, admit_below_tls, let_out};
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub use askers::{Asker, Askers, Opened};
pub use body::ReplyBody;
pub use bypassed::bypassed;
pub use connecting::{Met, connect, meet};
pub use error::{BoxError, Error};
pub use held::{Held, hold};
pub use seat::Seat;
#[cfg(all(feature = "listen", feature = "tls"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "listen", feature = "tls"))))]
pub use server::listen_https;
#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
pub use server::serve_tls_connection;
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub use server::{
    Carrier, Farewell, MemoryStream, Origin, PassedBody, Upstream, serve_connection,
    serve_conversation, serve_shared_connection,
};
#[cfg(feature = "listen")]
#[cfg_attr(docsrs, doc(cfg(feature = "listen")))]
pub use server::{
    Listener, Port, Shut, Socket, break_socket, listen, serve_socket, talk_over_socket,
};
pub use serving::{Served, Serving, Through, plain_body};
#[cfg(feature = "stream")]
#[cfg_attr(docsrs, doc(cfg(feature = "stream")))]
pub use streams::{read, stream};
#[cfg(feature = "tokio")]
pub use time::TokioClock;
pub use time::{blocked, clock, sleep};
#[cfg(feature = "stream")]
#[cfg_attr(docsrs, doc(cfg(feature = "stream")))]
pub use upgraded::{Upgraded, upgrade};
