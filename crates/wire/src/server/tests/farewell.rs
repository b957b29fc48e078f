//! A connection of HTTP/2 that shall not outlive its answers loses no request that was under way to it.

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http2;
use standin_core::Engine;
use tokio::net::{TcpListener, TcpStream};

use crate::server::beside::Beside;
use crate::{Farewell, Origin, Seat, Socket, serve_shared_connection};

#[tokio::test]
async fn the_goodbye_comes_with_the_first_answer_and_not_before() {
    let engine = Engine::new();
    engine.get("http://x.io/").times(20).reply(200);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let there = listener.local_addr().expect("bound");
    let client = TcpStream::connect(there).await.expect("connected");
    let (stream, _) = listener.accept().await.expect("accepted");
    let (farewell, seat) = (Farewell::default(), Seat::of(&engine));
    farewell.say();
    let (socket, shut) = Socket::new(stream);
    let origin = Origin::of(&http::Uri::from_static("http://x.io/"));
    let served = tokio::spawn(serve_shared_connection(seat, socket, origin, farewell));

    let (client, _shut) = Socket::new(client);
    let executor = Beside::default();
    let shaken = http2::handshake(executor.clone(), client).await;
    let (mut sender, connection) = shaken.expect("shaken");
    tokio::spawn(async move { executor.run(connection, || false).await });
    // Whatever the server has to say before it is asked, the client has heard.
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    let request = || {
        let request = http::Request::get("http://x.io/");
        request.body(Empty::<Bytes>::new()).expect("a request")
    };
    let sent: Vec<_> = (0..20).map(|_| sender.send_request(request())).collect();
    for reply in sent {
        assert_eq!(reply.await.expect("answered").status(), 200);
    }
    assert!(sender.send_request(request()).await.is_err(), "it is over");
    served.await.expect("no panic");
    drop(shut);
}
