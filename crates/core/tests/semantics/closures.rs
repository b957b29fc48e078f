//! The user's own code: asked once, outside every lock, and its panics are caught.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;

use standin_core::prelude::*;
use standin_core::{Engine, Outcome, Step};

use crate::served::{ask, get, lenient, post};

const URL: &str = "https://x.io/a";

#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl Counter {
    fn up(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn get(&self) -> usize {
        self.0.load(Relaxed)
    }
}

#[test]
fn closures_are_asked_at_most_once_for_each_request_and_mock() {
    let (filter, map, matcher, value, declined) = (
        Counter::default(),
        Counter::default(),
        Counter::default(),
        Counter::default(),
        Counter::default(),
    );
    let engine = Engine::new();
    let counters = [&filter, &map, &matcher, &value, &declined].map(Clone::clone);
    let [f, m, w, v, d] = counters.clone();
    engine
        .post(URL)
        .optional()
        .filter(move |_| {
            f.up();
            true
        })
        .map(move |_| m.up())
        .when(move |_| {
            w.up();
            true
        })
        .header("a", move |_: &str| {
            v.up();
            true
        })
        .reply(move |_: &Request| {
            d.up();
            None::<u16>
        });
    let request = Request::post(URL).with_header("a", "1").with_body("hi");
    assert!(ask(&engine, request).is_unmatched());
    let _ = engine.report().to_string();
    assert_eq!(counters.map(|counter| counter.get()), [1; 5]);
    engine.take_unmatched();
}

#[test]
fn closures_are_asked_once_also_when_the_body_comes_late() {
    let engine = Engine::new();
    let counters: [Counter; 5] = Default::default();
    let [f, m, w, v, d] = counters.clone();
    engine
        .post(URL)
        .filter(move |_| {
            f.up();
            true
        })
        .map(move |_| m.up())
        .when(move |req| {
            w.up();
            req.text() == "late"
        })
        .header("a", move |_: &str| {
            v.up();
            true
        })
        .reply(move |req: &Request| {
            d.up();
            req.text().into_owned()
        });
    let mut exchange = engine.admit(Request::post(URL).with_header("a", "1"));
    assert!(matches!(exchange.step(), Step::Body { .. }));
    exchange.body("late".into());
    let Step::Decided(Outcome::Reply(answered)) = exchange.step() else {
        panic!()
    };
    assert_eq!(answered.reply.as_body().to_bytes(), "late");
    answered.ticket.settle();
    assert_eq!(counters.map(|counter| counter.get()), [1; 5]);
}

#[test]
fn the_body_is_asked_for_only_when_a_mock_that_is_not_ruled_out_needs_it() {
    let engine = Engine::new();
    engine
        .post("https://other.io/")
        .json(json!(1))
        .optional()
        .reply(200);
    engine
        .post(URL)
        .header("a", "1")
        .json(json!(1))
        .optional()
        .reply(200);
    engine.post(URL).reply(202);
    let Step::Decided(outcome) = engine.admit(Request::post(URL)).step() else {
        panic!("it asked for the body")
    };
    assert!(matches!(outcome, Outcome::Reply(_)));
}

#[test]
fn an_upload_can_be_answered_before_its_body_by_the_first_mock() {
    let engine = Engine::new();
    engine.post(URL).reply(413);
    engine.post(URL).json(json!(1)).optional().reply(200);
    assert!(matches!(
        engine.admit(Request::post(URL)).step(),
        Step::Decided(Outcome::Reply(_))
    ));
}

#[test]
fn a_mock_that_was_used_up_while_the_body_came_hands_over_to_the_next() {
    let engine = Engine::new();
    engine.post(URL).body_contains("a").reply(201);
    engine.post(URL).reply(202);
    let mut late = engine.admit(Request::post(URL));
    assert!(matches!(late.step(), Step::Body { .. }));
    assert_eq!(post(&engine, URL, "a").status(), 201);
    late.body("a".into());
    let Step::Decided(Outcome::Reply(answered)) = late.step() else {
        panic!()
    };
    assert_eq!(answered.reply.status(), 202);
}

#[test]
fn a_mock_that_was_removed_while_the_body_came_does_not_answer() {
    for how in 0..4 {
        let engine = lenient();
        let scope = (how == 1).then(|| {
            let outer = engine.activate();
            (engine.activate(), outer)
        });
        let mock = engine.post(URL).body_contains("a").optional().reply(201);
        let mut late = engine.admit(Request::post(URL));
        assert!(matches!(late.step(), Step::Body { .. }));
        let handle = engine.handle();
        match how {
            0 => mock.remove(),
            1 => drop(scope),
            2 => engine.remove_all(),
            _ => drop(engine),
        }
        late.body("a".into());
        let Step::Decided(outcome) = late.step() else {
            panic!()
        };
        match how {
            3 => assert!(matches!(outcome, Outcome::Ended), "{how}: {outcome:?}"),
            _ => assert!(
                matches!(outcome, Outcome::Unmatched(_)),
                "{how}: {outcome:?}"
            ),
        }
        assert_eq!(mock.count(), 0);
        handle.take_unmatched();
    }
}

#[test]
fn a_request_that_was_in_hand_while_its_mock_was_replaced_meets_the_new_one() {
    let engine = Engine::new();
    let old = engine.post(URL).body_contains("a").reply(201);
    let mut late = engine.admit(Request::post(URL));
    assert!(matches!(late.step(), Step::Body { .. }));
    old.replace(standin_core::Declaration::post(URL).reply(202));
    late.body("a".into());
    let Step::Decided(Outcome::Reply(answered)) = late.step() else {
        panic!("no mock was seen")
    };
    assert_eq!(answered.reply.status(), 202);
}

#[test]
fn a_mock_registered_after_a_request_came_is_not_seen_by_it() {
    let engine = lenient();
    engine.post(URL).body_contains("a").optional().reply(201);
    let mut late = engine.admit(Request::post(URL));
    assert!(matches!(late.step(), Step::Body { .. }));
    let behind = engine.post(URL).optional().reply(202);
    late.body("b".into());
    let Step::Decided(Outcome::Unmatched(unmatched)) = late.step() else {
        panic!()
    };
    assert!(!unmatched.to_string().contains("spent"), "{unmatched}");
    assert!(
        !unmatched.report().to_string().contains("spent"),
        "{}",
        unmatched.report()
    );
    behind.assert_not_called();
}

#[test]
fn many_regexes_declared_by_a_closure_hide_none_from_the_request_that_runs_it() {
    let engine = lenient();
    let inner = engine.handle();
    engine
        .get("*")
        .optional()
        .path(re("^/a"))
        .when(move |_| {
            for _ in 0..20 {
                inner.get("*").optional().path(re("^/other$")).reply(500);
            }
            let _ = get(&inner, "https://x.io/none");
            false
        })
        .reply(500);
    engine.get("*").path(re("a$")).reply(200);
    assert_eq!(get(&engine, URL).status(), 200);
}

#[test]
fn an_automaton_that_is_built_while_a_request_asks_lets_no_later_mock_go_first() {
    let engine = lenient();
    let inner = engine.handle();
    engine
        .get(URL)
        .optional()
        .when(move |_| {
            for _ in 0..20 {
                inner.get("*").optional().path(re("^/other$")).reply(500);
            }
            let _ = get(&inner, "https://x.io/none");
            false
        })
        .reply(500);
    engine.get("*").path(re("a$")).reply(201);
    engine.get(URL).optional().reply(202);
    assert_eq!(get(&engine, URL).status(), 201);
}

#[test]
fn a_closure_is_asked_once_also_when_its_automaton_is_dissolved_meanwhile() {
    let engine = lenient();
    let handle = engine.handle();
    let asked = Counter::default();
    let seen = asked.clone();
    engine
        .get(URL)
        .optional()
        .when(move |_| {
            let others = handle.pending();
            others.iter().for_each(standin_core::MockHandle::remove);
            false
        })
        .reply(500);
    engine
        .get("*")
        .optional()
        .path(re("a$"))
        .when(move |_| {
            seen.up();
            false
        })
        .reply(500);
    for _ in 0..20 {
        engine.get("*").path(re("^/other$")).reply(500);
    }
    assert!(get(&engine, URL).is_unmatched());
    assert_eq!(asked.get(), 1);
}

#[test]
fn a_closure_may_declare_and_ask_on_its_own_engine() {
    let engine = Engine::new();
    let inner = engine.handle();
    engine.get(URL).reply(move |_: &Request| {
        let calls = inner.calls().len();
        inner.get("https://x.io/next").reply(201);
        let _ = inner.report();
        let _ = format!("{inner:?}");
        (
            200,
            format!("{calls} {}", get(&inner, "https://x.io/next").status()),
        )
    });
    assert_eq!(get(&engine, URL).text(), "0 201");
}

#[test]
fn a_closure_may_change_its_own_mock() {
    let engine = lenient();
    let slot = Arc::new(Mutex::new(None::<standin_core::MockHandle>));
    let own = Arc::clone(&slot);
    let mock = engine
        .get(URL)
        .persist()
        .optional()
        .reply(move |_: Request| {
            let mock = own.lock().unwrap().clone().unwrap();
            async move {
                mock.remove();
                mock.count().to_string()
            }
        });
    *slot.lock().unwrap() = Some(mock);
    assert_eq!(get(&engine, URL).text(), "1");
    assert!(get(&engine, URL).is_unmatched());
}

#[test]
fn a_closure_that_blocks_holds_up_no_other_request() {
    let engine = Engine::new();
    let (entered, has_entered) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    engine.get(URL).reply(move |_: &Request| {
        entered.send(()).unwrap();
        released.lock().unwrap().recv().unwrap();
        200
    });
    engine.get("https://x.io/b").reply(201);
    let handle = engine.handle();
    let blocked = thread::spawn(move || get(&handle, URL).status());
    has_entered.recv().unwrap();
    assert_eq!(get(&engine, "https://x.io/b").status(), 201);
    assert_eq!(
        engine.calls().len(),
        1,
        "the blocked one has claimed nothing yet"
    );
    release.send(()).unwrap();
    assert_eq!(blocked.join().unwrap(), 200);
}

#[test]
fn what_a_closure_holds_may_use_the_engine_when_it_is_dropped() {
    struct Late(Engine);
    impl Drop for Late {
        fn drop(&mut self) {
            let _ = self.0.calls();
        }
    }
    let engine = lenient();
    let _outer = engine.activate();
    for how in 0..3 {
        let scope = engine.activate();
        let late = Late(engine.handle());
        let mock = engine.get(URL).optional().reply(move |_: &Request| {
            let _ = &late;
            200
        });
        get(&engine, URL);
        drop(mock);
        match how {
            0 => {
                engine.clear_calls();
                engine.remove_all();
            }
            1 => {
                engine.remove_all();
                engine.clear_calls();
            }
            _ => {}
        }
        drop(scope);
    }
}

#[test]
fn a_closure_over_the_path_is_asked_once() {
    let engine = lenient();
    let asked = Counter::default();
    let seen = asked.clone();
    engine
        .get("*")
        .optional()
        .path(move |_: &str| {
            seen.up();
            false
        })
        .reply(200);
    assert!(get(&engine, URL).is_unmatched());
    let _ = engine.report().to_string();
    assert_eq!(asked.get(), 1);
}
