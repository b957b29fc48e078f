//! An SDK of AWS over standin's service: its signing, retries and parsing run for real.

use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_sts::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use client_aws_smithy::account;
use standin::prelude::*;
use tower_service::Service;

#[derive(Debug)]
struct Mocked(standin::tower::Service);

impl HttpConnector for Mocked {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut service = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let response = service.call(request).await.map_err(|error| ConnectorError::io(error.into()))?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x)).map_err(|error| ConnectorError::user(error.into()))
        })
    }
}

fn http_client() -> SharedHttpClient {
    let mocked = SharedHttpConnector::new(Mocked(standin::tower::service()));
    http_client_fn(move |_, _| mocked.clone())
}

fn sts() -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .http_client(http_client())
        .build();
    Client::from_conf(config)
}

fn identity(account: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
}

#[tokio::test]
async fn a_signed_request_is_answered() {
    let _net = standin::activate();
    let asked = mock::post("https://sts.eu-central-1.amazonaws.com/")
        .header("authorization", re("^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"))
        .form("Action", "GetCallerIdentity")
        .reply(identity("123456789012"));
    assert_eq!(account(&sts()).await.expect("answered"), "123456789012");
    asked.assert_called(1);
}

#[tokio::test(start_paused = true)]
async fn the_sdk_retries_what_breaks_by_the_tests_time() {
    let _net = standin::activate();
    mock::post("https://sts.eu-central-1.amazonaws.com/").reply(replies![
        Fault::Reset,
        (503, "busy"),
        identity("123456789012")
    ]);
    assert_eq!(account(&sts()).await.expect("answered at last"), "123456789012");
}
