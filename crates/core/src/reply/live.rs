//! A body may have no end that is known when it is declared: a stream, or what the test says while the client reads.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::HeaderMap;

use crate::reply::fault::Fault;
use crate::reply::written::{Writer, Written};
use crate::sync::{Mutex, enlist};

/// What a body is while it is read: chunk after chunk, then its end or a fault.
pub trait LiveBody: Send {
    /// The next chunk; `None` is the end.
    fn poll_chunk(self: Pin<&mut Self>, cx: &mut Context<'_>)
    -> Poll<Option<Result<Bytes, Fault>>>;

    /// The trailers that follow its end, in the place of the reply's; asked for once, at the end. None unless it says otherwise.
    fn trailers(self: Pin<&mut Self>) -> Option<HeaderMap> {
        None
    }
}

type Make = dyn Fn() -> Pin<Box<dyn LiveBody>> + Send + Sync;

type Unopened = Option<Pin<Box<dyn LiveBody>>>;

/// A body that is made anew for each use: `reply(200).body(Live::new(|| ..))`. Adapters make it when they carry the reply out.
#[derive(Clone)]
pub struct Live(Kind);

#[derive(Clone)]
enum Kind {
    Each(Arc<Make>),
    Once(Arc<Mutex<Unopened>>),
}

impl Live {
    /// What `make` makes, at each use.
    pub fn new<B: LiveBody + 'static>(make: impl Fn() -> B + Send + Sync + 'static) -> Self {
        Self(Kind::Each(Arc::new(move || Box::pin(make()))))
    }

    /// This body, for a reply that is made for one use: by a closure.
    ///
    /// ```
    /// # use standin_core::prelude::*;
    /// # use standin_core::Live;
    /// # let net = standin_core::activate().lenient();
    /// mock::post("https://x.io/echo").optional().reply(async |_: Request, body: RequestBody| {
    ///     reply(200).body(Live::once(body))
    /// });
    /// ```
    ///
    /// A second use panics while it is read, and verification fails with that.
    pub fn once(body: impl LiveBody + 'static) -> Self {
        Self(Kind::Once(Arc::new(Mutex::new(Some(Box::pin(body))))))
    }

    /// What `write` writes while the client reads, for a reply that is made for one use: by a closure.
    ///
    /// ```
    /// # use standin_core::prelude::*;
    /// # use standin_core::Live;
    /// # let net = standin_core::activate().lenient();
    /// mock::post("https://x.io/shout").optional().reply(async |_: Request, mut body: RequestBody| {
    ///     Live::written(async move |to| {
    ///         while let Some(chunk) = body.chunk().await {
    ///             to.write(chunk.to_ascii_uppercase()).await;
    ///         }
    ///     })
    /// });
    /// ```
    pub fn written<F, Fut>(write: F) -> Self
    where
        F: FnOnce(Writer) -> Fut,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self::once(Written::new(write))
    }

    /// Chunks from an iterator, which `make` makes at each use; the next is asked for when the last was taken.
    ///
    /// ```
    /// # use standin_core::prelude::*;
    /// # use standin_core::Live;
    /// let endless = reply(200).body(Live::of(|| (0_u64..).map(|n| format!("{n}\n"))));
    /// ```
    pub fn of<I>(make: impl Fn() -> I + Send + Sync + 'static) -> Self
    where
        I: Iterator<Item: Into<Bytes>> + Send + 'static,
    {
        Self::new(move || Iterated(Box::new(make().map(Into::into))))
    }

    /// The body of one use.
    pub fn open(&self) -> Pin<Box<dyn LiveBody>> {
        match &self.0 {
            Kind::Each(make) => make(),
            Kind::Once(body) => match body.lock().take() {
                Some(body) => body,
                None => panic!("it is for one use: make it in a closure, or by `Live::new(..)`"),
            },
        }
    }

    /// Drops what nobody opened and nobody will: what it holds may be waited for, as the body of a request is.
    pub(crate) fn let_go(&self) {
        if let Kind::Once(body) = &self.0 {
            let left = body.lock().take();
            drop(left);
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

struct Iterated(Box<dyn Iterator<Item = Bytes> + Send>);

impl LiveBody for Iterated {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

/// A body that the test feeds while the client reads it. Clones are the same; each chunk goes to one reader.
///
/// ```
/// # use standin_core::prelude::*;
/// # use standin_core::Feed;
/// let feed = Feed::new();
/// let live = reply(200).body(&feed);
/// feed.send("one");
/// feed.send("two");
/// feed.end();
/// ```
#[derive(Clone, Default)]
pub struct Feed(Arc<Mutex<Fed>>);

#[derive(Default)]
struct Fed {
    chunks: VecDeque<Bytes>,
    /// How it ends, when it does.
    end: Option<Option<Fault>>,
    waiting: Vec<Waker>,
}

impl Feed {
    /// With nothing in it yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends a chunk; what comes behind the end is ignored.
    pub fn send(&self, chunk: impl Into<Bytes>) {
        self.change(|fed| fed.chunks.push_back(chunk.into()));
    }

    /// Ends the body, behind what was sent.
    pub fn end(&self) {
        self.change(|fed| fed.end = Some(None));
    }

    /// Breaks the body with this fault, behind what was sent.
    pub fn fail(&self, fault: Fault) {
        self.change(|fed| fed.end = Some(Some(fault)));
    }

    fn change(&self, change: impl FnOnce(&mut Fed)) {
        let waiting = {
            let mut fed = self.0.lock();
            if fed.end.is_none() {
                change(&mut fed);
            }
            std::mem::take(&mut fed.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl LiveBody for Feed {
    fn poll_chunk(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        let mut fed = self.0.lock();
        match (fed.chunks.pop_front(), &fed.end) {
            (Some(chunk), _) => Poll::Ready(Some(Ok(chunk))),
            (None, Some(end)) => Poll::Ready(end.clone().map(Err)),
            (None, None) => {
                enlist(&mut fed.waiting, cx);
                Poll::Pending
            }
        }
    }
}

impl From<&Feed> for Live {
    fn from(feed: &Feed) -> Self {
        let feed = feed.clone();
        Self::new(move || feed.clone())
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fed = self.0.lock();
        write!(f, "Feed({} chunks, ", fed.chunks.len())?;
        f.write_str(if fed.end.is_some() { "ended)" } else { "open)" })
    }
}
