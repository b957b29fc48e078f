//! What a stranger reads when a test fails: for each common mistake, which mock the report names first and in which words.
//!
//! Every row names the mock that was meant (`the one`) among others that are plausible; the whole texts are pinned beside this
//! file, with the numbers of lines left out.

mod bounds;
mod rows;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use standin_core::prelude::*;
use standin_core::{Clock, Engine, Finding, Near, OwnedEngine, Sleep, SystemClock};

/// One mistake.
pub(crate) struct Row {
    name: &'static str,
    /// Declares the mocks; the one that was meant is named `the one`.
    mocks: fn(&Engine),
    requests: fn() -> Vec<Request>,
    /// Text of the first six lines of the report.
    says: &'static str,
}

/// A clock that stands still, so that a report says the same each time.
struct Stopped(Instant);

impl Clock for Stopped {
    fn now(&self) -> Instant {
        self.0
    }

    fn sleep_until(&self, _: Instant) -> Option<Sleep> {
        None
    }
}

fn run(row: &Row) -> OwnedEngine {
    let engine = Engine::with_clock(Stopped(SystemClock.now()));
    (row.mocks)(&engine);
    for request in (row.requests)() {
        drop(engine.serve_blocking(request));
    }
    engine
}

/// The report as text, without the numbers of lines.
fn text(engine: &Engine) -> String {
    let report = engine.report().to_string();
    let mut said = String::new();
    let mut rest = report.as_str();
    while let Some(at) = rest.find(".rs:") {
        let (before, after) = rest.split_at(at + 4);
        said.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        said.push('…');
    }
    said + rest
}

/// What is wrong is asserted, so the end of the engine has nothing to add.
fn discard(engine: OwnedEngine) {
    engine.take_unmatched();
    engine.remove_all();
    let _ = catch_unwind(AssertUnwindSafe(|| drop(engine)));
}

fn nearest(engine: &Engine) -> Option<Near> {
    engine
        .report()
        .findings
        .into_iter()
        .find_map(|finding| match finding {
            Finding::Unmatched { nearest, .. } => nearest.into_iter().next(),
            _ => None,
        })
}

#[test]
fn the_mock_that_was_meant_is_named_first_and_the_mistake_within_the_next_lines() {
    let mut wrong = Vec::new();
    for row in rows::all() {
        let engine = run(row);
        let named = nearest(&engine).and_then(|near| near.mock.name);
        let text = text(&engine);
        let first: Vec<&str> = text
            .lines()
            .filter(|line| !line.is_empty())
            .take(6)
            .collect();
        let says = first.join("\n").contains(row.says);
        if !says || (named.as_deref() != Some("the one") && named.is_some()) {
            wrong.push(format!(
                "== {}\n(should say {:?})\n{text}",
                row.name, row.says
            ));
        }
        discard(engine);
    }
    assert!(
        wrong.is_empty(),
        "{} rows are wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_texts_are_these() {
    let mut all = String::new();
    for row in rows::all() {
        let engine = run(row);
        all.push_str(&format!("== {}\n\n{}\n", row.name, text(&engine)));
        discard(engine);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_report_is_the_same_each_time() {
    for row in rows::all() {
        let (one, two) = (run(row), run(row));
        assert_eq!(text(&one), text(&two), "{}", row.name);
        discard(one);
        discard(two);
    }
}
