//! The body of a request.

use standin_core::matchers::{body, body_contains, form, form_exact, json, json_includes};
use standin_core::prelude::*;

use crate::served::{lenient, matches, post};

fn with(body: impl Into<Vec<u8>>) -> Request {
    Request::post("https://x.io/a").with_body(body.into())
}

fn is(expected: serde_json::Value, received: &str) -> bool {
    matches(json(expected), with(received))
}

fn includes(expected: serde_json::Value, received: &str) -> bool {
    matches(json_includes(expected), with(received))
}

#[test]
fn a_body_equals_text_or_bytes() {
    assert!(matches(body("hello"), with("hello")));
    assert!(!matches(body("hello"), with("hello ")));
    assert!(matches(body(b"\xff\x00"), with(&b"\xff\x00"[..])));
    assert!(matches(body(vec![104_u8, 105]), with("hi")));
    assert!(matches(body(""), Request::get("https://x.io/")));
}

#[test]
fn a_body_contains_bytes() {
    assert!(matches(body_contains("ell"), with("hello")));
    assert!(matches(body_contains(&b"\xfe"[..]), with(&b"\xff\xfe"[..])));
    assert!(!matches(body_contains("elk"), with("hello")));
}

#[test]
fn a_body_fits_a_pattern() {
    assert!(matches(body(re("l+o$")), with("hello")));
    assert!(matches(body(glob("h*o")), with("hello")));
    assert!(matches(body(|text: &str| text.len() == 5), with("hello")));
    assert!(matches(body(not("bye")), with("hello")));
    assert!(
        matches(body(re("x")), with(&b"\xffx"[..])),
        "bytes that are no text too"
    );
}

#[test]
fn json_is_equal_whatever_the_order_of_keys_and_the_layout() {
    assert!(is(
        json!({"a": 1, "b": [1, 2]}),
        "{ \"b\": [1,2],\n \"a\": 1 }"
    ));
    assert!(!is(json!({"a": 1}), r#"{"a": 1, "b": 2}"#), "full equality");
    assert!(!is(json!([1, 2]), "[2, 1]"), "the order of a list counts");
    assert!(!is(json!({"a": 1}), "a=1"), "what is no JSON fits nothing");
    assert!(!is(json!({"a": 1}), ""));
}

#[test]
fn numbers_in_json_are_compared_by_value() {
    assert!(is(json!({"a": 1}), r#"{"a": 1.0}"#));
    assert!(is(json!({"a": 100}), r#"{"a": 1e2}"#));
    assert!(!is(json!({"a": 1}), r#"{"a": "1"}"#));
    assert!(is(
        json!({"a": 9_007_199_254_740_993_i64}),
        r#"{"a": 9007199254740993}"#
    ));
    assert!(
        !is(
            json!({"a": 9_007_199_254_740_993_i64}),
            r#"{"a": 9007199254740992}"#
        ),
        "64 bits are exact"
    );
    assert!(!is(json!(u64::MAX), "18446744073709551614"));
}

#[test]
fn null_and_empty_values_can_be_expected() {
    assert!(is(json!(null), "null") && !is(json!(null), "{}") && !is(json!(null), ""));
    assert!(is(json!({}), "{}") && !is(json!({}), r#"{"a":1}"#) && !is(json!({}), "[]"));
    assert!(is(json!([]), "[]") && !is(json!([]), "[1]"));
    assert!(is(json!(0), "0") && is(json!(false), "false") && is(json!(""), "\"\""));
    assert!(includes(json!(null), "null") && !includes(json!(null), "{}"));
}

#[test]
fn json_includes_is_a_subset() {
    assert!(includes(
        json!({"a": {"b": 1}}),
        r#"{"a": {"b": 1, "c": 2}, "d": 3}"#
    ));
    assert!(!includes(json!({"a": {"b": 2}}), r#"{"a": {"b": 1}}"#));
    assert!(
        !includes(json!({"a": null}), "{}"),
        "a null that is wanted has to be there"
    );
    assert!(includes(json!({}), r#"{"a": 1}"#));
}

#[test]
fn json_is_read_whatever_the_content_type_says() {
    assert!(matches(
        json(json!({"a": 1})),
        with(r#"{"a":1}"#).with_header("content-type", "text/plain")
    ));
}

#[test]
fn form_fields_are_decoded_and_a_subset() {
    let request = || with("name=J%C3%BCrgen+B&tag=1&tag=2&empty=");
    assert!(matches(form("name", "Jürgen B"), request()));
    assert!(matches(form("tag", 2), request()));
    assert!(matches(form("empty", ""), request()));
    assert!(matches(form("other", absent()), request()));
    assert!(!matches(form("name", "J"), request()));
    assert!(matches(
        form_exact([
            ("tag", "2"),
            ("tag", "1"),
            ("empty", ""),
            ("name", "Jürgen B")
        ]),
        request()
    ));
    assert!(!matches(form_exact([("tag", "1")]), request()));
}

#[test]
fn all_matchers_of_a_declaration_hold_together() {
    let engine = lenient();
    engine
        .post("https://x.io/a")
        .body_contains("a")
        .body(re("b"))
        .json_includes(json!({"a": "b"}))
        .reply(200);
    assert!(post(&engine, "https://x.io/a", r#"{"a": "c"}"#).is_unmatched());
    assert!(post(&engine, "https://x.io/a", "ab").is_unmatched());
    assert_eq!(
        post(&engine, "https://x.io/a", r#"{"a": "b"}"#).status(),
        200
    );
}

#[test]
fn a_declaration_without_a_matcher_of_the_body_takes_any() {
    let engine = lenient();
    engine.post("https://x.io/a").reply(200);
    assert_eq!(post(&engine, "https://x.io/a", "{").status(), 200);
}

#[test]
fn a_text_is_compared_in_the_charset_that_the_request_names() {
    let latin1 =
        with(&b"caf\xe9"[..]).with_header("content-type", "text/plain; charset=iso-8859-1");
    assert!(matches(body("café"), latin1.clone()));
    assert!(matches(body("café"), with("café")));
    assert!(!matches(body("café"), with(&b"caf\xe9"[..])));
    assert!(
        matches(body(&b"caf\xe9"[..]), latin1.clone()),
        "bytes are compared as they came"
    );
    assert!(!matches(body(not("café")), latin1));
}

#[test]
fn a_regex_knows_the_letters_of_all_scripts() {
    for (pattern, fits, other) in [
        (r"^\w+$", "größe_1", "a b"),
        (r"^\d+$", "12٣", "1a"),
        (r"(?i)^STRASSE Ä$", "strasse ä", "strasse a"),
        (r"^\p{L}+$", "Ωж", "1"),
        (r"^\p{Greek}+$", "αβ", "ab"),
        (r"^\p{Alphabetic}+$", "é", "-"),
        (r"^\p{Uppercase}$", "Ж", "ж"),
        (r"\bfür\b", "a für b", "dafür"),
        (r"^[[:alpha:]\s]+$", "a b", "a1"),
    ] {
        assert!(matches(body(re(pattern)), with(fits)), "{pattern}");
        assert!(!matches(body(re(pattern)), with(other)), "{pattern}");
    }
}
