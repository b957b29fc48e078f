//! A client that was told `https` checks whom it talks to, before it says a word of HTTP.
//!
//! So standin has a CA that is made in the process ([`ca_pem`]: let the client trust it, in the test), and mints a certificate for
//! whatever host the client asks for. [`Acceptor`] is the server's side of the handshake, on any byte stream. Nothing of it
//! touches the user's own TLS: no provider feature of rustls is switched on, and no default provider is installed.

mod acceptor;
mod agreement;
mod authority;
mod certificate;
mod connector;
mod der;
mod digests;
mod provider;
mod records;
mod stream;
#[cfg(all(test, feature = "tokio"))]
mod tests;

pub(crate) use self::acceptor::unfinished;
pub use self::acceptor::{Acceptor, HandshakeError};
pub(crate) use self::authority::{Leaves, leaves};
pub use self::authority::{ca_der, ca_pem};
pub use self::connector::Connector;
pub use self::stream::TlsStream;
