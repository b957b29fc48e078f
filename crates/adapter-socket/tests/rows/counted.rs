//! How a row is run: tests that begin and end at once and mock one URL, each with an answer of its own. `clients/matrix` has it too.

use std::sync::{Arc, Barrier};
use std::thread;

use standin_core::Engine;
use standin_core::prelude::*;

use crate::clients::start;

const TESTS: usize = 24;
pub(crate) const REQUESTS: usize = 12;
const ALL: usize = TESTS * REQUESTS;

pub(crate) const URL: &str = "http://api.standin.test/whose";
const LITERAL_URL: &str = "http://192.0.2.7/whose";

pub(crate) type Answer = Result<String, String>;

/// What came of the requests of a row.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    right: usize,
    wrong: usize,
    refused: usize,
}

/// Runs a row: each test makes its engine, then all ask at once, then all end.
pub(crate) fn row(ask: impl Fn(&Engine) -> Vec<Answer> + Send + Sync + 'static) -> Counts {
    row_with(|_| {}, ask)
}

/// A row whose tests do something before they have an engine.
pub(crate) fn row_with(
    before: impl Fn(usize) + Send + Sync + 'static,
    ask: impl Fn(&Engine) -> Vec<Answer> + Send + Sync + 'static,
) -> Counts {
    let (before, ask) = (Arc::new(before), Arc::new(ask));
    let barrier = Arc::new(Barrier::new(TESTS));
    let tests: Vec<_> = (0..TESTS)
        .map(|number| {
            let (before, ask, barrier) =
                (Arc::clone(&before), Arc::clone(&ask), Arc::clone(&barrier));
            let test = move || {
                before(number);
                let net = start().lenient();
                let mine = format!("answer of test {number}");
                mock::get(URL).persist().optional().reply(mine.clone());
                mock::get(LITERAL_URL)
                    .persist()
                    .optional()
                    .reply(mine.clone());
                barrier.wait();
                let mut counts = Counts::default();
                for answer in ask(&net.engine()) {
                    match answer {
                        Ok(answer) if answer == mine => counts.right += 1,
                        Ok(_) => counts.wrong += 1,
                        Err(_) => counts.refused += 1,
                    }
                }
                barrier.wait();
                counts
            };
            thread::Builder::new()
                .name(format!("test {number}"))
                .spawn(test)
                .expect("a thread")
        })
        .collect();
    let mut total = Counts::default();
    for test in tests {
        let counts = test.join().expect("no panic");
        total.right += counts.right;
        total.wrong += counts.wrong;
        total.refused += counts.refused;
    }
    total
}

pub(crate) fn times(ask: impl FnMut(usize) -> Answer) -> Vec<Answer> {
    (0..REQUESTS).map(ask).collect()
}

/// The rows that were run.
#[derive(Debug)]
pub(crate) struct Table(bool);

impl Default for Table {
    fn default() -> Self {
        Self(true)
    }
}

impl Table {
    /// Prints a row, in which nothing may be wrong, and where it `is_all`, everything has to be right.
    pub(crate) fn say(&mut self, name: &str, is_all: bool, counts: Counts) {
        let Counts {
            right,
            wrong,
            refused,
        } = counts;
        println!("{name:<52} {right:>4} right {wrong:>4} wrong {refused:>4} refused");
        let whole = right + wrong + refused == ALL;
        self.0 &= whole && wrong == 0 && (!is_all || right == ALL);
    }

    /// Whether none had a wrong answer, and those that can have all right had.
    pub(crate) fn is_fine(&self) -> bool {
        self.0
    }
}
