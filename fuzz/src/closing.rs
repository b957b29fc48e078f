//! What is done with an engine when its bytes are through: all that can be said of them is said, and the verdict is nobody's.

use std::panic::{AssertUnwindSafe, catch_unwind};

use standin_core::{OwnedEngine, Style};

/// Renders and serialises what was seen, and lets the engine go.
pub(crate) fn close(engine: OwnedEngine) {
    let report = engine.report();
    let text = report.render(Style::plain());
    assert!(!text.is_empty());
    serde_json::to_string(&report).expect("a report is data");
    for call in &engine.calls() {
        let _ = format!("{call:?}");
        serde_json::to_string(call).expect("a call is data");
    }
    // A conversation that went otherwise is a verdict; it goes round the panic hook, by which libFuzzer knows a defect.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(engine)));
}
