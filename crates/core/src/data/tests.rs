//! Whatever reads the data of standin reads these names.

use std::time::Duration;

use serde_json::json;

use crate::report::{
    BodyDump, Finding, Location, MockLine, Near, NearRequest, NearWhy, Report, RequestDump,
    RequestLine,
};
use crate::{CallOutcome, Detail, Difference, Miss, Part};

fn mock() -> MockLine {
    let location = Location {
        file: "tests/a.rs".into(),
        line: 7,
        column: 5,
    };
    MockLine {
        id: 3,
        title: "mock::get(\"/a\")".into(),
        name: None,
        location,
    }
}

const MOCK: &str = r#"{"id":3,"title":"mock::get(\"/a\")","name":null,"location":{"file":"tests/a.rs","line":7,"column":5}}"#;

fn request() -> RequestLine {
    RequestLine::new("GET", "https://x.io/b")
}

const REQUEST: &str = r#"{"method":"GET","url":"https://x.io/b"}"#;

#[track_caller]
fn written(value: &impl serde::Serialize, expected: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), expected);
}

#[test]
fn a_part_is_its_name_in_snake_case_or_holds_one() {
    for (part, expected) in [
        (Part::Method, json!("method")),
        (Part::Scheme, json!("scheme")),
        (Part::Host, json!("host")),
        (Part::Port, json!("port")),
        (Part::Url, json!("url")),
        (Part::Path, json!("path")),
        (Part::PathParam("id".into()), json!({"path_param": "id"})),
        (Part::Query("q".into()), json!({"query": "q"})),
        (Part::QueryString, json!("query_string")),
        (Part::Header("accept".into()), json!({"header": "accept"})),
        (Part::Headers, json!("headers")),
        (Part::Cookie("sid".into()), json!({"cookie": "sid"})),
        (Part::Body, json!("body")),
        (Part::Json, json!("json")),
        (Part::Xml, json!("xml")),
        (Part::Form("f".into()), json!({"form": "f"})),
        (Part::Multipart("m".into()), json!({"multipart": "m"})),
        (Part::Custom("c".into()), json!({"custom": "c"})),
    ] {
        written(&part, &expected.to_string());
    }
}

#[test]
fn a_miss_has_all_of_its_fields() {
    let plain = Miss::new(Part::Method, "POST");
    written(
        &plain,
        r#"{"part":"method","expected":"POST","received":null,"hint":null,"detail":null}"#,
    );
    let text = Detail::Text {
        expected: "a".into(),
        received: "b".into(),
        line: 2,
    };
    written(
        &plain.received("GET").hint("write it").detail(text),
        r#"{"part":"method","expected":"POST","received":"GET","hint":"write it","detail":{"text":{"expected":"a","received":"b","line":2}}}"#,
    );
    let difference = Difference {
        at: "/a".into(),
        expected: Some("1".into()),
        received: None,
    };
    written(
        &Detail::Differences(vec![difference]),
        r#"{"differences":[{"at":"/a","expected":"1","received":null}]}"#,
    );
}

#[test]
fn an_outcome_is_its_name_or_holds_its_message() {
    for (outcome, expected) in [
        (CallOutcome::Pending, json!("pending")),
        (CallOutcome::Answered, json!("answered")),
        (CallOutcome::Faulted, json!("faulted")),
        (CallOutcome::PassedThrough, json!("passed_through")),
        (CallOutcome::Unmatched, json!("unmatched")),
        (
            CallOutcome::Malformed("m".into()),
            json!({"malformed": "m"}),
        ),
        (CallOutcome::Aborted, json!("aborted")),
        (CallOutcome::Panicked("p".into()), json!({"panicked": "p"})),
        (CallOutcome::Failed("f".into()), json!({"failed": "f"})),
    ] {
        written(&outcome, &expected.to_string());
    }
}

#[test]
fn a_body_holds_what_is_kept_of_it() {
    let kept = |body: BodyDump, expected: &str| written(&body, expected);
    kept(BodyDump::Empty, r#""empty""#);
    let text = || String::from("ab");
    kept(
        BodyDump::Text {
            text: text(),
            truncated_from: Some(9),
        },
        r#"{"text":{"text":"ab","truncated_from":9}}"#,
    );
    kept(
        BodyDump::Json {
            text: text(),
            truncated_from: None,
        },
        r#"{"json":{"text":"ab","truncated_from":null}}"#,
    );
    kept(
        BodyDump::Binary {
            len: 2,
            preview: "ff 00".into(),
        },
        r#"{"binary":{"len":2,"preview":"ff 00"}}"#,
    );
    kept(BodyDump::Dropped { len: 5 }, r#"{"dropped":{"len":5}}"#);
    kept(BodyDump::Coming, r#""coming""#);
}

#[test]
fn a_near_mock_says_why_it_did_not_answer() {
    for (why, expected) in [
        (NearWhy::Mismatched(Vec::new()), json!({"mismatched": []})),
        (NearWhy::Spent { uses: 2 }, json!({"spent": {"uses": 2}})),
        (NearWhy::Never, json!("never")),
        (NearWhy::Filtered, json!("filtered")),
        (NearWhy::Declined, json!("declined")),
        (NearWhy::Removed, json!("removed")),
    ] {
        written(&why, &expected.to_string());
    }
    written(
        &Near::new(mock(), NearWhy::Never).unasked(),
        &format!(r#"{{"mock":{MOCK},"why":"never","unasked":true}}"#),
    );
}

#[test]
fn a_finding_holds_its_fields_in_their_order() {
    let message = || String::from("no");
    let dump = || RequestDump::new("GET", "https://x.io/b", "HTTP/1.1", [("a", &b"1"[..])], b"");
    let dumped = r#"{"method":"GET","url":"https://x.io/b","version":"HTTP/1.1","headers":[["a","1"]],"more_headers":0,"body":"empty"}"#;
    let location = mock().location;
    for (finding, expected) in [
        (
            Finding::Panicked {
                mock: mock(),
                request: request(),
                message: message(),
                location: Some(location),
            },
            format!(
                r#"{{"panicked":{{"mock":{MOCK},"request":{REQUEST},"message":"no","location":{{"file":"tests/a.rs","line":7,"column":5}}}}}}"#
            ),
        ),
        (
            Finding::Failed {
                mock: mock(),
                request: request(),
                message: message(),
            },
            format!(r#"{{"failed":{{"mock":{MOCK},"request":{REQUEST},"message":"no"}}}}"#),
        ),
        (
            Finding::Unfinished { mock: mock() },
            format!(r#"{{"unfinished":{{"mock":{MOCK}}}}}"#),
        ),
        (
            Finding::Malformed {
                to: "http://x.io".into(),
                message: message(),
                beginning: "x".into(),
                count: 2,
            },
            r#"{"malformed":{"to":"http://x.io","message":"no","beginning":"x","count":2}}"#.into(),
        ),
        (
            Finding::Unmatched {
                request: dump(),
                count: 4,
                span: Duration::from_millis(3_100),
                nearest: vec![Near::new(mock(), NearWhy::Removed)],
                mocks: 1,
                blocked: Some("closed".into()),
            },
            format!(
                r#"{{"unmatched":{{"request":{dumped},"count":4,"span":{{"secs":3,"nanos":100000000}},"nearest":[{{"mock":{MOCK},"why":"removed","unasked":false}}],"mocks":1,"blocked":"closed"}}}}"#
            ),
        ),
        (
            Finding::Unmet {
                mock: mock(),
                expected: "1 call".into(),
                calls: 0,
                nearest: Some(NearRequest::new(request(), Vec::new())),
            },
            format!(
                r#"{{"unmet":{{"mock":{MOCK},"expected":"1 call","calls":0,"nearest":{{"request":{REQUEST},"misses":[]}}}}}}"#
            ),
        ),
    ] {
        written(&finding, &expected);
    }
    written(
        &Report::new(Vec::new(), 6).note("the seed is 1"),
        r#"{"findings":[],"notes":["the seed is 1"],"requests":6}"#,
    );
}
