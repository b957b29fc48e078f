//! The body of a reply, as clients read it: frame by frame, with whatever the mock declares between the frames.
//!
//! A body in one piece costs nothing more than its bytes. Anything else plays the reply's remaining actions, and settles the
//! exchange when they are done.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::vec;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use standin_core::{Action, Engine, Failed, Fault, LiveBody, Sleep, Ticket};

use crate::deadline::{self, Deadline};
use crate::error::Error;
use crate::time::{self, Task};

/// The body of a reply.
///
/// Each chunk of the declaration is a frame of its own; trailers are the last frame.
#[derive(Debug)]
pub struct ReplyBody(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Bytes),
    Played(Box<Played>),
    Beside(Box<Beside>),
}

/// A body that runs other work while it is read, where no runtime does.
struct Beside {
    /// In a mutex, which is never locked, as a pause is.
    work: Mutex<Option<Task>>,
    body: ReplyBody,
}

/// What is left to do of a reply whose head is out.
struct Played {
    engine: Engine,
    actions: vec::IntoIter<Action>,
    /// In a mutex, which is never locked, because clients want bodies that are `Sync`, and a sleep is not.
    pause: Mutex<Option<Sleep>>,
    /// In a mutex for the same reason.
    live: Mutex<Option<Pin<Box<dyn LiveBody>>>>,
    ticket: Option<Ticket>,
    deadline: Deadline,
    begun: bool,
    waiting: bool,
    is_live: bool,
}

impl ReplyBody {
    pub(crate) fn played(
        engine: Engine,
        actions: Vec<Action>,
        ticket: Ticket,
        deadline: Deadline,
    ) -> Self {
        Self(Kind::Played(Box::new(Played {
            engine,
            actions: actions.into_iter(),
            pause: Mutex::new(None),
            live: Mutex::new(None),
            ticket: Some(ticket),
            deadline,
            begun: false,
            waiting: false,
            is_live: false,
        })))
    }

    /// With work that goes on while it is read.
    pub(crate) fn beside(self, work: Task) -> Self {
        let work = Mutex::new(Some(work));
        Self(Kind::Beside(Box::new(Beside { work, body: self })))
    }

    /// As the body is read, with its faults as values.
    #[cfg(feature = "server")]
    pub(crate) fn poll_played(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Break>>> {
        match &mut self.0 {
            Kind::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::Played(played) => played.poll_frame(cx),
            Kind::Beside(beside) => {
                beside.work(cx);
                beside.body.poll_played(cx)
            }
        }
    }

    /// The bytes of a body that is in one piece.
    ///
    /// # Errors
    /// With the body itself, when it has to be played.
    pub fn try_into_bytes(self) -> Result<Bytes, Self> {
        match self.0 {
            Kind::Whole(bytes) => Ok(bytes),
            played => Err(Self(played)),
        }
    }
}

/// A body in one piece.
impl From<Bytes> for ReplyBody {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Whole(bytes))
    }
}

impl Beside {
    fn work(&mut self, cx: &mut Context<'_>) {
        let work = self.work.get_mut().unwrap_or_else(PoisonError::into_inner);
        if work
            .as_mut()
            .is_some_and(|work| work.as_mut().poll(cx).is_ready())
        {
            *work = None;
        }
    }
}

impl fmt::Debug for Beside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)
    }
}

/// A body that does not end as a body does.
#[derive(Debug)]
pub(crate) enum Break {
    /// The connection breaks in this way.
    Fault(Fault),
    /// The test's own code panicked.
    Failed(Failed),
}

impl Break {
    /// What a client in process gets; `None`: nothing, for ever.
    fn error(self) -> Option<Error> {
        match self {
            Self::Fault(fault) => fault.to_io_error().map(Error::Fault),
            Self::Failed(failed) => Some(Error::Failed(failed)),
        }
    }
}

impl Played {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Break>>> {
        match self.poll_next(cx) {
            Poll::Pending => {
                ready!(self.deadline.poll(cx));
                self.actions = Vec::new().into_iter();
                self.pause = Mutex::new(None);
                self.live = Mutex::new(None);
                (self.waiting, self.is_live) = (false, false);
                // Its client has no more time for it.
                self.ticket = None;
                let status = deadline::exceeded().to_headers();
                Poll::Ready(Some(Ok(Frame::trailers(status))))
            }
            ready => ready,
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Break>>> {
        self.begun = true;
        loop {
            let pause = self.pause.get_mut().unwrap_or_else(PoisonError::into_inner);
            if let Some(sleep) = pause {
                ready!(sleep.as_mut().poll(cx));
                *pause = None;
                self.waiting = false;
            }
            if let Some(polled) = self.poll_live(cx) {
                let polled = ready!(polled);
                self.is_live = matches!(polled, Some(Ok(_)));
                match polled {
                    Some(Ok(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                    Some(Err(broken)) => return Poll::Ready(Some(Err(broken))),
                    None => {}
                }
            }
            match self.actions.next() {
                Some(Action::Wait(duration)) => self.pause(time::sleep(&self.engine, duration)),
                Some(Action::Hold(gate)) => self.pause(Box::pin(gate.opened())),
                Some(Action::Chunk(bytes)) => {
                    return Poll::Ready(Some(Ok(self.sent(Frame::data(bytes)))));
                }
                Some(Action::Trailers(trailers)) => {
                    return Poll::Ready(Some(Ok(self.sent(Frame::trailers(trailers)))));
                }
                Some(Action::Live(live)) => match catch_unwind(AssertUnwindSafe(|| live.open())) {
                    Ok(body) => {
                        self.live = Mutex::new(Some(body));
                        self.is_live = true;
                    }
                    Err(payload) => return Poll::Ready(Some(Err(self.panicked(payload)))),
                },
                Some(Action::Fault(fault)) => {
                    self.settle();
                    self.actions = Vec::new().into_iter();
                    return Poll::Ready(Some(Err(Break::Fault(fault))));
                }
                Some(_) => {}
                None => {
                    self.settle();
                    return Poll::Ready(None);
                }
            }
        }
    }

    /// The next of a live body, where one is being read.
    fn poll_live(&mut self, cx: &mut Context<'_>) -> Option<Poll<Option<Result<Bytes, Break>>>> {
        let live = self.live.get_mut().unwrap_or_else(PoisonError::into_inner);
        let body = live.as_mut()?;
        let polled = catch_unwind(AssertUnwindSafe(|| body.as_mut().poll_chunk(cx)));
        Some(match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(Some(Ok(chunk)))) => Poll::Ready(Some(Ok(chunk))),
            Ok(Poll::Ready(None)) => {
                let trailers = catch_unwind(AssertUnwindSafe(|| body.as_mut().trailers()));
                *live = None;
                if let Ok(Some(trailers)) = trailers {
                    self.end_with(trailers);
                }
                Poll::Ready(None)
            }
            Ok(Poll::Ready(Some(Err(fault)))) => {
                *live = None;
                self.actions = Vec::new().into_iter();
                if let Some(ticket) = self.ticket.take() {
                    ticket.fault();
                }
                Poll::Ready(Some(Err(Break::Fault(fault))))
            }
            Err(payload) => {
                *live = None;
                Poll::Ready(Some(Err(self.panicked(payload))))
            }
        })
    }

    /// With the trailers of a live body, in the place of the reply's own.
    fn end_with(&mut self, trailers: HeaderMap) {
        let own = |action: &Action| matches!(action, Action::Trailers(_));
        let mut actions: Vec<Action> = self.actions.by_ref().filter(|it| !own(it)).collect();
        actions.push(Action::Trailers(trailers));
        self.actions = actions.into_iter();
    }

    fn panicked(&mut self, payload: Box<dyn Any + Send>) -> Break {
        self.actions = Vec::new().into_iter();
        let said = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("a panic whose payload is not text");
        let why = format!("the live body panicked: {said}");
        match self.ticket.take() {
            Some(ticket) => Break::Failed(ticket.refuse(&why)),
            None => Break::Fault(Fault::other(why)),
        }
    }

    fn is_over(&self) -> bool {
        self.actions.as_slice().is_empty() && !self.waiting && !self.is_live
    }

    fn pause(&mut self, sleep: Sleep) {
        self.pause = Mutex::new(Some(sleep));
        self.waiting = true;
    }

    /// Many clients never ask again after the last frame.
    fn sent(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        if self.actions.as_slice().is_empty() {
            self.settle();
        }
        frame
    }

    fn settle(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            ticket.settle();
        }
    }
}

impl Drop for Played {
    fn drop(&mut self) {
        // A client that has the head and never looks at the body was answered; one that leaves in the middle was not.
        if !self.begun {
            self.settle();
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.get_mut().0 {
            Kind::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::Played(played) => match ready!(played.poll_frame(cx)) {
                Some(Err(broken)) => match broken.error() {
                    Some(error) => Poll::Ready(Some(Err(error))),
                    None => {
                        played.deadline = Deadline::default();
                        played.pause(Box::pin(std::future::pending()));
                        played.poll_frame(cx).map(|_| None)
                    }
                },
                Some(Ok(frame)) => Poll::Ready(Some(Ok(frame))),
                None => Poll::Ready(None),
            },
            Kind::Beside(beside) => {
                beside.work(cx);
                Pin::new(&mut beside.body).poll_frame(cx)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Played(played) => played.is_over(),
            // It is asked once at least, for the sake of what runs beside it.
            Kind::Beside(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Played(_) => SizeHint::default(),
            Kind::Beside(beside) => beside.body.size_hint(),
        }
    }
}

impl fmt::Debug for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Played")
            .field("actions", &self.actions.len())
            .field("begun", &self.begun)
            .finish()
    }
}
