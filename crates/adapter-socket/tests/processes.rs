//! A child that `fork` makes is answered as its parent is; one that was switched off is not intercepted at all.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, io};

use clients::{get, start};
use standin_core::prelude::*;
use standin_wire::Listener;

/// Runs `child` in a forked process; whether it said that it is fine.
fn forked(child: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child does what a single thread may do, and leaves without running what the parent owes.
    unsafe {
        match libc::fork() {
            0 => libc::_exit(if child() { 0 } else { 1 }),
            id => {
                let mut status = 0;
                assert_eq!(libc::waitpid(id, &raw mut status, 0), id);
                libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
            }
        }
    }
}

#[test]
fn a_forked_child_is_answered_by_its_parent() {
    let _net = start();
    let calls = mock::get("http://api.standin.test/")
        .times(2)
        .reply("from the parent");
    assert_eq!(
        get("api.standin.test:80", "/").expect("answered"),
        "from the parent"
    );
    let is_answered = || get("api.standin.test:80", "/").is_ok_and(|got| got == "from the parent");
    assert!(forked(is_answered));
    assert_eq!(calls.calls().len(), 2);
}

#[test]
fn a_forked_child_may_reach_what_its_parent_never_did() {
    let _net = start();
    mock::get("http://new.standin.test/")
        .optional()
        .reply("in the child");
    let is_answered = || get("new.standin.test:80", "/").is_ok_and(|got| got == "in the child");
    assert!(forked(is_answered));
}

#[test]
fn a_forked_child_is_refused_what_nobody_declared() {
    let net = start();
    assert!(forked(|| {
        let refused = TcpStream::connect("93.184.216.34:80").map_err(|error| error.kind());
        matches!(refused, Err(io::ErrorKind::ConnectionRefused))
    }));
    assert!(
        net.take_unmatched().is_empty(),
        "the child has a journal of its own"
    );
}

/// What its copy of the runtime knows is its parent's, and so are the connections.
#[test]
fn a_forked_child_that_drops_a_listener_takes_nothing_from_its_parent() {
    let net = start();
    mock::get("/a").times(3).reply("from the parent");
    let mut listener = Some(Listener::of(&net));
    let address = listener.as_ref().map(Listener::address).expect("one");
    let kept = TcpStream::connect(address).expect("it listens");
    let asks = |mut client: &TcpStream| {
        client.write_all(b"GET /a HTTP/1.1\r\nhost: x.io\r\n\r\n")?;
        let (mut said, mut length) = ([0; 512], 0);
        while !said[..length].ends_with(b"from the parent") {
            match client.read(&mut said[length..])? {
                0 => return io::Result::Ok(false),
                count => length += count,
            }
        }
        Ok(true)
    };
    assert!(asks(&kept).expect("answered"));
    assert!(forked(|| {
        drop(listener.take());
        true
    }));
    assert!(asks(&kept).expect("the connection is there"));
    let fresh = TcpStream::connect(address).expect("it listens");
    fresh
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("set");
    assert!(asks(&fresh).expect("it is accepted"));
    drop(listener);
    let refused = TcpStream::connect(address).expect_err("closed");
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn switched_off_it_intercepts_nothing_and_says_so() {
    if env::var_os("STANDIN_INTERCEPT").is_some() {
        let said = standin_socket::start().expect_err("switched off");
        assert!(said.to_string().contains("STANDIN_INTERCEPT=off"), "{said}");
        let _net = standin_core::activate();
        mock::get("http://192.0.2.1/").optional().reply(200);
        let real = TcpStream::connect("192.0.2.1:80").expect_err("there is no network");
        assert_ne!(real.kind(), io::ErrorKind::ConnectionRefused);
        return;
    }
    let ran = Command::new(env::current_exe().expect("it runs"))
        .args(["--exact", "switched_off_it_intercepts_nothing_and_says_so"])
        .env("STANDIN_INTERCEPT", "off")
        .output()
        .expect("started");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stdout)
    );
}

#[test]
fn a_child_of_a_child_is_answered_too() {
    let _net = start();
    mock::get("http://api.standin.test/")
        .optional()
        .persist()
        .reply("from whoever is above");
    let is_answered =
        || get("api.standin.test:80", "/").is_ok_and(|got| got == "from whoever is above");
    assert!(forked(|| is_answered() && forked(is_answered)));
    assert!(is_answered());
}

#[test]
fn a_child_may_have_an_engine_of_its_own() {
    let net = start();
    mock::get("http://api.standin.test/").reply("from the parent");
    assert!(forked(|| {
        let inner = standin_core::Engine::new();
        inner
            .get("http://api.standin.test/")
            .reply("from the child");
        let asks = || get("api.standin.test:80", "/").is_ok_and(|got| got == "from the child");
        inner.attach(asks)()
    }));
    assert!(
        net.calls().is_empty(),
        "what the child added is the child's"
    );
    assert_eq!(
        get("api.standin.test:80", "/").expect("answered"),
        "from the parent"
    );
}

#[test]
fn what_has_ended_in_the_parent_is_refused_in_a_child() {
    let net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    assert!(get("api.standin.test:80", "/").is_ok());
    drop(net);
    assert!(forked(|| get("api.standin.test:80", "/").is_err()));
}

#[test]
fn a_connect_of_a_child_may_be_slow_or_fail() {
    let _net = start();
    mock::get("http://api.standin.test/")
        .optional()
        .reply(replies![
            Fault::Unreachable,
            Fault::NameTryAgain,
            reply(200)
                .body("late")
                .connect_delay(Duration::from_millis(20)),
        ]);
    assert!(forked(|| {
        let said = get("api.standin.test:80", "/").map_err(|error| error.kind());
        said == Err(io::ErrorKind::HostUnreachable)
            && get("api.standin.test:80", "/").is_err()
            && clients::get_with_timeout("api.standin.test:80", "/").is_ok_and(|got| got == "late")
    }));
}

/// What works in a process works in each of its children, while four threads do it too.
fn forks_beside(works: impl Fn() -> bool + Copy + Sync) {
    assert!(works());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    assert!(works());
                }
            });
        }
        for _ in 0..50 {
            assert!(forked(works));
        }
        stop.store(true, Ordering::Relaxed);
    });
}

/// Whoever forks while others are in the middle of connecting copies no lock that nobody will open.
#[test]
fn forks_among_threads_that_connect_deadlock_nobody() {
    let _net = start();
    mock::get("http://api.standin.test/")
        .persist()
        .reply("there");
    let is_answered = || get("api.standin.test:80", "/").is_ok_and(|got| got == "there");
    forks_beside(is_answered);
}

/// The same of those who ask a name server.
#[test]
fn forks_among_threads_that_ask_a_name_server_deadlock_nobody() {
    const QUERY: &[u8] =
        b"\x07\x08\x01\0\0\x01\0\0\0\0\0\0\x03api\x07standin\x04test\0\0\x01\0\x01";
    let _net = start();
    mock::get("http://api.standin.test/").optional().reply(200);
    // Who is answered where two processes ask at once is another question.
    let is_sent = || {
        let socket = UdpSocket::bind("0.0.0.0:0").expect("a port");
        socket.send_to(QUERY, "192.0.2.53:53").is_ok()
    };
    forks_beside(is_sent);
}

/// A child answers itself where a socket of Unix leads to a mock.
#[test]
fn forks_among_threads_that_are_answered_deadlock_nobody() {
    let _net = start();
    let path = "/run/standin-test-of-forks.sock";
    mock::unix(path)
        .persist()
        .serve(script().send("hi").close());
    let is_answered = || {
        let mut said = [0; 2];
        let mut client = UnixStream::connect(path).expect("connected");
        client.read_exact(&mut said).is_ok() && &said == b"hi"
    };
    forks_beside(is_answered);
}

/// The thread that wakes who waits stays in the parent.
#[test]
fn a_child_waits_while_its_parent_does() {
    let _net = start();
    mock::get("http://slow.standin.test/")
        .optional()
        .reply(reply(200).connect_delay(secs(2)));
    mock::get("http://api.standin.test/")
        .optional()
        .times(2)
        .reply(
            reply(200)
                .body("late")
                .connect_delay(Duration::from_millis(20)),
        );
    let is_late = || get("api.standin.test:80", "/").is_ok_and(|got| got == "late");
    std::thread::scope(|scope| {
        scope.spawn(|| get("slow.standin.test:80", "/"));
        // Its wait has begun.
        assert!(is_late());
        assert!(forked(is_late));
    });
}
