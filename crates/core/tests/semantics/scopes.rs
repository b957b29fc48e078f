//! The active engine: scopes, guards, and how an engine gets to other threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use standin_core::prelude::*;
use standin_core::{Engine, Outcome, activate, active};

use crate::served::{Served, get, lenient, panic_of, statuses, text_of};

const URL: &str = "https://x.io/a";

#[test]
fn activating_makes_an_engine_active_until_the_guard_drops() {
    assert!(active().is_none());
    let net = activate();
    assert!(active().unwrap().is(&net));
    drop(net);
    assert!(active().is_none());
}

#[test]
fn activating_while_active_opens_a_scope_of_the_same_engine() {
    let outer = activate();
    let inner = activate();
    assert!(inner.is(&outer));
}

#[test]
fn mocks_of_the_inner_scope_are_asked_before_the_outer_ones() {
    let net = activate();
    mock::get(URL).times(2).reply(201);
    get(&net, URL);
    {
        let _inner = activate();
        mock::get(URL).reply(202);
        assert_eq!(
            statuses(&net, URL, 2),
            [202, 201],
            "inner first, then outer"
        );
    }
}

#[test]
fn priority_does_not_leave_its_scope() {
    let net = activate();
    mock::get(URL).priority(-9).optional().reply(201);
    let _inner = activate();
    mock::get(URL).priority(9).reply(202);
    assert_eq!(get(&net, URL).status(), 202);
}

#[test]
fn leaving_a_scope_verifies_and_removes_its_own() {
    let net = activate().lenient();
    mock::get(URL).optional().reply(201);
    let inner = activate();
    let own = mock::get(URL).named("inner").reply(202);
    let said = panic_of(|| drop(inner));
    assert!(said.contains("named \"inner\""), "{said}");
    assert!(own.is_spent(), "it is removed");
    assert_eq!(get(&net, URL).status(), 201);
}

#[test]
fn what_matched_nothing_in_a_scope_is_reported_when_it_is_left_and_only_then() {
    let outer = activate();
    let inner = activate();
    get(&outer, URL);
    let said = panic_of(|| drop(inner));
    assert!(said.contains(URL), "{said}");
    drop(outer);
}

#[test]
fn what_is_wrong_outside_is_not_reported_when_a_scope_is_left() {
    let outer = activate();
    let mock = mock::get(URL).reply(200);
    drop(activate());
    mock.remove();
    drop(outer);
}

#[test]
fn an_explicit_engine_declares_in_its_innermost_scope() {
    let engine = lenient();
    let _outer = engine.activate();
    engine.get(URL).optional().reply(201);
    let inner = engine.activate();
    let mine = engine.get(URL).reply(202);
    assert_eq!(get(&engine, URL).status(), 202);
    drop(inner);
    assert!(mine.is_spent());
    assert_eq!(get(&engine, URL).status(), 201);
}

#[test]
fn leaving_a_scope_takes_many_regexes_with_it() {
    let engine = lenient();
    let _outer = engine.activate();
    let inner = engine.activate();
    for _ in 0..40 {
        engine.get("*").path(re("^/a$")).optional().reply(200);
    }
    assert_eq!(get(&engine, URL).status(), 200);
    drop(inner);
    assert!(get(&engine, URL).is_unmatched());
}

#[test]
fn a_different_engine_hides_the_outer_one_wholly() {
    let outer = activate();
    mock::get(URL).optional().reply(201);
    let other = lenient();
    {
        let _inner = other.activate();
        assert!(active().unwrap().is(&other));
        assert!(get(&active().unwrap(), URL).is_unmatched());
        mock::get(URL).reply(202);
    }
    assert!(active().unwrap().is(&outer));
    assert_eq!(
        get(&other, URL).status(),
        202,
        "its mocks outlive the guard: it belongs to its owner"
    );
    assert_eq!(get(&outer, URL).status(), 201);
}

#[test]
fn guards_may_be_dropped_in_any_order() {
    let outer = activate();
    let inner = activate();
    drop(outer);
    drop(inner);
    assert!(active().is_none());
    drop(activate());
}

#[test]
fn an_engine_that_ended_answers_that_it_has_ended() {
    let net = activate();
    let handle = net.engine();
    let mock = mock::get(URL).optional().reply(200);
    drop(net);
    assert!(handle.has_ended());
    assert!(matches!(get(&handle, URL), Served::Ended));
    assert_eq!(mock.count(), 0);
    let said = panic_of(|| handle.get(URL).reply(200));
    assert!(said.contains("has ended"), "{said}");
    let said = panic_of(|| mock.replace(standin_core::Declaration::get(URL).reply(200)));
    assert!(said.contains("has ended"), "{said}");
}

#[test]
fn an_engine_that_was_activated_again_is_a_new_one() {
    let first = activate().engine();
    let second = activate();
    assert!(!second.is(&first) && first.has_ended());
}

#[test]
fn another_thread_has_no_active_engine_unless_it_is_attached() {
    let net = activate();
    let (bare, attached) = (
        thread::spawn(|| active().is_none()),
        thread::spawn(net.attach(|| {
            mock::get(URL).reply(200);
            active().is_some()
        })),
    );
    assert!(bare.join().unwrap() && attached.join().unwrap());
    assert_eq!(get(&net, URL).status(), 200);
}

#[test]
fn an_attached_closure_leaves_nothing_behind_even_when_it_panics() {
    let engine = lenient();
    let work = engine.attach(|| panic!("on purpose"));
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
    assert!(active().is_none());
}

#[test]
fn an_attached_future_has_its_engine_at_each_poll_and_only_then() {
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    let engine = lenient();
    let mut polls = 0;
    let mut future = pin!(engine.attach(async {
        poll_fn(|_| {
            polls += 1;
            if polls < 3 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        active().is_some()
    }));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(active().is_none());
    }
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(true));
}

#[test]
fn a_guard_held_across_an_await_of_an_attached_future_leaves_nothing_behind() {
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    let engine = lenient();
    {
        let mut first = true;
        let mut future = pin!(engine.attach(async {
            let _scope = activate();
            poll_fn(|_| {
                if std::mem::take(&mut first) {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            })
            .await;
        }));
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(future.as_mut().poll(&mut context).is_ready());
    }
    assert!(active().is_none());
}

/// A future that is not ready when it is polled first.
async fn later() {
    let mut first = true;
    std::future::poll_fn(|_| match std::mem::take(&mut first) {
        true => std::task::Poll::Pending,
        false => std::task::Poll::Ready(()),
    })
    .await;
}

#[test]
fn a_scope_held_across_an_await_is_active_in_its_future_alone() {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    let engine = lenient();
    let mut future = pin!(engine.attach(async {
        let _scope = activate();
        later().await;
        mock::get(URL).optional().reply(200)
    }));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert!(active().is_none(), "another task of this thread has none");
    let Poll::Ready(mock) = future.as_mut().poll(&mut context) else {
        panic!()
    };
    assert!(mock.is_spent(), "it was of the inner scope, which is left");
    assert!(active().is_none());
}

#[test]
fn guards_of_an_attached_future_may_drop_outside_its_polls() {
    use std::cell::RefCell;
    use std::future::Future;
    use std::rc::Rc;
    use std::task::{Context, Waker};

    let engine = lenient();
    let mut context = Context::from_waker(Waker::noop());
    let mut abandoned = Box::pin(engine.attach(async {
        let _scope = activate();
        later().await;
    }));
    assert!(abandoned.as_mut().poll(&mut context).is_pending());
    drop(abandoned);
    assert!(active().is_none());

    let slot = Rc::new(RefCell::new(None));
    let theirs = Rc::clone(&slot);
    let mut future = Box::pin(engine.attach(async move {
        *theirs.borrow_mut() = Some(activate());
        later().await;
        mock::get(URL).optional().reply(200)
    }));
    assert!(future.as_mut().poll(&mut context).is_pending());
    drop(slot.take());
    assert!(future.as_mut().poll(&mut context).is_ready());
    assert_eq!(get(&engine, URL).status(), 200, "it is of the outer scope");
    assert!(active().is_none());
}

#[test]
fn work_is_attached_to_the_scope_of_its_thread() {
    let engine = lenient();
    let _outer = engine.activate();
    let handle = engine.handle();
    let (opened, is_open) = std::sync::mpsc::channel();
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let elsewhere = thread::spawn(move || {
        let _first = handle.activate();
        let _scope = handle.activate();
        opened.send(()).unwrap();
        left.recv().unwrap();
    });
    is_open.recv().unwrap();
    let mock = engine.attach(|| mock::get(URL).optional().reply(200))();
    leave.send(()).unwrap();
    elsewhere.join().unwrap();
    assert!(
        !mock.is_spent(),
        "the scope of another thread is not its own"
    );
}

#[test]
fn without_an_active_engine_mock_says_how_to_make_one() {
    let said = panic_of(|| mock::get(URL).reply(200));
    assert!(
        said.contains("`mock::get` needs an active engine") && said.contains("standin::activate()"),
        "{said}"
    );
}

#[test]
#[expect(let_underscore_drop, reason = "the mistake is what is tested")]
fn a_guard_that_was_dropped_at_once_is_diagnosed_with_its_place() {
    let _ = activate();
    let said = panic_of(|| mock::get(URL).reply(200));
    assert!(
        said.contains("ended at once") && said.contains("scopes.rs:"),
        "{said}"
    );
    drop(activate());
}

#[test]
fn a_guard_that_drops_while_panicking_does_not_abort_and_leaves_the_first_panic() {
    let payload = catch_unwind(|| {
        let _net = activate();
        let _inner = activate();
        mock::get(URL).reply(200);
        let _ = get(&active().unwrap(), "https://x.io/none");
        panic!("the test's own");
    })
    .unwrap_err();
    assert_eq!(text_of(&*payload), "the test's own");
    assert!(active().is_none());
}

#[test]
fn an_owned_engine_that_drops_while_panicking_does_not_abort() {
    let payload = catch_unwind(|| {
        let engine = Engine::new();
        engine.get(URL).reply(200);
        panic!("the test's own");
    })
    .unwrap_err();
    assert_eq!(text_of(&*payload), "the test's own");
}

#[test]
fn engines_of_two_threads_do_not_see_each_other() {
    let run = |status: u16| {
        move || {
            let net = activate();
            mock::get(URL).times(50).reply(status);
            (0..50).all(|_| get(&net, URL).status() == status)
        }
    };
    let (one, two) = (thread::spawn(run(201)), thread::spawn(run(202)));
    assert!(one.join().unwrap() && two.join().unwrap());
}

#[test]
fn a_handle_keeps_no_engine_going() {
    let engine = Engine::new();
    let handle = engine.handle();
    handle.get(URL).optional().reply(200);
    drop(engine);
    assert!(matches!(
        handle.serve_blocking(Request::get(URL)),
        Outcome::Ended
    ));
}
