//! 150 tests in one process mock the same URL with different answers, by five clients, at any number of threads.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::process::Command;
use std::sync::Barrier;
use std::{env, thread};

use clients::{get, get_with_timeout, start};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use standin_core::prelude::*;

const HOST: &str = "api.standin.test:80";
const URL: &str = "http://api.standin.test/whose";

fn by_std(answer: &'static str) {
    let _net = start();
    mock::get(URL).times(3).reply(answer);
    assert_eq!(get(HOST, "/whose").expect("answered"), answer);
    assert_eq!(get_with_timeout(HOST, "/whose").expect("answered"), answer);
    let child = thread::spawn(|| get(HOST, "/whose"));
    assert_eq!(child.join().expect("no panic").expect("answered"), answer);
}

fn by_ureq(answer: &'static str) {
    let _net = start();
    mock::get(URL).times(2).reply(answer);
    for _ in 0..2 {
        let mut reply = ureq::get(URL).call().expect("answered");
        assert_eq!(reply.body_mut().read_to_string().expect("text"), answer);
    }
}

fn by_blocking_reqwest(answer: &'static str) {
    let _net = start();
    mock::get(URL).times(2).reply(answer);
    for _ in 0..2 {
        let reply = reqwest::blocking::get(URL).expect("answered");
        assert_eq!(reply.text().expect("text"), answer);
    }
}

async fn by_reqwest(answer: &'static str) {
    let _net = start();
    mock::get(URL).times(3).reply(answer);
    let client = reqwest::Client::new();
    for _ in 0..2 {
        let reply = client.get(URL).send().await.expect("answered");
        assert_eq!(reply.text().await.expect("text"), answer);
    }
    let spawned = tokio::spawn(async { reqwest::get(URL).await?.text().await });
    assert_eq!(spawned.await.expect("no panic").expect("answered"), answer);
}

async fn by_hyper(answer: &'static str) {
    let _net = start();
    mock::get(URL).times(2).reply(answer);
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    for _ in 0..2 {
        let reply = client
            .get(URL.parse().expect("a URL"))
            .await
            .expect("answered");
        let body = reply.into_body().collect().await.expect("whole").to_bytes();
        assert_eq!(body, answer);
    }
}

macro_rules! tests {
    ($($name:ident)*) => {$(
        mod $name {
            #[test]
            fn by_std() {
                super::by_std(concat!(stringify!($name), " by std"));
            }

            #[test]
            fn by_ureq() {
                super::by_ureq(concat!(stringify!($name), " by ureq"));
            }

            #[test]
            fn by_blocking_reqwest() {
                super::by_blocking_reqwest(concat!(stringify!($name), " by blocking reqwest"));
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
            async fn by_hyper() {
                super::by_hyper(concat!(stringify!($name), " by hyper")).await;
            }
        }
    )*};
}

tests! {
    a b c d e f g h i j k l m n o p q r s t u v w x y
}

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
        assert!(said.contains("151 passed"), "at {threads} threads: {said}");
    }
}

/// Threads of one test, each with an engine of its own: the threads that their clients start are of their lineage alone.
#[test]
fn siblings_in_one_test_keep_to_their_own_engines() {
    let all_active = Barrier::new(8);
    thread::scope(|scope| {
        for answer in ["0", "1", "2", "3", "4", "5", "6", "7"] {
            let all_active = &all_active;
            scope.spawn(move || {
                let net = start();
                let whose = mock::get(URL).times(2).reply(answer);
                all_active.wait();
                let said = [(); 2].map(|()| reqwest::blocking::get(URL)?.text());
                // Nobody leaves before all were asked.
                all_active.wait();
                for said in said {
                    assert_eq!(said.expect("answered"), answer);
                }
                whose.assert_called(2);
                drop(net);
            });
        }
    });
}
