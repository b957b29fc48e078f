//! Clients with a resolver of their own, as they come, their hosts written in.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::error::Error;
use std::net::IpAddr;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{CLOUDFLARE, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use standin::prelude::*;

type Tested = Result<(), Box<dyn Error>>;

fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().hickory_dns(true).build()
}

/// A resolver that asks name servers far away, by UDP, and by TCP where that is needed.
fn resolver() -> Result<TokioResolver, Box<dyn Error>> {
    let config = ResolverConfig::udp_and_tcp(&CLOUDFLARE);
    let provider = TokioRuntimeProvider::default();
    Ok(TokioResolver::builder_with_config(config, provider).build()?)
}

#[tokio::test]
async fn a_client_with_its_own_resolver_is_answered() -> Tested {
    let _net = standin::activate();
    mock::get("https://api.standin.test/zen").reply("Keep it logically awesome.");
    let reply = client()?.get("https://api.standin.test/zen").send().await?;
    assert_eq!(reply.text().await?, "Keep it logically awesome.");
    Ok(())
}

#[tokio::test]
async fn http_and_https_by_name_and_by_address() -> Tested {
    let _net = standin::activate();
    let before = reqwest_0_12::Client::builder().hickory_dns(true).build()?;
    for url in [
        "http://api.standin.test/zen",
        "http://93.184.216.34/zen",
        "https://api.standin.test/zen",
        "https://93.184.216.34/zen",
    ] {
        mock::get(url).times(2).reply("Keep it logically awesome.");
        let text = client()?.get(url).send().await?.text().await?;
        assert_eq!(text, "Keep it logically awesome.", "0.13, {url}");
        let text = before.get(url).send().await?.text().await?;
        assert_eq!(text, "Keep it logically awesome.", "0.12, {url}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_threads_of_a_runtime() -> Tested {
    let _net = standin::activate();
    let mut asked = Vec::new();
    let client = client()?;
    for number in 0..8 {
        let url = format!("https://host{number}.standin.test/");
        mock::get(url.as_str()).reply(format!("of {number}"));
        asked.push((number, tokio::spawn(client.get(url).send())));
    }
    for (number, asked) in asked {
        assert_eq!(asked.await??.text().await?, format!("of {number}"));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn paused_time_fires_no_timeout() -> Tested {
    let _net = standin::activate();
    mock::get("https://api.standin.test/slow").reply(reply(200).body("late").delay(secs(30)));
    let reply = client()?.get("https://api.standin.test/slow").send().await?;
    assert_eq!(reply.text().await?, "late");
    Ok(())
}

#[tokio::test]
async fn another_name_is_not_found_and_fails_the_test() -> Tested {
    let net = standin::activate();
    let refused = client()?.get("https://other.standin.test/").send().await;
    assert!(refused.is_err_and(|error| error.is_connect()));
    let told = net.report().to_string();
    assert!(told.contains("other.standin.test"), "{told}");
    net.take_unmatched();
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_declared_to_fail_fails() -> Tested {
    let _net = standin::activate();
    let mocked = mock::get("https://api.standin.test/").reply(Fault::NameNotFound);
    let refused = client()?.get("https://api.standin.test/").send().await;
    assert!(refused.is_err_and(|error| error.is_connect()));
    mocked.assert_called(1);
    Ok(())
}

#[tokio::test]
async fn a_resolver_alone_hears_the_same() -> Tested {
    let net = standin::activate();
    mock::get("https://api.standin.test/").optional().reply(200);
    let resolver = resolver()?;
    let found: Vec<IpAddr> = resolver.lookup_ip("api.standin.test.").await?.iter().collect();
    assert!(found.len() == 1 && found[0].is_loopback(), "{found:?}");
    assert!(resolver.lookup_ip("other.standin.test.").await.is_err());
    assert!(resolver.lookup_ip("other.standin.test.").await.is_err());
    assert!(!net.take_unmatched().is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_slow_name_server_answers_late_by_the_runtimes_time() -> Tested {
    let _net = standin::activate();
    mock::get("https://api.standin.test/").reply(reply(200).body("late").lookup_delay(secs(3)));
    let began = tokio::time::Instant::now();
    let reply = client()?.get("https://api.standin.test/").send().await?;
    assert_eq!(reply.text().await?, "late");
    let passed = began.elapsed();
    assert!((secs(3)..secs(4)).contains(&passed), "{passed:?}");
    Ok(())
}
