//! redis-rs, blocking and on tokio: a protocol of the test's own is the server.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod protocols;

use protocols::Redis;
use redis::{AsyncTypedCommands, TypedCommands};
use standin::prelude::*;

/// Code of somebody else, with its host written in.
fn visits(url: &str) -> redis::RedisResult<isize> {
    let mut connection = redis::Client::open(url)?.get_connection()?;
    connection.set("visits", "41")?;
    connection.incr("visits", 1)
}

#[test]
fn by_name_and_by_address() {
    let _net = standin::activate();
    for place in ["redis.standin.test:6379", "93.184.216.34:6379", "[2001:db8::7]:6379"] {
        let redis = mock::tcp(place).serve(Redis::default());
        assert_eq!(visits(&format!("redis://{place}/")).expect("answered"), 42);
        assert!(redis.last_call().text().contains("visits"));
    }
}

#[test]
fn within_tls_by_name_and_by_address() {
    let _net = standin::activate();
    for place in ["redis.standin.test:6380", "93.184.216.34:6380"] {
        mock::tcp(place).serve(Redis::default());
        assert_eq!(visits(&format!("rediss://{place}/")).expect("answered"), 42);
    }
}

#[tokio::test]
async fn on_tokio() {
    let _net = standin::activate();
    for url in [
        "redis://redis.standin.test:6379",
        "redis://93.184.216.34:6379",
        "rediss://redis.standin.test:6380",
        "rediss://93.184.216.34:6380",
    ] {
        let (_, place) = url.split_once("//").expect("a scheme");
        mock::tcp(place).serve(Redis::default());
        let client = redis::Client::open(url).expect("a URL");
        let mut connection = client
            .get_multiplexed_async_connection()
            .await
            .expect("connected");
        connection.set("a", "1").await.expect("set");
        assert_eq!(connection.get("a").await.expect("got").as_deref(), Some("1"));
    }
}

#[test]
fn a_server_that_is_not_mocked_is_refused_and_told() {
    for (place, said) in [
        ("other.standin.test:6379", "other.standin.test"),
        ("93.184.216.35:6379", "93.184.216.35:6379"),
    ] {
        let net = standin::activate().lenient();
        visits(&format!("redis://{place}/")).expect_err("refused");
        assert!(!net.take_unmatched().is_empty(), "{place}");
        drop(net);
        let net = standin::activate();
        visits(&format!("redis://{place}/")).expect_err("refused");
        let report = net.report().to_string();
        assert!(report.contains("matched no mock: none is registered"), "{report}");
        assert!(report.contains(said), "{report}");
        net.take_unmatched();
    }
}
