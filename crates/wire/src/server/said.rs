//! Answers of standin's own, where no mock has one: the client's test reads there what is wrong.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use super::answer::Asked;
use super::outgoing::Outgoing;
use crate::error::Error;

impl Asked {
    /// The engine asked for something that is not known here.
    pub(super) fn misfit(self) -> Response<Outgoing> {
        let said = Error::Versions.to_string();
        self.said(StatusCode::NOT_IMPLEMENTED, "versions", said)
    }

    /// An answer of standin's own: `what` stands in the header `x-standin`.
    pub(super) fn said(
        self,
        status: StatusCode,
        what: &'static str,
        text: String,
    ) -> Response<Outgoing> {
        let body = if self.is_head {
            Bytes::new()
        } else {
            text.into()
        };
        let mut response = Response::new(Outgoing::whole(body, None, true));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert("x-standin", HeaderValue::from_static(what));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        response
    }
}
