//! Declaring on an explicit engine, and registering what was declared.

use std::panic::Location;
use std::sync::Arc;

use crate::active;
use crate::conversation::TcpMock;
use crate::declare::{Base, Declaration, DeclareError, IntoUrl, Mock, Place, standard_methods};
use crate::engine::{Engine, Scope};
use crate::handle::MockHandle;
use crate::registry::Live;

macro_rules! verbs {
    ($($name:ident => $method:literal,)*) => {
        /// # Declaring
        impl Engine {
            $(
                #[doc = concat!("A mock of ", $method, " requests.")]
                #[track_caller]
                pub fn $name(&self, url: impl IntoUrl) -> Mock {
                    self.place().one(stringify!($name), $method, url)
                }
            )*
        }
    };
}

standard_methods!(verbs);

impl Engine {
    /// A mock of requests with any method.
    #[track_caller]
    pub fn any(&self, url: impl IntoUrl) -> Mock {
        self.place().any(url)
    }

    /// A mock of requests with this method.
    #[track_caller]
    pub fn method(&self, method: &str, url: impl IntoUrl) -> Mock {
        self.place().request(method, url)
    }

    /// The beginning of many mocks: a base URL, and whatever they have in common.
    #[track_caller]
    pub fn base(&self, url: impl IntoUrl) -> Base {
        self.place().base(url)
    }

    /// A mock of connections to a host and a port.
    #[track_caller]
    pub fn tcp(&self, authority: &str) -> TcpMock {
        TcpMock::tcp(&self.place(), authority)
    }

    /// A mock of connections to the socket of Unix at this path.
    #[track_caller]
    pub fn unix(&self, path: &str) -> TcpMock {
        TcpMock::unix(&self.place(), path)
    }

    /// Registers a declaration made earlier; as often, and with as many engines, as wanted.
    ///
    /// # Panics
    /// At this line, when something in the declaration cannot work; [`try_add`](Self::try_add) returns that.
    #[track_caller]
    pub fn add(&self, declaration: Declaration) -> MockHandle {
        match self.try_add(declaration) {
            Ok(handle) => handle,
            Err(error) => crate::declare::refuse(&error),
        }
    }

    /// The twin of [`add`](Self::add) that returns the mistake.
    ///
    /// # Errors
    /// When something in the declaration cannot work.
    pub fn try_add(&self, declaration: Declaration) -> Result<MockHandle, DeclareError> {
        self.register(declaration, active::scope_of(self))
    }

    pub(crate) fn place(&self) -> Place {
        Place {
            engine: self.clone(),
            scope: active::scope_of(self),
        }
    }

    pub(crate) fn register(
        &self,
        declaration: Declaration,
        scope: Scope,
    ) -> Result<MockHandle, DeclareError> {
        self.admits(&declaration)?;
        let at = declaration.at;
        let mut live = Live::new(scope.id, scope.depth, declaration);
        let mut state = self.state();
        if self.has_ended() {
            drop(state);
            return Err(ended(at));
        }
        state.name(&mut live);
        let live = Arc::new(live);
        let handle = MockHandle::new(self.clone(), &live);
        state.registry.add(live);
        Ok(handle)
    }

    /// Whether a declaration can be registered here.
    pub(crate) fn admits(&self, declaration: &Declaration) -> Result<(), DeclareError> {
        declaration.check()?;
        if self.has_ended() {
            return Err(ended(declaration.at));
        }
        Ok(())
    }
}

fn ended(at: &'static Location<'static>) -> DeclareError {
    DeclareError::at(
        "the engine of this mock has ended: its owner, or the guard of `activate()`, was dropped before",
        at,
    )
}
