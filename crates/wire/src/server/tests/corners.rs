//! Corners of HTTP/1.1 in which clients and servers have fallen out with each other.

use standin_core::{CallOutcome, Request, reply};

use super::{GET, Raw, engine};

#[tokio::test]
async fn two_framings_of_one_body_smuggle_nothing() {
    let engine = engine();
    let mock = engine.post("https://x.io/a").times(0..).reply(201);
    let smuggled = "0\r\n\r\nGET /admin HTTP/1.1\r\nhost: x.io\r\n\r\n";
    for headers in [
        "content-length: 47\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 47",
    ] {
        let mut raw = Raw::to(&engine);
        let asked = format!("POST /a HTTP/1.1\r\nhost: x.io\r\n{headers}\r\n\r\n{smuggled}");
        let (said, closed) = raw.asks(asked).await;
        // One reading of it is taken, and nothing behind it.
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
        assert!(closed, "{said}");
    }
    mock.assert_called(2);
    assert_eq!(engine.calls().len(), 2);
}

#[tokio::test]
async fn trailers_of_a_request_are_no_part_of_its_body() {
    let engine = engine();
    engine.post("https://x.io/a").body("hello").reply(201);
    engine.get("https://x.io/a").reply(204);
    let asked = format!(
        "POST /a HTTP/1.1\r\nhost: x.io\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n\
         5;ext=1\r\nhello\r\n0\r\nx-sum: 9f86\r\n\r\n{GET}"
    );
    let (said, closed) = Raw::to(&engine).asks(asked).await;
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
    assert!(said.contains("HTTP/1.1 204") && !closed, "{said}");
}

#[tokio::test]
async fn a_chunk_that_is_none_gets_400_and_is_told() {
    let head = "POST /a HTTP/1.1\r\nhost: x.io\r\ntransfer-encoding: chunked\r\n\r\n";
    // Read ahead, and because a mock asks for it when the first piece is there.
    for (chunks, came) in [
        (&["2\r\nhe\r\nzz\r\n"][..], "he"),
        (&["2\r\nhe\r\n", "zz\r\n"], "he"),
    ] {
        let engine = engine();
        let mock = engine.post("https://x.io/a").body("x").optional();
        mock.reply(201);
        let mut raw = Raw::to(&engine);
        raw.write(head.as_bytes()).await;
        for chunk in chunks {
            raw.write(chunk.as_bytes()).await;
            tokio::task::yield_now().await;
        }
        let (said, closed) = raw.said().await;
        assert!(said.starts_with("HTTP/1.1 400") && closed, "{said}");
        assert!(said.contains("connection: close"), "{said}");
        assert!(said.contains("nvalid chunk size"), "{said}");
        let calls = engine.calls();
        assert_eq!(calls[0].outcome(), &CallOutcome::Aborted);
        assert_eq!(calls[0].text(), came);
        assert!(matches!(calls[1].outcome(), CallOutcome::Malformed(_)));
        assert_eq!(calls.len(), 2);
    }
}

#[tokio::test]
async fn who_leaves_in_the_middle_of_a_chunk_said_nothing_wrong() {
    let engine = engine();
    let mock = engine.post("https://x.io/a").body("x").optional();
    mock.reply(201);
    let head = "POST /a HTTP/1.1\r\nhost: x.io\r\ntransfer-encoding: chunked\r\n\r\n2\r\nh";
    let mut raw = Raw::to(&engine);
    raw.write(head.as_bytes()).await;
    raw.shuts().await;
    raw.said().await;
    assert_eq!(engine.calls()[0].outcome(), &CallOutcome::Aborted);
    assert_eq!(engine.calls().len(), 1);
}

#[tokio::test]
async fn a_connection_lives_on_after_an_early_answer() {
    let engine = engine();
    let mock = engine.post("https://x.io/a").reply(413);
    engine.get("https://x.io/a").reply("next");
    engine.read_bodies(4);
    let mut raw = Raw::to(&engine);
    let head = "POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 10\r\n\r\n";
    assert!(raw.asks(head).await.0.starts_with("HTTP/1.1 413"));
    assert_eq!(raw.asks("01234").await.0, "");
    let (said, closed) = raw.asks(format!("56789{GET}")).await;
    assert!(said.ends_with("next") && !closed, "{said}");
    assert_eq!(mock.last_call().text(), "0123456789");
}

#[tokio::test]
async fn who_asks_before_sending_and_is_refused_need_not_send() {
    let engine = engine();
    let mock = engine.post("https://x.io/a").reply(403);
    let mut raw = Raw::to(&engine);
    let head =
        "POST /a HTTP/1.1\r\nhost: x.io\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n";
    let (said, closed) = raw.asks(head).await;
    assert!(said.starts_with("HTTP/1.1 403") && closed, "{said}");
    assert_eq!(mock.last_call().outcome(), &CallOutcome::Answered);
}

#[tokio::test]
async fn a_reply_to_head_keeps_the_length_that_is_declared() {
    let engine = engine();
    engine
        .head("https://x.io/a")
        .reply(reply(200).header("content-length", "1234"));
    engine.get("https://x.io/a").reply("next");
    let mut raw = Raw::to(&engine);
    let (said, _) = raw
        .asks(format!("HEAD /a HTTP/1.1\r\nhost: x.io\r\n\r\n{GET}"))
        .await;
    assert!(said.contains("content-length: 1234\r\n"), "{said}");
    assert!(said.ends_with("\r\n\r\nnext"), "{said}");
}

#[tokio::test]
async fn slow_replies_keep_their_order_on_a_pipeline() {
    let engine = engine();
    engine
        .get("https://x.io/a")
        .times(3)
        .reply(async |_: Request| {
            tokio::task::yield_now().await;
            "slow"
        });
    let mut raw = Raw::to(&engine);
    raw.write(GET.repeat(3).as_bytes()).await;
    let mut said = String::new();
    while said.matches("slow").count() < 3 {
        said += &raw.said().await.0;
        tokio::task::yield_now().await;
    }
    assert_eq!(engine.calls().len(), 3);
}

#[tokio::test]
async fn an_old_client_without_a_host_and_with_a_body_is_served() {
    let engine = engine();
    let mock = engine.post("/a").reply(201);
    let asked = "POST /a HTTP/1.0\r\ncontent-length: 2\r\n\r\nhe";
    let (said, closed) = Raw::behind(&engine).asks(asked).await;
    assert!(said.starts_with("HTTP/1.0 201") && closed, "{said}");
    assert_eq!(mock.last_call().text(), "he");
}

#[tokio::test]
async fn a_client_of_grpc_gets_a_status_in_the_place_of_a_report() {
    let engine = engine();
    engine.read_bodies(4);
    engine
        .post("https://x.io/greet.Greeter/Hello")
        .body("hello")
        .optional()
        .reply(200);
    for (path, kind, status, what, message) in [
        (
            "/none",
            "application/grpc",
            "200 OK",
            "unmatched",
            "grpc-status: 12",
        ),
        (
            "/none",
            "application/grpc+proto",
            "200 OK",
            "unmatched",
            "grpc-message: ",
        ),
        (
            "/greet.Greeter/Hello",
            "application/grpc",
            "200 OK",
            "refused",
            "grpc-status: 8",
        ),
        (
            "/none",
            "application/grpc-web",
            "501 Not Implemented",
            "unmatched",
            "nothing",
        ),
    ] {
        let mut raw = Raw::to(&engine);
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x.io\r\ncontent-type: {kind}\r\ncontent-length: 5\r\n\r\nhello"
        );
        let (said, _) = raw.asks(head).await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{said}");
        assert!(said.contains(&format!("x-standin: {what}\r\n")), "{said}");
        let is_told = said.contains(message) && said.ends_with("\r\n\r\n");
        assert!(is_told || message == "nothing", "{said}");
    }
    drop(engine.take_unmatched());
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(engine)))
        .expect_err("the body that was too long is told");
}

#[tokio::test]
async fn a_request_may_have_a_hundred_headers_and_a_reply_any_bytes() {
    let engine = engine();
    let got = engine
        .get("https://x.io/a")
        .reply(&[b'\xff', 0, b'\r', b'\n'][..]);
    let more = (1..100).map(|number| format!("x-{number}: {number}\r\n"));
    let head = format!(
        "GET /a HTTP/1.1\r\nhost: x.io\r\n{}\r\n",
        more.collect::<String>()
    );
    let mut raw = Raw::to(&engine);
    raw.write(head.as_bytes()).await;
    let said = raw.read().await.expect("open").expect("no fault");
    assert!(said.starts_with(b"HTTP/1.1 200"));
    assert!(said.ends_with(b"\r\n\r\n\xff\0\r\n"));
    assert_eq!(got.last_call().header("x-99"), Some("99"));
}
