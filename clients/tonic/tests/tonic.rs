//! tonic over standin's connector: HTTP/2 by prior knowledge to an `https` URL, without TLS.

use client_tonic::{endpoint, greet};
use standin::prelude::*;
use tonic::Code;
use tonic::transport::Channel;

const GREET: &str = "https://greeter.example.com/greeter.Greeter/Greet";

async fn channel() -> Channel {
    endpoint().connect_with_connector(standin::hyper::connector()).await.expect("a connection in memory")
}

/// A message as gRPC frames it.
fn frame(message: &str) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("short").to_be_bytes();
    [&[0], &length[..], message.as_bytes()].concat()
}

fn answered(message: &str) -> Reply {
    reply(200).header("content-type", "application/grpc").body(frame(message)).trailer("grpc-status", "0")
}

#[tokio::test]
async fn a_unary_call_is_answered_with_trailers() {
    let _net = standin::activate();
    let greeted = mock::post(GREET).body(frame("Ada")).times(2).reply(answered("Good day, Ada."));
    let channel = channel().await;
    for _ in 0..2 {
        assert_eq!(greet(channel.clone(), "Ada").await.expect("answered"), "Good day, Ada.");
    }
    assert_eq!(greeted.last_call().header("te"), Some("trailers"));
}

#[tokio::test]
async fn a_status_of_the_service_is_tonics_status() {
    let _net = standin::activate();
    let nobody = reply(200).header("content-type", "application/grpc").header("grpc-status", "5");
    mock::post(GREET).reply(nobody.header("grpc-message", "there is no Bob"));
    let refused = greet(channel().await, "Bob").await.expect_err("nobody");
    assert_eq!((refused.code(), refused.message()), (Code::NotFound, "there is no Bob"));
}

#[tokio::test(start_paused = true)]
async fn tonics_own_timeout_is_held_against_a_delay() {
    let _net = standin::activate();
    mock::post(GREET).reply(answered("late").delay(secs(30)));
    let endpoint = endpoint().timeout(secs(10));
    let channel = endpoint.connect_with_connector_lazy(standin::hyper::connector());
    let began = tokio::time::Instant::now();
    let refused = greet(channel, "Ada").await.expect_err("too late");
    assert_eq!(refused.code(), Code::Cancelled);
    assert_eq!(began.elapsed(), secs(10));
}

#[tokio::test]
async fn a_host_that_no_mock_has_is_not_connected_to() {
    let net = standin::activate();
    mock::post("https://greeter.example.org").optional().reply(200);
    let refused = endpoint().connect_with_connector(standin::hyper::connector()).await;
    assert!(refused.is_err());
    assert_eq!(net.take_unmatched().len(), 1);
}
