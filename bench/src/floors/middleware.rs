//! What does reqwest itself cost where nothing is sent? A middleware that ends the chain with an answer.

use std::collections::VecDeque;
use std::sync::Mutex;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderName, Method};
use reqwest::{Request, Response, ResponseBuilderExt as _, Url};
use reqwest_middleware::{Middleware, Next, Result};

use super::dispatch::{KEPT, URL};

/// Answers everything.
pub struct Terminal;

#[async_trait::async_trait]
impl Middleware for Terminal {
    async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        drop(request);
        Ok(http::Response::new(Bytes::from_static(b"ok")).into())
    }
}

/// One mock as a test would write it: looks at the request, keeps a record of it, and gives a response that is whole.
pub struct ByHand {
    url: Url,
    journal: Mutex<VecDeque<Record>>,
}

/// A request as it is kept.
struct Record {
    _method: Method,
    _url: Box<str>,
    _headers: Box<[(HeaderName, Box<[u8]>)]>,
}

impl ByHand {
    pub fn new() -> Self {
        Self {
            url: Url::parse(URL).expect("a valid URL"),
            journal: Mutex::default(),
        }
    }
}

#[async_trait::async_trait]
impl Middleware for ByHand {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        if request.method() != Method::GET || *request.url() != self.url {
            return next.run(request, extensions).await;
        }
        let headers = request.headers().iter();
        let record = Record {
            _method: request.method().clone(),
            _url: request.url().as_str().into(),
            _headers: headers
                .map(|(name, value)| (name.clone(), value.as_bytes().into()))
                .collect(),
        };
        let mut journal = self.journal.lock().expect("nothing panics");
        let oldest = (journal.len() == KEPT).then(|| journal.pop_front());
        journal.push_back(record);
        drop(journal);
        drop(oldest);
        let response = http::Response::builder()
            .header(CONTENT_TYPE, "text/plain")
            .url(request.url().clone())
            .body(Bytes::from_static(b"ok"));
        Ok(response.expect("a valid response").into())
    }
}
