//! A closure that talks over a WebSocket holds no stream: it has one end of a line, whose other end the adapter serves.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::conversation::websocket::message::Message;
use crate::conversation::websocket::script::wrong_close;
use crate::reply::Fault;
use crate::request::Request;
use crate::sync::{Mutex, MutexGuard, enlist};

/// What waits to be taken by the mock, before no more is read.
const ROOM: usize = 1024;

/// The mock's end of a WebSocket, for a closure: `|socket: WebSocket| async move { .. }`. Clones are the same end.
///
/// The connection goes on while the closure runs, and is closed with 1000 behind it. Pings are answered by themselves.
///
/// ```
/// # use standin_core::prelude::*;
/// # use standin_core::WebSocket;
/// # let net = standin_core::activate().lenient();
/// mock::get("wss://x.io/echo").optional().websocket(|socket: WebSocket| async move {
///     while let Some(said) = socket.next().await {
///         socket.send(said).await?;
///     }
///     Ok::<_, standin_core::Gone>(())
/// });
/// ```
#[derive(Clone)]
pub struct WebSocket {
    shared: Arc<Mutex<Shared>>,
    request: Arc<Request>,
}

/// The adapter's end: what it hears goes in, what the mock says comes out.
#[derive(Debug)]
pub struct Line {
    shared: Arc<Mutex<Shared>>,
}

/// What the mock wants done, in order.
#[derive(Debug)]
#[non_exhaustive]
pub enum Command {
    /// To be said.
    Say(Message),
    /// To be written as it is.
    Raw(Bytes),
    /// The connection breaks in this way.
    Break(Fault),
}

/// The client has left, or the connection was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client has left, or the WebSocket was closed")
    }
}

impl std::error::Error for Gone {}

#[derive(Debug, Default)]
struct Shared {
    heard: VecDeque<Message>,
    commands: VecDeque<Command>,
    /// How many commands were given, and how many carried out.
    given: u64,
    done: u64,
    /// The mock has closed it.
    is_closed: bool,
    is_gone: bool,
    /// What was wrong with what the client said at last.
    broken: Option<String>,
    /// Who waits at the mock's end.
    waiting: Vec<Waker>,
    /// Who waits at the other.
    serving: Vec<Waker>,
}

fn wake(wakers: Vec<Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

impl WebSocket {
    /// Both ends of a line that begins with this request.
    pub fn line(request: Request) -> (Self, Line) {
        let shared = Arc::<Mutex<Shared>>::default();
        let socket = Self {
            shared: Arc::clone(&shared),
            request: Arc::new(request),
        };
        (socket, Line { shared })
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock()
    }

    /// The request with which it began.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The next text or binary message; `None` when the client has closed or left.
    pub async fn next(&self) -> Option<Message> {
        loop {
            match self.next_of_any_kind().await {
                Some(message) if message.is_data() => return Some(message),
                Some(Message::Close { .. }) | None => return None,
                Some(_) => {}
            }
        }
    }

    /// The next message, be it a ping, a pong or a close; `None` behind the last.
    pub async fn next_of_any_kind(&self) -> Option<Message> {
        poll_fn(|cx| {
            let mut shared = self.lock();
            if let Some(message) = shared.heard.pop_front() {
                let serving = std::mem::take(&mut shared.serving);
                drop(shared);
                wake(serving);
                return Poll::Ready(Some(message));
            }
            if shared.is_gone {
                return Poll::Ready(None);
            }
            enlist(&mut shared.waiting, cx);
            Poll::Pending
        })
        .await
    }

    /// Says this, and waits until it is on its way.
    ///
    /// # Errors
    /// When the client has left, or the connection was closed; or when it is a close or a ping that no frame can carry.
    pub fn send(
        &self,
        message: impl Into<Message>,
    ) -> impl Future<Output = Result<(), Gone>> + Send + '_ {
        let message = message.into();
        let fits = match &message {
            Message::Close { code, reason } => wrong_close(*code, reason).is_none(),
            Message::Ping(bytes) | Message::Pong(bytes) => bytes.len() <= 125,
            _ => true,
        };
        let given = fits.then(|| self.give(Command::Say(message)));
        self.carried_out(given)
    }

    /// Says this as JSON, in text.
    ///
    /// # Errors
    /// As [`send`](Self::send), and when it cannot be JSON.
    pub fn send_json(
        &self,
        value: impl serde_core::Serialize,
    ) -> impl Future<Output = Result<(), Gone>> + Send + '_ {
        let text = serde_json::to_string(&value);
        let given = text
            .ok()
            .map(|text| self.give(Command::Say(Message::Text(text))));
        self.carried_out(given)
    }

    /// Writes these bytes as they are.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_raw(
        &self,
        bytes: impl Into<Bytes>,
    ) -> impl Future<Output = Result<(), Gone>> + Send + '_ {
        let given = self.give(Command::Raw(bytes.into()));
        self.carried_out(Some(given))
    }

    /// Closes with a code and a reason.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn close(
        &self,
        code: u16,
        reason: impl Into<String>,
    ) -> impl Future<Output = Result<(), Gone>> + Send + '_ {
        self.send(Message::Close {
            code: Some(code),
            reason: reason.into(),
        })
    }

    /// Breaks the connection so that the client sees this fault; `Fault::Closed` is an end without a goodbye.
    pub fn break_off(&self, fault: Fault) {
        let _ = self.give(Command::Break(fault));
    }

    /// Whether either side has closed it.
    pub fn is_closed(&self) -> bool {
        let shared = self.lock();
        shared.is_closed || shared.is_gone
    }

    /// Resolves when the connection is over.
    pub async fn left(&self) {
        poll_fn(|cx| {
            let mut shared = self.lock();
            if shared.is_gone {
                return Poll::Ready(());
            }
            enlist(&mut shared.waiting, cx);
            Poll::Pending
        })
        .await;
    }

    /// How the client broke the protocol, where it did.
    pub fn broken(&self) -> Option<String> {
        self.lock().broken.clone()
    }

    /// Its place among the commands; none where nobody carries them out any more.
    fn give(&self, command: Command) -> Option<u64> {
        let mut shared = self.lock();
        if shared.is_closed || shared.is_gone {
            return None;
        }
        shared.is_closed = matches!(
            command,
            Command::Say(Message::Close { .. }) | Command::Break(_)
        );
        shared.commands.push_back(command);
        shared.given += 1;
        let given = shared.given;
        let serving = std::mem::take(&mut shared.serving);
        drop(shared);
        wake(serving);
        Some(given)
    }

    fn carried_out(
        &self,
        given: Option<Option<u64>>,
    ) -> impl Future<Output = Result<(), Gone>> + Send + '_ {
        let given = given.flatten();
        poll_fn(move |cx| {
            let Some(given) = given else {
                return Poll::Ready(Err(Gone));
            };
            let mut shared = self.lock();
            if shared.done >= given {
                return Poll::Ready(Ok(()));
            }
            if shared.is_gone {
                return Poll::Ready(Err(Gone));
            }
            enlist(&mut shared.waiting, cx);
            Poll::Pending
        })
    }
}

impl Line {
    /// What the mock wants next.
    pub fn poll_command(&self, cx: &mut Context<'_>) -> Poll<Command> {
        let mut shared = self.shared.lock();
        match shared.commands.pop_front() {
            Some(command) => Poll::Ready(command),
            None => {
                enlist(&mut shared.serving, cx);
                Poll::Pending
            }
        }
    }

    /// The command that was taken last is carried out.
    pub fn carried_out(&self) {
        self.change(|shared| shared.done += 1);
    }

    /// The client said this.
    pub fn hear(&self, message: Message) {
        self.change(|shared| shared.heard.push_back(message));
    }

    /// Whether more may be read, as the mock has taken most of what came; it wakes when that is so.
    pub fn has_room(&self, cx: &mut Context<'_>) -> bool {
        let mut shared = self.shared.lock();
        let has_room = shared.heard.len() < ROOM;
        if !has_room {
            enlist(&mut shared.serving, cx);
        }
        has_room
    }

    /// The client said what is no message.
    pub fn break_down(&self, why: &str) {
        self.change(|shared| shared.broken = Some(why.to_owned()));
    }

    /// The connection is over.
    pub fn end(&self) {
        self.change(|shared| shared.is_gone = true);
    }

    fn change(&self, change: impl FnOnce(&mut Shared)) {
        let waiting = {
            let mut shared = self.shared.lock();
            change(&mut shared);
            std::mem::take(&mut shared.waiting)
        };
        wake(waiting);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_closed() {
            "WebSocket(closed)"
        } else {
            "WebSocket(open)"
        })
    }
}
