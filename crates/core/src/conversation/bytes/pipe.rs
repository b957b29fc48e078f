//! The two ends of a conversation meet here: the adapter puts in what the client said and takes out what it shall hear.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};

use super::broken::{Broken, Wanted};
use super::transcript::{Said, Transcript};
use crate::clock::Sleep;
use crate::reply::Fault;
use crate::sync::{Mutex, enlist};

/// Waits by the time of whoever carries the conversation.
pub(crate) type Sleeper = Arc<dyn Fn(Duration) -> Sleep + Send + Sync>;

/// What is received is shown this far, at least, where it is not what was expected.
const AROUND: usize = 64;
/// Bytes that may lie unread before no more are taken in.
const FULL: usize = 1 << 20;

/// Clones are the same pipe.
#[derive(Clone, Default)]
pub(crate) struct Pipe(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    unread: BytesMut,
    /// Whether the client says no more.
    is_heard_out: bool,
    unsent: BytesMut,
    ending: Option<Ending>,
    /// Whether the test's side breaks the connection.
    breaks_off: bool,
    security: Security,
    transcript: Transcript,
    owed: Option<Owed>,
    broken: Option<Broken>,
    /// Whether a script was played to its end.
    is_played: bool,
    waiting: Vec<Waker>,
    adapter: Option<Waker>,
}

/// How the test's side ends.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    Close,
    Fault(Fault),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Security {
    #[default]
    Plain,
    Wanted,
    Done,
    Failed,
}

/// What a script waits for.
#[derive(Debug, Clone)]
pub(super) struct Owed {
    pub(super) step: String,
    pub(super) expected: Wanted,
}

impl Owed {
    fn broken(&self, received: &[u8]) -> Broken {
        Broken {
            step: self.step.clone(),
            expected: self.expected.clone(),
            received: received.to_vec(),
        }
    }
}

/// What the adapter is to do next.
pub(crate) enum Due {
    Write(Bytes),
    Secure,
    End(Ending),
}

impl Pipe {
    // ---- the adapter's end -----------------------------------------------------------------------------------------------

    pub(crate) fn hear(&self, bytes: &[u8]) {
        let mut state = self.0.lock();
        state.transcript.add(true, bytes);
        state.unread.extend_from_slice(bytes);
        wake(state);
    }

    /// Whether the test's side is to read before more is taken in.
    pub(crate) fn is_full(&self) -> bool {
        let state = self.0.lock();
        state.unread.len() >= FULL && state.waiting.is_empty()
    }

    /// The client says no more.
    pub(crate) fn hear_out(&self) {
        let mut state = self.0.lock();
        state.is_heard_out = true;
        wake(state);
    }

    pub(crate) fn secured(&self, is_secured: bool) {
        let mut state = self.0.lock();
        state.security = match is_secured {
            true => Security::Done,
            false => Security::Failed,
        };
        wake(state);
    }

    pub(crate) fn poll_due(&self, cx: &Context<'_>) -> Option<Due> {
        let mut state = self.0.lock();
        if !state.unsent.is_empty() {
            let bytes = state.unsent.split().freeze();
            return Some(Due::Write(bytes));
        }
        if state.security == Security::Wanted {
            return Some(Due::Secure);
        }
        if let Some(ending) = state.ending.take() {
            return Some(Due::End(ending));
        }
        state.adapter = Some(cx.waker().clone());
        None
    }

    pub(crate) fn is_played(&self) -> bool {
        self.0.lock().is_played
    }

    pub(crate) fn breaks_off(&self) -> bool {
        self.0.lock().breaks_off
    }

    /// What went wrong.
    pub(crate) fn broken(&self) -> Option<Broken> {
        let state = self.0.lock();
        state.broken.clone()
    }

    /// What goes wrong if nothing more comes.
    pub(crate) fn unplayed(&self) -> Option<Broken> {
        let state = self.0.lock();
        let owed = state.owed.as_ref()?;
        Some(owed.broken(&state.unread))
    }

    pub(crate) fn turns(&self) -> (Vec<Said>, usize) {
        let state = self.0.lock();
        (state.transcript.turns(), state.transcript.heard())
    }

    // ---- the test's end --------------------------------------------------------------------------------------------------

    pub(super) fn send(&self, bytes: &[u8]) {
        let mut state = self.0.lock();
        state.transcript.add(false, bytes);
        state.unsent.extend_from_slice(bytes);
        wake_adapter(&mut state);
    }

    pub(crate) fn end(&self, ending: Ending) {
        let mut state = self.0.lock();
        state.breaks_off |= matches!(ending, Ending::Fault(_));
        // A fault after the end breaks what is half open.
        state.ending = Some(ending);
        wake_adapter(&mut state);
    }

    pub(super) fn owe(&self, owed: Option<Owed>) {
        self.0.lock().owed = owed;
    }

    pub(super) fn played(&self) {
        let mut state = self.0.lock();
        state.owed = None;
        state.is_played = true;
    }

    pub(crate) fn breaks(&self, broken: Broken) {
        let mut state = self.0.lock();
        state.owed = None;
        state.broken.get_or_insert(broken);
    }

    /// Whatever is unread, where there is anything; empty at the client's end.
    pub(super) fn poll_read(&self, cx: &Context<'_>, most: usize) -> Poll<Bytes> {
        self.poll(cx, |state| {
            let length = state.unread.len().min(most);
            (length > 0 || state.is_heard_out).then(|| state.unread.split_to(length).freeze())
        })
    }

    /// So many bytes; fewer at the client's end.
    pub(super) fn poll_exact(&self, cx: &Context<'_>, count: usize) -> Poll<Bytes> {
        self.poll(cx, |state| {
            let length = state.unread.len().min(count);
            (length == count || state.is_heard_out).then(|| state.unread.split_to(length).freeze())
        })
    }

    /// All up to this end and with it; without it at the client's end.
    pub(super) fn poll_until(&self, cx: &Context<'_>, end: &[u8]) -> Poll<Bytes> {
        self.poll(cx, |state| {
            let unread = &mut state.unread;
            let found = unread.windows(end.len().max(1)).position(|at| at == end);
            let length = match found {
                Some(at) => at + end.len(),
                None if state.is_heard_out => unread.len(),
                None => return None,
            };
            Some(unread.split_to(length).freeze())
        })
    }

    /// Exactly these bytes, or what came in their place.
    pub(super) fn poll_these(&self, cx: &Context<'_>, these: &[u8]) -> Poll<Result<(), Vec<u8>>> {
        self.poll(cx, |state| {
            let unread = &mut state.unread;
            let length = unread.len().min(these.len());
            if unread[..length] != these[..length] {
                let shown = unread.len().min(these.len().max(AROUND));
                return Some(Err(unread[..shown].to_vec()));
            }
            if length == these.len() {
                unread.advance(length);
                return Some(Ok(()));
            }
            state.is_heard_out.then(|| Err(unread.to_vec()))
        })
    }

    pub(super) fn poll_secured(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |state| match state.security {
            Security::Plain => {
                state.security = Security::Wanted;
                None
            }
            Security::Wanted => None,
            Security::Done => {
                // Once more would be TLS within TLS.
                Some(Ok(()))
            }
            Security::Failed => Some(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the client did not shake hands",
            ))),
        })
    }

    fn poll<T>(&self, cx: &Context<'_>, ready: impl FnOnce(&mut State) -> Option<T>) -> Poll<T> {
        let mut state = self.0.lock();
        let was_full = state.unread.len() >= FULL;
        match ready(&mut state) {
            Some(ready) => {
                if was_full {
                    wake_adapter(&mut state);
                }
                Poll::Ready(ready)
            }
            None => {
                enlist(&mut state.waiting, cx);
                wake_adapter(&mut state);
                Poll::Pending
            }
        }
    }
}

fn wake(mut state: crate::sync::MutexGuard<'_, State>) {
    let waiting = std::mem::take(&mut state.waiting);
    drop(state);
    waiting.into_iter().for_each(Waker::wake);
}

/// The adapter is mostly who polls, and looks by itself: it has no waker here then.
fn wake_adapter(state: &mut State) {
    if let Some(adapter) = state.adapter.take() {
        adapter.wake();
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        f.debug_struct("Pipe")
            .field("unread", &state.unread.len())
            .field("unsent", &state.unsent.len())
            .field("owed", &state.owed.as_ref().map(|owed| &owed.step))
            .finish_non_exhaustive()
    }
}
