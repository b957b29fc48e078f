//! Which calls of gRPC a mock means: by method, and by what the messages say.

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::time::Duration;

use http::Method;
use prost::Message;

use crate::declare::declaration::Methods;
use crate::declare::{Base, Builder, Declaration, Draft, IntoUrl, Mock, Place};
use crate::engine::Engine;
use crate::grpc::frame::{DecodeError, name_of};
use crate::matching::{Matcher, Needs, re};
use crate::miss::{Miss, Part};
use crate::request::Request;

/// # gRPC
impl<S> Builder<S> {
    /// The one message of a call, decoded: `.message(|m: &HelloRequest| m.name == "Ada")`. A body that is none is a miss, which a
    /// report tells.
    pub fn message<M: Message + Default + fmt::Debug + 'static>(
        self,
        accepts: impl Fn(&M) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.matching(Decoded::<M, M, _> {
            read: Request::message::<M>,
            accepts,
            wanted: "a message",
            _message: PhantomData,
        })
    }

    /// All messages of a call whose client streams, decoded; the mock waits for the last. A closure that shall answer between
    /// them is [`converse`](super::converse).
    pub fn messages<M: Message + Default + fmt::Debug + 'static>(
        self,
        accepts: impl Fn(&[M]) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.matching(Decoded::<Vec<M>, M, _> {
            read: Request::messages::<M>,
            accepts: move |all: &Vec<M>| accepts(all),
            wanted: "messages",
            _message: PhantomData,
        })
    }

    /// How long the client gives the call (`grpc-timeout`), whatever the unit in which it says so.
    pub fn grpc_timeout(
        self,
        within: impl RangeBounds<Duration> + fmt::Debug + Send + Sync + 'static,
    ) -> Self {
        self.matching(Timeout(within))
    }
}

struct Decoded<T, M, F> {
    read: fn(&Request) -> Result<T, DecodeError>,
    accepts: F,
    wanted: &'static str,
    _message: PhantomData<fn(M)>,
}

impl<T, M, F> Matcher for Decoded<T, M, F>
where
    T: fmt::Debug + 'static,
    M: 'static,
    F: Fn(&T) -> bool + Send + Sync + 'static,
{
    fn check(&self, request: &Request) -> Result<(), Miss> {
        let part = || Part::Custom(format!("message `{}`", name_of::<M>()));
        match (self.read)(request) {
            Ok(read) if (self.accepts)(&read) => Ok(()),
            Ok(read) => Err(Miss::new(part(), "the closure to accept it")
                .received(crate::glimpse::cut(&format!("{read:?}"), 500))),
            Err(error) => Err(Miss::new(part(), self.wanted).received(error.to_string())),
        }
    }
}

struct Timeout<R>(R);

impl<R: RangeBounds<Duration> + fmt::Debug + Send + Sync + 'static> Matcher for Timeout<R> {
    fn needs(&self) -> Needs {
        Needs::Head
    }

    fn check(&self, request: &Request) -> Result<(), Miss> {
        let timeout = request.grpc_timeout();
        if timeout.is_some_and(|timeout| self.0.contains(&timeout)) {
            return Ok(());
        }
        let received = match (timeout, request.header("grpc-timeout")) {
            (Some(timeout), _) => format!("{timeout:?}"),
            (None, Some(text)) => format!("`{}`, which is none", crate::glimpse::cut(text, 40)),
            (None, None) => "nothing".to_owned(),
        };
        let part = Part::Header("grpc-timeout".to_owned());
        Err(Miss::new(part, format!("{:?}", self.0)).received(received))
    }
}

/// A POST with gRPC's content type.
fn called<S>(mut mock: Builder<S>) -> Builder<S> {
    mock.declaration.function = "grpc";
    mock.header("content-type", re("(?i)^application/grpc(?:[+; ]|$)"))
}

#[track_caller]
pub(crate) fn mock_of(place: &Place, url: impl IntoUrl) -> Mock {
    called(place.one("grpc", "POST", url))
}

impl Engine {
    /// A mock of a method of gRPC: `https://x.io/greet.Greeter/SayHello`.
    #[track_caller]
    pub fn grpc(&self, url: impl IntoUrl) -> Mock {
        mock_of(&self.place(), url)
    }
}

impl Base {
    /// A method of gRPC: `/greet.Greeter/SayHello`.
    #[track_caller]
    pub fn grpc(&self, path: &str) -> Mock {
        called(self.child("grpc", Methods::One(Method::POST), path))
    }
}

impl Declaration {
    /// Calls of a method of gRPC.
    #[track_caller]
    pub fn grpc(url: impl IntoUrl) -> Draft {
        called(Self::post(url))
    }
}
