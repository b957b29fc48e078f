//! Nobody can mend a client from outside that has its certificates pinned, or roots of its own: its test hears what it needs.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, StreamOwned,
};
use standin::prelude::*;

/// Trusts one certificate, and no other.
#[derive(Debug)]
struct Pinned;

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _between: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

fn pinned() -> ClientConfig {
    builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned))
        .with_no_client_auth()
}

fn with_roots_of_its_own() -> ClientConfig {
    builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth()
}

fn builder() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("suites")
}

fn get(config: ClientConfig, to: &str, host: &'static str) -> io::Result<String> {
    let name = host.try_into().expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, TcpStream::connect(to)?);
    write!(stream, "GET /zen HTTP/1.1\r\nhost: {host}\r\n\r\n")?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    Ok(reply)
}

#[test]
fn a_client_that_cannot_trust_is_told_of_with_what_it_needs() {
    for config in [pinned, with_roots_of_its_own] {
        for (to, host) in [
            ("api.standin.test:443", "api.standin.test"),
            ("93.184.216.34:443", "93.184.216.34"),
        ] {
            let net = standin::activate();
            let never = mock::get(format!("https://{host}/zen").as_str()).reply("never asked for");
            let refused = get(config(), to, host).expect_err("it does not trust");
            assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{refused}");
            let report = net.report();
            assert!(!report.is_ok());
            let told = report.to_string();
            for needed in [host, "standin::tls::ca_pem()", "`standin::reqwest`", "pinned"] {
                assert!(told.contains(needed), "{needed}: {told}");
            }
            never.remove();
        }
    }
}
