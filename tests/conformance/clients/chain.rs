//! A chain of reqwest-middleware with standin last but one: behind it stands what plays the network.
//!
//! Built once for each version of reqwest.

use std::pin::Pin;

use http_body_util::BodyExt;

use super::chain::{ClientBuilder, ClientWithMiddleware, Next, Result};
use super::client::{Body, Client, Request, Response};
use super::{Middleware, middleware};
use crate::client::{BoxError, IN_PROCESS, Opened, Shows, Upload};
use crate::clients::network;

#[derive(Clone)]
pub struct Chain(ClientWithMiddleware);

impl crate::client::Client for Chain {
    const SHOWS: Shows = IN_PROCESS;

    fn new() -> Self {
        let standin: Middleware = middleware();
        Self(
            ClientBuilder::new(Client::new())
                .with(standin)
                .with(real)
                .build(),
        )
    }

    async fn open(&self, request: http::Request<Upload>) -> std::result::Result<Opened, BoxError> {
        let url = request.uri().to_string();
        let request =
            request.map(|upload| upload.try_into_bytes().map_or_else(Body::wrap, Body::from));
        let response = self.0.execute(Request::try_from(request)?).await?;
        assert_eq!(
            response.url().as_str(),
            url,
            "the response names the URL of its request"
        );
        let response: http::Response<Body> = response.into();
        Ok(response.map(|body| Box::pin(body.map_err(Into::into)) as _))
    }
}

fn real<'a>(
    request: Request,
    _extensions: &'a mut http::Extensions,
    _next: Next<'a>,
) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'a>> {
    Box::pin(async move {
        let request: http::Request<Body> = request.try_into()?;
        let url = request.uri().to_string().parse().expect("a URL");
        let (parts, body) = network::answer(request).await.into_parts();
        let body = body
            .collect()
            .await
            .map_or_else(|never| match never {}, |body| body.to_bytes());
        let mut response = super::client::ResponseBuilderExt::url(http::Response::builder(), url);
        *response.headers_mut().expect("no error yet") = parts.headers;
        let response = response
            .status(parts.status)
            .body(body)
            .expect("a valid response");
        Ok(response.into())
    })
}
