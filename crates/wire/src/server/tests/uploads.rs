//! Bodies of requests: the journal has them, whoever looks at them and whenever they come.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use hyper::rt::Write;
use standin_core::{CallOutcome, Digest, Gate, Request, RequestBody};

use super::{GET, Raw, engine};

impl Raw {
    /// How many bytes are taken now.
    async fn write_now(&mut self, bytes: &[u8]) -> usize {
        for _ in 0..8 {
            let polled =
                Pin::new(&mut self.0).poll_write(&mut Context::from_waker(Waker::noop()), bytes);
            if let Poll::Ready(written) = polled {
                return written.expect("the server listens");
            }
        }
        0
    }
}

const CHUNKED: &str = "POST /a HTTP/1.1\r\nhost: x.io\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn the_reply_does_not_wait_for_a_body_that_nobody_looks_at() {
    let engine = engine();
    let mock = engine.post("https://x.io/a").reply(201);
    engine.get("https://x.io/a").reply("next");
    let mut raw = Raw::to(&engine);
    let began = tokio::time::Instant::now();
    let (said, closed) = raw.asks(format!("{CHUNKED}2\r\nhe\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 201") && !closed, "{said}");
    assert!(began.elapsed().is_zero());
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Pending);
    assert_eq!(raw.asks("3\r\nllo\r\n").await.0, "");
    // The connection is kept, and the rest is in the journal.
    let (said, closed) = raw.asks(format!("0\r\n\r\n{GET}")).await;
    assert!(said.ends_with("next") && !closed, "{said}");
    assert_eq!(mock.last_call().text(), "hello");
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Answered);
}

#[tokio::test]
async fn what_is_sent_before_the_reply_is_read_is_there_with_the_reply() {
    let engine = engine();
    let mock = engine.post("https://x.io/a").times(2).reply(201);
    for pieces in [
        &["2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"][..],
        &["2\r", "\nhe\r\n", "3\r\nl", "lo\r\n0\r\n", "\r\n"],
    ] {
        let mut raw = Raw::to(&engine);
        raw.write(CHUNKED.as_bytes()).await;
        for piece in pieces {
            raw.write(piece.as_bytes()).await;
        }
        assert!(raw.said().await.0.starts_with("HTTP/1.1 201"));
        assert_eq!(mock.last_call().text(), "hello");
        assert_eq!(mock.last_call().outcome(), &CallOutcome::Answered);
    }
}

#[tokio::test]
async fn a_known_length_is_waited_for() {
    let engine = engine();
    let mock = engine.post("https://x.io/a").reply(201);
    let mut raw = Raw::to(&engine);
    let head = "POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 5\r\n\r\nhel";
    assert_eq!(raw.asks(head).await.0, "");
    assert!(raw.asks("lo").await.0.starts_with("HTTP/1.1 201"));
    assert_eq!(mock.last_call().text(), "hello");
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_its_body_is_in_the_journal() {
    let engine = engine();
    let looking = engine.post("https://x.io/a").body("hello").optional();
    looking.reply(201);
    engine.post("https://x.io/b").reply(201);
    let by_length = "POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 5\r\n\r\nhel";
    let in_chunks = format!("{CHUNKED}3\r\nhel\r\n");
    for asked in [by_length, &in_chunks] {
        let mut raw = Raw::to(&engine);
        assert_eq!(raw.asks(asked).await.0, "");
        raw.shuts().await;
        assert!(raw.said().await.1);
        let call = engine.calls().last().expect("a call").clone();
        assert_eq!(call.outcome(), &CallOutcome::Aborted);
        assert_eq!((call.mock(), call.text()), (None, "hel".into()));
    }
    // Who drops everything at once is there too.
    let mut raw = Raw::to(&engine);
    raw.asks(by_length).await;
    drop(raw);
    assert_eq!(engine.calls()[2].outcome(), &CallOutcome::Aborted);
    // The reply was out: it was answered, and had sent so much.
    let mut raw = Raw::to(&engine);
    let asked = CHUNKED.replace("/a", "/b") + "3\r\nhel\r\n";
    assert!(raw.asks(asked).await.0.starts_with("HTTP/1.1 201"));
    drop(raw);
    assert_eq!(engine.calls()[3].outcome(), &CallOutcome::Answered);
    assert_eq!(engine.calls()[3].text(), "hel");
    assert!(engine.report().is_ok(), "{}", engine.report());
}

#[tokio::test]
async fn an_unmatched_request_has_its_body_in_the_journal() {
    let engine = engine();
    let mut raw = Raw::to(&engine);
    let (said, closed) = raw.asks(format!("{CHUNKED}2\r\nhe\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 501") && !closed, "{said}");
    raw.write(b"3\r\nllo\r\n0\r\n\r\n").await;
    assert_eq!(engine.take_unmatched()[0].text(), "hello");
}

#[tokio::test]
async fn a_long_body_that_nobody_looks_at_is_kept_by_its_beginning() {
    let engine = engine();
    engine.keep_bodies(1000);
    engine.read_bodies(1 << 20);
    let mock = engine.post("https://x.io/a").reply(201);
    let body = vec![b'y'; 3 << 20];
    let mut raw = Raw::to(&engine);
    let head = format!(
        "POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let (said, _) = raw.asks(head).await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    raw.write(&body).await;
    let call = mock.last_call();
    assert_eq!((call.body().len(), call.body_len()), (1000, body.len()));
    assert_eq!(call.body_digest(), Some(Digest::of(&body)));
}

#[tokio::test]
async fn the_bound_of_matching_is_named_when_it_is_passed() {
    let engine = engine();
    engine.read_bodies(10);
    engine
        .post("https://x.io/a")
        .body("hello")
        .optional()
        .reply(201);
    let mut raw = Raw::to(&engine);
    let (said, _) = raw.asks(format!("{CHUNKED}b\r\nhello world\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    assert!(
        said.contains("longer than 10 bytes") && said.contains("read_bodies"),
        "{said}"
    );
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(engine)))
        .expect_err("verification tells it");
}

#[tokio::test]
async fn who_asks_first_is_told_to_send_when_a_closure_asks_for_a_chunk() {
    let engine = engine();
    let gate = Gate::new();
    let held = gate.clone();
    let mock = engine
        .post("https://x.io/a")
        .reply(move |_: Request, mut body: RequestBody| {
            let held = held.clone();
            async move {
                held.opened().await;
                body.rest().await
            }
        });
    let mut raw = Raw::to(&engine);
    let head =
        "POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n";
    assert_eq!(raw.asks(head).await.0, "", "nobody asked for a chunk yet");
    gate.open();
    assert_eq!(raw.said().await.0, "HTTP/1.1 100 Continue\r\n\r\n");
    assert!(raw.asks("hello").await.0.ends_with("\r\n\r\nhello"));
    assert_eq!(mock.last_call().text(), "hello");
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Answered);
    // One that asks for nothing leaves the client unasked.
    engine
        .post("https://x.io/b")
        .reply(async |_: Request, _: RequestBody| 403);
    let mut raw = Raw::to(&engine);
    let (said, _) = raw.asks(head.replace("/a", "/b")).await;
    assert!(said.starts_with("HTTP/1.1 403"), "{said}");
    let call = engine.calls().last().expect("a call").clone();
    assert_eq!(
        (call.outcome(), call.body_len()),
        (&CallOutcome::Answered, 0)
    );
}

#[tokio::test]
async fn a_client_waits_as_long_as_the_closure_does_not_ask() {
    let engine = engine();
    let gate = Gate::new();
    let held = gate.clone();
    let mock = engine
        .post("https://x.io/a")
        .reply(move |_: Request, mut body: RequestBody| {
            let held = held.clone();
            async move {
                let first = body.chunk().await.expect("a chunk");
                held.opened().await;
                (first.len() + body.rest().await.len()).to_string()
            }
        });
    let length = 16 << 20;
    let mut raw = Raw::to(&engine);
    raw.write(
        format!("POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: {length}\r\n\r\n").as_bytes(),
    )
    .await;
    let (piece, mut taken) = (vec![7; 64 << 10], 0);
    loop {
        match raw.write_now(&piece).await {
            0 => break,
            written => taken += written,
        }
    }
    // What buffers hold of it, and no more.
    assert!(taken < 1 << 20, "{taken} bytes were taken");
    gate.open();
    let mut left = length - taken;
    while left > 0 {
        let piece = &piece[..left.min(piece.len())];
        raw.write(piece).await;
        left -= piece.len();
    }
    let (said, _) = raw.said().await;
    assert!(said.ends_with(&length.to_string()), "{said}");
    assert_eq!(mock.last_call().body_len(), length);
}

#[tokio::test]
async fn a_body_that_goes_back_in_a_reply_without_one_holds_nothing_up() {
    let engine = engine();
    let mock = engine
        .post("https://x.io/a")
        .reply(async |_: Request, body: RequestBody| (204, body));
    let mut raw = Raw::to(&engine);
    let (said, _) = raw.asks(format!("{CHUNKED}2\r\nhe\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 204"), "{said}");
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Pending);
    raw.asks("3\r\nllo\r\n0\r\n\r\n").await;
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Answered);
    assert_eq!(mock.last_call().text(), "hello");
}
