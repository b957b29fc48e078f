//! A request whose body is asked by every matcher there is, and then described.

use bytes::Bytes;
use standin_core::prelude::*;
use standin_core::{Engine, OwnedEngine, grpc, part};

use crate::closing::close;

const TYPES: [&str; 8] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "application/xml",
    "text/plain; charset=utf-8",
    "application/grpc+proto",
    "application/octet-stream",
    "multipart/form-data; boundary=\"b b\"",
];
const ENCODINGS: [&str; 5] = ["", "gzip", "deflate", "br", "zstd"];

#[derive(Clone, PartialEq, prost::Message)]
struct Hello {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    inner: Vec<Hello>,
    #[prost(sint64, tag = "3")]
    number: i64,
}

/// The first byte says which content type, the second which encoding; the rest is the body.
pub fn ask(given: &[u8]) {
    let [kind, encoding, body @ ..] = given else {
        return;
    };
    let engine = mocked();
    let mut request = http::Request::post("https://x.io/body")
        .header("content-type", TYPES[usize::from(*kind) % TYPES.len()]);
    let encoding = ENCODINGS[usize::from(*encoding) % ENCODINGS.len()];
    if !encoding.is_empty() {
        request = request.header("content-encoding", encoding);
    }
    let request = request
        .body(Bytes::copy_from_slice(body))
        .expect("a request");
    let _ = engine.serve_blocking(request);
    close(engine);
}

fn mocked() -> OwnedEngine {
    let engine = Engine::new().lenient();
    let at = || engine.any("https://x.io/body").optional();
    at().body("text").reply(200);
    at().body(re("^a+$")).reply(200);
    at().json(json!({"a": [1, {"b": null}], "c": "d"}))
        .reply(200);
    at().json_includes(json!({"a": [1]})).reply(200);
    at().json_path("$..a[?@.b > 1]", 7).reply(200);
    at().json_schema(json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "uniqueItems": true}}})).reply(200);
    at().xml("<a b='1'><c>text</c></a>").reply(200);
    at().form("field", "value").reply(200);
    at().form_exact([("field", "value"), ("other", "")])
        .reply(200);
    at().multipart(part("file").file_name("a.txt").body("text"))
        .reply(200);
    engine
        .grpc("https://x.io/body")
        .optional()
        .message(|hello: &Hello| hello.name == "Ada")
        .reply(grpc::message(Hello::default()));
    engine
}
