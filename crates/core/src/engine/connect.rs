//! Before a request there is a connection, which may be slow or never be: its faults are claimed when the client connects.
//!
//! No request is there to be matched, so method and path play no part: the first mock in order whose authority fits, and whose
//! next reply strikes now, is claimed. The journal shows a call with the method CONNECT.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

use crate::engine::Engine;
use crate::engine::ask::message;
use crate::engine::claim::{draw, wake};
use crate::engine::outcome::{Answered, Failed, Ticket};
use crate::journal::{Entry, Record, Settled};
use crate::network::Destination;
use crate::registry::Live;
use crate::reply::{Delay, Fault, FaultStep, Reply, plan};
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
}

/// What a fault does where a step is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Strikes,
    /// Its step is over, where nobody met it: it is left for the request.
    Passes,
    /// Its step is still to come, and with it the turn of its mock.
    Comes,
}

impl Turn {
    fn at(step: FaultStep, fault: &Fault) -> Self {
        match fault.step().cmp(&step) {
            Ordering::Equal => Self::Strikes,
            Ordering::Less => Self::Passes,
            Ordering::Greater => Self::Comes,
        }
    }
}

impl Engine {
    /// Asks what a client meets that connects to `to`: a slow connect, a fault of resolving, connecting or TLS, a reset as soon
    /// as the connection is there. Whether a connection is the engine's to decide about at all, [`claims`](Self::claims) says.
    pub fn connect(&self, to: &Destination) -> Connect {
        let port = to.port.unwrap_or(0);
        let fits = |live: &Live| live.connects(&to.host, port);
        self.meet(to, fits, |_| Turn::Strikes)
    }

    /// As [`connect`](Self::connect), for a client that is met step by step: only a fault of `step` strikes. It is the first mock
    /// whose turn it is, as ever: one whose fault is of a later step holds back those behind it, and a fault of a step before,
    /// which this client did not take, is left for the request.
    ///
    /// Without a port, mocks of any port fit. A slow connect is that of [`FaultStep::Connect`].
    pub fn meets(&self, to: &Destination, step: FaultStep) -> Connect {
        let fits = |live: &Live| match to.port {
            Some(port) => live.connects(&to.host, port),
            None => live.is_of(&to.host),
        };
        let met = self.meet(to, fits, |fault| Turn::at(step, fault));
        match met {
            Connect::Open(_) if step != FaultStep::Connect => Connect::Open(None),
            met => met,
        }
    }

    /// As [`meets`](Self::meets), for who is at `at` and knows no more of whom the client means: mocks of a path alone fit too, and on
    /// loopback those of `localhost`.
    pub fn accept(&self, at: &Destination, step: FaultStep) -> Connect {
        let port = at.port.unwrap_or(0);
        let fits = |live: &Live| live.listens(&at.host, port);
        let met = self.meet(at, fits, |fault| Turn::at(step, fault));
        match met {
            Connect::Open(_) if step != FaultStep::Connect => Connect::Open(None),
            met => met,
        }
    }

    fn meet(
        &self,
        to: &Destination,
        fits: impl Fn(&Live) -> bool,
        turn: impl Fn(&Fault) -> Turn,
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
            let Some(reply) = self.value(live, next).filter(|it| it.meets_connections()) else {
                continue;
            };
            match reply.as_fault().filter(|fault| fault.strikes_at_connect()) {
                Some(fault) => match turn(fault) {
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
                        let delay = draw(self, live.id, next, &reply);
                        delay.connect_delay_of().and_then(Delay::fixed)
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
        turn: impl Fn(&Fault) -> Turn,
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
            .filter(|it| it.strikes_at_connect() && turn(it) == Turn::Strikes)?;
        let taken = state.take_use(live)?;
        state.drew |= matches!(
            live.declaration.plan.step(taken.number),
            plan::Step::Chance { .. }
        );
        let entry = Entry::claimed(at, taken.stamp, taken.scope, record, Arc::clone(live));
        let (claim, displaced) = state.write(taken, entry);
        wake(state);
        drop(displaced);
        let drawn = catch_unwind(AssertUnwindSafe(|| {
            draw(self, live.id, claim.number, &reply)
        }));
        Some(match drawn {
            Ok(reply) => Connect::Fault(Answered {
                ticket: Ticket::new(self.clone(), claim.call, Some(Arc::clone(&reply))),
                reply,
            }),
            Err(payload) => {
                let said = message(payload);
                self.fail(claim.call, Settled::Panicked, &said);
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
