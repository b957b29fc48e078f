//! A handshake ends in a stream, or in the reason why the client would not have one.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Poll, ready};

use hyper::rt::{Read, ReadBuf, Write};
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription, Error, ServerConfig, ServerConnection};

use standin_core::Fault;

use super::authority::{Authority, Flaw};
use super::provider::provider;
use super::stream::TlsStream;

/// The server's side of TLS 1.2 and 1.3, with a certificate for whichever host the client names.
///
/// It offers `h2` and `http/1.1` by ALPN, `h2` first; what a client that offers both gets is HTTP/2, unless a mock of the authority
/// declares what HTTP/1.1 alone can carry out, such as `Fault::HeadCut`, or tests [share](crate::Origin::single_file) the connections.
#[derive(Debug, Clone)]
pub struct Acceptor {
    protocols: Vec<Vec<u8>>,
}

impl Default for Acceptor {
    fn default() -> Self {
        Self {
            protocols: vec![b"h2".to_vec(), b"http/1.1".to_vec()],
        }
    }
}

impl Acceptor {
    /// Offers HTTP/2 and HTTP/1.1.
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers HTTP/1.1 alone. A client that asks for HTTP/2 and nothing else is refused, as a server without it does.
    pub fn http1_only(mut self) -> Self {
        self.protocols.retain(|protocol| protocol != b"h2");
        self
    }

    /// Offers the same, and prefers HTTP/1.1 where that is among it.
    pub(crate) fn http1_first(mut self) -> Self {
        self.protocols
            .sort_by_key(|protocol| protocol != b"http/1.1");
        self
    }

    /// Offers these names by ALPN, the preferred one first; none at all: the client's wishes are passed over.
    pub fn protocols<P: AsRef<[u8]>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        self.protocols = protocols
            .into_iter()
            .map(|protocol| protocol.as_ref().to_vec())
            .collect();
        self
    }

    /// Shakes hands. The certificate is for the name that the client asks for (SNI); for `host`, a name or an address, when it
    /// asks for none, as it does when it was told an address.
    ///
    /// # Errors
    /// When the client speaks no TLS, leaves, or refuses. It was told so by then, as far as TLS has words for it.
    pub async fn accept<C: Read + Write + Unpin>(
        &self,
        carrier: C,
        host: &str,
    ) -> Result<TlsStream<C>, HandshakeError> {
        self.accept_and_tell(carrier, host, |_| {}).await
    }

    /// Tells when the client was given the certificate, of whom it is.
    pub(crate) async fn accept_and_tell<C: Read + Write + Unpin>(
        &self,
        carrier: C,
        host: &str,
        answered: impl FnOnce(&str),
    ) -> Result<TlsStream<C>, HandshakeError> {
        let leaf = Leaves {
            host: host.into(),
            flaw: None,
        };
        let connection = self
            .config(Arc::new(leaf))
            .and_then(|config| ServerConnection::new(Arc::new(config)))
            .map_err(|error| HandshakeError::new(host, error.into()))?;
        let mut stream = TlsStream::new(carrier, connection);
        match stream.handshake(host, answered).await {
            Ok(()) => Ok(stream),
            Err(error) => {
                let asked = stream.server_name().unwrap_or(host).to_owned();
                Err(HandshakeError::new(&asked, error))
            }
        }
    }

    /// Shakes hands in the way of a fault of TLS; `None` where the client does not put up with it.
    pub(crate) async fn betray<C: Read + Write + Unpin>(
        &self,
        carrier: C,
        host: &str,
        fault: &Fault,
    ) -> Option<TlsStream<C>> {
        let Some(flaw) = Flaw::of(fault) else {
            alert(carrier).await;
            return None;
        };
        let leaf = Leaves {
            host: host.into(),
            flaw: Some(flaw),
        };
        let config = self.config(Arc::new(leaf)).ok()?;
        let connection = ServerConnection::new(Arc::new(config)).ok()?;
        let mut stream = TlsStream::new(carrier, connection);
        stream.handshake(host, |_| {}).await.ok()?;
        Some(stream)
    }

    fn config(&self, leaves: Arc<Leaves>) -> Result<ServerConfig, Error> {
        static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
        let provider = Arc::clone(PROVIDER.get_or_init(provider));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(leaves);
        config.alpn_protocols.clone_from(&self.protocols);
        // Every connection shakes hands in full: nothing is carried over from one test to another.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}

/// `handshake_failure`, fatal, as a record that is not sealed.
const HANDSHAKE_FAILURE: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 40];

/// Hears what the client begins with, says that nothing comes of it, and reads on until the client leaves: an end with bytes unread
/// would take the alert back.
async fn alert<C: Read + Write + Unpin>(mut carrier: C) {
    let mut bytes = [0; 2048];
    let mut written = 0;
    let said = poll_fn(|cx| {
        let mut read = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut carrier).poll_read(cx, read.unfilled()))?;
        while written < HANDSHAKE_FAILURE.len() {
            let rest = &HANDSHAKE_FAILURE[written..];
            written += ready!(Pin::new(&mut carrier).poll_write(cx, rest))?;
        }
        ready!(Pin::new(&mut carrier).poll_flush(cx))?;
        Pin::new(&mut carrier).poll_shutdown(cx)
    })
    .await;
    let mut is_there = said.is_ok();
    while is_there {
        is_there = poll_fn(|cx| {
            let mut read = ReadBuf::new(&mut bytes);
            let read_on = ready!(Pin::new(&mut carrier).poll_read(cx, read.unfilled()));
            Poll::Ready(read_on.is_ok() && !read.filled().is_empty())
        })
        .await;
    }
}

/// Mints what the client asks for.
#[derive(Debug)]
struct Leaves {
    /// For a client that names nobody.
    host: String,
    flaw: Option<Flaw>,
}

impl ResolvesServerCert for Leaves {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let host = hello.server_name().unwrap_or(&self.host);
        Some(match self.flaw {
            Some(flaw) => Authority::get().flawed(host, flaw),
            None => Authority::get().leaf(host),
        })
    }
}

/// Why there is no TLS with a client.
#[derive(Debug)]
pub struct HandshakeError {
    host: String,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Distrusted(AlertDescription),
    Refused(AlertDescription),
    NotTls,
    Left,
    Failed(io::Error),
}

impl HandshakeError {
    fn new(host: &str, error: Stopped) -> Self {
        let why = match error {
            Stopped::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => Why::Left,
            Stopped::Io(error) => Why::Failed(error),
            Stopped::NotTls => Why::NotTls,
            Stopped::Tls(Error::AlertReceived(alert)) if is_distrust(alert) => {
                Why::Distrusted(alert)
            }
            Stopped::Tls(Error::AlertReceived(alert)) => Why::Refused(alert),
            Stopped::Tls(error) => Why::Failed(io::Error::new(io::ErrorKind::InvalidData, error)),
        };
        Self {
            host: host.to_owned(),
            why,
        }
    }

    /// The name that the client asked for; without one, the host that it was meant for.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The error and its cause as one sentence.
    pub(crate) fn told(&self) -> String {
        match &self.why {
            Why::Failed(error) => format!("{self}: {error}"),
            _ => self.to_string(),
        }
    }

    /// Whether the client refuses the certificate, because it does not trust standin's CA or was told other roots.
    pub fn is_distrust(&self) -> bool {
        matches!(self.why, Why::Distrusted(_))
    }
}

/// What there is to say of a client that was given a certificate and said no more.
pub(crate) fn unfinished(host: &str) -> String {
    format!(
        "a client got standin's certificate for `{}` and did not go on, as one does that does not trust it: give it \
         `standin::tls::ca_pem()`, an adapter (`standin::reqwest`, `standin::hyper`) where its certificates are pinned, or standin the \
         feature `webpki-roots` where its roots are compiled in (ureq's default)",
        host.escape_debug()
    )
}

fn is_distrust(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::UnknownCA
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::AccessDenied
            | Alert::BadCertificateStatusResponse
    )
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host.escape_debug();
        match &self.why {
            Why::Distrusted(alert) => write!(
                f,
                "the client refuses standin's certificate for `{host}` ({alert:?}): let it trust `standin::tls::ca_pem()`, or give it an \
                 adapter (`standin::reqwest`, `standin::hyper`) where its certificates are pinned"
            ),
            Why::Refused(alert) => {
                write!(
                    f,
                    "the client breaks off the TLS handshake for `{host}` ({alert:?})"
                )
            }
            Why::NotTls => write!(
                f,
                "a client of `{host}` speaks no TLS: it was given an `http` URL for an `https` port"
            ),
            Why::Left => f.write_str(&unfinished(&self.host)),
            Why::Failed(_) => write!(f, "the TLS handshake for `{host}` failed"),
        }
    }
}

impl std::error::Error for HandshakeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// What stopped a connection.
#[derive(Debug)]
pub(super) enum Stopped {
    Io(io::Error),
    Tls(Error),
    NotTls,
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Tls(error)
    }
}

impl From<Stopped> for io::Error {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Io(error) => error,
            Stopped::Tls(error) => Self::new(io::ErrorKind::InvalidData, error),
            Stopped::NotTls => io::ErrorKind::InvalidData.into(),
        }
    }
}
