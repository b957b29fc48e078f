//! What a test is to fail for is neither lost nor told twice, and what closures hold goes when it can.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use standin_core::prelude::*;
use standin_core::{Engine, Finding, IntoUrl, MockHandle, Outcome, Step, activate};

use crate::served::{get, lenient, panic_of, post};

const URL: &str = "https://x.io/a";

/// Fails, instead of hanging, when `work` waits for a lock that its own thread holds.
fn ends(work: impl FnOnce() + Send + 'static) {
    let (done, is_done) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        let _ = done.send(());
    });
    if let Err(mpsc::RecvTimeoutError::Timeout) = is_done.recv_timeout(Duration::from_secs(20)) {
        panic!("it hangs");
    }
    worker.join().unwrap();
}

/// Asks its engine while it is dropped.
struct Late(Engine);

impl Drop for Late {
    fn drop(&mut self) {
        let _ = self.0.calls();
    }
}

fn declare_late(engine: &Engine, url: impl IntoUrl) -> MockHandle {
    let late = Late(engine.clone());
    engine.get(url).optional().reply(move |_: &Request| {
        let _ = &late;
        200
    })
}

fn unmatched(engine: &Engine) -> u64 {
    let count = |finding: &Finding| match finding {
        Finding::Unmatched { count, .. } => *count,
        _ => 0,
    };
    engine.report().findings.iter().map(count).sum()
}

#[test]
fn a_call_that_is_pushed_out_of_the_journal_still_fails_verification() {
    let engine = Engine::new();
    engine.keep_calls(2);
    engine.get(URL).persist().reply(200);
    engine
        .get("https://x.io/panic")
        .reply(|_: &Request| -> u16 { panic!("oh") });
    get(&engine, "https://x.io/none");
    get(&engine, "https://x.io/panic");
    (0..5).for_each(|_| drop(get(&engine, URL)));
    assert_eq!(engine.calls().len(), 2);
    let report = engine.report().to_string();
    assert!(
        report.contains("https://x.io/none") && report.contains("oh"),
        "{report}"
    );
    assert_eq!(engine.take_unmatched().len(), 1);
    assert_eq!(engine.report().findings.len(), 1);
    assert!(panic_of(|| drop(engine)).contains("oh"));
}

#[test]
fn clearing_does_not_forget_that_a_closure_panicked() {
    let engine = Engine::new();
    engine
        .get(URL)
        .reply(|_: &Request| -> u16 { panic!("oh no") });
    get(&engine, URL);
    engine.clear_calls();
    assert!(engine.calls().is_empty());
    assert!(panic_of(|| drop(engine)).contains("oh no"));
}

#[test]
fn clearing_does_not_forget_a_closure_that_panics_afterwards() {
    let engine = Engine::new();
    engine
        .get(URL)
        .reply(async |_: Request| -> u16 { panic!("later") });
    let mut exchange = engine.admit_whole(Request::get(URL));
    let Step::Await(awaiting) = exchange.step() else {
        panic!("no future")
    };
    engine.clear_calls();
    let (sent, received) = mpsc::channel();
    let handle = engine.handle();
    thread::spawn(move || {
        let awaited = pollster(awaiting);
        exchange.resume(awaited);
        assert!(matches!(exchange.step(), Step::Decided(Outcome::Failed(_))));
        sent.send(handle.calls().len()).unwrap();
    });
    assert_eq!(received.recv().unwrap(), 0);
    assert!(panic_of(|| drop(engine)).contains("later"));
}

/// Polls a future that is ready at once.
fn pollster<F: Future>(future: F) -> F::Output {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("not ready"),
    }
}

#[test]
fn a_call_under_way_is_waited_for_although_it_was_cleared() {
    let engine = Engine::new();
    engine.get(URL).reply(200);
    let Step::Decided(Outcome::Reply(answered)) = engine.admit(Request::get(URL)).step() else {
        panic!("no reply")
    };
    engine.clear_calls();
    assert!(!engine.settled_within(Duration::ZERO));
    answered.ticket.settle();
    assert!(engine.settled_within(Duration::ZERO));
}

#[test]
fn every_request_is_told_by_one_scope_though_scopes_close_meanwhile() {
    let net = activate();
    let stop = Arc::new(AtomicBool::new(false));
    let asking = {
        let (stop, engine) = (Arc::clone(&stop), net.engine());
        thread::spawn(move || {
            let mut asked = 0_u64;
            while !stop.load(Ordering::Relaxed) {
                get(&engine, URL);
                asked += 1;
            }
            asked
        })
    };
    let mut told = 0;
    for _ in 0..50 {
        let scope = activate();
        thread::yield_now();
        let said = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(scope)));
        told += said.err().map_or(0, |payload| {
            counted(payload.downcast_ref::<String>().unwrap())
        });
    }
    stop.store(true, Ordering::Relaxed);
    let asked = asking.join().unwrap();
    told += net.take_unmatched().len() as u64;
    assert_eq!(told, asked);
}

/// How many equal requests a report of one unmatched request tells.
fn counted(report: &str) -> u64 {
    let digits = |text: &str| -> String { text.chars().take_while(char::is_ascii_digit).collect() };
    report
        .split_once("(×")
        .or_else(|| report.split_once("(x"))
        .and_then(|(_, rest)| digits(rest).parse().ok())
        .unwrap_or(1)
}

#[test]
fn an_outer_guard_that_drops_first_tells_what_the_inner_then_does_not() {
    let outer = activate();
    let inner = activate();
    get(&inner, URL);
    assert!(panic_of(|| drop(outer)).contains(URL));
    drop(inner);
}

#[test]
fn a_matcher_may_use_the_engine_while_it_is_registered() {
    struct Asks(Engine);
    impl standin_core::Matcher for Asks {
        fn check(&self, _: &Request) -> Result<(), standin_core::Miss> {
            Ok(())
        }
        fn needs(&self) -> standin_core::Needs {
            let _ = self.0.calls();
            standin_core::Needs::Head
        }
    }
    ends(|| {
        let engine = lenient();
        let declaration = || standin_core::Declaration::get(URL).optional();
        let mock = engine.add(declaration().matching(Asks(engine.handle())).reply(200));
        mock.replace(declaration().matching(Asks(engine.handle())).reply(200));
    });
}

#[test]
fn what_a_closure_holds_may_use_the_engine_when_its_call_is_pushed_out() {
    ends(|| {
        let engine = lenient();
        engine.keep_calls(1);
        let mock = declare_late(&engine, URL);
        get(&engine, URL);
        drop(mock);
        engine.remove_all();
        get(&engine, URL);
        engine.keep_calls(5);
        let mock = declare_late(&engine, URL);
        get(&engine, URL);
        get(&engine, URL);
        drop(mock);
        engine.remove_all();
        engine.keep_calls(1);
    });
}

#[test]
fn what_a_closure_holds_may_use_the_engine_when_its_regex_goes() {
    ends(|| {
        let engine = lenient();
        for round in 0..3 {
            for number in 0..20 {
                drop(declare_late(&engine, re(&format!("/{round}/{number}$"))));
            }
            get(&engine, "https://x.io/none");
            get(&engine, &format!("https://x.io/{round}/3"));
            engine.clear_calls();
            engine.remove_all();
        }
    });
}

#[test]
fn what_a_network_filter_holds_may_use_the_engine_when_it_goes() {
    ends(|| {
        let engine = lenient();
        let late = Late(engine.handle());
        engine.enable_network(move |_: &standin_core::Destination| {
            let _ = &late;
            false
        });
        engine.disable_network();
    });
}

#[test]
fn an_engine_goes_although_its_closures_hold_it() {
    let held = Arc::new(());
    let engine = lenient();
    let (handle, alive) = (engine.handle(), Arc::clone(&held));
    let mock = engine
        .get("https://x.io/{id}")
        .named("holder")
        .reply(move |_: &Request| {
            let _ = (&handle, &alive);
            200
        });
    let (handle, alive) = (engine.handle(), Arc::clone(&held));
    engine.filter(move |_| {
        let _ = (&handle, &alive);
        true
    });
    let (handle, alive) = (engine.handle(), Arc::clone(&held));
    engine.enable_network(move |_: &standin_core::Destination| {
        let _ = (&handle, &alive);
        false
    });
    get(&engine, URL);
    let line = mock.line();
    drop(mock);
    let after = engine.handle();
    drop(engine);
    assert_eq!(Arc::strong_count(&held), 1);
    let call = &after.calls()[0];
    assert_eq!(call.mock().unwrap(), &line);
    assert_eq!(call.path_param("id"), Some("a"));
}

#[test]
fn bodies_of_what_nothing_matched_go_last_and_those_pushed_out_go_too() {
    let engine = Engine::new();
    engine.keep_bodies(10);
    engine.keep_calls(3);
    engine.post(URL).times(2).reply(200);
    post(&engine, "https://x.io/none", "12345678");
    post(&engine, URL, "abcdefgh");
    let calls = engine.calls();
    assert_eq!((calls[0].dropped_body(), calls[1].dropped_body()), (0, 8));
    for _ in 0..6 {
        post(&engine, "https://x.io/none", "12345678");
    }
    post(&engine, URL, "abcdefgh");
    let dropped: Vec<usize> = engine
        .calls()
        .iter()
        .map(|call| call.dropped_body())
        .collect();
    assert_eq!(dropped, [8, 0, 8]);
    assert_eq!(unmatched(&engine), 7);
    assert_eq!(engine.take_unmatched().len(), 7);
}
