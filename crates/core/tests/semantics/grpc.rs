//! Messages of gRPC: matched, replied with, read in the journal.

use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use standin_core::grpc::{self, Code, Messages, Sender, Status};
use standin_core::prelude::*;
use standin_core::{Action, Body, Engine, Outcome, Style};

const HELLO: &str = "https://x.io/greet.Greeter/SayHello";

#[derive(Clone, PartialEq, prost::Message)]
struct HelloRequest {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(uint32, tag = "2")]
    times: u32,
}

fn ask(name: &str) -> HelloRequest {
    HelloRequest {
        name: name.to_owned(),
        times: 1,
    }
}

/// The messages of these as a client frames them.
fn frames(messages: &[HelloRequest]) -> Vec<u8> {
    let mut body = Vec::new();
    for message in messages {
        let bytes = prost::Message::encode_to_vec(message);
        body.push(0);
        body.extend((bytes.len() as u32).to_be_bytes());
        body.extend(bytes);
    }
    body
}

fn call(body: impl Into<Bytes>) -> Request {
    Request::post(HELLO)
        .with_header("content-type", "application/grpc+proto")
        .with_body(body)
}

/// What a reply does, in words.
fn said(engine: &Engine, request: Request) -> Vec<String> {
    let answered = match engine.serve_blocking(request) {
        Outcome::Reply(answered) => answered,
        other => panic!("{other:?}"),
    };
    let said = answered.reply.actions().map(|action| match action {
        Action::Head(head) => {
            let head = head.with_body(());
            format!(
                "{} {:?}",
                head.status().as_u16(),
                head.headers().get("grpc-status")
            )
        }
        Action::Chunk(bytes) => format!("{bytes:?}"),
        Action::Trailers(trailers) => format!("{trailers:?}"),
        other => format!("{other:?}"),
    });
    let said = said.collect();
    answered.ticket.settle();
    said
}

#[test]
fn a_message_is_matched_and_replied_with() {
    let engine = Engine::new();
    let ada = engine
        .grpc(HELLO)
        .message(|m: &HelloRequest| m.name == "Ada")
        .reply(grpc::message("hi".to_owned()));
    engine.grpc(HELLO).reply(Status::not_found("no such user"));
    assert_eq!(
        said(&engine, call(frames(&[ask("Bob")]))),
        ["200 Some(\"5\")"]
    );
    assert_eq!(
        said(&engine, call(frames(&[ask("Ada")]))),
        [
            "200 None",
            r#"b"\0\0\0\0\x04\n\x02hi""#,
            r#"{"grpc-status": "0"}"#
        ]
    );
    assert_eq!(ada.last_call().message::<HelloRequest>(), Ok(ask("Ada")));
    assert_eq!(
        engine.calls()[0].messages::<HelloRequest>(),
        Ok(vec![ask("Bob")])
    );
}

#[test]
fn a_stream_has_waits_and_an_end_of_its_own() {
    let engine = Engine::new();
    let gate = Gate::new();
    let two = grpc::stream(["a".to_owned()])
        .gap(secs(3))
        .send("b".to_owned());
    engine.grpc(HELLO).reply(replies![
        two.clone().gate(&gate).status(Status::unavailable("100%")),
        two.fault(Fault::Reset),
        grpc::stream::<String>([]),
    ]);
    let all = call(frames(&[]));
    let first = said(&engine, all.clone());
    assert_eq!(first.len(), 6, "{first:?}");
    assert_eq!(
        first[5],
        r#"{"grpc-status": "14", "grpc-message": "100%25"}"#
    );
    let second = said(&engine, all.clone());
    assert_eq!(
        second.last().map(String::as_str),
        Some("Fault(Reset)"),
        "{second:?}"
    );
    let empty = said(&engine, all);
    assert_eq!(empty, ["200 None", r#"{"grpc-status": "0"}"#]);
}

#[test]
fn all_messages_of_a_client_that_streams_are_matched() {
    let engine = Engine::new();
    engine
        .grpc(HELLO)
        .messages(|all: &[HelloRequest]| all.len() == 2)
        .reply(grpc::message("two".to_owned()));
    let answered = said(&engine, call(frames(&[ask("Ada"), ask("Bob")])));
    assert_eq!(answered.len(), 3);
    let two = engine.calls()[0]
        .messages::<HelloRequest>()
        .expect("messages");
    assert_eq!(two, [ask("Ada"), ask("Bob")]);
    let error = engine.calls()[0].message::<HelloRequest>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the body holds 2 messages, and one was expected"
    );
}

#[test]
fn a_unary_closure_answers_with_a_message_or_a_status() {
    let engine = Engine::new();
    engine
        .grpc(HELLO)
        .times(3)
        .reply(grpc::unary(|asked: HelloRequest| {
            match asked.name.as_str() {
                "" => Err(Status::invalid_argument("who?")),
                name => Ok(format!("hi {name}")),
            }
        }));
    assert_eq!(said(&engine, call(frames(&[ask("Ada")]))).len(), 3);
    assert_eq!(said(&engine, call(frames(&[ask("")]))), ["200 Some(\"3\")"]);
    assert_eq!(said(&engine, call("no frame")), ["200 Some(\"13\")"]);
}

#[test]
fn a_report_says_what_came_instead() {
    let engine = Engine::new().lenient();
    engine
        .grpc(HELLO)
        .message(|m: &HelloRequest| m.name == "Ada")
        .optional()
        .reply(grpc::message(String::new()));
    let told = |request: Request| match engine.serve_blocking(request) {
        Outcome::Unmatched(unmatched) => unmatched.report().render(Style::plain()),
        other => panic!("{other:?}"),
    };
    let report = told(call(frames(&[ask("Bob")])));
    assert!(
        report.contains("mock::grpc(\"https://x.io/greet.Greeter/SayHello\")"),
        "{report}"
    );
    assert!(report.contains("message `HelloRequest`"), "{report}");
    assert!(
        report.contains(r#"HelloRequest { name: "Bob", times: 1 }"#),
        "{report}"
    );
    let report = told(call(frames(&[ask("Bob")])[..7].to_vec()));
    assert!(
        report.contains("the body ends within a message: of 7 bytes there are 2"),
        "{report}"
    );
    let report = told(call("{}"));
    assert!(report.contains("no message of gRPC"), "{report}");
    let report = told(Request::post(HELLO).with_header("content-type", "application/json"));
    assert!(report.contains("content-type"), "{report}");
}

#[test]
fn a_deadline_is_matched_in_any_unit() {
    let engine = Engine::new();
    let within = engine
        .grpc(HELLO)
        .grpc_timeout(secs(1)..=secs(5))
        .times(2)
        .reply(
            Status::deadline_exceeded("too late")
                .into_reply()
                .delay(secs(5)),
        );
    engine.grpc(HELLO).times(2).reply(Status::ok());
    for timeout in ["5S", "1000000u", "6S", "soon"] {
        let _ = said(
            &engine,
            call(frames(&[])).with_header("grpc-timeout", timeout),
        );
    }
    assert_eq!(within.calls()[1].grpc_timeout(), Some(secs(1)));
}

#[test]
fn each_way_of_declaring_has_it() {
    let engine = Engine::new();
    let base = engine.base("https://x.io");
    base.grpc("/greet.Greeter/SayHello")
        .reply(Status::new(Code::Ok, ""));
    engine.add(standin_core::Declaration::grpc(HELLO).reply(Status::aborted("no")));
    assert_eq!(said(&engine, call("")), ["200 Some(\"0\")"]);
    assert_eq!(said(&engine, call("")), ["200 Some(\"10\")"]);
}

#[test]
fn a_conversation_ends_with_its_status() {
    let engine = Engine::new();
    engine.grpc(HELLO).times(3).reply(grpc::converse(
        async |mut asked: Messages<HelloRequest>, to: Sender<String>| {
            while let Some(asked) = asked.next().await? {
                if asked.name.is_empty() {
                    return Err(Status::invalid_argument("who?"));
                }
                to.send(asked.name).await;
            }
            Ok(())
        },
    ));
    let talk = |body: Vec<u8>| {
        let Outcome::Reply(answered) = engine.serve_blocking(call(body)) else {
            panic!("it is answered")
        };
        let Body::Live(live) = answered.reply.as_body() else {
            panic!("a body that goes on")
        };
        let (mut body, mut said) = (live.open(), Vec::new());
        let cx = &mut Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(chunk)) = body.as_mut().poll_chunk(cx) {
            said.push(chunk.expect("no fault").len());
        }
        let status = body.as_mut().trailers().expect("a status");
        answered.ticket.settle();
        (said, format!("{:?}", status["grpc-status"]))
    };
    let all = frames(&[ask("Ada"), ask("Bo")]);
    assert_eq!(talk(all.clone()), (vec![10, 9], "\"0\"".to_owned()));
    assert_eq!(
        talk(frames(&[ask("Ada"), ask("")])),
        (vec![10], "\"3\"".to_owned())
    );
    assert_eq!(talk(all[..14].to_vec()), (vec![10], "\"13\"".to_owned()));
}
