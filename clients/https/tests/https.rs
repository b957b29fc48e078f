//! 150 tests in one process mock the same https URL with different answers, at any number of threads.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::{env, thread};

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use standin::prelude::*;

/// One for all tests, with its tickets of resumption.
static CONFIG: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_slice(standin::tls::ca_der())).expect("an anchor");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("suites")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
});

/// The body of a GET over TLS; `host` is asked for by SNI.
fn get(to: &str, host: &'static str) -> io::Result<String> {
    let name = host.try_into().expect("a name");
    let connection = ClientConnection::new(Arc::clone(&CONFIG), name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, TcpStream::connect(to)?);
    write!(stream, "GET /whose HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    let (_, body) = reply.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(body.to_owned())
}

fn on_the_tests_thread(answer: &'static str) {
    let _net = standin::activate();
    mock::get("https://api.standin.test/whose").times(2).reply(answer);
    for _ in 0..2 {
        assert_eq!(get("api.standin.test:443", "api.standin.test").expect("answered"), answer);
    }
}

fn on_another_thread(answer: &'static str) {
    let _net = standin::activate();
    mock::get("https://api.standin.test/whose").reply(answer);
    let got = thread::spawn(|| get("api.standin.test:443", "api.standin.test"));
    assert_eq!(got.join().expect("no panic").expect("answered"), answer);
}

fn by_address(answer: &'static str) {
    let _net = standin::activate();
    mock::get("https://93.184.216.34/whose").reply(answer);
    assert_eq!(get("93.184.216.34:443", "93.184.216.34").expect("answered"), answer);
}

macro_rules! tests {
    ($($name:ident)*) => {$(
        mod $name {
            #[test]
            fn on_the_tests_thread() {
                super::on_the_tests_thread(concat!(stringify!($name), " on its thread"));
            }

            #[test]
            fn on_another_thread() {
                super::on_another_thread(concat!(stringify!($name), " on another thread"));
            }

            #[test]
            fn by_address() {
                super::by_address(concat!(stringify!($name), " by address"));
            }
        }
    )*};
}

tests! {
    a b c d e f g h i j k l m n o p q r s t u v w x y
    aa bb cc dd ee ff gg hh ii jj kk ll mm nn oo pp qq rr ss tt uu vv ww xx yy
}

#[test]
fn at_2_8_and_32_threads() {
    for threads in ["2", "8", "32"] {
        let ran = Command::new(env::current_exe().expect("it runs"))
            .args(["--skip", "at_2_8_and_32_threads", "--test-threads", threads])
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success(), "at {threads} threads: {said}");
        assert!(said.contains("150 passed"), "at {threads} threads: {said}");
    }
}
