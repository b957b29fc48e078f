//! What passes through goes by the client's own connection, which interception lets by.
#![cfg(all(
    feature = "intercept",
    feature = "hyper",
    feature = "reqwest",
    feature = "ureq",
    target_os = "linux",
    target_env = "gnu"
))]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use standin::prelude::*;
use standin::{CallOutcome, Guard};

/// The authority of a server that is really there, and says so.
fn real_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let there = listener.local_addr().expect("bound");
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    format!("localhost:{}", there.port())
}

fn serve(mut client: TcpStream) {
    let lines = BufReader::new(client.try_clone().expect("cloned")).lines();
    let head = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty());
    if head.count() > 0 {
        let _ = client
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nreal");
    }
}

/// One path is mocked, the other is not, and the network is open for this server.
fn half_mocked(there: &str) -> Guard {
    let net = standin::activate();
    net.enable_network(there);
    mock::get(format!("http://{there}/mocked").as_str()).reply("mocked");
    net
}

/// One call for each request, and none for the connections.
fn both_were_told(net: &Guard) {
    let outcomes: Vec<_> = net
        .calls()
        .iter()
        .map(|call| call.outcome().clone())
        .collect();
    assert_eq!(
        outcomes,
        [CallOutcome::Answered, CallOutcome::PassedThrough]
    );
}

#[tokio::test]
async fn by_the_connector_of_hypers_client() {
    let there = real_server();
    let net = half_mocked(&there);
    let connector = standin::hyper::connector().or(HttpConnector::new());
    let client = Client::builder(TokioExecutor::new()).build(connector);
    for said in ["mocked", "real"] {
        let request = http::Request::get(format!("http://{there}/{said}"));
        let request = request.body(Empty::<Bytes>::new()).expect("a request");
        let reply = client.request(request).await.expect("answered");
        assert_eq!(
            reply
                .into_body()
                .collect()
                .await
                .expect("a body")
                .to_bytes(),
            said
        );
    }
    both_were_told(&net);
}

#[tokio::test]
async fn by_the_layer_of_reqwest() {
    let there = real_server();
    let net = half_mocked(&there);
    let client = reqwest::Client::builder()
        .connector_layer(standin::reqwest::layer())
        .build();
    let client = client.expect("a client");
    for said in ["mocked", "real"] {
        let reply = client.get(format!("http://{there}/{said}")).send().await;
        assert_eq!(reply.expect("answered").text().await.expect("text"), said);
    }
    both_were_told(&net);
}

#[tokio::test]
async fn by_the_middleware_of_reqwest() {
    let there = real_server();
    let net = half_mocked(&there);
    let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new());
    let client = client.with(standin::reqwest::middleware()).build();
    for said in ["mocked", "real"] {
        let reply = client.get(format!("http://{there}/{said}")).send().await;
        assert_eq!(reply.expect("answered").text().await.expect("text"), said);
    }
    both_were_told(&net);
}

#[test]
fn by_an_agent_of_ureq() {
    let there = real_server();
    let net = half_mocked(&there);
    let agent = standin::ureq::agent();
    for said in ["mocked", "real"] {
        let reply = agent.get(format!("http://{there}/{said}")).call();
        let reply = reply.expect("answered").body_mut().read_to_string();
        assert_eq!(reply.expect("text"), said);
    }
    both_were_told(&net);
}

#[tokio::test]
async fn by_nothing_but_the_client() {
    let there = real_server();
    let net = half_mocked(&there);
    for said in ["mocked", "real"] {
        let reply = reqwest::get(format!("http://{there}/{said}")).await;
        assert_eq!(reply.expect("answered").text().await.expect("text"), said);
    }
    both_were_told(&net);
}

/// A name that is claimed has an address of standin's, also where another thread looks it up for the real connection.
#[tokio::test]
#[ignore = "needs a name that /etc/hosts has for 127.0.0.1: STANDIN_REAL_NAME"]
async fn by_a_name_that_mocks_claim() {
    let port = real_server();
    let (_, port) = port.split_once(':').expect("a port");
    let name = std::env::var("STANDIN_REAL_NAME").expect("set");
    let there = format!("{name}:{port}");
    let net = half_mocked(&there);
    let connector = standin::hyper::connector().or(HttpConnector::new());
    let hyper = Client::builder(TokioExecutor::new()).build(connector);
    let request = http::Request::get(format!("http://{there}/real"));
    let request = request.body(Empty::<Bytes>::new()).expect("a request");
    let reply = hyper.request(request).await.expect("answered").into_body();
    assert_eq!(reply.collect().await.expect("a body").to_bytes(), "real");

    let layered = reqwest::Client::builder()
        .connector_layer(standin::reqwest::layer())
        .build();
    for client in [layered.expect("a client"), reqwest::Client::new()] {
        let reply = client.get(format!("http://{there}/real")).send().await;
        assert_eq!(reply.expect("answered").text().await.expect("text"), "real");
    }
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(secs(20)))
        .build();
    for agent in [standin::ureq::agent(), standin::ureq::agent_with(config)] {
        let reply = agent.get(format!("http://{there}/real")).call();
        let reply = reply.expect("answered").body_mut().read_to_string();
        assert_eq!(reply.expect("text"), "real");
    }
    let mocked = reqwest::get(format!("http://{there}/mocked"))
        .await
        .expect("answered");
    assert_eq!(mocked.text().await.expect("text"), "mocked");
    assert_eq!(net.calls().len(), 6, "{:?}", net.calls());
}
