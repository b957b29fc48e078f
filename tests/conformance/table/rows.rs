//! The faults, in the order of the steps at which they strike.

use std::io::ErrorKind;

use standin::prelude::*;

use super::cell::URL;

pub struct Section {
    pub title: &'static str,
    pub rows: Vec<Row>,
}

pub struct Row {
    /// As it stands in `.reply(..)`.
    pub code: &'static str,
    pub declare: fn(),
    /// What is done on the wire.
    pub wire: &'static str,
    /// Whether the client is still sending.
    pub upload: bool,
    /// The kind of the `io::Error` in process.
    pub kind: Option<ErrorKind>,
    /// The kind that hyper reports over HTTP/1.1.
    pub over_hyper: Option<ErrorKind>,
    /// The kind that reqwest reports over a socket.
    pub over_a_socket: Option<ErrorKind>,
}

impl Row {
    fn kind(self, kind: ErrorKind) -> Self {
        Self {
            kind: Some(kind),
            ..self
        }
    }

    fn hyper(self, kind: ErrorKind) -> Self {
        Self {
            over_hyper: Some(kind),
            ..self.kind(kind)
        }
    }

    fn everywhere(self, kind: ErrorKind) -> Self {
        Self {
            over_a_socket: Some(kind),
            ..self.hyper(kind)
        }
    }

    fn while_sending(self) -> Self {
        Self {
            upload: true,
            ..self
        }
    }
}

macro_rules! row {
    ($wire:literal, $reply:expr) => {
        Row {
            code: stringify!($reply),
            declare: || {
                mock::any(URL).reply($reply);
            },
            wire: $wire,
            upload: false,
            kind: None,
            over_hyper: None,
            over_a_socket: None,
        }
    };
}

pub fn sections() -> Vec<Section> {
    let connecting = vec![
        row!("the name has no address", Fault::NameNotFound).hyper(ErrorKind::Other),
        row!("the name server does not answer", Fault::NameTryAgain).hyper(ErrorKind::Other),
        row!("nothing listens", Fault::Refused).hyper(ErrorKind::ConnectionRefused),
        row!("no way to the host", Fault::Unreachable).hyper(ErrorKind::HostUnreachable),
        row!("no way to its network", Fault::NetworkUnreachable)
            .hyper(ErrorKind::NetworkUnreachable),
        row!("the system gives up", Fault::TimedOut).hyper(ErrorKind::TimedOut),
        row!("connecting never ends", Fault::ConnectHang),
    ];
    let tls = vec![
        row!("the handshake fails", Fault::TlsHandshake).hyper(ErrorKind::InvalidData),
        row!("the certificate has expired", Fault::CertificateExpired)
            .hyper(ErrorKind::InvalidData),
        row!(
            "the certificate is another host's",
            Fault::CertificateWrongHost
        )
        .hyper(ErrorKind::InvalidData),
        row!(
            "the certificate is of an issuer that nobody knows",
            Fault::CertificateUntrusted
        )
        .hyper(ErrorKind::InvalidData),
    ];
    let requests = vec![
        row!(
            "reset as soon as the connection is there",
            Fault::ResetOnAccept
        )
        .hyper(ErrorKind::ConnectionReset),
        row!("reset after the head of the request", Fault::ResetOnHead)
            .while_sending()
            .everywhere(ErrorKind::ConnectionReset),
        row!("reset after the request", Fault::Reset).everywhere(ErrorKind::ConnectionReset),
        row!("closed without an answer", Fault::Closed).kind(ErrorKind::UnexpectedEof),
        row!(
            "closed in one direction; the server reads on",
            Fault::HalfClosed
        ),
        row!("broken while the request is written", Fault::BrokenPipe).hyper(ErrorKind::BrokenPipe),
        row!("any other error", Fault::other("the moon is full")).hyper(ErrorKind::Other),
        row!("no answer", Fault::Hang),
        row!("answered while the client still sends", reply(413).early()).while_sending(),
    ];
    let heads = vec![
        row!("half a head, and the end", Fault::HeadCut).kind(ErrorKind::UnexpectedEof),
        row!(
            "bytes in the place of an answer",
            Fault::garbage("220 mail.x.io ESMTP\r\n")
        )
        .kind(ErrorKind::InvalidData),
        row!(
            "bytes before an answer",
            reply(200).body("late").garbage_first("garbage\r\n\r\n")
        ),
        row!("a thousand headers", Fault::TooManyHeaders).kind(ErrorKind::InvalidData),
        row!("a header that never ends", Fault::EndlessHeader).kind(ErrorKind::InvalidData),
    ];
    let bodies = vec![
        row!(
            "reset after 5 bytes of the body",
            reply(200).body("hello world").breaks_after(5, Fault::Reset)
        )
        .everywhere(ErrorKind::ConnectionReset),
        row!(
            "a body shorter than its `content-length`",
            reply(200)
                .body("hello world")
                .breaks_after(5, Fault::Closed)
        )
        .kind(ErrorKind::UnexpectedEof),
        row!(
            "an end between two chunks",
            reply(200)
                .chunks(["hello ", "world"])
                .breaks_after(6, Fault::Closed)
        )
        .kind(ErrorKind::UnexpectedEof),
        row!(
            "an end in one direction; the server reads on",
            reply(200)
                .body("hello world")
                .breaks_after(5, Fault::HalfClosed)
        )
        .kind(ErrorKind::UnexpectedEof),
        row!(
            "broken within the body",
            reply(200)
                .body("hello world")
                .breaks_after(5, Fault::BrokenPipe)
        )
        .kind(ErrorKind::BrokenPipe),
        row!(
            "any other error",
            reply(200)
                .body("hello world")
                .breaks_after(5, Fault::other("the moon is full"))
        )
        .kind(ErrorKind::Other),
        row!(
            "other bytes than the body's, and the end",
            reply(200)
                .body("hello world")
                .breaks_after(5, Fault::garbage("\r\n"))
        )
        .kind(ErrorKind::InvalidData),
        row!("a body that begins with a broken chunk", Fault::BrokenChunk)
            .kind(ErrorKind::InvalidData),
        row!(
            "a chunk without its length",
            reply(200)
                .body("hello world")
                .breaks_after(5, Fault::BrokenChunk)
        )
        .kind(ErrorKind::InvalidData),
        row!(
            "a body that stops in the middle",
            reply(200).body("hello world").breaks_after(5, Fault::Hang)
        ),
    ];
    let frames = vec![
        row!("GOAWAY with ENHANCE_YOUR_CALM", Fault::GoAway(11)),
        row!("RST_STREAM with CANCEL", Fault::RstStream(8)),
        Row {
            // A client may send it again, as reqwest does.
            declare: || {
                mock::any(URL).times(1..).reply(Fault::RefusedStream);
            },
            ..row!("RST_STREAM with REFUSED_STREAM", Fault::RefusedStream)
        },
        row!(
            "RST_STREAM with INTERNAL_ERROR after 5 bytes of the body",
            reply(200)
                .body("hello world")
                .breaks_after(5, Fault::RstStream(2))
        ),
        row!(
            "GOAWAY with ENHANCE_YOUR_CALM after 5 bytes of the body",
            reply(200)
                .body("hello world")
                .breaks_after(5, Fault::GoAway(11))
        ),
    ];
    vec![
        Section {
            title: "Resolving and connecting",
            rows: connecting,
        },
        Section {
            title: "TLS",
            rows: tls,
        },
        Section {
            title: "The request",
            rows: requests,
        },
        Section {
            title: "The head of the reply",
            rows: heads,
        },
        Section {
            title: "The body of the reply",
            rows: bodies,
        },
        Section {
            title: "HTTP/2's own",
            rows: frames,
        },
    ]
}
