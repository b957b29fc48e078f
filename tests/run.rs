//! A test that returns `Err` is told with the report, not hidden by it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Context;
use standin::prelude::*;
use standin::{CallOutcome, Request as Asked};

fn said(test: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(test)).expect_err("verification fails");
    *payload.downcast().expect("the report is text")
}

fn fails() -> anyhow::Result<()> {
    Err(anyhow::anyhow!("the disk is full")).context("cannot save the user")
}

#[test]
fn the_error_of_the_test_begins_the_report() {
    let said = said(|| {
        let net = standin::activate();
        let _ = net.run_blocking(|| {
            mock::get("https://x.io/").reply(200);
            fails()
        });
    });
    let (error, report) = said
        .split_once("\n\nstandin: ")
        .expect("the report follows the error");
    assert!(
        error.starts_with("the test returned an error: cannot save the user"),
        "{said}"
    );
    assert!(error.ends_with("the disk is full"), "{said}");
    assert!(report.contains("was never called"), "{said}");
}

#[tokio::test]
async fn what_the_future_returned_comes_back() {
    let net = standin::activate();
    let returned = net.run(async { fails() }).await;
    assert_eq!(
        returned.expect_err("as it was").to_string(),
        "cannot save the user"
    );
    let net = standin::activate();
    assert_eq!(net.run(async { Ok::<_, String>(7) }).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn exchanges_under_way_may_end_before_it_verifies() {
    let net = standin::activate();
    let engine = net.engine();
    net.run(async {
        let client = standin::tower::service();
        mock::get("https://x.io/").reply(reply(200).delay(millis(900)));
        tokio::spawn(async move { tower::ServiceExt::oneshot(client, asked()).await });
        tokio::task::yield_now().await;
    })
    .await;
    assert_eq!(engine.calls()[0].outcome(), &CallOutcome::Answered);
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_never_ends_is_not_waited_for_long() {
    let began = tokio::time::Instant::now();
    let net = standin::activate();
    net.run(async {
        let client = standin::tower::service();
        mock::get("https://x.io/").reply(reply(200).hold(&Gate::new()));
        tokio::spawn(async move { tower::ServiceExt::oneshot(client, asked()).await });
        tokio::task::yield_now().await;
    })
    .await;
    assert_eq!(began.elapsed(), secs(1));
}

#[test]
fn a_runtime_without_a_timer_is_enough() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let net = standin::activate();
    mock::get("https://x.io/").optional().reply(200);
    runtime.block_on(net.run(async {}));
}

#[test]
fn an_engine_that_is_passed_around_tells_where_it_was_made() {
    let said = said(|| {
        let engine = standin::engine();
        let _ = engine.serve_blocking(Asked::get("https://x.io/"));
    });
    assert!(said.contains("https://x.io/"), "{said}");
}

fn asked() -> http::Request<String> {
    http::Request::get("https://x.io/")
        .body(String::new())
        .expect("a valid request")
}
