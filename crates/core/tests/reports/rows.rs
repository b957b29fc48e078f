//! The mistakes, one row each.

use standin_core::prelude::*;
use standin_core::{Engine, Matcher, Miss, Part};

use crate::Row;

fn get(url: &str) -> Vec<Request> {
    vec![Request::get(url)]
}

fn post(url: &str, body: impl Into<String>) -> Vec<Request> {
    vec![
        Request::post(url)
            .with_header("content-type", "application/json")
            .with_body(body.into()),
    ]
}

/// Mocks that a test of a shop may have besides the one that was meant.
fn shop(engine: &Engine) {
    engine
        .get("https://api.shop.io/users/{id}")
        .optional()
        .reply(200);
    engine
        .get("https://api.shop.io/orders?page=1")
        .optional()
        .reply(200);
    engine
        .post("https://api.shop.io/login")
        .json(json!({"user": "me"}))
        .optional()
        .reply(200);
    engine
        .delete("https://api.shop.io/orders/{id}")
        .optional()
        .reply(204);
    engine
        .get("https://cdn.shop.io/logo.png")
        .optional()
        .reply(200);
    engine
        .get("https://api.pay.io/v1/charges")
        .optional()
        .reply(200);
}

fn order(quantity: u32) -> serde_json::Value {
    let items: Vec<_> = (0..40)
        .map(|n| json!({"sku": format!("A{n}"), "quantity": 1, "tags": ["new", "red"]}))
        .collect();
    let mut order = json!({"customer": {"id": 7, "name": "Ann"}, "items": items});
    order["items"][23]["quantity"] = json!(quantity);
    order
}

struct Signed;

impl Matcher for Signed {
    fn check(&self, request: &Request) -> Result<(), Miss> {
        match request.header("x-signature") {
            Some(signature) if signature.len() == 64 => Ok(()),
            Some(signature) => Err(
                Miss::new(Part::Header("x-signature".into()), "64 characters").received(signature),
            ),
            None => Err(Miss::new(
                Part::Header("x-signature".into()),
                "64 characters",
            )),
        }
    }
}

pub(crate) const ROWS: &[Row] = &[
    Row {
        name: "wrong path",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: || get("https://api.shop.io/product"),
        says: "the mock says `products`, the request `product`",
    },
    Row {
        name: "trailing slash",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: || get("https://api.shop.io/products/"),
        says: "the request has a trailing slash, the mock has none",
    },
    Row {
        name: "missing query key",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products?page=2&size=10")
                .named("the one")
                .reply(200);
        },
        requests: || get("https://api.shop.io/products?page=2"),
        says: "query `size` is missing, expected 10",
    },
    Row {
        name: "misspelt query key",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .query("page", 2)
                .named("the one")
                .reply(200);
        },
        requests: || get("https://api.shop.io/products?pgae=2"),
        says: "the request has a similar `pgae`",
    },
    Row {
        name: "wrong leaf deep in a JSON body",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/orders")
                .json(json!({"items": []}))
                .optional()
                .reply(400);
            net.post("https://api.shop.io/orders")
                .json(order(2))
                .named("the one")
                .reply(201);
        },
        requests: || {
            post(
                "https://api.shop.io/orders",
                serde_json::to_string_pretty(&order(3)).unwrap(),
            )
        },
        says: "/items/23/quantity",
    },
    Row {
        name: "header typo",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/me")
                .header("x-request-id", present())
                .named("the one")
                .reply(200);
        },
        requests: || vec![Request::get("https://api.shop.io/me").with_header("x-requestid", "1")],
        says: "the request has a similar `x-requestid`",
    },
    Row {
        name: "token without Bearer",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/me")
                .bearer("abc123")
                .named("the one")
                .reply(200);
        },
        requests: || {
            vec![Request::get("https://api.shop.io/me").with_header("authorization", "abc123")]
        },
        says: "Bearer",
    },
    Row {
        name: "wrong method",
        mocks: |net| {
            shop(net);
            net.put("https://api.shop.io/users/7/name")
                .named("the one")
                .reply(200);
            net.put("https://api.shop.io/users/7/mail")
                .optional()
                .reply(200);
        },
        requests: || post("https://api.shop.io/users/7/name", "{}"),
        says: "method does not fit\n      expected  PUT\n      received  POST",
    },
    Row {
        name: "spent mock",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: || {
            [
                get("https://api.shop.io/products"),
                get("https://api.shop.io/products"),
            ]
            .concat()
        },
        says: "it fits, but its 1 use is spent",
    },
    Row {
        name: "wrong host",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: || get("https://api.shop.oi/products"),
        says: "host: two letters are swapped",
    },
    Row {
        name: "mock never called and no request",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: Vec::new,
        says: "was never called, expected 1 call",
    },
    Row {
        name: "mock never called while others were",
        mocks: |net| {
            net.get("https://api.shop.io/users/{id}").reply(200);
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: || get("https://api.shop.io/users/7"),
        says: "was never called, expected 1 call",
    },
    Row {
        name: "called too seldom",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .times(3)
                .named("the one")
                .reply(200);
        },
        requests: || get("https://api.shop.io/products"),
        says: "was called once, expected 3 calls",
    },
    Row {
        name: "a path that was written as a host",
        mocks: |net| {
            shop(net);
            net.get("api/users").named("the one").reply(200);
        },
        requests: || get("https://shop.local/api/users"),
        says: "did you mean \"/api/users\"?",
    },
    Row {
        name: "http instead of https",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: || get("http://api.shop.io/products"),
        says: "scheme does not fit\n      expected  https",
    },
    Row {
        name: "another port",
        mocks: |net| {
            shop(net);
            net.get("http://localhost:8080/health")
                .named("the one")
                .reply(200);
        },
        requests: || get("http://localhost:8081/health"),
        says: "port does not fit\n      expected  8080\n      received  8081",
    },
    Row {
        name: "declared never",
        mocks: |net| {
            shop(net);
            net.delete("https://api.shop.io/users/{id}")
                .never()
                .named("the one")
                .reply(204);
        },
        requests: || {
            vec![Request::new(
                http::Method::DELETE,
                "https://api.shop.io/users/7",
            )]
        },
        says: "declared never to be called",
    },
    Row {
        name: "declined by its closure",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .named("the one")
                .optional()
                .reply(|_: &Request| None::<u16>);
        },
        requests: || get("https://api.shop.io/products"),
        says: "its closure declined",
    },
    Row {
        name: "filtered, which is silent",
        mocks: |net| {
            net.get("https://api.shop.io/products")
                .filter(|_| false)
                .optional()
                .reply(200);
            net.get("https://api.shop.io/products/all")
                .named("the one")
                .optional()
                .reply(200);
        },
        requests: || get("https://api.shop.io/products"),
        says: "/products/all",
    },
    Row {
        name: "a retry of fifty",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: || {
            (0..50)
                .flat_map(|_| get("https://api.shop.io/product"))
                .collect()
        },
        says: "x50",
    },
    Row {
        name: "a matcher of the user's own",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/hooks")
                .matching(Signed)
                .named("the one")
                .reply(200);
        },
        requests: || {
            vec![Request::post("https://api.shop.io/hooks").with_header("x-signature", "abc")]
        },
        says: "expected 64 characters, received abc",
    },
    Row {
        name: "a closure said no",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/hooks")
                .when(|req| req.query("live").is_some())
                .named("the one")
                .reply(200);
        },
        requests: || {
            vec![Request::post("https://api.shop.io/hooks").with_header("x-signature", "abc")]
        },
        says: "closure",
    },
    Row {
        name: "several misses",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/orders")
                .header("accept", "application/json")
                .query("dry", "1")
                .json(json!({"sku": "A1"}))
                .named("the one")
                .reply(201);
        },
        requests: || {
            vec![
                Request::post("https://api.shop.io/orders?dry=0")
                    .with_header("accept", "text/html")
                    .with_body(r#"{"sku": "B1"}"#),
            ]
        },
        says: "accept",
    },
    Row {
        name: "several requests",
        mocks: |net| {
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
            net.get("https://api.shop.io/users/7").reply(200);
        },
        requests: || {
            [
                get("https://api.shop.io/product"),
                get("https://api.shop.io/user/7"),
            ]
            .concat()
        },
        says: "2 requests matched no mock",
    },
    Row {
        name: "a template beside a literal",
        mocks: |net| {
            net.get("https://api.shop.io/users/me")
                .optional()
                .reply(200);
            net.get("https://api.shop.io/users/{id}")
                .path_param("id", re("^[0-9]+$"))
                .named("the one")
                .reply(200);
            net.get("https://api.shop.io/orders/{id}")
                .optional()
                .reply(200);
        },
        requests: || get("https://api.shop.io/users/x7"),
        says: "path parameter {id}",
    },
    Row {
        name: "a template for another resource",
        mocks: |net| {
            net.get("https://api.shop.io/orders/{id}/items/{item}")
                .optional()
                .reply(200);
            net.get("https://api.shop.io/users/{id}")
                .optional()
                .reply(200);
            net.get("https://api.shop.io/users/{id}/posts")
                .named("the one")
                .reply(200);
        },
        requests: || get("https://api.shop.io/users/7/post"),
        says: "the mock says `posts`, the request `post`",
    },
    Row {
        name: "a wildcard that the bare host does not fit",
        mocks: |net| {
            shop(net);
            net.get("https://*.example.com/a")
                .named("the one")
                .reply(200);
        },
        requests: || get("https://example.com/a"),
        says: "*.example.com",
    },
    Row {
        name: "a body that is no JSON",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/orders")
                .json(json!({"sku": "A1"}))
                .named("the one")
                .reply(201);
        },
        requests: || post("https://api.shop.io/orders", "sku=A1"),
        says: "not JSON",
    },
    Row {
        name: "no body at all",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/orders")
                .json(json!({"sku": "A1"}))
                .named("the one")
                .reply(201);
        },
        requests: || vec![Request::post("https://api.shop.io/orders")],
        says: "the request has no body",
    },
    Row {
        name: "no mocks at all",
        mocks: |_| {},
        requests: || get("https://api.shop.io/products"),
        says: "mock::get(\"https://api.shop.io/products\").reply(200)",
    },
    Row {
        name: "a form field",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/token")
                .form("grant_type", "password")
                .form("user", "me")
                .named("the one")
                .reply(200);
        },
        requests: || {
            vec![
                Request::post("https://api.shop.io/token").with_body("grant_type=passwort&user=me"),
            ]
        },
        says: "form field `grant_type`",
    },
    Row {
        name: "a cookie",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/me")
                .cookie("session", "7")
                .named("the one")
                .reply(200);
        },
        requests: || {
            vec![
                Request::get("https://api.shop.io/me")
                    .with_header("cookie", "sesion=7; theme=dark"),
            ]
        },
        says: "cookie `session`",
    },
    Row {
        name: "a text body",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/note")
                .body("one\ntwo\nthree\n")
                .named("the one")
                .reply(200);
        },
        requests: || vec![Request::post("https://api.shop.io/note").with_body("one\ntow\nthree\n")],
        says: "body",
    },
    Row {
        name: "a regex over the URL",
        mocks: |net| {
            shop(net);
            net.get(re(r"shop\.io/v[0-9]+/status$"))
                .named("the one")
                .reply(200);
        },
        requests: || get("https://web.shop.io/vX/status"),
        says: "url",
    },
    Row {
        name: "another id of the same resource, spent",
        mocks: |net| {
            for id in 1..=5 {
                net.get(format!("https://api.shop.io/users/{id}"))
                    .optional()
                    .reply(200);
            }
            net.get("https://api.shop.io/users/7")
                .named("the one")
                .reply(200);
        },
        requests: || {
            [
                get("https://api.shop.io/users/7"),
                get("https://api.shop.io/users/7"),
            ]
            .concat()
        },
        says: "spent",
    },
    Row {
        name: "a base path too much",
        mocks: |net| {
            shop(net);
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: || get("https://api.shop.io/v1/products"),
        says: "the request has `/v1` in front, the mock has not",
    },
];
