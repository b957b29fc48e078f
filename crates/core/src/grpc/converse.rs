//! In a call both sides may stream at once, and what one says may depend on what the other has said.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use prost::Message;

use crate::grpc::CONTENT_TYPE;
use crate::grpc::frame::{Frames, decoded, framed};
use crate::grpc::status::Status;
use crate::reply::{Fault, Live, LiveBody, Plan, Writer, reply, reply_streamed};
use crate::request::Request;
use crate::request_body::RequestBody;
use crate::sync::Mutex;

/// An async closure that reads messages as they come and sends messages meanwhile; what it returns is the status.
///
/// The head of the reply goes out at once. It serves all kinds of streaming, both directions at a time included.
///
/// ```
/// # use standin_core::grpc::{self, Messages, Sender};
/// # use standin_core::prelude::*;
/// # let net = standin_core::activate().lenient();
/// mock::grpc("https://x.io/greet.Greeter/Chat").optional().reply(grpc::converse(
///     async |mut names: Messages<String>, greetings: Sender<String>| {
///         while let Some(name) = names.next().await? {
///             greetings.send(format!("Good day, {name}.")).await;
///         }
///         Ok(())
///     },
/// ));
/// ```
pub fn converse<In, Out, F, Fut>(talk: F) -> Plan
where
    In: Message + Default + 'static,
    Out: Message + 'static,
    F: Fn(Messages<In>, Sender<Out>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), Status>> + Send + 'static,
{
    let talk = Arc::new(talk);
    reply_streamed(move |request: Request, body: RequestBody| {
        let talk = Arc::clone(&talk);
        async move {
            let frames = Frames::encoded(request.header("grpc-encoding"));
            let messages = Messages {
                body,
                frames,
                _message: PhantomData,
            };
            let end = Arc::<Mutex<Option<Status>>>::default();
            let said = Arc::clone(&end);
            let written = Live::written(async move |to: Writer| {
                let sender = Sender {
                    to,
                    _message: PhantomData,
                };
                let status = talk(messages, sender).await.err();
                *said.lock() = Some(status.unwrap_or_else(Status::ok));
            });
            reply(200)
                .set_header("content-type", CONTENT_TYPE)
                .body(Live::once(Conversation {
                    body: written.open(),
                    end,
                }))
        }
    })
}

/// The messages of a client, as they come.
pub struct Messages<M> {
    body: RequestBody,
    frames: Frames,
    _message: PhantomData<fn() -> M>,
}

impl<M: Message + Default> Messages<M> {
    /// The next message, when all of it is there; `None` when the client sends no more.
    ///
    /// # Errors
    /// [`Code::Internal`](super::Code::Internal) when what came is no such message, [`Code::Cancelled`](super::Code::Cancelled)
    /// when the client broke off.
    pub async fn next(&mut self) -> Result<Option<M>, Status> {
        let wrong = |error: super::DecodeError| Status::internal(error.to_string());
        loop {
            if let Some(message) = self.frames.next().map_err(wrong)? {
                return decoded(message).map(Some).map_err(wrong);
            }
            match self.body.chunk().await {
                Some(chunk) => self.frames.push(&chunk),
                None => {
                    if let Some(fault) = self.body.broke_off() {
                        return Err(Status::cancelled(fault.to_string()));
                    }
                    return self.frames.end().map(|()| None).map_err(wrong);
                }
            }
        }
    }
}

impl<M> fmt::Debug for Messages<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Messages").field(&self.body).finish()
    }
}

/// By which a closure sends its messages.
pub struct Sender<M> {
    to: Writer,
    _message: PhantomData<fn(M)>,
}

impl<M: Message> Sender<M> {
    /// Sends a message; it resolves when the one before was taken.
    pub async fn send(&self, message: M) {
        self.to.write(framed(&message)).await;
    }

    /// Breaks the call with this fault, behind what was sent. It does not resolve: nothing comes after it.
    pub async fn fail(&self, fault: Fault) {
        self.to.fail(fault).await;
    }
}

impl<M> fmt::Debug for Sender<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

/// What the closure writes, with its status behind it.
struct Conversation {
    body: Pin<Box<dyn LiveBody>>,
    end: Arc<Mutex<Option<Status>>>,
}

impl LiveBody for Conversation {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        self.body.as_mut().poll_chunk(cx)
    }

    fn trailers(self: Pin<&mut Self>) -> Option<HeaderMap> {
        self.end.lock().take().map(|status| status.to_headers())
    }
}
