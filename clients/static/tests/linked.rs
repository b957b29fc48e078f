//! An executable that is linked statically would define `connect` twice: it has no hooks, and says so where a test begins, with what
//! to take in their place.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::{env, io, thread};

use standin::prelude::*;

const SAID: &str = "standin: connections are intercepted on Linux with glibc only, in an executable that is linked dynamically";
const INSTEAD: [&str; 2] = ["`standin::reqwest`", "`standin::listen()`"];

#[test]
fn it_is_linked_statically() {
    assert!(
        cfg!(target_feature = "crt-static"),
        "run it in its folder, where .cargo/config.toml is, and without RUSTFLAGS"
    );
}

fn get(authority: &str) -> io::Result<String> {
    let mut client = TcpStream::connect(authority)?;
    let request = format!("GET /zen HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    client.write_all(request.as_bytes())?;
    let mut reply = String::new();
    client.read_to_string(&mut reply)?;
    Ok(reply)
}

#[test]
fn starting_says_why_not() {
    for said in [standin::intercept::start(), standin::intercept::seal()] {
        let why = said.expect_err("it is said").to_string();
        assert!(SAID.ends_with(why.split(':').next().unwrap_or_default()), "{why}");
        assert!(INSTEAD.iter().all(|adapter| why.contains(adapter)), "{why}");
    }
}

#[test]
fn the_report_says_it_of_a_test_that_fails() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let authority = server.local_addr().expect("bound").to_string();
    let net = standin::activate();
    let never = mock::get(format!("http://{authority}/zen").as_str()).reply("never asked for");
    let real = thread::spawn(move || {
        let (mut client, _) = server.accept()?;
        let mut request = [0; 1024];
        let mut length = 0;
        while !request[..length].ends_with(b"\r\n\r\n") {
            length += client.read(&mut request[length..])?;
        }
        client.write_all(b"real")
    });
    assert!(get(&authority).is_ok_and(|reply| reply == "real"));
    real.join().expect("no panic").expect("served");
    let report = net.report();
    assert!(!report.is_ok());
    let told = report.to_string();
    assert!(told.contains("linked dynamically"), "{told}");
    assert!(INSTEAD.iter().all(|adapter| told.contains(adapter)), "{told}");
    never.remove();
}

/// What it is run with once more.
fn run(test: &str, intercept: &str) -> String {
    let ran = Command::new(env::current_exe().expect("it runs"))
        .args(["--exact", test])
        .env("STANDIN_INTERCEPT", intercept)
        .env("STANDIN_AGAIN", "1")
        .output()
        .expect("started");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() == (intercept != "sealed"), "{out}{err}");
    err.into_owned() + &out
}

#[test]
fn the_first_activate_says_it_past_what_is_captured() {
    const TEST: &str = "the_first_activate_says_it_past_what_is_captured";
    if env::var_os("STANDIN_AGAIN").is_some() {
        drop(standin::activate());
        drop(standin::activate());
        return;
    }
    let said = run(TEST, "");
    assert_eq!(said.matches(SAID).count(), 1, "{said}");
    assert!(INSTEAD.iter().all(|adapter| said.contains(adapter)), "{said}");
    // Whoever knows it says so, and is not told.
    assert_eq!(run(TEST, "off").matches(SAID).count(), 0);
    // Whoever asks for what cannot be had gets no test that passes without.
    assert!(run(TEST, "sealed").contains("(STANDIN_INTERCEPT is set)"));
}

#[test]
fn a_base_url_works_all_the_same() {
    let _net = standin::activate();
    let listener = standin::listen();
    mock::get("/zen").reply("Keep it logically awesome.");
    let reply = get(&listener.address().to_string()).expect("answered");
    assert!(reply.ends_with("Keep it logically awesome."), "{reply}");
}
