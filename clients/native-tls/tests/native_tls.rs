//! The system's TLS is stricter about certificates than rustls is, and in other places.

use std::io::{Read, Write};
use std::net::TcpStream;

use native_tls::{Certificate, Protocol, TlsConnector, TlsConnectorBuilder};
use standin::prelude::*;
use standin::{Listener, listen_https, tls};

fn trusting() -> TlsConnectorBuilder {
    let mut builder = TlsConnector::builder();
    builder.disable_built_in_roots(true).add_root_certificate(Certificate::from_pem(tls::ca_pem().as_bytes()).expect("PEM"));
    builder
}

/// The whole answer to `GET /zen`.
fn get(builder: &TlsConnectorBuilder, server: &Listener, host: &str) -> Result<String, Box<dyn std::error::Error>> {
    let mut stream = builder.build()?.connect(host, TcpStream::connect(server.address())?)?;
    write!(stream, "GET /zen HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn names_and_addresses_are_accepted_in_both_versions() {
    let net = standin::activate();
    mock::get("/zen").times(6).reply("Design for failure.");
    let server = listen_https();
    for (least, most) in [(Protocol::Tlsv12, Some(Protocol::Tlsv12)), (Protocol::Tlsv12, None)] {
        for host in ["api.github.com", "127.0.0.1", "localhost"] {
            let mut builder = trusting();
            builder.min_protocol_version(Some(least)).max_protocol_version(most);
            let answer = get(&builder, &server, host).expect("an answer");
            assert!(answer.ends_with("Design for failure."), "{answer}");
        }
    }
    net.verify();
}

#[test]
fn without_the_ca_it_is_refused() {
    let _net = standin::activate();
    let server = listen_https();
    let refused = get(&TlsConnector::builder(), &server, "api.github.com").expect_err("nobody trusts standin");
    assert!(refused.to_string().contains("certificate verify failed"), "{refused}");
}
