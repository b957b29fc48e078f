//! Engines are made by tests, and their time is the time of the test's runtime.

use standin_core::{Engine, Guard, OwnedEngine};

/// Makes an engine active on this thread until the guard drops, which verifies it.
///
/// While an engine is active already, this opens a scope of the same engine: its mocks are asked before the outer ones, and
/// leaving verifies and removes its own.
///
/// ```
/// use standin::prelude::*;
///
/// let _net = standin::activate();
/// mock::get("https://api.github.com/zen").optional().reply("Keep it logically awesome.");
/// ```
#[track_caller]
pub fn activate() -> Guard {
    standin_core::activate_with(standin_wire::clock())
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
    Engine::with_clock(standin_wire::clock())
}
