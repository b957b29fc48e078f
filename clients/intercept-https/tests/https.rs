//! Clients as they come, over https with the host written in: nothing is passed to them, and no root is given.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::error::Error;
use std::time::Duration;

use standin::prelude::*;

type Tested = Result<(), Box<dyn Error>>;

/// The README's first test.
mod first_screen {
    use standin::prelude::*;

    #[tokio::test]
    async fn fetches_a_user() -> Result<(), Box<dyn std::error::Error>> {
        let _net = standin::activate();
        mock::get("https://api.github.com/users/7")
            .header("accept", "application/json")
            .reply(json!({"id": 7, "name": "Ada"}));
        assert_eq!(my_app::user(7).await?, r#"{"id":7,"name":"Ada"}"#);
        Ok(())
    }

    /// The code under test. It knows nothing of standin.
    mod my_app {
        pub(super) async fn user(id: u32) -> reqwest::Result<String> {
            let client = reqwest::Client::new();
            let url = format!("https://api.github.com/users/{id}");
            client
                .get(url)
                .header("accept", "application/json")
                .send()
                .await?
                .text()
                .await
        }
    }
}

const ZEN: &str = "Keep it logically awesome.";

/// `http` and `https`, by name and by address: a mock for each, to be asked once.
fn four() -> [&'static str; 4] {
    let four = [
        "http://api.example.test/zen",
        "http://93.184.216.34/zen",
        "https://api.example.test/zen",
        "https://93.184.216.34/zen",
    ];
    four.map(zen)
}

fn zen(url: &'static str) -> &'static str {
    mock::get(url).reply(ZEN);
    url
}

mod reqwest_0_13 {
    use super::*;

    async fn answers(name: &str, client: reqwest::ClientBuilder) -> Tested {
        let client = client.build()?;
        for url in four() {
            let reply = client.get(url).send().await;
            let reply = reply.map_err(|error| format!("{name}, {url}: {error:?}"))?;
            assert_eq!(reply.text().await?, ZEN, "{name}, {url}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn as_it_comes() -> Tested {
        let _net = standin::activate();
        for url in four() {
            assert_eq!(reqwest::get(url).await?.text().await?, ZEN);
        }
        let of_ipv6 = zen("https://[2001:db8::7]:8443/zen");
        assert_eq!(reqwest::get(of_ipv6).await?.text().await?, ZEN);
        let one = reqwest::get(zen("https://one.example.test/zen")).await?;
        assert_eq!(
            one.version(),
            reqwest::Version::HTTP_11,
            "tests may share the client"
        );
        let url = "https://two.example.test/zen";
        mock::get(url).reply(reply(200).version(reqwest::Version::HTTP_2));
        assert_eq!(reqwest::get(url).await?.version(), reqwest::Version::HTTP_2);
        Ok(())
    }

    #[tokio::test]
    async fn over_rustls_and_over_native_tls() -> Tested {
        let _net = standin::activate();
        answers("rustls", reqwest::Client::builder().tls_backend_rustls()).await?;
        answers(
            "native-tls",
            reqwest::Client::builder().tls_backend_native(),
        )
        .await
    }

    #[test]
    fn blocking() -> Tested {
        let _net = standin::activate();
        for url in four() {
            assert_eq!(reqwest::blocking::get(url)?.text()?, ZEN);
        }
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn on_many_threads() -> Tested {
        let _net = standin::activate();
        let mut asked = Vec::new();
        for number in 0..8 {
            let url = format!("https://host{number}.example.test/zen");
            mock::get(url.as_str()).reply(ZEN);
            asked.push(tokio::spawn(reqwest::get(url)));
        }
        for reply in asked {
            assert_eq!(reply.await??.text().await?, ZEN);
        }
        Ok(())
    }
}

#[tokio::test]
async fn reqwest_0_12() -> Tested {
    let _net = standin::activate();
    let builder = reqwest_0_12::Client::builder;
    let clients = [
        ("native-tls", builder().use_native_tls()),
        (
            "native-roots",
            builder()
                .use_rustls_tls()
                .tls_built_in_root_certs(false)
                .tls_built_in_native_certs(true),
        ),
        (
            "webpki-roots",
            builder()
                .use_rustls_tls()
                .tls_built_in_root_certs(false)
                .tls_built_in_webpki_certs(true),
        ),
    ];
    for (name, client) in clients {
        let client = client.build()?;
        for url in four() {
            let reply = client.get(url).send().await;
            let reply = reply.map_err(|error| format!("{name}, {url}: {error:?}"))?;
            assert_eq!(reply.text().await?, ZEN, "{name}, {url}");
        }
    }
    Ok(())
}

#[test]
fn reqwest_0_12_blocking() -> Tested {
    let _net = standin::activate();
    for url in four() {
        assert_eq!(reqwest_0_12::blocking::get(url)?.text()?, ZEN);
    }
    Ok(())
}

#[test]
fn ureq_3_with_roots_that_are_compiled_in() -> Tested {
    let _net = standin::activate();
    for url in four() {
        assert_eq!(ureq::get(url).call()?.body_mut().read_to_string()?, ZEN);
    }
    Ok(())
}

#[test]
fn attohttpc() -> Tested {
    let _net = standin::activate();
    for url in four() {
        assert_eq!(attohttpc::get(url).send()?.text()?, ZEN);
    }
    Ok(())
}

#[test]
fn isahc_with_a_client_of_its_own() -> Tested {
    use isahc::ReadResponseExt as _;

    let _net = standin::activate();
    let client = isahc::HttpClient::builder().build()?;
    for url in four() {
        assert_eq!(client.get(url)?.text()?, ZEN);
    }
    Ok(())
}

#[test]
fn the_curl_crate_with_its_own_libcurl() -> Tested {
    assert!(curl::Version::get().vendored());
    let _net = standin::activate();
    for url in four() {
        let mut easy = curl::easy::Easy::new();
        easy.url(url)?;
        easy.timeout(Duration::from_secs(20))?;
        let mut body = Vec::new();
        {
            let mut transfer = easy.transfer();
            transfer.write_function(|piece| {
                body.extend_from_slice(piece);
                Ok(piece.len())
            })?;
            transfer.perform()?;
        }
        assert_eq!(String::from_utf8(body)?, ZEN);
    }
    Ok(())
}

#[tokio::test]
async fn hyper_util_over_hyper_rustls() -> Tested {
    use http_body_util::{BodyExt as _, Empty};
    use hyper_rustls::HttpsConnectorBuilder;
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;

    let _net = standin::activate();
    let ring = || rustls::crypto::ring::default_provider();
    let native = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(ring())?
        .https_or_http()
        .enable_all_versions()
        .build();
    let compiled_in = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(ring())?
        .https_or_http()
        .enable_all_versions()
        .build();
    for connector in [native, compiled_in] {
        let client: Client<_, Empty<bytes::Bytes>> =
            Client::builder(TokioExecutor::new()).build(connector);
        for url in four() {
            let reply = client.get(url.parse()?).await?;
            assert_eq!(reply.into_body().collect().await?.to_bytes(), ZEN);
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_no_mock_has_is_refused_and_told() -> Tested {
    let net = standin::activate();
    let error = reqwest::get("https://other.example.test/")
        .await
        .expect_err("no such name");
    assert!(error.is_connect(), "{error:?}");
    let error = reqwest::get("https://93.184.216.35/")
        .await
        .expect_err("refused");
    assert!(error.is_connect(), "{error:?}");
    let unmatched = net.take_unmatched();
    let urls: Vec<_> = unmatched.iter().map(|call| call.url()).collect();
    assert_eq!(urls, ["other.example.test", "https://93.184.216.35/"]);
    Ok(())
}
