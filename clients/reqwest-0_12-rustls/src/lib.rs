//! Code under test as others write it: a client of GitHub whose host is written in.

use serde_json::Value;

/// The name of a user.
///
/// # Errors
/// When GitHub refuses or cannot be reached.
pub async fn name(client: &reqwest::Client, id: u32) -> reqwest::Result<String> {
    let user: Value = client.get(format!("https://api.github.com/users/{id}")).send().await?.error_for_status()?.json().await?;
    Ok(user["name"].as_str().unwrap_or_default().to_owned())
}

/// The same for code without a runtime.
///
/// # Errors
/// When GitHub refuses or cannot be reached.
pub fn name_blocking(client: &reqwest::blocking::Client, id: u32) -> reqwest::Result<String> {
    let user: Value = client.get(format!("https://api.github.com/users/{id}")).send()?.error_for_status()?.json()?;
    Ok(user["name"].as_str().unwrap_or_default().to_owned())
}
