//! What reports and errors say where not everything is known.

use standin_core::prelude::*;
use standin_core::{BodyDump, Engine, Finding, NearWhy, Outcome, Report, Request, Step, Unmatched};

use crate::served::{get, lenient, post};

fn nearest(report: &Report) -> Vec<&standin_core::Near> {
    match report.findings.first() {
        Some(Finding::Unmatched { nearest, .. }) => nearest.iter().collect(),
        other => panic!("{other:?}"),
    }
}

fn report_of(outcome: Outcome) -> Report {
    match outcome {
        Outcome::Unmatched(unmatched) => unmatched.report(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_spent_mock_with_a_map_is_not_near_to_everything() {
    let engine = lenient();
    let spent = engine.get("https://a.io/one").map(|_| {}).reply(200);
    get(&engine, "https://a.io/one");
    assert!(spent.is_done());
    engine
        .get("https://b.io/users")
        .when(|_| false)
        .optional()
        .reply(200);
    let report = report_of(engine.serve_blocking(Request::get("https://b.io/users")));
    let nearest = nearest(&report);
    assert!(nearest[0].mock.title.contains("b.io"), "{report}");
    assert!(!report.to_string().contains("spent"), "{report}");
}

#[test]
fn a_closure_that_was_not_asked_is_not_said_to_fit() {
    let engine = lenient();
    engine.get("https://a.io/").when(|_| true).reply(200);
    get(&engine, "https://a.io/");
    let report = report_of(engine.serve_blocking(Request::get("https://a.io/")));
    assert!(nearest(&report)[0].unasked);
    assert_eq!(nearest(&report)[0].why, NearWhy::Spent { uses: 1 });
    let text = report.to_string();
    assert!(
        text.contains("without asking its closure") && !text.contains(".times(2)"),
        "{text}"
    );
}

#[test]
fn a_spent_mock_without_closures_surely_fits() {
    let engine = lenient();
    engine.get("https://a.io/").reply(200);
    get(&engine, "https://a.io/");
    let report = report_of(engine.serve_blocking(Request::get("https://a.io/")));
    assert!(!nearest(&report)[0].unasked);
    assert!(report.to_string().contains(".times(2)"), "{report}");
}

#[test]
fn a_body_that_the_journal_dropped_is_not_said_to_be_empty() {
    let engine = Engine::new();
    engine.keep_bodies(0);
    engine
        .post("https://a.io/")
        .json(json!({"a": 1}))
        .optional()
        .reply(200);
    for body in ["[1]", "[12]", "[9]", "[1]"] {
        post(&engine, "https://a.io/", body);
    }
    let report = engine.report();
    let dumps: Vec<_> = report
        .findings
        .iter()
        .map(|finding| match finding {
            Finding::Unmatched { request, count, .. } => (request.body.clone(), *count),
            other => panic!("{other:?}"),
        })
        .collect();
    let dropped = |len| BodyDump::Dropped { len };
    // Their digests tell the short ones apart.
    assert_eq!(dumps, [(dropped(3), 2), (dropped(4), 1), (dropped(3), 1)]);
    let text = report.to_string();
    assert!(
        text.contains("4 bytes, which the journal dropped") && !text.contains("has no body"),
        "{text}"
    );
    engine.take_unmatched();
}

/// Nobody waits for the body of an upload that no mock could take, so that it may come after what is said of it.
#[test]
fn a_body_that_is_on_its_way_is_not_said_to_be_empty() {
    let engine = lenient();
    engine
        .post("https://a.io/")
        .body("Ada")
        .optional()
        .reply(200);
    let mut exchange = engine.admit(Request::post("https://a.io/b"));
    let Step::Decided(Outcome::Unmatched(error)) = exchange.step() else {
        panic!("unmatched");
    };
    let said = [error.to_string(), error.report().to_string()];
    for said in said {
        assert!(!said.contains("has no body"), "{said}");
        assert!(said.contains("had not come yet"), "{said}");
    }
    let mut upload = exchange.upload().expect("a body to come");
    upload.push(b"Bob");
    upload.end();
    let said = error.to_string();
    assert!(said.contains("received Bob"), "{said}");
}

fn unmatched(engine: &Engine, request: Request) -> Unmatched {
    match engine.serve_blocking(request) {
        Outcome::Unmatched(unmatched) => unmatched,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_error_that_is_read_after_the_end_names_the_nearest_mock() {
    let engine = lenient();
    engine.get("https://a.io/users").optional().reply(200);
    let error = unmatched(&engine, Request::get("https://a.io/user"));
    drop(engine);
    let said = error.to_string();
    assert!(said.contains("nearest: mock::get"), "{said}");
    assert!(!error.report().is_ok());
}

#[test]
fn an_error_whose_call_is_gone_still_has_a_report() {
    let engine = lenient();
    engine.keep_calls(1);
    engine.get("https://a.io/users").optional().reply(200);
    let error = unmatched(&engine, Request::get("https://a.io/user"));
    get(&engine, "https://a.io/other");
    let report = error.report();
    assert!(
        !report.is_ok() && report.notes[0].contains("any more"),
        "{report}"
    );
    let error = unmatched(&engine, Request::get("https://a.io/user"));
    engine.clear_calls();
    assert!(error.to_string().contains("nearest: mock::get"), "{error}");
    assert!(error.report().notes.is_empty() && !error.report().is_ok());
}

#[test]
fn the_line_of_an_error_is_short_and_cannot_move_the_cursor() {
    let engine = lenient();
    engine.post("https://a.io/").body("x").optional().reply(200);
    let body = format!("\u{1b}[2J{}", "y".repeat(100_000));
    let error = unmatched(&engine, Request::post("https://a.io/").with_body(body));
    let said = error.to_string();
    assert!(
        !said.contains('\u{1b}') && said.contains("\\u{1b}[2J"),
        "{said}"
    );
    assert!(said.len() < 1_000, "{said}");
}

#[test]
fn bytes_that_are_no_text_are_shown_as_bytes() {
    let miss = |expected: &'static [u8], received: Vec<u8>| {
        let request = Request::post("https://x.io/").with_body(received);
        let engine = lenient();
        engine
            .post("https://x.io/")
            .body(expected)
            .optional()
            .reply(200);
        let text = report_of(engine.serve_blocking(request)).to_string();
        let line = text.lines().find(|line| line.contains("  body"));
        line.map(|line| text[text.find(line).unwrap()..].to_owned())
            .unwrap()
    };
    let said = miss(b"\x00\xff", vec![0, 1, 255]);
    assert!(
        said.contains("2 bytes: 00 ff") && said.contains("3 bytes: 00 01 ff"),
        "{said}"
    );
    let said = miss(&[7; 40], [vec![7; 30], vec![8; 10]].concat());
    assert!(said.contains("the first 30 bytes are the same"), "{said}");
    let said = miss(b"one\ntwo\n", b"one\ntow\n".to_vec());
    assert!(said.contains("- two") || said.contains("two"), "{said}");
    assert!(!said.contains("bytes:"), "text is text: {said}");
    let said = miss(b"text", vec![0; 20]);
    assert!(
        said.contains("text") && said.contains("20 bytes: 00 00"),
        "{said}"
    );
}

#[test]
fn the_line_that_a_client_gets_has_the_hint_too() {
    let engine = lenient();
    engine
        .post("https://x.io/")
        .form("a", 1)
        .optional()
        .reply(200);
    let json = Request::post("https://x.io/")
        .with_header("content-type", "application/json")
        .with_body(r#"{"a":1}"#);
    match engine.serve_blocking(json) {
        Outcome::Unmatched(unmatched) => {
            let line = unmatched.to_string();
            assert!(
                line.contains("the body is no form but `application/json`"),
                "{line}"
            );
        }
        other => panic!("{other:?}"),
    }
}
