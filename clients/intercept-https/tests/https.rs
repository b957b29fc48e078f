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

/// One mock for a host of its own, by name and by address, asked once each.
fn zen(host: &str) -> String {
    mock::get(format!("https://{host}/zen")).reply("Keep it logically awesome.");
    format!("https://{host}/zen")
}

const ZEN: &str = "Keep it logically awesome.";

#[tokio::test]
async fn reqwest_0_13() -> Tested {
    let _net = standin::activate();
    assert_eq!(
        reqwest::get(zen("api.example.test")).await?.text().await?,
        ZEN
    );
    assert_eq!(reqwest::get(zen("93.184.216.34")).await?.text().await?, ZEN);
    assert_eq!(
        reqwest::get(zen("[2001:db8::7]:8443"))
            .await?
            .text()
            .await?,
        ZEN
    );
    let http2 = reqwest::Client::builder()
        .build()?
        .get(zen("two.example.test"))
        .send()
        .await?;
    assert_eq!(http2.version(), reqwest::Version::HTTP_2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn reqwest_0_13_on_many_threads() -> Tested {
    let _net = standin::activate();
    let mut asked = Vec::new();
    for number in 0..8 {
        asked.push((
            number,
            tokio::spawn(reqwest::get(zen(&format!("host{number}.example.test")))),
        ));
    }
    for (_, reply) in asked {
        assert_eq!(reply.await??.text().await?, ZEN);
    }
    Ok(())
}

#[test]
fn reqwest_0_13_blocking() -> Tested {
    let _net = standin::activate();
    assert_eq!(
        reqwest::blocking::get(zen("api.example.test"))?.text()?,
        ZEN
    );
    Ok(())
}

#[tokio::test]
async fn reqwest_0_12() -> Tested {
    let _net = standin::activate();
    let clients = [
        (
            "native-tls",
            reqwest_0_12::Client::builder().use_native_tls(),
        ),
        (
            "native-roots",
            reqwest_0_12::Client::builder()
                .use_rustls_tls()
                .tls_built_in_root_certs(false)
                .tls_built_in_native_certs(true),
        ),
        (
            "webpki-roots",
            reqwest_0_12::Client::builder()
                .use_rustls_tls()
                .tls_built_in_root_certs(false)
                .tls_built_in_webpki_certs(true),
        ),
    ];
    for (name, client) in clients {
        let reply = client
            .build()?
            .get(zen(&format!("{name}.example.test")))
            .send()
            .await;
        assert_eq!(
            reply
                .map_err(|error| format!("{name}: {error:?}"))?
                .text()
                .await?,
            ZEN
        );
    }
    Ok(())
}

#[test]
fn reqwest_0_12_blocking() -> Tested {
    let _net = standin::activate();
    assert_eq!(
        reqwest_0_12::blocking::get(zen("api.example.test"))?.text()?,
        ZEN
    );
    Ok(())
}

#[test]
fn ureq_3_with_roots_that_are_compiled_in() -> Tested {
    let _net = standin::activate();
    assert_eq!(
        ureq::get(zen("api.example.test"))
            .call()?
            .body_mut()
            .read_to_string()?,
        ZEN
    );
    Ok(())
}

#[test]
fn attohttpc() -> Tested {
    let _net = standin::activate();
    assert_eq!(attohttpc::get(zen("api.example.test")).send()?.text()?, ZEN);
    Ok(())
}

#[test]
fn isahc_with_a_client_of_its_own() -> Tested {
    use isahc::ReadResponseExt as _;

    let net = standin::activate();
    // Its agent is a thread by a known name, which belongs to no test: the engine is carried to it.
    let url = zen("api.example.test");
    let text = net.attach(move || -> Result<String, Box<dyn Error>> {
        Ok(isahc::HttpClient::builder().build()?.get(url)?.text()?)
    })()?;
    assert_eq!(text, ZEN);
    Ok(())
}

#[test]
fn the_curl_crate_with_its_own_libcurl() -> Tested {
    let _net = standin::activate();
    let mut easy = curl::easy::Easy::new();
    easy.url(&zen("api.example.test"))?;
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
        .https_only()
        .enable_all_versions()
        .build();
    let compiled_in = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(ring())?
        .https_only()
        .enable_all_versions()
        .build();
    for (host, connector) in [
        ("native.example.test", native),
        ("compiled-in.example.test", compiled_in),
    ] {
        let client: Client<_, Empty<bytes::Bytes>> =
            Client::builder(TokioExecutor::new()).build(connector);
        let reply = client.get(zen(host).parse()?).await?;
        assert_eq!(reply.into_body().collect().await?.to_bytes(), ZEN);
    }
    Ok(())
}

#[tokio::test]
async fn what_no_mock_has_is_refused_and_told() -> Tested {
    let net = standin::activate().lenient();
    mock::get("https://api.example.test/zen")
        .optional()
        .reply(200);
    let error = reqwest::get("https://other.example.test/")
        .await
        .expect_err("no such name");
    assert!(error.is_connect(), "{error:?}");
    assert!(net.report().to_string().is_empty() || !net.calls().is_empty());
    Ok(())
}
