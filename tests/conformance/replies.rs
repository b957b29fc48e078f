//! What a reply holds reaches the client.

use http::Version;
use standin::prelude::*;

use crate::client::{Client, Upload, request};

const URL: &str = "api.github.com/users/7";

pub async fn status_headers_and_body<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(reply(418).header("x-tea", "green").body("short and stout"));
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.status, 418);
    assert_eq!(sent.header("x-tea"), ["green"]);
    assert_eq!(sent.header("content-length"), ["15"]);
    assert_eq!(sent.text(), "short and stout");
}

pub async fn repeated_headers_stay_repeated<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(reply(200).cookie("a", "1").cookie("b", "2"));
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.header("set-cookie"), ["a=1", "b=2"]);
}

pub async fn json_has_its_content_type<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(json!({"id": 7}));
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.header("content-type"), ["application/json"]);
    assert_eq!(sent.text(), r#"{"id":7}"#);
}

pub async fn reason_and_version<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(reply(200).reason("Fine").version(Version::HTTP_2));
    let sent = C::new().get(URL).await.expect("answered");
    if C::SHOWS.version {
        assert_eq!(sent.version, Version::HTTP_2);
    }
    if C::SHOWS.reason {
        assert_eq!(sent.reason.as_deref(), Some("Fine"));
    }
    mock::get(URL).reply(200);
    let next = C::new().get(URL).await.expect("answered");
    assert_ne!(next.reason.as_deref(), Some("Fine"));
}

pub async fn chunks_are_frames_of_their_own<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(reply(200).chunks(["one", "two", "three"]));
    let sent = C::new().get(URL).await.expect("answered");
    match C::SHOWS.frames {
        true => assert_eq!(sent.chunks, ["one", "two", "three"]),
        false => assert_eq!(sent.text(), "onetwothree"),
    }
    assert!(sent.header("content-length").is_empty());
}

pub async fn trailers_follow_the_body<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(reply(200).body("sum").trailer("x-checksum", "9f86"));
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.text(), "sum");
    if C::SHOWS.trailers {
        assert_eq!(sent.trailers["x-checksum"], "9f86");
    }
}

pub async fn head_has_no_body_and_keeps_its_length<C: Client>() {
    let _net = standin::activate();
    mock::head(URL).times(2).reply([
        reply(200).body("twelve bytes"),
        reply(200).body("twelve bytes").delay(C::pace(secs(1))),
    ]);
    for _ in 0..2 {
        let sent = C::new()
            .send(request("HEAD", URL, Upload::whole("")))
            .await
            .expect("answered");
        assert_eq!(sent.header("content-length"), ["12"]);
        assert_eq!(sent.text(), "");
    }
}

pub async fn no_content_has_no_body<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(reply(204).body("nobody reads this"));
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!((sent.status.as_u16(), sent.text().as_str()), (204, ""));
}

pub async fn a_closure_replies<C: Client>() {
    let _net = standin::activate();
    mock::get("api.github.com/users/{id}")
        .reply(|req: &Request| json!({"id": req.path_param("id")}));
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.text(), r#"{"id":"7"}"#);
}

pub async fn an_async_closure_replies<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(async |req: Request| {
        tokio::task::yield_now().await;
        (201, req.path().to_owned())
    });
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(
        (sent.status.as_u16(), sent.text().as_str()),
        (201, "/users/7")
    );
}
