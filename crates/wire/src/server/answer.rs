//! The way of one request on a wire: from its head to the engine, and from the outcome to the head of a response.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::Either;
use http::header::{CONNECTION, CONTENT_TYPE, EXPECT};
use http::{HeaderValue, Method, Response, StatusCode, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use standin_core::grpc::is_grpc;
use standin_core::{
    Action, Answered, Body, BodyUse, Engine, Exchange, Fault, Outcome, Passed, Request, Step,
    Style, Transport,
};

use super::asked::Asked;
use super::beside::Beside;
use super::carrier::Cut;
use super::conversation;
use super::farewell::{Farewell, UnderWay};
use super::faults::{self, Broken};
use super::heard::Heard;
use super::origin::Origin;
use super::outgoing::Outgoing;
use super::tunnel::{Tunnel, names_somebody};
use super::upstream::PassedBody;
use super::waiting::Waiting;
use crate::body::ReplyBody;
use crate::deadline::{self, Deadline};
use crate::error::Error;
use crate::intake::{Intake, Progress};
use crate::lent::Loan;
use crate::seat::Seat;
use crate::time;

/// Answers the requests of one connection.
#[derive(Clone)]
pub(super) struct Answering(Arc<Connection>);

/// What the requests of one connection share.
pub(super) struct Connection {
    pub(super) seat: Seat,
    pub(super) origin: Origin,
    pub(super) cut: Cut,
    pub(super) heard: Heard,
    pub(super) beside: Beside,
    pub(super) farewell: Farewell,
    pub(super) grace: Duration,
    pub(super) is_http2: bool,
}

impl Answering {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self(connection)
    }
}

pub(super) type Answer = Result<Response<Outgoing>, Broken>;

impl hyper::service::Service<http::Request<Incoming>> for Answering {
    type Response = Response<Outgoing>;
    type Error = Broken;
    type Future = Either<Ready<Answer>, GoingOn>;

    /// The way that nearly every request takes (no body, a plain reply) is gone at once, and no future is made for it.
    fn call(&self, mut request: http::Request<Incoming>) -> Self::Future {
        let connection = &self.0;
        let under_way = connection.farewell.begin();
        if connection.is_http2 {
            connection.farewell.crowd();
        }
        let engine = match connection.seat.of_request(request.version()) {
            Ok(engine) => engine,
            // The client asks again, by another connection.
            Err(true) if connection.is_http2 => {
                let refused = h2::Error::from(h2::Reason::REFUSED_STREAM);
                return Either::Left(ready(Err(Broken(Some(refused)))));
            }
            Err(_) => {
                let ended = Arc::clone(connection);
                return Either::Right(Box::pin(
                    async move { ended.break_off(Fault::Closed).await },
                ));
            }
        };
        let asked = Asked {
            version: request.version(),
            is_head: request.method() == Method::HEAD,
            is_grpc: (request.headers().get(CONTENT_TYPE)).is_some_and(|it| is_grpc(it.as_bytes())),
        };
        let is_extended = conversation::is_extended(&request);
        if is_extended {
            conversation::as_upgrade(&mut request);
        }
        let is_connect = request.method() == Method::CONNECT;
        if is_connect && !names_somebody(request.uri()) {
            let response = asked.nowhere(connection, engine);
            return Either::Left(ready(Ok(connection.sent(response, under_way))));
        }
        let is_whole = request.body().is_end_stream();
        if is_whole {
            connection.heard.taken();
        }
        // A goodbye goes ahead of the first answer.
        let says_goodbye = connection.is_http2 && connection.farewell.is_said();
        if is_whole && !is_connect && !says_goodbye {
            let seen = connection.origin.look_at(&request);
            let answered = engine.as_ref().and_then(|it| it.answer_at_once(&seen));
            if let Some(Answered { reply, ticket, .. }) = answered {
                let response = asked.plain(&reply, ticket);
                return Either::Left(ready(Ok(connection.sent(response, under_way))));
            }
        }
        let upgrade = (is_connect || is_extended || conversation::is_asked_for(&request))
            .then(|| hyper::upgrade::on(&mut request));
        if upgrade.is_some() {
            connection.heard.upgraded();
        }
        let (parts, body) = request.into_parts();
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
        let known = engine.map_or_else(|| connection.seat.engine_for(&head), Ok);
        let Ok(engine) = known else {
            let ended = Arc::clone(connection);
            return Either::Right(Box::pin(
                async move { ended.break_off(Fault::Closed).await },
            ));
        };
        let mut going_on = GoesOn {
            connection: Arc::clone(connection),
            engine,
            asked,
            waiting: None,
            tunnel: None,
            upgrade: None,
            deadline: Deadline::default(),
        };
        if asked.is_grpc {
            going_on.deadline = Deadline::of(&going_on.engine, head.headers());
        }
        if !is_connect {
            going_on.upgrade = upgrade;
        } else if let Some(upgrade) = upgrade {
            going_on.tunnel = Tunnel::to(&head, upgrade);
        }
        if is_whole {
            let mut exchange = going_on.engine.admit_whole(head);
            if is_connect {
                exchange = exchange.tunnelling();
            }
            return match exchange.step() {
                Step::Decided(Outcome::Reply(Answered { reply, ticket, .. }))
                    if reply.is_plain() && going_on.tunnel.is_none() && !says_goodbye =>
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
        let body_use = going_on.engine.body_use(&head);
        going_on.waiting = Some(Waiting {
            asks_first: asks_first || body_use == BodyUse::None,
            is_streamed: body_use == BodyUse::Streamed,
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
    let response = answer.await?;
    if connection.is_http2 {
        connection.farewell.ahead().await;
    }
    Ok(connection.sent(response, under_way))
}

type GoingOn = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A request whose body has to come, or whose answer has to be waited for.
struct GoesOn {
    connection: Arc<Connection>,
    engine: Engine,
    asked: Asked,
    waiting: Option<Waiting>,
    tunnel: Option<Tunnel>,
    upgrade: Option<OnUpgrade>,
    deadline: Deadline,
}

impl GoesOn {
    async fn read(mut self, head: Request) -> Answer {
        let mut exchange = self.engine.admit(head);
        if let Some(waiting) = &mut self.waiting {
            let (heard, grace) = (&self.connection.heard, self.connection.grace);
            match waiting.ahead(&self.engine, heard, grace).await {
                Ok(Progress::Ended) => {
                    exchange.body(waiting.intake.take());
                    self.waiting = None;
                }
                Ok(Progress::Open) => {}
                Err(error) => {
                    exchange.abort(waiting.intake.take());
                    return self.asked.broke(&self.connection, &self.engine, &error);
                }
            }
        }
        let step = exchange.step();
        self.go_on(exchange, step).await
    }

    async fn go_on(mut self, mut exchange: Exchange, mut step: Step) -> Answer {
        let asked = self.asked;
        let mut loan = None;
        let outcome = loop {
            match step {
                Step::Body { limit } => {
                    let read = match &mut self.waiting {
                        Some(waiting) => self.deadline.meets(waiting.whole(limit)).await,
                        None => Some(Ok(Bytes::new())),
                    };
                    let Some(read) = read else {
                        let came = self.waiting.map(|mut waiting| waiting.intake.take());
                        exchange.abort(came.unwrap_or_default());
                        return Ok(asked.late());
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
                        Err(error) => {
                            let came = self.waiting.map(|mut waiting| waiting.intake.take());
                            exchange.abort(came.unwrap_or_default());
                            return asked.broke(&self.connection, &self.engine, &error);
                        }
                    }
                    self.waiting = None;
                }
                Step::Stream => match self.waiting.take() {
                    Some(waiting) => {
                        let lent = waiting.lend(&mut exchange);
                        self.connection.beside.add(lent.clone().read_on());
                        loan = Some(lent);
                    }
                    None => exchange.body(Bytes::new()),
                },
                Step::Await(awaiting) => {
                    let Some(awaited) = self.deadline.meets(awaiting).await else {
                        return Ok(asked.late());
                    };
                    // The client has left in the middle, and nobody is there to be answered.
                    if loan.as_ref().and_then(Loan::broken).is_some() {
                        return Err(Broken(None));
                    }
                    exchange.resume(awaited);
                }
                Step::Decided(outcome) => break outcome,
                _ => return Ok(asked.misfit()),
            }
            step = exchange.step();
        };
        let upload = exchange.upload();
        let passed = match outcome {
            Outcome::PassThrough(passed) => {
                if let Some(tunnel) = self.tunnel {
                    let (connection, engine) = (&self.connection, &self.engine);
                    return Ok(tunnel.lead(connection, asked, engine, passed.ticket).await);
                }
                let body = match self.waiting {
                    Some(waiting) => PassedBody::coming(waiting, upload),
                    None => PassedBody::whole(passed.request.body().clone()),
                };
                return asked.pass(&self.connection, passed, body).await;
            }
            outcome => outcome,
        };
        if let (Some(waiting), Some(upload)) = (self.waiting.take(), upload)
            && let Some(reading) = waiting.read_on(upload)
        {
            self.connection.beside.add(reading);
        }
        Ok(match passed {
            Outcome::Tunnel => match self.tunnel {
                Some(tunnel) => tunnel.open(&self.connection, asked),
                None => asked.misfit(),
            },
            Outcome::Reply(answered)
                if self.tunnel.is_some() && answered.reply.status().is_success() =>
            {
                let (connection, engine) = (&self.connection, self.engine);
                let response = asked.reply(connection, engine, answered, self.deadline);
                let response = response.await?;
                match self.tunnel {
                    Some(tunnel) => tunnel.open_with(&self.connection, response),
                    None => response,
                }
            }
            Outcome::Reply(answered) => {
                let (connection, engine) = (&self.connection, self.engine);
                return asked
                    .reply(connection, engine, answered, self.deadline)
                    .await;
            }
            Outcome::Converse(conversing) => {
                conversation::begin(&self.connection, self.upgrade, asked, conversing)
            }
            Outcome::Unmatched(unmatched) => {
                let text = match asked.is_grpc {
                    true => unmatched.to_string(),
                    false => unmatched.report().render(Style::plain()),
                };
                asked.said(StatusCode::NOT_IMPLEMENTED, "unmatched", text)
            }
            Outcome::Failed(failed) => asked.said(
                StatusCode::INTERNAL_SERVER_ERROR,
                "failed",
                failed.to_string(),
            ),
            Outcome::Ended => return self.connection.break_off(Fault::Closed).await,
            _ => asked.misfit(),
        })
    }
}

impl Connection {
    /// The response as it leaves; the exchange is under way until its body is written.
    fn sent(&self, mut response: Response<Outgoing>, under_way: UnderWay) -> Response<Outgoing> {
        let is_last = self.farewell.is_said() && !response.status().is_informational();
        if is_last && response.version() < Version::HTTP_2 {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.map(|body| body.under_way(under_way))
    }

    /// Ends the connection, once what was answered on it before is out.
    async fn break_off(&self, fault: Fault) -> Answer {
        self.cut.end(fault).await
    }
}

impl Asked {
    /// Waits, breaks off or answers, as the reply says, up to its head; its body does the rest.
    async fn reply(
        self,
        connection: &Connection,
        engine: Engine,
        answered: Answered,
        mut deadline: Deadline,
    ) -> Answer {
        let Answered { reply, ticket, .. } = answered;
        if reply.is_plain() {
            return Ok(self.plain(&reply, ticket));
        }
        let without_tls = || reply.without_tls().filter(|_| connection.origin.is_plain());
        if let Some(why) = reply.without_meaning(self.transport()).or_else(without_tls) {
            let failed = ticket.refuse(&why).to_string();
            return Ok(self.said(StatusCode::INTERNAL_SERVER_ERROR, "failed", failed));
        }
        let mut actions = reply.actions().collect::<Vec<_>>().into_iter();
        while let Some(action) = actions.next() {
            match action {
                // Who was asked while connecting has waited.
                Action::WaitToConnect(_) if connection.origin.was_met() => {}
                Action::Wait(duration) | Action::WaitToConnect(duration) => {
                    let wait = time::sleep(&engine, duration);
                    if deadline.meets(wait).await.is_none() {
                        return Ok(self.late());
                    }
                }
                Action::Hold(gate) => {
                    if deadline.meets(gate.opened()).await.is_none() {
                        return Ok(self.late());
                    }
                }
                // Over HTTP/2 it is for hyper to write, and it cannot.
                Action::Informational(head) if self.transport() == Transport::Http2 => {
                    engine.note(faults::unsent(&head));
                }
                Action::Informational(head) => {
                    connection.cut.say(&faults::informational(head)).await
                }
                Action::Noise(bytes) => connection.cut.say(&bytes).await,
                Action::Fault(fault) => {
                    ticket.settle();
                    return faults::carry_out(&connection.cut, fault).await;
                }
                Action::Head(head) => {
                    let is_one_piece = !matches!(reply.as_body(), Body::Chunks(_) | Body::Live(_))
                        && !actions
                            .as_slice()
                            .iter()
                            .any(|left| !matches!(left, Action::Chunk(_)));
                    return Ok(self.headed(head, &reply, |is_sized| {
                        if is_one_piece || self.is_bodiless(reply.status()) {
                            return Outgoing::whole(self.body(&reply), Some(ticket), is_sized);
                        }
                        let body = ReplyBody::played(engine, actions.collect(), ticket, deadline);
                        Outgoing::played(body, connection.cut.clone())
                    }));
                }
                _ => break,
            }
        }
        Ok(self.misfit())
    }

    /// The answer to a call of gRPC whose time is over.
    fn late(self) -> Response<Outgoing> {
        let mut response = deadline::answer(Outgoing::whole(Bytes::new(), None, true));
        *response.version_mut() = self.version;
        response
    }

    /// By the real network, where there is a way to it.
    async fn pass(self, connection: &Connection, passed: Passed, body: PassedBody) -> Answer {
        let Passed {
            request, ticket, ..
        } = passed;
        let Some(upstream) = connection.origin.upstream() else {
            // It goes nowhere, and the journal shall not say that it did.
            drop(ticket);
            let said = Error::NoNetwork.to_string();
            return Ok(self.said(StatusCode::NOT_IMPLEMENTED, "no-network", said));
        };
        let mut request = request.into_http().map(|_| body);
        let uri = std::mem::take(request.uri_mut());
        *request.uri_mut() = connection.origin.absolute(uri, request.headers());
        let sent = upstream.send(request).await;
        ticket.settle();
        Ok(match sent {
            Ok(mut response) => {
                *response.version_mut() = self.version;
                response.map(Outgoing::real)
            }
            Err(error) => {
                let causes =
                    std::iter::successors(Some(&*error as &dyn std::error::Error), |cause| {
                        cause.source()
                    });
                let causes: Vec<String> = causes.map(ToString::to_string).collect();
                let said = format!("{}: {}", Error::NO_ANSWER, causes.join(": "));
                self.said(StatusCode::BAD_GATEWAY, "upstream", said)
            }
        })
    }
}
