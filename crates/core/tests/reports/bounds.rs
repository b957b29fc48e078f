//! A report is read by a person and kept by a build server: whatever a body holds, it is short, and soon there.

use std::time::Duration;

use serde_json::{Map, Value};
use standin_core::prelude::*;
use standin_core::{Clock, Engine, Mock, Report, SystemClock};

const URL: &str = "https://x.io/orders";

/// The report about a body that a mock of `narrow` does not take, and how long it took to make and to render.
fn report(narrow: impl FnOnce(Mock) -> Mock, body: String) -> (Report, String, Duration) {
    let engine = Engine::new();
    narrow(engine.post(URL)).optional().reply(200);
    drop(engine.serve_blocking(Request::post(URL).with_body(body)));
    let began = SystemClock.now();
    let report = engine.report();
    let text = report.to_string();
    let took = SystemClock.now() - began;
    engine.take_unmatched();
    (report, text, took)
}

/// JSON of about 10 MiB, whose leaf in the middle is `odd`.
fn document(odd: &str) -> Value {
    let order = |n: u32| {
        let sku = if n == 50_000 {
            odd.to_owned()
        } else {
            format!("sku-{n}")
        };
        json!({"sku": sku, "price": n, "tags": ["a", "b"], "note": "as ordered by telephone, ü, twice"})
    };
    let orders: Map<String, Value> = (0..100_000)
        .map(|n| (format!("order {n:06}"), order(n)))
        .collect();
    Value::Object(orders)
}

/// The texts are of a few kilobytes; the time is generous, as builds without optimisation and busy machines are slow.
fn within_bounds(made: &(Report, String, Duration)) {
    let (report, text, took) = made;
    let data = serde_json::to_string(report).unwrap();
    assert!(text.len() < 12_000, "the text has {} bytes", text.len());
    assert!(data.len() < 200_000, "the data have {} bytes", data.len());
    assert!(format!("{report:?}").len() < 200_000);
    assert!(*took < Duration::from_secs(20), "it took {took:?}");
}

#[test]
fn one_wrong_leaf_in_ten_megabytes_of_json() {
    let body = document("wrong").to_string();
    assert!(body.len() > 10 << 20, "{}", body.len());
    let made = report(|mock| mock.json(document("right")), body);
    assert!(made.1.contains("/order 050000/sku"), "{}", made.1);
    assert!(
        made.1.contains("\"right\"") && made.1.contains("\"wrong\""),
        "{}",
        made.1
    );
    within_bounds(&made);
}

#[test]
fn ten_megabytes_of_json_that_differ_everywhere() {
    let Value::Object(orders) = document("x") else {
        unreachable!()
    };
    let other: Vec<Value> = orders.values().cloned().collect();
    let reversed: Vec<Value> = other.iter().rev().cloned().collect();
    within_bounds(&report(
        |mock| mock.json(Value::from(other)),
        Value::from(reversed).to_string(),
    ));
}

#[test]
fn one_wrong_line_in_ten_megabytes_of_text() {
    let lines = |odd: &str| -> String {
        let line = |n| {
            if n == 90_000 {
                format!("{odd}\n")
            } else {
                format!("{n}: {}\n", "words ".repeat(18))
            }
        };
        (1..=100_000).map(line).collect()
    };
    let (expected, received) = (lines("the right one"), lines("the wrong one"));
    assert!(received.len() > 10 << 20);
    let made = report(|mock| mock.body(expected), received);
    assert!(made.1.contains("line 89998"), "{}", made.1);
    assert!(
        made.1.contains("the right one") && made.1.contains("the wrong one"),
        "{}",
        made.1
    );
    within_bounds(&made);
}

#[test]
fn ten_megabytes_in_one_line() {
    let body = "x".repeat(10 << 20);
    within_bounds(&report(|mock| mock.body("two\nlines"), body.clone()));
    within_bounds(&report(|mock| mock.body_contains("y"), body.clone()));
    within_bounds(&report(|mock| mock.json(json!({"a": 1})), body));
}
