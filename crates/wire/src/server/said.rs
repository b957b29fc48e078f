//! Answers of standin's own, where no mock has one: the client's test reads there what is wrong.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::iter;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode, Version};
use standin_core::grpc::{Code, Status};
use standin_core::{Engine, Transport};

use super::answer::{Answer, Connection};
use super::asked::Asked;
use super::faults::Broken;
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

    /// To a CONNECT that names nobody, which hyper lets by.
    pub(super) fn nowhere(
        self,
        connection: &Connection,
        engine: Option<Engine>,
    ) -> Response<Outgoing> {
        let why = "a CONNECT names the host and port that it is for, and nothing else";
        if let Some(engine) = engine.or_else(|| connection.seat.engine().ok()) {
            let beginning = connection.heard.beginning();
            engine.malformed(&connection.origin.url(), why, &beginning);
        }
        self.malformed(why)
    }

    /// To a body that broke off: the client has left in the middle, or what it sent there is none.
    pub(super) fn broke(self, connection: &Connection, engine: &Engine, error: &Error) -> Answer {
        let Some(why) = wrong_with(error) else {
            return Err(Broken(None));
        };
        let why = format!("the body is not what its head says: {why}");
        let beginning = connection.heard.beginning();
        engine.malformed(&connection.origin.url(), &why, &beginning);
        Ok(self.malformed(&why))
    }

    fn malformed(self, why: &str) -> Response<Outgoing> {
        let mut response = self.said(StatusCode::BAD_REQUEST, "malformed", why.to_owned());
        if self.version < Version::HTTP_2 {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
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

/// What is wrong with a body that hyper could not read; `None` where its client has left.
fn wrong_with(error: &Error) -> Option<String> {
    let causes = iter::successors(error.source(), |cause| (*cause).source());
    let mut broken = causes.filter_map(|cause| cause.downcast_ref::<io::Error>());
    let wrong = broken.find(|broken| {
        matches!(
            broken.kind(),
            ErrorKind::InvalidData | ErrorKind::InvalidInput
        )
    })?;
    Some(wrong.to_string())
}
