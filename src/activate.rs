//! Engines are made by tests, their time is the time of the test's runtime, and interception begins with the first of them.

use standin_core::{Engine, Guard, OwnedEngine};

use crate::interception::Interception;

/// Makes an engine active on this thread until the guard drops, which verifies it.
///
/// While an engine is active already, this opens a scope of the same engine: its mocks are asked before the outer ones, and
/// leaving verifies and removes its own.
///
/// With the feature `intercept`, the connections of this test's clients go to the engine from here on. Where they cannot, its
/// report says why.
///
/// ```
/// use standin::prelude::*;
///
/// let _net = standin::activate();
/// mock::get("https://api.github.com/zen").optional().reply("Keep it logically awesome.");
/// ```
#[track_caller]
pub fn activate() -> Guard {
    let interception = Interception::start();
    let guard = standin_core::activate_with(standin_wire::clock());
    interception.tell(&guard);
    guard
}

/// An engine of its own, for code that passes it around instead of activating it; it verifies when it drops.
///
/// ```
/// use standin::prelude::*;
///
/// let engine = standin::engine();
/// engine.get("https://api.github.com/zen").optional().reply("Design for failure.");
/// ```
#[track_caller]
pub fn engine() -> OwnedEngine {
    let interception = Interception::start();
    let engine = Engine::with_clock(standin_wire::clock());
    interception.tell(&engine);
    engine
}
