//! Closures that take the body of a request as it comes.

use bytes::Bytes;
use http_body_util::BodyExt;
use standin::prelude::*;
use standin::{CallOutcome, Digest, Live};

use crate::client::{Client, Upload, post};

const URL: &str = "x.io/upload";

pub async fn a_closure_sees_each_chunk_before_the_next_is_sent<C: Client>() {
    if !C::SHOWS.early {
        return;
    }
    let _net = standin::activate();
    let seen = [Gate::new(), Gate::new(), Gate::new()];
    let shown = seen.clone();
    let upload = mock::post(URL).reply(move |_: Request, mut body: RequestBody| {
        let shown = shown.clone();
        async move {
            let mut all = Vec::new();
            while let Some(chunk) = body.chunk().await {
                shown[all.len()].open();
                all.push(String::from_utf8_lossy(&chunk).into_owned());
            }
            (201, all.join("|"))
        }
    });
    // Each piece is sent when the one before was seen.
    let pieces = Upload::gated("one", [(&seen[0], "two"), (&seen[1], "three")]);
    let sent = C::new().send(post(URL, pieces)).await.expect("answered");
    assert_eq!(
        (sent.status.as_u16(), sent.text()),
        (201, "one|two|three".into())
    );
    assert!(seen[2].is_open());
    let call = upload.last_call();
    assert_eq!(call.text(), "onetwothree");
    assert_eq!(call.outcome(), &CallOutcome::Answered);
}

pub async fn a_body_goes_back_as_it_comes<C: Client>() {
    let _net = standin::activate();
    let echo = mock::post(URL)
        .times(2)
        .reply(async |_: Request, body: RequestBody| (200, body));
    let whole = post(URL, Upload::whole("whole"));
    let sent = C::new().send(whole).await.expect("answered");
    assert_eq!(sent.text(), "whole");
    if !(C::SHOWS.early && C::SHOWS.frames) {
        echo.remove();
        return;
    }
    let gate = Gate::new();
    let upload = Upload::gated("one", [(&gate, "two")]);
    let client = C::new();
    let mut opened = client.open(post(URL, upload)).await.expect("a head");
    let first = opened.body_mut().frame().await;
    let first = first.expect("a frame").expect("read").into_data();
    assert_eq!(first.expect("data"), "one");
    assert_eq!(echo.last_call().outcome(), &CallOutcome::Pending);
    gate.open();
    let rest = opened.into_body().collect().await.expect("read").to_bytes();
    assert_eq!(rest, "two");
    assert_eq!(echo.last_call().text(), "onetwo");
}

pub async fn a_reply_is_written_as_the_body_is_read<C: Client>() {
    if !(C::SHOWS.early && C::SHOWS.frames) {
        return;
    }
    let _net = standin::activate();
    mock::post(URL).reply(async |_: Request, mut body: RequestBody| {
        Live::written(async move |to| {
            while let Some(chunk) = body.chunk().await {
                to.write(chunk.to_ascii_uppercase()).await;
            }
            to.write("!").await;
        })
    });
    let gate = Gate::new();
    let upload = Upload::gated("one", [(&gate, "two")]);
    let client = C::new();
    let mut opened = client.open(post(URL, upload)).await.expect("a head");
    let first = opened.body_mut().frame().await;
    let first = first.expect("a frame").expect("read").into_data();
    assert_eq!(first.expect("data"), "ONE");
    gate.open();
    let rest = opened.into_body().collect().await.expect("read").to_bytes();
    assert_eq!(rest, "TWO!");
}

pub async fn what_a_closure_leaves_of_a_body_is_in_the_journal<C: Client>() {
    let net = standin::activate();
    net.keep_bodies(4);
    let full = mock::post(URL).reply(async |_: Request, mut body: RequestBody| {
        let first = body.chunk().await;
        (413, first.map_or(0, |chunk| chunk.len()).to_string())
    });
    let pieces = ["in ", "many ", "pieces"].map(Bytes::from);
    let client = C::new();
    let sent = client.send(post(URL, Upload::pieces(pieces))).await;
    assert_eq!(sent.expect("answered").status, 413);
    net.settled().await;
    let call = full.last_call();
    assert_eq!((call.text(), call.body_len()), ("in m".into(), 14));
    assert_eq!(call.body_digest(), Some(Digest::of(b"in many pieces")));
}

pub async fn a_body_that_a_matcher_has_seen_is_one_chunk<C: Client>() {
    let _net = standin::activate();
    mock::post(URL).body_contains("many").reply_streamed(
        async |request: Request, mut body: RequestBody| {
            let chunk = body.chunk().await.expect("a chunk");
            assert_eq!((request.body(), body.chunk().await), (&chunk, None));
            chunk
        },
    );
    let pieces = ["in ", "many ", "pieces"].map(Bytes::from);
    let sent = C::new().send(post(URL, Upload::pieces(pieces))).await;
    assert_eq!(sent.expect("answered").text(), "in many pieces");
}

pub async fn an_upload_that_breaks_off_in_a_closure_is_told<C: Client>() {
    if !C::SHOWS.early {
        return;
    }
    let net = standin::activate();
    let seen = Gate::new();
    let shown = seen.clone();
    mock::post(URL).reply(move |_: Request, mut body: RequestBody| {
        let shown = shown.clone();
        async move {
            assert_eq!(body.chunk().await.expect("a chunk"), "who");
            shown.open();
            assert!(body.chunk().await.is_none() && body.broke_off().is_some());
            200
        }
    });
    let upload = Upload::gated("who", [(&seen, "")]).breaking_off();
    let refused = C::new().send(post(URL, upload)).await;
    refused.expect_err("it broke off");
    net.settled().await;
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Aborted);
    assert_eq!(net.calls()[0].text(), "who");
}

pub async fn a_streaming_closure_that_panics_fails_the_test<C: Client>() {
    let net = standin::activate();
    mock::post(URL).reply(async |_: Request, _: RequestBody| -> u16 { panic!("over the edge") });
    let sent = C::new().send(post(URL, Upload::whole("it"))).await;
    let told = sent.expect_err("it panicked").text();
    assert!(told.contains("over the edge"), "{told}");
    let verified = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(net)));
    verified.expect_err("verification fails");
}
