//! What goes wrong on purpose: faults as values, each at a step of the protocol.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

use crate::reply::delay::Delay;
use crate::reply::{Answer, IntoAnswer, Reply};

/// A fault, at the step of the protocol where it strikes. Where the client reports an [`io::Error`], it is of
/// [the kind named here](Self::kind).
///
/// A fault of [`Resolve`](FaultStep::Resolve), [`Connect`](FaultStep::Connect), [`Tls`](FaultStep::Tls) or
/// [`Accept`](FaultStep::Accept) strikes when a client connects: then the mock's method and path play no part, and its call has
/// the method CONNECT. A closure that returns one, a mock whose URL is a pattern, and a connection that a pool has kept meet it at
/// the request. In process there is no connection to break: the adapter returns a typed error at the request, whose
/// source is that `io::Error`. What has no meaning where it is declared fails verification, and says why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The name has no address: what `getaddrinfo` says to that, [`io::ErrorKind::Other`].
    NameNotFound,
    /// The name server does not answer now: what `getaddrinfo` says to that, [`io::ErrorKind::Other`].
    NameTryAgain,
    /// Nothing listens: [`io::ErrorKind::ConnectionRefused`].
    Refused,
    /// There is no way to the host: [`io::ErrorKind::HostUnreachable`].
    Unreachable,
    /// There is no way to the network of the host: [`io::ErrorKind::NetworkUnreachable`].
    NetworkUnreachable,
    /// Connecting took too long, the system says: [`io::ErrorKind::TimedOut`].
    TimedOut,
    /// Connecting never ends.
    ConnectHang,
    /// The TLS handshake fails: [`io::ErrorKind::InvalidData`].
    TlsHandshake,
    /// The certificate has expired: [`io::ErrorKind::InvalidData`].
    CertificateExpired,
    /// The certificate is another host's: [`io::ErrorKind::InvalidData`].
    CertificateWrongHost,
    /// The certificate is of an issuer that the client does not know: [`io::ErrorKind::InvalidData`].
    CertificateUntrusted,
    /// The peer resets the connection as soon as it is there: [`io::ErrorKind::ConnectionReset`].
    ResetOnAccept,
    /// The peer resets the connection when it has the head of the request, whose body it does not read:
    /// [`io::ErrorKind::ConnectionReset`].
    ResetOnHead,
    /// The peer resets the connection when it has the request: [`io::ErrorKind::ConnectionReset`].
    Reset,
    /// The peer closes without an answer: [`io::ErrorKind::UnexpectedEof`].
    Closed,
    /// The peer ends its direction without an answer, and goes on reading: [`io::ErrorKind::UnexpectedEof`].
    HalfClosed,
    /// The connection breaks while the request is written: [`io::ErrorKind::BrokenPipe`].
    BrokenPipe,
    /// No answer ever comes.
    Hang,
    /// Half a head, and the end: [`io::ErrorKind::UnexpectedEof`].
    HeadCut,
    /// These bytes in the place of an answer, and the end: [`io::ErrorKind::InvalidData`]. [`Fault::garbage`] makes it.
    Garbage(Bytes),
    /// An answer with a thousand headers: [`io::ErrorKind::InvalidData`].
    TooManyHeaders,
    /// A header that never ends: [`io::ErrorKind::InvalidData`].
    EndlessHeader,
    /// A chunk that does not begin with its length: [`io::ErrorKind::InvalidData`]. Alone, it is the first of a reply; see
    /// [`Reply::breaks_after`].
    BrokenChunk,
    /// HTTP/2's GOAWAY with this code, and the end of the connection.
    GoAway(u32),
    /// HTTP/2's RST_STREAM with this code; the connection goes on.
    RstStream(u32),
    /// HTTP/2's RST_STREAM with REFUSED_STREAM: the peer has not touched the request, so it may be sent again.
    RefusedStream,
    /// Any other error, with the words of the user: [`io::ErrorKind::Other`]. [`Fault::other`] makes it.
    Other(Arc<str>),
}

/// Where in the protocol a [`Fault`] strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultStep {
    /// While the name is looked up.
    Resolve,
    /// While the client connects.
    Connect,
    /// During the TLS handshake.
    Tls,
    /// When the connection is there.
    Accept,
    /// When the head of the request is there.
    Head,
    /// When the request is there.
    Request,
    /// In the head of the reply.
    Reply,
    /// In the body of the reply.
    Body,
}

/// What carries a request, as far as faults are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// An adapter in process: there is no connection.
    InProcess,
    /// HTTP/1.1 on a byte stream.
    Http1,
    /// HTTP/2 on a byte stream.
    Http2,
}

impl Fault {
    /// An error with these words, as pook's `error(..)`.
    pub fn other(message: impl Into<Arc<str>>) -> Self {
        Self::Other(message.into())
    }

    /// These bytes in the place of an answer.
    pub fn garbage(bytes: impl Into<Bytes>) -> Self {
        Self::Garbage(bytes.into())
    }

    /// This fault with the probability `p` (0 to 1), drawn from the engine's seed; [`or`](Chance::or) says what happens else.
    pub fn chance(self, p: f64) -> Chance {
        Reply::fault(self).chance(p)
    }

    /// This fault after a wait.
    pub fn delay(self, delay: impl Into<Delay>) -> Reply {
        Reply::fault(self).delay(delay)
    }

    /// Where it strikes.
    pub fn step(&self) -> FaultStep {
        match self {
            Self::NameNotFound | Self::NameTryAgain => FaultStep::Resolve,
            Self::Refused
            | Self::Unreachable
            | Self::NetworkUnreachable
            | Self::TimedOut
            | Self::ConnectHang => FaultStep::Connect,
            Self::TlsHandshake
            | Self::CertificateExpired
            | Self::CertificateWrongHost
            | Self::CertificateUntrusted => FaultStep::Tls,
            Self::ResetOnAccept => FaultStep::Accept,
            Self::ResetOnHead => FaultStep::Head,
            Self::Reset
            | Self::Closed
            | Self::HalfClosed
            | Self::BrokenPipe
            | Self::Hang
            | Self::GoAway(_)
            | Self::RstStream(_)
            | Self::RefusedStream
            | Self::Other(_) => FaultStep::Request,
            Self::HeadCut | Self::Garbage(_) | Self::TooManyHeaders | Self::EndlessHeader => {
                FaultStep::Reply
            }
            Self::BrokenChunk => FaultStep::Body,
        }
    }

    /// Whether it strikes before there is a request.
    pub fn strikes_at_connect(&self) -> bool {
        self.step() <= FaultStep::Accept
    }

    /// Whether the client waits for ever.
    pub fn never_ends(&self) -> bool {
        matches!(self, Self::Hang | Self::ConnectHang)
    }

    /// Why it cannot strike there; `None` where it can.
    pub fn without_meaning(&self, over: Transport) -> Option<&'static str> {
        match (over, self) {
            (Transport::InProcess, Self::GoAway(_) | Self::RstStream(_) | Self::RefusedStream) => {
                Some("in process there are no frames of HTTP/2")
            }
            (Transport::InProcess, Self::HalfClosed) => {
                Some("in process there is no connection that could end in one direction")
            }
            (Transport::Http1, Self::GoAway(_) | Self::RstStream(_) | Self::RefusedStream) => {
                Some("HTTP/1.1 has no frames")
            }
            (Transport::Http2, Self::BrokenChunk) => Some("HTTP/2 has no chunks"),
            (Transport::Http2, Self::HeadCut | Self::EndlessHeader) => Some(
                "over HTTP/2 a head is frames that hyper writes whole: `Fault::Closed` or `Fault::garbage(..)` come near",
            ),
            _ => None,
        }
    }

    /// The kind of the `io::Error` that stands for it; `None` where none does: for what never ends, and for HTTP/2's own.
    pub fn kind(&self) -> Option<io::ErrorKind> {
        Some(match self {
            Self::Reset | Self::ResetOnAccept | Self::ResetOnHead => io::ErrorKind::ConnectionReset,
            Self::Refused => io::ErrorKind::ConnectionRefused,
            Self::Closed | Self::HalfClosed | Self::HeadCut => io::ErrorKind::UnexpectedEof,
            Self::BrokenPipe => io::ErrorKind::BrokenPipe,
            Self::TimedOut => io::ErrorKind::TimedOut,
            Self::Unreachable => io::ErrorKind::HostUnreachable,
            Self::NetworkUnreachable => io::ErrorKind::NetworkUnreachable,
            Self::NameNotFound | Self::NameTryAgain | Self::Other(_) => io::ErrorKind::Other,
            Self::TlsHandshake
            | Self::CertificateExpired
            | Self::CertificateWrongHost
            | Self::CertificateUntrusted
            | Self::Garbage(_)
            | Self::TooManyHeaders
            | Self::EndlessHeader
            | Self::BrokenChunk => io::ErrorKind::InvalidData,
            Self::Hang
            | Self::ConnectHang
            | Self::GoAway(_)
            | Self::RstStream(_)
            | Self::RefusedStream => return None,
        })
    }

    /// The `io::Error` that the client gets; `None` where [`kind`](Self::kind) is.
    pub fn to_io_error(&self) -> Option<io::Error> {
        let kind = self.kind()?;
        let said = match self {
            Self::Other(message) => return Some(io::Error::other(message.to_string())),
            Self::NameNotFound => {
                "failed to lookup address information: Name or service not known".into()
            }
            Self::NameTryAgain => {
                "failed to lookup address information: Temporary failure in name resolution".into()
            }
            Self::TlsHandshake => "the TLS handshake failed".into(),
            Self::CertificateExpired => "invalid peer certificate: certificate expired".into(),
            Self::CertificateWrongHost => {
                "invalid peer certificate: certificate not valid for name".into()
            }
            Self::CertificateUntrusted => "invalid peer certificate: unknown issuer".into(),
            Self::HeadCut => "the head of the reply is cut off".into(),
            Self::Garbage(_) => "the reply is no HTTP".into(),
            Self::TooManyHeaders => "the reply has too many headers".into(),
            Self::EndlessHeader => "a header of the reply does not end".into(),
            Self::BrokenChunk => "a chunk of the reply is broken".into(),
            _ => kind.to_string(),
        };
        Some(io::Error::new(
            kind,
            format!("{said} (a fault declared in the test)"),
        ))
    }
}

/// As it is written in a test.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Garbage(_) => f.write_str("Fault::garbage(..)"),
            Self::Other(message) => write!(f, "Fault::other({message:?})"),
            fault => write!(f, "Fault::{fault:?}"),
        }
    }
}

/// A reply that happens with some probability, usually a fault; say what happens else with [`or`](Self::or).
#[derive(Debug, Clone)]
#[must_use = "a chance needs its other side: `.chance(0.1).or(200)`"]
pub struct Chance {
    pub(crate) reply: Reply,
    pub(crate) p: f64,
}

impl Chance {
    /// What is replied when it does not happen.
    #[track_caller]
    pub fn or(self, otherwise: impl IntoAnswer) -> Answer {
        Answer::chance(self.reply, self.p, otherwise.into_answer())
    }
}
