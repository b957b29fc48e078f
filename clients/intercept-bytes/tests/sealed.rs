//! async-net on smol makes raw system calls, which a seal traps: it is answered by a literal address as by name, and what no mock has is
//! a finding. A seal cannot be undone, so these tests have a process of their own.
#![cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]

use std::io::ErrorKind;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use standin::prelude::*;

async fn ask(place: &str, question: &str) -> std::io::Result<String> {
    let mut stream = async_net::TcpStream::connect(place).await?;
    stream.write_all(question.as_bytes()).await?;
    let mut said = String::new();
    stream.read_to_string(&mut said).await?;
    Ok(said)
}

#[test]
fn by_a_literal_address() {
    standin::intercept::seal().expect("a kernel that permits it");
    let _net = standin::activate();
    mock::get("http://192.0.2.7/zen").reply("Keep it logically awesome.");
    let question = "GET /zen HTTP/1.1\r\nhost: 192.0.2.7\r\nconnection: close\r\n\r\n";
    let said = smol::block_on(ask("192.0.2.7:80", question)).expect("answered");
    assert!(
        said.starts_with("HTTP/1.1 200") && said.ends_with("Keep it logically awesome."),
        "{said}"
    );
}

#[test]
fn whatever_is_spoken() {
    standin::intercept::seal().expect("a kernel that permits it");
    let _net = standin::activate();
    mock::tcp("192.0.2.7:6379").serve(script().expect("PING\r\n").send("+PONG\r\n").close());
    let said = smol::block_on(ask("192.0.2.7:6379", "PING\r\n"));
    assert_eq!(said.expect("answered"), "+PONG\r\n");
}

#[test]
fn by_name_on_threads_of_smol() {
    standin::intercept::seal().expect("a kernel that permits it");
    let net = standin::activate();
    mock::tcp("redis.standin.test:6379")
        .serve(script().expect("PING\r\n").send("+PONG\r\n").close());
    let asks = net
        .engine()
        .attach(ask("redis.standin.test:6379", "PING\r\n"));
    let said = smol::block_on(smol::spawn(asks));
    assert_eq!(said.expect("answered"), "+PONG\r\n");
}

#[test]
fn what_no_mock_has_is_refused_and_fails_the_test() {
    standin::intercept::seal().expect("a kernel that permits it");
    let net = standin::activate();
    for place in ["192.0.2.8:6379", "other.standin.test:6379"] {
        let refused = smol::block_on(ask(place, "PING\r\n")).expect_err("refused");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{place}");
        let told = net.report().to_string();
        assert!(
            told.contains(&format!("connected to {place}, and was refused")),
            "{told}"
        );
        net.take_unmatched();
    }
}
