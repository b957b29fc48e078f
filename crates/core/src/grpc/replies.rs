//! Replies of gRPC that are known when they are declared, or made of one message.

use bytes::Bytes;
use prost::Message;

use crate::grpc::CONTENT_TYPE;
use crate::grpc::frame::framed;
use crate::grpc::status::Status;
use crate::reply::{Answer, Delay, Fault, Gate, IntoAnswer, Plan, Reply, reply, reply_with};
use crate::request::Request;

/// One message, and [`Code::Ok`](super::Code::Ok).
///
/// A delay, a gate, metadata (headers and trailers) are said to it as to any [`Reply`]:
/// `grpc::message(hello).delay(secs(3)).header("x-served-by", "standin")`.
pub fn message(message: impl Message) -> Reply {
    stream([message]).into_reply()
}

/// Messages one after the other, each when the one before is out, and then [`Code::Ok`](super::Code::Ok).
///
/// ```
/// # use standin_core::grpc;
/// # use standin_core::prelude::*;
/// # let gate = Gate::new();
/// let ticks = grpc::stream(["one".to_owned(), "two".to_owned()])
///     .gap(secs(30))
///     .send("three".to_owned())
///     .gate(&gate)
///     .status(grpc::Status::unavailable("that is all"));
/// ```
pub fn stream<M: Message>(messages: impl IntoIterator<Item = M>) -> Stream {
    let begun = Stream {
        reply: reply(200)
            .set_header("content-type", CONTENT_TYPE)
            .chunks::<Bytes>([]),
        end: End::Status(Status::ok()),
        length: 0,
    };
    messages.into_iter().fold(begun, Stream::send)
}

/// Messages of a reply, in order, with what stands between them; [`stream`] begins them.
#[derive(Debug, Clone)]
#[must_use = "messages do nothing until they are given to a mock: `.reply(..)`"]
pub struct Stream {
    reply: Reply,
    end: End,
    /// Of the messages so far, in bytes.
    length: usize,
}

#[derive(Debug, Clone)]
enum End {
    Status(Status),
    Fault(Fault),
}

impl Stream {
    /// Sends a message.
    pub fn send(mut self, message: impl Message) -> Self {
        let frame = framed(&message);
        self.length += frame.len();
        self.reply = self.reply.chunk(frame);
        self
    }

    /// Waits before what comes next.
    #[track_caller]
    pub fn gap(mut self, delay: impl Into<Delay>) -> Self {
        self.reply = self.reply.gap(delay);
        self
    }

    /// Waits before what comes next until the test opens the gate.
    pub fn gate(mut self, gate: &Gate) -> Self {
        self.reply = self.reply.gate(gate);
        self
    }

    /// Ends with this status behind the messages; [`Status::ok`] unless said otherwise.
    pub fn status(mut self, status: Status) -> Self {
        self.end = End::Status(status);
        self
    }

    /// Breaks behind the messages so far, in the place of a status.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.end = End::Fault(fault);
        self
    }

    /// As a reply, to which the rest may be said: metadata, a delay.
    #[track_caller]
    pub fn into_reply(self) -> Reply {
        match self.end {
            End::Status(status) => {
                let trailers = status.to_headers();
                trailers.iter().fold(self.reply, |reply, (name, value)| {
                    reply.trailer(name.as_str(), value.clone())
                })
            }
            End::Fault(fault) => self.reply.breaks_after(self.length, fault),
        }
    }
}

impl IntoAnswer for Stream {
    fn into_answer(self) -> Answer {
        self.into_reply().into_answer()
    }
}

/// A closure from the message of a call to the message of its reply, or a status.
///
/// ```
/// # use standin_core::grpc;
/// # use standin_core::prelude::*;
/// # let net = standin_core::activate().lenient();
/// mock::grpc("https://x.io/greet.Greeter/SayHello").optional().reply(grpc::unary(|name: String| {
///     if name.is_empty() {
///         return Err(grpc::Status::invalid_argument("who?"));
///     }
///     Ok(format!("Good day, {name}."))
/// }));
/// ```
///
/// What is no such message is answered with [`Code::Internal`](super::Code::Internal), as a server does.
pub fn unary<In, Out>(answer: impl Fn(In) -> Result<Out, Status> + Send + Sync + 'static) -> Plan
where
    In: Message + Default,
    Out: Message,
{
    reply_with(move |request: &Request| match request.message::<In>() {
        Ok(asked) => match answer(asked) {
            Ok(answered) => message(answered),
            Err(status) => status.into_reply(),
        },
        Err(error) => Status::internal(error.to_string()).into_reply(),
    })
}
