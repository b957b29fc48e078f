//! Which engine does an adapter ask? It may be made before the test, inside it, or for one engine alone.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "server")]
use http::Version;
use standin_core::{Engine, Request, is_initialising, may_run_at_once};

use crate::error::Error;

/// Where an adapter finds its engine, at each request.
#[derive(Debug, Clone)]
pub struct Seat(Kind);

type Choose = dyn Fn(&Request) -> Option<Engine> + Send + Sync;

#[derive(Clone)]
enum Kind {
    Given(Engine),
    /// The request tells.
    Chosen(Arc<Choose>),
    /// The engine that was active when the adapter was made.
    Found(Option<Engine>),
    /// The thread that asks tells, or nobody.
    Shared,
    /// Asked at each request, for what has another seat.
    #[cfg(feature = "server")]
    Asked(Arc<Seat>, Whose),
}

#[cfg(feature = "server")]
#[derive(Clone)]
struct Whose(Arc<dyn Fn(Version) -> Result<Engine, Error> + Send + Sync>);

impl Seat {
    /// This engine always.
    pub fn of(engine: &Engine) -> Self {
        Self(Kind::Given(engine.clone()))
    }

    /// The engine that `choose` finds for the head of a request; without one the connection breaks.
    pub fn chosen(choose: impl Fn(&Request) -> Option<Engine> + Send + Sync + 'static) -> Self {
        Self(Kind::Chosen(Arc::new(choose)))
    }

    /// The engine for a request with this head.
    ///
    /// # Errors
    /// When there is none.
    pub fn engine_for(&self, head: &Request) -> Result<Engine, Error> {
        match &self.0 {
            Kind::Chosen(choose) => choose(head).ok_or(Error::NoEngine),
            _ => self.engine(),
        }
    }

    /// The engine that is active now, as long as it lives; without one, the engine that is active at the request.
    pub fn active() -> Self {
        Self(Kind::Found(standin_core::active()))
    }

    /// The same for a client. One that is made in an initialiser of a `static` serves every test of the process: where they can run at
    /// once, it is not the first one's.
    pub fn of_client() -> Self {
        let active = standin_core::active();
        match may_run_at_once() && is_initialising() {
            true => Self(Kind::Shared),
            false => Self(Kind::Found(active)),
        }
    }

    /// Whether it is for all tests, and each is known by who asks.
    #[cfg(feature = "server")]
    pub(crate) fn is_shared(&self) -> bool {
        matches!(&self.0, Kind::Shared)
    }

    /// Whether there is one engine alone that it can name.
    #[cfg(feature = "server")]
    pub(crate) fn is_given(&self) -> bool {
        matches!(&self.0, Kind::Given(_))
    }

    /// Whose a request on a connection of a shared client is, is asked when it comes; all else is as `self` has it.
    #[cfg(feature = "server")]
    pub(crate) fn asking(
        self,
        whose: impl Fn(Version) -> Result<Engine, Error> + Send + Sync + 'static,
    ) -> Self {
        Self(Kind::Asked(Arc::new(self), Whose(Arc::new(whose))))
    }

    /// The engine for a request that comes now, `None` where its head has to tell; and whether another connection may know better
    /// where it is an error.
    #[cfg(feature = "server")]
    pub(crate) fn of_request(&self, version: Version) -> Result<Option<Engine>, bool> {
        match &self.0 {
            Kind::Asked(_, whose) => whose.0(version).map(Some).map_err(|_| true),
            Kind::Chosen(_) => Ok(None),
            _ => self.engine().map(Some).map_err(|_| false),
        }
    }

    /// The same, with the engine of now as the one that it was made with: for what serves later, and on another thread.
    ///
    /// # Errors
    /// When there is none.
    pub fn seated(&self) -> Result<Self, Error> {
        Ok(Self(match &self.0 {
            Kind::Found(_) | Kind::Shared => Kind::Found(Some(self.engine()?)),
            known => known.clone(),
        }))
    }

    /// The engine that it was made with, as long as that lives.
    pub fn kept(&self) -> Option<&Engine> {
        match &self.0 {
            Kind::Given(engine) => Some(engine),
            Kind::Chosen(_) | Kind::Shared => None,
            Kind::Found(found) => found.as_ref().filter(|engine| !engine.has_ended()),
            #[cfg(feature = "server")]
            Kind::Asked(seat, _) => seat.kept(),
        }
    }

    /// The engine for what is asked on this thread by a client that tests may share: the one that is active on the thread goes before
    /// the one that was active at the making.
    ///
    /// # Errors
    /// When there is none.
    pub fn asked(&self) -> Result<Engine, Error> {
        self.of_thread().map_or_else(|| self.engine(), Ok)
    }

    /// The engine that is active on this thread, where that matters.
    fn of_thread(&self) -> Option<Engine> {
        match &self.0 {
            Kind::Given(_) | Kind::Chosen(_) => None,
            #[cfg(feature = "server")]
            Kind::Asked(..) => None,
            Kind::Found(_) | Kind::Shared => {
                standin_core::active().filter(|engine| !engine.has_ended())
            }
        }
    }

    /// Seated for a connection that a client opens now, and that it may share among tests: the engine that is active on this thread
    /// goes before the one that was active at the making.
    ///
    /// # Errors
    /// When there is none, or only one that has ended.
    pub fn connecting(&self) -> Result<Self, Error> {
        self.connecting_for(None)
    }

    /// The same, where `asker` is who the thread's part was known to be before: it goes before the one of the making.
    pub(crate) fn connecting_for(&self, asker: Option<&Engine>) -> Result<Self, Error> {
        let asker = asker.filter(|engine| {
            !engine.has_ended() && matches!(&self.0, Kind::Found(_) | Kind::Shared)
        });
        let seated = match self.of_thread().or_else(|| asker.cloned()) {
            Some(engine) => Self(Kind::Found(Some(engine))),
            None => self.seated()?,
        };
        match seated.engine()?.has_ended() {
            true => Err(Error::Ended),
            false => Ok(seated),
        }
    }

    /// The engine for a request of now.
    ///
    /// # Errors
    /// When there is none.
    pub fn engine(&self) -> Result<Engine, Error> {
        let kept = match (self.kept(), &self.0) {
            (Some(engine), _) => Some(engine.clone()),
            (None, Kind::Shared) => return standin_core::active().ok_or(Error::Shared),
            (None, Kind::Found(ended)) => standin_core::active().or_else(|| ended.clone()),
            #[cfg(feature = "server")]
            (None, Kind::Asked(seat, _)) => Some(seat.engine()?),
            (None, Kind::Given(_) | Kind::Chosen(_)) => None,
        };
        kept.ok_or(Error::NoEngine)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(engine) => f.debug_tuple("Given").field(engine).finish(),
            Self::Chosen(_) => f.write_str("Chosen"),
            Self::Shared => f.write_str("Shared"),
            Self::Found(found) => f.debug_tuple("Found").field(found).finish(),
            #[cfg(feature = "server")]
            Self::Asked(seat, _) => f.debug_tuple("Asked").field(seat).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use standin_core::{Engine, activate};

    use super::*;

    #[test]
    fn the_engine_of_the_making_is_kept_while_it_lives() {
        let seat = {
            let first = activate();
            let seat = Seat::active();
            let other = Engine::new();
            let _inner = other.activate();
            assert!(seat.engine().is_ok_and(|engine| engine.is(&first)));
            seat
        };
        assert!(seat.engine().is_ok_and(|engine| engine.has_ended()));
        let second = activate();
        assert!(seat.engine().is_ok_and(|engine| engine.is(&second)));
    }

    #[test]
    fn made_before_any_engine_it_asks_the_one_of_the_request() {
        let seat = Seat::active();
        assert!(matches!(seat.engine(), Err(Error::NoEngine)));
        let net = activate();
        assert!(seat.engine().is_ok_and(|engine| engine.is(&net)));
    }

    #[test]
    fn a_connection_is_seated_by_the_test_that_opens_it() {
        let other = Engine::new();
        let (seat, given) = {
            let first = activate();
            let seat = Seat::active();
            let _inner = other.activate();
            let connection = seat.connecting().and_then(|seat| seat.engine());
            assert!(connection.is_ok_and(|engine| engine.is(&other)));
            (seat, Seat::of(&first))
        };
        assert!(matches!(seat.connecting(), Err(Error::Ended)));
        assert!(matches!(given.connecting(), Err(Error::Ended)));
        assert!(matches!(
            Seat(Kind::Found(None)).connecting(),
            Err(Error::NoEngine)
        ));
    }

    #[test]
    fn a_given_engine_is_the_only_one() {
        let mine = Engine::new();
        let seat = Seat::of(&mine);
        let _net = activate();
        assert!(seat.engine().is_ok_and(|engine| engine.is(&mine)));
    }
}
