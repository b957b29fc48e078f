//! What does the dispatch floor cost behind the interface of tower?

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use tower::Service;

use super::dispatch::One;

/// A service that collects the request's body and dispatches.
pub fn service()
-> impl Service<Request<Full<Bytes>>, Response = Response<Full<Bytes>>, Error = Infallible> {
    let one = Arc::new(One::new());
    tower::service_fn(move |request: Request<Full<Bytes>>| {
        let one = Arc::clone(&one);
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let reply = one
                .serve(&Request::from_parts(head, body))
                .expect("the floor is asked for what it has");
            Ok(reply.map(Full::new))
        }
    })
}
