//! How often a mock answers, and how often it must.

use standin_core::Engine;
use standin_core::prelude::*;

use crate::served::{get, lenient, panic_of, statuses};

const URL: &str = "https://x.io/a";

#[test]
fn a_mock_answers_once_by_default() {
    let engine = lenient();
    engine.get(URL).reply(200);
    assert_eq!(statuses(&engine, URL, 3), [200, 0, 0]);
}

#[test]
fn times_n_is_n_uses() {
    let engine = lenient();
    engine.get(URL).times(3).reply(200);
    assert_eq!(statuses(&engine, URL, 4), [200, 200, 200, 0]);
}

#[test]
fn a_range_has_a_least_and_a_greatest_number_of_uses() {
    let engine = lenient();
    let mock = engine.get(URL).times(1..=2).reply(200);
    assert!(!mock.is_done());
    get(&engine, URL);
    assert!(mock.is_done() && !mock.is_spent());
    assert_eq!(statuses(&engine, URL, 2), [200, 0]);
}

#[test]
fn persist_is_one_or_more() {
    let engine = Engine::new();
    let mock = engine.get(URL).persist().reply(200);
    assert!(!mock.is_done(), "never called, it is pending");
    assert_eq!(statuses(&engine, URL, 50), [200; 50]);
    assert!(mock.is_done() && !mock.is_spent());
}

#[test]
fn persist_after_times_n_is_n_or_more() {
    let engine = Engine::new();
    let mock = engine.get(URL).times(2).persist().reply(200);
    get(&engine, URL);
    assert!(!mock.is_done());
    assert_eq!(statuses(&engine, URL, 5), [200; 5]);
    assert!(mock.is_done());
}

#[test]
fn optional_is_from_none() {
    let engine = Engine::new();
    let mock = engine.get(URL).optional().reply(200);
    assert!(mock.is_done());
    engine.verify();
}

#[test]
fn optional_leaves_the_greatest_number_as_it_is() {
    let engine = lenient();
    engine.get(URL).times(2).optional().reply(200);
    assert_eq!(statuses(&engine, URL, 3), [200, 200, 0]);
}

#[test]
fn a_mock_with_times_0_lets_the_request_go_on_to_the_next_mock() {
    let engine = Engine::new();
    let never = engine.get(URL).times(0).reply(500);
    engine.get(URL).reply(200);
    assert_eq!(get(&engine, URL).status(), 200);
    never.assert_not_called();
}

#[test]
fn a_request_that_only_a_mock_with_times_0_matches_is_unmatched_declared_never() {
    let engine = lenient();
    engine.get(URL).never().reply(500);
    let served = get(&engine, URL);
    assert!(served.is_unmatched());
    assert!(
        format!("{served:?}").contains("declared never"),
        "{served:?}"
    );
}

#[test]
fn a_mock_with_times_0_that_is_never_asked_is_fine() {
    let engine = Engine::new();
    engine.get(URL).times(0).reply(500);
    engine.verify();
}

#[test]
fn a_used_up_mock_is_reported_as_spent_with_its_place() {
    let engine = lenient();
    engine.get(URL).reply(200);
    get(&engine, URL);
    let served = format!("{:?}", get(&engine, URL));
    assert!(
        served.contains("spent") && served.contains("lifetime.rs:"),
        "{served}"
    );
}

#[test]
fn the_report_of_a_used_up_mock_has_the_mend() {
    let engine = lenient();
    engine.get(URL).reply(200);
    get(&engine, URL);
    get(&engine, URL);
    engine.set_lenient(false);
    let report = engine.report().to_string();
    assert!(report.contains("times(2)"), "{report}");
    engine.set_lenient(true);
}

#[test]
fn never_and_always_together_are_a_mistake() {
    let engine = Engine::new();
    let said = panic_of(|| engine.get(URL).times(0).persist().reply(200));
    assert!(said.contains("keep one of them"), "{said}");
}

#[test]
#[expect(
    clippy::reversed_empty_ranges,
    reason = "the mistake is what is tested"
)]
fn a_range_that_is_upside_down_is_a_mistake() {
    let engine = Engine::new();
    let said = panic_of(|| engine.get(URL).times(3..=1).reply(200));
    assert!(said.contains("smaller number first"), "{said}");
}

#[test]
fn a_fault_counts_as_a_use() {
    let engine = lenient();
    let mock = engine.get(URL).reply(Fault::Reset);
    assert_eq!(get(&engine, URL).fault(), Some(Fault::Reset));
    assert_eq!(mock.count(), 1);
    assert!(get(&engine, URL).is_unmatched());
}

#[test]
fn an_error_of_a_reply_counts_as_a_use() {
    let engine = lenient();
    let mock = engine
        .get(URL)
        .reply(async |_: Request| Err::<u16, _>("boom"));
    assert!(format!("{:?}", get(&engine, URL)).contains("boom"));
    assert_eq!(mock.count(), 1);
    assert!(mock.is_spent());
    panic_of(|| drop(engine));
}
