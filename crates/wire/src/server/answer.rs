//! The way of one request on a wire: from its head to the engine, and from the outcome to the head of a response.

use std::fmt;
use std::future::{Future, Ready, poll_fn, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Either;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, TRAILER};
use http::{HeaderValue, Method, Response, StatusCode, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use standin_core::{
    Action, Answered, Body, Engine, Exchange, Fault, Head, Outcome, Reason, Reply, Request, Step,
    Style, Ticket,
};

use super::carrier::Cut;
use super::farewell::{Farewell, UnderWay};
use super::origin::Origin;
use super::outgoing::Outgoing;
use crate::body::ReplyBody;
use crate::error::Error;
use crate::intake::{Intake, Progress};
use crate::seat::Seat;
use crate::time;

/// How long the next piece of a body whose length nobody knows is waited for, when no mock asks for it: the journal shows it.
const GRACE: Duration = Duration::from_millis(50);

/// Answers the requests of one connection.
#[derive(Clone)]
pub(super) struct Answering(Arc<Connection>);

struct Connection {
    seat: Seat,
    origin: Origin,
    cut: Cut,
    farewell: Farewell,
}

impl Answering {
    pub(super) fn new(seat: Seat, origin: Origin, cut: Cut, farewell: Farewell) -> Self {
        Self(Arc::new(Connection {
            seat,
            origin,
            cut,
            farewell,
        }))
    }
}

type Answer = Result<Response<Outgoing>, Broken>;

/// There is no answer: the connection ends.
#[derive(Debug)]
pub(super) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection breaks off")
    }
}

impl std::error::Error for Broken {}

impl hyper::service::Service<http::Request<Incoming>> for Answering {
    type Response = Response<Outgoing>;
    type Error = Broken;
    type Future = Either<Ready<Answer>, GoingOn>;

    /// The way that nearly every request takes (no body, a plain reply) is gone at once, and no future is made for it.
    fn call(&self, request: http::Request<Incoming>) -> Self::Future {
        let connection = &self.0;
        let under_way = connection.farewell.begin();
        let Ok(engine) = connection.seat.engine() else {
            return Either::Left(ready(connection.break_off(Fault::Closed)));
        };
        let (parts, body) = request.into_parts();
        let asked = Asked {
            version: parts.version,
            is_head: parts.method == Method::HEAD,
        };
        // Whoever asks first whether to send is not told to before somebody wants the body.
        let asks_first = parts.headers.contains_key(EXPECT);
        let uri = connection.origin.complete(parts.uri, &parts.headers);
        let head = Request::from_parts(
            parts.method,
            uri,
            parts.version,
            parts.headers,
            Bytes::new(),
        );
        let mut going_on = GoesOn {
            connection: Arc::clone(connection),
            engine,
            asked,
            waiting: None,
        };
        if body.is_end_stream() {
            let mut exchange = going_on.engine.admit_whole(head);
            return match exchange.step() {
                Step::Decided(Outcome::Reply(Answered { reply, ticket, .. }))
                    if reply.is_plain() =>
                {
                    let response = asked.plain(&reply, ticket);
                    Either::Left(ready(Ok(connection.sent(response, under_way))))
                }
                step => {
                    let answer = going_on.go_on(exchange, step);
                    Either::Right(Box::pin(sent(Arc::clone(connection), under_way, answer)))
                }
            };
        }
        going_on.waiting = Some(Waiting {
            asks_first,
            known: body.size_hint().exact(),
            intake: Intake::new(body),
        });
        let answer = going_on.read(head);
        Either::Right(Box::pin(sent(Arc::clone(connection), under_way, answer)))
    }
}

async fn sent(
    connection: Arc<Connection>,
    under_way: UnderWay,
    answer: impl Future<Output = Answer>,
) -> Answer {
    Ok(connection.sent(answer.await?, under_way))
}

type GoingOn = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A request whose body has to come, or whose answer has to be waited for.
struct GoesOn {
    connection: Arc<Connection>,
    engine: Engine,
    asked: Asked,
    waiting: Option<Waiting>,
}

impl GoesOn {
    async fn read(mut self, head: Request) -> Answer {
        let admitted = match &mut self.waiting {
            None => Ok(self.engine.admit_whole(head)),
            Some(waiting) => waiting.admit(&self.engine, head).await,
        };
        match admitted {
            Ok(mut exchange) => {
                let step = exchange.step();
                self.go_on(exchange, step).await
            }
            // The client has left in the middle.
            Err(_) => Err(Broken),
        }
    }

    async fn go_on(mut self, mut exchange: Exchange, mut step: Step) -> Answer {
        let asked = self.asked;
        let outcome = loop {
            match step {
                Step::Body { limit } => {
                    let read = match &mut self.waiting {
                        Some(waiting) => waiting.whole(limit).await,
                        None => Ok(Bytes::new()),
                    };
                    match read {
                        Ok(body) => exchange.body(body),
                        Err(error @ Error::BodyTooLong { .. }) => {
                            exchange.refuse(&error.to_string());
                            return Ok(asked.said(
                                StatusCode::PAYLOAD_TOO_LARGE,
                                "refused",
                                error.to_string(),
                            ));
                        }
                        Err(_) => return Err(Broken),
                    }
                }
                Step::Await(awaiting) => {
                    let awaited = awaiting.await;
                    exchange.resume(awaited);
                }
                Step::Decided(outcome) => break outcome,
                _ => return Ok(asked.misfit()),
            }
            step = exchange.step();
        };
        Ok(match outcome {
            Outcome::Reply(answered) => {
                return asked.reply(&self.connection, self.engine, answered).await;
            }
            Outcome::Unmatched(unmatched) => asked.said(
                StatusCode::NOT_IMPLEMENTED,
                "unmatched",
                unmatched.report().render(Style::plain()),
            ),
            Outcome::Failed(failed) => asked.said(
                StatusCode::INTERNAL_SERVER_ERROR,
                "failed",
                failed.to_string(),
            ),
            Outcome::PassThrough(passed) => {
                // It goes nowhere, and the journal shall not say that it did.
                drop(passed);
                asked.said(
                    StatusCode::NOT_IMPLEMENTED,
                    "no-network",
                    Error::NoNetwork.to_string(),
                )
            }
            Outcome::Ended => return self.connection.break_off(Fault::Closed),
            _ => asked.misfit(),
        })
    }
}

impl Connection {
    /// The response as it leaves; the exchange is under way until its body is written.
    fn sent(&self, mut response: Response<Outgoing>, under_way: UnderWay) -> Response<Outgoing> {
        if self.farewell.is_said() && response.version() < Version::HTTP_2 {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.map(|body| body.under_way(under_way))
    }

    fn break_off(&self, fault: Fault) -> Answer {
        self.cut.make(fault);
        Err(Broken)
    }
}

/// A body that is still to come.
struct Waiting {
    asks_first: bool,
    known: Option<u64>,
    intake: Intake<Incoming>,
}

/// The longest body of a known length that is read before anybody asks for it.
const READ_AHEAD: u64 = 256 << 20;

impl Waiting {
    /// The journal shows bodies that no mock asks for, so what will come soon is waited for.
    async fn admit(&mut self, engine: &Engine, head: Request) -> Result<Exchange, Error> {
        if self.asks_first {
            return Ok(engine.admit(head));
        }
        match self.known {
            Some(length) if length <= READ_AHEAD => {
                let body = self.intake.whole(usize::MAX).await?;
                Ok(engine.admit_whole(head.with_body(body)))
            }
            Some(_) => Ok(engine.admit(head)),
            None => Ok(match self.at_hand(engine).await? {
                Progress::Ended => engine.admit_whole(head.with_body(self.intake.take())),
                Progress::Open => engine.admit(head),
            }),
        }
    }

    async fn whole(&mut self, limit: usize) -> Result<Bytes, Error> {
        if self.known.is_some_and(|length| length > limit as u64) {
            return Err(Error::BodyTooLong { limit });
        }
        self.intake.whole(limit).await
    }

    async fn at_hand(&mut self, engine: &Engine) -> Result<Progress, Error> {
        loop {
            let before = self.intake.len();
            let mut grace = pin!(time::sleep(engine, GRACE));
            let progress = poll_fn(|cx| match self.intake.poll_at_hand(cx) {
                Poll::Ready(Ok(Progress::Open)) if self.intake.len() == before => {
                    grace.as_mut().poll(cx).map(|()| Ok(Progress::Open))
                }
                polled => polled,
            })
            .await?;
            let has_grown = self.intake.len() > before;
            if matches!(progress, Progress::Ended)
                || !has_grown
                || self.intake.len() as u64 > READ_AHEAD
            {
                return Ok(progress);
            }
        }
    }
}

/// What of a request decides how its response is written.
#[derive(Clone, Copy)]
struct Asked {
    version: Version,
    is_head: bool,
}

impl Asked {
    /// A reply with nothing to wait for.
    fn plain(self, reply: &Reply, ticket: Ticket) -> Response<Outgoing> {
        self.headed(reply.head(), reply, |is_sized| {
            Outgoing::whole(self.body(reply), Some(ticket), is_sized)
        })
    }

    /// Waits, breaks off or answers, as the reply says, up to its head; its body does the rest.
    async fn reply(self, connection: &Connection, engine: Engine, answered: Answered) -> Answer {
        let Answered { reply, ticket, .. } = answered;
        if reply.is_plain() {
            return Ok(self.plain(&reply, ticket));
        }
        let mut actions = reply.actions().collect::<Vec<_>>().into_iter();
        while let Some(action) = actions.next() {
            match action {
                Action::Wait(duration) => time::sleep(&engine, duration).await,
                Action::Hold(gate) => gate.opened().await,
                Action::Fault(fault) => {
                    ticket.settle();
                    return match fault {
                        Fault::Hang => std::future::pending().await,
                        fault => connection.break_off(fault),
                    };
                }
                Action::Head(head) => {
                    let is_one_piece = !matches!(reply.as_body(), Body::Chunks(_))
                        && !actions
                            .as_slice()
                            .iter()
                            .any(|left| !matches!(left, Action::Chunk(_)));
                    return Ok(self.headed(head, &reply, |is_sized| {
                        if is_one_piece || self.is_bodiless(reply.status()) {
                            Outgoing::whole(self.body(&reply), Some(ticket), is_sized)
                        } else {
                            Outgoing::played(ReplyBody::played(engine, actions.collect(), ticket))
                        }
                    }));
                }
                _ => break,
            }
        }
        Ok(self.misfit())
    }

    /// The response of a declared head, in a form that hyper can write.
    fn headed(
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
        let trailers = match reply.is_plain() {
            true => None,
            false => reply.actions().find_map(|action| match action {
                Action::Trailers(trailers) => Some(trailers),
                _ => None,
            }),
        };
        if let Some(trailers) = trailers
            && self.version < Version::HTTP_2
            && !head.headers().contains_key(TRAILER)
        {
            // HTTP/1.1 announces its trailers, and hyper leaves out what is not.
            let names: Vec<&str> = trailers.keys().map(|name| name.as_str()).collect();
            if let Ok(names) = HeaderValue::try_from(names.join(", ")) {
                head.headers_mut().insert(TRAILER, names);
            }
        }
        let declared = head.headers().get(CONTENT_LENGTH);
        let is_sized = declared.is_none_or(|declared| {
            let length = declared.to_str().ok().and_then(|text| text.parse().ok());
            self.is_head || length == Some(self.body_length(reply))
        });
        head.map(|()| body(is_sized))
    }

    fn body(self, reply: &Reply) -> Bytes {
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
    fn is_bodiless(self, status: StatusCode) -> bool {
        self.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
    }

    fn misfit(self) -> Response<Outgoing> {
        let said = Error::Versions.to_string();
        self.said(StatusCode::NOT_IMPLEMENTED, "versions", said)
    }

    /// An answer of standin's own: `what` stands in the header `x-standin`.
    fn said(self, status: StatusCode, what: &'static str, text: String) -> Response<Outgoing> {
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
