//! Closures that take the body as it comes.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use standin_core::prelude::*;
use standin_core::{BodyUse, CallOutcome, Engine, LiveBody, Outcome, Step};

/// Pieces that are all there.
struct Pieces(VecDeque<Result<Bytes, Fault>>);

impl LiveBody for Pieces {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        Poll::Ready(self.0.pop_front())
    }
}

fn served(engine: &Engine, request: Request) -> (u16, Bytes) {
    let Outcome::Reply(answered) = engine.serve_blocking(request) else {
        panic!("not answered")
    };
    let reply = answered.reply;
    answered.ticket.settle();
    (reply.status().as_u16(), reply.as_body().to_bytes())
}

#[test]
fn a_whole_body_is_one_chunk() {
    let engine = Engine::new();
    engine
        .post("https://x.io/{id}")
        .times(2)
        .reply_streamed(async |request, mut body| {
            let mut chunks = Vec::new();
            while let Some(chunk) = body.chunk().await {
                chunks.push(chunk);
            }
            assert!(body.broke_off().is_none() && body.rest().await.is_empty());
            assert_eq!(request.path_param("id"), Some("7"));
            chunks.concat()
        });
    let request = Request::post("https://x.io/7");
    assert_eq!(
        served(&engine, request.clone().with_body("all")),
        (200, "all".into())
    );
    assert_eq!(served(&engine, request), (200, Bytes::new()));
}

#[test]
fn the_body_is_asked_for_after_the_claim_and_only_then() {
    let engine = Engine::new();
    let mock = engine
        .post("https://x.io/a")
        .reply(async |_: Request, mut body: RequestBody| (201, body.rest().await));
    engine.post("https://x.io/a").optional().reply(200);
    let head = Request::post("https://x.io/a");
    assert_eq!(engine.body_use(&head), BodyUse::Streamed);
    assert_eq!(
        engine.body_use(&Request::post("https://x.io/b")),
        BodyUse::Ahead
    );
    let mut exchange = engine.admit(head.clone());
    assert!(matches!(exchange.step(), Step::Stream));
    mock.assert_called(1);
    assert!(
        matches!(exchange.step(), Step::Stream),
        "it asks as long as it has none"
    );
    assert_eq!(
        engine.body_use(&head),
        BodyUse::Ahead,
        "the next mock takes none"
    );
    exchange.stream(Pieces(
        ["", "he", "l", "", "lo"]
            .map(|piece| Ok(piece.into()))
            .into(),
    ));
    let Step::Await(awaiting) = exchange.step() else {
        panic!("a closure runs")
    };
    let awaited = at_once(awaiting);
    exchange.resume(awaited);
    let Step::Decided(Outcome::Reply(answered)) = exchange.step() else {
        panic!("it is decided")
    };
    assert_eq!(answered.reply.as_body().to_bytes(), "hello");
}

#[test]
fn a_client_that_leaves_before_its_body_is_handed_over_is_told() {
    let engine = Engine::new();
    let mock = engine
        .post("https://x.io/a")
        .reply(async |_: Request, _: RequestBody| 201);
    let mut exchange = engine.admit(Request::post("https://x.io/a"));
    assert!(matches!(exchange.step(), Step::Stream));
    drop(exchange);
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Aborted);
}

#[test]
fn what_breaks_a_body_off_is_told_to_the_closure() {
    let engine = Engine::new();
    engine
        .post("https://x.io/a")
        .reply(async |_: Request, mut body: RequestBody| {
            assert_eq!(body.rest().await, "he");
            format!("{body:?}")
        });
    let mut exchange = engine.admit(Request::post("https://x.io/a"));
    assert!(matches!(exchange.step(), Step::Stream));
    exchange.stream(Pieces([Ok("he".into()), Err(Fault::Reset)].into()));
    let Step::Await(awaiting) = exchange.step() else {
        panic!("a closure runs")
    };
    exchange.resume(at_once(awaiting));
    let Step::Decided(Outcome::Reply(answered)) = exchange.step() else {
        panic!("it is decided")
    };
    let said = answered.reply.as_body().to_bytes();
    assert_eq!(said, format!("RequestBody(broke off: {})", Fault::Reset));
    answered.ticket.settle();
}

#[test]
fn in_a_sequence_each_use_has_its_own() {
    let engine = Engine::new();
    engine
        .post("https://x.io/a")
        .reply(replies![503, async |_: Request, mut body: RequestBody| {
            body.rest().await
        },]);
    let head = Request::post("https://x.io/a");
    assert_eq!(engine.body_use(&head), BodyUse::Ahead);
    assert_eq!(served(&engine, head.clone().with_body("x")).0, 503);
    assert_eq!(engine.body_use(&head), BodyUse::Streamed);
    assert_eq!(served(&engine, head.with_body("x")), (200, "x".into()));
}

/// Of a future that never waits.
fn at_once<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(std::task::Waker::noop()))
    {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
