//! Which URLs a mock is about.

use standin_core::prelude::*;
use standin_core::{Engine, IntoUrl};

use crate::served::{ask, get, lenient};

fn fits(pattern: impl IntoUrl, url: &str) -> bool {
    let engine = lenient();
    engine.any(pattern).optional().reply(200);
    get(&engine, url).status() == 200
}

macro_rules! rules {
    ($($name:ident { $($pattern:expr => $yes:expr, not $no:expr;)* })*) => {$(
        #[test]
        fn $name() {
            $(
                for url in $yes as &[&str] {
                    assert!(fits($pattern, url), "{} should match {url}", stringify!($pattern));
                }
                for url in $no as &[&str] {
                    assert!(!fits($pattern, url), "{} should not match {url}", stringify!($pattern));
                }
            )*
        }
    )*};
}

rules! {
    a_url_without_a_scheme_is_of_either {
        "x.io/a" => &["http://x.io/a", "https://x.io/a"], not &["https://y.io/a"];
    }
    a_scheme_that_is_written_is_asked_for {
        "https://x.io/a" => &["https://x.io/a"], not &["http://x.io/a"];
        "http://x.io/a" => &["http://x.io/a"], not &["https://x.io/a"];
    }
    a_url_without_a_path_is_any_path {
        "https://x.io" => &["https://x.io", "https://x.io/", "https://x.io/a/b?c"], not &["https://y.io/"];
    }
    a_url_with_the_root_is_the_root {
        "https://x.io/" => &["https://x.io", "https://x.io/", "https://x.io/?q"], not &["https://x.io/a"];
    }
    a_path_alone_is_any_host {
        "/api" => &["https://x.io/api", "http://y.io:8080/api"], not &["https://x.io/api/users"];
    }
    a_word_before_a_slash_is_a_host {
        "api/users" => &["https://api/users"], not &["https://x.io/api/users"];
    }
    a_colon_and_digits_are_a_port_and_not_a_scheme {
        "localhost:8080/a" => &["http://localhost:8080/a"], not &["http://localhost/a", "http://localhost:80/a"];
    }
    default_ports_are_as_none {
        "https://x.io:443/a" => &["https://x.io/a", "https://x.io:443/a"], not &["https://x.io:8443/a"];
        "https://x.io/a" => &["https://x.io:443/a"], not &["https://x.io:80/a"];
        "http://x.io:80/a" => &["http://x.io/a"], not &["http://x.io:8080/a"];
        "x.io/a" => &["http://x.io:80/a", "https://x.io:443/a"], not &["http://x.io:8080/a"];
    }
    a_wildcard_is_any_host_below {
        "https://*.x.io/a" => &["https://a.x.io/a", "https://b.a.x.io/a"], not &["https://x.io/a", "https://ax.io/a"];
        "*" => &["https://x.io/", "http://y:1/b"], not &[];
        "https://*/a" => &["https://x.io/a"], not &["http://x.io/a", "https://x.io/b"];
    }
    hosts_and_schemes_are_case_insensitive {
        "HTTPS://X.io/a" => &["https://x.IO/a"], not &["https://x.io/A"];
    }
    a_host_in_unicode_is_its_punycode {
        "https://bücher.de/" => &["https://xn--bcher-kva.de/"], not &["https://bucher.de/"];
    }
    one_trailing_dot_of_a_host_is_dropped {
        "https://x.io./a" => &["https://x.io/a"], not &[];
        "https://x.io/a" => &["https://x.io./a"], not &[];
    }
    percent_encoding_of_what_needs_none_is_the_same {
        "/%7Euser" => &["https://x.io/~user"], not &[];
        "/~user" => &["https://x.io/%7euser"], not &[];
        "/a%2fb" => &["https://x.io/a%2Fb"], not &["https://x.io/a/b"];
    }
    dot_segments_are_removed {
        "/a/../b" => &["https://x.io/b"], not &[];
        "/b" => &["https://x.io/a/./../b"], not &[];
    }
    double_slashes_and_a_trailing_slash_are_kept {
        "/a/b" => &["https://x.io/a/b"], not &["https://x.io/a//b", "https://x.io/a/b/"];
        "/a/b/" => &["https://x.io/a/b/"], not &["https://x.io/a/b"];
    }
    a_fragment_is_ignored {
        "/a#top" => &["https://x.io/a"], not &[];
    }
    a_variable_is_one_segment {
        "/users/{id}" => &["https://x.io/users/7"], not &["https://x.io/users", "https://x.io/users/7/posts", "https://x.io/users/"];
        "/users/{id}.json" => &["https://x.io/users/7.json"], not &["https://x.io/users/7"];
    }
    a_rest_variable_is_all_that_follows {
        "/files/{*rest}" => &["https://x.io/files/a", "https://x.io/files/a/b"], not &["https://x.io/file"];
    }
    doubled_braces_are_literal {
        "/a/{{b}}" => &["https://x.io/a/%7Bb%7D"], not &["https://x.io/a/c"];
    }
    a_regex_is_searched_in_the_whole_url {
        re(r"x\.io/v[12]/") => &["https://x.io/v1/a", "http://x.io/v2/"], not &["https://x.io/v3/a"];
    }
    a_glob_is_the_whole_url_and_stops_at_slashes {
        glob("https://x.io/*/b") => &["https://x.io/a/b"], not &["https://x.io/a/a/b", "https://x.io/a/b/c"];
        glob("https://x.io/**") => &["https://x.io/a/a/b"], not &["http://x.io/a"];
    }
    a_url_of_the_http_crate_is_a_url {
        "https://x.io/a".parse::<http::Uri>().unwrap() => &["https://x.io/a"], not &["https://x.io/b"];
    }
}

#[test]
fn the_miss_of_a_host_that_was_meant_as_a_path_asks_so() {
    let engine = Engine::new();
    engine.get("api/users").optional().reply(200);
    get(&engine, "https://x.io/api/users");
    let report = engine.report().to_string();
    assert!(report.contains("did you mean \"/api/users\"?"), "{report}");
    engine.take_unmatched();
}

#[test]
fn variables_are_decoded_for_the_closure() {
    let engine = Engine::new();
    engine
        .get("/users/{id}/{*rest}")
        .reply(|req: &Request| format!("{:?} {:?}", req.path_param("id"), req.path_param("rest")));
    assert_eq!(
        get(&engine, "https://x.io/users/a%20b/c/d%21").text(),
        r#"Some("a b") Some("c/d!")"#
    );
}

#[test]
fn a_variable_may_have_a_matcher() {
    let engine = lenient();
    engine
        .get("/users/{id}/{kind}")
        .path_param("id", re("^[0-9]+$"))
        .path_param("kind", "posts")
        .reply(200);
    assert!(get(&engine, "https://x.io/users/me/posts").is_unmatched());
    assert!(get(&engine, "https://x.io/users/7/likes").is_unmatched());
    assert_eq!(get(&engine, "https://x.io/users/7/posts").status(), 200);
}

#[test]
fn variables_of_a_mock_that_declined_are_not_seen_by_the_next() {
    let engine = Engine::new();
    engine
        .get("/users/{id}")
        .optional()
        .reply(|_: &Request| None::<u16>);
    engine
        .get("/users/7")
        .reply(|req: &Request| format!("{:?}", req.path_param("id")));
    assert_eq!(get(&engine, "https://x.io/users/7").text(), "None");
}

#[test]
fn parts_of_a_url_have_matchers_of_their_own() {
    let fits = |narrow: fn(standin_core::Mock) -> standin_core::Mock, url: &str| {
        let engine = lenient();
        narrow(engine.get("*").optional()).reply(200);
        get(&engine, url).status() == 200
    };
    assert!(fits(|mock| mock.host("x.io"), "https://x.io/a"));
    assert!(!fits(|mock| mock.host("x.io"), "https://y.io/a"));
    assert!(
        fits(|mock| mock.host("X.io"), "https://x.io/a"),
        "hosts are case-insensitive"
    );
    assert!(
        fits(|mock| mock.host("bücher.de"), "https://xn--bcher-kva.de/"),
        "and punycode"
    );
    assert!(
        fits(|mock| mock.host("*.x.io"), "https://a.x.io/a"),
        "with a wildcard"
    );
    assert!(!fits(|mock| mock.host("*.x.io"), "https://x.io/a"));
    assert!(fits(
        |mock| mock.host(re("^api[0-9]")),
        "https://api7.x.io/a"
    ));
    assert!(fits(|mock| mock.scheme("https"), "https://x.io/a"));
    assert!(
        fits(|mock| mock.scheme("HTTPS"), "https://x.io/a"),
        "schemes are case-insensitive"
    );
    assert!(!fits(|mock| mock.scheme("https"), "http://x.io/a"));
    assert!(
        fits(|mock| mock.port(443), "https://x.io/a"),
        "the default is filled in"
    );
    assert!(fits(|mock| mock.port(8000..9000), "http://x.io:8080/a"));
    assert!(!fits(|mock| mock.port(8000..9000), "http://x.io:9000/a"));
    assert!(fits(
        |mock| mock.path("/users/{id}"),
        "https://x.io/users/7"
    ));
    assert!(fits(|mock| mock.path("users"), "https://x.io/users"));
    assert!(fits(
        |mock| mock.path(re("^/users/[0-9]+$")),
        "https://x.io/users/77"
    ));
    assert!(!fits(
        |mock| mock.path(re("^/users/[0-9]+$")),
        "https://x.io/users/me"
    ));
    assert!(fits(
        |mock| mock.path(glob("/users/*")),
        "https://x.io/users/7"
    ));
    assert!(
        !fits(|mock| mock.path(glob("/users/*")), "https://x.io/users/7/a"),
        "a glob stops at a slash"
    );
    assert!(fits(
        |mock| mock.path_prefix("/api"),
        "https://x.io/api/users"
    ));
    assert!(fits(|mock| mock.path_prefix("/api/"), "https://x.io/api"));
    assert!(!fits(|mock| mock.path_prefix("/api"), "https://x.io/apis"));
}

#[test]
fn a_request_in_origin_form_names_its_host_in_a_header() {
    let engine = Engine::new();
    engine.get("x.io/a").reply(200);
    assert_eq!(
        ask(&engine, Request::get("/a").with_header("host", "X.io")).status(),
        200
    );
}
