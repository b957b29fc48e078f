//! One request as a client sees it, by the way in which it reaches the mock.

use std::rc::Rc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower::Service as _;

use crate::client::{Client, runtime};
use crate::floors::dispatch::{URL, request};
use crate::floors::hyper::{Server, accept, connection};
use crate::floors::middleware::{ByHand, Terminal};
use crate::floors::service::service;
use crate::ours;
use crate::peers::{self, Path, Peer, Uses};
use crate::row::{Bound, Row, Start, Work, start};

pub fn rows() -> Vec<Row> {
    let mut loopback = Row::time(
        "latency/loopback",
        "A GET by reqwest over kept-alive loopback TCP, one mock. The floor is a plain hyper server on its own thread.",
    )
    .floor(hyper_thread())
    .reference("hyper, caller's runtime", hyper_callers_runtime());
    for peer in peers::ALL {
        loopback = loopback.peer(peer.name(), one_mock(peer));
    }
    vec![
        Row::time("latency/middleware", "A GET through reqwest-middleware. The floor is a bare terminal middleware: it looks at nothing, and tells no URL, so that reqwest \
             parses one to stand in. By hand: compare, keep a record, tell URL and content type.")
            .floor(middleware(Terminal))
            .reference("one mock by hand", middleware(ByHand::new()))
            .ours(Bound::Floor(1.3), ours::middleware()),
        Row::time("latency/tower", "A GET through `tower::Service`. The floor is the dispatch floor behind `service_fn`.")
            .floor(tower())
            .ours(Bound::Floor(1.3), ours::tower()),
        Row::time(
            "latency/hyper-memory",
            "A GET through a hyper client and server over an in-memory stream, kept alive, on one runtime.",
        )
        .floor(hyper_memory())
        .ours(Bound::Floor(1.3), ours::hyper_memory()),
        Row::time(
            "latency/layer",
            "A GET by reqwest with standin's connector layer, kept alive. The floor is a plain client to a hyper server on its runtime.",
        )
        .floor(hyper_callers_runtime_with(Client::new))
        .ours(Bound::Floor(1.2), ours::layer(usize::MAX)),
        Row::time("latency/layer-connection", "The same, each on a new connection.")
            .most(100)
            .floor(hyper_callers_runtime_with(Client::without_pool))
            .ours(Bound::Floor(1.3), ours::layer(0)),
        loopback.ours(Bound::Floor(1.05), ours::loopback()),
        Row::time("latency/loopback-own-runtime", "As `latency/loopback`, served on the caller's own runtime.")
            .floor(hyper_callers_runtime())
            .ours(Bound::Floor(1.05), ours::loopback_callers_runtime()),
    ]
}

fn one_mock(peer: &'static dyn Peer) -> Start {
    start(move || {
        let mut server = peer.server();
        server.mount(&Path::Exact("/users/7".into()), Uses::Any);
        let (client, url) = (Client::new(), format!("{}/users/7", server.url()));
        // The server lives in the closure; nothing of it is to be verified.
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = &server;
            client.get(&url, n);
        })))
    })
}

fn hyper_thread() -> Start {
    start(|| {
        let server = Server::start();
        let (client, url) = (Client::new(), format!("{}/users/7", server.url()));
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = &server;
            client.get(&url, n);
        })))
    })
}

fn hyper_callers_runtime() -> Start {
    hyper_callers_runtime_with(Client::new)
}

fn hyper_callers_runtime_with(client: fn() -> Client) -> Start {
    start(move || {
        let client = client();
        let listener = client
            .runtime
            .block_on(TcpListener::bind(("127.0.0.1", 0)))
            .expect("loopback has a port");
        let url = format!(
            "http://{}/users/7",
            listener
                .local_addr()
                .expect("a bound socket has an address")
        );
        client.runtime.spawn(accept(listener));
        Ok(Work::Repeat(Box::new(move |n| client.get(&url, n))))
    })
}

fn middleware(terminal: impl reqwest_middleware::Middleware) -> Start {
    start(|| Ok(Work::Repeat(Box::new(asking(terminal)))))
}

/// Asks so often by a client that ends with this middleware.
pub fn asking(terminal: impl reqwest_middleware::Middleware) -> impl FnMut(u64) {
    let client = reqwest_middleware::ClientBuilder::new(Client::new().http)
        .with(terminal)
        .build();
    let runtime = runtime();
    move |n| {
        runtime.block_on(async {
            for _ in 0..n {
                let response = client
                    .get(URL)
                    .send()
                    .await
                    .expect("the middleware answers");
                response.bytes().await.expect("the body is there");
            }
        });
    }
}

fn tower() -> Start {
    start(|| {
        let mut service = service();
        let runtime = runtime();
        Ok(Work::Repeat(Box::new(move |n| {
            runtime.block_on(async {
                for _ in 0..n {
                    let response = service
                        .call(request(URL).map(Full::new))
                        .await
                        .expect("it cannot fail");
                    response
                        .into_body()
                        .collect()
                        .await
                        .expect("the body is there")
                        .to_bytes();
                }
            });
        })))
    })
}

fn hyper_memory() -> Start {
    start(|| {
        let runtime = Rc::new(runtime());
        let (near, far) = tokio::io::duplex(64 * 1024);
        runtime.spawn(connection(far));
        let (mut sender, driver) = runtime
            .block_on(http1::handshake(TokioIo::new(near)))
            .expect("a stream in memory connects");
        runtime.spawn(driver);
        Ok(Work::Repeat(Box::new(move |n| {
            runtime.block_on(async {
                for _ in 0..n {
                    let request = http::Request::get("/users/7")
                        .header("host", "api.x.io")
                        .body(Full::<Bytes>::default());
                    sender.ready().await.expect("the connection is kept alive");
                    let response = sender
                        .send_request(request.expect("a valid request"))
                        .await
                        .expect("the server answers");
                    response
                        .into_body()
                        .collect()
                        .await
                        .expect("the body arrives")
                        .to_bytes();
                }
            });
        })))
    })
}
