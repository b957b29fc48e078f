//! The README's code, compiled and run. What stands there between fences has to stand here, line for line.

use std::sync::LazyLock;

#[rustfmt::skip]
mod first_screen {
    use standin::prelude::*;

    #[tokio::test]
    async fn fetches_a_user() -> anyhow::Result<()> {
        let _net = standin::activate();
        mock::get("https://api.github.com/users/7").header("accept", "application/json").reply(json!({"id": 7, "name": "Ada"}));
        assert_eq!(my_app::user(7).await?.name, "Ada");     // a plain reqwest client asks https://api.github.com/users/7, four crates down
        Ok(())
    }   // leaving verifies: every mock met, nothing unmatched

    /// The code under test. It would know nothing of standin, had the reqwest of this workspace TLS; `clients/intercept-https` has
    /// this test with one that has.
    mod my_app {
        #[derive(serde::Deserialize)]
        pub(super) struct User {
            pub(super) name: String,
        }

        pub(super) async fn user(id: u32) -> anyhow::Result<User> {
            let client = reqwest::Client::builder().connector_layer(standin::reqwest::layer()).build()?;
            let url = format!("https://api.github.com/users/{id}");
            let answer = client.get(url).header("accept", "application/json").send().await?;
            Ok(serde_json::from_slice(&answer.bytes().await?)?)
        }
    }
}

#[rustfmt::skip]
#[test]
fn declarations_of_every_kind() {
    use standin::prelude::*;
    use standin::{Outcome, Request};

    let net = standin::activate();
    let gate = Gate::new();
    mock::get("https://x.io/users/{id}").reply(|req: &Request| json!({"id": req.path_param("id")}));
    mock::post("https://x.io/orders").header("authorization", re("^Bearer ")).json_includes(json!({"sku": "A1"})).reply(201);
    mock::get("https://x.io/flaky").reply([503, 503, 200]);                        // one after the other
    mock::get("https://x.io/odd").reply(replies![Fault::Reset, 503, json!({"ok": true})]);
    mock::get("https://x.io/slow").reply(reply(200).delay(secs(30)));              // by the client's own clock
    mock::get("https://x.io/race").reply(reply(200).hold(&gate));                  // until gate.open()
    mock::get("https://x.io/down").reply(Fault::Reset.chance(0.1).or(200));        // from a seed that a failure prints
    mock::get("https://x.io/cut").reply(reply(200).body("hello world").breaks_after(5, Fault::Closed));
    mock::get("https://x.io/drip").reply(reply(200).delay(millis(20)..=millis(80)).chunk("one").gap(secs(3)).chunk("two"));
    mock::get("https://x.io/live").reply(events().send(Event::data("1").id("7")).gap(secs(30)).keep_alive(secs(10)));
    mock::get("wss://x.io/chat").websocket(ws().expect_text("hi").send_text("ho").delay(secs(1)).close(1000, "bye"));
    mock::any("https://*.metrics.io").persist().optional().reply(202);
    mock::post("https://x.io/up").reply(async |_: Request, mut body: RequestBody| match body.chunk().await {
        Some(first) if first.starts_with(b"GIF8") => 201,                          // chunk by chunk, as the client sends it
        _ => 415,
    });
    let orders = mock::post("https://x.io/orders").times(2).reply_async(async |req| (201, req.text().into_owned()));

    let serve = |request: Request| match net.serve_blocking(request) {
        Outcome::Reply(answered) => answered.ticket.settle(),
        Outcome::Converse(conversing) => conversing.ticket.settle(),
        other => panic!("{other:?}"),
    };
    let typed = Request::post("https://x.io/orders").with_header("authorization", "Bearer t").with_body(r#"{"sku": "A1", "n": 1}"#);
    serve(typed);
    serve(Request::post("https://x.io/up").with_body("GIF89a"));
    serve(Request::get("https://x.io/chat").with_header("upgrade", "websocket"));
    for _ in 0..2 {
        serve(Request::post("https://x.io/orders").with_body("{}"));
    }
    for (path, times) in [("users/7", 1), ("flaky", 3), ("odd", 3), ("slow", 1), ("race", 1), ("down", 1), ("cut", 1), ("drip", 1), ("live", 1)] {
        for _ in 0..times {
            serve(Request::get(format!("https://x.io/{path}")));
        }
    }
    orders.assert_called(2);
    orders.last_call().json::<serde_json::Value>().expect("a JSON body");
    orders.wait_for(2).within(secs(5)).blocking();
}

/// This file, its lines trimmed.
static SOURCE: LazyLock<String> = LazyLock::new(|| trimmed(include_str!("readme.rs")));

fn trimmed(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_the_readme_shows_is_compiled_here() {
    let readme = include_str!("../README.md");
    let blocks: Vec<&str> = readme
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(blocks.len(), 2, "the README's blocks of Rust");
    for block in blocks {
        for part in trimmed(block).split("\n\n") {
            assert!(
                SOURCE.contains(part.trim()),
                "this stands in the README alone:\n{part}"
            );
        }
    }
}
