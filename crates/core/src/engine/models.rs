//! Every interleaving of a few threads on one engine, as loom finds them: a use is never given twice, and what was removed
//! never answers again.
//!
//! `cargo xtask loom` runs them. An engine is made and dropped within its model.

use std::sync::Arc;

use loom::thread;

use crate::{Declaration, Engine, MockHandle, Outcome, OwnedEngine, Request, RequestRef};

const URL: &str = "https://x.io/a";

/// How a mock of a model replies: with a value, which is chosen and claimed under one lock, after a look at the request or in an
/// exchange; or by a closure, which runs between the two.
#[derive(Debug, Clone, Copy)]
enum By {
    Look,
    Value,
    Closure,
}

impl By {
    fn declaration(self, times: u64, status: u16) -> Declaration {
        let draft = Declaration::get(URL).times(times).optional();
        match self {
            Self::Look | Self::Value => draft.reply(status),
            Self::Closure => draft.reply(move |_: &Request| status),
        }
    }

    fn declare(self, engine: &Engine, times: u64, status: u16) -> MockHandle {
        engine.add(self.declaration(times, status))
    }
}

/// Runs a model every way, with as many forced switches of threads as `preemptions`.
fn model(preemptions: usize, run: impl Fn(By) + Copy + Send + Sync + 'static) {
    for by in [By::Look, By::Value, By::Closure] {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(preemptions);
        builder.max_branches = 100_000;
        builder.check(move || run(by));
    }
}

fn engine() -> (Arc<OwnedEngine>, Engine) {
    let engine = Engine::new().lenient();
    let handle = engine.handle();
    (Arc::new(engine), handle)
}

/// The status of the reply; 0 when nothing matched, 1 when the engine has ended.
fn ask(engine: &Engine, by: By) -> u16 {
    if let By::Look = by {
        let request = Request::get(URL).into_http();
        if let Some(reply) = engine.reply_at_once(&RequestRef::of(&request, &[])) {
            return reply.status().as_u16();
        }
    }
    match engine.serve_blocking(Request::get(URL)) {
        Outcome::Reply(answered) => {
            let status = answered.reply.status().as_u16();
            answered.ticket.settle();
            status
        }
        Outcome::Unmatched(_) => 0,
        Outcome::Ended => 1,
        other => panic!("{other:?}"),
    }
}

fn spawn(engine: &Engine, by: By) -> thread::JoinHandle<u16> {
    let engine = engine.clone();
    thread::spawn(move || ask(&engine, by))
}

fn counted(engine: &Engine, mock: &MockHandle, answered: usize) {
    assert_eq!(mock.count(), answered as u64, "uses are answers");
    assert_eq!(mock.calls().len(), answered, "and calls in the journal");
    let numbers: Vec<u64> = engine.calls().iter().map(crate::Call::number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}

#[test]
fn one_use_is_given_to_one_of_two_threads() {
    model(3, |by| {
        let (_owner, engine) = engine();
        let mock = by.declare(&engine, 1, 200);
        let other = spawn(&engine, by);
        let mut statuses = [ask(&engine, by), other.join().unwrap()];
        statuses.sort_unstable();
        assert_eq!(statuses, [0, 200]);
        counted(&engine, &mock, 1);
    });
}

#[test]
fn two_uses_are_given_to_two_of_three_threads() {
    model(2, |by| {
        let (_owner, engine) = engine();
        let mock = by.declare(&engine, 2, 200);
        let others = [spawn(&engine, by), spawn(&engine, by)];
        let mut statuses = vec![ask(&engine, by)];
        statuses.extend(others.map(|other| other.join().unwrap()));
        statuses.sort_unstable();
        assert_eq!(statuses, [0, 200, 200]);
        counted(&engine, &mock, 2);
    });
}

#[test]
fn a_used_up_mock_hands_over_to_the_next() {
    model(3, |by| {
        let (_owner, engine) = engine();
        by.declare(&engine, 1, 201);
        by.declare(&engine, 1, 202);
        let other = spawn(&engine, by);
        let mut statuses = [ask(&engine, by), other.join().unwrap()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 202]);
    });
}

#[test]
fn a_removed_mock_never_answers_after_remove_returned() {
    model(3, |by| {
        let (_owner, engine) = engine();
        let mock = by.declare(&engine, 2, 200);
        let other = spawn(&engine, by);
        mock.remove();
        let before = mock.count();
        assert_eq!(ask(&engine, by), 0);
        let answered = usize::from(other.join().unwrap() == 200);
        assert_eq!(mock.count(), before, "nobody has claimed it since");
        counted(&engine, &mock, answered);
    });
}

#[test]
fn a_mock_that_is_declared_meanwhile_is_met_or_not_and_loses_nothing() {
    model(3, |by| {
        let (_owner, engine) = engine();
        let first = by.declare(&engine, 1, 201);
        let other = spawn(&engine, by);
        let second = by.declare(&engine, 1, 202);
        let mine = ask(&engine, by);
        let theirs = other.join().unwrap();
        let answered = |status| usize::from(mine == status) + usize::from(theirs == status);
        assert_eq!(answered(201), 1, "the first is used by one of them");
        counted(&engine, &first, 1);
        counted(&engine, &second, answered(202));
        assert_eq!(engine.calls().len(), 2);
    });
}

#[test]
fn a_request_during_a_replacement_meets_the_old_or_the_new_mock() {
    model(3, |by| {
        let (_owner, engine) = engine();
        let old = by.declare(&engine, 1, 201);
        let other = spawn(&engine, by);
        let new = old.replace(by.declaration(1, 202));
        let status = other.join().unwrap();
        assert!(matches!(status, 201 | 202), "{status}");
        counted(&engine, &old, usize::from(status == 201));
        counted(&engine, &new, usize::from(status == 202));
    });
}

#[test]
fn a_request_during_a_move_meets_its_mock() {
    model(3, |by| {
        let (_owner, engine) = engine();
        let first = engine.get("https://x.io/b").optional().reply(201);
        let second = by.declare(&engine, 1, 202);
        let other = spawn(&engine, by);
        second.move_before(&first);
        assert_eq!(other.join().unwrap(), 202);
        counted(&engine, &second, 1);
    });
}

#[test]
fn a_request_while_a_scope_is_left_meets_its_mock_before_or_not_at_all() {
    model(3, |by| {
        let (_owner, engine) = engine();
        let (outer, handle) = (engine.activate(), engine.clone());
        let scope = engine.activate();
        let mock = by.declare(&engine, 2, 200);
        let other = spawn(&handle, by);
        drop(scope);
        let before = mock.count();
        assert_eq!(ask(&engine, by), 0);
        let answered = u64::from(other.join().unwrap() == 200);
        assert_eq!((mock.count(), answered), (before, before));
        drop(outer);
    });
}

#[test]
fn nothing_is_claimed_after_the_end() {
    model(3, |by| {
        let (owner, engine) = engine();
        let mock = by.declare(&engine, 2, 200);
        let other = spawn(&engine, by);
        drop(owner);
        let before = mock.count();
        assert_eq!(ask(&engine, by), 1);
        let status = other.join().unwrap();
        assert_eq!(mock.count(), before);
        assert_eq!(before, u64::from(status == 200), "{status}");
    });
}
