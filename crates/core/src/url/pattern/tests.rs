//! What a declared URL means, row by row.

use proptest::prelude::*;

use super::*;
use crate::url::Target;

fn parse(text: &str) -> UrlPattern {
    UrlPattern::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn target(uri: &str) -> Target {
    Target::of(uri.parse().expect("a URI"), None)
}

/// Each declared URL with requests that it fits, and requests that it does not.
fn check(table: &[(&str, &[&str], &[&str])]) {
    for (declared, yes, no) in table {
        let pattern = parse(declared);
        for uri in *yes {
            assert!(
                pattern.fits(&target(uri).as_ref()),
                "{declared} should fit {uri}: {pattern:?}"
            );
        }
        for uri in *no {
            assert!(
                !pattern.fits(&target(uri).as_ref()),
                "{declared} should not fit {uri}: {pattern:?}"
            );
        }
    }
}

#[test]
fn url() {
    check(&[
        (
            "https://x.io",
            &["https://x.io/", "https://x.io/a?b"],
            &["http://x.io/", "https://y.io/", "https://x.io:444/"],
        ),
        (
            "https://x.io/",
            &["https://x.io", "https://x.io/?q"],
            &["https://x.io/a", "https://x.io//"],
        ),
        (
            "server.com/api",
            &["http://server.com/api", "https://server.com/api"],
            &["http://server.com/api/", "http://server.com:8080/api"],
        ),
        (
            "server.com",
            &["http://server.com/x"],
            &["http://www.server.com/x"],
        ),
        (
            "localhost:8080/x",
            &["http://localhost:8080/x", "https://localhost:8080/x"],
            &["http://localhost/x", "http://localhost:8081/x"],
        ),
        (
            "localhost:8080",
            &["http://localhost:8080/x"],
            &["http://localhost/"],
        ),
        (
            "/api",
            &["http://a.io/api", "https://b.io:9/api", "/api"],
            &["http://a.io/api/", "http://a.io/"],
        ),
        ("//a", &["http://x.io//a"], &["http://a/", "http://x.io/a"]),
        ("*/api", &["http://a.io:9/api"], &["http://a.io/"]),
        ("*", &["http://a.io/x"], &[]),
        ("https://*", &["https://a.io:9/x"], &["http://a.io/x"]),
        ("https://*:443", &["https://a.io/x"], &["https://a.io:9/x"]),
        (
            "api/users",
            &["http://api/users"],
            &["http://x.io/api/users"],
        ),
        (
            "*.example.com/x",
            &["http://a.example.com/x", "https://a.b.example.com/x"],
            &[
                "http://example.com/x",
                "http://aexample.com/x",
                "http://a.example.com:81/x",
            ],
        ),
        (
            "[::1]:8080/x",
            &["http://[::1]:8080/x", "http://[0:0::1]:8080/x"],
            &["http://[::2]:8080/x", "http://[::1]/x"],
        ),
        ("http://[0::1]", &["http://[::1]/x"], &[]),
        ("?a=1", &["http://x.io/y"], &[]),
    ]);
    assert_eq!(parse("api/users").to_string(), "api/users");
}

#[test]
fn templates() {
    check(&[
        (
            "https://x.io/users/{id}",
            &["https://x.io/users/7"],
            &["https://x.io/users/", "https://x.io/users/7/8"],
        ),
        (
            "/files/{*rest}",
            &["http://x.io/files/a/b", "http://x.io/files/"],
            &["http://x.io/files"],
        ),
        ("/{{a}}", &["http://x.io/%7Ba%7D"], &["http://x.io/b"]),
        ("/a/{id}?x=1#f", &["http://x.io/a/7"], &["http://x.io/a/"]),
    ]);
}

#[test]
fn normalised_on_both_sides() {
    check(&[
        ("HTTPS://X.io/", &["https://x.IO/", "HTTPS://x.io:443"], &[]),
        (
            "https://x.io:443/",
            &["https://x.io/", "https://x.io:443/"],
            &["https://x.io:80/"],
        ),
        (
            "http://x.io:443/",
            &["http://x.io:443/"],
            &["http://x.io/", "https://x.io/"],
        ),
        (
            "x.io:443/x",
            &["https://x.io/x", "http://x.io:443/x"],
            &["http://x.io/x"],
        ),
        ("x.io:80/x", &["http://x.io/x"], &["https://x.io/x"]),
        ("bücher.example", &["http://xn--bcher-kva.example/"], &[]),
        (
            "XN--BCHER-KVA.example",
            &["http://xn--bcher-kva.example/"],
            &[],
        ),
        (
            "*.Bücher.example.",
            &["http://a.xn--bcher-kva.example/"],
            &[],
        ),
        ("x.io./a", &["http://x.io/a", "http://x.io./a"], &[]),
        (
            "x.io/%7Eme/a%2fb",
            &["http://x.io/~me/a%2Fb", "http://x.io/%7eme/a%2fb"],
            &["http://x.io/~me/a/b"],
        ),
        ("x.io/a b/ü", &["http://x.io/a%20b/%c3%bc"], &[]),
        (
            "x.io/a/../b/%2e/c",
            &["http://x.io/b/c", "http://x.io/x/%2E%2e/b/c"],
            &[],
        ),
        (
            "x.io/a//b/",
            &["http://x.io/a//b/"],
            &["http://x.io/a/b/", "http://x.io/a//b"],
        ),
        ("x.io/a#part?no", &["http://x.io/a"], &[]),
        (
            "wss://x.io/ws",
            &["wss://x.io/ws", "https://x.io/ws"],
            &["ws://x.io/ws"],
        ),
        ("ws://x.io:80/ws", &["http://x.io/ws"], &["https://x.io/ws"]),
    ]);
}

#[test]
fn query_in_the_url() {
    for (declared, received, lacks) in [
        ("/x?a=1", "a=1&b=2", None),
        ("/x?a=1&a=2", "a=2&c&a=1", None),
        ("/x?a=1&a=2", "a=1", Some(("a", "2"))),
        ("/x?a=1&a=1", "a=1", Some(("a", "1"))),
        ("/x?a=1", "a=2", Some(("a", "1"))),
        ("x.io?q=a+b%26", "q=a%20b%26", None),
        ("x.io?flag", "flag=", None),
        ("/x?a=1#b=2", "a=1", None),
        ("/x", "a=1", None),
        ("/x?a=%7By%7D", "a=%7By%7D", None),
    ] {
        let pattern = parse(declared);
        let lacking = pattern
            .lacks(&normal::query(received))
            .map(|(k, v)| (k.as_str(), v.as_str()));
        assert_eq!(lacking, lacks, "{declared} {received}");
    }
}

#[test]
fn which_connections_are_ours() {
    for (declared, host, port, ours) in [
        ("https://x.io/a", "x.io", 443, true),
        ("https://x.io/a", "x.io", 80, false),
        ("x.io", "x.io", 80, true),
        ("x.io", "x.io", 443, true),
        ("x.io", "x.io", 5432, false),
        ("x.io:5432", "x.io", 5432, true),
        ("*.x.io", "a.x.io", 443, true),
        ("/api", "x.io", 8080, true),
        ("/api", "127.0.0.1", 8080, false),
        ("/api", "127.9.9.9", 8080, false),
        ("/api", "localhost", 8080, false),
        ("/api", "0.0.0.0", 8080, false),
        ("/api", "[::]", 8080, false),
        ("*", "[::1]", 8080, false),
        ("*", "[::ffff:127.0.0.1]", 8080, false),
        ("*.localhost:80", "a.localhost", 80, false),
        ("localhost:8080", "localhost", 8080, true),
        ("127.0.0.1:8080/x", "127.0.0.1", 8080, true),
        ("http://[::1]", "[::1]", 80, true),
    ] {
        assert_eq!(
            parse(declared).authority().claims(host, port),
            ours,
            "{declared} {host}:{port}"
        );
    }
}

#[test]
fn errors_say_the_mend() {
    for (text, mend) in [
        ("https//x.io/a", "`https://`"),
        ("", "write a host"),
        (" x.io", "white space"),
        ("x.io\n", "control character '\\n'"),
        ("x.io/a\tb", "percent-encoded"),
        ("my host/x", "the host holds ' '"),
        ("htp:/x", "`htp://`"),
        ("htps://x.io", "none of http, https, ws, wss"),
        ("redis://x.io", "none of http"),
        ("://x.io", "the scheme ``"),
        ("https:/x.io", "write `https://`"),
        ("https:x.io", "write `https://`"),
        ("https://", "no host"),
        ("https:///x", "no host"),
        (":8080/x", "no host"),
        ("https://user:pw@x.io/", ".basic(user, password)"),
        ("x.io:/x", "`x.io:8080`"),
        ("x.io:http/x", "1 to 65535"),
        ("x.io:0/x", "1 to 65535"),
        ("x.io:70000/x", "1 to 65535"),
        ("x.io:+80/x", "1 to 65535"),
        ("[::1/x", "`[::1]:8080`"),
        ("[::1]8080/x", "`[::1]:8080`"),
        ("[x]/x", "no IPv6 address"),
        ("[]/x", "no IPv6 address"),
        ("::1/x", "`[::1]`"),
        ("a]b/x", "bracket"),
        ("a..b/x", "empty label"),
        (".a/x", "empty label"),
        ("*./x", "empty label"),
        ("a.*.io/x", "`*.example.com`"),
        ("**/x", "`*` alone"),
        ("{sub}.x.io/x", "variables stand in the path"),
        ("x.io\\a", "write `/`"),
        ("x%41.io/a", "the character itself"),
        ("x.io/{id", "not closed"),
        ("x.io/id}", "closes nothing"),
        ("x.io/{}", "has no name"),
        ("x.io/{id?}", "`{id?}`"),
        ("x.io/{a#b}", "`{a#b}`"),
        ("x.io/{id:int}", "`{id:int}`"),
        ("x.io/{a}/{a}", "there twice"),
        ("x.io/{a}{b}", "put text between"),
        ("x.io/{*rest}/b", "nothing can stand after"),
        ("x.io/a{*rest}", "put a `/` before"),
        ("x.io/{a}/../b", "`..`"),
    ] {
        match UrlPattern::parse(text) {
            Ok(pattern) => panic!("{text:?} should be refused: {pattern:?}"),
            Err(error) => assert!(error.to_string().contains(mend), "{text:?}: {error}"),
        }
    }
    assert_eq!(
        UrlError::UnclosedBrace.to_string(),
        "a `{` is not closed; write `{name}` for a variable, `{{` for a literal brace"
    );
}

#[test]
fn no_error_repeats_a_password() {
    let error = UrlPattern::parse("https://user:secret@x.io/").expect_err("refused");
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn most_urls_are_usual() {
    for (text, is_usual) in [
        ("https://api.github.com/users/7", true),
        ("http://x.io/", true),
        ("https://x.io", false),
        ("https://x.io/users/{id}", false),
        ("https://x.io/a?b=1", false),
        ("https://x.io:8443/a", false),
        ("https://*.x.io/a", false),
        ("x.io/a", false),
    ] {
        assert_eq!(UrlPattern::of_usual(text).is_some(), is_usual, "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in "(https?|wss?|:|/|//|\\?|#|@|\\[|\\]|\\{|\\}|\\*|%|\\.|[0-9a-z]|\\PC){0,14}") {
        if let Ok(pattern) = UrlPattern::parse(&text) {
            prop_assert_eq!(pattern.to_string(), text);
            pattern.fits(&target("http://x.io/a").as_ref());
            pattern.authority().claims("x.io", 80);
        }
    }

    #[test]
    fn a_usual_url_is_read_as_any_other(
        text in "(https?|wss?)://([a-z]{1,3}|\\.|-|_|:|0|A|\\*){1,5}(/|\\.|\\*|%7e|%7E|%2F|\\{|\\}|\\?|#|~|[a-z]){0,9}"
    ) {
        if let Some(usual) = UrlPattern::of_usual(&text) {
            prop_assert_eq!(UrlPattern::of_any(&text), Ok(usual));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Err(error) = UrlPattern::parse(&text) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn what_is_declared_plainly_fits_itself(
        scheme in "https?|wss?", host in "[A-Za-z]{1,5}(\\.[a-z0-9]{1,4}){0,2}\\.?", port in "|:80|:443|:8080", path in "(/|\\.|%2e|%41|[a-z~]){0,8}"
    ) {
        let url = format!("{scheme}://{host}{port}/{path}");
        prop_assert!(parse(&url).fits(&target(&url).as_ref()), "{}", url);
    }
}
