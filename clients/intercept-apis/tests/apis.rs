//! Three published API clients, unchanged and side by side in one process: each test has its own answers for the same hosts.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use standin::prelude::*;

/// The same test several times, each with another answer: libtest runs them in parallel.
macro_rules! in_parallel {
    ($($name:ident: $number:literal;)*) => {$(
        mod $name {
            use super::*;

            #[tokio::test]
            async fn octocrab() -> anyhow::Result<()> {
                super::octocrab($number).await
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn crates_io_api() -> anyhow::Result<()> {
                super::crates_io_api($number).await
            }

            #[test]
            fn crates_io_api_blocking() -> anyhow::Result<()> {
                super::crates_io_api_blocking($number)
            }

            #[test]
            fn hf_hub() -> anyhow::Result<()> {
                super::hf_hub($number)
            }
        }
    )*};
}

in_parallel! {
    one: 1;
    two: 2;
    three: 3;
    four: 4;
    five: 5;
    six: 6;
}

async fn octocrab(number: u64) -> anyhow::Result<()> {
    let _net = standin::activate();
    mock::get("https://api.github.com/zen").reply(format!("zen {number}"));
    let github = octocrab::Octocrab::builder().build()?;
    let zen: http_text::Text = http_text::get(&github, "/zen").await?;
    assert_eq!(zen, format!("zen {number}"));
    Ok(())
}

/// octocrab reads JSON; the zen is text.
mod http_text {
    pub(crate) type Text = String;

    pub(crate) async fn get(github: &octocrab::Octocrab, path: &str) -> anyhow::Result<Text> {
        let reply = github._get(path).await?;
        Ok(github.body_to_string(reply).await?)
    }
}

fn summary(number: u64) -> serde_json::Value {
    json!({
        "just_updated": [], "most_downloaded": [], "new_crates": [], "most_recently_downloaded": [],
        "num_crates": number, "num_downloads": 1, "popular_categories": [], "popular_keywords": []
    })
}

async fn crates_io_api(number: u64) -> anyhow::Result<()> {
    let _net = standin::activate();
    mock::get("https://crates.io/api/v1/summary").reply(summary(number));
    let client = crates_io_api::AsyncClient::new("standin (tests)", std::time::Duration::from_millis(1))?;
    assert_eq!(client.summary().await?.num_crates, number);
    Ok(())
}

fn crates_io_api_blocking(number: u64) -> anyhow::Result<()> {
    let _net = standin::activate();
    mock::get("https://crates.io/api/v1/summary").reply(summary(number));
    let client = crates_io_api::SyncClient::new("standin (tests)", std::time::Duration::from_millis(1))?;
    assert_eq!(client.summary()?.num_crates, number);
    Ok(())
}

fn hf_hub(number: u64) -> anyhow::Result<()> {
    let _net = standin::activate();
    mock::get("https://huggingface.co/api/models/gpt2/revision/main").reply(json!({"siblings": [{"rfilename": "a"}], "sha": number.to_string()}));
    let api = hf_hub::api::sync::ApiBuilder::new().with_progress(false).with_token(None).build()?;
    assert_eq!(api.model("gpt2".to_owned()).info()?.sha, number.to_string());
    Ok(())
}
