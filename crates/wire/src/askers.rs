//! A pool asks nobody whose a request is: what one test connected carries the request of another, when both share a client.
//!
//! The thread that asks can be told at one moment, which is before the pool is looked into: hyper's clients clone their connector for
//! each request then, and drop the clone when there is a response. So a clone knows who asks, and as long as it lives somebody does.
//!
//! As long as no two tests can run at once, connections are kept, as any client keeps them. Else each reply is the last of its
//! connection, or the pool is told to leave it alone where it can be told, and so a connection is used by who connects. What is left is
//! what was kept in a process that starts threads for its tests itself, and HTTP/2 where the pool cannot be told: its streams share
//! a connection from its first moment. A request there is that of the only one who asks just then; where several do, it is refused, and
//! none is answered from the wrong mocks.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::Version;
use standin_core::{Engine, is_initialising, may_run_at_once};

use crate::error::Error;
use crate::seat::Seat;
use crate::server::Farewell;

/// Who asks by the connections of one client.
#[derive(Clone, Default)]
pub struct Askers(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// With how many clones; a thread without an engine is somebody too.
    asking: Vec<(Option<Engine>, usize)>,
    /// The living engines that have asked, as long as the client is not shared.
    engines: Vec<Engine>,
    is_shared: bool,
    open: BTreeMap<u64, Farewell>,
    opened: u64,
}

/// Somebody who asks, until it is dropped.
#[derive(Debug)]
pub struct Asker {
    askers: Askers,
    engine: Option<Engine>,
}

/// A connection as its server needs to know it.
#[derive(Debug)]
pub struct Opened {
    /// Whose each request is.
    pub seat: Seat,
    /// By which replies become the last ones.
    pub farewell: Farewell,
}

impl Askers {
    /// Somebody asks, on this thread; `before` is who was known to ask when this began, perhaps on another. With a seat of one
    /// engine alone there is nothing to tell.
    pub fn ask(&self, seat: &Seat, before: Option<&Asker>) -> Option<Asker> {
        if seat.is_given() {
            return None;
        }
        let before = before.and_then(|asker| asker.engine.as_ref());
        let asking = seat
            .connecting_for(before)
            .and_then(|asking| asking.engine());
        // Who initialises what tests share asks for none of them.
        let engine = asking
            .ok()
            .filter(|_| !(seat.is_shared() && is_initialising()));
        // Handles of engines that have ended are dropped when the lock is not held.
        let mut ended = Vec::new();
        let mut state = self.lock();
        let now = state.asking.iter_mut();
        match now.into_iter().find(|(asker, _)| same(asker, &engine)) {
            Some((_, clones)) => *clones += 1,
            None => state.asking.push((engine.clone(), 1)),
        }
        if let Some(engine) = &engine
            && !state.is_shared
            && !state.engines.iter().any(|known| known.is(engine))
        {
            ended.extend(state.engines.extract_if(.., |known| known.has_ended()));
            state.engines.push(engine.clone());
            if state.engines.len() > 1 {
                state.is_shared = true;
                ended.append(&mut state.engines);
                state.open.values().for_each(Farewell::say);
            }
        }
        drop(state);
        Some(Asker {
            askers: self.clone(),
            engine,
        })
    }

    /// Whether several living engines have asked.
    pub fn is_shared(&self) -> bool {
        self.lock().is_shared
    }

    /// Whether a connection that `seat` opens now is for its opener alone. Whose pool is told so needs no more than that.
    pub fn is_single(&self, seat: &Seat) -> bool {
        !seat.is_given() && (may_run_at_once() || self.is_shared())
    }

    /// A connection that `seat` opens. What nobody waits for any more (`is_left`) may be used by anybody.
    pub fn open(&self, seat: Seat, is_left: bool) -> Opened {
        let farewell = Farewell::default();
        if seat.is_given() {
            return Opened { seat, farewell };
        }
        let mut state = self.lock();
        let number = state.opened;
        state.opened += 1;
        state.open.insert(number, farewell.clone());
        let is_late = state.is_shared || may_run_at_once();
        drop(state);
        let connection = Connection {
            askers: self.clone(),
            farewell: farewell.clone(),
            number,
            opener: seat.clone(),
            is_late,
            is_known: AtomicBool::new(!is_left),
        };
        Opened {
            seat: seat.asking(move |version| connection.whose(version)),
            farewell,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Asker {
    /// For a connection that is opened on this thread, for who was known to ask: an active engine goes before that, and that before
    /// the engine of the making. What is made for all tests is opened for who asked alone.
    ///
    /// # Errors
    /// When there is none, or only one that has ended.
    pub fn seat(asker: Option<&Self>, seat: &Seat) -> Result<Seat, Error> {
        let asking = asker.and_then(|asker| asker.engine.as_ref());
        match seat.is_shared() && asking.is_none_or(Engine::has_ended) {
            true => Err(Error::Shared),
            false => seat.connecting_for(asking),
        }
    }
}

impl State {
    fn asks(&self, engine: &Engine) -> bool {
        let asking = self.asking.iter();
        asking
            .flat_map(|(asker, _)| asker)
            .any(|asker| asker.is(engine))
    }
}

fn same(one: &Option<Engine>, other: &Option<Engine>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is(other),
        (None, None) => true,
        _ => false,
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        let mut gone = None;
        let mut state = self.askers.lock();
        let place = state
            .asking
            .iter()
            .position(|(asker, _)| same(asker, &self.engine));
        if let Some(place) = place {
            state.asking[place].1 -= 1;
            if state.asking[place].1 == 0 {
                gone = Some(state.asking.swap_remove(place));
            }
        }
        drop(state);
        drop(gone);
    }
}

impl fmt::Debug for Askers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Askers")
            .field("is_shared", &state.is_shared)
            .field("open", &state.open.len())
            .finish_non_exhaustive()
    }
}

struct Connection {
    askers: Askers,
    farewell: Farewell,
    number: u64,
    opener: Seat,
    /// Whether it was opened when its first reply was to be its last.
    is_late: bool,
    /// Whether the next request is the one for which it was opened.
    is_known: AtomicBool,
}

impl Connection {
    fn whose(&self, version: Version) -> Result<Engine, Error> {
        let is_known = self.is_known.swap(false, Ordering::SeqCst);
        let opener = self.opener.engine().and_then(living);
        let state = self.askers.lock();
        // Streams of HTTP/2 have a connection together from its first moment, so that there its end helps nobody but who shares it.
        let is_http2 = version >= Version::HTTP_2;
        if state.is_shared || (!is_http2 && may_run_at_once()) {
            self.farewell.say();
        }
        if !state.is_shared && opener.is_ok() {
            return opener;
        }
        let is_known = is_known && !is_http2;
        if is_known
            && let Ok(engine) = &opener
            && (self.is_late || state.asks(engine))
        {
            return opener;
        }
        let asking = state.asking.iter().map(|(asker, _)| asker.clone());
        let asking: Vec<_> = asking.collect();
        drop(state);
        let has_ended = |asker: &Option<Engine>| asker.as_ref().is_some_and(Engine::has_ended);
        let mut asking: Vec<_> = asking
            .into_iter()
            .filter(|asker| !has_ended(asker))
            .collect();
        if let [Some(_)] = &*asking {
            return asking.pop().flatten().ok_or(Error::NoEngine);
        }
        let unclear: Vec<Engine> = asking.into_iter().flatten().collect();
        for engine in &unclear {
            engine.note(UNCLEAR);
        }
        Err(Error::NoEngine)
    }
}

fn living(engine: Engine) -> Result<Engine, Error> {
    match engine.has_ended() {
        true => Err(Error::Ended),
        false => Ok(engine),
    }
}

const UNCLEAR: &str = "a connection of a client that tests share was closed on a request: several tests asked by that client just then, \
                       and which of them it was could not be told; `pool_max_idle_per_host(0)` on that client leaves no such connection";

impl Drop for Connection {
    fn drop(&mut self) {
        self.askers.lock().open.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use standin_core::activate;

    use super::*;

    /// By name, so that a failure tells who was taken for whom.
    fn who(engine: Result<Option<Engine>, bool>, of: &[(&str, &Engine)]) -> String {
        let Ok(Some(engine)) = engine else {
            return "nobody".to_owned();
        };
        let known = of.iter().find(|(_, known)| known.is(&engine));
        known.map_or("somebody", |(name, _)| name).to_owned()
    }

    #[test]
    fn what_was_kept_is_for_the_only_one_who_asks() {
        let (ada, bob) = (Engine::new(), Engine::new());
        let names = [("ada", &*ada), ("bob", &*bob)];
        let (askers, seat) = (Askers::default(), Seat::active());
        let ask = |engine: &Engine| {
            let _active = engine.activate();
            askers.ask(&seat, None)
        };
        let opened = |engine: &Engine| {
            let _active = engine.activate();
            askers.open(seat.connecting().expect("an engine"), false)
        };
        let adas = ask(&ada);
        let kept = opened(&ada);
        assert_eq!(who(kept.seat.of_request(Version::HTTP_11), &names), "ada");
        drop(adas);
        assert!(!askers.is_shared());

        let bobs = ask(&bob);
        assert!(askers.is_shared() && kept.farewell.is_said());
        assert_eq!(who(kept.seat.of_request(Version::HTTP_11), &names), "bob");
        let adas = ask(&ada);
        assert_eq!(
            who(kept.seat.of_request(Version::HTTP_11), &names),
            "nobody"
        );
        // What is opened now is used by who opens it; over HTTP/2 by anybody.
        let (first, second) = (opened(&ada), opened(&bob));
        assert_eq!(who(first.seat.of_request(Version::HTTP_11), &names), "ada");
        assert_eq!(
            who(second.seat.of_request(Version::HTTP_2), &names),
            "nobody"
        );
        drop(bobs);
        assert_eq!(who(second.seat.of_request(Version::HTTP_2), &names), "ada");
        drop(adas);
        assert_eq!(
            who(second.seat.of_request(Version::HTTP_2), &names),
            "nobody"
        );
    }

    #[test]
    fn what_nobody_waits_for_may_be_anybodys() {
        let (ada, bob) = (Engine::new(), Engine::new());
        let (askers, seat) = (Askers::default(), Seat::active());
        let ask = |engine: &Engine| {
            let _active = engine.activate();
            askers.ask(&seat, None)
        };
        let (_adas, bobs) = (ask(&ada), ask(&bob));
        let left = {
            let _active = ada.activate();
            askers.open(seat.connecting().expect("an engine"), true)
        };
        assert!(left.seat.of_request(Version::HTTP_11).is_err());
        drop(bobs);
        assert!(
            left.seat
                .of_request(Version::HTTP_11)
                .is_ok_and(|engine| engine.is_some_and(|engine| engine.is(&ada)))
        );
    }

    #[test]
    fn an_engine_after_another_shares_nothing() {
        let (askers, seat) = (Askers::default(), Seat::active());
        for _ in 0..3 {
            let net = activate();
            let asker = askers.ask(&seat, None);
            assert!(asker.is_some());
            drop(net);
        }
        assert!(!askers.is_shared());
        let one = Engine::new();
        let given = Seat::of(&one);
        assert!(askers.ask(&given, None).is_none());
        assert!(!askers.open(given, false).farewell.is_said());
    }
}
