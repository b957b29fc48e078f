//! What a cargo feature brings is, without the feature, a bare "no method named .." to a user: here each method has a twin that
//! nobody can call, and the compiler's error names the feature and the command that switches it on.
//!
//! With the feature on, the real one is there and its twin is not; where features are united over a graph, all have the real one.
//! The twins are hidden from documentation and completion, and take whatever arguments: the feature is the one mistake to be told.
//! What is reached by a path (`standin::listen`, `matchers::json_path`, `mock::grpc`) needs none: there the compiler itself says "the
//! item is gated behind the `listen` feature".

/// A trait that nothing implements: what asks for it does not compile, and this is said then.
macro_rules! feature {
    ($name:literal, $needed:ident, $message:literal, $note:literal) => {
        #[cfg(not(feature = $name))]
        #[doc(hidden)]
        #[diagnostic::on_unimplemented(
                                                    message = $message,
                                                    label = "this needs a feature that is off",
                                                    note = $note
                                                )]
        pub trait $needed {}
    };
}

feature!(
    "grpc",
    NeedsGrpc,
    "mocks of gRPC need standin's feature `grpc`",
    "this switches it on: `cargo add --dev standin --features grpc`"
);
feature!(
    "jsonpath",
    NeedsJsonpath,
    "`.json_path(..)` needs standin's feature `jsonpath`",
    "this switches it on: `cargo add --dev standin --features jsonpath`"
);
feature!(
    "multipart",
    NeedsMultipart,
    "`.multipart(part(..))` needs standin's feature `multipart`",
    "this switches it on: `cargo add --dev standin --features multipart`"
);
feature!(
    "schema",
    NeedsSchema,
    "`.json_schema(..)` needs standin's feature `schema`",
    "this switches it on: `cargo add --dev standin --features schema`"
);
feature!(
    "websocket",
    NeedsWebsocket,
    "`.websocket(..)` and `ws()` need standin's feature `websocket`",
    "this switches it on: `cargo add --dev standin --features websocket`"
);
feature!(
    "xml",
    NeedsXml,
    "`.xml(..)` needs standin's feature `xml`",
    "this switches it on: `cargo add --dev standin --features xml`"
);

#[cfg(not(feature = "grpc"))]
mod grpc {
    use super::NeedsGrpc;
    use crate::declare::{Base, Builder, Declaration, Draft, Mock};
    use crate::engine::Engine;

    impl<S> Builder<S> {
        #[doc(hidden)]
        pub fn message<A>(self, _: A) -> Self
        where
            Self: NeedsGrpc,
        {
            self
        }

        #[doc(hidden)]
        pub fn messages<A>(self, _: A) -> Self
        where
            Self: NeedsGrpc,
        {
            self
        }

        #[doc(hidden)]
        pub fn grpc_timeout<A>(self, _: A) -> Self
        where
            Self: NeedsGrpc,
        {
            self
        }
    }

    impl Engine {
        #[doc(hidden)]
        pub fn grpc<'a>(&'a self, _: &str) -> Mock
        where
            &'a Self: NeedsGrpc,
        {
            self.any("*")
        }
    }

    impl Base {
        #[doc(hidden)]
        pub fn grpc<'a>(&'a self, path: &str) -> Mock
        where
            &'a Self: NeedsGrpc,
        {
            self.any(path)
        }
    }

    impl Declaration {
        #[doc(hidden)]
        pub fn grpc<'a>(url: &'a str) -> Draft
        where
            &'a str: NeedsGrpc,
        {
            Self::any(url)
        }
    }
}

#[cfg(not(feature = "jsonpath"))]
impl<S> crate::Builder<S> {
    #[doc(hidden)]
    pub fn json_path<P, V>(self, _: P, _: V) -> Self
    where
        Self: NeedsJsonpath,
    {
        self
    }
}

#[cfg(not(feature = "multipart"))]
mod multipart {
    use super::NeedsMultipart;

    /// In place of a `MultipartPart`.
    #[doc(hidden)]
    #[derive(Debug)]
    pub struct NeedsFeatureMultipart(());

    #[doc(hidden)]
    pub fn part<'a>(_: &'a str) -> NeedsFeatureMultipart
    where
        &'a str: NeedsMultipart,
    {
        NeedsFeatureMultipart(())
    }

    impl<S> crate::Builder<S> {
        #[doc(hidden)]
        pub fn multipart<A>(self, _: A) -> Self
        where
            Self: NeedsMultipart,
        {
            self
        }
    }
}
#[cfg(not(feature = "multipart"))]
pub use multipart::part;

#[cfg(not(feature = "schema"))]
impl<S> crate::Builder<S> {
    #[doc(hidden)]
    pub fn json_schema<A>(self, _: A) -> Self
    where
        Self: NeedsSchema,
    {
        self
    }
}

#[cfg(not(feature = "websocket"))]
mod websocket {
    use super::NeedsWebsocket;
    use crate::declare::{Declaration, Draft, Mock};
    use crate::handle::MockHandle;

    /// In place of a script and of a connection.
    #[doc(hidden)]
    #[derive(Debug)]
    pub struct NeedsFeatureWebsocket(());

    #[doc(hidden)]
    pub type WebSocket = NeedsFeatureWebsocket;

    #[doc(hidden)]
    pub fn ws<'a>() -> NeedsFeatureWebsocket
    where
        &'a (): NeedsWebsocket,
    {
        NeedsFeatureWebsocket(())
    }

    impl Mock {
        #[doc(hidden)]
        pub fn websocket<'a, A: 'a>(self, _: A) -> MockHandle
        where
            &'a A: NeedsWebsocket,
        {
            self.reply(501)
        }
    }

    impl Draft {
        #[doc(hidden)]
        pub fn websocket<'a, A: 'a>(self, _: A) -> Declaration
        where
            &'a A: NeedsWebsocket,
        {
            self.reply(501)
        }
    }
}
#[cfg(not(feature = "websocket"))]
pub use websocket::{WebSocket, ws};

#[cfg(not(feature = "xml"))]
impl<S> crate::Builder<S> {
    #[doc(hidden)]
    pub fn xml<A>(self, _: A) -> Self
    where
        Self: NeedsXml,
    {
        self
    }
}
