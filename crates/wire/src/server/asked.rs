//! How a response is written depends on what asked for it: its version, and whether a body may follow at all.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRAILER};
use http::{HeaderValue, Response, StatusCode, Version};
use hyper::ext::ReasonPhrase;
use standin_core::{Action, Head, Reason, Reply, Ticket};

use super::outgoing::Outgoing;

/// What of a request decides how its response is written.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) version: Version,
    pub(super) is_head: bool,
    pub(super) is_grpc: bool,
}

impl Asked {
    /// A reply with nothing to wait for.
    pub(super) fn plain(self, reply: &Reply, ticket: Ticket) -> Response<Outgoing> {
        self.headed(reply.head(), reply, |is_sized| {
            Outgoing::whole(self.body(reply), Some(ticket), is_sized)
        })
    }

    /// The response of a declared head, in a form that hyper can write.
    pub(super) fn headed(
        self,
        head: Head,
        reply: &Reply,
        body: impl FnOnce(bool) -> Outgoing,
    ) -> Response<Outgoing> {
        let mut head = head.with_body(());
        // hyper ends the process over other versions, and writes the connection's own.
        if *head.version_mut() != Version::HTTP_10 {
            *head.version_mut() = self.version;
        }
        if let Some(reason) = head.extensions_mut().remove::<Reason>()
            && let Ok(reason) = ReasonPhrase::try_from(reason.as_str().as_bytes())
        {
            head.extensions_mut().insert(reason);
        }
        // HTTP/1.1 announces its trailers, and hyper leaves out what is not.
        if self.version < Version::HTTP_2
            && !reply.is_plain()
            && !head.headers().contains_key(TRAILER)
            && let Some(names) = self.trailers(reply)
        {
            head.headers_mut().insert(TRAILER, names);
        }
        let declared = head.headers().get(CONTENT_LENGTH);
        let is_sized = declared.is_none_or(|declared| {
            let length = declared.to_str().ok().and_then(|text| text.parse().ok());
            self.is_head || length == Some(self.body_length(reply))
        });
        head.map(|()| body(is_sized))
    }

    /// The names of the trailers that will follow. Of a call of gRPC it is the status, whatever becomes of it.
    fn trailers(self, reply: &Reply) -> Option<HeaderValue> {
        let trailers = reply.actions().find_map(|action| match action {
            Action::Trailers(trailers) => Some(trailers),
            _ => None,
        });
        let mut names: Vec<&str> = match self.is_grpc {
            true => vec!["grpc-status", "grpc-message"],
            false => Vec::new(),
        };
        if let Some(trailers) = &trailers {
            let declared = trailers.keys().map(|name| name.as_str());
            names.extend(declared.filter(|name| !self.is_grpc || !name.starts_with("grpc-")));
        }
        match names.is_empty() {
            true => None,
            false => HeaderValue::try_from(names.join(", ")).ok(),
        }
    }

    pub(super) fn body(self, reply: &Reply) -> Bytes {
        if self.is_bodiless(reply.status()) {
            Bytes::new()
        } else {
            reply.as_body().to_bytes()
        }
    }

    fn body_length(self, reply: &Reply) -> usize {
        if self.is_bodiless(reply.status()) {
            0
        } else {
            reply.as_body().len()
        }
    }

    /// Neither the reply to a HEAD request nor one with such a status has a body, whatever its headers say.
    pub(super) fn is_bodiless(self, status: StatusCode) -> bool {
        self.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    }
}
