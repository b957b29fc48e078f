//! What the layer relies on, beside what reqwest documents. Where a version changes it, this fails first.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use standin_reqwest::BoxError;
use tower_layer::Layer;
use tower_service::Service;

use super::client::Client;

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
