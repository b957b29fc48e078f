//! Every kind of mistake as its reader meets it: the snapshots are the specification.

use std::time::Duration;

use insta::assert_snapshot;

use super::*;
use crate::{Detail, Difference, Miss, Part};

mod any;
mod scripts;

fn at(line: u32) -> Location {
    Location {
        file: "tests/user.rs".into(),
        line,
        column: 5,
    }
}

fn mock(line: u32, title: &str) -> MockLine {
    MockLine::new(line.into(), title, at(line))
}

fn request(method: &str, url: &str) -> RequestDump {
    let headers = [
        ("accept", &b"*/*"[..]),
        ("authorization", b"Bearer abcdefghijklmnopqrstuvwxyz"),
    ];
    RequestDump::new(method, url, "HTTP/1.1", headers, b"")
}

fn unmatched(request: RequestDump, nearest: Vec<Near>) -> Finding {
    let mocks = nearest.len().max(1);
    Finding::Unmatched {
        request,
        count: 1,
        span: Duration::ZERO,
        nearest,
        mocks,
        blocked: None,
    }
}

fn unmet(mock: MockLine) -> Finding {
    Finding::Unmet {
        mock,
        expected: "1 call".into(),
        calls: 0,
        nearest: None,
    }
}

fn miss(part: Part, expected: &str, received: &str) -> Miss {
    Miss::new(part, expected).received(received)
}

/// A request that missed one mock, which waits for it still.
fn missed(request: RequestDump, mock: MockLine, misses: Vec<Miss>) -> Report {
    let near = Near::new(mock.clone(), NearWhy::Mismatched(misses));
    Report::new(vec![unmet(mock), unmatched(request, vec![near])], 1)
}

#[test]
fn wrong_path() {
    assert_snapshot!(missed(
        request("GET", "https://api.github.com/user/7"),
        mock(12, r#"mock::get("https://api.github.com/users/7")"#),
        vec![miss(Part::Path, "/users/7", "/user/7")],
    ));
}

#[test]
fn trailing_slash() {
    assert_snapshot!(missed(
        request("GET", "https://api.github.com/users/"),
        mock(12, r#"mock::get("https://api.github.com/users")"#),
        vec![miss(Part::Path, "/users", "/users/")],
    ));
}

#[test]
fn missing_query_key() {
    assert_snapshot!(missed(
        request("GET", "https://api.github.com/search?q=rust&pgae=2"),
        mock(
            12,
            r#"mock::get("https://api.github.com/search?q=rust&page=2")"#
        ),
        vec![Miss::new(Part::Query("page".into()), "2")],
    ));
    assert_snapshot!(
        "missing_query_key_without_a_similar_one",
        missed(
            request("GET", "https://api.github.com/search?q=rust"),
            mock(
                12,
                r#"mock::get("https://api.github.com/search?q=rust&page=2")"#
            ),
            vec![Miss::new(Part::Query("page".into()), "2")],
        )
    );
}

fn orders(odd: &str) -> String {
    let item = |at: usize| {
        let sku = if at == 31 {
            odd.to_owned()
        } else {
            format!("A-{at}")
        };
        format!("    {{\n      \"sku\": \"{sku}\",\n      \"count\": {at}\n    }}")
    };
    let items: Vec<_> = (0..50).map(item).collect();
    format!("{{\n  \"items\": [\n{}\n  ]\n}}", items.join(",\n"))
}

#[test]
fn wrong_leaf_of_a_long_json_body() {
    let received = orders("A-13");
    let place = Difference {
        at: "/items/31/sku".into(),
        expected: Some(r#""A-31""#.into()),
        received: Some(r#""A-13""#.into()),
    };
    let request = RequestDump::new(
        "POST",
        "https://shop.example/orders",
        "HTTP/2",
        [],
        received.as_bytes(),
    );
    assert_snapshot!(missed(
        request,
        mock(12, r#"mock::post("https://shop.example/orders")"#),
        vec![miss(Part::Json, &orders("A-31"), &received).detail(Detail::Differences(vec![place]))],
    ));
}

#[test]
fn many_differences_in_json() {
    let mut places: Vec<_> = (0..14)
        .map(|at| Difference {
            at: format!("/items/{at}/count"),
            expected: Some(at.to_string()),
            received: Some(format!("\"{at}\"")),
        })
        .collect();
    places[1].received = None;
    places[2].expected = None;
    places[3].received = Some(
        r#"{"a": 1, "some": "longer value", "that": "takes", "its": "place in the line"}"#.into(),
    );
    assert_snapshot!(missed(
        request("POST", "https://shop.example/orders"),
        mock(12, r#"mock::post("https://shop.example/orders")"#),
        vec![miss(Part::Json, "{..}", "{..}").detail(Detail::Differences(places))],
    ));
}

#[test]
fn text_body() {
    assert_snapshot!(missed(
        request("POST", "https://shop.example/notes"),
        mock(12, r#"mock::post("https://shop.example/notes")"#),
        vec![miss(
            Part::Body,
            "Dear all,\n\nthe meeting starts at ten\nin the blue room.\n\nYours,\nA. and B.\nC.",
            "Dear all,\n\nthe meeting starts at noon\nin the blue room.\n\nYours,\nA. and B.\nC.\n",
        )],
    ));
}

#[test]
fn header_typo() {
    let headers = [("accept", &b"*/*"[..]), ("x-requestid", b"7f3a")];
    assert_snapshot!(missed(
        RequestDump::new(
            "GET",
            "https://api.github.com/users/7",
            "HTTP/1.1",
            headers,
            b""
        ),
        mock(12, r#"mock::get("https://api.github.com/users/7")"#),
        vec![Miss::new(Part::Header("x-request-id".into()), "7f3a")],
    ));
}

#[test]
fn header_value() {
    assert_snapshot!(missed(
        request("GET", "https://api.github.com/users/7"),
        mock(12, r#"mock::get("https://api.github.com/users/7")"#),
        vec![miss(
            Part::Header("accept".into()),
            "application/json",
            "*/*"
        )],
    ));
}

#[test]
fn wrong_method() {
    assert_snapshot!(missed(
        request("POST", "https://api.github.com/users"),
        mock(12, r#"mock::get("https://api.github.com/users")"#),
        vec![miss(Part::Method, "GET", "POST")],
    ));
}

#[test]
fn spent_mock() {
    let mock = mock(12, r#"mock::get("https://api.github.com/users")"#);
    let near = Near::new(mock, NearWhy::Spent { uses: 1 });
    let finding = unmatched(request("GET", "https://api.github.com/users"), vec![near]);
    assert_snapshot!(Report::new(vec![finding], 2));
}

#[test]
fn wrong_host() {
    assert_snapshot!(missed(
        request("GET", "https://api.githbu.com/users/7"),
        mock(12, r#"mock::get("https://api.github.com/users/7")"#),
        vec![miss(Part::Host, "api.github.com", "api.githbu.com")],
    ));
}

#[test]
fn never_called() {
    let mock = mock(12, r#"mock::get("https://api.github.com/users")"#);
    assert_snapshot!(Report::new(vec![unmet(mock.clone())], 3));
    assert_snapshot!(
        "never_called_and_no_request",
        Report::new(vec![unmet(mock)], 0)
    );
}

#[test]
fn called_too_rarely() {
    let finding = Finding::Unmet {
        mock: mock(12, r#"mock::get("https://api.github.com/users")"#).named("list users"),
        expected: "3 to 5 calls".into(),
        calls: 1,
        nearest: Some(NearRequest::new(
            RequestLine::new("GET", "https://api.github.com/Users"),
            vec![miss(Part::Path, "/users", "/Users")],
        )),
    };
    assert_snapshot!(Report::new(vec![finding], 2));
}

#[test]
fn retry_loop() {
    let mock = mock(12, r#"mock::get("https://api.github.com/users")"#);
    let finding = Finding::Unmatched {
        request: request("GET", "https://api.github.com/users"),
        count: 50,
        span: Duration::from_millis(3_140),
        nearest: vec![Near::new(mock, NearWhy::Spent { uses: 1 })],
        mocks: 4,
        blocked: Some("the network is closed, `enable_network` opens it".into()),
    };
    assert_snapshot!(Report::new(vec![finding], 51));
}

#[test]
fn binary_body() {
    let bytes: Vec<u8> = (0..=255).collect();
    assert_snapshot!(missed(
        RequestDump::new("PUT", "https://files.example/a", "HTTP/1.1", [], &bytes),
        mock(12, r#"mock::put("https://files.example/a")"#),
        vec![miss(
            Part::Body,
            "4 bytes 00 01 02 03",
            "256 bytes 00 01 02 03 04 05 06 07 …"
        )],
    ));
}

#[test]
fn panicked() {
    let finding = Finding::Panicked {
        mock: mock(12, r#"mock::get("https://api.github.com/users/{id}")"#),
        request: RequestLine::new("GET", "https://api.github.com/users/x"),
        message:
            "called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }"
                .into(),
        location: Some(at(14)),
    };
    assert_snapshot!(Report::new(vec![finding], 1));
}

#[test]
fn failed() {
    let finding = Finding::Failed {
        mock: mock(12, r#"mock::get("https://api.github.com/users/{id}")"#),
        request: RequestLine::new("GET", "https://api.github.com/users/7"),
        message: "the body file could not be read\ncaused by: no such file or directory".into(),
    };
    assert_snapshot!(Report::new(vec![finding], 1));
}

#[test]
fn a_conversation_that_went_otherwise() {
    let step = Part::Custom("step 3, .expect(..), at tests/cache.rs:21".into());
    let finding = Finding::Conversation {
        mock: mock(12, r#"mock::tcp("redis.example.com:6379")"#),
        to: "redis.example.com:6379".into(),
        miss: Miss::new(step, r#""*1\r\n$4\r\nPING\r\n""#).received(r#""*1\r\n$4\r\nQUIT\r\n""#),
    };
    assert_snapshot!(Report::new(vec![finding], 1));
}

#[test]
fn unfinished() {
    let finding = Finding::Unfinished {
        mock: mock(12, r#"mock::get("https://api.github.com/users")"#),
    };
    assert_snapshot!(Report::new(vec![finding], 0));
}

#[test]
fn no_mock_registered() {
    let finding = Finding::Unmatched {
        request: request("GET", "https://api.github.com/users?page=2"),
        count: 1,
        span: Duration::ZERO,
        nearest: vec![],
        mocks: 0,
        blocked: None,
    };
    assert_snapshot!(Report::new(vec![finding], 1));
}

#[test]
fn none_is_near() {
    let finding = Finding::Unmatched {
        request: request("GET", "https://telemetry.example/v1/ping"),
        count: 1,
        span: Duration::ZERO,
        nearest: vec![],
        mocks: 3,
        blocked: Some("the network is closed, `enable_network` opens it".into()),
    };
    assert_snapshot!(Report::new(vec![finding], 1));
}

fn several() -> Report {
    let user = mock(12, r#"mock::get("https://api.github.com/users/7")"#);
    let order = mock(15, r#"mock::post("https://shop.example/orders")"#);
    let health = mock(18, r#"mock::get("https://shop.example/health")"#).named("health");
    let near_user = [
        Near::new(
            user.clone(),
            NearWhy::Mismatched(vec![miss(Part::Path, "/users/7", "/user/7")]),
        ),
        Near::new(
            mock(9, r#"mock::get("https://api.github.com/user/7")"#),
            NearWhy::Spent { uses: 1 },
        ),
        Near::new(
            mock(10, r#"mock::put("https://api.github.com/user/{id}")"#),
            NearWhy::Mismatched(vec![
                miss(Part::Method, "PUT", "GET"),
                Miss::new(Part::Header("content-type".into()), "application/json"),
            ]),
        ),
    ];
    let near_order = Near::new(
        order.clone(),
        NearWhy::Mismatched(vec![miss(
            Part::Header("authorization".into()),
            "matches ^Bearer ",
            "Basic dXNlcg==",
        )]),
    );
    let findings = vec![
        unmet(user),
        unmet(order),
        unmet(health),
        unmatched(
            request("GET", "https://api.github.com/user/7"),
            near_user.into(),
        ),
        unmatched(
            request("POST", "https://shop.example/orders"),
            vec![near_order],
        ),
    ];
    Report::new(findings, 2)
        .note("seed 42; `STANDIN_SEED=42` repeats it")
        .note("the journal dropped 3 bodies")
}

#[test]
fn three_mistakes() {
    assert_snapshot!(several());
}

#[test]
fn colour() {
    assert_snapshot!(
        several()
            .render(Style::plain().colour(true))
            .replace('\u{1b}', "␛")
    );
}

#[test]
fn nothing_went_wrong() {
    assert_snapshot!(Report::new(vec![], 3));
}

#[test]
fn more_than_a_person_reads() {
    let findings = (0..70)
        .map(|n| unmet(mock(n, &format!("mock::get(\"https://x.io/{n}\")"))))
        .collect();
    let text = Report::new(findings, 1).to_string();
    assert_eq!(
        text.lines().count(),
        1 + 2 * 10 + 1 + 1 + 40 + 1,
        "the first says what arrived"
    );
    assert!(text.ends_with("\n… and 20 more\n"), "{text}");
}

#[test]
fn a_mock_is_told_once_and_with_the_first_request_only() {
    let report = several();
    let text = report.to_string();
    assert_eq!(text.matches("which was never called").count(), 2);
    assert_eq!(
        text.matches("users.rs:12").count() + text.matches("user.rs:12").count(),
        1
    );
    assert_eq!(report.findings.len(), 5, "the data stays whole");
}

#[test]
fn a_report_is_plain_data() {
    let json = serde_json::to_value(several()).expect("a report serialises");
    assert_eq!(json["requests"], 2);
    assert_eq!(
        json["findings"][0]["unmatched"]["nearest"][0]["mock"]["location"]["line"],
        12
    );
    assert_eq!(
        json["findings"][0]["unmatched"]["nearest"][1]["why"]["spent"]["uses"],
        1
    );
    assert_eq!(json["findings"][0]["unmatched"]["request"]["body"], "empty");
}

#[test]
fn long_values_are_shown_around_their_difference() {
    let path = |id: &str| format!("/{}/{id}/{}", "segment/".repeat(40), "more/".repeat(40));
    let report = missed(
        request("GET", "https://x.io/long"),
        mock(12, r#"mock::get("https://x.io/long")"#),
        vec![miss(Part::Path, &path("17"), &path("71"))],
    );
    assert_snapshot!(report.render(Style::plain().width(80)));
}

#[test]
fn what_a_peer_sends_cannot_dress_up() {
    let evil = "\u{1b}[2J\u{202e}\r\nstandin: all is well\u{7}\0";
    let report = missed(
        RequestDump::new(evil, evil, evil, [(evil, evil.as_bytes())], evil.as_bytes()),
        mock(12, r#"mock::get("https://x.io/")"#),
        vec![
            miss(Part::Header(evil.into()), "a", evil),
            miss(Part::Custom(evil.into()), evil, "x\u{200b}"),
        ],
    );
    assert_snapshot!(report);
}
