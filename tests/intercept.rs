//! The code under test makes its own client, with the URL written in: nothing of it is changed.
#![cfg(all(feature = "intercept", target_os = "linux", target_env = "gnu"))]

use std::process::Command;
use std::{env, thread};

use standin::prelude::*;

/// Code of somebody else, four crates down.
mod some_dependency {
    pub(crate) async fn zen() -> reqwest::Result<String> {
        reqwest::get("http://api.standin.test/zen")
            .await?
            .text()
            .await
    }
}

#[tokio::test]
async fn zen() -> anyhow::Result<()> {
    let _net = standin::activate();
    mock::get("http://api.standin.test/zen").reply("Keep it logically awesome.");
    assert_eq!(some_dependency::zen().await?, "Keep it logically awesome.");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_threads_of_a_runtime() -> anyhow::Result<()> {
    let _net = standin::activate();
    mock::get("http://api.standin.test/zen").reply("Design for failure.");
    assert_eq!(
        tokio::spawn(some_dependency::zen()).await??,
        "Design for failure."
    );
    Ok(())
}

#[test]
fn an_engine_that_is_carried_answers_where_it_is_attached() {
    let engine = standin::engine();
    engine
        .get("http://api.standin.test/zen")
        .reply("Speak like a human.");
    let work = engine.attach(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(some_dependency::zen())
    });
    let said = thread::spawn(work).join().expect("no panic");
    assert_eq!(said.expect("answered"), "Speak like a human.");
}

#[tokio::test]
async fn an_error_that_is_swallowed_fails_the_test() {
    let net = standin::activate();
    let refused = reqwest::get("http://other.standin.test/").await;
    assert!(refused.is_err_and(|error| error.is_connect()));
    let told = net.report().to_string();
    assert!(
        told.contains("a connection to other.standin.test")
            && told.contains(r#"`mock::any("other.standin.test")` answers there"#),
        "{told}"
    );
    net.take_unmatched();
}

#[test]
fn switched_off_its_report_says_so() {
    if env::var_os("STANDIN_INTERCEPT").is_none() {
        let ran = Command::new(env::current_exe().expect("it runs"))
            .args(["--exact", "switched_off_its_report_says_so"])
            .env("STANDIN_INTERCEPT", "off")
            .output()
            .expect("started");
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stdout)
        );
        return;
    }
    let net = standin::activate();
    let missing = mock::get("http://api.standin.test/zen").reply(200);
    let told = net.report().to_string();
    assert!(told.contains("STANDIN_INTERCEPT=off"), "{told}");
    missing.remove();
}

#[test]
fn a_wish_that_cannot_be_met_is_not_passed_over() {
    const NAME: &str = "a_wish_that_cannot_be_met_is_not_passed_over";
    if env::var_os("STANDIN_INTERCEPT").is_some_and(|wish| wish == "seal") {
        let _net = standin::activate();
        return;
    }
    let ran = Command::new(env::current_exe().expect("it runs"))
        .args(["--exact", NAME, "--nocapture"])
        .env("STANDIN_INTERCEPT", "seal")
        .output()
        .expect("started");
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(!ran.status.success());
    assert!(
        told.contains("tests/intercept.rs") && told.contains("neither `on` nor `sealed` nor `off`"),
        "{told}"
    );
}
