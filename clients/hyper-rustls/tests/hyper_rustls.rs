//! A client whose TLS is its own is given standin's connector below it, and the CA to trust.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Uri, Version};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::client::legacy::connect::Connect;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use standin::hyper::Connector;
use standin::prelude::*;

fn config() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(standin::tls::ca_der())).expect("an anchor");
    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}

fn https(config: ClientConfig) -> HttpsConnector<Connector> {
    HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(standin::hyper::connector().below_tls())
}

async fn get<C>(client: &Client<C, Empty<Bytes>>, url: &str) -> Result<(Version, Bytes), Error>
where
    C: Connect + Clone + Send + Sync + 'static,
{
    let response = client.get(url.parse::<Uri>().expect("a URL")).await?;
    let version = response.version();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    Ok((version, body))
}

#[tokio::test]
async fn its_own_tls_runs_over_a_stream_in_memory() {
    let net = standin::activate();
    mock::get("https://api.github.com/zen").times(2).reply("Responsive is better than fast.");
    mock::get("http://api.github.com/zen").reply("Without TLS.");
    let client = Client::builder(TokioExecutor::new()).build(https(config()));
    for _ in 0..2 {
        let (version, said) = get(&client, "https://api.github.com/zen").await.expect("an answer");
        assert_eq!((version, &*said), (Version::HTTP_2, &b"Responsive is better than fast."[..]));
    }
    let (version, said) = get(&client, "http://api.github.com/zen").await.expect("an answer");
    assert_eq!((version, &*said), (Version::HTTP_11, &b"Without TLS."[..]));
    net.verify();
}

#[tokio::test]
async fn its_own_verifier_says_what_is_wrong_with_a_certificate() {
    let _net = standin::activate();
    for (fault, said) in [
        (Fault::TlsHandshake, "HandshakeFailure"),
        (Fault::CertificateExpired, "Expired"),
        (Fault::CertificateWrongHost, "NotValidForName"),
        (Fault::CertificateUntrusted, "UnknownIssuer"),
    ] {
        mock::get("https://api.github.com/zen").reply(fault);
        let client = Client::builder(TokioExecutor::new()).build(https(config()));
        let refused = get(&client, "https://api.github.com/zen").await.expect_err("a fault");
        assert!(refused.is_connect(), "{refused:?}");
        assert!(format!("{refused:?}").contains(said), "{refused:?}");
    }
}

#[tokio::test]
async fn without_tls_on_top_https_is_served_too() {
    let net = standin::activate();
    mock::get("https://api.github.com/zen").reply("Mind your words, they are important.");
    let client = Client::builder(TokioExecutor::new()).build(standin::hyper::connector());
    let (_, said) = get(&client, "https://api.github.com/zen").await.expect("an answer");
    assert_eq!(said, "Mind your words, they are important.");
    net.verify();
}

#[tokio::test]
async fn a_client_that_does_not_trust_reads_why_in_the_report() {
    let net = standin::activate();
    mock::get("https://api.github.com/zen").optional().reply(200);
    let distrusting = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    let client = Client::builder(TokioExecutor::new()).build(https(distrusting));
    get(&client, "https://api.github.com/zen").await.expect_err("it does not trust");
    let notes = net.report().notes;
    assert!(notes.iter().any(|note| note.contains("`standin::tls::ca_pem()`")), "{notes:?}");
}

#[tokio::test]
async fn paused_time_stays_paused_behind_tls() {
    let net = standin::activate();
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    mock::get("https://api.github.com/slow").reply(reply(200).delay(secs(3000)).body("At last."));
    let client = Client::builder(TokioExecutor::new()).build(https(config()));
    let (_, said) = get(&client, "https://api.github.com/slow").await.expect("an answer");
    assert_eq!(said, "At last.");
    assert_eq!(began.elapsed().as_secs(), 3000);
    net.verify();
}

#[tokio::test]
async fn faults_reach_it_as_what_they_are() {
    let _net = standin::activate();
    mock::get("https://api.github.com/zen").reply(Fault::Reset);
    let client = Client::builder(TokioExecutor::new()).retry_canceled_requests(false).build(https(config()));
    let broken = get(&client, "https://api.github.com/zen").await.expect_err("it broke");
    let causes = std::iter::successors(Some(&broken as &dyn std::error::Error), |error| error.source());
    let kinds: Vec<_> = causes.filter_map(|error| error.downcast_ref::<std::io::Error>()).map(std::io::Error::kind).collect();
    assert!(kinds.contains(&std::io::ErrorKind::ConnectionReset), "{broken:?}");
}
