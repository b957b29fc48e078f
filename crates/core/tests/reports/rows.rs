//! The mistakes, one row each.

mod of_counts;
mod of_parts;
mod of_urls;

use standin_core::Engine;
use standin_core::prelude::*;

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

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    [of_urls::ROWS, of_counts::ROWS, of_parts::ROWS]
        .into_iter()
        .flatten()
}
