//! What passes through to the real network by `https` has to be verified there, as the client itself would have done.

use std::fmt;
use std::io;
use std::sync::Arc;

use hyper::rt::{Read, Write};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::provider::client_provider;
use super::stream::TlsStream;

/// The client's side of TLS 1.2 and 1.3, with roots of the caller's choice.
///
/// It offers `h2` and `http/1.1` by ALPN.
#[derive(Clone)]
pub struct Connector {
    config: Arc<ClientConfig>,
}

impl Connector {
    /// Trusts the certificates of a bundle in PEM; what of it is no certificate is passed over.
    ///
    /// # Errors
    /// When nothing is left to trust.
    pub fn trusting(pem: &[u8]) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).flatten());
        if roots.is_empty() {
            return Err(io::Error::other("there is no root certificate to trust"));
        }
        let mut config = ClientConfig::builder_with_provider(client_provider())
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
        })
    }

    /// Offers HTTP/2 alone. A server without it may refuse, or speak HTTP/1.1 all the same.
    pub fn http2_only(mut self) -> Self {
        let config = Arc::make_mut(&mut self.config);
        config.alpn_protocols.retain(|protocol| protocol == b"h2");
        self
    }

    /// Shakes hands with the server of `host`, a name or an address without brackets.
    ///
    /// # Errors
    /// When the server speaks no TLS, leaves, or is not to be trusted.
    pub async fn connect<C>(&self, carrier: C, host: &str) -> io::Result<TlsStream<C>>
    where
        C: Read + Write + Unpin,
    {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let tls =
            ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        let mut stream = TlsStream::new(carrier, tls);
        stream.handshake(host, |_| {}).await?;
        Ok(stream)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "tokio"))]
mod tests {
    use standin_core::{Engine, Fault};

    use super::*;
    use crate::tls::ca_pem;
    use crate::{MemoryStream, Origin, Seat};

    fn server(engine: &Engine) -> MemoryStream {
        let origin = Origin::of(&http::Uri::from_static("https://x.io/"));
        MemoryStream::new(Seat::of(engine), origin)
    }

    #[tokio::test]
    async fn a_server_is_trusted_for_its_name_and_by_its_ca_alone() {
        let engine = Engine::new();
        let connector = Connector::trusting(ca_pem().as_bytes()).expect("a CA");
        let stream = connector.connect(server(&engine), "x.io").await;
        assert_eq!(stream.expect("trusted").protocol(), Some(&b"h2"[..]));

        let other = crate::tls::certificate::Issuer::generate().certificate(1_700_000_000);
        let other = crate::tls::authority::pem(&other);
        let distrusting = Connector::trusting(other.as_bytes()).expect("a CA");
        let refused = distrusting.connect(server(&engine), "x.io").await;
        let refused = refused.expect_err("another CA").to_string();
        assert!(refused.contains("UnknownIssuer"), "{refused}");
    }

    #[tokio::test]
    async fn a_flaw_is_told_by_the_clients_own_verifier() {
        let connector = Connector::trusting(ca_pem().as_bytes()).expect("a CA");
        for (fault, said) in [
            (Fault::TlsHandshake, "HandshakeFailure"),
            (Fault::CertificateExpired, "certificate expired"),
            (Fault::CertificateWrongHost, "not valid for name"),
            (Fault::CertificateUntrusted, "UnknownIssuer"),
        ] {
            let engine = Engine::new();
            let flawed = engine.get("https://x.io/").reply(fault);
            let refused = connector.connect(server(&engine), "x.io").await;
            let refused = refused.expect_err("a fault").to_string();
            assert!(refused.contains(said), "{refused}");
            flawed.assert_called(1);
            assert!(engine.report().is_ok(), "{}", engine.report());
            engine.get("https://x.io/").optional().reply(200);
            let trusted = connector.connect(server(&engine), "x.io").await;
            assert!(trusted.is_ok(), "the next handshake goes well");
        }
    }

    #[test]
    fn what_is_no_certificate_is_no_root() {
        assert!(Connector::trusting(b"").is_err());
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(Connector::trusting(broken).is_err());
    }
}
