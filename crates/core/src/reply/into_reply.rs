//! What may stand in `.reply(..)`: one answer, a sequence of them, or a closure that makes one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::conversation::Upgrade;
use crate::reply::into_answer::{Answer, IntoAnswer};
use crate::reply::plan::{Plan, Step};
use crate::request::Request;
use crate::request_body::RequestBody;

mod marker {
    #[derive(Debug)]
    pub struct Answer;
    #[derive(Debug)]
    pub struct Closure<R>(R);
    #[derive(Debug)]
    pub struct Async<F>(F);
    #[derive(Debug)]
    pub struct Streamed<F>(F);
    #[derive(Debug)]
    pub struct Sequence<M>(M);
}

/// Whatever may stand in `.reply(..)`.
///
/// A closure says by the types of its parameters what it needs: `|req: &Request| ..` and `async |req: Request| ..` the whole
/// request, `async |req: Request, body: RequestBody| ..` its head, and the body [as it comes](crate::RequestBody).
///
/// An array holds values of one type, which the compiler checks before it asks what may stand here: of `[reply(200), 503]` it says
/// "mismatched types". [`replies!`](crate::replies) is for values of several.
///
/// `M` only keeps values, sequences and closures apart; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a reply",
    label = "not a reply",
    note = "expected a status, text, bytes, `json!(..)`, `Json(value)`, `(status, body)`, `reply(200)..`, an `http::Response`, \
            a `Fault` (`.chance(0.1)` needs its `.or(..)`)",
    note = "or a sequence of those, one for each use: an array or a `Vec` where they are of one type, `[503, 200]`, and \
            `replies![reply(200).delay(secs(1)), 503]` where they are of several",
    note = "or a closure `|req: &Request| ..`, `async |req: Request| ..` or `async |req: Request, body: RequestBody| ..` that \
            returns one (its types must be written; `reply_with`, `reply_async` and `reply_streamed` infer them)",
    note = "an async closure that uses what it captured by `move` is written \
            `move |req: Request| {{ let held = held.clone(); async move {{ .. }} }}`"
)]
pub trait IntoReply<M> {
    /// Converts into the plan of a mock.
    #[track_caller]
    fn into_plan(self) -> Plan;
}

#[diagnostic::do_not_recommend]
impl IntoReply<marker::Answer> for Plan {
    fn into_plan(self) -> Plan {
        self
    }
}

#[diagnostic::do_not_recommend]
impl IntoReply<marker::Answer> for Upgrade {
    fn into_plan(self) -> Plan {
        Upgrade::into_plan(self)
    }
}

#[cfg(feature = "websocket")]
#[diagnostic::do_not_recommend]
impl IntoReply<marker::Answer> for crate::conversation::Script {
    fn into_plan(self) -> Plan {
        Self::into_plan(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoAnswer> IntoReply<marker::Answer> for T {
    fn into_plan(self) -> Plan {
        Plan::one(Step::fixed(self.into_answer()))
    }
}

#[diagnostic::do_not_recommend]
impl<F, R> IntoReply<marker::Closure<R>> for F
where
    F: Fn(&Request) -> R + Send + Sync + 'static,
    R: IntoAnswer,
{
    fn into_plan(self) -> Plan {
        reply_with(self)
    }
}

#[diagnostic::do_not_recommend]
impl<F, Fut> IntoReply<marker::Async<Fut>> for F
where
    F: Fn(Request) -> Fut + Send + Sync + 'static,
    Fut: Future + Send + 'static,
    Fut::Output: IntoAnswer,
{
    fn into_plan(self) -> Plan {
        reply_async(self)
    }
}

#[diagnostic::do_not_recommend]
impl<F, Fut> IntoReply<marker::Streamed<Fut>> for F
where
    F: Fn(Request, RequestBody) -> Fut + Send + Sync + 'static,
    Fut: Future + Send + 'static,
    Fut::Output: IntoAnswer,
{
    fn into_plan(self) -> Plan {
        reply_streamed(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoReply<M>, M, const N: usize> IntoReply<marker::Sequence<M>> for [T; N] {
    fn into_plan(self) -> Plan {
        Vec::from(self).into_plan()
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoReply<M>, M> IntoReply<marker::Sequence<M>> for Vec<T> {
    fn into_plan(self) -> Plan {
        // No iterator adapter: it would be the caller of what finds a mistake.
        let mut steps = Vec::with_capacity(self.len());
        for reply in self {
            steps.push(SequenceStep::new(reply));
        }
        Plan::sequence(steps)
    }
}

#[diagnostic::do_not_recommend]
impl IntoReply<marker::Answer> for Replies {
    fn into_plan(self) -> Plan {
        Plan::sequence(self.0)
    }
}

/// A closure over the request, whose parameter needs no type: `reply_with(|req| req.path().to_owned())`.
pub fn reply_with<R: IntoAnswer>(answer: impl Fn(&Request) -> R + Send + Sync + 'static) -> Plan {
    Plan::one(Step::Closure(Arc::new(move |request: &Request| {
        answer(request).into_answer()
    })))
}

/// An async closure over the request, whose parameter needs no type: `reply_async(async |req| lookup(&req).await)`.
pub fn reply_async<F, Fut>(answer: F) -> Plan
where
    F: Fn(Request) -> Fut + Send + Sync + 'static,
    Fut: Future + Send + 'static,
    Fut::Output: IntoAnswer,
{
    Plan::one(Step::Async(Arc::new(move |request: Request| {
        let future = answer(request);
        Box::pin(async move { future.await.into_answer() })
            as Pin<Box<dyn Future<Output = Answer> + Send>>
    })))
}

/// An async closure over the head of a request and its body as that comes, whose parameters need no types:
/// `reply_streamed(async |_, mut body| body.rest().await)`.
pub fn reply_streamed<F, Fut>(answer: F) -> Plan
where
    F: Fn(Request, RequestBody) -> Fut + Send + Sync + 'static,
    Fut: Future + Send + 'static,
    Fut::Output: IntoAnswer,
{
    Plan::one(Step::Streamed(Arc::new(
        move |request: Request, body: RequestBody| {
            let future = answer(request, body);
            Box::pin(async move { future.await.into_answer() })
                as Pin<Box<dyn Future<Output = Answer> + Send>>
        },
    )))
}

/// A sequence of replies of mixed kinds; the macro [`replies!`](crate::replies) makes it.
#[derive(Debug)]
pub struct Replies(Vec<SequenceStep>);

impl Replies {
    #[doc(hidden)]
    pub fn new(steps: Vec<SequenceStep>) -> Self {
        Self(steps)
    }
}

/// One element of a sequence.
#[derive(Debug)]
pub struct SequenceStep(pub(crate) Plan);

impl SequenceStep {
    /// Of whatever may be a reply.
    #[track_caller]
    pub fn new<M>(reply: impl IntoReply<M>) -> Self {
        Self(reply.into_plan())
    }
}

/// A sequence of replies of mixed kinds, one for each use.
///
/// ```
/// # use standin_core::prelude::*;
/// let flaky = replies![Fault::Reset, 503, json!({"ok": true})];
/// ```
#[macro_export]
macro_rules! replies {
    ($($reply:expr),* $(,)?) => {
        $crate::Replies::new(::std::vec![$($crate::SequenceStep::new($reply)),*])
    };
}
