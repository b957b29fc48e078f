//! oauth2 with standin's service as the function that it asks.

use client_oauth2::token;
use http_body_util::BodyExt;
use oauth2::{HttpRequest, HttpResponse, RequestTokenError};
use standin::prelude::*;
use tower_service::Service;

async fn mocked(request: HttpRequest) -> Result<HttpResponse, standin::Error> {
    let request = request.map(|body| http_body_util::Full::new(std::io::Cursor::new(body)));
    let (head, body) = standin::tower::service().call(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(HttpResponse::from_parts(head, body.into()))
}

const TOKEN: &str = "https://login.example.com/token";

#[tokio::test]
async fn a_token_is_granted() {
    let _net = standin::activate();
    mock::post(TOKEN)
        .basic("ledger", "s3cret")
        .form("grant_type", "client_credentials")
        .form("scope", "read")
        .reply(json!({"access_token": "t-1", "token_type": "bearer", "expires_in": 3600}));
    assert_eq!(token(&mocked).await.expect("granted"), "t-1");
}

#[tokio::test]
async fn a_refusal_of_the_provider_is_oauth2s_error() {
    let _net = standin::activate();
    mock::post(TOKEN).reply((400, json!({"error": "invalid_scope"})));
    let refused = token(&mocked).await.expect_err("refused");
    assert!(matches!(&refused, RequestTokenError::ServerResponse(said) if said.error().as_ref() == "invalid_scope"), "{refused:?}");
}

#[tokio::test]
async fn what_no_mock_matches_is_the_request_that_failed() {
    let net = standin::activate();
    let refused = token(&mocked).await.expect_err("nobody answers");
    assert!(matches!(refused, RequestTokenError::Request(standin::Error::Unmatched(_))), "{refused:?}");
    assert_eq!(net.take_unmatched().len(), 1);
}
