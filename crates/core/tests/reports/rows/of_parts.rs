//! Mistakes in headers, cookies, bodies, and what closures and the user's own matchers say.

use standin_core::prelude::*;
use standin_core::{Matcher, Miss, Part};

use super::{post, shop};
use crate::Row;

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

pub(super) const ROWS: &[Row] = &[
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
        name: "a form where JSON is wanted",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/orders")
                .json(json!({"sku": "A1"}))
                .named("the one")
                .reply(201);
        },
        requests: || {
            vec![
                Request::post("https://api.shop.io/orders")
                    .with_header("content-type", "application/x-www-form-urlencoded")
                    .with_body("sku=A1"),
            ]
        },
        says: "not JSON but a form, `application/x-www-form-urlencoded`",
    },
    Row {
        name: "text where JSON is wanted",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/orders")
                .json(json!({"sku": "A1"}))
                .named("the one")
                .reply(201);
        },
        requests: || {
            vec![
                Request::post("https://api.shop.io/orders")
                    .with_header("content-type", "text/plain")
                    .with_body("sku: A1"),
            ]
        },
        says: "its content type is `text/plain`",
    },
    Row {
        name: "JSON where a form is wanted",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/token")
                .form("grant_type", "password")
                .named("the one")
                .reply(200);
        },
        requests: || post("https://api.shop.io/token", r#"{"grant_type": "password"}"#),
        says: "the body is no form but `application/json`",
    },
    Row {
        name: "no body where a form is wanted",
        mocks: |net| {
            shop(net);
            net.post("https://api.shop.io/token")
                .form_exact([("grant_type", "password")])
                .named("the one")
                .reply(200);
        },
        requests: || vec![Request::post("https://api.shop.io/token")],
        says: "the request has no body",
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
];
