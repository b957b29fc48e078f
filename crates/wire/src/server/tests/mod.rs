//! What a server says to bytes that no well-behaved client would send, and to those that it would.

mod corners;
#[cfg(feature = "listen")]
mod farewell;
mod malformed;
mod passing;
mod tunnels;
#[cfg(feature = "stream")]
mod upgrades;
mod uploads;
#[cfg(feature = "websocket")]
mod websockets;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use hyper::rt::{Read, ReadBuf, Write};
use standin_core::prelude::json;
use standin_core::{CallOutcome, Engine, Fault, Gate, OwnedEngine, Request, reply};

use super::{MemoryStream, Origin};
use crate::Seat;

/// A client that writes bytes and looks at what comes back.
struct Raw(MemoryStream);

impl Raw {
    fn to(engine: &Engine) -> Self {
        let origin = Origin::of(&"https://x.io".parse().expect("a URL"));
        Self::at(engine, origin)
    }

    fn at(engine: &Engine, origin: Origin) -> Self {
        Self(MemoryStream::new(Seat::of(engine), origin))
    }

    /// The client writes no more.
    async fn shuts(&mut self) {
        poll_fn(|cx| Pin::new(&mut self.0).poll_shutdown(cx))
            .await
            .expect("shut");
    }

    fn behind(engine: &Engine) -> Self {
        let origin = Origin::behind("127.0.0.1:81".parse().ok());
        Self::at(engine, origin)
    }

    async fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let written = poll_fn(|cx| Pin::new(&mut self.0).poll_write(cx, bytes)).await;
            bytes = &bytes[written.expect("the server listens")..];
        }
        poll_fn(|cx| Pin::new(&mut self.0).poll_flush(cx))
            .await
            .expect("flushed");
    }

    /// The next bytes; empty at the end, `None` when there is nothing to come without more from outside.
    async fn read(&mut self) -> Option<io::Result<Vec<u8>>> {
        let mut bytes = [0; 4096];
        let mut read = ReadBuf::new(&mut bytes);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        loop {
            let mut cx = Context::from_waker(&waker);
            match Pin::new(&mut self.0).poll_read(&mut cx, read.unfilled()) {
                Poll::Ready(result) => return Some(result.map(|()| read.filled().to_vec())),
                Poll::Pending if woken.0.swap(false, Ordering::Relaxed) => {}
                Poll::Pending => return None,
            }
        }
    }

    /// All that the server says to what it has so far, and whether it then closes.
    async fn said(&mut self) -> (String, bool) {
        let mut said = Vec::new();
        loop {
            match self.read().await {
                None => return (String::from_utf8_lossy(&said).into_owned(), false),
                Some(Ok(bytes)) if bytes.is_empty() => {
                    return (String::from_utf8_lossy(&said).into_owned(), true);
                }
                Some(Ok(bytes)) => said.extend(bytes),
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }

    async fn asks(&mut self, bytes: impl AsRef<[u8]>) -> (String, bool) {
        self.write(bytes.as_ref()).await;
        self.said().await
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn engine() -> OwnedEngine {
    Engine::new().lenient()
}

const GET: &str = "GET /a HTTP/1.1\r\nhost: x.io\r\n\r\n";

#[tokio::test]
async fn a_connection_is_kept_and_requests_may_come_all_at_once() {
    let engine = engine();
    engine.get("https://x.io/a").reply(["1", "2", "3"]);
    let mut raw = Raw::to(&engine);
    let (first, closed) = raw.asks(GET).await;
    assert!(
        first.starts_with("HTTP/1.1 200 OK\r\n") && first.ends_with("\r\n\r\n1"),
        "{first}"
    );
    assert!(!closed);
    let (both, closed) = raw.asks(GET.repeat(2)).await;
    assert_eq!(both.matches("HTTP/1.1 200 OK").count(), 2, "{both}");
    assert!(both.ends_with('3') && !closed, "{both}");
}

#[tokio::test]
async fn old_clients_without_a_host_are_served() {
    let engine = engine();
    engine.get("/a").reply("here");
    let mut raw = Raw::behind(&engine);
    let (said, closed) = raw.asks("GET /a HTTP/1.0\r\n\r\n").await;
    assert!(
        said.starts_with("HTTP/1.0 200 OK\r\n") && said.ends_with("here"),
        "{said}"
    );
    assert!(closed);
    assert_eq!(engine.calls()[0].request().url(), "http://127.0.0.1:81/a");
}

#[tokio::test]
async fn headers_may_hold_any_byte() {
    let engine = engine();
    let mock = engine.get("https://x.io/a").reply(200);
    let asked = b"GET /a HTTP/1.1\r\nhost: x.io\r\nx-name: J\xfcrgen \xff\r\n\r\n";
    let (said, _) = Raw::to(&engine).asks(asked).await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert_eq!(
        mock.last_call().request().headers()["x-name"].as_bytes(),
        b"J\xfcrgen \xff"
    );
    let unmatched = b"GET /b HTTP/1.1\r\nhost: \xff\xfe\r\n\r\n";
    let (said, _) = Raw::behind(&engine).asks(unmatched).await;
    assert!(said.starts_with("HTTP/1.1 501"), "{said}");
}

#[tokio::test]
async fn the_unmatched_get_the_report() {
    let engine = engine();
    engine.get("https://x.io/a").optional().reply(200);
    let (said, closed) = Raw::to(&engine)
        .asks("GET /b HTTP/1.1\r\nhost: x.io\r\n\r\n")
        .await;
    assert!(said.starts_with("HTTP/1.1 501"), "{said}");
    assert!(said.contains("x-standin: unmatched\r\n"), "{said}");
    assert!(said.contains("content-type: text/plain"), "{said}");
    assert!(
        said.contains("https://x.io/b") && said.contains("https://x.io/a"),
        "{said}"
    );
    assert!(!closed);
    assert_eq!(engine.take_unmatched().len(), 1);
}

#[tokio::test]
async fn a_closure_that_fails_says_so() {
    let engine = engine();
    engine
        .get("https://x.io/a")
        .reply(|_: &Request| Err::<u16, _>("no such row"));
    let (said, _) = Raw::to(&engine).asks(GET).await;
    assert!(
        said.starts_with("HTTP/1.1 500") && said.contains("x-standin: failed"),
        "{said}"
    );
    assert!(said.contains("no such row"), "{said}");
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(engine))).is_err());
}

#[tokio::test]
async fn a_body_is_taken_by_length_and_in_chunks() {
    let engine = engine();
    let mock = engine
        .post("https://x.io/a")
        .body("hello")
        .times(2)
        .reply(201);
    let mut raw = Raw::to(&engine);
    let (said, _) = raw
        .asks("POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 5\r\n\r\nhello")
        .await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    let (said, _) = raw
        .asks("POST /a HTTP/1.1\r\nhost: x.io\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
        .await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    mock.assert_called(2);
}

#[tokio::test]
async fn a_get_may_have_a_body() {
    let engine = engine();
    engine
        .get("https://x.io/a")
        .json(json!({"q": 1}))
        .reply(200);
    let (said, _) = Raw::to(&engine)
        .asks("GET /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 7\r\n\r\n{\"q\":1}")
        .await;
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

#[tokio::test]
async fn who_asks_before_sending_is_told_only_when_the_body_is_wanted() {
    let engine = engine();
    engine.post("https://x.io/a").body("hello").reply(201);
    engine.post("https://x.io/b").reply(403);
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x.io\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"
        )
    };
    let mut raw = Raw::to(&engine);
    let (said, _) = raw.asks(head("/a")).await;
    assert_eq!(said, "HTTP/1.1 100 Continue\r\n\r\n");
    let (said, _) = raw.asks("hello").await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    let (said, _) = Raw::to(&engine).asks(head("/b")).await;
    assert!(said.starts_with("HTTP/1.1 403"), "{said}");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_and_told() {
    let engine = engine();
    engine
        .post("https://x.io/a")
        .body("hello")
        .optional()
        .reply(201);
    let (said, _) = Raw::to(&engine)
        .asks("POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 99999999999\r\n\r\nhello")
        .await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    assert!(said.contains("268435456 bytes"), "{said}");
    assert!(
        matches!(engine.calls()[0].outcome(), CallOutcome::Failed { .. }),
        "{:?}",
        engine.calls()
    );
    let said = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(engine)));
    let said = *said
        .expect_err("it fails")
        .downcast::<String>()
        .expect("text");
    assert!(said.contains("268435456 bytes"), "{said}");
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_its_body_harms_nothing() {
    let engine = engine();
    engine.post("https://x.io/a").body("hello").reply(201);
    let mut raw = Raw::to(&engine);
    let (said, _) = raw
        .asks("POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 5\r\n\r\nhel")
        .await;
    assert_eq!(said, "");
    poll_fn(|cx| Pin::new(&mut raw.0).poll_shutdown(cx))
        .await
        .expect("shut");
    assert!(raw.said().await.1);
    let (said, _) = Raw::to(&engine)
        .asks("POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 5\r\n\r\nhello")
        .await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
}

#[tokio::test]
async fn a_client_that_leaves_before_the_reply_is_in_the_journal() {
    let engine = engine();
    let gate = Gate::new();
    engine
        .get("https://x.io/a")
        .times(2)
        .reply(reply(200).hold(&gate));
    let mut raw = Raw::to(&engine);
    raw.asks(GET).await;
    assert_eq!(engine.calls()[0].outcome(), &CallOutcome::Pending);
    drop(raw);
    assert_eq!(engine.calls()[0].outcome(), &CallOutcome::Aborted);
    let mut raw = Raw::to(&engine);
    raw.asks(GET).await;
    poll_fn(|cx| Pin::new(&mut raw.0).poll_shutdown(cx))
        .await
        .expect("shut");
    assert!(raw.said().await.1);
    assert_eq!(engine.calls()[1].outcome(), &CallOutcome::Aborted);
}

#[tokio::test]
async fn a_long_reply_is_answered_when_all_of_it_is_out() {
    let engine = engine();
    let length = 3 << 20;
    engine.get("https://x.io/a").reply(vec![b'z'; length]);
    let mut raw = Raw::to(&engine);
    raw.write(GET.as_bytes()).await;
    raw.read().await.expect("there").expect("read");
    assert_eq!(engine.calls()[0].outcome(), &CallOutcome::Pending);
    let (said, _) = raw.said().await;
    assert!(said.len() > length - 4096);
    assert_eq!(engine.calls()[0].outcome(), &CallOutcome::Answered);
}

#[tokio::test]
async fn chunks_and_trailers_are_those_of_the_reply() {
    let engine = engine();
    engine.get("https://x.io/a").reply(
        reply(200)
            .chunks(["one", "three"])
            .trailer("x-sum", "9f86")
            .reason("Fine"),
    );
    let (said, _) = Raw::to(&engine)
        .asks("GET /a HTTP/1.1\r\nhost: x.io\r\nte: trailers\r\n\r\n")
        .await;
    assert!(said.starts_with("HTTP/1.1 200 Fine\r\n"), "{said}");
    assert!(
        said.ends_with("3\r\none\r\n5\r\nthree\r\n0\r\nx-sum: 9f86\r\n\r\n"),
        "{said}"
    );
}

#[tokio::test]
async fn a_head_has_no_body() {
    let engine = engine();
    engine.head("https://x.io/a").reply("twelve bytes");
    let mut raw = Raw::to(&engine);
    let (said, _) = raw.asks("HEAD /a HTTP/1.1\r\nhost: x.io\r\n\r\n").await;
    assert!(
        said.contains("content-length: 12\r\n") && said.ends_with("\r\n\r\n"),
        "{said}"
    );
    let (said, _) = raw.asks("HEAD /b HTTP/1.1\r\nhost: x.io\r\n\r\n").await;
    assert!(
        said.starts_with("HTTP/1.1 501") && said.ends_with("\r\n\r\n"),
        "{said}"
    );
}

#[tokio::test]
async fn declared_lengths_and_odd_statuses_end_nothing_but_their_connection() {
    let engine = engine();
    engine.get("https://x.io/a").reply([
        reply(304).header("content-length", "12"),
        reply(204).header("content-length", "12"),
        reply(200).header("content-length", "12").body("five."),
        reply(200).header("content-length", "2").body("five."),
        reply(200)
            .header("transfer-encoding", "chunked")
            .body("five."),
        reply(100),
        reply(101).header("upgrade", "websocket"),
        reply(200).version(http::Version::HTTP_3),
        reply(200).version(http::Version::HTTP_09),
        reply(999),
    ]);
    let mut statuses = Vec::new();
    for _ in 0..10 {
        let (said, _) = Raw::to(&engine).asks(GET).await;
        statuses.push(said.get(9..12).unwrap_or("").to_owned());
    }
    assert_eq!(statuses[..5], ["304", "204", "200", "200", "200"]);
    assert_eq!(statuses[7..], ["200", "200", "999"]);
}

#[tokio::test]
async fn every_form_of_target_is_taken() {
    let engine = engine();
    engine.get("http://proxied.io/a").reply("absolute");
    let mut raw = Raw::behind(&engine);
    let (said, _) = raw
        .asks("GET http://proxied.io/a HTTP/1.1\r\nhost: proxied.io\r\n\r\n")
        .await;
    assert!(said.ends_with("absolute"), "{said}");
    let (said, _) = raw.asks("OPTIONS * HTTP/1.1\r\nhost: x.io\r\n\r\n").await;
    assert!(said.starts_with("HTTP/1.1 501"), "{said}");
    let (said, _) = raw
        .asks("CONNECT x.io:443 HTTP/1.1\r\nhost: x.io:443\r\n\r\n")
        .await;
    assert!(said.starts_with("HTTP/1.1 501"), "{said}");
    let upgrade =
        "GET /ws HTTP/1.1\r\nhost: x.io\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let (said, _) = Raw::behind(&engine).asks(upgrade).await;
    assert!(said.starts_with("HTTP/1.1 501"), "{said}");
}

#[tokio::test]
async fn nonsense_is_refused_and_the_next_connection_served() {
    let engine = engine();
    engine.get("https://x.io/a").persist().reply(200);
    let endless = format!("GET /a HTTP/1.1\r\nx: {}", "y".repeat(1 << 20));
    let many = format!("GET /a HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(5000));
    for (asked, status) in [
        ("\0\0\0\0\r\n\r\n", "400"),
        ("hello\r\n\r\n", "400"),
        ("GET /a b c HTTP/1.1\r\n\r\n", "400"),
        ("POST /a HTTP/1.1\r\ncontent-length: -1\r\n\r\n", "400"),
        ("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "400"),
        (&endless, "431"),
        (&many, "431"),
    ] {
        let mut raw = Raw::to(&engine);
        // A server that has heard enough reads no further.
        let written = poll_fn(|cx| Pin::new(&mut raw.0).poll_write(cx, asked.as_bytes())).await;
        let mut rest = &asked.as_bytes()[written.expect("the server listens")..];
        while !rest.is_empty() {
            match poll_fn(|cx| Pin::new(&mut raw.0).poll_write(cx, rest)).await {
                Ok(written) => rest = &rest[written..],
                Err(_) => break,
            }
        }
        let (said, closed) = raw.said().await;
        assert!(
            closed && said.get(9..12).is_none_or(|said| said == status),
            "{said}"
        );
        assert!(
            Raw::to(&engine)
                .asks(GET)
                .await
                .0
                .starts_with("HTTP/1.1 200")
        );
    }
    let mut raw = Raw::to(&engine);
    raw.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    raw.write(&[0xff; 300]).await;
    assert!(raw.said().await.1);
}

#[tokio::test]
async fn a_fault_is_an_error_of_its_kind_at_the_client() {
    let engine = engine();
    let faults = [
        Fault::Reset,
        Fault::BrokenPipe,
        Fault::TimedOut,
        Fault::Unreachable,
        Fault::Refused,
    ];
    for fault in faults {
        let kind = fault.kind();
        engine.get("https://x.io/a").reply(fault);
        let mut raw = Raw::to(&engine);
        raw.write(GET.as_bytes()).await;
        let read = raw.read().await.expect("an end").expect_err("a fault");
        assert_eq!(Some(read.kind()), kind);
        let written = poll_fn(|cx| Pin::new(&mut raw.0).poll_write(cx, b"more")).await;
        assert_eq!(written.expect_err("a fault").kind(), read.kind());
    }
    engine.get("https://x.io/a").reply(Fault::Closed);
    assert_eq!(Raw::to(&engine).asks(GET).await, (String::new(), true));
    engine.get("https://x.io/a").reply(Fault::Hang);
    assert_eq!(Raw::to(&engine).asks(GET).await, (String::new(), false));
    assert!(
        engine
            .calls()
            .iter()
            .all(|call| call.outcome() == &CallOutcome::Faulted)
    );
}

#[tokio::test]
async fn an_ended_engine_closes_its_connections() {
    let engine = engine();
    engine.get("https://x.io/a").persist().reply(200);
    let mut raw = Raw::to(&engine);
    assert!(raw.asks(GET).await.0.starts_with("HTTP/1.1 200"));
    drop(engine);
    assert_eq!(raw.asks(GET).await, (String::new(), true));
}
