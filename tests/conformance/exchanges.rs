//! How exchanges end: at the network, at the client, or in the middle.

use bytes::Bytes;
use http_body_util::BodyExt;
use standin::prelude::*;
use standin::{CallOutcome, Error};

use crate::client::{Client, Upload, get, post};

const URL: &str = "real.example/x?y=1";

pub async fn what_the_policy_lets_pass_reaches_the_network<C: Client>() {
    let net = standin::activate();
    net.enable_network("real.example");
    let mut asked = get(URL);
    asked
        .headers_mut()
        .insert("accept", "text/plain".parse().expect("a value"));
    let sent = C::new().send(asked).await;
    if !C::SHOWS.network {
        let refused = sent.expect_err("there is no network");
        assert!(
            !C::SHOWS.typed || matches!(refused.find::<Error>(), Some(Error::NoNetwork)),
            "{refused:?}"
        );
        return;
    }
    let sent = sent.expect("the network answers");
    assert_eq!(sent.status, 299);
    assert_eq!(
        (sent.header("x-asked"), sent.header("x-accept")),
        (vec![format!("https://{URL}").as_str()], vec!["text/plain"])
    );
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::PassedThrough);
}

pub async fn a_pass_through_mock_counts_and_forwards<C: Client>() {
    let net = standin::activate();
    let real = mock::post("real.example/x").body("hello").pass_through();
    let sent = C::new().send(post(URL, Upload::whole("hello"))).await;
    real.assert_called(1);
    if C::SHOWS.network {
        assert_eq!(sent.expect("the network answers").text(), "hello");
        assert_eq!(net.calls()[0].outcome(), &CallOutcome::PassedThrough);
    }
}

pub async fn an_upload_is_passed_through_whole<C: Client>() {
    let _net = standin::activate();
    mock::post("real.example/x").pass_through();
    let pieces = ["in ", "many ", "pieces"].map(Bytes::from);
    let sent = C::new().send(post(URL, Upload::pieces(pieces))).await;
    if C::SHOWS.network {
        assert_eq!(sent.expect("the network answers").text(), "in many pieces");
    }
}

pub async fn a_client_that_leaves_is_in_the_journal<C: Client>() {
    let net = standin::activate();
    mock::get(URL).reply(reply(200).delay(C::pace(secs(30))));
    let limit = C::pace(secs(1));
    assert!(C::new().get_within(limit, URL).await.is_none());
    net.settled().await;
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Aborted);
}

pub async fn a_client_that_leaves_a_closure_is_in_the_journal<C: Client>() {
    let net = standin::activate();
    mock::get(URL).reply(async |_: Request| std::future::pending::<u16>().await);
    let limit = C::pace(secs(1));
    assert!(C::new().get_within(limit, URL).await.is_none());
    net.settled().await;
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Aborted);
}

pub async fn a_body_left_in_the_middle_is_in_the_journal<C: Client>() {
    let net = standin::activate();
    mock::get(URL).reply(reply(200).chunks(["one", "two", "three"]));
    let mut opened = C::new().open(get(URL)).await.expect("answered");
    let first = opened
        .body_mut()
        .frame()
        .await
        .expect("a frame")
        .expect("no error");
    if !C::SHOWS.frames {
        return;
    }
    assert_eq!(first.into_data().expect("data"), "one");
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Pending);
    drop(opened);
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Aborted);
}

pub async fn a_body_that_nobody_reads_was_answered<C: Client>() {
    let net = standin::activate();
    mock::get(URL).reply(reply(200).chunks(["one", "two"]));
    drop(C::new().open(get(URL)).await.expect("answered"));
    net.settled().await;
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Answered);
}

pub async fn an_adapter_outlives_the_engine_of_its_making<C: Client>() {
    let client = {
        let _first = standin::activate();
        C::new()
    };
    let _second = standin::activate();
    mock::get(URL).optional().reply(200);
    match C::SHOWS.follows {
        true => assert_eq!(client.get(URL).await.expect("answered").status, 200),
        // No answer is better than that of another test.
        false => drop(client.get(URL).await.expect_err("its engine has ended")),
    }
}
