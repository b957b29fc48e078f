//! What a client meets that looks a name up or connects is decided while it does: there a fault can be an error of the call itself, or
//! a call that goes on, and a mock of connections counts a client that says nothing.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use libc::c_int;
use standin_core::{
    Accepted, Action, Answered, Clock, Connect, Destination, Fault, FaultStep, SystemClock,
};
use standin_wire::{Met, meet};
use tokio::runtime::Handle;

use super::address::is_loopback;
use super::world::Active;
use crate::parking::wait;

/// What a client meets whose connection is made.
#[derive(Debug)]
pub(crate) enum Meeting {
    /// Requests are answered.
    Requests,
    Bytes(Box<Accepted>),
    Broken(Fault),
    /// Queries to a name server are answered.
    Names,
}

/// Why there is no connection to an engine.
#[derive(Debug)]
pub(crate) enum Turned {
    LetOut,
    Failed(c_int),
}

impl Meeting {
    /// For a connection that was accepted without having been asked about.
    pub(crate) async fn now(active: &Arc<Active>, to: &Destination) -> Self {
        coming(active, to.clone())
            .await
            .unwrap_or(Self::Broken(Fault::Reset))
    }
}

/// What comes of a connect.
pub(crate) type Coming = Pin<Box<dyn Future<Output = Result<Meeting, Turned>> + Send>>;

/// What a client meets that connects to a place which this engine claims, when all is waited for that is declared.
pub(super) fn coming(active: &Arc<Active>, to: Destination) -> Coming {
    coming_after(active, to, None)
}

/// The same after a wait that its look-up has left to be waited for.
pub(super) fn coming_after(
    active: &Arc<Active>,
    to: Destination,
    owed: Option<Duration>,
) -> Coming {
    let active = Arc::clone(active);
    Box::pin(async move {
        let met = pin!(async {
            if let Some(owed) = owed {
                standin_wire::sleep(&active.engine, owed).await;
            }
            steps(&active, &to).await
        });
        let ended = Err(Turned::Failed(libc::ECONNREFUSED));
        before_the_end(&active, met).await.unwrap_or(ended)
    })
}

async fn steps(active: &Active, to: &Destination) -> Result<Meeting, Turned> {
    let engine = &active.engine;
    for step in [FaultStep::Connect, FaultStep::Accept] {
        let met = match ask(active, to, step) {
            Connect::PassThrough(passed) => {
                passed.ticket.settle();
                return Err(Turned::LetOut);
            }
            met => meet(engine, met).await,
        };
        match met {
            Ok(Met::Open) => {}
            Ok(Met::Serve(conversing)) => return Ok(Meeting::Bytes(conversing)),
            Ok(Met::Broken(fault)) => return Ok(Meeting::Broken(fault)),
            Err(error) => return Err(Turned::Failed(errno(&error))),
            Ok(_) => return Err(Turned::Failed(libc::ECONNREFUSED)),
        }
    }
    Ok(Meeting::Requests)
}

/// Loopback is claimed by its name too.
fn ask(active: &Active, to: &Destination, step: FaultStep) -> Connect {
    let met = active.engine.connect_at(to, step);
    match met {
        Connect::Open(None) if to.ip().is_some_and(is_loopback) => {
            let to = Destination::new(&to.scheme, "localhost", to.port);
            active.engine.connect_at(&to, step)
        }
        met => met,
    }
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
pub(super) fn at_once(coming: &mut Coming) -> Option<Result<Meeting, Turned>> {
    let mut cx = Context::from_waker(Waker::noop());
    match coming.as_mut().poll(&mut cx) {
        Poll::Ready(met) => Some(met),
        Poll::Pending => None,
    }
}

fn errno(error: &io::Error) -> c_int {
    match error.kind() {
        io::ErrorKind::TimedOut => libc::ETIMEDOUT,
        io::ErrorKind::HostUnreachable => libc::EHOSTUNREACH,
        io::ErrorKind::NetworkUnreachable => libc::ENETUNREACH,
        _ => libc::ECONNREFUSED,
    }
}

/// What a client meets that looks a name up, and what a mock says to that.
pub(super) struct LookUp {
    active: Arc<Active>,
    met: LookedUp,
}

enum LookedUp {
    /// The name is not found.
    Unfound(Box<Answered>),
    /// It is found, after this.
    Late(Duration),
}

impl LookUp {
    /// What a client meets that looks `host` up; `None`: its address, at once.
    pub(super) fn of(active: &Arc<Active>, host: &str, port: Option<u16>) -> Option<Self> {
        let to = Destination::new("", host, port);
        let met = match active.engine.connect_at(&to, FaultStep::Resolve) {
            Connect::Fault(answered) => LookedUp::Unfound(Box::new(answered)),
            Connect::Open(Some(late)) => LookedUp::Late(late),
            _ => return None,
        };
        let active = Arc::clone(active);
        Some(Self { active, met })
    }

    /// The code of `getaddrinfo` that says why the name is not found; `None`: it is.
    pub(super) fn code(&self) -> Option<c_int> {
        let LookedUp::Unfound(answered) = &self.met else {
            return None;
        };
        Some(match answered.reply.as_fault() {
            Some(Fault::NameTryAgain) => libc::EAI_AGAIN,
            _ => libc::EAI_NONAME,
        })
    }

    /// Waits as is declared, or until the engine ends.
    pub(super) async fn waited(self) {
        self.wait(false).await;
    }

    /// The same on a thread that blocks. Paused time does not go on before this thread does, so none is waited for: what the client
    /// that has its address now has to wait for when it connects, is returned.
    pub(super) fn waited_here(self) -> Option<Duration> {
        let is_timeless = is_paused();
        let owed = match self.met {
            LookedUp::Late(late) if is_timeless => Some(late),
            _ => None,
        };
        wait(self.wait(is_timeless), None);
        owed
    }

    async fn wait(self, is_timeless: bool) {
        let Self { active, met } = self;
        let sleep = async |duration| {
            let slept = pin!(standin_wire::sleep(&active.engine, duration));
            before_the_end(&active, slept).await;
        };
        let answered = match met {
            LookedUp::Late(_) if is_timeless => return,
            LookedUp::Late(late) => {
                sleep(late).await;
                return;
            }
            LookedUp::Unfound(answered) => answered,
        };
        for action in answered.reply.actions() {
            match action {
                Action::Wait(duration) | Action::WaitToConnect(duration) if !is_timeless => {
                    sleep(duration).await;
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
