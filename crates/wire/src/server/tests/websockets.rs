//! WebSockets, byte by byte: what no client of a library would say.

use proptest::prelude::*;
use standin_core::prelude::ws;
use standin_core::{CallOutcome, OwnedEngine, Script};

use super::{Raw, engine};

const ASKS: &str = "GET /a HTTP/1.1\r\nhost: x.io\r\nconnection: Upgrade\r\nupgrade: WebSocket\r\n\
                    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A frame of a client, whose mask changes nothing.
fn frame(head: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short one") | 0x80;
    [&[head, length, 0, 0, 0, 0], payload].concat()
}

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;

fn talking(script: Script) -> (OwnedEngine, Raw) {
    let engine = engine();
    engine.get("https://x.io/a").times(1).websocket(script);
    let raw = Raw::to(&engine);
    (engine, raw)
}

/// The bytes that come, and whether the end is among them.
async fn bytes(raw: &mut Raw) -> (Vec<u8>, bool) {
    let mut said = Vec::new();
    loop {
        match raw.read().await {
            None => return (said, false),
            Some(Ok(bytes)) if bytes.is_empty() => return (said, true),
            Some(Ok(bytes)) => said.extend(bytes),
            Some(Err(error)) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn the_first_message_may_come_with_the_handshake_and_in_pieces() {
    let (engine, mut raw) = talking(ws().expect_text("hello").send_text("ho").close(1000, ""));
    let pieces = [frame(0x01, b"he"), frame(0x89, b"?"), frame(0x80, b"llo")].concat();
    raw.write(&[ASKS.as_bytes(), &pieces].concat()).await;
    let (said, closed) = bytes(&mut raw).await;
    let head = said
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a head")
        + 4;
    assert_eq!(&said[head..], b"\x8a\x01?\x81\x02ho\x88\x02\x03\xe8");
    assert!(!closed, "it waits for the client's close");
    raw.write(&frame(CLOSE, &[0x03, 0xe8])).await;
    assert_eq!(bytes(&mut raw).await, (Vec::new(), true));
    drop(engine);
}

#[tokio::test]
async fn a_client_that_breaks_the_protocol_is_told_so_and_so_is_the_test() {
    for (said, code, why) in [
        (b"\x81\x02hi".to_vec(), 1002_u16, "unmasked"),
        (frame(TEXT, b"\xff\xff"), 1007, "UTF-8"),
        (frame(0xc1, b""), 1002, "Reserved bits"),
        (frame(0x80, b"more"), 1002, "Continue"),
        (
            b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0".to_vec(),
            1009,
            "too long",
        ),
    ] {
        let (engine, mut raw) = talking(ws().expect_text("hi"));
        raw.write(ASKS.as_bytes()).await;
        bytes(&mut raw).await;
        raw.write(&said).await;
        let (heard, closed) = bytes(&mut raw).await;
        assert_eq!(heard[..2], [0x88, 2], "{why}");
        assert_eq!(heard[2..4], code.to_be_bytes(), "{why}");
        assert!(closed, "{why}");
        let report = engine.report().to_string();
        let told = report.to_lowercase();
        assert!(
            told.contains("broke the protocol") && told.contains(&why.to_lowercase()),
            "{report}"
        );
        quiet(engine);
    }
}

#[tokio::test]
async fn a_handshake_that_is_none_is_refused_with_what_is_wrong() {
    for (line, why) in [
        ("sec-websocket-version: 13\r\n", "version"),
        ("sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "key"),
    ] {
        let (engine, mut raw) = talking(ws());
        let (said, _) = raw.asks(ASKS.replace(line, "")).await;
        assert!(said.contains(" 500 ") && said.contains(why), "{said}");
        assert!(
            matches!(engine.calls()[0].outcome(), CallOutcome::Failed(said) if said.contains(why))
        );
        quiet(engine);
    }
}

#[tokio::test]
async fn what_it_keeps_is_bounded_as_bodies_are() {
    let (engine, mut raw) = talking(ws().ignore_rest());
    engine.keep_bodies(100);
    raw.write(ASKS.as_bytes()).await;
    for _ in 0..4 {
        raw.write(&frame(TEXT, &[b'a'; 60])).await;
    }
    bytes(&mut raw).await;
    let call = &engine.calls()[0];
    let kept: Vec<usize> = call
        .frames()
        .iter()
        .map(|frame| frame.message().payload().len())
        .collect();
    assert_eq!(kept, [60, 0, 0, 0]);
    assert!(call.frames().iter().all(|frame| frame.payload_len() == 60));
    assert_eq!(call.frames()[3].to_string(), "client: text of 60 bytes");
    for _ in 0..3_000 {
        raw.write(&frame(TEXT, b"").repeat(4)).await;
    }
    bytes(&mut raw).await;
    let call = &engine.calls()[0];
    assert_eq!(
        (call.frames().len(), call.dropped_frames()),
        (10_000, 2_004)
    );
}

/// Its verification fails.
fn quiet(engine: OwnedEngine) {
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(engine)));
    failed.expect_err("a failure");
}

proptest! {
    #[test]
    fn whatever_a_client_says_nothing_panics(said in proptest::collection::vec(any::<Vec<u8>>(), 0..8), first in any::<[u8; 2]>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let script = ws().expect_text("hi").send_text("ho").expect_binary(standin_core::any()).close(1000, "");
            let (engine, mut raw) = talking(script);
            raw.write(ASKS.as_bytes()).await;
            bytes(&mut raw).await;
            // Most bytes are no frame: some begin as one.
            for bytes_said in [vec![frame(TEXT, b"hi"), first.to_vec()], said].concat() {
                let mut left = &bytes_said[..];
                while !left.is_empty() {
                    use hyper::rt::Write as _;
                    let wrote = std::future::poll_fn(|cx| std::pin::Pin::new(&mut raw.0).poll_write(cx, left)).await;
                    match wrote {
                        Ok(wrote) => left = &left[wrote..],
                        Err(_) => break,
                    }
                }
                let _ = bytes(&mut raw).await;
            }
            drop(raw);
            let _ = engine.report().to_string();
            for call in engine.calls().iter() {
                prop_assert!(!matches!(call.outcome(), CallOutcome::Panicked(_)), "{call:?}");
            }
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(engine)));
            Ok(())
        })?;
    }
}
