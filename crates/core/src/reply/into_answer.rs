//! What one use may answer: a status, a body, both, a response, a fault, or a decision made of them.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use serde_core::Serialize;
use serde_json::Value;

use crate::content::Content;
use crate::declare::DeclareError;
use crate::reply::body::{Body, IntoBody, Json};
use crate::reply::fault::Fault;
use crate::reply::live::{Feed, Live};
use crate::reply::reply::{Reply, reply};
use crate::request_body::RequestBody;

/// What a mock answers at one use; made by everything that implements [`IntoAnswer`].
#[derive(Debug, Clone)]
pub struct Answer(pub(crate) Kind);

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Reply(Arc<Reply>),
    Chance {
        reply: Arc<Reply>,
        p: f64,
        otherwise: Box<Kind>,
    },
    /// The next mock is asked.
    Declined,
    /// The user's code returned an error.
    Failed(String),
    Invalid(DeclareError),
}

impl Answer {
    pub(crate) fn declines(&self) -> bool {
        matches!(self.0, Kind::Declined)
    }

    #[track_caller]
    pub(crate) fn chance(reply: Reply, p: f64, otherwise: Answer) -> Self {
        if !(0.0..=1.0).contains(&p) {
            return Self(Kind::Invalid(DeclareError::new(format!(
                "a probability lies between 0 and 1, and {p} does not"
            ))));
        }
        Self(Kind::Chance {
            reply: Arc::new(reply),
            p,
            otherwise: Box::new(otherwise.0),
        })
    }
}

/// Whatever one use may answer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a reply",
    label = "not a reply",
    note = "expected a status, text, bytes, `json!(..)`, `Json(value)`, `(status, body)`, `reply(200)..`, an `http::Response`, \
            a `Fault`, or an `Option` or `Result` of one; a closure must return one of these, not `()`"
)]
pub trait IntoAnswer {
    /// Converts into the answer.
    #[track_caller]
    fn into_answer(self) -> Answer;
}

impl IntoAnswer for Answer {
    fn into_answer(self) -> Answer {
        self
    }
}

impl IntoAnswer for Reply {
    fn into_answer(self) -> Answer {
        Answer(Kind::Reply(Arc::new(self)))
    }
}

impl IntoAnswer for Fault {
    fn into_answer(self) -> Answer {
        Reply::fault(self).into_answer()
    }
}

/// Whatever may be a status: a number from 100 to 999 or an [`http::StatusCode`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the status of a reply",
    label = "not a status",
    note = "expected a number such as 200, or an `http::StatusCode`; a body alone is a reply too, `.reply(json!(..))`, and goes with a status as \
            `.reply((201, json!(..)))` or `reply(201).json(json!(..))`"
)]
pub trait IntoStatus {
    /// Converts, or says why it is no status.
    ///
    /// # Errors
    /// When the number is not between 100 and 999.
    #[track_caller]
    fn into_status(self) -> Result<StatusCode, DeclareError>;
}

impl IntoStatus for StatusCode {
    fn into_status(self) -> Result<StatusCode, DeclareError> {
        Ok(self)
    }
}

macro_rules! status {
    ($($kind:ty),*) => {$(
        impl IntoStatus for $kind {
            fn into_status(self) -> Result<StatusCode, DeclareError> {
                match u16::try_from(self).map(StatusCode::from_u16) {
                    Ok(Ok(status)) => Ok(status),
                    _ => Err(DeclareError::new(format!("{self} is not a status: a status lies between 100 and 999"))),
                }
            }
        }

        impl IntoAnswer for $kind {
            fn into_answer(self) -> Answer {
                reply(self).into_answer()
            }
        }
    )*};
}
status!(u16, i32);

impl IntoAnswer for StatusCode {
    fn into_answer(self) -> Answer {
        reply(self).into_answer()
    }
}

macro_rules! body_alone {
    ($($kind:ty),*) => {$(
        impl IntoAnswer for $kind {
            fn into_answer(self) -> Answer {
                reply(StatusCode::OK).body(self).into_answer()
            }
        }
    )*};
}
body_alone!(
    &'static str,
    String,
    &String,
    Bytes,
    Vec<u8>,
    &'static [u8],
    Value,
    &Value,
    Content,
    Live,
    &Feed,
    RequestBody
);

impl<const N: usize> IntoAnswer for &'static [u8; N] {
    fn into_answer(self) -> Answer {
        reply(StatusCode::OK).body(self).into_answer()
    }
}

impl<T: Serialize> IntoAnswer for Json<T> {
    fn into_answer(self) -> Answer {
        reply(StatusCode::OK).body(self).into_answer()
    }
}

impl<S: IntoStatus, B: IntoBody> IntoAnswer for (S, B) {
    fn into_answer(self) -> Answer {
        reply(self.0).body(self.1).into_answer()
    }
}

impl<B: IntoBody> IntoAnswer for http::Response<B> {
    fn into_answer(self) -> Answer {
        let (parts, body) = self.into_parts();
        Reply::take_response(http::Response::from_parts(parts, ()))
            .body(body)
            .into_answer()
    }
}

impl IntoAnswer for Body {
    fn into_answer(self) -> Answer {
        match self {
            Body::Chunks(chunks) => reply(StatusCode::OK).chunks(chunks.to_vec()).into_answer(),
            Body::Live(live) => reply(StatusCode::OK).body(live).into_answer(),
            whole => reply(StatusCode::OK).body(whole.to_bytes()).into_answer(),
        }
    }
}

/// `None` declines: the next mock is asked.
impl<T: IntoAnswer> IntoAnswer for Option<T> {
    fn into_answer(self) -> Answer {
        match self {
            Some(answer) => answer.into_answer(),
            None => Answer(Kind::Declined),
        }
    }
}

/// `Err` is a failure of the test's own code: the client gets an error, and verification fails with its message.
impl<T: IntoAnswer, E: std::fmt::Display> IntoAnswer for Result<T, E> {
    fn into_answer(self) -> Answer {
        match self {
            Ok(answer) => answer.into_answer(),
            Err(error) => Answer(Kind::Failed(error.to_string())),
        }
    }
}
