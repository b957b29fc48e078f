//! A mock may declare what a client meets that looks a name up or connects: an error, a wait, or nothing at all, for ever.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use libc::c_int;
use standin_core::{Action, Answered, Clock, Connect, Destination, Fault, FaultStep, SystemClock};
use standin_wire::{Met, meet};
use tokio::runtime::Handle;

use super::world::Active;
use crate::parking::wait;

/// What comes of a connect: a connection, perhaps one that is broken as soon as it is there, or an error.
pub(super) type Meeting = Pin<Box<dyn Future<Output = Result<Option<Fault>, c_int>> + Send>>;

/// What a client meets that connects to `to`. Whether it is a name that stands there, or an address that may be anybody's?
pub(super) fn meeting(active: &Arc<Active>, to: Destination, is_named: bool) -> Meeting {
    let active = Arc::clone(active);
    Box::pin(async move {
        let engine = &active.engine;
        let ask = |step| match is_named {
            true => engine.meets(&to, step),
            false => engine.accept(&to, step),
        };
        let met = pin!(async {
            match meet(engine, ask(FaultStep::Connect)).await? {
                Met::Open => meet(engine, ask(FaultStep::Accept)).await,
                broken => Ok(broken),
            }
        });
        match before_the_end(&active, met).await {
            Some(Ok(Met::Broken(fault))) => Ok(Some(fault)),
            Some(Ok(_)) => Ok(None),
            Some(Err(error)) => Err(errno(&error)),
            None => Err(libc::ECONNREFUSED),
        }
    })
}

/// What a future comes to; `None` where its engine ends first.
async fn before_the_end<F: Future + Unpin>(active: &Active, mut future: F) -> Option<F::Output> {
    let mut ended = active.engine.ended();
    poll_fn(|cx| match Pin::new(&mut future).poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => Pin::new(&mut ended).poll(cx).map(|()| None),
    })
    .await
}

/// What comes of it, where nothing has to be waited for.
pub(super) fn at_once(meeting: &mut Meeting) -> Option<Result<Option<Fault>, c_int>> {
    let mut cx = Context::from_waker(Waker::noop());
    match meeting.as_mut().poll(&mut cx) {
        Poll::Ready(met) => Some(met),
        Poll::Pending => None,
    }
}

fn errno(error: &io::Error) -> c_int {
    match error.kind() {
        io::ErrorKind::TimedOut => libc::ETIMEDOUT,
        io::ErrorKind::HostUnreachable => libc::EHOSTUNREACH,
        _ => libc::ECONNREFUSED,
    }
}

/// A name that is not found, because a mock says so.
pub(super) struct Unfound {
    active: Arc<Active>,
    answered: Answered,
}

impl Unfound {
    /// What a client meets that looks `host` up; `None`: nothing.
    pub(super) fn look_up(active: &Arc<Active>, host: &str, port: Option<u16>) -> Option<Self> {
        let to = Destination::new("", host, port);
        match active.engine.meets(&to, FaultStep::Resolve) {
            Connect::Fault(answered) => Some(Self {
                active: Arc::clone(active),
                answered,
            }),
            _ => None,
        }
    }

    /// The code of `getaddrinfo` that says why.
    pub(super) fn code(&self) -> c_int {
        match self.answered.reply.as_fault() {
            Some(Fault::NameTryAgain) => libc::EAI_AGAIN,
            _ => libc::EAI_NONAME,
        }
    }

    /// Waits as is declared, or until the engine ends.
    pub(super) async fn waited(self) {
        self.wait(false).await;
    }

    /// The same on a thread that blocks. Paused time does not go on before this thread does, so none is waited for.
    pub(super) fn waited_here(self) {
        let is_timeless = is_paused();
        wait(self.wait(is_timeless), None);
    }

    async fn wait(self, is_timeless: bool) {
        let Self { active, answered } = self;
        for action in answered.reply.actions() {
            match action {
                Action::Wait(duration) | Action::WaitToConnect(duration) if !is_timeless => {
                    let slept = standin_wire::sleep(&active.engine, duration);
                    before_the_end(&active, slept).await;
                }
                Action::Hold(gate) => {
                    before_the_end(&active, pin!(gate.opened())).await;
                }
                _ => {}
            }
        }
        answered.ticket.settle();
    }
}

/// How long it is looked whether time goes on: longer than any clock's step.
const LOOK: Duration = Duration::from_millis(2);

/// Whether this thread is a runtime's whose time is paused.
fn is_paused() -> bool {
    if Handle::try_current().is_err() {
        return false;
    }
    let (before, began) = (tokio::time::Instant::now(), SystemClock.now());
    while SystemClock.now() - began < LOOK {
        std::thread::park_timeout(LOOK);
    }
    before.elapsed().is_zero()
}
