//! What a client gets from the TLS of standin: answers, an end that it can tell from a break, and words when it is not content.

use std::future::poll_fn;
use std::io::{self, Read as _, Write as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use hyper::rt::{Read, ReadBuf, Write};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::{TLS12, TLS13};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error,
    SignatureScheme, SupportedProtocolVersion,
};
use standin_core::{Engine, Fault, OwnedEngine, Style};

use super::Acceptor;
use super::provider::provider;
use crate::{MemoryStream, Origin, Seat};

/// Takes or refuses every certificate, and keeps it. Real verifiers look at them in `clients/`.
#[derive(Debug, Default)]
struct Verifier {
    refuses: bool,
    seen: Mutex<Vec<u8>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.seen.lock().expect("one thread") = leaf.to_vec();
        match self.refuses {
            true => Err(CertificateError::UnknownIssuer.into()),
            false => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _leaf: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _leaf: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// A client on a stream in memory.
struct Client {
    tls: ClientConnection,
    stream: MemoryStream,
    verifier: Arc<Verifier>,
}

impl Client {
    fn of(stream: MemoryStream, name: &str) -> Self {
        Self::with(stream, name, &TLS13, &[], false)
    }

    fn with(
        stream: MemoryStream,
        name: &str,
        version: &'static SupportedProtocolVersion,
        protocols: &[&str],
        refuses: bool,
    ) -> Self {
        let verifier = Arc::new(Verifier {
            refuses,
            ..Verifier::default()
        });
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .expect("a version")
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _)
            .with_no_client_auth();
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        let name = name.to_owned().try_into().expect("a name");
        let tls = ClientConnection::new(Arc::new(config), name).expect("a client");
        Self {
            tls,
            stream,
            verifier,
        }
    }

    async fn send(&mut self) -> io::Result<()> {
        let mut out = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut out)?;
        }
        write(&mut self.stream, &out).await
    }

    async fn receive(&mut self) -> io::Result<()> {
        let bytes = read(&mut self.stream).await?;
        let mut rest = &bytes[..];
        loop {
            self.tls.read_tls(&mut rest)?;
            if let Err(error) = self.tls.process_new_packets() {
                // The server may be gone before it hears why.
                let _ = self.send().await;
                return Err(io::Error::other(error));
            }
            if rest.is_empty() {
                break;
            }
        }
        match bytes.is_empty() && self.tls.is_handshaking() {
            true => Err(io::ErrorKind::UnexpectedEof.into()),
            false => Ok(()),
        }
    }

    async fn shake(&mut self) -> io::Result<()> {
        while self.tls.is_handshaking() {
            self.send().await?;
            if self.tls.is_handshaking() {
                self.receive().await?;
            }
        }
        self.send().await
    }

    /// All that comes until the server ends the connection.
    async fn asks(&mut self, request: &[u8]) -> io::Result<String> {
        self.shake().await?;
        for piece in request.chunks(16 << 10) {
            self.tls.writer().write_all(piece)?;
            self.send().await?;
        }
        let mut answer = Vec::new();
        loop {
            let mut bytes = [0; 4096];
            match self.tls.reader().read(&mut bytes) {
                Ok(0) => return Ok(String::from_utf8_lossy(&answer).into_owned()),
                Ok(read) => answer.extend(&bytes[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.receive().await?,
                Err(error) => return Err(error),
            }
        }
    }

    fn is_for(&self, name: &[u8]) -> bool {
        let leaf = self.verifier.seen.lock().expect("one thread");
        leaf.windows(name.len()).any(|part| part == name)
    }
}

async fn write(stream: &mut MemoryStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, bytes)).await?;
        bytes = &bytes[written..];
    }
    poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx)).await
}

async fn read(stream: &mut MemoryStream) -> io::Result<Vec<u8>> {
    let mut bytes = [0; 8192];
    let mut read = ReadBuf::new(&mut bytes);
    poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, read.unfilled())).await?;
    Ok(read.filled().to_vec())
}

fn engine() -> OwnedEngine {
    Engine::new().lenient()
}

/// A stream that serves TLS or not, as the client begins.
fn either(engine: &Engine, origin: Origin) -> MemoryStream {
    MemoryStream::new(Seat::of(engine), origin)
}

/// A stream that serves TLS alone.
fn tls_alone(engine: &Engine, acceptor: Acceptor) -> MemoryStream {
    MemoryStream::tls(Seat::of(engine), origin(), acceptor)
}

fn origin() -> Origin {
    Origin::of(&"https://x.io".parse().expect("a URL"))
}

const GET: &[u8] = b"GET /zen HTTP/1.1\r\nhost: x.io\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn both_versions_are_served_and_end_in_order() {
    for version in [&TLS12, &TLS13] {
        let net = engine();
        net.get("https://x.io/zen").reply("Speak like a human.");
        let mut client = Client::with(either(&net, origin()), "x.io", version, &[], false);
        let answer = client.asks(GET).await.expect("an answer, and a goodbye");
        assert!(answer.ends_with("Speak like a human."), "{answer}");
        assert!(client.is_for(b"x.io"));
    }
}

#[tokio::test]
async fn the_certificate_is_for_the_name_that_is_asked_for() {
    let net = engine();
    let mut client = Client::of(either(&net, origin()), "front.example");
    client.shake().await.expect("shaken");
    assert!(client.is_for(b"front.example") && !client.is_for(b"x.io"));
}

#[tokio::test]
async fn a_client_that_names_nobody_gets_the_origins_certificate() {
    let net = engine();
    let behind = Origin::behind("127.9.8.7:443".parse().ok());
    net.get("https://127.9.8.7:443/").reply(200);
    let mut client = Client::of(either(&net, behind), "127.9.8.7");
    let asked = b"GET / HTTP/1.1\r\nhost: 127.9.8.7\r\nconnection: close\r\n\r\n";
    let answer = client.asks(asked).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(client.is_for(&[127, 9, 8, 7]));
}

#[tokio::test]
async fn what_both_want_is_agreed_on() {
    let net = engine();
    for (acceptor, offered, agreed) in [
        (Acceptor::new(), &["http/1.1", "h2"][..], Some(&b"h2"[..])),
        (Acceptor::new(), &["http/1.1"], Some(b"http/1.1")),
        (
            Acceptor::new().http1_only(),
            &["h2", "http/1.1"],
            Some(b"http/1.1"),
        ),
        (Acceptor::new(), &[], None),
        (Acceptor::new().protocols::<&str>([]), &["h2"], None),
    ] {
        let stream = tls_alone(&net, acceptor);
        let mut client = Client::with(stream, "x.io", &TLS13, offered, false);
        client.shake().await.expect("shaken");
        assert_eq!(client.tls.alpn_protocol(), agreed);
    }
    // What HTTP/2 cannot carry out is declared, and who can does without it.
    net.get("https://x.io/").optional().reply(Fault::HeadCut);
    for (offered, agreed) in [
        (&["h2", "http/1.1"][..], &b"http/1.1"[..]),
        (&["h2"], b"h2"),
    ] {
        let stream = tls_alone(&net, Acceptor::new());
        let mut client = Client::with(stream, "x.io", &TLS13, offered, false);
        client.shake().await.expect("shaken");
        assert_eq!(client.tls.alpn_protocol(), Some(agreed));
    }
    let stream = tls_alone(&net, Acceptor::new().http1_only());
    let mut client = Client::with(stream, "x.io", &TLS13, &["h2"], false);
    let refused = client.shake().await.expect_err("nothing in common");
    assert!(
        refused.to_string().contains("NoApplicationProtocol"),
        "{refused}"
    );
}

#[tokio::test]
async fn of_what_tests_share_each_request_has_a_connection() {
    let net = engine();
    let agreed = async |offered: &[&str]| {
        let stream = either(&net, origin().single_file());
        let mut client = Client::with(stream, "x.io", &TLS13, offered, false);
        client.shake().await.expect("shaken");
        client.tls.alpn_protocol().map(<[u8]>::to_vec)
    };
    let both = ["h2", "http/1.1"];
    assert_eq!(agreed(&both).await.as_deref(), Some(&b"http/1.1"[..]));
    assert_eq!(agreed(&["h2"]).await.as_deref(), Some(&b"h2"[..]));
    let goodbye = net.get("https://x.io/").optional().reply(Fault::GoAway(0));
    assert_eq!(agreed(&both).await.as_deref(), Some(&b"h2"[..]));
    goodbye.remove();
    assert_eq!(agreed(&both).await.as_deref(), Some(&b"http/1.1"[..]));
}

#[tokio::test]
async fn much_goes_both_ways() {
    let net = engine();
    let much = "0123456789abcdef".repeat(64 << 10);
    let sent = net.post("https://x.io/").reply(much.clone());
    let mut asked = format!(
        "POST / HTTP/1.1\r\nhost: x.io\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        much.len()
    )
    .into_bytes();
    asked.extend(much.as_bytes());
    let mut client = Client::of(either(&net, origin()), "x.io");
    let answer = client.asks(&asked).await.expect("an answer");
    assert!(answer.ends_with(&much));
    assert_eq!(sent.last_call().body().len(), much.len());
}

#[tokio::test]
async fn a_connection_that_breaks_has_no_goodbye() {
    for (fault, kind) in [
        (Fault::Reset, io::ErrorKind::ConnectionReset),
        (Fault::Closed, io::ErrorKind::UnexpectedEof),
    ] {
        let net = engine();
        net.get("https://x.io/zen").reply(fault);
        let mut client = Client::of(either(&net, origin()), "x.io");
        let broken = client.asks(GET).await.expect_err("it broke");
        assert_eq!(broken.kind(), kind, "{broken}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_trust_is_told_of_in_the_report() {
    let net = engine();
    net.get("https://x.io/zen").optional().reply(200);
    for version in [&TLS12, &TLS13] {
        let mut client = Client::with(either(&net, origin()), "x.io", version, &[], true);
        client.shake().await.expect_err("it does not trust");
        let _ = read(&mut client.stream).await;
    }
    assert_eq!(
        net.report().notes,
        [
            "the client refuses standin's certificate for `x.io` (UnknownCA): let it trust `standin::tls::ca_pem()`, or give it an \
             adapter (`standin::reqwest`, `standin::hyper`) where its certificates are pinned (x2)"
        ]
    );
    assert!(net.report().render(Style::plain()).contains("ca_pem"));
}

#[tokio::test]
async fn a_client_that_leaves_without_a_word_is_told_of_too() {
    let net = engine();
    let mut left = Client::of(either(&net, origin()), "x.io");
    left.send().await.expect("said hello");
    left.receive().await.expect("a certificate");
    drop(left);
    let mut content = Client::of(either(&net, origin()), "y.io");
    content.shake().await.expect("shaken");
    let _unused = either(&net, origin());
    let notes = net.report().notes;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("certificate for `x.io`"), "{notes:?}");
}

#[tokio::test]
async fn a_client_without_tls_is_turned_away() {
    let net = engine();
    let mut stream = tls_alone(&net, Acceptor::new());
    write(&mut stream, GET).await.expect("written");
    let alert = read(&mut stream).await.expect("an alert");
    assert_eq!(alert.first(), Some(&0x15));
    assert!(read(&mut stream).await.expect("the end").is_empty());
    let notes = net.report().notes;
    assert!(notes[0].contains("speaks no TLS"), "{notes:?}");
}

#[tokio::test]
async fn no_bytes_harm_the_handshake() {
    let net = engine();
    let mut hello = Client::of(either(&net, origin()), "x.io");
    let mut greeting = Vec::new();
    hello.tls.write_tls(&mut greeting).expect("a greeting");
    let mut seed = 7_u32;
    for round in 0..400 {
        let mut bytes = greeting.clone();
        for _ in 0..=round % 5 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = seed as usize / 7 % bytes.len();
            bytes[at] = (seed >> 24) as u8;
        }
        bytes.truncate(bytes.len() - round % 3 * 40);
        let mut stream = tls_alone(&net, Acceptor::new());
        let _ = write(&mut stream, &bytes).await;
        let _ = poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await;
        while read(&mut stream).await.is_ok_and(|bytes| !bytes.is_empty()) {}
    }
    assert!(net.calls().is_empty());
}

/// A client over TCP that begins with TLS when it is told to.
#[cfg(feature = "listen")]
mod bytes {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use standin_core::script;

    use super::*;
    use crate::Listener;

    /// What is said within TLS, after `hello` was said there.
    fn within(stream: TcpStream, hello: &[u8]) -> io::Result<String> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier::default()))
            .with_no_client_auth();
        let name = ServerName::try_from("smtp.standin.test").map_err(io::Error::other)?;
        let tls = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let mut stream = rustls::StreamOwned::new(tls, stream);
        stream.write_all(hello)?;
        let mut said = String::new();
        stream.read_to_string(&mut said)?;
        Ok(said)
    }

    #[test]
    fn a_client_that_begins_with_tls_gets_it() -> io::Result<()> {
        let engine = Engine::new();
        let listener = Listener::of(&engine);
        let echo = script().expect("hello").send("plain inside").close();
        let call = engine.tcp(&listener.address().to_string()).serve(echo);
        let said = within(TcpStream::connect(listener.address())?, b"hello")?;
        assert_eq!(said, "plain inside");
        assert_eq!(call.last_call().body(), "hello");
        Ok(())
    }

    #[test]
    fn one_that_waits_for_a_greeting_within_tls_is_declared_so() -> io::Result<()> {
        let engine = Engine::new();
        let listener = Listener::of(&engine);
        let smtps = engine.tcp(&listener.address().to_string()).tls();
        smtps.serve(script().send("220 ready\r\n").expect("QUIT").close());
        let said = within(TcpStream::connect(listener.address())?, b"QUIT")?;
        assert_eq!(said, "220 ready\r\n");
        Ok(())
    }

    #[test]
    fn tls_may_begin_in_the_middle() -> io::Result<()> {
        let engine = Engine::new();
        let listener = Listener::of(&engine);
        engine.tcp(&listener.address().to_string()).serve(
            script()
                .expect("STARTTLS\r\n")
                .send("220 go\r\n")
                .start_tls()
                .expect("hello")
                .send("secret")
                .close(),
        );
        let mut stream = TcpStream::connect(listener.address())?;
        stream.write_all(b"STARTTLS\r\n")?;
        let mut go = [0; 8];
        stream.read_exact(&mut go)?;
        assert_eq!(&go, b"220 go\r\n");
        assert_eq!(within(stream, b"hello")?, "secret");
        Ok(())
    }

    #[test]
    fn a_client_that_does_not_begin_with_tls_fails_the_step() -> io::Result<()> {
        let engine = Engine::new();
        let listener = Listener::of(&engine);
        let place = listener.address().to_string();
        engine.tcp(&place).serve(script().start_tls());
        let mut stream = TcpStream::connect(listener.address())?;
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n")?;
        let _ended = stream.read_to_end(&mut Vec::new());
        let report = engine.report().to_string();
        assert!(report.contains("a TLS handshake"), "{report}");
        // Told already.
        drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(
            || {
                drop(engine);
            },
        )));
        Ok(())
    }
}
