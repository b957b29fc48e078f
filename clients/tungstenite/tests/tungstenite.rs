//! `wss` URLs as they are written in programs, over rustls and over the TLS of the system: nothing is passed to the client.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use futures_util::{SinkExt, StreamExt};
use standin::prelude::*;
use tokio_tungstenite::tungstenite::Message as Said;
use tokio_tungstenite::{Connector, connect_async, connect_async_tls_with_config};

fn greeting() -> standin::Script {
    ws().expect_text("hi").send_text("ho").delay(millis(1)).close(1000, "bye")
}

#[tokio::test]
async fn connect_async_as_it_is() {
    // With two ways to TLS switched on the client takes the system's.
    let net = standin::activate();
    let live = mock::get("wss://x.io/live").websocket(greeting());
    net.run(async {
        let (mut client, response) = connect_async("wss://x.io/live").await.expect("a WebSocket");
        assert_eq!(response.status(), 101);
        client.send("hi".into()).await.expect("sent");
        assert_eq!(client.next().await.expect("a message").expect("text"), Said::text("ho"));
        assert!(matches!(client.next().await, Some(Ok(Said::Close(Some(_))))));
        assert!(client.next().await.is_none());
        assert_eq!(live.last_call().url(), "https://x.io/live");
    })
    .await;
}

#[tokio::test]
async fn ws_and_wss_by_name_and_by_address() {
    for url in [
        "ws://x.io/live",
        "ws://93.184.216.34/live",
        "wss://x.io/live",
        "wss://93.184.216.34/live",
    ] {
        let net = standin::activate();
        let once = || ws().expect_text("hi").send_text("ho").expect_close(any());
        mock::get(url).websocket(once());
        mock::get(url).websocket(once());
        net.run(async {
            let (mut client, _) = connect_async(url).await.expect("a WebSocket");
            client.send("hi".into()).await.expect("sent");
            assert_eq!(client.next().await.expect("a message").expect("text"), Said::text("ho"), "{url}");
            client.close(None).await.expect("closed");
            while client.next().await.is_some() {}
            let blocking = tokio::task::spawn_blocking(move || {
                let (mut client, _) = tungstenite::connect(url).expect("a WebSocket");
                client.send("hi".into()).expect("sent");
                assert_eq!(client.read().expect("a message"), Said::text("ho"), "{url}");
                client.close(None).expect("closed");
                while client.read().is_ok() {}
            });
            blocking.await.expect("no panic");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn over_rustls_with_the_roots_of_the_system() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let net = standin::activate();
    mock::get("wss://x.io/live").websocket(ws().expect_text("hi").delay(secs(30)).send_text("ho").expect_close(any()));
    net.run(async {
        let mut roots = rustls::RootCertStore::empty();
        for root in rustls_native_certs::load_native_certs().certs {
            roots.add(root).expect("a certificate");
        }
        let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let rustls = Connector::Rustls(std::sync::Arc::new(config));
        let (mut client, _) =
            connect_async_tls_with_config("wss://x.io/live", None, false, Some(rustls)).await.expect("a WebSocket");
        client.send("hi".into()).await.expect("sent");
        let before = tokio::time::Instant::now();
        assert_eq!(client.next().await.expect("a message").expect("text"), Said::text("ho"));
        assert!(before.elapsed() >= secs(30), "of paused time");
        client.close(None).await.expect("closed");
        while client.next().await.is_some() {}
    })
    .await;
}

#[test]
fn the_blocking_client() {
    let net = standin::activate();
    mock::get("wss://x.io/live").websocket(greeting());
    net.run_blocking(|| {
        let (mut client, _) = tungstenite::connect("wss://x.io/live").expect("a WebSocket");
        client.send("hi".into()).expect("sent");
        assert_eq!(client.read().expect("a message"), Said::text("ho"));
        assert!(client.read().expect("a close").is_close());
    });
}

#[tokio::test]
async fn by_a_listener_with_a_certificate() {
    let net = standin::activate();
    let server = standin::listen_https();
    mock::get("/live").websocket(greeting());
    net.run(async {
        let url = format!("wss://{}/live", server.address());
        let (mut client, _) = connect_async(url).await.expect("a WebSocket");
        client.send("hi".into()).await.expect("sent");
        assert_eq!(client.next().await.expect("a message").expect("text"), Said::text("ho"));
    })
    .await;
}
