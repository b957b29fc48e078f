//! The query.

use standin_core::matchers::{self, query, query_all, query_exact};
use standin_core::prelude::*;

use crate::served::{get, lenient, matches};

fn with(query: &str) -> Request {
    Request::get(format!("https://x.io/a?{query}"))
}

#[test]
fn a_query_in_the_url_is_a_subset() {
    let engine = lenient();
    engine.get("https://x.io/a?b=2&a=1").times(2).reply(200);
    assert_eq!(get(&engine, "https://x.io/a?a=1&b=2").status(), 200);
    assert_eq!(get(&engine, "https://x.io/a?a=1&c=3&b=2").status(), 200);
    engine.get("https://x.io/a?a=1").optional().reply(200);
    assert!(get(&engine, "https://x.io/a?a=2").is_unmatched());
    assert!(get(&engine, "https://x.io/a").is_unmatched());
}

#[test]
fn a_query_that_is_not_mentioned_is_ignored() {
    let engine = lenient();
    engine.get("https://x.io/a").reply(200);
    assert_eq!(get(&engine, "https://x.io/a?x=1").status(), 200);
}

#[test]
fn repeated_keys_in_the_url_are_all_wanted_in_any_order() {
    let engine = lenient();
    engine.get("https://x.io/a?t=1&t=2").times(2).reply(200);
    assert_eq!(get(&engine, "https://x.io/a?t=2&t=1").status(), 200);
    assert_eq!(get(&engine, "https://x.io/a?t=2&t=3&t=1").status(), 200);
    let engine = lenient();
    engine.get("https://x.io/a?t=1&t=1").optional().reply(200);
    assert!(
        get(&engine, "https://x.io/a?t=1&t=2").is_unmatched(),
        "each as often as it is wanted"
    );
}

#[test]
fn a_key_fits_by_any_of_its_values() {
    assert!(matches(query("t", "2"), with("t=1&t=2")));
    assert!(!matches(query("t", "3"), with("t=1&t=2")));
}

#[test]
fn all_values_of_a_key_can_be_wanted() {
    assert!(matches(query_all("t", ["2", "1"]), with("t=1&t=2&t=3")));
    assert!(!matches(query_all("t", ["1", "4"]), with("t=1&t=2&t=3")));
    assert!(!matches(query_all("t", ["1", "1"]), with("t=1&t=2")));
}

#[test]
fn an_exact_query_allows_no_other_pair_and_any_order() {
    assert!(matches(
        query_exact([("a", "1"), ("b", "2")]),
        with("b=2&a=1")
    ));
    assert!(!matches(query_exact([("a", "1")]), with("a=1&b=2")));
    assert!(!matches(query_exact([("a", "1"), ("a", "1")]), with("a=1")));
    assert!(matches(
        query_exact::<&str, &str>([]),
        Request::get("https://x.io/a")
    ));
}

#[test]
fn a_blank_value_is_a_value() {
    assert!(matches(query("a", ""), with("a=")));
    assert!(matches(query("a", ""), with("a")));
    assert!(matches(query("a", present()), with("a")));
    assert!(!matches(query("a", ""), with("a=1")));
    assert!(!matches(query("a", ""), with("b=")));
}

#[test]
fn a_key_can_be_wanted_present_or_absent() {
    assert!(matches(query("a", any()), with("a=5")));
    assert!(!matches(query("a", any()), with("b=5")));
    assert!(matches(query("a", absent()), with("b=5")));
    assert!(!matches(query("a", absent()), with("a")));
}

#[test]
fn not_speaks_of_all_values_and_holds_when_there_is_none() {
    assert!(matches(query("a", not("1")), with("b=1")));
    assert!(matches(query("a", not("1")), with("a=2")));
    assert!(!matches(query("a", not("1")), with("a=2&a=1")));
    assert!(matches(query("a", not(absent())), with("a=2")));
    assert!(!matches(query("a", not(absent())), with("b=2")));
}

#[test]
fn values_are_decoded() {
    assert!(matches(query("q", "a b+c/ü"), with("q=a+b%2Bc%2F%C3%BC")));
}

#[test]
fn a_number_in_a_query_is_its_text() {
    assert!(matches(query("page", 5), with("page=5")));
    assert!(!matches(query("page", 5), with("page=5.0")));
    assert!(!matches(query("page", 5), with("page=+5")));
    assert!(matches(query("debug", true), with("debug=true")));
    assert!(!matches(query("debug", true), with("debug=1")));
}

#[test]
fn a_value_may_be_a_pattern() {
    assert!(matches(query("q", re("^a")), with("q=abc")));
    assert!(matches(query("q", glob("a*c")), with("q=abc")));
    assert!(!matches(query("q", glob("a*")), with("q=cab")));
    assert!(matches(query("page", 1..=9), with("page=9")));
    assert!(!matches(query("page", 1..9), with("page=9")));
    assert!(matches(query("page", ..), with("page=x")));
    assert!(matches(query("q", |v: &str| v.len() == 3), with("q=abc")));
    assert!(matches(query("q", pred(|v| v.len() == 3)), with("q=abc")));
    assert!(matches(matchers::url(re(r"\?q=abc$")), with("q=abc")));
}

#[test]
fn values_of_several_pairs_are_written_as_those_of_one() {
    let engine = lenient();
    engine
        .get("https://x.io/q")
        .query_exact([("page", 1), ("size", 50)])
        .reply(201);
    engine
        .get("https://x.io/q")
        .query_all("id", [1, 2])
        .reply(202);
    assert_eq!(get(&engine, "https://x.io/q?size=50&page=1").status(), 201);
    assert_eq!(get(&engine, "https://x.io/q?id=2&id=1").status(), 202);
}
