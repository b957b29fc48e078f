//! Headers, cookies, credentials and content types.

use standin_core::matchers::{basic, bearer, content_type, cookie, header, headers_exact};
use standin_core::prelude::*;

use crate::served::matches;

fn with(name: &str, value: impl AsRef<[u8]>) -> Request {
    Request::get("https://x.io/a").with_header(name, value)
}

#[test]
fn header_names_are_case_insensitive_and_values_are_not() {
    assert!(matches(header("X-Token", "abc"), with("x-token", "abc")));
    assert!(!matches(header("x-token", "ABC"), with("x-token", "abc")));
}

#[test]
fn headers_that_are_not_mentioned_are_ignored() {
    assert!(matches(
        header("a", "1"),
        with("a", "1").with_header("b", "2")
    ));
}

#[test]
fn any_of_repeated_values_fits() {
    let request = with("a", "1").with_header("a", "2");
    assert!(matches(header("a", "2"), request.clone()));
    assert!(!matches(header("a", "1, 2"), request));
}

#[test]
fn a_header_can_be_wanted_present_even_empty_or_absent() {
    assert!(matches(header("a", present()), with("a", "")));
    assert!(!matches(header("a", present()), with("b", "")));
    assert!(matches(header("a", absent()), with("b", "")));
    assert!(!matches(header("a", absent()), with("a", "")));
}

#[test]
fn bytes_that_are_no_text_never_break_matching() {
    let request = || with("a", [0xff, b'x', 0xfe]);
    assert!(matches(header("a", re("x")), request()));
    assert!(matches(header("a", &b"\xffx\xfe"[..]), request()));
    assert!(matches(header("a", any()), request()));
    assert!(matches(
        header("a", |v: &str| v.chars().count() == 3),
        request()
    ));
    assert!(!matches(header("a", "x"), request()));
    assert!(!matches(header("a", 1..), request()));
    assert!(!matches(cookie("a", "x"), with("cookie", [0xff])));
    assert!(!matches(content_type("json"), with("content-type", [0xff])));
    assert!(!matches(bearer("x"), with("authorization", [0xff])));
    assert!(!matches(
        basic("x", "y"),
        with("authorization", b"Basic \xff\xff")
    ));
}

#[test]
fn an_exact_set_allows_no_other_header_but_those_of_the_transport() {
    let request = with("a", "1")
        .with_header("host", "x.io")
        .with_header("content-length", "0");
    assert!(matches(headers_exact([("A", "1")]), request.clone()));
    assert!(!matches(headers_exact([("a", "2")]), request.clone()));
    assert!(!matches(
        headers_exact([("a", "1"), ("b", "2")]),
        request.clone()
    ));
    assert!(!matches(
        headers_exact([("a", "1")]),
        request.with_header("c", "3")
    ));
}

#[test]
fn a_header_may_be_a_number_or_a_pattern() {
    assert!(matches(
        header("retry-after", 30),
        with("retry-after", "30")
    ));
    assert!(matches(
        header("retry-after", 1..=60),
        with("retry-after", "30")
    ));
    assert!(matches(
        header("authorization", re("^Bearer ")),
        with("authorization", "Bearer x")
    ));
    assert!(matches(
        header("accept", not("text/html")),
        with("accept", "text/plain")
    ));
}

#[test]
fn cookies_are_matched_by_name() {
    let request = || with("cookie", "sid=7; theme=\"dark\"").with_header("cookie", "a=b=c");
    assert!(matches(cookie("sid", 7), request()));
    assert!(matches(cookie("theme", "dark"), request()));
    assert!(matches(cookie("a", "b=c"), request()));
    assert!(matches(cookie("b", absent()), request()));
    assert!(
        !matches(cookie("SID", "7"), request()),
        "cookie names are case-sensitive"
    );
}

#[test]
fn bearer_is_the_token() {
    assert!(matches(bearer("abc"), with("authorization", "Bearer abc")));
    assert!(matches(bearer("abc"), with("authorization", "bearer abc")));
    assert!(matches(
        bearer(re("^ey")),
        with("authorization", "Bearer eyJ")
    ));
    assert!(!matches(bearer("abc"), with("authorization", "Basic abc")));
    assert!(!matches(bearer(any()), Request::get("https://x.io/")));
}

#[test]
fn basic_is_user_and_password() {
    let request = || with("authorization", "Basic dXNlcjpwYTpzcw==");
    assert!(matches(basic("user", "pa:ss"), request()));
    assert!(!matches(basic("user", "pa"), request()));
    assert!(!matches(basic("use", "pa:ss"), request()));
}

#[test]
fn content_types_have_aliases_as_pook_has_them() {
    for (alias, full) in [
        ("json", "application/json"),
        ("text", "text/plain"),
        ("html", "text/html"),
        ("xml", "application/xml"),
        ("form", "application/x-www-form-urlencoded"),
        ("urlencoded", "application/x-www-form-urlencoded"),
    ] {
        assert!(
            matches(content_type(alias), with("content-type", full)),
            "{alias}"
        );
    }
}

#[test]
fn a_charset_is_no_obstacle_unless_it_is_asked_for() {
    let utf8 = || with("content-type", "Application/JSON; charset=UTF-8");
    assert!(matches(content_type("json"), utf8()));
    assert!(matches(content_type("application/json"), utf8()));
    assert!(matches(
        content_type("application/json; charset=utf-8"),
        utf8()
    ));
    assert!(!matches(
        content_type("application/json; charset=latin1"),
        utf8()
    ));
    assert!(!matches(content_type("text"), utf8()));
    assert!(!matches(
        content_type("json"),
        Request::get("https://x.io/")
    ));
}
