//! The corners of equality, inclusion and differences of JSON bodies, as tables.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::miss::Difference;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Each difference as `at: expected -> received`, with `-` for what is not there.
fn shown(expected: &Value, received: &Value, mode: Mode) -> Vec<String> {
    let text = |side: Option<String>| side.unwrap_or_else(|| "-".into());
    let line = |d: Difference| format!("{}: {} -> {}", d.at, text(d.expected), text(d.received));
    differences(expected, received, mode)
        .into_iter()
        .map(line)
        .collect()
}

#[test]
fn numbers_are_equal_by_value() {
    for (a, b, same) in [
        ("1", "1.0", true),
        ("0", "-0.0", true),
        ("1e2", "100", true),
        ("1", "2", false),
        ("0.1", "0.10", true),
        ("9007199254740993", "9007199254740992.0", false),
        ("9007199254740992", "9007199254740992.0", true),
        ("9007199254740993", "9007199254740992", false),
        ("9223372036854775807", "9223372036854775808", false),
        ("9223372036854775807", "9223372036854775808.0", false),
        ("9223372036854775808", "9223372036854775808.0", true),
        ("18446744073709551615", "18446744073709551616.0", false),
        ("18446744073709551615", "-1", false),
        ("-9223372036854775808", "-9223372036854775808.0", true),
        ("1", "1.0000000000000002", false),
        ("1e300", "1e301", false),
        ("1", "\"1\"", false),
        ("0", "null", false),
        ("0", "false", false),
    ] {
        let (a, b) = (parsed(a), parsed(b));
        assert_eq!(equal(&a, &b), same, "{a} and {b}");
        assert_eq!(equal(&b, &a), same, "{b} and {a}");
        assert_eq!(includes(&a, &b), same, "{a} in {b}");
    }
}

#[test]
fn a_float_equals_itself_once_it_was_sent() {
    for float in [
        907.3038322028689,
        481.83792520110524,
        432.95284981322555,
        0.1 + 0.2,
        5e-324,
        f64::MAX,
    ] {
        let (declared, sent) = (json!(float), parsed(&json!(float).to_string()));
        assert!(
            equal(&declared, &sent) && equal(&sent, &declared),
            "{declared} and {sent}"
        );
    }
    assert!(!equal(&json!(1.5), &json!(1.5000000000000002)));
    assert!(!equal(&json!(0.1 + 0.2), &json!(0.3)));
}

#[test]
fn keys_have_no_order_and_arrays_have() {
    assert!(equal(
        &parsed(r#"{"a":1,"b":[1,2]}"#),
        &parsed(r#"{"b":[1,2],"a":1}"#)
    ));
    assert!(!equal(&json!([1, 2]), &json!([2, 1])));
    assert!(!equal(&json!({"a": null}), &json!({})));
    assert!(!equal(&json!({"a": null}), &json!({"b": null})));
    assert!(equal(&json!(null), &json!(null)));
    assert!(!equal(&json!([]), &json!({})));
}

#[test]
fn inclusion() {
    for (expected, received, included) in [
        (json!({"a": 1}), json!({"a": 1, "b": 2}), true),
        (json!({"a": {"b": 1}}), json!({"a": {"b": 1, "c": 2}}), true),
        (json!({"a": null}), json!({}), false),
        (json!({}), json!({"a": 1}), true),
        (json!({}), json!([]), false),
        (json!([]), json!([1]), true),
        (json!([1]), json!([1, 2, 3]), true),
        (json!([3]), json!([1, 2, 3]), true),
        (json!([1, 3]), json!([1, 2, 3]), true),
        (json!([3, 1]), json!([1, 2, 3]), false),
        (json!([1, 1]), json!([1]), false),
        (
            json!([{"id": 2}]),
            json!([{"id": 1}, {"id": 2, "n": 3}]),
            true,
        ),
        (
            json!([{"id": 2}, {"id": 1}]),
            json!([{"id": 1}, {"id": 2}]),
            false,
        ),
        (json!([[2]]), json!([[1], [1, 2]]), true),
        (json!({"a": 5}), json!({"a": {"b": 1}}), false),
        (json!({"a": {"b": 1}}), json!({"a": 5}), false),
    ] {
        assert_eq!(
            includes(&expected, &received),
            included,
            "{expected} in {received}"
        );
        let listed = shown(&expected, &received, Mode::Includes);
        assert_eq!(
            listed.is_empty(),
            included,
            "{expected} in {received}: {listed:?}"
        );
    }
}

#[test]
fn differences_have_pointers_in_document_order() {
    let expected = json!({"a": 1, "b": {"c~/d": [1, 2]}, "gone": null, "same": [true]});
    let received = json!({"a": "1", "b": {"c~/d": [1, 3]}, "new": {}, "same": [true]});
    assert_eq!(
        shown(&expected, &received, Mode::Equal),
        [
            "/a: 1 -> \"1\"",
            "/b/c~0~1d/1: 2 -> 3",
            "/gone: null -> -",
            "/new: - -> {}"
        ]
    );
    assert_eq!(shown(&expected, &received, Mode::Includes).len(), 3);
    assert_eq!(shown(&json!(1), &json!([1]), Mode::Equal), [": 1 -> [1]"]);
}

#[test]
fn an_inserted_element_is_one_difference() {
    let expected = json!({"items": [{"id": 1}, {"id": 2}, {"id": 3}]});
    let received = json!({"items": [{"id": 1}, {"id": 9}, {"id": 2}, {"id": 3}]});
    assert_eq!(
        shown(&expected, &received, Mode::Equal),
        ["/items/1: - -> {\"id\":9}"]
    );
    assert_eq!(
        shown(&received, &expected, Mode::Equal),
        ["/items/1: {\"id\":9} -> -"]
    );
}

#[test]
fn the_nearest_element_is_compared() {
    let received = json!([{"sku": "A", "n": 1}, {"sku": "B", "n": 3}]);
    assert_eq!(
        shown(&json!([{"sku": "B", "n": 2}]), &received, Mode::Includes),
        ["/1/n: 2 -> 3"]
    );
}

#[test]
fn a_flood_of_differences_is_counted() {
    let expected: Vec<_> = (0..300).collect();
    let received: Vec<_> = (1000..1300).collect();
    let listed = shown(&json!(expected), &json!(received), Mode::Equal);
    assert_eq!(listed.len(), 51);
    assert_eq!(listed[50], "(and 250 more places): - -> -");
}

#[test]
fn long_strings_show_where_they_part() {
    let (a, b) = (
        json!(format!("{}Q", "x".repeat(5000))),
        json!(format!("{}Z", "x".repeat(5000))),
    );
    let [line] = &shown(&a, &b, Mode::Equal)[..] else {
        panic!()
    };
    assert!(line.contains("xQ\"") && line.contains("xZ\""), "{line}");
}

/// `depth` arrays around `core`.
fn nested(depth: usize, core: Value) -> Value {
    (0..depth).fold(core, |inner, _| Value::Array(vec![inner]))
}

/// A value's own drop recurses, so that a deep one is taken apart from outside.
fn dismantle(mut value: Value) {
    while let Value::Array(mut items) = value {
        value = items.pop().unwrap_or(Value::Null);
    }
}

#[test]
fn depth_does_not_overflow_the_stack() {
    let (a, same, other) = (
        nested(100_000, json!(1)),
        nested(100_000, json!(1.0)),
        nested(100_000, json!(2)),
    );
    assert!(equal(&a, &same));
    assert!(!equal(&a, &other));
    assert!(includes(&a, &same));
    assert!(!includes(&a, &other));
    assert!(differences(&a, &same, Mode::Equal).is_empty());
    assert_eq!(differences(&a, &other, Mode::Equal).len(), 1);
    assert_eq!(differences(&a, &other, Mode::Includes).len(), 1);
    assert_eq!(differences(&a, &json!(1), Mode::Includes).len(), 1);
    [a, same, other].into_iter().for_each(dismantle);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        (-2.0f64..2.0).prop_map(|n| Value::from(n.round())),
        "[ab~/]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ab~/]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn the_smallest_floats_equal_themselves_once_they_were_sent() {
    for float in [-2.73560890136129e-309, 5e-324, f64::MIN_POSITIVE] {
        assert!(
            equal(&json!(float), &parsed(&json!(float).to_string())),
            "{float:e}"
        );
    }
    assert!(!equal(&json!(5e-309), &json!(5.1e-309)));
}

proptest! {
    #[test]
    fn any_float_equals_itself_once_it_was_sent(float in any::<f64>().prop_filter("JSON has no other", |f| f.is_finite())) {
        prop_assert!(equal(&json!(float), &parsed(&json!(float).to_string())));
    }

    #[test]
    fn a_list_is_empty_exactly_when_they_agree(a in any_json(), b in any_json()) {
        for mode in [Mode::Equal, Mode::Includes] {
            prop_assert_eq!(differences(&a, &b, mode).is_empty(), agree(mode, &a, &b));
        }
    }

    #[test]
    fn a_document_equals_and_includes_itself(a in any_json()) {
        prop_assert!(equal(&a, &a) && includes(&a, &a));
    }

    #[test]
    fn equal_documents_include_each_other(a in any_json(), b in any_json()) {
        prop_assert!(!equal(&a, &b) || (includes(&a, &b) && includes(&b, &a)));
    }

    #[test]
    fn pointers_lead_to_the_received_value(a in any_json(), b in any_json()) {
        for difference in differences(&a, &b, Mode::Equal) {
            if let Some(received) = difference.received {
                prop_assert_eq!(b.pointer(&difference.at).map(compact), Some(received));
            }
        }
    }

    #[test]
    fn differences_are_symmetric_in_number(a in any_json(), b in any_json()) {
        prop_assert_eq!(differences(&a, &b, Mode::Equal).is_empty(), differences(&b, &a, Mode::Equal).is_empty());
    }
}
