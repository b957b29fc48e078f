//! Where a declaration goes: to an engine at its terminal, into a value, or into many.

use std::panic::Location;
use std::sync::Arc;

use crate::declare::builder::{Builder, parse_method};
use crate::declare::declaration::{Declaration, Methods, Url, title};
use crate::declare::error::DeclareError;
use crate::declare::into_url::IntoUrl;
use crate::engine::{Engine, Scope};
use crate::handle::MockHandle;
use crate::mistake::mistaken;
use crate::reply::{IntoReply, Plan};
use crate::report::MockLine;

/// A declaration bound to an engine and still being built; a terminal ([`reply`](Builder::reply)) registers it.
///
/// Dropped without a terminal it registers nothing, and verification fails with its line.
pub type Mock = Builder<Bound>;

/// A declaration without an engine; its terminal makes a [`Declaration`].
pub type Draft = Builder<Free>;

/// The beginning of many mocks of one engine: a base URL and what they have in common.
pub type Base = Builder<Shared>;

/// The engine and the scope that a mock will belong to.
#[derive(Debug, Clone)]
pub struct Place {
    pub(crate) engine: Engine,
    pub(crate) scope: Scope,
}

/// The state of a [`Mock`].
#[derive(Debug)]
pub struct Bound {
    place: Place,
    /// Told when the builder is dropped without a terminal.
    begun: Option<Begun>,
}

/// What is known of a builder when it begins.
#[derive(Debug)]
struct Begun {
    function: &'static str,
    url: Url,
    at: &'static Location<'static>,
}

/// The state of a [`Draft`].
#[derive(Debug, Clone)]
pub struct Free(());

/// The state of a [`Base`].
#[derive(Debug, Clone)]
pub struct Shared(Place);

impl Drop for Bound {
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take()
            && !std::thread::panicking()
        {
            let title = title(begun.function, &begun.url);
            let line = MockLine::new(0, title, begun.at);
            let scope = self.place.scope.id;
            self.place.engine.state().unfinished.push((scope, line));
        }
    }
}

impl Place {
    #[track_caller]
    pub(crate) fn begin(&self, declaration: Declaration) -> Mock {
        let begun = Begun {
            function: declaration.function,
            url: declaration.url.clone(),
            at: declaration.at,
        };
        Builder {
            declaration,
            state: Bound {
                place: self.clone(),
                begun: Some(begun),
            },
        }
    }

    #[track_caller]
    pub(crate) fn one(&self, function: &'static str, method: &str, url: impl IntoUrl) -> Mock {
        match parse_method(method) {
            Ok(method) => self.begin(Declaration::begin(function, Methods::One(method), url)),
            Err(error) => {
                let mut declaration = Declaration::begin(function, Methods::Any, url);
                declaration.error.get_or_insert(error);
                self.begin(declaration)
            }
        }
    }

    #[track_caller]
    pub(crate) fn any(&self, url: impl IntoUrl) -> Mock {
        self.begin(Declaration::begin("any", Methods::Any, url))
    }

    #[track_caller]
    pub(crate) fn request(&self, method: &str, url: impl IntoUrl) -> Mock {
        self.one("method", method, url)
    }

    #[track_caller]
    pub(crate) fn base(&self, url: impl IntoUrl) -> Base {
        Builder {
            declaration: Declaration::begin("base", Methods::Any, url),
            state: Shared(self.clone()),
        }
    }
}

/// # Terminals
impl Builder<Bound> {
    /// Registers the mock with its reply.
    ///
    /// # Panics
    /// At this line, when something in the declaration cannot work; [`try_reply`](Self::try_reply) returns that.
    #[track_caller]
    pub fn reply<M>(self, reply: impl IntoReply<M>) -> MockHandle {
        match self.register(reply.into_plan()) {
            Ok(handle) => handle,
            Err(error) => refuse(&error),
        }
    }

    /// The twin of [`reply`](Self::reply) that returns the mistake.
    ///
    /// # Errors
    /// When something in the declaration cannot work.
    #[track_caller]
    pub fn try_reply<M>(self, reply: impl IntoReply<M>) -> Result<MockHandle, DeclareError> {
        self.register(reply.into_plan())
    }

    /// Registers the mock with a closure that makes its reply; unlike [`reply`](Self::reply) it infers the parameter's type.
    ///
    /// # Panics
    /// As [`reply`](Self::reply) does.
    #[track_caller]
    pub fn reply_with<R: crate::IntoAnswer>(
        self,
        answer: impl Fn(&crate::Request) -> R + Send + Sync + 'static,
    ) -> MockHandle {
        self.reply(crate::reply_with(answer))
    }

    /// Registers the mock with an async closure that makes its reply, and infers the parameter's type.
    ///
    /// # Panics
    /// As [`reply`](Self::reply) does.
    #[track_caller]
    pub fn reply_async<F, Fut>(self, answer: F) -> MockHandle
    where
        F: Fn(crate::Request) -> Fut + Send + Sync + 'static,
        Fut: Future + Send + 'static,
        Fut::Output: crate::IntoAnswer,
    {
        self.reply(crate::reply_async(answer))
    }

    /// Registers the mock with an async closure that takes the body as it comes, and infers the parameters' types.
    ///
    /// # Panics
    /// As [`reply`](Self::reply) does.
    #[track_caller]
    pub fn reply_streamed<F, Fut>(self, answer: F) -> MockHandle
    where
        F: Fn(crate::Request, crate::RequestBody) -> Fut + Send + Sync + 'static,
        Fut: Future + Send + 'static,
        Fut::Output: crate::IntoAnswer,
    {
        self.reply(crate::reply_streamed(answer))
    }

    /// Registers the mock so that what it matches goes to the real network, whatever the network policy says.
    ///
    /// # Panics
    /// As [`reply`](Self::reply) does.
    #[track_caller]
    pub fn pass_through(self) -> MockHandle {
        match self.register(Plan::pass_through()) {
            Ok(handle) => handle,
            Err(error) => refuse(&error),
        }
    }

    /// Registers the mock with what it says and hears over a WebSocket: a script, `ws().expect_text("hi").send_text("ho")`, or a
    /// closure, `|socket: WebSocket| async move { .. }`. A script is a reply too, and may be an element of a sequence.
    ///
    /// Only requests that ask for an upgrade to a WebSocket match. HTTP/1.1 alone has such.
    ///
    /// # Panics
    /// As [`reply`](Self::reply) does.
    #[cfg(feature = "websocket")]
    #[cfg_attr(docsrs, doc(cfg(feature = "websocket")))]
    #[track_caller]
    pub fn websocket<M>(self, script: impl crate::IntoScript<M>) -> MockHandle {
        match self.register(script.into_script().into_plan()) {
            Ok(handle) => handle,
            Err(error) => refuse(&error),
        }
    }

    /// Lets go of it: it is no mistake that it has no terminal.
    pub(crate) fn abandon(mut self) {
        self.state.begun = None;
    }

    pub(crate) fn register(mut self, plan: Plan) -> Result<MockHandle, DeclareError> {
        self.state.begun = None;
        self.declaration.plan = plan;
        self.declaration.plan.cycle = self.declaration.cycle;
        self.state
            .place
            .engine
            .register(self.declaration, self.state.place.scope)
    }
}

#[track_caller]
pub(crate) fn refuse(error: &DeclareError) -> ! {
    let place = error.location();
    mistaken(format_args!(
        "this mock cannot work: {error}\n  at {}:{}:{}",
        place.file(),
        place.line(),
        place.column()
    ))
}

impl Builder<Free> {
    /// The declaration with its reply.
    #[track_caller]
    pub fn reply<M>(mut self, reply: impl IntoReply<M>) -> Declaration {
        self.declaration.plan = reply.into_plan();
        self.declaration.plan.cycle = self.declaration.cycle;
        self.declaration
    }

    /// The declaration with what it says and hears over a WebSocket.
    #[cfg(feature = "websocket")]
    #[cfg_attr(docsrs, doc(cfg(feature = "websocket")))]
    #[track_caller]
    pub fn websocket<M>(mut self, script: impl crate::IntoScript<M>) -> Declaration {
        self.declaration.plan = script.into_script().into_plan();
        self.declaration
    }

    /// The declaration with a closure that makes its reply; unlike [`reply`](Self::reply) it infers the parameter's type.
    #[track_caller]
    pub fn reply_with<R: crate::IntoAnswer>(
        self,
        answer: impl Fn(&crate::Request) -> R + Send + Sync + 'static,
    ) -> Declaration {
        self.reply(crate::reply_with(answer))
    }

    /// The declaration with an async closure that makes its reply, and infers the parameter's type.
    #[track_caller]
    pub fn reply_async<F, Fut>(self, answer: F) -> Declaration
    where
        F: Fn(crate::Request) -> Fut + Send + Sync + 'static,
        Fut: Future + Send + 'static,
        Fut::Output: crate::IntoAnswer,
    {
        self.reply(crate::reply_async(answer))
    }

    /// The declaration of requests that go to the real network.
    pub fn pass_through(mut self) -> Declaration {
        self.declaration.plan = Plan::pass_through();
        self.declaration
    }
}

impl Builder<Shared> {
    /// A mock of the base with this method, its path put behind the base's.
    #[track_caller]
    pub(crate) fn child(&self, function: &'static str, methods: Methods, path: &str) -> Mock {
        let mut declaration = self.declaration.clone();
        declaration.at = Location::caller();
        declaration.function = function;
        declaration.methods = methods;
        match &declaration.url {
            Url::Parsed(base) => match base.join(path) {
                Ok(url) => {
                    declaration.url = Url::Parsed(Arc::new(url));
                }
                Err(error) => {
                    declaration
                        .error
                        .get_or_insert(DeclareError::new(error.of("path", path)));
                }
            },
            Url::Text(_) => {
                declaration.error.get_or_insert(DeclareError::new(
                    "the base of several mocks is a URL, and this one is a pattern: write the URL out",
                ));
            }
        }
        self.state.0.begin(declaration)
    }
}

macro_rules! verbs {
    ($($name:ident => $method:literal,)*) => {
        impl Builder<Shared> {
            /// Requests with any method, or with those that `method` and `methods` name: `api.any("/lock").method("LOCK")`.
            #[track_caller]
            pub fn any(&self, path: &str) -> Mock {
                self.child("any", Methods::Any, path)
            }

            $(
                #[doc = concat!($method, " requests.")]
                #[track_caller]
                pub fn $name(&self, path: &str) -> Mock {
                    let methods = parse_method($method).map_or(Methods::Any, Methods::One);
                    self.child(stringify!($name), methods, path)
                }
            )*
        }

        impl Declaration {
            $(
                #[doc = concat!($method, " requests.")]
                #[track_caller]
                pub fn $name(url: impl IntoUrl) -> Draft {
                    Builder {
                        declaration: Declaration::begin(
                            stringify!($name),
                            parse_method($method).map_or(Methods::Any, Methods::One),
                            url,
                        ),
                        state: Free(()),
                    }
                }
            )*

            /// Requests with this method: `Declaration::method("LOCK", "https://x.io/a")`.
            #[track_caller]
            pub fn method(method: &str, url: impl IntoUrl) -> Draft {
                let parsed = parse_method(method);
                let mut declaration = Declaration::begin("method", Methods::Any, url);
                match parsed {
                    Ok(method) => declaration.methods = Methods::One(method),
                    Err(error) => declaration.hold(error),
                }
                Builder { declaration, state: Free(()) }
            }

            /// Requests with any method, or with those that `methods` names.
            #[track_caller]
            pub fn any(url: impl IntoUrl) -> Draft {
                Builder {
                    declaration: Declaration::begin("any", Methods::Any, url),
                    state: Free(()),
                }
            }
        }
    };
}

/// Gives the standard methods, each as the name of a function and as a text, to a macro that declares something for each.
macro_rules! standard_methods {
    ($declare:ident) => {
        $declare! {
            get => "GET",
            post => "POST",
            put => "PUT",
            patch => "PATCH",
            delete => "DELETE",
            head => "HEAD",
            options => "OPTIONS",
            trace => "TRACE",
        }
    };
}
pub(crate) use standard_methods;

standard_methods!(verbs);
