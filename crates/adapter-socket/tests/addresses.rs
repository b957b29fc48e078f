//! A name that is let out may have several addresses, of which the first does not answer, and one of IPv6 alone.
//!
//! What a name really is stands in /etc/hosts, which is another one where these tests run: in a namespace that they make.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::{env, fs, io, thread};

use clients::start;
use standin_core::prelude::*;

/// Runs a test of this file, which is ignored elsewhere, where `name.standin.test` has these addresses. `None` where no such place can
/// be made.
fn where_the_name_is(addresses: &[&str], test: &str) -> Option<bool> {
    let lines: String = addresses
        .iter()
        .map(|address| format!("{address} name.standin.test\n"))
        .collect();
    let hosts = env::temp_dir().join(format!("standin-hosts-{}-{test}", std::process::id()));
    fs::write(&hosts, lines).expect("written");
    let network = "ip link set lo up && mount --bind \"$0\" /etc/hosts";
    let in_it = |then: &str| {
        Command::new("unshare")
            .args(["-rnm", "sh", "-c", &format!("{network} && {then}")])
            .args([&*hosts, &*env::current_exe().expect("it runs")])
            .arg(test)
            .output()
    };
    let can_be_made = in_it("true").is_ok_and(|made| made.status.success());
    let ran = can_be_made.then(|| in_it("exec \"$1\" --ignored --exact \"$2\"").expect("started"));
    fs::remove_file(&hosts).expect("removed");
    ran.map(|ran| {
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(said.contains("1 passed"), "{said}");
        ran.status.success()
    })
}

#[test]
fn of_several_the_one_that_answers() {
    let fine = where_the_name_is(&["127.0.0.8", "127.0.0.9"], "the_second_answers");
    assert_ne!(fine, Some(false));
}

#[test]
fn of_ipv6_alone() {
    assert_ne!(where_the_name_is(&["::1"], "it_is_of_ipv6"), Some(false));
}

#[test]
fn none_of_several() {
    let fine = where_the_name_is(&["127.0.0.8", "127.0.0.9"], "nobody_answers");
    assert_ne!(fine, Some(false));
}

/// Serves connections at an address: what it hears it says.
fn echo(address: &str) -> u16 {
    let listener = TcpListener::bind((address, 0)).expect("a port");
    let port = listener.local_addr().expect("bound").port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || io::copy(&mut &client, &mut &client));
        }
    });
    port
}

fn says(mut stream: TcpStream) -> String {
    stream.write_all(b"hello").expect("written");
    stream
        .shutdown(std::net::Shutdown::Write)
        .expect("it said all");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).expect("text");
    heard
}

/// What an adapter does for a request that passes through, by a client of either kind.
fn is_led_to(port: u16) {
    use std::net::ToSocketAddrs;

    let _net = start();
    mock::get("http://name.standin.test:9/")
        .optional()
        .reply(200);
    let to = format!("name.standin.test:{port}");
    // A pool looks up, where nobody knows for what.
    let address: SocketAddr = to
        .to_socket_addrs()
        .expect("found")
        .next()
        .expect("an address");
    assert!(address.ip().is_loopback() && address.is_ipv4());
    let waits = standin_core::bypass(|| TcpStream::connect(address));
    assert_eq!(says(waits.expect("connected")), "hello");
    let long = std::time::Duration::from_secs(20);
    let does_not = standin_core::bypass(|| TcpStream::connect_timeout(&address, long));
    assert_eq!(says(does_not.expect("connected")), "hello");
}

#[test]
#[ignore = "the name has its addresses where the tests above run it"]
fn the_second_answers() {
    is_led_to(echo("127.0.0.9"));
}

#[test]
#[ignore = "the name has its addresses where the tests above run it"]
fn it_is_of_ipv6() {
    is_led_to(echo("::1"));
}

#[test]
#[ignore = "the name has its addresses where the tests above run it"]
fn nobody_answers() {
    let _net = start();
    mock::get("http://name.standin.test:9/")
        .optional()
        .reply(200);
    let address = "name.standin.test:9";
    use std::net::ToSocketAddrs;
    let address = address
        .to_socket_addrs()
        .expect("found")
        .next()
        .expect("an address");
    let to = SocketAddr::new(address.ip(), 8);
    let waits = standin_core::bypass(|| TcpStream::connect(to));
    assert_eq!(
        waits.expect_err("refused").kind(),
        io::ErrorKind::ConnectionRefused
    );
    let long = std::time::Duration::from_secs(20);
    let does_not = standin_core::bypass(|| TcpStream::connect_timeout(&to, long));
    assert_eq!(
        does_not.expect_err("refused").kind(),
        io::ErrorKind::ConnectionRefused
    );
}
