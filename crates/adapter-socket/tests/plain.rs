//! Clients that know nothing of standin, with their hosts written in, over plain HTTP.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;

use clients::{get, start};
use standin_core::prelude::*;

#[test]
fn a_client_with_its_host_written_in_is_answered() {
    let _net = start();
    mock::get("http://api.standin.test/zen").reply("Keep it logically awesome.");
    assert_eq!(
        get("api.standin.test:80", "/zen").expect("answered"),
        "Keep it logically awesome."
    );
}

#[test]
fn an_address_and_another_port_are_answered_as_a_name_is() {
    let _net = start();
    mock::get("http://93.184.216.34/a").reply("by address");
    mock::get("http://[2001:db8::7]/b").reply("by address of IPv6");
    mock::get("http://api.standin.test:8443/c").reply("by port");
    assert_eq!(
        get("93.184.216.34:80", "/a").expect("answered"),
        "by address"
    );
    assert_eq!(
        get("[2001:db8::7]:80", "/b").expect("answered"),
        "by address of IPv6"
    );
    assert_eq!(
        get("api.standin.test:8443", "/c").expect("answered"),
        "by port"
    );
}

#[test]
fn the_peer_is_whom_the_client_meant() -> io::Result<()> {
    let _net = start();
    mock::get("http://93.184.216.34/").optional().reply(200);
    mock::get("http://api.standin.test/").optional().reply(200);
    mock::get("http://[2001:db8::7]/").optional().reply(200);
    for target in ["93.184.216.34:80", "[2001:db8::7]:80"] {
        assert_eq!(TcpStream::connect(target)?.peer_addr()?.to_string(), target);
    }
    let resolved = "api.standin.test:80"
        .to_socket_addrs()?
        .next()
        .expect("an address");
    assert!(resolved.ip().is_loopback());
    assert_eq!(TcpStream::connect(resolved)?.peer_addr()?, resolved);
    Ok(())
}

#[test]
fn an_undeclared_name_and_address_are_refused_and_fail_verification() {
    let net = start();
    let name = get("other.standin.test:80", "/").expect_err("not resolved");
    assert!(name.to_string().contains("not known"), "{name}");
    let address = TcpStream::connect("93.184.216.34:80").expect_err("refused");
    assert_eq!(address.kind(), ErrorKind::ConnectionRefused);

    let told = net.report().to_string();
    assert!(
        told.contains("a connection to other.standin.test matched"),
        "{told}"
    );
    assert!(told.contains("http://93.184.216.34 matched"), "{told}");
    let thread = "thread `an_undeclared_name_and_address_are_refused_and_fail_verification`";
    assert!(
        told.contains(&format!(
            "{thread} asked for the address of other.standin.test"
        )),
        "{told}"
    );
    assert!(
        told.contains(&format!("{thread} connected to 93.184.216.34:80,")),
        "{told}"
    );
    assert_eq!(net.take_unmatched().len(), 2);
}

#[test]
fn a_port_that_no_mock_has_is_refused_on_a_host_that_one_has() {
    let net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    let refused = get("api.standin.test:81", "/").expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let unmatched = net.take_unmatched();
    assert_eq!(unmatched[0].url(), "http://api.standin.test:81/");
}

#[test]
fn loopback_stays_open_and_is_mocked_by_its_name() -> io::Result<()> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let there = server.local_addr()?;
    let _net = start();
    mock::any("/anything").persist().optional().reply(500);
    let mut client = TcpStream::connect(there)?;
    let (mut served, _) = server.accept()?;
    client.write_all(b"real")?;
    let mut bytes = [0; 4];
    served.read_exact(&mut bytes)?;
    assert_eq!(&bytes, b"real");

    mock::get(format!("http://localhost:{}/mine", there.port()).as_str()).reply("mocked");
    let mocked = get(&format!("localhost:{}", there.port()), "/mine")?;
    assert_eq!(mocked, "mocked");
    Ok(())
}

#[test]
fn an_open_network_lets_through() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let net = start();
    // Nobody is there, and nothing leaves the machine: what was tried is the real thing.
    net.enable_network("192.0.2.0/24");
    let unreachable = TcpStream::connect("192.0.2.1:80").expect_err("there is no network");
    assert_ne!(
        unreachable.kind(),
        ErrorKind::ConnectionRefused,
        "{unreachable}"
    );
    let refused = TcpStream::connect("93.184.216.34:80").expect_err("not in the block");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(net.take_unmatched().len(), 1);
    drop(server);
}

#[test]
fn what_ends_really_ends() -> io::Result<()> {
    let net = start();
    mock::get("http://api.standin.test/")
        .persist()
        .reply("alive");
    assert_eq!(get("api.standin.test:80", "/")?, "alive");
    let mut idle = TcpStream::connect("api.standin.test:80")?;
    let resolved = "api.standin.test:80"
        .to_socket_addrs()?
        .next()
        .expect("an address");
    drop(net);
    assert_eq!(idle.read(&mut [0])?, 0, "its connection ends");
    let refused = TcpStream::connect(resolved).expect_err("its address refuses");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    Ok(())
}

/// It waits until its test has another engine, which is another test's most of the time.
#[test]
fn a_thread_whose_engine_has_ended_is_no_other_engine_s() {
    let (begin, begins) = mpsc::channel();
    let net = start();
    let orphan = thread::spawn(move || {
        begins.recv().expect("begun");
        let by_name = get("orphan.standin.test:80", "/");
        (by_name, TcpStream::connect("192.0.2.9:80"))
    });
    drop(net);
    let other = start();
    let mocks = ["http://orphan.standin.test/", "http://192.0.2.9/"]
        .map(|url| mock::get(url).optional().reply("another test's"));
    begin.send(()).expect("it waits");
    let (by_name, by_address) = orphan.join().expect("no panic");
    let unknown = by_name.expect_err("not resolved").to_string();
    assert!(unknown.contains("not known"), "{unknown}");
    let refused = by_address.expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert!(mocks.iter().all(|mock| mock.calls().is_empty()));
    drop(other);
}
