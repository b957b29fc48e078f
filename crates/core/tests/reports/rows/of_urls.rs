//! Mistakes in the method or the URL.

use standin_core::prelude::*;

use super::{get, post, shop};
use crate::Row;

pub(super) const ROWS: &[Row] = &[
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
    Row {
        name: "a connection to another host",
        mocks: |net| {
            net.get("https://api.shop.io/products")
                .named("the one")
                .reply(200);
        },
        requests: || {
            vec![Request::new(
                http::Method::CONNECT,
                "https://pay.bank.io:8443/",
            )]
        },
        says: "host: expected api.shop.io, received pay.bank.io",
    },
    Row {
        name: "a connection, and no mocks at all",
        mocks: |_| {},
        requests: || {
            vec![Request::new(
                http::Method::CONNECT,
                "http://[2001:db8::1]:81/",
            )]
        },
        says: "`mock::any(\"http://[2001:db8::1]:81\")` answers there",
    },
];
