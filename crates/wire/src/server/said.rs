//! Answers of standin's own, where no mock has one: the client's test reads there what is wrong.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode, Version};
use standin_core::Transport;
use standin_core::grpc::{Code, Status};

use super::asked::Asked;
use super::outgoing::Outgoing;
use crate::error::Error;

impl Asked {
    /// What carries the answer.
    pub(super) fn transport(self) -> Transport {
        if self.version >= Version::HTTP_2 {
            Transport::Http2
        } else {
            Transport::Http1
        }
    }

    /// The engine asked for something that is not known here.
    pub(super) fn misfit(self) -> Response<Outgoing> {
        let said = Error::Versions.to_string();
        self.said(StatusCode::NOT_IMPLEMENTED, "versions", said)
    }

    /// An answer of standin's own: `what` stands in the header `x-standin`. A client of gRPC reads no body: it gets a status.
    pub(super) fn said(
        self,
        status: StatusCode,
        what: &'static str,
        text: String,
    ) -> Response<Outgoing> {
        if self.is_grpc {
            return said_by_grpc(what, text);
        }
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

/// As a server of gRPC says it: no message, and a status in the head.
fn said_by_grpc(what: &'static str, text: String) -> Response<Outgoing> {
    let code = match what {
        "unmatched" => Code::Unimplemented,
        "no-network" | "upstream" => Code::Unavailable,
        "refused" => Code::ResourceExhausted,
        _ => Code::Internal,
    };
    let mut response = Response::new(Outgoing::whole(Bytes::new(), None, true));
    *response.headers_mut() = Status::new(code, text).to_headers();
    let headers = response.headers_mut();
    headers.insert("x-standin", HeaderValue::from_static(what));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}
