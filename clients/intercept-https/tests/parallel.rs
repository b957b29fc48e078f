//! 200 tests in one process mock the same `https` URL with different answers, by eight clients, two of them shared, at any number of threads.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::process::Command;
use std::sync::LazyLock;
use std::{env, thread};

use standin::prelude::*;

const URL: &str = "https://api.example.test/whose";

fn by_ureq(answer: &'static str) {
    let _net = standin::activate();
    mock::get(URL).times(3).reply(answer);
    let asked = || {
        let mut reply = ureq::get(URL).call().expect("answered");
        reply.body_mut().read_to_string().expect("text")
    };
    assert_eq!(asked(), answer);
    assert_eq!(asked(), answer);
    let child = thread::spawn(asked);
    assert_eq!(child.join().expect("no panic"), answer);
}

fn by_blocking_reqwest(answer: &'static str) {
    let _net = standin::activate();
    mock::get(URL).times(2).reply(answer);
    for _ in 0..2 {
        let reply = reqwest::blocking::get(URL).expect("answered");
        assert_eq!(reply.text().expect("text"), answer);
    }
}

fn by_curl(answer: &'static str) {
    let _net = standin::activate();
    mock::get(URL).times(2).reply(answer);
    let mut easy = curl::easy::Easy::new();
    easy.url(URL).expect("a URL");
    for _ in 0..2 {
        let mut body = Vec::new();
        let mut transfer = easy.transfer();
        let take = |piece: &[u8]| {
            body.extend_from_slice(piece);
            Ok(piece.len())
        };
        transfer.write_function(take).expect("set");
        transfer.perform().expect("answered");
        drop(transfer);
        assert_eq!(body, answer.as_bytes());
    }
}

async fn by_reqwest(answer: &'static str) {
    let _net = standin::activate();
    mock::get(URL).times(3).reply(answer);
    let client = reqwest::Client::new();
    for _ in 0..2 {
        let reply = client.get(URL).send().await.expect("answered");
        assert_eq!(reply.text().await.expect("text"), answer);
    }
    let spawned = tokio::spawn(async { reqwest::get(URL).await?.text().await });
    assert_eq!(spawned.await.expect("no panic").expect("answered"), answer);
}

async fn by_native_tls(answer: &'static str) {
    let _net = standin::activate();
    mock::get(URL).times(2).reply(answer);
    let client = reqwest_0_12::Client::builder().use_native_tls().build();
    let client = client.expect("a client");
    for _ in 0..2 {
        let reply = client.get(URL).send().await.expect("answered");
        assert_eq!(reply.text().await.expect("text"), answer);
    }
}

/// As programs have it, and all tests of them by it.
async fn by_a_static_client(answer: &'static str) {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(reqwest::Client::new);
    let _net = standin::activate();
    mock::get(URL).times(10).reply(answer);
    for _ in 0..10 {
        let reply = CLIENT.get(URL).send().await.expect("answered");
        assert_eq!(reply.text().await.expect("text"), answer);
    }
}

macro_rules! tests {
    ($($name:ident)*) => {$(
        mod $name {
            #[test]
            fn by_ureq() {
                super::by_ureq(concat!(stringify!($name), " by ureq"));
            }

            #[test]
            fn by_blocking_reqwest() {
                super::by_blocking_reqwest(concat!(stringify!($name), " by blocking reqwest"));
            }

            #[test]
            fn by_curl() {
                super::by_curl(concat!(stringify!($name), " by curl"));
            }

            #[tokio::test]
            async fn by_reqwest() {
                super::by_reqwest(concat!(stringify!($name), " by reqwest")).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn by_reqwest_on_many_threads() {
                super::by_reqwest(concat!(stringify!($name), " by reqwest on many threads")).await;
            }

            #[tokio::test]
            async fn by_a_static_client() {
                super::by_a_static_client(concat!(stringify!($name), " by a static client")).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn by_a_static_client_on_many_threads() {
                let answer = concat!(stringify!($name), " by a static client on many threads");
                super::by_a_static_client(answer).await;
            }

            #[tokio::test]
            async fn by_native_tls() {
                super::by_native_tls(concat!(stringify!($name), " by native-tls")).await;
            }
        }
    )*};
}

tests! {
    a b c d e f g h i j k l m n o p q r s t u v w x y
}

/// Once each, or as often as `STANDIN_RUNS` says.
#[test]
fn at_2_8_and_32_threads() {
    let runs: usize = env::var("STANDIN_RUNS").map_or(1, |runs| runs.parse().expect("a number"));
    for threads in ["2", "8", "32"].repeat(runs) {
        let ran = Command::new(env::current_exe().expect("it runs"))
            .args(["--skip", "at_2_8_and_32_threads", "--test-threads", threads])
            .env_remove("NEXTEST")
            .output()
            .expect("started");
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success(), "at {threads} threads: {said}");
        assert!(said.contains("200 passed"), "at {threads} threads: {said}");
    }
}
