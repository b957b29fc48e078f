//! What a test's closures hold is let go of with their mocks, whatever they hold and whoever still has a handle.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use standin_core::prelude::*;
use standin_core::{Clock, Engine, MockHandle, Sleep, SystemClock, activate};

use crate::served::{get, lenient};

const URL: &str = "https://x.io/a";

/// Counts the drops of what it hands out.
#[derive(Clone, Default)]
struct Drops(Arc<AtomicUsize>);

struct Counted(Drops);

impl Drops {
    fn one(&self) -> Counted {
        Counted(self.clone())
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A clock lives as long as the memory of its engine.
struct Counting(#[expect(dead_code, reason = "it is there to be dropped")] Counted);

impl Clock for Counting {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    fn sleep_until(&self, _deadline: Instant) -> Option<Sleep> {
        None
    }
}

/// A mock whose closure holds its own handle, and counts.
fn knows_itself(engine: &Engine, drops: &Drops) -> MockHandle {
    let itself: Arc<OnceLock<MockHandle>> = Arc::default();
    let (held, counted) = (Arc::clone(&itself), drops.one());
    let mock = engine.get(URL).persist().reply_with(move |_| {
        let _counted = &counted;
        held.get().unwrap().count().to_string()
    });
    itself.set(mock.clone()).unwrap();
    mock
}

#[test]
fn a_closure_that_holds_its_own_handle_leaks_nothing() {
    let (closures, engines) = (Drops::default(), Drops::default());
    let engine = Engine::with_clock(Counting(engines.one()));
    drop(knows_itself(&engine, &closures));
    assert_eq!(get(&engine, URL).text(), "0");
    drop(engine);
    assert_eq!((closures.count(), engines.count()), (1, 1));
}

#[test]
fn a_closure_that_holds_its_engine_leaks_nothing() {
    let (closures, engines) = (Drops::default(), Drops::default());
    let engine = Engine::with_clock(Counting(engines.one()));
    let (held, counted) = (engine.handle(), closures.one());
    engine.get(URL).reply_with(move |_| {
        let _counted = &counted;
        held.calls().len().to_string()
    });
    let (held, counted) = (engine.handle(), closures.one());
    engine.filter(move |_| {
        let _counted = &counted;
        !held.has_ended()
    });
    get(&engine, URL);
    drop(engine);
    assert_eq!((closures.count(), engines.count()), (2, 1));
}

#[test]
fn a_handle_holds_no_closure_and_still_tells_the_calls() {
    let drops = Drops::default();
    let engine = Engine::new();
    let mock = knows_itself(&engine, &drops);
    get(&engine, URL);
    get(&engine, URL);
    drop(engine);
    assert_eq!(drops.count(), 1);
    assert_eq!((mock.count(), mock.calls().len()), (2, 2));
    assert!(mock.is_done() && mock.is_spent());
    assert!(format!("{mock:?}").contains("leaks.rs"), "{mock:?}");
    mock.assert_called(2);
    mock.remove();
}

#[test]
fn a_handle_of_a_scope_that_was_left_holds_no_closure_and_still_tells_the_calls() {
    let drops = Drops::default();
    let net = activate().lenient();
    let inner = activate();
    let mock = knows_itself(&net, &drops);
    let sequence = inner.get("https://x.io/b").reply([200, 201]);
    get(&net, URL);
    get(&net, "https://x.io/b");
    get(&net, "https://x.io/b");
    drop(inner);
    assert_eq!(
        drops.count(),
        0,
        "the journal tells of it until the engine ends"
    );
    assert_eq!(
        (mock.count(), mock.calls().len(), sequence.count()),
        (1, 1, 2)
    );
    assert!(sequence.is_done());
    assert_eq!(
        mock.clone()
            .wait_for(2)
            .within(secs(1))
            .try_blocking()
            .unwrap_err()
            .to_string()
            .split(" cannot come: ")
            .nth(1),
        Some("it was removed, or its scope was left; there was 1")
    );
    drop(net);
    assert_eq!(drops.count(), 1);
}

#[test]
fn a_replaced_mock_and_a_removed_one_let_go_when_all_are_removed() {
    let drops = Drops::default();
    let engine = lenient();
    let mock = knows_itself(&engine, &drops);
    mock.replace(standin_core::Declaration::get(URL).optional().reply(200));
    assert_eq!(get(&engine, URL).status(), 200);
    engine.remove_all();
    assert_eq!(drops.count(), 1);
    assert_eq!(mock.count(), 0);
}

/// Memory whose owner asks the engine when it is let go of, as a pool of buffers with a log might.
struct Asks(Engine, Vec<u8>, Drops);

impl AsRef<[u8]> for Asks {
    fn as_ref(&self) -> &[u8] {
        &self.1
    }
}

impl Drop for Asks {
    fn drop(&mut self) {
        let _calls = self.0.calls();
        self.2.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn what_the_journal_lets_go_of_is_dropped_outside_the_lock() {
    let (told, done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let drops = Drops::default();
        let engine = lenient();
        engine.post(URL).persist().reply(200);
        let post = || {
            let memory = Asks(engine.handle(), vec![b'a'; 8_192], drops.clone());
            let request = Request::post(URL).with_body(Bytes::from_owner(memory));
            crate::served::ask(&engine, request);
        };
        engine.keep_bodies(10_000);
        post();
        post();
        assert_eq!(drops.count(), 1, "beyond the bound of bodies");
        engine.keep_bodies(0);
        assert_eq!(drops.count(), 2, "by the bound itself");
        engine.keep_bodies(100_000);
        post();
        post();
        engine.keep_calls(1);
        assert_eq!(drops.count(), 3, "by the bound of calls");
        post();
        assert_eq!(drops.count(), 4, "beyond the bound of calls");
        engine.clear_calls();
        assert_eq!(drops.count(), 5, "by clearing");
        told.send(()).unwrap();
    });
    done.recv_timeout(secs(30))
        .expect("the owner of a body waits for the lock that its dropper holds");
}
