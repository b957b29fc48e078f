//! How a call of gRPC ends: a code and a message, in trailers, or in the head of a reply that has nothing else.

use std::fmt::Write;

use http::HeaderMap;
use http::header::HeaderValue;

use crate::grpc::{CONTENT_TYPE, Code};
use crate::reply::{Answer, IntoAnswer, Reply, reply};

/// How a call of gRPC ends. As a reply it is one without messages, its status in the head ("trailers-only").
///
/// ```
/// # use standin_core::grpc::{Code, Status};
/// # use standin_core::prelude::*;
/// # let net = standin_core::activate().lenient();
/// let late = Status::unavailable("try again").into_reply().delay(secs(3)).header("retry-after", "1");
/// mock::post("https://x.io/greet.Greeter/SayHello").optional().reply(late);
/// assert_eq!(Status::new(Code::NotFound, "no Bob"), Status::not_found("no Bob"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    code: Code,
    message: String,
}

macro_rules! statuses {
    ($($name:ident $code:ident,)*) => {$(
        #[doc = concat!("[`Code::", stringify!($code), "`].")]
        pub fn $name(message: impl Into<String>) -> Self {
            Self::new(Code::$code, message)
        }
    )*};
}

impl Status {
    /// With this code and message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// [`Code::Ok`], without a message.
    pub fn ok() -> Self {
        Self::new(Code::Ok, "")
    }

    statuses! {
        cancelled Cancelled,
        unknown Unknown,
        invalid_argument InvalidArgument,
        deadline_exceeded DeadlineExceeded,
        not_found NotFound,
        already_exists AlreadyExists,
        permission_denied PermissionDenied,
        resource_exhausted ResourceExhausted,
        failed_precondition FailedPrecondition,
        aborted Aborted,
        out_of_range OutOfRange,
        unimplemented Unimplemented,
        internal Internal,
        unavailable Unavailable,
        data_loss DataLoss,
        unauthenticated Unauthenticated,
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Its message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// As headers or trailers: `grpc-status`, and `grpc-message` where there is one.
    pub fn to_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", HeaderValue::from(self.code as u16));
        if let Ok(message) = HeaderValue::try_from(encoded(&self.message))
            && !message.is_empty()
        {
            headers.insert("grpc-message", message);
        }
        headers
    }

    /// As a reply, to which the rest may be said: headers, a delay.
    pub fn into_reply(self) -> Reply {
        let status = reply(200).set_header("content-type", CONTENT_TYPE);
        let headers = self.to_headers();
        headers.iter().fold(status, |reply, (name, value)| {
            reply.set_header(name.as_str(), value.clone())
        })
    }
}

impl IntoAnswer for Status {
    fn into_answer(self) -> Answer {
        self.into_reply().into_answer()
    }
}

/// As `grpc-message` is written: printable ASCII but `%` as it is, all else percent-encoded.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_percent_encoded() {
        assert_eq!(encoded("100% für\nall ~"), "100%25 f%C3%BCr%0Aall ~");
        let headers = Status::not_found("no Zoë").to_headers();
        assert_eq!(headers["grpc-status"], "5");
        assert_eq!(headers["grpc-message"], "no Zo%C3%AB");
        assert!(!Status::ok().to_headers().contains_key("grpc-message"));
    }
}
