//! What the layer relies on, beside what reqwest documents. Where a version changes it, this fails first.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread::{self, ThreadId};

use standin_core::Engine;
use standin_core::prelude::*;
use standin_reqwest::BoxError;
use tower_layer::Layer;
use tower_service::Service;

use super::adapter::layer_for;
use super::client::Client;

/// Counts what hyper does with a connector.
struct Counted<S>(Counts, S);

#[derive(Clone, Default)]
struct Counts {
    clones: Arc<Mutex<Vec<ThreadId>>>,
    living: Arc<AtomicUsize>,
    calls: Arc<AtomicUsize>,
}

impl<S: Clone> Clone for Counted<S> {
    fn clone(&self) -> Self {
        self.0
            .clones
            .lock()
            .expect("nobody panics")
            .push(thread::current().id());
        self.0.living.fetch_add(1, Ordering::SeqCst);
        Self(self.0.clone(), self.1.clone())
    }
}

impl<S> Drop for Counted<S> {
    fn drop(&mut self) {
        self.0.living.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<S> Layer<S> for Counts {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        self.living.fetch_add(1, Ordering::SeqCst);
        Counted(self.clone(), inner)
    }
}

impl<S: Service<R>, R> Service<R> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.1.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        self.1.call(request)
    }
}

#[tokio::test]
async fn a_connector_is_cloned_by_who_asks_and_lives_on_as_it_was_until_then() {
    let engine = Engine::new();
    let gate = Gate::new();
    engine.get("https://x.io/").times(2).reply("kept");
    engine
        .get("https://x.io/held")
        .reply(reply(200).hold(&gate));
    let counts = Counts::default();
    let client = Client::builder()
        .connector_layer(layer_for(&engine))
        .connector_layer(counts.clone())
        .build()
        .expect("a client");
    let idle = counts.living.load(Ordering::SeqCst);
    for _ in 0..2 {
        counts.clones.lock().expect("nobody panics").clear();
        let response = client.get("https://x.io/").send().await.expect("answered");
        assert_eq!(response.text().await.expect("a body"), "kept");
        let clones = counts.clones.lock().expect("nobody panics").clone();
        assert!(clones.contains(&thread::current().id()), "{clones:?}");
    }
    assert_eq!(
        counts.calls.load(Ordering::SeqCst),
        1,
        "the second came from the pool"
    );
    assert_eq!(counts.living.load(Ordering::SeqCst), idle, "nobody asks");
    let held = tokio::spawn(client.get("https://x.io/held").send());
    while engine.calls().len() < 3 {
        tokio::task::yield_now().await;
    }
    assert!(
        counts.living.load(Ordering::SeqCst) > idle,
        "somebody asks until there is a response"
    );
    gate.open();
    held.await.expect("no panic").expect("answered");
    assert_eq!(counts.living.load(Ordering::SeqCst), idle, "nobody asks");
}

type Shown = Arc<Mutex<Vec<String>>>;

/// Shows a connector's request. That it compiles is the first half of the test.
#[derive(Clone)]
struct Show<S>(Shown, S);

impl<S> Layer<S> for Show<()> {
    type Service = Show<S>;

    fn layer(&self, inner: S) -> Show<S> {
        Show(Arc::clone(&self.0), inner)
    }
}

impl<S, R: Debug> Service<R> for Show<S>
where
    S: Service<R, Error = BoxError>,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = std::future::Ready<Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.1.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.0
            .lock()
            .expect("nobody panics")
            .push(format!("{request:?}"));
        std::future::ready(Err("that is all".into()))
    }
}

#[tokio::test]
async fn a_request_shows_its_scheme_and_authority() {
    let shown = Shown::default();
    let client = Client::builder()
        .connector_layer(Show(Arc::clone(&shown), ()))
        .build()
        .expect("a client");
    for url in [
        "https://api.example.com:8443/path?query",
        "http://[::1]/",
        "https://user:secret@192.0.2.1/",
        "https://ex\u{e4}mple.com",
    ] {
        let refused = client
            .get(url)
            .send()
            .await
            .expect_err("it does not connect");
        assert!(refused.is_connect(), "{refused:?}");
    }
    let shown = shown.lock().expect("nobody panics");
    assert_eq!(
        *shown,
        [
            "Unnameable(https://api.example.com:8443/)",
            "Unnameable(http://[::1]/)",
            "Unnameable(https://192.0.2.1/)",
            "Unnameable(https://xn--exmple-cua.com/)",
        ]
    );
}
