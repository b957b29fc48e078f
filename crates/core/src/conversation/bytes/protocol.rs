//! What may stand in `.serve(..)`: a script, a closure, a fault, or whatever understands bytes.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;

use bytes::BytesMut;

use super::connection::Connection;
use super::pipe::{Ending, Owed, Pipe};
use super::playing::{first_owed, play};
use super::script::{ByteScript, script};
use crate::conversation::end::{IntoEnd, Run};
use crate::declare::DeclareError;
use crate::reply::plan::Step;
use crate::reply::{Fault, IntoAnswer, Plan};

/// How a connection is served.
#[derive(Clone)]
pub(crate) struct Serve {
    run: Arc<dyn Fn(Connection) -> Run + Send + Sync>,
    /// Whether it has an end to which it must be played.
    pub(crate) is_script: bool,
    /// What a script waits for first.
    owed: Option<Owed>,
    /// Whether the client begins with TLS, before anybody has said a word.
    pub(crate) is_secured: bool,
}

impl Serve {
    fn new(run: impl Fn(Connection) -> Run + Send + Sync + 'static) -> Self {
        Self {
            run: Arc::new(run),
            is_script: false,
            owed: None,
            is_secured: false,
        }
    }

    /// A pipe for a connection that is to be served.
    pub(crate) fn pipe(&self) -> Pipe {
        let pipe = Pipe::default();
        pipe.owe(self.owed.clone());
        pipe
    }

    pub(crate) fn begin(&self, conversation: Connection) -> Run {
        (self.run)(conversation)
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_script { "script" } else { "protocol" })
    }
}

/// Understands what a client says, and answers: a protocol of the test's own, over whatever stream. Each connection is served by a
/// clone.
///
/// ```
/// # use standin_core::prelude::*;
/// # let net = standin_core::activate();
/// use bytes::BytesMut;
/// use standin_core::{ToClient, Protocol};
///
/// #[derive(Clone)]
/// struct Echo;
///
/// impl Protocol for Echo {
///     fn heard(&mut self, unread: &mut BytesMut, line: &mut ToClient) {
///         line.send(unread.split());
///     }
/// }
///
/// mock::tcp("echo.example.com:7").optional().serve(Echo);
/// ```
pub trait Protocol: Clone + Send + Sync + 'static {
    /// A client has connected, and has said nothing yet.
    fn opened(&mut self, _line: &mut ToClient) {}

    /// Something has come. `unread` has all that was left before and what has come now: what is understood is taken off, what is
    /// left comes again with what follows.
    fn heard(&mut self, unread: &mut BytesMut, line: &mut ToClient);

    /// The client says no more; the connection is closed after what is sent now.
    fn closed(&mut self, _line: &mut ToClient) {}
}

/// The way to the client, for a [`Protocol`].
#[derive(Debug)]
pub struct ToClient {
    pipe: Pipe,
    failed: Option<String>,
    is_over: bool,
}

impl ToClient {
    /// Says this.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.pipe.send(bytes.as_ref());
    }

    /// Closes the connection after what was sent.
    pub fn close(&mut self) {
        self.is_over = true;
    }

    /// Breaks the connection after what was sent: `Fault::Reset` resets it, any other closes it.
    pub fn break_off(&mut self, fault: Fault) {
        self.pipe.end(Ending::Fault(fault));
        self.is_over = true;
    }

    /// Fails the test with these words, and breaks the connection.
    pub fn fail(&mut self, why: impl Into<String>) {
        self.failed.get_or_insert(why.into());
        self.break_off(Fault::Reset);
    }
}

async fn converse(mut protocol: impl Protocol, io: Connection) -> Result<(), String> {
    let mut line = ToClient {
        pipe: io.pipe().clone(),
        failed: None,
        is_over: false,
    };
    let mut unread = BytesMut::new();
    protocol.opened(&mut line);
    while !line.is_over {
        let heard = poll_fn(|cx| io.pipe().poll_read(cx, usize::MAX)).await;
        if heard.is_empty() {
            protocol.closed(&mut line);
            break;
        }
        unread.extend_from_slice(&heard);
        protocol.heard(&mut unread, &mut line);
    }
    line.failed.map_or(Ok(()), Err)
}

mod marker {
    #[derive(Debug)]
    pub struct Value;
    #[derive(Debug)]
    pub struct Own;
    #[derive(Debug)]
    pub struct Closure;
}

/// Whatever may stand in `.serve(..)`. `M` only keeps the kinds apart; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot serve a connection",
    label = "not a protocol",
    note = "expected `script()..`, an async closure `async |mut io: Connection| ..` (its type must be written), a `Fault`, an \
            array of one of these, or what implements `Protocol`"
)]
pub trait IntoProtocol<M> {
    /// Converts into what a mock does from connection to connection.
    #[track_caller]
    fn into_plan(self) -> Plan;
}

impl IntoProtocol<marker::Value> for ByteScript {
    fn into_plan(mut self) -> Plan {
        if let Some(error) = self.error.take() {
            return Plan::one(Step::Invalid(error));
        }
        let owed = first_owed(&self);
        let serve = Serve::new(move |io| Box::pin(play(self.clone(), io)));
        Plan::one(Step::Serve(Serve {
            is_script: true,
            owed,
            ..serve
        }))
    }
}

impl IntoProtocol<marker::Value> for Fault {
    fn into_plan(self) -> Plan {
        match self.strikes_at_connect() {
            true => Plan::one(Step::fixed(self.into_answer())),
            false => script().fault(self).into_plan(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<P: Protocol> IntoProtocol<marker::Own> for P {
    fn into_plan(self) -> Plan {
        let serve = move |io| -> Run { Box::pin(converse(self.clone(), io)) };
        Plan::one(Step::Serve(Serve::new(serve)))
    }
}

#[diagnostic::do_not_recommend]
impl<F, Fut> IntoProtocol<marker::Closure> for F
where
    F: Fn(Connection) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoEnd> + Send + 'static,
{
    fn into_plan(self) -> Plan {
        let serve = move |io| -> Run {
            let served = self(io);
            Box::pin(async move { served.await.into_end() })
        };
        Plan::one(Step::Serve(Serve::new(serve)))
    }
}

/// One after the other, a connection each.
impl<M, P: IntoProtocol<M>, const N: usize> IntoProtocol<(M,)> for [P; N] {
    fn into_plan(self) -> Plan {
        in_turn(self.into_iter().map(P::into_plan).collect())
    }
}

impl<M, P: IntoProtocol<M>> IntoProtocol<(M,)> for Vec<P> {
    fn into_plan(self) -> Plan {
        in_turn(self.into_iter().map(P::into_plan).collect())
    }
}

#[track_caller]
fn in_turn(plans: Vec<Plan>) -> Plan {
    if plans.is_empty() {
        return Plan::one(Step::Invalid(DeclareError::new(
            "an empty sequence serves nothing: give it a script, or declare the mock with `times(0)`",
        )));
    }
    Plan {
        steps: plans.into_iter().flat_map(|plan| plan.steps).collect(),
        sequence: true,
        cycle: false,
    }
}
