//! The engine of standin: declarations, matching, replies, journal, verification and reports, without I/O.
//!
//! A test declares what it expects; an adapter brings requests to an [`Engine`] and carries each [`Outcome`] out; leaving
//! the test verifies. Users add the crate `standin`, which has the adapters; whoever writes an adapter of their own needs this
//! crate alone.
//!
//! ```
//! use standin_core::prelude::*;
//! use standin_core::{Engine, Outcome, Request};
//!
//! let engine = Engine::new();
//! engine.get("https://api.github.com/users/{id}").reply(json!({"id": 7}));
//!
//! match engine.serve_blocking(Request::get("https://api.github.com/users/7")) {
//!     Outcome::Reply(answered) => {
//!         assert_eq!(answered.reply.as_body().to_bytes(), r#"{"id":7}"#);
//!         answered.ticket.settle();
//!     }
//!     other => panic!("{other:?}"),
//! }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod active;
mod block;
mod body;
mod bypass;
mod clock;
mod content;
mod conversation;
mod data;
mod declare;
mod engine;
mod glimpse;
pub mod grpc;
mod handle;
mod journal;
mod matching;
mod miss;
mod mistake;
pub mod mock;
mod network;
mod observer;
pub mod prelude;
mod registry;
mod reply;
mod report;
mod request;
mod request_body;
mod request_ref;
mod secret;
mod switched_off;
mod sync;
mod url;
mod wait;

/// Closures of the user that panic are caught before anything of standin is changed by half, so that a test may catch the panic
/// of `verify()` and go on.
mod unwinding {
    use std::panic::{RefUnwindSafe, UnwindSafe};

    use crate::{Condition, Declaration, Engine, MockHandle, Pattern, Reply};

    macro_rules! unwind_safe {
        ($($kind:ty),*) => {
            $(impl UnwindSafe for $kind {}
            impl RefUnwindSafe for $kind {})*

            const _: () = {
                const fn is<T: UnwindSafe + RefUnwindSafe>() {}
                $(is::<$kind>();)*
                is::<crate::OwnedEngine>();
                is::<crate::Calls>();
            };
        };
    }
    unwind_safe!(Engine, Declaration, Pattern, Condition, MockHandle, Reply);
}

pub use active::{Attach, Attached, Guard, activate, activate_with, active};
pub use bypass::{bypass, is_bypassed};
pub use clock::{Clock, Sleep, SystemClock};
pub use content::Content;
pub use conversation::{
    ByteScript, ByteStream, Connection, Conversation, Conversing, Frame, IntoEnd, IntoProtocol,
    Message, Protocol, Said, Side, Talking, TcpMock, ToClient, Upgrade, script,
};
#[cfg(feature = "websocket")]
#[cfg_attr(docsrs, doc(cfg(feature = "websocket")))]
pub use conversation::{
    Command, Gone, IntoScript, Line, Play, Ran, Recorder, Running, Script, Talk, WebSocket, ws,
};
pub use declare::{
    Base, Builder, Declaration, DeclareError, Draft, IntoTimes, IntoUrl, Mock, Times,
};
pub use engine::{
    Accepted, Answered, Awaited, Awaiting, BodyUse, Carried, CatchUp, Connect, Ended, Engine,
    Exchange, Failed, Fits, Held, Outcome, OwnedEngine, Passed, Step, Ticket, Turn, Unmatched,
    Upload,
};
pub use handle::{MockHandle, assert_order};
pub use journal::{Call, CallOutcome, Calls, Digest};
pub use matching::matchers;
pub use matching::{
    Condition, IntoPattern, Matcher, Needs, Pattern, absent, any, glob, not, pred, present, re,
    try_re,
};
#[cfg(feature = "multipart")]
#[cfg_attr(docsrs, doc(cfg(feature = "multipart")))]
pub use matching::{MultipartPart, part};
pub use miss::{Detail, Difference, Miss, Part};
pub use network::{Destination, IntoNetworkFilter, NetworkFilter, NetworkPolicy};
pub use observer::{Observer, is_initialising, may_run_at_once, observe};
pub use reply::{
    Action, Answer, Body, Chance, Delay, Event, Events, Fault, FaultStep, Feed, Gate, Head,
    HeaderText, IntoAnswer, IntoBody, IntoReply, IntoStatus, Json, Live, LiveBody, Opened, Payload,
    Plan, Reason, Replies, Reply, SequenceStep, Transport, Writer, events, ndjson, reply,
    reply_async, reply_streamed, reply_with,
};
pub use report::{
    BodyDump, Finding, Location, MockLine, Near, NearRequest, NearWhy, NextStep, Report,
    RequestDump, RequestLine, Style,
};
pub use request::Request;
pub use request_body::RequestBody;
pub use request_ref::RequestRef;
#[cfg(not(feature = "multipart"))]
#[doc(hidden)]
pub use switched_off::part;
#[cfg(not(feature = "websocket"))]
#[doc(hidden)]
pub use switched_off::{WebSocket, ws};
pub use wait::{TimedOut, Wait, Within};
