//! What goes wrong, on purpose or not, is an error that a test can ask.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use standin::prelude::*;
use standin::{CallOutcome, Error, Guard};

use crate::client::{Client, Upload, post};

const URL: &str = "x.io/";

/// What verification says.
pub fn said_at_the_end(net: Guard) -> String {
    match catch_unwind(AssertUnwindSafe(|| drop(net))) {
        Ok(()) => String::new(),
        Err(payload) => *payload.downcast().expect("the report is text"),
    }
}

pub async fn a_fault_is_an_io_error_of_its_kind<C: Client>() {
    let net = standin::activate();
    let faults = [
        (Fault::Reset, ErrorKind::ConnectionReset),
        (Fault::Refused, ErrorKind::ConnectionRefused),
        (Fault::Closed, ErrorKind::UnexpectedEof),
        (Fault::BrokenPipe, ErrorKind::BrokenPipe),
        (Fault::TimedOut, ErrorKind::TimedOut),
        (Fault::Unreachable, ErrorKind::HostUnreachable),
        (Fault::NetworkUnreachable, ErrorKind::NetworkUnreachable),
        (Fault::other("the moon is full"), ErrorKind::Other),
    ];
    for (fault, kind) in faults {
        mock::get(URL).reply(fault);
        let refused = C::new().get(URL).await.expect_err("a fault");
        if C::SHOWS.faults.contains(&kind) {
            assert_eq!(refused.kind(), Some(kind), "{refused:?}");
        }
        assert!(
            !C::SHOWS.typed || matches!(refused.find::<Error>(), Some(Error::Fault(_))),
            "{refused:?}"
        );
        let outcomes = net.calls();
        assert_eq!(
            outcomes.last().map(|call| call.outcome()),
            Some(&CallOutcome::Faulted)
        );
    }
    mock::get(URL).reply(Fault::other("the moon is full"));
    let refused = C::new().get(URL).await.expect_err("a fault");
    assert!(
        !C::SHOWS.faults.contains(&ErrorKind::Other)
            || refused.text().ends_with("the moon is full"),
        "{}",
        refused.text()
    );
}

pub async fn a_hang_never_answers<C: Client>() {
    let net = standin::activate();
    mock::get(URL).reply(Fault::Hang);
    let limit = C::pace(secs(3600));
    assert!(C::new().get_within(limit, URL).await.is_none());
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Faulted);
}

pub async fn a_closure_that_panics_fails_the_test<C: Client>() {
    let net = standin::activate().lenient();
    mock::get(URL).reply(|_: &Request| -> u16 { panic!("no order 7") });
    let refused = C::new().get(URL).await.expect_err("it panicked");
    assert!(
        !C::SHOWS.typed || matches!(refused.find::<Error>(), Some(Error::Failed(_))),
        "{refused:?}"
    );
    assert!(refused.text().contains("no order 7"), "{}", refused.text());
    let said = said_at_the_end(net);
    assert!(said.contains("no order 7"), "{said}");
}

pub async fn an_async_closure_that_panics_fails_the_test<C: Client>() {
    let net = standin::activate().lenient();
    mock::get(URL).reply(async |_: Request| -> u16 {
        tokio::task::yield_now().await;
        panic!("no order 8")
    });
    let refused = C::new().get(URL).await.expect_err("it panicked");
    assert!(refused.text().contains("no order 8"), "{}", refused.text());
    let said = said_at_the_end(net);
    assert!(said.contains("no order 8"), "{said}");
}

pub async fn a_closure_that_returns_an_error_fails_the_test<C: Client>() {
    let net = standin::activate().lenient();
    mock::get(URL).reply(|_: &Request| Err::<u16, _>("no such row"));
    let refused = C::new().get(URL).await.expect_err("it failed");
    assert!(refused.text().contains("no such row"), "{}", refused.text());
    let said = said_at_the_end(net);
    assert!(said.contains("no such row"), "{said}");
}

pub async fn an_upload_that_breaks_off_is_told<C: Client>() {
    let _net = standin::activate();
    mock::post(URL).body("whole").optional().reply(200);
    let upload = Upload::broken([Bytes::from("who")]);
    let refused = C::new()
        .send(post(URL, upload))
        .await
        .expect_err("it broke off");
    assert!(
        !C::SHOWS.typed || matches!(refused.find::<Error>(), Some(Error::RequestBody(_))),
        "{refused:?}"
    );
    assert!(
        !C::SHOWS.typed || refused.text().contains("the disk is gone"),
        "{}",
        refused.text()
    );
}

pub async fn after_the_end_there_is_no_answer<C: Client>() {
    let net = standin::activate();
    let client = C::new();
    mock::get(URL).optional().reply(200);
    drop(net);
    let refused = client.get(URL).await.expect_err("the engine has ended");
    assert!(
        !C::SHOWS.typed || matches!(refused.find::<Error>(), Some(Error::Ended)),
        "{refused:?}"
    );
}

pub async fn without_an_engine_there_is_no_answer<C: Client>() {
    let refused = C::new().get(URL).await.expect_err("there is no engine");
    assert!(
        !C::SHOWS.typed || matches!(refused.find::<Error>(), Some(Error::NoEngine)),
        "{refused:?}"
    );
    assert!(
        !C::SHOWS.typed || refused.text().contains("standin::activate()"),
        "{}",
        refused.text()
    );
}
