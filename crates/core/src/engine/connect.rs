//! Before a request there is a connection, which may be slow or never be: its faults are claimed when the client connects.
//!
//! No request is there to be matched, so method and path play no part: the first mock in order whose authority fits, and whose
//! next reply strikes now, is claimed. The journal shows a call with the method CONNECT.
//!
//! An adapter whose client says to whom it connects asks [`Engine::connect_at`], step by step, and leaves out the steps that it does
//! not take. One that listens hears of a connection that is there already, and of whom the client means only where it is: it asks
//! [`Engine::accept_at`]. [`Engine::meets`] claims nothing: it is for who has to know beforehand that something will be decided.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Uri, Version};

use crate::engine::ask::message;
use crate::engine::carried::Accepted;
use crate::engine::claim::{draw, wake};
use crate::engine::outcome::{Answered, Failed, Outcome, Passed, Ticket};
use crate::engine::unmatched::Unmatched;
use crate::engine::{Engine, exchange, trace};
use crate::journal::{Entry, Record, Settled};
use crate::network::Destination;
use crate::registry::Live;
use crate::reply::plan::{self, Step};
use crate::reply::{Fault, FaultStep, Reply};
use crate::request::Request;

/// What a client meets that connects.
#[derive(Debug)]
#[must_use = "a decision does nothing until it is carried out"]
#[non_exhaustive]
pub enum Connect {
    /// A connection, after this wait. Its requests are asked about when they come.
    Open(Option<Duration>),
    /// No connection, or one that is broken at once: the reply's actions are waits and a fault.
    Fault(Answered),
    /// A closure of the test panicked.
    Failed(Failed),
    /// A connection whose bytes a mock of connections hears and answers.
    Serve(Box<Accepted>),
    /// No connection: only mocks of connections have this authority, and none of them has a use left.
    Unmatched(Unmatched),
    /// As [`Unmatched`](Self::Unmatched), but the network policy lets it out.
    PassThrough(Passed),
}

/// What a mock does where a step is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Strikes,
    /// Its step is over, where nobody met it: it is left for the request.
    Passes,
    /// Its step is still to come, and with it the turn of its mock.
    Comes,
}

impl Turn {
    /// Of a mock's fault, and where it has none of what serves a connection.
    fn at(step: FaultStep, live: &Live, fault: Option<&Fault>) -> Self {
        // Of a connection of bytes no request follows: what did not strike before strikes while it connects.
        let mine = match fault {
            Some(fault) if live.is_of_connections() => fault.step().min(FaultStep::Connect),
            Some(fault) => fault.step(),
            None => FaultStep::Connect,
        };
        match mine.cmp(&step) {
            Ordering::Equal => Self::Strikes,
            Ordering::Less if live.is_of_connections() && step == FaultStep::Connect => {
                Self::Strikes
            }
            Ordering::Less => Self::Passes,
            Ordering::Greater => Self::Comes,
        }
    }
}

impl Engine {
    /// Asks what a client meets at `step` of connecting to `to`, for an adapter that has the bytes of the connection: a slow look-up or
    /// connect, a fault of resolving, connecting or TLS, a reset as soon as the connection is there. Only a fault of `step` strikes. It is the first
    /// mock whose turn it is, as ever: one whose fault is of a later step holds back those behind it, and a fault of a step before, which
    /// this client did not take, is left for the request. Whether a connection is the engine's to decide about at all,
    /// [`claims`](Self::claims) says.
    ///
    /// Without a port, mocks of any port fit. A slow look-up is met at [`FaultStep::Resolve`], a slow connect and a mock of connections
    /// (`mock::tcp(..)`) at [`FaultStep::Connect`]; the latter is claimed here. Where those are the only ones of this authority, and none has a use left,
    /// there is no connection, and the journal has a CONNECT that nothing matched.
    pub fn connect_at(&self, to: &Destination, step: FaultStep) -> Connect {
        let fits = |live: &Live| match to.port {
            Some(port) => live.connects(&to.host, port),
            None => live.is_of(&to.host),
        };
        match self.meet(to, fits, step, |live, fault| Turn::at(step, live, fault)) {
            Connect::Open(None) if step == FaultStep::Connect => self.turn_away(to, |_| false),
            met => met,
        }
    }

    /// As [`connect_at`](Self::connect_at), for a listener at `at` that has accepted a connection and knows no more of whom the client
    /// means: mocks of a path alone fit too, and on loopback those of `localhost`. There is [`FaultStep::Accept`], at which a mock of
    /// connections is claimed, and [`FaultStep::Tls`]; what comes before has gone by, and is left for the request.
    pub fn accept_at(&self, at: &Destination, step: FaultStep) -> Connect {
        let port = at.port.unwrap_or(0);
        let fits = |live: &Live| match live.is_of_connections() {
            true => live.connects(&at.host, port),
            false => live.listens(&at.host, port),
        };
        let turn = |live: &Live, fault: Option<&Fault>| match live.is_of_connections() {
            true if step == FaultStep::Accept => Turn::Strikes,
            true => Turn::Passes,
            false => Turn::at(step, live, fault),
        };
        match self.meet(at, fits, step, turn) {
            Connect::Open(None) if step == FaultStep::Accept => {
                self.turn_away(at, |live| live.listens(&at.host, port))
            }
            Connect::Open(_) => Connect::Open(None),
            met => met,
        }
    }

    fn meet(
        &self,
        to: &Destination,
        fits: impl Fn(&Live) -> bool,
        step: FaultStep,
        turn: impl Fn(&Live, Option<&Fault>) -> Turn,
    ) -> Connect {
        let mocks = {
            let state = self.state();
            match state.registry.meets_connections() {
                true => state.registry.in_order(),
                false => return Connect::Open(None),
            }
        };
        let fitting = mocks
            .iter()
            .filter(|live| live.meets_connections() && live.is_open() && fits(live));
        for live in fitting {
            let next = live.uses() + 1;
            if let Step::Serve(_) = live.declaration.plan.step(next) {
                match turn(live, None) {
                    Turn::Strikes => {}
                    Turn::Passes => continue,
                    Turn::Comes => return Connect::Open(None),
                }
                if let Some(conversing) = self.claim_connection(live, to) {
                    return Connect::Serve(Box::new(conversing));
                }
                continue;
            }
            let Some(reply) = self.value(live, next).filter(|it| it.meets_connections()) else {
                continue;
            };
            match reply.as_fault().filter(|fault| fault.strikes_at_connect()) {
                Some(fault) => match turn(live, Some(fault)) {
                    Turn::Strikes => {
                        if let Some(met) = self.strike(live, to, &turn) {
                            return met;
                        }
                    }
                    Turn::Passes => {}
                    Turn::Comes => return Connect::Open(None),
                },
                None => {
                    let length = catch_unwind(AssertUnwindSafe(|| {
                        let drawn = draw(self, live.id, next, &reply);
                        // Who connects to an address has looked nothing up.
                        let is_due =
                            |of| of == step && (of != FaultStep::Resolve || to.ip().is_none());
                        let due = drawn.connect_delays().filter(|(of, _)| is_due(*of));
                        due.filter_map(|(_, delay)| delay.fixed())
                            .reduce(Duration::saturating_add)
                    }));
                    return match length {
                        Ok(length) => Connect::Open(length),
                        Err(payload) => self.connect_panicked(live, to, message(payload)),
                    };
                }
            }
        }
        Connect::Open(None)
    }

    /// Whether something is to be decided when a client connects to `to`, before it says a request: there are mocks of connections, or
    /// faults and waits of connecting.
    pub fn meets(&self, to: &Destination) -> bool {
        let port = to.port.unwrap_or(0);
        let state = self.state();
        let mut mocks = state.registry.iter();
        state.registry.meets_connections()
            && mocks.any(|live| live.meets_connections() && live.connects(&to.host, port))
    }

    /// The version of HTTP that a server of this authority should speak where it may choose: a mock with a use left declares what
    /// that alone can carry out, such as half a head (HTTP/1.1) or GOAWAY (HTTP/2); of several such mocks the first one. `None` where there is
    /// none. `is_named` says whether the client connected by that very name, as with
    /// [`connect_at`](Self::connect_at), or to a listener that may stand for any, as with [`accept_at`](Self::accept_at).
    pub fn wanted_version(&self, to: &Destination, is_named: bool) -> Option<Version> {
        let port = to.port.unwrap_or(0);
        let fits = |live: &Live| match is_named {
            true => live.connects(&to.host, port),
            false => live.listens(&to.host, port),
        };
        let state = self.state();
        if !state.registry.wants_version() {
            return None;
        }
        let mut mocks = state.registry.iter();
        mocks.find_map(|live| live.wanted_version().filter(|_| fits(live)))
    }

    /// Claims a connection of bytes; `None` when another was faster.
    fn claim_connection(&self, live: &Arc<Live>, to: &Destination) -> Option<Accepted> {
        self.note_thread();
        let bare = Destination {
            scheme: String::new(),
            ..to.clone()
        };
        let record = Record::of(&request_of(&bare), self.body_bound());
        let at = self.elapsed();
        let mut state = self.state();
        let Step::Serve(serve) = live.declaration.plan.step(live.uses() + 1) else {
            return None;
        };
        let serve = serve.clone();
        let pipe = serve.pipe();
        let taken = state.take_use(live)?;
        let entry = Entry::claimed(at, taken.stamp, taken.scope, record, Arc::clone(live));
        let (claim, displaced) = state.write(taken, entry.with_pipe(pipe.clone()));
        wake(state);
        drop(displaced);
        Some(Accepted::new(self, claim.call, pipe, serve, bare))
    }

    /// Turns away who connects to an authority that mocks of connections alone have: none of them has taken it.
    fn turn_away(&self, to: &Destination, listens: impl Fn(&Live) -> bool) -> Connect {
        let port = to.port.unwrap_or(0);
        let (mut of_connections, mut of_requests) = (false, false);
        let state = self.state();
        if !state.registry.meets_connections() {
            return Connect::Open(None);
        }
        for live in state.registry.iter() {
            let claims = live.authority().claims(&to.host, port);
            match live.is_of_connections() {
                true => of_connections |= claims,
                false => of_requests |= claims || listens(live),
            }
        }
        drop(state);
        if !of_connections || of_requests {
            return Connect::Open(None);
        }
        let bare = Destination {
            scheme: String::new(),
            ..to.clone()
        };
        match self.admit_whole(request_of(&bare)).step() {
            exchange::Step::Decided(Outcome::Unmatched(unmatched)) => Connect::Unmatched(unmatched),
            exchange::Step::Decided(Outcome::PassThrough(passed)) => Connect::PassThrough(passed),
            exchange::Step::Decided(Outcome::Failed(failed)) => Connect::Failed(failed),
            _ => Connect::Open(None),
        }
    }

    /// The reply of a use, where it is a value.
    fn value(&self, live: &Live, number: u64) -> Option<Arc<Reply>> {
        let plan = &live.declaration.plan;
        plan.value(number, || plan::draw(self.seed(), live.id, number))
    }

    /// Claims a fault; `None` when another was faster.
    fn strike(
        &self,
        live: &Arc<Live>,
        to: &Destination,
        turn: impl Fn(&Live, Option<&Fault>) -> Turn,
    ) -> Option<Connect> {
        let (at, record) = (
            self.elapsed(),
            Record::of(&request_of(to), self.body_bound()),
        );
        let mut state = self.state();
        // Still so, now that nobody comes between.
        let reply = self.value(live, live.uses() + 1)?;
        reply
            .as_fault()
            .filter(|it| it.strikes_at_connect() && turn(live, Some(it)) == Turn::Strikes)?;
        let taken = state.take_use(live)?;
        state.drew |= matches!(
            live.declaration.plan.step(taken.number),
            Step::Chance { .. }
        );
        let entry = Entry::claimed(at, taken.stamp, taken.scope, record, Arc::clone(live));
        let (claim, displaced) = state.write(taken, entry);
        wake(state);
        drop(displaced);
        let drawn = catch_unwind(AssertUnwindSafe(|| {
            draw(self, live.id, claim.number, &reply)
        }));
        Some(match drawn {
            Ok(reply) => {
                trace::call(self, claim.call, "faulted");
                Connect::Fault(Answered {
                    ticket: Ticket::new(self.clone(), claim.call, Some(Arc::clone(&reply))),
                    reply,
                })
            }
            Err(payload) => {
                let said = message(payload);
                self.fail(claim.call, Settled::Panicked, &said);
                trace::call(self, claim.call, "failed");
                Connect::Failed(Failed::panicked(live, said))
            }
        })
    }

    fn connect_panicked(&self, live: &Arc<Live>, to: &Destination, said: String) -> Connect {
        let record = Record::of(&request_of(to), self.body_bound());
        let at = self.elapsed();
        let mut state = self.state();
        let (stamp, scope) = (state.next_stamp(), state.innermost().id);
        let entry = Entry::of_no_mock(at, stamp, scope, record, Settled::Pending, Vec::new());
        let (call, displaced) = state.journal.push(entry);
        state.journal.blame(call, live);
        drop(state);
        drop(displaced);
        self.fail(call, Settled::Panicked, &said);
        trace::call(self, call, "failed");
        Connect::Failed(Failed::panicked(live, said))
    }
}

/// How the journal shows it.
fn request_of(to: &Destination) -> Request {
    let authority = match to.port {
        Some(port) => format!("{}:{port}", to.host),
        None => to.host.clone(),
    };
    let mut uri = http::uri::Parts::default();
    uri.authority = Authority::try_from(authority).ok();
    if uri.authority.is_some()
        && let Ok(scheme) = Scheme::try_from(to.scheme.as_str())
    {
        uri.scheme = Some(scheme);
        uri.path_and_query = Some(PathAndQuery::from_static("/"));
    }
    Request::connect(Uri::from_parts(uri).unwrap_or_default())
}
