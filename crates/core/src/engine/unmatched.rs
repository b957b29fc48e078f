//! The error of a client whose request no mock matched, which may be read when its engine is long gone.
//!
//! A test that returns it as its `Err` has it printed after its guard dropped. So what it says is made once and kept, and an
//! engine makes it for the errors that are still held somewhere before it forgets its mocks or its calls.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use crate::engine::{Engine, verify};
use crate::journal::Record;
use crate::report::{BodyDump, Finding, Report};

/// Errors that an engine remembers.
const OPEN: usize = 64;

/// Different ones for which it makes the report before it forgets what that is made of.
const TOLD: usize = 8;

/// The error of a client whose request no mock matched.
///
/// `Display` is one line with the nearest mock; [`report`](Self::report) is the whole. Both are made when they are first asked
/// for, or when the engine ends; and once more when the request's body has come, where it had not.
#[derive(Clone)]
pub struct Unmatched {
    pub(super) engine: Engine,
    pub(super) open: Arc<Open>,
}

/// What an error knows of its call.
#[derive(Debug)]
pub(crate) struct Open {
    pub(super) call: u64,
    pub(super) stamp: u64,
    pub(super) record: Record,
    told: OnceLock<Told>,
}

#[derive(Debug, Clone)]
struct Told {
    report: Report,
    line: String,
}

impl Told {
    /// Whether there will be more to say, when the body has come.
    fn is_for_now(&self) -> bool {
        let is_coming = |finding: &Finding| matches!(finding, Finding::Unmatched { request, .. } if request.body == BodyDump::Coming);
        self.report.findings.iter().any(is_coming)
    }
}

/// The calls whose errors clients may still hold.
#[derive(Debug, Default)]
pub(crate) struct OpenCalls(Vec<Weak<Open>>);

impl Unmatched {
    /// The record shares its body with the journal's.
    pub(super) fn new(engine: &Engine, call: u64, record: Record) -> Self {
        let mut state = engine.state();
        let open = Arc::new(Open {
            call,
            stamp: state.stamp(),
            record,
            told: OnceLock::new(),
        });
        state.unmatched.add(&open);
        drop(state);
        Self {
            engine: engine.clone(),
            open,
        }
    }

    /// The report about this request alone.
    pub fn report(&self) -> Report {
        self.open.told(&self.engine).report
    }
}

impl Open {
    fn told(&self, engine: &Engine) -> Told {
        if let Some(told) = self.told.get() {
            return told.clone();
        }
        let report = verify::report_of_call(engine, self);
        let line = verify::line_of_call(engine, &report);
        let told = Told { report, line };
        match told.is_for_now() {
            true => told,
            false => self.told.get_or_init(|| told).clone(),
        }
    }
}

impl OpenCalls {
    fn add(&mut self, open: &Arc<Open>) {
        if self.0.len() >= OPEN {
            self.0.retain(|open| open.strong_count() > 0);
        }
        if self.0.len() < OPEN {
            self.0.push(Arc::downgrade(open));
        }
    }

    /// Makes what the held errors say, as long as it can be known. The engine's lock is not held.
    pub(super) fn tell(engine: &Engine) {
        let open = std::mem::take(&mut engine.state().unmatched.0);
        let mut told: Vec<Arc<Open>> = Vec::new();
        let untold = |open: &Arc<Open>| open.told.get().is_none();
        for open in open.iter().filter_map(Weak::upgrade).filter(untold) {
            match told.iter().find(|other| other.record == open.record) {
                Some(other) => {
                    let _ = open.told.set(other.told(engine));
                }
                None if told.len() < TOLD => {
                    let _ = open.told.set(open.told(engine));
                    told.push(open);
                }
                None => {}
            }
        }
    }
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.open.told(&self.engine).line)
    }
}

impl fmt::Debug for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unmatched({self})")
    }
}

impl Error for Unmatched {}
