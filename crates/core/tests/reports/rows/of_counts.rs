//! Mocks that are spent, declared never, declined, or not called, and requests that come several times.

use standin_core::prelude::*;

use super::{get, shop};
use crate::Row;

pub(super) const ROWS: &[Row] = &[
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
        name: "no mocks at all",
        mocks: |_| {},
        requests: || get("https://api.shop.io/products"),
        says: "mock::get(\"https://api.shop.io/products\").reply(200)",
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
];
