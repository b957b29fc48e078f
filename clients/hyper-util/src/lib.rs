//! Code under test as others write it: a client of GitHub on hyper's own, whose host is written in.

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::Connect;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What GitHub says when it is asked nothing.
///
/// # Errors
/// When GitHub cannot be reached.
pub async fn zen<C: Connect + Clone + Send + Sync + 'static>(client: &Client<C, Empty<Bytes>>) -> Result<Bytes> {
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = Uri::from_static("https://api.github.com/zen");
    Ok(client.request(request).await?.into_body().collect().await?.to_bytes())
}
