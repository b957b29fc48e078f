//! tonic and prost over standin's connector: HTTP/2 in memory, messages matched and replied with as values.

use client_grpc::{Greeter, HelloReply, HelloRequest, endpoint, hello};
use standin::grpc::{self, Messages, Sender};
use standin::prelude::*;
use standin::{CallOutcome, Style};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Code, Request as Asked};

const SERVICE: &str = "https://greeter.example.com/greet.Greeter";

async fn greeter() -> Greeter {
    Greeter::new(endpoint().connect_with_connector(standin::hyper::connector()).await.expect("a connection in memory"))
}

fn method(name: &str) -> String {
    format!("{SERVICE}/{name}")
}

fn greeting(text: &str) -> HelloReply {
    HelloReply { text: text.to_owned() }
}

#[tokio::test]
async fn a_unary_call_is_matched_by_its_message() {
    let _net = standin::activate();
    let ada = mock::grpc(method("SayHello"))
        .message(|m: &HelloRequest| m.name == "Ada")
        .reply(grpc::message(greeting("Good day, Ada.")).header("x-served-by", "standin"));
    mock::grpc(method("SayHello")).reply(grpc::Status::not_found("there is no Zoë: 100%"));
    let mut greeter = greeter().await;
    let refused = greeter.say_hello(hello("Zoë")).await.expect_err("nobody");
    assert_eq!((refused.code(), refused.message()), (Code::NotFound, "there is no Zoë: 100%"));
    let answered = greeter.say_hello(hello("Ada")).await.expect("answered");
    assert_eq!(answered.metadata().get("x-served-by").expect("metadata"), "standin");
    assert_eq!(answered.into_inner(), greeting("Good day, Ada."));
    assert_eq!(ada.last_call().message::<HelloRequest>(), Ok(hello("Ada")));
}

#[tokio::test]
async fn a_closure_answers_by_message() {
    let _net = standin::activate();
    mock::grpc(method("SayHello")).times(2).reply(grpc::unary(|asked: HelloRequest| match asked.name.as_str() {
        "" => Err(grpc::Status::invalid_argument("who?")),
        name => Ok(greeting(&format!("Good day, {name}."))),
    }));
    let mut greeter = greeter().await;
    assert_eq!(greeter.say_hello(hello("Ada")).await.expect("answered").into_inner(), greeting("Good day, Ada."));
    assert_eq!(greeter.say_hello(hello("")).await.expect_err("nobody").code(), Code::InvalidArgument);
}

#[tokio::test(start_paused = true)]
async fn a_server_streams_with_waits_and_an_end_of_its_own() {
    let _net = standin::activate();
    let gate = Gate::new();
    mock::grpc(method("Watch")).reply(
        grpc::stream([greeting("one")])
            .gap(secs(30))
            .send(greeting("two"))
            .gate(&gate)
            .send(greeting("three"))
            .status(grpc::Status::unavailable("that is all")),
    );
    let began = Instant::now();
    let mut came = greeter().await.watch(hello("Ada")).await.expect("a head").into_inner();
    assert_eq!(came.message().await.expect("read"), Some(greeting("one")));
    assert!(began.elapsed().is_zero());
    assert_eq!(came.message().await.expect("read"), Some(greeting("two")));
    assert_eq!(began.elapsed(), secs(30));
    gate.open();
    assert_eq!(came.message().await.expect("read"), Some(greeting("three")));
    let end = came.message().await.expect_err("a status");
    assert_eq!((end.code(), end.message()), (Code::Unavailable, "that is all"));
}

#[tokio::test]
async fn a_fault_strikes_between_messages() {
    let _net = standin::activate();
    mock::grpc(method("Watch")).reply(grpc::stream([greeting("one")]).fault(Fault::RstStream(2)));
    let mut came = greeter().await.watch(hello("Ada")).await.expect("a head").into_inner();
    assert_eq!(came.message().await.expect("read"), Some(greeting("one")));
    // tonic tells reasons of HTTP/2 apart only with its feature `server`.
    let broken = came.message().await.expect_err("broken");
    assert_eq!(broken.code(), Code::Unknown);
    let causes = std::iter::successors(Some(&broken as &dyn std::error::Error), |cause| cause.source());
    let last = causes.last().expect("an error").to_string();
    assert!(last.contains("unexpected internal error"), "{last}");
}

#[tokio::test]
async fn all_messages_of_a_client_that_streams_are_matched_and_kept() {
    let _net = standin::activate();
    let all = mock::grpc(method("GreetAll"))
        .messages(|all: &[HelloRequest]| all.len() == 2)
        .reply(grpc::message(greeting("Good day, both.")));
    let both = tokio_stream::iter([hello("Ada"), hello("Bob")]);
    assert_eq!(greeter().await.greet_all(both).await.expect("answered").into_inner(), greeting("Good day, both."));
    assert_eq!(all.last_call().messages::<HelloRequest>(), Ok(vec![hello("Ada"), hello("Bob")]));
}

#[tokio::test(start_paused = true)]
async fn both_sides_stream_at_once() {
    let net = standin::activate();
    let chat = mock::grpc(method("Chat")).reply(grpc::converse(
        async |mut names: Messages<HelloRequest>, greetings: Sender<HelloReply>| {
            while let Some(asked) = names.next().await? {
                greetings.send(greeting(&format!("Good day, {}.", asked.name))).await;
            }
            Err(grpc::Status::aborted("I have to go"))
        },
    ));
    let (send, names) = mpsc::unbounded_channel();
    let mut came = greeter().await.chat(UnboundedReceiverStream::new(names)).await.expect("a head").into_inner();
    for name in ["Ada", "Bob"] {
        // Each is answered before the next is sent.
        send.send(hello(name)).expect("sent");
        assert_eq!(came.message().await.expect("read"), Some(greeting(&format!("Good day, {name}."))));
    }
    assert_eq!(chat.last_call().outcome(), &CallOutcome::Pending);
    drop(send);
    let end = came.message().await.expect_err("a status");
    assert_eq!((end.code(), end.message()), (Code::Aborted, "I have to go"));
    net.settled().await;
    assert_eq!(chat.last_call().messages::<HelloRequest>(), Ok(vec![hello("Ada"), hello("Bob")]));
    assert_eq!(chat.last_call().outcome(), &CallOutcome::Answered);
}

#[tokio::test]
async fn a_conversation_that_ends_well_has_status_ok() {
    let _net = standin::activate();
    mock::grpc(method("GreetAll")).reply(grpc::converse(
        async |mut names: Messages<HelloRequest>, greetings: Sender<HelloReply>| {
            let mut all = Vec::new();
            while let Some(asked) = names.next().await? {
                all.push(asked.name);
            }
            greetings.send(greeting(&all.join(" and "))).await;
            Ok(())
        },
    ));
    let both = tokio_stream::iter([hello("Ada"), hello("Bob")]);
    assert_eq!(greeter().await.greet_all(both).await.expect("answered").into_inner(), greeting("Ada and Bob"));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_seen_and_runs_out_in_paused_time() {
    let _net = standin::activate();
    let late = mock::grpc(method("SayHello"))
        .grpc_timeout(..=secs(10))
        .times(2)
        .reply(replies![
            grpc::message(greeting("late")).delay(secs(30)),
            grpc::Status::deadline_exceeded("too late").into_reply().delay(secs(3)),
        ]);
    let mut greeter = greeter().await;
    for (seconds, code) in [(10, Code::Cancelled), (3, Code::DeadlineExceeded)] {
        let mut asked = Asked::new(hello("Ada"));
        asked.set_timeout(secs(10));
        let began = Instant::now();
        let refused = greeter.say_hello(asked).await.expect_err("too late");
        assert_eq!((refused.code(), began.elapsed()), (code, secs(seconds)), "{refused:?}");
    }
    assert_eq!(late.last_call().grpc_timeout(), Some(secs(10)));
}

#[tokio::test]
async fn a_compressed_message_is_matched() {
    let _net = standin::activate();
    mock::grpc(method("SayHello"))
        .message(|m: &HelloRequest| m.name.len() == 1000)
        .reply(grpc::message(greeting("long")));
    let long = hello(&"a".repeat(1000));
    let answered = greeter().await.compressing().say_hello(long).await.expect("answered");
    assert_eq!(answered.into_inner(), greeting("long"));
}

#[tokio::test]
async fn an_unmatched_call_is_unimplemented_and_says_which_mock_was_nearest() {
    let net = standin::activate();
    let ada = mock::grpc(method("SayHello"))
        .message(|m: &HelloRequest| m.name == "Ada")
        .optional()
        .reply(grpc::message(greeting("Good day, Ada.")));
    let refused = greeter().await.say_hello(hello("Zoë")).await.expect_err("unmatched");
    assert_eq!(refused.code(), Code::Unimplemented);
    assert_eq!(refused.metadata().get("x-standin").expect("a header"), "unmatched");
    assert!(refused.message().contains("mock::grpc(\"https://greeter.example.com/greet.Greeter/SayHello\")"), "{refused:?}");
    let report = net.report().render(Style::plain());
    assert!(report.contains("HelloRequest { name: \"Zoë\" }"), "{report}");
    assert_eq!(net.take_unmatched().len(), 1);
    ada.assert_called(0);
}
