//! What reads as if it worked, and would silently do something else: it is refused with the mend, or does what it says.

use standin_core::prelude::*;
use standin_core::{Declaration, Destination, Engine, IntoTimes, Mock, matchers};

use crate::served::{ask, get, lenient, matches, panic_of, post};

const URL: &str = "https://x.io/a";

/// A declaration on an engine.
type Narrow = fn(&Engine) -> Mock;

#[test]
fn a_document_as_text_is_refused_where_json_is_expected() {
    let engine = Engine::new();
    for text in [r#"{"a":1}"#, "[1]"] {
        let said = panic_of(|| engine.post(URL).json(text).reply(200));
        assert!(said.contains("write `json!(..)`"), "{said}");
        assert!(said.contains("traps.rs"), "{said}");
        let said = panic_of(|| engine.post(URL).json_includes(text.to_owned()).reply(200));
        assert!(said.contains("write `json!(..)`"), "{said}");
        let said = panic_of(|| {
            engine
                .post(URL)
                .matching(matchers::json(text).negate())
                .reply(200)
        });
        assert!(said.contains("write `json!(..)`"), "{said}");
    }
}

#[test]
fn text_that_is_no_document_and_a_value_are_json_strings() {
    let engine = Engine::new();
    engine.post(URL).json("5").reply(201);
    engine.post(URL).json(json!("[1]")).reply(202);
    assert_eq!(post(&engine, URL, r#""5""#).status(), 201);
    assert_eq!(post(&engine, URL, r#""[1]""#).status(), 202);
}

#[test]
fn a_base_keeps_the_path_and_the_query_that_it_was_given() {
    let engine = lenient();
    let api = engine.base("https://x.io?key=1").path("/v1/{org}?page=2");
    api.get("/users/{id}?deep=3").reply(201);
    api.get("?deep=3").reply(202);
    assert!(get(&engine, "https://x.io/users/7?key=1&page=2&deep=3").is_unmatched());
    for lacks in ["key=1&page=2", "key=1&deep=3", "page=2&deep=3"] {
        assert!(get(&engine, &format!("https://x.io/v1/o/users/7?{lacks}")).is_unmatched());
    }
    let all = "key=1&page=2&deep=3";
    assert_eq!(
        get(&engine, &format!("https://x.io/v1/o/users/7?{all}")).status(),
        201
    );
    assert_eq!(
        get(&engine, &format!("https://x.io/v1/o?{all}")).status(),
        202
    );
}

#[test]
fn a_base_is_joined_as_it_is_meant_whatever_its_spelling() {
    let engine = lenient();
    engine.base("https://x.io/%2A/{{a}}/").get("b").reply(201);
    engine.base("/v1").path("/v2").get("/b").reply(202);
    let said = panic_of(|| engine.base("x.io/{id}").get("/b/{id}").reply(200));
    assert!(said.contains("twice"), "{said}");
    assert_eq!(get(&engine, "https://x.io/*/%7Ba%7D/b").status(), 201);
    assert_eq!(get(&engine, "https://y.io/v2/b").status(), 202);
    let handle = engine
        .base("https://x.io")
        .path("/v1")
        .get("/b")
        .optional()
        .reply(200);
    assert!(
        handle.line().to_string().contains("https://x.io/v1/b"),
        "{}",
        handle.line()
    );
}

#[test]
fn a_lone_star_in_a_path_is_refused() {
    let engine = lenient();
    for url in ["https://x.io/api/*", "/*/a", "/a/**"] {
        let said = panic_of(|| engine.get(url).reply(200));
        assert!(
            said.contains("`{*rest}`") && said.contains("glob("),
            "{said}"
        );
    }
    let said = panic_of(|| engine.get("x.io").path("/a/*").reply(200));
    assert!(said.contains("`{*rest}`"), "{said}");
    let said = panic_of(|| engine.base("x.io").get("/*").reply(200));
    assert!(said.contains("`{*rest}`"), "{said}");
    engine.get("https://x.io/api/%2A").times(2).reply(201);
    engine.get("https://x.io/a*b").reply(202);
    assert_eq!(get(&engine, "https://x.io/api/*").status(), 201);
    assert_eq!(get(&engine, "https://x.io/api/%2a").status(), 201);
    assert_eq!(get(&engine, "https://x.io/a*b").status(), 202);
}

#[test]
fn a_variable_in_a_query_is_refused() {
    let engine = lenient();
    let said = panic_of(|| engine.get("https://x.io/s?a=1&q={term}").reply(200));
    assert!(said.contains(r#".query("q", any())"#), "{said}");
    engine.get(r#"https://x.io/s?q={"a":1}"#).reply(201);
    engine.get("https://x.io/s?q=%7Ba%7D").reply(202);
    assert_eq!(
        get(&engine, "https://x.io/s?q=%7B%22a%22:1%7D").status(),
        201
    );
    assert_eq!(get(&engine, "https://x.io/s?q={a}").status(), 202);
}

fn times_say(times: impl IntoTimes) -> String {
    let engine = Engine::new();
    panic_of(|| engine.get(URL).times(times).reply(200))
}

#[test]
fn times_that_hold_no_count_are_refused() {
    for said in [
        times_say(-1),
        times_say(0..0),
        times_say(..0),
        times_say(..-3),
    ] {
        assert!(said.contains("write `never()`"), "{said}");
        assert!(said.contains("traps.rs"), "{said}");
    }
    assert!(times_say(5..5).contains("write `5`, or `5..=5`"));
    let engine = lenient();
    let mock = engine.get(URL).optional().reply(200);
    let said = panic_of(|| mock.assert_called(-1));
    assert!(said.contains("`-1` is below 0"), "{said}");
    let said = panic_of(|| mock.assert_called(0..0));
    assert!(said.contains("is empty"), "{said}");
}

#[test]
fn persist_is_refused_beside_an_upper_bound() {
    let engine = lenient();
    for times in [1..=3, 0..=3] {
        let said = panic_of(|| engine.get(URL).persist().times(times.clone()).reply(200));
        assert!(
            said.contains("leave it out, or write `times(1..)`"),
            "{said}"
        );
    }
    let none = engine.get(URL).times(0..).persist().reply(200);
    assert!(!none.is_done(), "persist asks for one");
    none.remove();
    let two = engine.get(URL).times(2).persist().reply(200);
    get(&engine, URL);
    assert!(!two.is_done());
    get(&engine, URL);
    get(&engine, URL);
    assert!(two.is_done() && !two.is_spent());
}

#[test]
fn a_second_method_is_refused_where_the_first_is_a_verb() {
    let engine = lenient();
    for said in [
        panic_of(|| engine.post(URL).method("GET").reply(200)),
        panic_of(|| engine.post(URL).methods(["GET"]).reply(200)),
        panic_of(|| engine.method("PURGE", URL).method("GET").reply(200)),
        panic_of(|| engine.base(URL).method("GET").get("/b").reply(200)),
        panic_of(|| engine.base(URL).get("/b").methods(["PUT"]).reply(200)),
        panic_of(|| engine.add(Declaration::post(URL).method("GET").reply(200))),
    ] {
        assert!(said.contains("`mock::any(url).methods([..])`"), "{said}");
    }
}

#[test]
fn numbers_are_compared_as_they_are_written() {
    let with = |query: &str| Request::get(format!("https://x.io/?{query}"));
    let q = |value: f32| matchers::query("q", value);
    assert!(matches(q(0.1), with("q=0.1")));
    assert!(!matches(q(0.1), with("q=0.10000000149011612")));
    assert!(matches(matchers::query("q", 7), with("q=7")));
    for written in ["007", "+7", "7.0"] {
        assert!(!matches(
            matchers::query("q", 7),
            with(&format!("q={written}"))
        ));
    }
    assert!(matches(matchers::query("q", -7), with("q=-7")));
    assert!(matches(
        matchers::query("q", u64::MAX),
        with("q=18446744073709551615")
    ));
    for written in ["5", "5.0"] {
        assert!(matches(
            matchers::query("q", 5.0),
            with(&format!("q={written}"))
        ));
    }
    assert!(!matches(matchers::query("q", 0.5), with("q=0.50")));
}

#[test]
fn an_empty_body_is_no_value() {
    let empty = || Request::post(URL);
    let full = || Request::post(URL).with_body("a");
    for there in [
        || present(),
        || any(),
        || not(absent()),
        || not(not(present())),
    ] {
        assert!(!matches(matchers::body(there()), empty()));
        assert!(matches(matchers::body(there()), full()));
    }
    for gone in [|| absent(), || not(present()), || not(not(absent()))] {
        assert!(matches(matchers::body(gone()), empty()));
        assert!(!matches(matchers::body(gone()), full()));
    }
    assert!(matches(matchers::body(""), empty()));
    assert!(matches(matchers::body(not("a")), empty()));
}

#[test]
fn an_exact_set_of_headers_has_no_second_value() {
    let asked = |values: &[&str]| {
        values.iter().fold(Request::get(URL), |request, value| {
            request.with_header("x-a", *value)
        })
    };
    let one = || matchers::headers_exact([("x-a", "1")]);
    assert!(matches(one(), asked(&["1"])));
    assert!(!matches(one(), asked(&["1", "2"])));
    let two = || matchers::headers_exact([("x-a", "1"), ("x-a", "2")]);
    assert!(matches(two(), asked(&["2", "1"])));
    assert!(!matches(two(), asked(&["1"])));
    let engine = lenient();
    engine
        .get(URL)
        .optional()
        .headers_exact([("x-a", "1")])
        .reply(200);
    assert!(ask(&engine, asked(&["1", "2"])).is_unmatched());
}

#[test]
fn a_variable_that_the_path_does_not_have_is_refused() {
    let engine = lenient();
    let said = panic_of(|| {
        engine
            .get("/users/{user}/{*rest}")
            .path_param("id", "7")
            .reply(200)
    });
    assert!(
        said.contains("no variable `{id}`") && said.contains("`{user}`, `{rest}`"),
        "{said}"
    );
    let said = panic_of(|| {
        engine
            .get("/users")
            .matching(matchers::path_param("id", "7").negate())
            .reply(200)
    });
    assert!(said.contains("it has none"), "{said}");
    engine
        .get("x.io")
        .path_param("id", 7)
        .path("/users/{id}")
        .reply(200);
    assert_eq!(get(&engine, "https://x.io/users/7").status(), 200);
}

#[test]
fn a_mock_that_is_moved_before_one_of_an_inner_scope_stays_where_it_is() {
    let engine = lenient();
    let _engine = engine.activate();
    let outer = engine.get(URL).optional().persist().reply(201);
    let guard = engine.activate();
    let inner = engine.get(URL).optional().persist().reply(202);
    outer.move_before(&inner);
    assert_eq!(get(&engine, URL).status(), 202);
    inner.move_before(&outer);
    assert_eq!(get(&engine, URL).status(), 202);
    drop(guard);
    assert_eq!(get(&engine, URL).status(), 201);
}

#[test]
fn a_mock_of_another_engine_is_no_place_to_move_to() {
    let (one, other) = (lenient(), lenient());
    let mock = one.get(URL).optional().reply(200);
    let stranger = other.get(URL).optional().reply(200);
    let said = panic_of(|| mock.move_before(&stranger));
    assert!(
        said.contains("another engine: declare both on one"),
        "{said}"
    );
}

#[test]
fn a_replacement_with_priority_0_has_priority_0() {
    let engine = lenient();
    let last = engine.get(URL).optional().priority(5).reply(201);
    engine.get(URL).optional().priority(3).persist().reply(202);
    let kept = last.replace(Declaration::get(URL).optional().reply(203));
    assert_eq!(get(&engine, URL).status(), 202);
    kept.replace(Declaration::get(URL).optional().priority(0).reply(204));
    assert_eq!(get(&engine, URL).status(), 204);
}

#[test]
fn a_host_or_a_port_beside_the_url_is_the_urls_own() {
    let fits = |narrow: Narrow, url: &str| {
        let engine = lenient();
        narrow(&engine).optional().reply(200);
        get(&engine, url).status() == 200
    };
    let yes: [(Narrow, &str); 14] = [
        (|e| e.get("/a").host("x.io:8080"), "http://x.io:8080/a"),
        (
            |e| e.get("/a").host("x.io").port(8080),
            "http://x.io:8080/a",
        ),
        (
            |e| e.get("/a").port(8080).host("x.io"),
            "http://x.io:8080/a",
        ),
        (|e| e.get("x.io/a").port(8080), "http://x.io:8080/a"),
        (|e| e.get("x.io/a").port("8080"), "http://x.io:8080/a"),
        (|e| e.get("x.io/a").port(8000..9000), "http://x.io:8080/a"),
        (|e| e.get("https://x.io/a").port(443), "https://x.io/a"),
        (|e| e.get("/a").host("x.io"), "http://x.io:8080/a"),
        (|e| e.get("/a").host("*"), "http://x.io:8080/a"),
        (|e| e.get("/a").host("*:8080"), "http://x.io:8080/a"),
        (|e| e.get("*.x.io/a").host("a.x.io"), "http://a.x.io/a"),
        (|e| e.get("x.io/a").host("X.io"), "http://x.io/a"),
        (|e| e.get(re("/a$")).host("x.io"), "http://x.io:8080/a"),
        (|e| e.get("/a").host("::1"), "http://[::1]:8080/a"),
    ];
    for (at, (narrow, url)) in yes.into_iter().enumerate() {
        assert!(fits(narrow, url), "{at}");
    }
    let no: [(Narrow, &str); 6] = [
        (|e| e.get("/a").host("x.io:8080"), "http://x.io/a"),
        (|e| e.get("/a").host("*:8080"), "http://x.io/a"),
        (|e| e.get("x.io/a").port(8080), "http://x.io/a"),
        (|e| e.get("x.io/a").port(8000..9000), "http://x.io/a"),
        (|e| e.get("*.x.io/a").host("a.x.io"), "http://b.x.io/a"),
        (|e| e.get("/a").host("x.io"), "http://y.io/a"),
    ];
    for (at, (narrow, url)) in no.into_iter().enumerate() {
        assert!(!fits(narrow, url), "{at}");
    }
}

#[test]
fn a_host_or_a_port_that_could_never_match_is_refused_with_the_mend() {
    let said = |narrow: Narrow| {
        let engine = lenient();
        narrow(&engine).try_reply(200).unwrap_err()
    };
    let cases: [(Narrow, &str); 9] = [
        (|e| e.get("/a").host("https://x.io"), "use `.scheme(..)`"),
        (|e| e.get("/a").host("x.io/api"), "`.path(..)`"),
        (
            |e| e.get("/a").host("me:pw@x.io"),
            r#"the host "me:***@x.io""#,
        ),
        (|e| e.get("/a").host("x.*.io"), "`*.example.com`"),
        (|e| e.get("/a").host(""), "it is empty"),
        (
            |e| e.get("https://x.io/a").host("y.io"),
            "names another host than `y.io`",
        ),
        (|e| e.get("x.io:80/a").port(8080), "leave 8080 out"),
        (|e| e.get("/a").port(0), "from 1 to 65535"),
        (
            |e| e.get("/a").matching(matchers::host("ftp://x.io")),
            "the scheme `ftp`",
        ),
    ];
    for (narrow, mend) in cases {
        let error = said(narrow);
        assert!(error.to_string().contains(mend), "{error}");
        assert_eq!(error.location().file(), file!(), "{error}");
    }
}

#[test]
fn a_matcher_of_hosts_reads_them_as_a_chain_does() {
    let asks = |host: &str, url: &str| matchers::host(host).matches(&Request::get(url));
    assert!(asks("x.io:8080", "http://x.io:8080/"));
    assert!(!asks("x.io:8080", "http://x.io/"));
    assert!(asks("*", "http://x.io/"));
    assert!(asks("*.X.io", "http://a.x.io/"));
}

#[test]
fn a_host_or_a_port_beside_the_url_says_which_connections_are_ours() {
    let engine = lenient();
    let claims = |host: &str, port: u16| engine.claims(&Destination::new("", host, Some(port)));
    let mock = engine
        .get("/a")
        .host("x.io")
        .port(8080)
        .optional()
        .reply(200);
    assert!(claims("x.io", 8080) && !claims("x.io", 80) && !claims("y.io", 8080));
    engine.get("/a").host("localhost").optional().reply(200);
    assert!(claims("localhost", 7), "without a port it means any");
    engine.get("z.io/a").port(8000..9000).optional().reply(200);
    assert!(claims("z.io", 8080));
    mock.remove();
    assert!(claims("x.io", 8080), "it is known still, for reports");
    engine.remove_all();
    assert!(!claims("x.io", 8080) && !claims("localhost", 7));
    engine.get(re("^https://x.io/users")).optional().reply(200);
    assert!(claims("x.io", 443) && !claims("localhost", 443));
}

#[test]
fn a_content_type_that_no_client_could_send_is_refused() {
    let engine = Engine::new();
    let said = panic_of(|| engine.post(URL).content_type("jsn").reply(200));
    assert!(said.contains("`jsn` is no content type"), "{said}");
    assert!(said.contains("`json`"), "{said}");
    assert!(said.contains("traps.rs"), "{said}");
    engine
        .post(URL)
        .content_type("text/csv")
        .optional()
        .reply(200);
}
