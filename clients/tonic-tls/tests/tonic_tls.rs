//! tonic with TLS of its own, over standin's connector: it is told which CA to trust.

use client_tonic::{endpoint, greet};
use standin::prelude::*;
use tonic::transport::{Certificate, ClientTlsConfig};

#[tokio::test]
async fn its_own_tls_runs_over_a_stream_in_memory() {
    let _net = standin::activate();
    let greeted = reply(200).header("content-type", "application/grpc").body(b"\0\0\0\0\x0eGood day, Ada.".to_vec());
    mock::post("https://greeter.example.com/greeter.Greeter/Greet").reply(greeted.trailer("grpc-status", "0"));
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(standin::tls::ca_pem()));
    let endpoint = endpoint().tls_config(tls).expect("TLS");
    let channel = endpoint.connect_with_connector(standin::hyper::connector()).await.expect("a connection in memory");
    assert_eq!(greet(channel, "Ada").await.expect("answered"), "Good day, Ada.");
}
