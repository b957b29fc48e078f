//! A program that has both of rustls's providers keeps both, and each of them accepts what standin mints.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use standin::prelude::*;
use standin::{Listener, listen_https, tls};

fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let ca =
        CertificateDer::from_pem_slice(tls::ca_pem().as_bytes()).expect("a certificate in PEM");
    assert_eq!(&*ca, tls::ca_der());
    roots.add(ca).expect("an anchor");
    roots
}

fn config(provider: CryptoProvider, version: &'static SupportedProtocolVersion) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .expect("suites of that version")
        .with_root_certificates(roots())
        .with_no_client_auth()
}

/// The whole answer to `GET path`.
fn get(config: ClientConfig, server: &Listener, host: &str) -> std::io::Result<String> {
    let name = host.to_owned().try_into().expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = StreamOwned::new(connection, TcpStream::connect(server.address())?);
    write!(
        stream,
        "GET /zen HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn both_providers_accept_both_versions() {
    let net = standin::activate();
    mock::get("https://api.github.com/zen")
        .times(4)
        .reply("Anything added dilutes everything else.");
    let server = listen_https();
    for version in [&TLS12, &TLS13] {
        for provider in [ring::default_provider(), aws_lc_rs::default_provider()] {
            let answer =
                get(config(provider, version), &server, "api.github.com").expect("an answer");
            assert!(
                answer.ends_with("Anything added dilutes everything else."),
                "{answer}"
            );
        }
    }
    net.verify();
}

/// What curl says, with the CA of this process.
fn curl(server: &Listener, arguments: &[&str]) -> std::process::Output {
    let folder = std::env::temp_dir().join(format!(
        "standin-ca-{}-{}",
        std::process::id(),
        server.address().port()
    ));
    std::fs::write(&folder, tls::ca_pem()).expect("a file");
    let said = std::process::Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--cacert"])
        .arg(&folder)
        .args(arguments)
        .output();
    let _ = std::fs::remove_file(&folder);
    said.expect("curl is installed")
}

#[test]
fn curl_accepts_an_address_and_a_name() {
    let net = standin::activate();
    mock::get("/zen")
        .times(3)
        .reply("Half measures are as bad as nothing at all.");
    let server = listen_https();
    let named = format!("https://x.example:{}/zen", server.address().port());
    let to = format!("x.example:{}:127.0.0.1", server.address().port());
    for arguments in [
        &[&*format!("{}/zen", server.url())][..],
        &[&*format!("{}/zen", server.url_v6())],
        &["--resolve", &to, &named],
    ] {
        let said = curl(&server, arguments);
        assert!(said.status.success(), "{said:?}");
        assert_eq!(said.stdout, b"Half measures are as bad as nothing at all.");
    }
    net.verify();
}

#[test]
fn the_choice_of_a_default_provider_is_left_to_the_program() {
    let net = standin::activate();
    mock::get("/zen").times(2).reply(200);
    let server = listen_https();
    get(config(ring::default_provider(), &TLS13), &server, "x.example").expect("an answer");
    assert!(CryptoProvider::get_default().is_none());
    aws_lc_rs::default_provider().install_default().expect("none was installed");
    let config = ClientConfig::builder().with_root_certificates(roots()).with_no_client_auth();
    get(config, &server, "x.example").expect("an answer");
    net.verify();
}

#[test]
fn a_client_that_does_not_trust_reads_why_in_the_report() {
    let net = standin::activate();
    mock::get("/zen").optional().reply(200);
    let server = listen_https();
    let distrusting = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let refused = get(distrusting, &server, "x.example").expect_err("it does not trust");
    assert!(refused.to_string().contains("UnknownIssuer"), "{refused}");
    let notes = net.report().notes;
    assert!(notes[0].contains("x.example") && notes[0].contains("`standin::tls::ca_pem()`"), "{notes:?}");
}
