//! async-net on smol makes raw system calls, which pass by the hooks: by name it lands on the real port of the address that stands
//! for the name. By a literal address it goes where it wants.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::sync::Mutex;

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use standin::prelude::*;

async fn ping(place: &str) -> std::io::Result<String> {
    let mut stream = async_net::TcpStream::connect(place).await?;
    stream.write_all(b"PING\r\n").await?;
    let mut said = String::new();
    stream.read_to_string(&mut said).await?;
    Ok(said)
}

static ONE: Mutex<()> = Mutex::new(());

#[test]
fn by_name() {
    let _one_at_a_time = ONE.lock();
    let _net = standin::activate();
    mock::tcp("redis.standin.test:6379")
        .serve(script().expect("PING\r\n").send("+PONG\r\n").close());
    let said = smol::block_on(ping("redis.standin.test:6379"));
    assert_eq!(said.expect("answered"), "+PONG\r\n");
}

/// The thread that asks for the address belongs to a pool of the process: as long as one engine is active, it asks for that one.
#[test]
fn a_name_that_is_not_mocked_fails_the_test() {
    let _one_at_a_time = ONE.lock();
    let net = standin::activate();
    smol::block_on(ping("other.standin.test:6379")).expect_err("unknown");
    let told = net.report().to_string();
    assert!(told.contains("a connection to other.standin.test"), "{told}");
    assert!(told.contains("asked for the address of other.standin.test"), "{told}");
    net.take_unmatched();
}
