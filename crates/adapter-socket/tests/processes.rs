//! A child that `fork` makes is answered as its parent is; one that was switched off is not intercepted at all.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::net::TcpStream;
use std::process::Command;
use std::{env, io};

use clients::{get, start};
use standin_core::prelude::*;

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
