//! What the client sends reaches matchers, closures, the journal and the error.

use bytes::Bytes;
use standin::prelude::*;
use standin::{CallOutcome, Error, Unmatched};

use crate::client::{Client, Upload, get, post, request};
use crate::faults::said_at_the_end;

const ORDERS: &str = "x.io/orders";

pub async fn method_query_and_path_parameters<C: Client>() {
    let _net = standin::activate();
    mock::put("x.io/shops/{shop}/items")
        .query("page", 2)
        .header("accept", "text/plain")
        .reply(|req: &Request| req.path_param("shop").unwrap_or("none").to_owned());
    let mut asked = request(
        "PUT",
        "x.io/shops/b%20c/items?q=1&page=2",
        Upload::whole(""),
    );
    asked
        .headers_mut()
        .insert("accept", "text/plain".parse().expect("a value"));
    let sent = C::new().send(asked).await.expect("answered");
    assert_eq!(sent.text(), "b c");
}

pub async fn the_body_of_a_request_is_matched<C: Client>() {
    let _net = standin::activate();
    mock::post(ORDERS).json(json!({"sku": "A1"})).reply(201);
    mock::post(ORDERS).json(json!({"sku": "B2"})).reply(202);
    let client = C::new();
    let second = client
        .send(post(ORDERS, Upload::whole(r#"{"sku": "B2"}"#)))
        .await
        .expect("answered");
    let pieces = [r#"{"sku""#, r#": "A1"}"#].map(Bytes::from);
    let first = client
        .send(post(ORDERS, Upload::pieces(pieces)))
        .await
        .expect("answered");
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (201, 202));
}

pub async fn the_body_of_a_request_is_in_the_journal<C: Client>() {
    let _net = standin::activate();
    let orders = mock::post(ORDERS).times(2).reply(201);
    let client = C::new();
    client
        .send(post(ORDERS, Upload::whole(r#"{"sku": "A1"}"#)))
        .await
        .expect("answered");
    client
        .send(post(
            ORDERS,
            Upload::pieces(["in ", "pieces"].map(Bytes::from)),
        ))
        .await
        .expect("answered");
    let calls = orders.calls();
    assert_eq!(
        calls[0].json::<serde_json::Value>().expect("JSON"),
        json!({"sku": "A1"})
    );
    assert_eq!(calls[1].text(), "in pieces");
}

pub async fn eight_mebibytes_are_streamed<C: Client>() {
    let _net = standin::activate();
    let piece = Bytes::from(vec![b'x'; 64 << 10]);
    mock::post(ORDERS).reply(|req: &Request| req.body().len().to_string());
    let upload = Upload::pieces(std::iter::repeat_n(piece, 128));
    let sent = C::new().send(post(ORDERS, upload)).await.expect("answered");
    assert_eq!(sent.text(), (8 << 20).to_string());
}

pub async fn a_body_beyond_the_bound_is_refused_where_a_mock_looks_at_it<C: Client>() {
    let net = standin::activate();
    net.read_bodies(1000);
    let long = Bytes::from("z".repeat(500));
    let uploads = || {
        let pieces = std::iter::repeat_n(long.clone(), 10);
        [Upload::whole("z".repeat(5000)), Upload::pieces(pieces)]
    };
    let any = mock::post(ORDERS).times(2).reply(201);
    for upload in uploads() {
        let sent = C::new().send(post(ORDERS, upload)).await;
        assert_eq!(sent.expect("nobody looks").status, 201);
    }
    any.assert_called(2);
    mock::post(ORDERS).body_contains("z").optional().reply(200);
    for upload in uploads() {
        let sent = C::new().send(post(ORDERS, upload)).await;
        let said = sent.expect_err("it is too long").text();
        assert!(said.contains("longer than 1000 bytes"), "{said}");
        assert!(said.contains("`read_bodies(bytes)` raises it"), "{said}");
    }
    let report = said_at_the_end(net);
    let told = report.matches("longer than 1000 bytes").count();
    assert_eq!(told, 2, "{report}");
}

pub async fn a_reply_may_come_before_the_upload_ends<C: Client>() {
    if !C::SHOWS.early {
        return;
    }
    let _net = standin::activate();
    mock::post(ORDERS).reply(413);
    let upload = Upload::open([Bytes::from("the beginning")]);
    let sent = C::new().send(post(ORDERS, upload)).await.expect("answered");
    assert_eq!(sent.status, 413);
}

pub async fn an_upload_goes_on_beside_its_reply<C: Client>() {
    if !C::SHOWS.early {
        return;
    }
    let net = standin::activate();
    let orders = mock::post(ORDERS).reply(201);
    let gate = Gate::new();
    let upload = Upload::held("be", &gate, "hind");
    let client = C::new();
    let opened = client.open(post(ORDERS, upload)).await.expect("answered");
    assert_eq!(opened.status(), 201);
    assert_eq!(orders.last_call().outcome(), &CallOutcome::Pending);
    gate.open();
    net.settled().await;
    assert_eq!(orders.last_call().text(), "behind");
    assert_eq!(orders.last_call().outcome(), &CallOutcome::Answered);
}

pub async fn a_sequence_is_answered_in_order<C: Client>() {
    let _net = standin::activate();
    mock::get(ORDERS).reply([503, 503, 200]);
    let client = C::new();
    for status in [503, 503, 200] {
        assert_eq!(client.get(ORDERS).await.expect("answered").status, status);
    }
}

pub async fn a_spent_mock_is_named<C: Client>() {
    let net = standin::activate();
    mock::get(ORDERS).named("the only order").reply(200);
    let client = C::new();
    client.get(ORDERS).await.expect("answered");
    let refused = client.get(ORDERS).await.expect_err("its use is spent");
    let text = refused.text();
    assert!(
        text.contains("the only order") && text.contains("spent"),
        "{text}"
    );
    assert!(text.contains("matching.rs"), "{text}");
    assert_eq!(net.take_unmatched().len(), 1);
}

pub async fn unmatched_is_a_typed_error_with_the_nearest_mock<C: Client>() {
    let net = standin::activate();
    mock::get(ORDERS)
        .header("accept", "application/json")
        .optional()
        .reply(200);
    let mut asked = get(ORDERS);
    asked
        .headers_mut()
        .insert("accept", "text/html".parse().expect("a value"));
    let refused = C::new().send(asked).await.expect_err("nothing matches");
    assert!(
        !C::SHOWS.typed || matches!(refused.find::<Error>(), Some(Error::Unmatched(_))),
        "{refused:?}"
    );
    assert!(
        !C::SHOWS.typed
            || refused
                .find::<Unmatched>()
                .is_some_and(|unmatched| !unmatched.report().is_ok())
    );
    let debug = C::SHOWS.typed.then(|| format!("{refused:?}"));
    for shown in std::iter::once(refused.text()).chain(debug) {
        assert!(
            shown.contains("expected application/json, received text/html"),
            "{shown}"
        );
    }
    assert_eq!(net.take_unmatched().len(), 1);
}
