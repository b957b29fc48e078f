//! One request of an in-process client, from its first poll to the head of its reply.
//!
//! The way that nearly every request takes (a body that is at hand, a reply that is plain) is gone in one poll and allocates
//! nothing; any other goes on in a boxed future.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Extensions, Method, StatusCode};
use http_body::Body;
use standin_core::{
    Action, Answered, BodyUse, Engine, Exchange, Outcome, Passed, Reply, Request, RequestRef, Step,
    Ticket, Transport,
};

use crate::body::ReplyBody;
use crate::deadline::{self, Deadline};
use crate::error::{BoxError, Error};
use crate::intake::{Intake, Progress};
use crate::lent::Loan;
use crate::time::{self, Task};

/// What came of a request.
#[derive(Debug)]
pub enum Served<B> {
    /// A mock replied.
    Reply(http::Response<ReplyBody>),
    /// The request goes on to the real network.
    PassThrough(Box<Through<B>>),
}

/// A request on its way to the real network.
#[derive(Debug)]
pub struct Through<B> {
    request: http::Request<Bytes>,
    unread: Option<B>,
    ticket: Ticket,
}

impl<B> Through<B> {
    /// The request, with the client's own body where that was not touched and else with what was read of it, and the ticket to
    /// be settled when the real reply is there.
    pub fn into_request(self) -> (http::Request<B>, Ticket)
    where
        B: From<Bytes>,
    {
        let Self {
            request,
            unread,
            ticket,
        } = self;
        let request = request.map(|read| unread.unwrap_or_else(|| B::from(read)));
        (request, ticket)
    }
}

/// A request that is served by an engine. Nothing happens before it is polled.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Serving<B>(State<B>);

#[expect(
    clippy::large_enum_variant,
    reason = "a box for the request is what the short way does without"
)]
enum State<B> {
    New(Engine, http::Request<B>),
    Reading(Box<Reading<B>>),
    GoingOn(Pin<Box<dyn Future<Output = Result<Served<B>, Error>> + Send>>),
    Done,
}

/// A request whose body is not there yet.
struct Reading<B> {
    engine: Engine,
    head: http::Request<()>,
    intake: Intake<B>,
}

/// An exchange, with what of the client's request the engine does not need.
struct Asked<B> {
    engine: Engine,
    exchange: Exchange,
    bodiless: bool,
    extensions: Extensions,
    unread: Option<B>,
    deadline: Deadline,
}

/// The body is not moved within a pin before it is boxed.
impl<B> Unpin for Serving<B> {}

impl<B> Serving<B>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    /// Brings `request`, whose URI is absolute or whose `host` header names the host, to `engine`.
    pub fn new(engine: Engine, request: http::Request<B>) -> Self {
        Self(State::New(engine, request))
    }
}

impl<B> Future for Serving<B>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<Served<B>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let going_on = match mem::replace(&mut self.0, State::Done) {
                State::New(engine, request) if request.body().is_end_stream() => {
                    if let Some(response) = reply_at_once(&engine, &RequestRef::of(&request, &[])) {
                        return Poll::Ready(Ok(Served::Reply(response)));
                    }
                    let (parts, body) = request.into_parts();
                    let head = http::Request::from_parts(parts, ());
                    let mut asked = Asked::new(engine, head, Some(body));
                    asked.exchange.body(Bytes::new());
                    match asked.decide(None) {
                        Ok(done) => return Poll::Ready(done),
                        Err(going_on) => going_on,
                    }
                }
                State::New(engine, request) => {
                    let (parts, body) = request.into_parts();
                    let (head, intake) = (http::Request::from_parts(parts, ()), Intake::new(body));
                    if is_streamed(&engine, &head) {
                        match Asked::new(engine, head, None).decide(Some(intake)) {
                            Ok(done) => return Poll::Ready(done),
                            Err(going_on) => going_on,
                        }
                    } else {
                        self.0 = State::Reading(Box::new(Reading {
                            engine,
                            head,
                            intake,
                        }));
                        continue;
                    }
                }
                State::Reading(mut reading) => {
                    let Poll::Ready(progress) = reading.intake.poll_at_hand(cx) else {
                        self.0 = State::Reading(reading);
                        return Poll::Pending;
                    };
                    let Reading {
                        engine,
                        head,
                        mut intake,
                    } = *reading;
                    let (asked, rest) = match progress {
                        Ok(Progress::Ended) if intake.len() <= engine.body_limit() => {
                            let body = intake.take();
                            let whole = RequestRef::of(&head, &body);
                            if let Some(response) = reply_at_once(&engine, &whole) {
                                return Poll::Ready(Ok(Served::Reply(response)));
                            }
                            let mut asked = Asked::new(engine, head, None);
                            asked.exchange.body(body);
                            (asked, None)
                        }
                        // What is too long for a matcher is there all the same, for who does not look at it.
                        Ok(_) => (Asked::new(engine, head, None), Some(intake)),
                        Err(error) => {
                            let asked = Asked::<B>::new(engine, head, None);
                            asked.exchange.abort(intake.take());
                            return Poll::Ready(Err(error));
                        }
                    };
                    match asked.decide(rest) {
                        Ok(done) => return Poll::Ready(done),
                        Err(going_on) => going_on,
                    }
                }
                State::GoingOn(mut going_on) => {
                    let polled = going_on.as_mut().poll(cx);
                    if polled.is_pending() {
                        self.0 = State::GoingOn(going_on);
                    }
                    return Poll::Ready(ready!(polled));
                }
                State::Done => return Poll::Pending,
            };
            self.0 = State::GoingOn(going_on);
        }
    }
}

type GoingOn<B> = Pin<Box<dyn Future<Output = Result<Served<B>, Error>> + Send>>;

impl<B> Asked<B>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn new(engine: Engine, head: http::Request<()>, unread: Option<B>) -> Self {
        let (parts, ()) = head.into_parts();
        let bodiless = parts.method == Method::HEAD;
        let head = Request::from_parts(
            parts.method,
            parts.uri,
            parts.version,
            parts.headers,
            Bytes::new(),
        );
        let deadline = Deadline::of(&engine, head.headers());
        let exchange = engine.admit(head).immediate();
        Self {
            deadline,
            engine,
            exchange,
            bodiless,
            extensions: parts.extensions,
            unread,
        }
    }

    /// Asks the engine; what cannot be answered at once goes on, with the body that is still to come.
    fn decide(mut self, intake: Option<Intake<B>>) -> Result<Result<Served<B>, Error>, GoingOn<B>> {
        match at_once(self.exchange.step(), self.bodiless) {
            Ok(done) => {
                let rest = intake.and_then(|intake| read_on(&mut self.exchange, intake));
                Ok(beside(done, rest))
            }
            Err(step) => Err(self.go_on(step, intake)),
        }
    }

    fn go_on(mut self, mut step: Step, mut intake: Option<Intake<B>>) -> GoingOn<B> {
        Box::pin(async move {
            let (mut loan, mut rest) = (None, None);
            loop {
                match step {
                    Step::Body { limit } => {
                        let read = match &mut intake {
                            Some(intake) => self.deadline.meets(intake.whole(limit)).await,
                            None => Some(Ok(Bytes::new())),
                        };
                        let Some(read) = read else {
                            let came = intake.map(|mut intake| intake.take());
                            self.exchange.abort(came.unwrap_or_default());
                            return Ok(late());
                        };
                        match read {
                            Ok(body) => self.exchange.body(body),
                            Err(error @ Error::BodyTooLong { .. }) => {
                                self.exchange.refuse(&error.to_string());
                                return Err(error);
                            }
                            Err(error) => {
                                let came = intake.map(|mut intake| intake.take());
                                self.exchange.abort(came.unwrap_or_default());
                                return Err(error);
                            }
                        }
                        intake = None;
                    }
                    Step::Stream => match intake.take() {
                        Some(intake) => {
                            let lent = Loan::new(&mut self.exchange, intake, false);
                            rest = time::start(Box::pin(lent.clone().read_on()));
                            loan = Some(lent);
                        }
                        None => self.exchange.body(Bytes::new()),
                    },
                    Step::Await(awaiting) => {
                        let Some(awaited) = self.deadline.meets(awaiting).await else {
                            return Ok(late());
                        };
                        if let Some(error) = loan.as_ref().and_then(Loan::broken) {
                            return Err(error);
                        }
                        self.exchange.resume(awaited);
                    }
                    Step::Decided(Outcome::Reply(answered)) => {
                        let read_on = |intake| read_on(&mut self.exchange, intake);
                        let rest = rest.or_else(|| intake.and_then(read_on));
                        return beside(self.reply(answered).await, rest);
                    }
                    Step::Decided(Outcome::Converse(conversing)) => {
                        let failed = conversing.refuse(Error::NO_STREAM);
                        return Err(Error::NoStream(failed));
                    }
                    Step::Decided(Outcome::PassThrough(passed)) => {
                        return self.pass(passed, intake).await;
                    }
                    _ => return Err(Error::Versions),
                }
                match at_once(self.exchange.step(), self.bodiless) {
                    Ok(done) => {
                        let read_on = |intake| read_on(&mut self.exchange, intake);
                        let rest = rest.or_else(|| intake.and_then(read_on));
                        return beside(done, rest);
                    }
                    Err(next) => step = next,
                }
            }
        })
    }

    /// Waits, breaks off or answers, as the reply says, up to its head; its body does the rest.
    async fn reply(&mut self, answered: Answered) -> Result<Served<B>, Error> {
        let Answered { reply, ticket, .. } = answered;
        if let Some(why) = reply.without_meaning(Transport::InProcess) {
            return Err(Error::Failed(ticket.refuse(&why)));
        }
        let mut actions = reply.actions().collect::<Vec<_>>().into_iter();
        while let Some(action) = actions.next() {
            match action {
                // Nobody connects here, so the wait is before the head; and nobody would see an informational head.
                Action::Informational(_) => {}
                Action::Wait(duration) | Action::WaitToConnect(duration) => {
                    let wait = time::sleep(&self.engine, duration);
                    if self.deadline.meets(wait).await.is_none() {
                        return Ok(late());
                    }
                }
                Action::Hold(gate) => {
                    if self.deadline.meets(gate.opened()).await.is_none() {
                        return Ok(late());
                    }
                }
                Action::Fault(fault) => {
                    ticket.settle();
                    return match fault.to_io_error() {
                        Some(error) => Err(Error::Fault(error)),
                        None => std::future::pending().await,
                    };
                }
                Action::Head(head) => {
                    let body = if self.bodiless || is_bodiless(reply.status()) {
                        ticket.settle();
                        ReplyBody::from(Bytes::new())
                    } else if matches!(actions.as_slice(), [] | [Action::Chunk(_)])
                        && !matches!(reply.as_body(), standin_core::Body::Chunks(_))
                    {
                        ticket.settle();
                        ReplyBody::from(reply.as_body().to_bytes())
                    } else {
                        let deadline = mem::take(&mut self.deadline);
                        ReplyBody::played(self.engine.clone(), actions.collect(), ticket, deadline)
                    };
                    return Ok(Served::Reply(head.with_body(body)));
                }
                _ => return Err(Error::Versions),
            }
        }
        Err(Error::Versions)
    }

    async fn pass(mut self, passed: Passed, intake: Option<Intake<B>>) -> Result<Served<B>, Error> {
        let Passed {
            request, ticket, ..
        } = passed;
        let mut request = request.into_http();
        if let Some(mut intake) = intake {
            let body = intake.whole(usize::MAX).await?;
            if let Some(mut upload) = self.exchange.upload() {
                upload.push(&body);
                upload.end();
            }
            *request.body_mut() = body;
        }
        *request.extensions_mut() = mem::take(&mut self.extensions);
        Ok(Served::PassThrough(Box::new(Through {
            request,
            unread: self.unread,
            ticket,
        })))
    }
}

/// The answer to a call of gRPC whose time is over.
fn late<B>() -> Served<B> {
    Served::Reply(deadline::answer(ReplyBody::from(Bytes::new())))
}

/// Whether a closure takes the body as it comes, so that none of it is read ahead.
fn is_streamed(engine: &Engine, head: &http::Request<()>) -> bool {
    if engine.reads_ahead() {
        return false;
    }
    let whole = Request::from(head.clone().map(|()| Bytes::new()));
    engine.body_use(&whole) == BodyUse::Streamed
}

/// Reads the body on, which the decision did not need: on a task where there is a runtime, else with the reply's body.
fn read_on<B>(exchange: &mut Exchange, intake: Intake<B>) -> Option<Task>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    let upload = exchange.upload()?;
    time::start(Box::pin(intake.read_on(upload)))
}

/// What could not be started goes on with the reply's body.
fn beside<B>(served: Result<Served<B>, Error>, rest: Option<Task>) -> Result<Served<B>, Error> {
    match (served, rest) {
        (Ok(Served::Reply(response)), Some(rest)) => {
            Ok(Served::Reply(response.map(|body| body.beside(rest))))
        }
        (served, _) => served,
    }
}

/// The response to a whole request of an in-process client, where a look at the request is enough to know it
/// ([`Engine::reply_at_once`]); `None` says nothing about it, and nothing has happened.
fn reply_at_once<B: From<Bytes>>(
    engine: &Engine,
    request: &RequestRef<'_>,
) -> Option<http::Response<B>> {
    let reply = engine.reply_at_once(request)?;
    Some(plain(&reply, request.method() == Method::HEAD))
}

/// Carries out a decision for which there is nothing to wait; gives back any other step.
fn at_once<B>(step: Step, bodiless: bool) -> Result<Result<Served<B>, Error>, Step> {
    match step {
        Step::Decided(Outcome::Reply(Answered { reply, ticket, .. })) if reply.is_plain() => {
            ticket.settle();
            Ok(Ok(Served::Reply(plain(&reply, bodiless))))
        }
        Step::Decided(Outcome::Unmatched(unmatched)) => Ok(Err(Error::Unmatched(unmatched))),
        Step::Decided(Outcome::Failed(failed)) => Ok(Err(Error::Failed(failed))),
        Step::Decided(Outcome::Ended) => Ok(Err(Error::Ended)),
        step => Err(step),
    }
}

fn plain<B: From<Bytes>>(reply: &Reply, bodiless: bool) -> http::Response<B> {
    reply.head().with_body(plain_body(reply, bodiless).into())
}

/// The body of a [plain](Reply::is_plain) reply; that to a `HEAD` is `bodiless`.
pub fn plain_body(reply: &Reply, bodiless: bool) -> Bytes {
    match bodiless || is_bodiless(reply.status()) {
        true => Bytes::new(),
        false => reply.as_body().to_bytes(),
    }
}

/// A reply with such a status has no body, whatever its headers say.
fn is_bodiless(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

impl<B> fmt::Debug for Serving<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::New(..) => "Serving(new)",
            State::Reading(_) => "Serving(reading the request)",
            State::GoingOn(_) => "Serving(going on)",
            State::Done => "Serving(done)",
        })
    }
}
