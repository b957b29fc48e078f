//! The real network, as far as these tests go: it answers 299 with what it was sent, so that nobody takes it for a mock.

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt, Full};

pub async fn answer<B>(request: http::Request<B>) -> http::Response<Full<Bytes>>
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = request.into_parts();
    let received = body.collect().await.expect("the body arrives").to_bytes();
    http::Response::builder()
        .status(299)
        .header("x-asked", parts.uri.to_string())
        .header(
            "x-accept",
            parts
                .headers
                .get("accept")
                .map_or("", |value| value.to_str().expect("text")),
        )
        .body(Full::new(received))
        .expect("a valid response")
}
