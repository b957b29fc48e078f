//! object_store's S3 over standin's service: its requests, retries and parsing run for real.

use async_trait::async_trait;
use client_object_store::back_up;
use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService};
use standin::prelude::*;
use tower_service::Service;

#[derive(Debug)]
struct Mocked(standin::tower::Service);

impl HttpConnector for Mocked {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Mocked(self.0.clone())))
    }
}

#[async_trait]
impl HttpService for Mocked {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let response = self.0.clone().call(request).await.map_err(|error| HttpError::new(HttpErrorKind::Request, error))?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?;
        Ok(HttpResponse::from_parts(head, body.to_bytes().into()))
    }
}

fn store() -> AmazonS3 {
    let built = AmazonS3Builder::new()
        .with_bucket_name("ledger")
        .with_region("eu-central-1")
        .with_skip_signature(true)
        .with_http_connector(Mocked(standin::tower::service()))
        .build();
    built.expect("a store")
}

const OBJECT: &str = "https://s3.eu-central-1.amazonaws.com/ledger/may.csv";

#[tokio::test]
async fn objects_are_read_and_written() {
    let _net = standin::activate();
    mock::get(OBJECT).reply(reply(200).header("last-modified", "Fri, 01 May 2026 10:00:00 GMT").header("etag", "\"1\"").body("a,b"));
    let copy = mock::put(format!("{OBJECT}.bak")).body("a,b").reply(reply(200).header("etag", "\"2\""));
    assert_eq!(back_up(&store(), "may.csv").await.expect("answered"), "a,b");
    copy.assert_called(1);
}

#[tokio::test]
async fn what_is_not_there_is_object_stores_error() {
    let _net = standin::activate();
    mock::get(OBJECT).reply((404, "<Error><Code>NoSuchKey</Code></Error>"));
    let refused = back_up(&store(), "may.csv").await.expect_err("there is none");
    assert!(matches!(refused, object_store::Error::NotFound { .. }), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn it_retries_what_breaks_by_the_tests_time() {
    let _net = standin::activate();
    let found = reply(200).header("last-modified", "Fri, 01 May 2026 10:00:00 GMT").body("a,b");
    mock::get(OBJECT).reply(replies![Fault::Reset, 503, found]);
    mock::put(format!("{OBJECT}.bak")).reply(reply(200).header("etag", "\"2\""));
    assert_eq!(back_up(&store(), "may.csv").await.expect("answered at last"), "a,b");
}
