//! Somebody must serve a connection that was made to us: the client's own runtime where it has one, so that its time is the test's
//! time, else a thread of ours.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;
use std::{fs, thread};

use standin_core::{CatchUp, Destination, Fault};
use standin_wire::{
    Carrier as _, Farewell, Origin, Seat, Socket, serve_conversation, serve_shared_connection,
};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::intercept::{Active, Asked, Coming, Meeting, process, serve_names, tell_of_crowd};

/// How often it is looked whether a client's runtime has taken its connection up.
const LOOK: Duration = Duration::from_millis(1);
/// How long accepting rests when the system has no descriptor left.
const REST: Duration = Duration::from_millis(20);

/// How long a conversation that our own thread has not begun with is waited for.
const BEGINS: Duration = Duration::from_secs(1);
/// The name of our own thread.
const OURS: &str = "standin";

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that waits to be served, by a socket that does not wait.
pub(crate) struct Job {
    active: Arc<Active>,
    stream: TcpStream,
    origin: Origin,
    to: Destination,
    met: Met,
}

/// What a client meets on a connection that is there.
enum Met {
    /// The engine is to be asked yet.
    Unasked,
    Known(Meeting),
    Coming(Coming),
}

impl Job {
    pub(crate) fn new(
        active: &Arc<Active>,
        stream: TcpStream,
        origin: Origin,
        to: Destination,
    ) -> Self {
        Self {
            active: Arc::clone(active),
            stream,
            origin,
            to,
            met: Met::Unasked,
        }
    }

    /// With what was decided when the client connected.
    pub(crate) fn meets(self, meeting: Meeting) -> Self {
        Self {
            met: Met::Known(meeting),
            ..self
        }
    }

    /// With what is still to come: the client is connected, and hears nothing before.
    pub(crate) fn meets_what_comes(self, coming: Coming) -> Self {
        Self {
            met: Met::Coming(coming),
            ..self
        }
    }

    pub(crate) async fn serve(self) {
        let Self {
            active,
            stream,
            origin,
            to,
            met,
        } = self;
        // Nagle's delay belongs to no test.
        let _ = stream.set_nodelay(true);
        let Ok(stream) = tokio::net::TcpStream::from_std(stream) else {
            return;
        };
        let (mut socket, shut) = Socket::new(stream);
        let farewell = Farewell::default();
        let Some(_listed) = active.connections.keep(shut, &farewell) else {
            return;
        };
        let meeting = match met {
            Met::Known(meeting) => meeting,
            Met::Coming(coming) => coming.await.unwrap_or(Meeting::Broken(Fault::Reset)),
            Met::Unasked => Meeting::now(&active, &to).await,
        };
        match meeting {
            Meeting::Requests => {
                let (opener, place) = (Arc::downgrade(&active), to);
                farewell.when_crowded(move || {
                    if let Some(opener) = opener.upgrade() {
                        tell_of_crowd(&opener, &place);
                    }
                });
                let origin = match farewell.is_said() {
                    true => origin.single_file(),
                    false => origin,
                };
                serve_shared_connection(Seat::of(&active.engine), socket, origin, farewell).await;
            }
            Meeting::Names => serve_names(&active, socket).await,
            Meeting::Bytes(conversing) => serve_conversation(*conversing, socket, &to.host).await,
            Meeting::Broken(fault) => socket.break_off(&fault),
        }
    }
}

/// Serves a connection whose request tells whose it is. Nobody knows whose runtime the caller is in, so it is ours.
pub(crate) fn respond_asked(asked: Asked) {
    if let Ok(runtime) = event_loop() {
        runtime.spawn(serve_asked(asked));
    }
}

async fn serve_asked(asked: Asked) {
    let (seat, chosen, _over) = (asked.seat(), asked.chosen(), asked.over());
    // Nagle's delay belongs to no test.
    let _ = asked.stream.set_nodelay(true);
    let Ok(stream) = tokio::net::TcpStream::from_std(asked.stream) else {
        return;
    };
    let (socket, _shut) = Socket::new(stream);
    let farewell = Farewell::default();
    // The next request may be another test's.
    farewell.say();
    let origin = asked.origin.single_file();
    let serving = serve_shared_connection(seat, socket, origin, farewell);
    let (mut serving, mut ended) = (pin!(serving), None);
    poll_fn(|cx| {
        let polled = serving.as_mut().poll(cx);
        if polled.is_ready() {
            return polled;
        }
        if ended.is_none() {
            ended = Asked::ended(&chosen);
        }
        match &mut ended {
            Some(ended) => pin!(ended).poll(cx),
            None => Poll::Pending,
        }
    })
    .await;
}

/// Serves a connection; on the runtime that the caller is in when the client's socket does not wait.
pub(crate) fn respond(job: Job, is_async: bool) {
    let runtime = is_async.then(Handle::try_current).and_then(Result::ok);
    let Some(runtime) = runtime else {
        return serve_ourselves(job);
    };
    let waiting = Arc::new(Waiting {
        job: Mutex::new(Some(job)),
        client: client(),
    });
    watch(&waiting);
    let is_of_one_thread = runtime.runtime_flavor() == RuntimeFlavor::CurrentThread;
    runtime.spawn(async move {
        let job = held(&waiting.job).take();
        // In `spawn_blocking` a client has the runtime and waits by the machine's time, while paused time stands still.
        let is_beside = is_of_one_thread && client() != waiting.client;
        drop(waiting);
        match job {
            Some(job) if is_beside => serve_ourselves(job),
            Some(job) => job.serve().await,
            None => {}
        }
    });
}

/// Runs a task on the runtime that the caller is in, else on ours.
pub(crate) fn run(task: impl Future<Output = ()> + Send + 'static) {
    if let Ok(runtime) = Handle::try_current().or_else(|_| event_loop()) {
        runtime.spawn(task);
    }
}

/// Carries what both sides say, neither of which waits.
pub(crate) async fn carry_on(client: TcpStream, mut there: tokio::net::TcpStream) {
    if let Ok(mut client) = tokio::net::TcpStream::from_std(client) {
        let _ = tokio::io::copy_bidirectional(&mut client, &mut there).await;
    }
}

/// The same on a thread of ours.
pub(crate) fn carry(client: TcpStream, there: TcpStream) -> io::Result<()> {
    event_loop()?.spawn(async move {
        if let Ok(there) = tokio::net::TcpStream::from_std(there) {
            carry_on(client, there).await;
        }
    });
    Ok(())
}

/// The kernel's number of this thread.
fn client() -> libc::pid_t {
    std::thread_local! {
        /// In which process it was asked for, and what it is.
        static CLIENT: Cell<(u32, libc::pid_t)> = const { Cell::new((0, 0)) };
    }
    match CLIENT.get() {
        (of, client) if of == process() => client,
        _ => {
            // SAFETY: it cannot fail, and takes nothing.
            let client = unsafe { libc::gettid() };
            CLIENT.set((process(), client));
            client
        }
    }
}

fn serve_ourselves(job: Job) {
    let Ok(runtime) = event_loop() else {
        return;
    };
    let Met::Known(Meeting::Bytes(conversing)) = &job.met else {
        runtime.spawn(job.serve());
        return;
    };
    let beginning = Arc::new(Beginning::default());
    let waits: Arc<dyn CatchUp> = Arc::clone(&beginning) as _;
    conversing.engine().ask_to_catch_up(Arc::downgrade(&waits));
    runtime.spawn(async move {
        let mut serving = pin!(job.serve());
        let mut beginning = Some((beginning, waits));
        poll_fn(|cx| {
            let polled = serving.as_mut().poll(cx);
            if let Some((beginning, _)) = beginning.take() {
                beginning.is_made();
            }
            polled
        })
        .await;
    });
}

/// Whether our own thread has begun with a conversation: who verifies waits that long, because a client that has said all that it
/// has to say may be gone before.
#[derive(Debug, Default)]
struct Beginning {
    has_begun: Mutex<bool>,
    changed: Condvar,
}

impl Beginning {
    fn is_made(&self) {
        *held(&self.has_begun) = true;
        self.changed.notify_all();
    }
}

impl CatchUp for Beginning {
    fn catch_up(&self) {
        if thread::current().name() == Some(OURS) {
            return;
        }
        let has_begun = held(&self.has_begun);
        let waited = self
            .changed
            .wait_timeout_while(has_begun, BEGINS, |has_begun| !*has_begun);
        drop(waited);
    }
}

/// A connection that was given to the client's runtime, which has not taken it up yet.
///
/// A client that blocks inside a runtime (with a socket that does not wait, as a connect with a timeout makes it) would wait for a
/// server that waits for it. It is known by its thread: asleep, although its runtime has something to do.
struct Waiting {
    job: Mutex<Option<Job>>,
    client: libc::pid_t,
}

static WATCHED: Mutex<Watched> = Mutex::new(Watched {
    waiting: Vec::new(),
    is_looking: false,
});

struct Watched {
    waiting: Vec<Weak<Waiting>>,
    is_looking: bool,
}

fn watch(waiting: &Arc<Waiting>) {
    let mut watched = held(&WATCHED);
    watched.waiting.push(Arc::downgrade(waiting));
    let is_looking = std::mem::replace(&mut watched.is_looking, true);
    drop(watched);
    if !is_looking && let Ok(runtime) = event_loop() {
        runtime.spawn(look());
    }
}

/// Looks after connections that wait, as long as there are any.
async fn look() {
    loop {
        tokio::time::sleep(LOOK).await;
        let waiting = std::mem::take(&mut held(&WATCHED).waiting);
        let mut still = Vec::new();
        for weak in waiting {
            let Some(waiting) = weak.upgrade() else {
                continue;
            };
            if held(&waiting.job).is_none() {
                continue;
            }
            if is_asleep(waiting.client) {
                if let Some(job) = held(&waiting.job).take() {
                    tokio::spawn(job.serve());
                }
            } else {
                still.push(weak);
            }
        }
        let mut watched = held(&WATCHED);
        watched.waiting.append(&mut still);
        if watched.waiting.is_empty() {
            watched.is_looking = false;
            return;
        }
    }
}

/// Whether a thread of ours waits in the kernel, or is no more.
fn is_asleep(thread: libc::pid_t) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/self/task/{thread}/stat")) else {
        return true;
    };
    // The name before it may hold anything.
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.bytes().next());
    state == Some(b'S')
}

/// Accepts and serves what arrives at a real port, until the socket is shut.
pub(crate) fn listen(
    active: &Arc<Active>,
    listener: &Arc<TcpListener>,
    origin: Origin,
    to: Destination,
) {
    let Ok(runtime) = event_loop() else {
        return;
    };
    let Ok(listener) = listener.try_clone() else {
        return;
    };
    if listener.set_nonblocking(true).is_err() {
        return;
    }
    let active = Arc::downgrade(active);
    runtime.spawn(async move {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
            return;
        };
        loop {
            let accepted = listener.accept().await;
            let Some(active) = active.upgrade().filter(|active| !active.engine.has_ended()) else {
                return;
            };
            match accepted.and_then(|(stream, _)| stream.into_std()) {
                Ok(stream) => {
                    tokio::spawn(Job::new(&active, stream, origin.clone(), to.clone()).serve());
                }
                // It is shut, which is the end, or no descriptor is left.
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) => return,
                Err(_) => tokio::time::sleep(REST).await,
            }
        }
    });
}

/// The runtime of the one thread of ours, and the process that it runs in: `fork` does not take threads along.
static EVENT_LOOP: Mutex<Option<(u32, Handle)>> = Mutex::new(None);

fn event_loop() -> io::Result<Handle> {
    let mut there = held(&EVENT_LOOP);
    let process = process();
    if let Some((of, runtime)) = &*there
        && *of == process
    {
        return Ok(runtime.clone());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let handle = runtime.handle().clone();
    // Nobody's: it inherits from none of the tests that it serves.
    let _bypass = standin_hooks::bypass();
    thread::Builder::new()
        .name(OURS.to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    *there = Some((process, handle.clone()));
    Ok(handle)
}

/// What nobody else changes while it lives.
pub(crate) struct Held {
    _event_loop: MutexGuard<'static, Option<(u32, Handle)>>,
    _watched: MutexGuard<'static, Watched>,
}

/// For who copies the process.
pub(crate) fn hold() -> Held {
    Held {
        _event_loop: held(&EVENT_LOOP),
        _watched: held(&WATCHED),
    }
}

/// Nobody looks in a forked child, and what its parent's runtimes have to take up is not the child's.
pub(crate) fn in_child() {
    let mut watched = held(&WATCHED);
    watched.waiting.clear();
    watched.is_looking = false;
}
