//! A long reply takes no more memory than what is under way. Alone in its process, because it looks at the peak of it all.

#![cfg(all(feature = "hyper", target_os = "linux"))]

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use standin_core::{Engine, reply};
use standin_hyper::connector_for;

const MIB: usize = 1 << 20;

/// The most memory that this process ever had, in MiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.parse::<usize>().ok())
        .expect("a peak")
        / 1024
}

#[tokio::test]
async fn a_hundred_mebibytes_go_through_a_connector() {
    let engine = Engine::new();
    let piece = Bytes::from(vec![b'z'; MIB]);
    engine
        .get("https://x.io/")
        .times(2)
        .reply(reply(200).chunks(vec![piece; 100]));
    let before = peak();
    for http2 in [false, true] {
        let mut builder = Client::builder(TokioExecutor::new());
        let client = builder
            .http2_only(http2)
            .build::<_, Empty<Bytes>>(connector_for(&engine));
        let asked = http::Request::get("https://x.io/").body(Empty::new());
        let response = client.request(asked.expect("a request")).await;
        let mut body = response.expect("answered").into_body();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame
                .expect("a frame")
                .into_data()
                .map_or(0, |data| data.len());
        }
        assert_eq!(length, 100 * MIB);
    }
    assert!(peak() - before < 20, "{before} MiB before, {} now", peak());
}
