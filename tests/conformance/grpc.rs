//! Calls of gRPC: messages, the status behind them, and the deadline before.

use bytes::Bytes;
use http_body_util::BodyExt;
use standin::Error;
use standin::grpc::{self, Messages, Sender, Status};
use standin::prelude::*;
use tokio::time::Instant;

use crate::client::{Client, Sent, Upload, post};

const HELLO: &str = "x.io/greet.Greeter/SayHello";

/// Text is a message of prost too, whose first field it is.
fn framed(text: &str) -> Bytes {
    let length = u8::try_from(text.len()).expect("a short text");
    let head = [0, 0, 0, 0, length + 2, 0x0a, length];
    [&head[..], text.as_bytes()].concat().into()
}

fn texts(mut body: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    while let Some((head, rest)) = body.split_at_checked(7) {
        let (text, rest) = rest.split_at(head[6].into());
        texts.push(String::from_utf8_lossy(text).into_owned());
        body = rest;
    }
    texts
}

fn call(messages: Upload) -> http::Request<Upload> {
    let mut call = post(HELLO, messages);
    let headers = call.headers_mut();
    headers.insert("content-type", "application/grpc".parse().expect("a value"));
    headers.insert("te", "trailers".parse().expect("a value"));
    call
}

/// The status in the head or behind the messages; of one behind them a client knows nothing that reads no trailers.
fn assert_status<C: Client>(sent: &Sent, code: &str) {
    let status = sent.headers.get("grpc-status");
    match status.or_else(|| sent.trailers.get("grpc-status")) {
        Some(status) => assert_eq!(status, code),
        None => assert!(!C::SHOWS.trailers, "{sent:?}"),
    }
}

pub async fn a_message_is_matched_and_answered<C: Client>() {
    let _net = standin::activate();
    let ada = mock::grpc(HELLO)
        .message(|name: &String| name == "Ada")
        .reply(grpc::message("Good day, Ada.".to_owned()));
    mock::grpc(HELLO).reply(Status::not_found("no such person"));
    let client = C::new();
    let sent = client.send(call(Upload::whole(framed("Bob")))).await;
    let sent = sent.expect("answered");
    assert_eq!(
        (sent.status.as_u16(), sent.header("grpc-message")),
        (200, vec!["no such person"])
    );
    assert_status::<C>(&sent, "5");
    let sent = client.send(call(Upload::whole(framed("Ada")))).await;
    let sent = sent.expect("answered");
    assert_eq!(texts(&sent.body()), ["Good day, Ada."]);
    assert_status::<C>(&sent, "0");
    assert_eq!(ada.last_call().message::<String>(), Ok("Ada".to_owned()));
}

pub async fn messages_of_a_mock_come_one_by_one<C: Client>() {
    let _net = standin::activate();
    let gap = C::pace(secs(30));
    mock::grpc(HELLO).reply(
        grpc::stream(["one".to_owned()])
            .gap(gap)
            .send("two".to_owned())
            .status(Status::unavailable("that is all")),
    );
    let began = Instant::now();
    let sent = C::new().send(call(Upload::whole(framed("Ada")))).await;
    let sent = sent.expect("answered");
    assert_eq!(texts(&sent.body()), ["one", "two"]);
    assert_status::<C>(&sent, "14");
    assert!(!C::SHOWS.paused || began.elapsed() == gap);
}

pub async fn messages_of_a_client_are_matched_together<C: Client>() {
    let _net = standin::activate();
    let both = mock::grpc(HELLO)
        .messages(|all: &[String]| all.len() == 2)
        .reply(grpc::message("Good day, both.".to_owned()));
    let names = Upload::pieces([framed("Ada"), framed("Bob")]);
    let sent = C::new().send(call(names)).await.expect("answered");
    assert_eq!(texts(&sent.body()), ["Good day, both."]);
    let names = both.last_call().messages::<String>();
    assert_eq!(names, Ok(vec!["Ada".to_owned(), "Bob".to_owned()]));
}

pub async fn both_sides_stream_at_once<C: Client>() {
    let _net = standin::activate();
    mock::grpc(HELLO).reply(grpc::converse(
        async |mut names: Messages<String>, greetings: Sender<String>| {
            while let Some(name) = names.next().await? {
                greetings.send(format!("Good day, {name}.")).await;
            }
            Err(Status::aborted("I have to go"))
        },
    ));
    let gate = Gate::new();
    let is_held = C::SHOWS.early && C::SHOWS.frames;
    let bob = framed("Bob");
    let names = match is_held {
        // The second is sent when the first was answered.
        true => Upload::pieces([framed("Ada")]).then(&gate, bob),
        false => Upload::pieces([framed("Ada"), bob]),
    };
    let mut opened = C::new().open(call(names)).await.expect("a head");
    let mut said = Vec::new();
    if is_held {
        let first = opened.body_mut().frame().await.expect("a frame");
        let first = first.expect("read").into_data().expect("data");
        assert_eq!(texts(&first), ["Good day, Ada."]);
        said.extend_from_slice(&first);
        gate.open();
    }
    let sent = Sent::read(opened).await.expect("read");
    said.extend(sent.body());
    assert_eq!(texts(&said), ["Good day, Ada.", "Good day, Bob."]);
    assert_status::<C>(&sent, "10");
}

/// By the server's own timer, which a client without one hears.
pub async fn a_deadline_runs_out<C: Client>() {
    let _net = standin::activate();
    let (gate, late) = (Gate::new(), C::pace(secs(30)));
    let calls = mock::grpc(HELLO).times(4).reply(replies![
        grpc::message("late".to_owned()).delay(late),
        grpc::message("late".to_owned()).hold(&gate),
        grpc::stream(["one".to_owned()])
            .gap(late)
            .send("late".to_owned()),
        grpc::message("in time".to_owned()),
    ]);
    mock::grpc(HELLO).reply(async |_: Request| std::future::pending::<Status>().await);
    let client = C::new();
    let began = Instant::now();
    for (messages, code) in [
        (vec![], "4"),
        (vec![], "4"),
        (vec!["one"], "4"),
        (vec!["in time"], "0"),
        (vec![], "4"),
    ] {
        let mut asked = call(Upload::whole(framed("Ada")));
        let limit = "100m".parse().expect("a value");
        asked.headers_mut().insert("grpc-timeout", limit);
        let sent = client.send(asked).await.expect("answered");
        assert_eq!(texts(&sent.body()), messages);
        assert_status::<C>(&sent, code);
    }
    assert!(!C::SHOWS.paused || began.elapsed() == millis(404));
    calls.assert_called(4);
}

pub async fn an_unmatched_call_is_told<C: Client>() {
    let net = standin::activate();
    mock::grpc(HELLO)
        .message(|name: &String| name == "Ada")
        .optional()
        .reply(Status::ok());
    let refused = C::new().send(call(Upload::whole(framed("Bob")))).await;
    let refused = refused.expect_err("unmatched");
    assert!(
        !C::SHOWS.typed || matches!(refused.find::<Error>(), Some(Error::Unmatched(_))),
        "{refused:?}"
    );
    let report = net.report().to_string();
    assert!(report.contains("received \"Bob\""), "{report}");
    assert_eq!(net.take_unmatched().len(), 1);
}
