//! On a host that mocks claim, a single request goes to the real one, and the rest stays with the mocks.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use clients::{get, start};
use standin_core::CallOutcome;
use standin_core::prelude::*;

/// A server on an address of loopback that says `real` and the path.
fn real_server(address: &str) -> SocketAddr {
    let listener = TcpListener::bind((address, 0)).expect("a port");
    let there = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || serve(client));
        }
    });
    there
}

fn serve(mut client: TcpStream) {
    let mut lines = BufReader::new(client.try_clone().expect("cloned")).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    let path = first.split(' ').nth(1).unwrap_or("?").to_owned();
    let headers: Vec<_> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let body = format!("real {path}, {} headers", headers.len());
    let _ = write!(
        client,
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
}

#[test]
fn what_no_mock_matches_goes_where_the_policy_lets_it() {
    let there = real_server("127.0.0.2").to_string();
    let net = start();
    net.enable_network(there.as_str());
    mock::get(format!("http://{there}/mocked").as_str()).reply("mocked");
    assert_eq!(get(&there, "/mocked").expect("mocked"), "mocked");
    assert_eq!(
        get(&there, "/other").expect("real"),
        "real /other, 1 headers"
    );
    let calls = net.calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[1].outcome(), &CallOutcome::PassedThrough);
}

#[test]
fn a_pass_through_mock_is_real_for_its_path_alone() {
    let there = real_server("127.0.0.3").to_string();
    let net = start();
    let real = mock::get(format!("http://{there}/real").as_str()).pass_through();
    assert_eq!(get(&there, "/real").expect("real"), "real /real, 1 headers");
    assert!(get(&there, "/other").is_err());
    real.assert_called(1);
    assert_eq!(net.take_unmatched().len(), 1);
}

#[test]
fn a_name_is_what_it_really_is() {
    let there = real_server("127.0.0.1");
    let authority = format!("localhost:{}", there.port());
    let net = start();
    net.enable_network("localhost");
    mock::get(format!("http://{authority}/mocked").as_str()).reply("mocked");
    assert_eq!(get(&authority, "/mocked").expect("mocked"), "mocked");
    assert_eq!(
        get(&authority, "/other").expect("real"),
        "real /other, 1 headers"
    );
}

#[test]
fn nobody_there_is_a_bad_gateway() {
    let net = start();
    net.enable_network("127.0.0.4");
    mock::get("http://127.0.0.4:9/mocked")
        .optional()
        .reply("mocked");
    let told = get("127.0.0.4:9", "/other").expect_err("nobody is there");
    let told = told.to_string();
    assert!(told.contains("502") && told.contains("refused"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_client_on_a_runtime_reaches_it_too() {
    let there = real_server("127.0.0.5");
    let net = start();
    net.enable_network("127.0.0.5");
    mock::get(format!("http://{there}/mocked").as_str()).reply("mocked");
    let text = async |path: &str| {
        let reply = reqwest::get(format!("http://{there}/{path}")).await?;
        reply.text().await
    };
    assert_eq!(text("mocked").await.expect("mocked"), "mocked");
    let real = text("other").await.expect("real");
    assert!(real.starts_with("real /other"), "{real}");
}

#[cfg(feature = "tls")]
mod over_tls {
    use bytes::Bytes;
    use http_body_util::{BodyExt, Empty};
    use standin_core::Engine;
    use standin_wire::tls::{Connector, ca_pem};
    use standin_wire::{Listener, Socket};

    use super::*;

    /// The reply to a GET over TLS, by a client that trusts the CA of this process alone.
    async fn get(address: SocketAddr, path: &str) -> http::Response<Bytes> {
        let stream = tokio::net::TcpStream::connect(address)
            .await
            .expect("connected");
        let (socket, _shut) = Socket::new(stream);
        let connector = Connector::trusting(ca_pem().as_bytes()).expect("a CA");
        let connector = connector.http2_only();
        let stream = connector.connect(socket, &address.ip().to_string()).await;
        let stream = stream.expect("trusted");
        let is_http2 = stream.protocol() == Some(b"h2");
        let request = http::Request::get(format!("https://{address}{path}"))
            .body(Empty::<Bytes>::new())
            .expect("a request");
        assert!(is_http2);
        let executor = hyper_util::rt::TokioExecutor::new();
        let (mut sender, connection) = hyper::client::conn::http2::handshake(executor, stream)
            .await
            .expect("shaken");
        tokio::spawn(connection);
        let reply = sender.send_request(request).await.expect("answered");
        let (head, body) = reply.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        http::Response::from_parts(head, body)
    }

    #[tokio::test]
    async fn a_request_over_tls_goes_to_the_real_server_over_tls() {
        let elsewhere = Engine::new();
        elsewhere.get("/other").reply("real, over TLS");
        let real = Listener::https_of(&elsewhere);
        let there = real.address();

        let net = start();
        net.enable_network("127.0.0.1");
        mock::get(format!("https://{there}/mocked").as_str()).reply("mocked");
        assert_eq!(get(there, "/mocked").await.body(), "mocked");
        assert_eq!(get(there, "/other").await.body(), "real, over TLS");
    }
}
