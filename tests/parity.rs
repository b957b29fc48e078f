//! A table of what is there is believed until the first line of it that does not compile: those of docs/parity.md that no other
//! test has in these words are run here.

use http::StatusCode;
use standin::prelude::*;
use standin::{Calls, Declaration, Engine, Outcome, Style, assert_order, matchers};

/// The status of what the engine answers; 0 where it answers nothing.
fn ask(engine: &Engine, request: Request) -> u16 {
    match engine.serve_blocking(request) {
        Outcome::Reply(answered) => {
            answered.ticket.settle();
            answered.reply.status().as_u16()
        }
        _ => 0,
    }
}

#[test]
fn equal_declarations_queue_up_until_one_replaces_the_other() {
    let net = standin::activate();
    let first = mock::get("https://x.io/a").reply(201);
    mock::get("https://x.io/a").reply(202);
    let replaced = first.replace(Declaration::get("https://x.io/a").reply(203));

    assert_eq!(ask(&net, Request::get("https://x.io/a")), 203);
    assert_eq!(ask(&net, Request::get("https://x.io/a")), 202);
    assert_eq!(replaced.count(), 1);
}

#[test]
fn a_catch_all_answers_what_nothing_else_does() {
    let net = standin::activate();
    mock::any("*").persist().reply(204);
    assert_eq!(
        ask(&net, Request::post("https://anything.example/at/all?x=1")),
        204
    );
}

#[test]
fn a_path_is_compared_without_regard_to_case_by_a_regex() {
    let net = standin::activate();
    mock::get("https://x.io")
        .path(re("(?i)^/users$"))
        .reply(200);
    assert_eq!(ask(&net, Request::get("https://x.io/USERS")), 200);
}

#[test]
fn a_proxy_asks_for_credentials() {
    let net = standin::activate();
    mock::any("*")
        .header("proxy-authorization", absent())
        .reply(407);
    mock::any("*")
        .header("proxy-authorization", present())
        .reply(200);
    let asked = Request::get("https://x.io/a");
    assert_eq!(ask(&net, asked.clone()), 407);
    assert_eq!(
        ask(&net, asked.with_header("proxy-authorization", "Basic YTpi")),
        200
    );
}

#[tokio::test]
async fn an_app_of_ones_own_answers() {
    async fn app(request: http::Request<bytes::Bytes>) -> http::Response<String> {
        let said = format!("{} {}", request.method(), request.uri().path());
        let mut response = http::Response::new(said);
        *response.status_mut() = StatusCode::ACCEPTED;
        response
    }

    let net = standin::activate();
    mock::any("https://app.example")
        .persist()
        .reply_async(async |request| app(request.into_http()).await);
    match net.serve(Request::get("https://app.example/jobs")).await {
        Outcome::Reply(answered) => {
            assert_eq!(answered.reply.status(), 202);
            assert_eq!(answered.reply.as_body().to_bytes(), "GET /jobs");
            answered.ticket.settle();
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_closure_allows_passes_through() {
    let net = standin::activate();
    let passed = mock::any("https://x.io")
        .when(|request| request.path().starts_with("/real"))
        .pass_through();
    match net.serve_blocking(Request::get("https://x.io/real/1")) {
        Outcome::PassThrough(let_by) => let_by.ticket.settle(),
        other => panic!("{other:?}"),
    }
    assert_eq!(passed.count(), 1);
}

#[test]
fn history_is_filtered_ordered_serialised_and_cleared() {
    let net = standin::activate();
    let list = mock::get("https://x.io/users").reply(200);
    let create = mock::post("https://x.io/users").reply(201);
    ask(&net, Request::get("https://x.io/users?page=2"));
    ask(&net, Request::post("https://x.io/users").with_body("{}"));

    assert_order([&list, &create]);
    let second: Calls = net.calls().filter(matchers::query("page", "2"));
    assert_eq!(second.len(), 1);
    assert_eq!(
        net.calls()[1].mock().map(|mock| mock.id),
        Some(create.line().id)
    );
    let data = serde_json::to_value(net.calls()).expect("calls are plain data");
    assert_eq!(data.as_array().map(Vec::len), Some(2));
    net.clear_calls();
    assert!(net.calls().is_empty());
    assert!(net.is_done() && net.pending().is_empty() && list.is_spent());
}

#[test]
fn a_report_is_words_and_data() {
    let net = standin::activate().lenient();
    mock::get("https://x.io/a").optional().reply(200);
    ask(&net, Request::get("https://x.io/b"));
    net.set_lenient(false);
    let report = net.report();
    assert!(!report.is_ok());
    assert!(
        report
            .render(Style::plain().width(100))
            .contains("https://x.io/b")
    );
    assert!(serde_json::to_value(&report).is_ok_and(|data| data.is_object()));
    net.set_lenient(true);
}
