//! A test that passes and one that fails, as they look from inside: `cargo run --example quickstart`.
//!
//! The code under test asks `https://api.github.com`, and nothing ever leaves this process.

#![allow(clippy::print_stdout, reason = "an example shows what happens")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use standin::prelude::*;

/// The code under test. It knows nothing of standin.
async fn user_name(client: &reqwest::Client, id: u32) -> anyhow::Result<String> {
    let url = format!("https://api.github.com/users/{id}");
    let response = client
        .get(url)
        .header("accept", "application/json")
        .send()
        .await?
        .error_for_status()?;
    let user: serde_json::Value = serde_json::from_slice(&response.bytes().await?)?;
    Ok(user["name"].as_str().unwrap_or("nobody").to_owned())
}

/// With the layer, this runs on every system. On Linux with glibc a plain `reqwest::Client::new()` is reached without it, as in the
/// README's test.
fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connector_layer(standin::reqwest::layer())
        .build()
}

async fn passes() -> anyhow::Result<()> {
    let _net = standin::activate();
    mock::get("https://api.github.com/users/7")
        .header("accept", "application/json")
        .reply(json!({"id": 7, "name": "Ada"}));
    assert_eq!(user_name(&client()?, 7).await?, "Ada");
    Ok(())
}

async fn fails() -> anyhow::Result<()> {
    let net = standin::activate();
    net.run(async {
        mock::get("https://api.github.com/users/7")
            .header("accept", "application/vnd.github+json")
            .reply(json!({"id": 7, "name": "Ada"}));
        assert_eq!(user_name(&client()?, 7).await?, "Ada");
        Ok(())
    })
    .await
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;

    runtime.block_on(passes())?;
    println!("The first test passed: every mock was asked, and every request was expected.");

    println!("The second test asks with another `accept` than its mock wants. Its report:");
    let failed = catch_unwind(AssertUnwindSafe(|| runtime.block_on(fails())));
    println!(
        "\n(That it failed is what this example shows: {}.)",
        failed.is_err()
    );
    Ok(())
}
