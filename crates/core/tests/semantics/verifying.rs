//! What fails a test at its end.

use standin_core::prelude::*;
use standin_core::{Engine, Finding, activate};

use crate::served::{get, lenient, panic_of};

const URL: &str = "https://x.io/a";

#[test]
fn a_guard_fails_for_a_mock_that_did_not_reach_its_minimum_with_its_place() {
    let said = panic_of(|| {
        let net = activate();
        mock::get(URL).times(2).reply(200);
        get(&net, URL);
    });
    assert!(
        said.contains("expected 2 calls") && said.contains("verifying.rs:"),
        "{said}"
    );
}

#[test]
fn a_guard_fails_for_a_request_that_matched_nothing() {
    let said = panic_of(|| {
        let net = activate();
        get(&net, URL);
    });
    assert!(said.contains(URL), "{said}");
}

#[test]
fn a_guard_is_content_when_all_went_well() {
    let net = activate();
    mock::get(URL).reply(200);
    get(&net, URL);
    drop(net);
}

#[test]
fn lenient_is_content_with_requests_that_match_nothing() {
    let engine = lenient();
    get(&engine, URL);
    engine.verify();
}

#[test]
fn lenient_still_asks_for_the_calls_of_mocks() {
    let engine = lenient();
    engine.get(URL).reply(200);
    assert!(panic_of(|| drop(engine)).contains(URL));
}

#[test]
fn unmatched_requests_that_the_test_takes_are_no_failure() {
    let engine = Engine::new();
    get(&engine, URL);
    let taken = engine.take_unmatched();
    assert_eq!((taken.len(), taken[0].url()), (1, URL.to_owned()));
    assert!(engine.take_unmatched().is_empty());
    assert_eq!(engine.calls().len(), 1, "they stay in the journal");
    engine.verify();
}

#[test]
fn the_panic_of_verify_can_be_caught() {
    let engine = lenient();
    let mock = engine.get("https://x.io/a").reply(200);
    assert!(std::panic::catch_unwind(|| engine.verify()).is_err());
    mock.remove();
}

#[test]
fn verify_can_be_asked_at_any_time() {
    let engine = Engine::new();
    engine.verify();
    engine.get(URL).reply(200);
    assert!(!engine.report().is_ok());
    panic_of(|| engine.verify());
    get(&engine, URL);
    engine.verify();
}

#[test]
fn equal_requests_are_one_finding() {
    let engine = Engine::new();
    for _ in 0..3 {
        get(&engine, URL);
    }
    get(&engine, "https://x.io/b");
    let counts: Vec<u64> = engine
        .report()
        .findings
        .iter()
        .map(|finding| match finding {
            Finding::Unmatched { count, .. } => *count,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts, [3, 1]);
    engine.take_unmatched();
}

#[test]
fn a_builder_that_is_dropped_without_a_terminal_fails_with_its_line() {
    let engine = Engine::new();
    let here = line!() + 1;
    let builder = engine.get(URL).header("a", "b");
    drop(builder);
    let said = panic_of(|| drop(engine));
    assert!(
        said.contains(&format!("verifying.rs:{here}")) && said.contains(".reply("),
        "{said}"
    );
}

#[test]
fn a_report_names_each_finding_once_and_is_the_same_each_time() {
    let engine = Engine::new();
    for number in 0..5 {
        engine.get(format!("https://x.io/{number}")).reply(200);
    }
    get(&engine, "https://x.io/9");
    let report = engine.report().to_string();
    assert_eq!(report, engine.report().to_string());
    engine.take_unmatched();
    engine.remove_all();
}

#[test]
fn the_error_of_a_client_names_the_nearest_mock() {
    let engine = lenient();
    engine.post(URL).optional().reply(200);
    let line = format!("{:?}", get(&engine, URL));
    assert!(
        line.contains("GET https://x.io/a") && line.contains("mock::post"),
        "{line}"
    );
    let none = format!("{:?}", get(&lenient(), URL));
    assert!(none.contains("no mock is registered"), "{none}");
}

#[test]
fn the_error_of_a_client_does_not_say_that_no_mock_is_there_when_all_were_filtered() {
    let engine = lenient();
    engine.get(URL).filter(|_| false).optional().reply(200);
    let line = format!("{:?}", get(&engine, URL));
    assert!(!line.contains("no mock is registered"), "{line}");
}

#[test]
fn a_seed_is_told_when_a_chance_was_drawn() {
    let engine = Engine::new();
    engine.get(URL).reply(Fault::Reset.chance(0.5).or(200));
    get(&engine, URL);
    get(&engine, URL);
    let report = engine.report().to_string();
    assert!(
        report.contains(&format!("STANDIN_SEED={}", engine.seed())),
        "{report}"
    );
    engine.take_unmatched();
}

#[test]
fn a_scope_that_is_lenient_leaves_the_outer_one_as_it_was() {
    let said = panic_of(|| {
        let net = activate();
        drop(activate().lenient());
        get(&net, URL);
    });
    assert!(said.contains(URL), "{said}");
}

#[test]
fn a_forgiven_request_still_says_what_an_unmet_mock_missed() {
    let net = activate().lenient();
    mock::get("https://x.io/a").header("x-a", "1").reply(200);
    assert!(get(&net, "https://x.io/a").is_unmatched());
    let report = panic_of(|| drop(net));
    assert!(report.contains("header `x-a` is missing"), "{report}");
    assert!(!report.contains("matched no mock"), "{report}");
}
