//! Pools that the tests of a process share do their work for somebody: what no mock wants is not let slip for want of an owner.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io;
use std::net::{TcpStream, UdpSocket};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use clients::{get, start};
use standin_core::prelude::*;

/// How many engines there are plays a part here, so one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does it on a thread that has the name of one of the crate `blocking`, as the look-ups of async-net are.
fn pooled<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let named = thread::Builder::new().name("blocking-7".to_owned());
    let thread = named.spawn(work).expect("a thread");
    thread.join().expect("no panic")
}

#[test]
fn a_mocked_name_is_answered() {
    let _alone = alone();
    let _net = start();
    mock::get("http://api.standin.test/zen").reply("Keep it logically awesome.");
    let said = pooled(|| get("api.standin.test:80", "/zen"));
    assert_eq!(said.expect("answered"), "Keep it logically awesome.");
}

#[test]
fn what_no_mock_has_is_the_only_engines() {
    let _alone = alone();
    let net = start();
    let unknown = pooled(|| get("other.standin.test:80", "/")).expect_err("no such name");
    assert!(unknown.to_string().contains("not known"), "{unknown}");
    let refused = pooled(|| TcpStream::connect("93.184.216.34:81")).expect_err("refused");
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    let datagram = || UdpSocket::bind("0.0.0.0:0")?.send_to(b"hi", "192.0.2.1:9");
    let refused = pooled(datagram).expect_err("refused");
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);

    let told = net.report().to_string();
    assert!(
        told.contains(
            "thread `blocking-7` of test `what_no_mock_has_is_the_only_engines` asked for the address of other.standin.test"
        ),
        "{told}"
    );
    assert!(told.contains("connected to 93.184.216.34:81"), "{told}");
    let unmatched = net.take_unmatched();
    assert_eq!(unmatched.len(), 3);
    for call in unmatched {
        let said = |name| call.header(name).map(str::to_owned);
        assert_eq!(said("x-standin-thread").as_deref(), Some("blocking-7"));
        assert_eq!(
            said("x-standin-test").as_deref(),
            Some("what_no_mock_has_is_the_only_engines")
        );
    }
}

#[test]
fn of_several_engines_none_has_it_and_all_tell() {
    let _alone = alone();
    let net = start();
    let other = standin_core::Engine::new();
    let carried = other.attach(|| get("api.standin.test:80", "/"));
    other.get("http://api.standin.test/").reply("known by now");
    assert_eq!(carried().expect("answered"), "known by now");

    let unknown = pooled(|| get("other.standin.test:80", "/")).expect_err("no such name");
    assert!(unknown.to_string().contains("not known"), "{unknown}");
    assert!(net.calls().is_empty(), "whose it is, nothing tells");
    // It is said where something else has failed.
    let missing = mock::get("http://never.standin.test/").reply(200);
    let told = net.report().to_string();
    assert!(
        told.contains(
            "thread `blocking-7` of a pool that tests share asked for other.standin.test"
        ),
        "{told}"
    );
    missing.remove();
}

#[test]
fn what_the_policy_of_one_lets_out_goes_where_it_wants() {
    let _alone = alone();
    let net = start();
    net.enable_network("192.0.2.0/24");
    let real = pooled(|| TcpStream::connect("192.0.2.1:80")).expect_err("there is no network");
    assert_ne!(real.kind(), io::ErrorKind::ConnectionRefused, "{real}");
    assert!(net.take_unmatched().is_empty());
}

#[test]
fn without_an_engine_it_is_left_alone() {
    let _alone = alone();
    drop(start());
    let real = pooled(|| TcpStream::connect("192.0.2.1:80")).expect_err("there is no network");
    assert_ne!(real.kind(), io::ErrorKind::ConnectionRefused, "{real}");
}

#[test]
fn a_thread_of_nobody_is_left_alone() {
    let _alone = alone();
    static STARTED: std::sync::Once = std::sync::Once::new();
    let net = start();
    let mut real = None;
    STARTED.call_once(|| {
        let connect = || TcpStream::connect("192.0.2.1:80").expect_err("there is no network");
        real = thread::spawn(connect).join().ok();
    });
    let real = real.expect("no panic");
    assert_ne!(real.kind(), io::ErrorKind::ConnectionRefused, "{real}");
    assert!(net.calls().is_empty());
}

#[test]
fn a_pool_may_be_named() {
    let _alone = alone();
    standin_socket::shared_pool("workers-of-a-crate");
    let net = start();
    mock::get("http://api.standin.test/").reply("for the one that is attached");
    let other = standin_core::Engine::new();
    other
        .get("http://api.standin.test/")
        .reply("the other's answer");
    let ask = || get("api.standin.test:80", "/");
    // Known by its first 15 bytes, as the system knows it.
    let in_pool = |work: Box<dyn FnOnce() -> io::Result<String> + Send>| {
        let named = thread::Builder::new().name("workers-of-a-crate-1".to_owned());
        named
            .spawn(work)
            .expect("a thread")
            .join()
            .expect("no panic")
    };
    let by_other = in_pool(Box::new(other.attach(ask)));
    assert_eq!(by_other.expect("answered"), "the other's answer");
    // It was started by the test's thread, and is not the test's all the same: the other engine has a mock, too.
    other.get("http://api.standin.test/").optional().reply("?");
    in_pool(Box::new(ask)).expect_err("nothing tells whose it is");
    assert_eq!(
        in_pool(Box::new(net.engine().attach(ask))).expect("answered"),
        "for the one that is attached"
    );
}
