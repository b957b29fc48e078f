//! A listener that can accept nobody, because no descriptor is left, waits until one is. In a process of its own, which has few.

#![cfg(all(feature = "listen", target_os = "linux"))]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use standin_core::Engine;
use standin_wire::Listener;

const INSIDE: &str = "STANDIN_TEST_WITH_FEW_DESCRIPTORS";

#[test]
fn without_descriptors_it_waits_and_then_serves() {
    if std::env::var_os(INSIDE).is_some() {
        return with_few();
    }
    let program = std::env::current_exe().expect("a path");
    let ran = Command::new("sh")
        .args(["-c", "ulimit -n 40 && exec \"$0\" --nocapture --exact without_descriptors_it_waits_and_then_serves"])
        .arg(program)
        .env(INSIDE, "1")
        .output()
        .expect("a shell");
    let said =
        String::from_utf8_lossy(&ran.stderr).into_owned() + &String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

fn with_few() {
    let engine = Engine::new();
    engine.get("/a").persist().reply(200);
    let listener = Listener::of(&engine);
    let mut held = Vec::new();
    // Who is not accepted is connected all the same: the system has accepted it.
    while let Ok(client) = TcpStream::connect(listener.address()) {
        held.push(client);
    }
    assert!(held.len() > 5, "{}", held.len());
    // One of them may be waiting for a descriptor that its own end took; all of them leave.
    let last = held.pop().expect("one");
    drop(held);
    let mut last = last;
    last.set_read_timeout(Some(Duration::from_secs(30)))
        .expect("set");
    last.write_all(b"GET /a HTTP/1.1\r\nhost: x.io\r\n\r\n")
        .expect("written");
    let mut said = [0; 12];
    last.read_exact(&mut said).expect("answered");
    assert_eq!(&said, b"HTTP/1.1 200");
}
