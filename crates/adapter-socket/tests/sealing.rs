//! A seal is the process's: what that means for its threads, its children, its signals, and where it cannot be had.
//!
//! The seal cannot be undone, and what needs a process of its own runs this file once more.
#![cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]

mod clients;
mod past_libc;

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Output};
use std::sync::Barrier;
use std::{env, fs, thread};

use async_io::block_on;
use clients::start;
use past_libc::{get, has_io_uring, impatient, sealed};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType, connect, socket};

/// The name of the variable by which a test of this file knows that the process is its own.
const ALONE: &str = "STANDIN_TEST_ALONE";

fn is_alone() -> bool {
    env::var_os(ALONE).is_some()
}

/// Runs a test of this file in a process of its own.
fn alone(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("it runs"));
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ALONE, "1")
        .env_remove("STANDIN_INTERCEPT");
    command
}

#[track_caller]
fn passes(command: &mut Command) {
    let output = command.output().expect("started");
    assert!(output.status.success(), "{}", text(&output));
}

fn text(output: &Output) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = output;
    format!(
        "{status}\n{}{}",
        String::from_utf8_lossy(stdout),
        String::from_utf8_lossy(stderr)
    )
}

fn seccomp() -> Option<String> {
    let status = fs::read_to_string("/proc/thread-self/status").ok()?;
    let lines = status.lines();
    Some(
        lines
            .filter(|line| line.starts_with("Seccomp") || line.starts_with("NoNewPrivs"))
            .collect(),
    )
}

#[test]
fn nothing_changes_for_who_does_not_ask() {
    if !is_alone() {
        return passes(&mut alone("nothing_changes_for_who_does_not_ask"));
    }
    let (filters, io_uring) = (seccomp(), has_io_uring());
    assert!(filters.is_some());
    let _net = start();
    assert_eq!((seccomp(), has_io_uring()), (filters, io_uring));
    let mut now: libc::sigaction = unsafe_zeroed();
    // SAFETY: it is only asked for.
    unsafe { libc::sigaction(libc::SIGSYS, std::ptr::null(), &raw mut now) };
    assert_eq!(now.sa_sigaction, libc::SIG_DFL);
}

fn unsafe_zeroed() -> libc::sigaction {
    // SAFETY: all bytes zero are a valid `sigaction`.
    unsafe { std::mem::zeroed() }
}

#[test]
fn the_environment_can_ask_for_it() {
    if !is_alone() {
        let mut command = alone("the_environment_can_ask_for_it");
        return passes(command.env("STANDIN_INTERCEPT", "sealed"));
    }
    let net = start();
    let refused = block_on(get("192.0.2.8:80", "/")).expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(net.take_unmatched().len(), 1);
    assert_eq!(standin_socket::seal(), Ok(()));
}

#[test]
fn another_word_in_the_environment_is_an_error() {
    if !is_alone() {
        let mut command = alone("another_word_in_the_environment_is_an_error");
        return passes(command.env("STANDIN_INTERCEPT", "seal"));
    }
    let why = standin_socket::start().expect_err("unknown").to_string();
    assert!(why.contains("neither `on` nor `sealed` nor `off`"), "{why}");
}

#[test]
fn threads_that_are_older_are_sealed_too() {
    if !is_alone() {
        return passes(&mut alone("threads_that_are_older_are_sealed_too"));
    }
    let (begun, made) = (Barrier::new(2), Barrier::new(2));
    let net = start();
    thread::scope(|scope| {
        let older = scope.spawn(|| {
            begun.wait();
            made.wait();
            (has_io_uring(), block_on(get("192.0.2.8:80", "/")))
        });
        begun.wait();
        standin_socket::seal().expect("sealed");
        made.wait();
        let (has_io_uring, got) = older.join().expect("no panic");
        assert!(!has_io_uring);
        assert_eq!(
            got.expect_err("refused").kind(),
            ErrorKind::ConnectionRefused
        );
    });
    assert_eq!(net.take_unmatched().len(), 1);
}

#[test]
fn programs_that_are_started_run_on() {
    let _net = sealed();
    let told = Command::new("sh").args(["-c", "echo $((6 * 7))"]).output();
    assert_eq!(told.expect("started").stdout, b"42\n");
    // This executable again: its calls are trapped no more, for its instructions are somewhere else.
    passes(&mut alone("a_program_that_is_started"));
    // And sealed by itself.
    passes(&mut alone("threads_that_are_older_are_sealed_too"));
}

#[test]
fn a_program_that_is_started() {
    if is_alone() {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = server.local_addr().expect("bound");
        let client = impatient();
        assert_eq!(connect(&client, &address), Err(Errno::INPROGRESS));
    }
}

/// What is said of it: a program that is started where addresses are not random ends at a call that its parent would have trapped.
#[test]
fn without_random_addresses_a_program_s_own_calls_end_it() {
    if !is_alone() {
        let mut command = alone("without_random_addresses_a_program_s_own_calls_end_it");
        // SAFETY: it sets a flag of the process, and does nothing else.
        unsafe {
            command.pre_exec(|| match libc::personality(libc::ADDR_NO_RANDOMIZE as _) {
                -1 => Err(io::Error::last_os_error()),
                _ => Ok(()),
            })
        };
        return passes(&mut command);
    }
    let _net = sealed();
    let output = alone("a_program_that_is_started")
        .output()
        .expect("started");
    assert_eq!(
        output.status.signal(),
        Some(libc::SIGSYS),
        "{}",
        text(&output)
    );
    let told = Command::new("sh").args(["-c", "echo $((6 * 7))"]).output();
    assert_eq!(told.expect("started").stdout, b"42\n");
}

/// A filter of this test's own: what it says of every call, or of this one, for this thread and those that it starts.
fn filter(number: libc::c_long, action: u32) {
    let instruction = |code: u32, k: u32, jf: u8| libc::sock_filter {
        code: code as u16,
        jt: 0,
        jf,
        k,
    };
    let program = [
        instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        instruction(
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            number as u32,
            1,
        ),
        instruction(libc::BPF_RET | libc::BPF_K, action, 0),
        instruction(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0),
    ];
    let program = libc::sock_fprog {
        len: program.len() as u16,
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: the program is as long as it says.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let mode = libc::SECCOMP_MODE_FILTER;
        assert_eq!(
            libc::prctl(libc::PR_SET_SECCOMP, mode, &raw const program),
            0
        );
    }
}

#[test]
fn where_no_filter_may_be_set_it_says_so() {
    if !is_alone() {
        return passes(&mut alone("where_no_filter_may_be_set_it_says_so"));
    }
    filter(
        libc::SYS_seccomp,
        libc::SECCOMP_RET_ERRNO | libc::EPERM as u32,
    );
    let why = standin_socket::seal()
        .expect_err("not permitted")
        .to_string();
    assert!(
        why.contains("takes no filter") && why.contains("Docker"),
        "{why}"
    );
    assert_eq!(standin_socket::start(), Ok(()), "the rest is there");
    assert_eq!(
        standin_socket::seal().map_err(|why| why.to_string()),
        Err(why)
    );
}

#[test]
fn where_a_thread_has_a_filter_of_its_own_it_says_which() {
    if !is_alone() {
        return passes(&mut alone(
            "where_a_thread_has_a_filter_of_its_own_it_says_which",
        ));
    }
    let (begun, over) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            filter(libc::SYS_acct, libc::SECCOMP_RET_ALLOW);
            begun.wait();
            over.wait();
        });
        begun.wait();
        let why = standin_socket::seal().expect_err("not for all").to_string();
        over.wait();
        assert!(why.contains("has a filter of seccomp of its own"), "{why}");
    });
}

#[test]
fn where_there_is_a_ring_already_it_says_so() {
    if !is_alone() {
        return passes(&mut alone("where_there_is_a_ring_already_it_says_so"));
    }
    let mut parameters = [0_u64; 15];
    // SAFETY: there is as much room as the call writes to.
    let ring = unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) };
    if ring < 0 {
        // Nobody can have one here.
        return;
    }
    let why = standin_socket::seal().expect_err("a ring").to_string();
    assert!(
        why.contains(&format!("descriptor {ring} is a ring")),
        "{why}"
    );
}

static HEARD: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);

extern "C" fn hears(signal: libc::c_int) {
    HEARD.store(signal, std::sync::atomic::Ordering::SeqCst);
}

#[test]
fn a_signal_that_is_not_the_filter_s_goes_to_who_wanted_it() {
    if !is_alone() {
        return passes(&mut alone(
            "a_signal_that_is_not_the_filter_s_goes_to_who_wanted_it",
        ));
    }
    // SAFETY: the function does what a handler may do.
    unsafe { libc::signal(libc::SIGSYS, hears as *const () as usize) };
    standin_socket::seal().expect("sealed");
    assert_eq!(HEARD.load(std::sync::atomic::Ordering::SeqCst), 0);
    // SAFETY: it is answered.
    unsafe { libc::raise(libc::SIGSYS) };
    assert_eq!(
        HEARD.load(std::sync::atomic::Ordering::SeqCst),
        libc::SIGSYS
    );
}

/// Of linux/capability.h.
const CAP_SYS_ADMIN: libc::c_ulong = 21;

/// Without the right to administer the system: privileges are given up for good, and that is enough.
#[test]
fn it_needs_no_privilege() {
    if !is_alone() {
        let mut command = alone("it_needs_no_privilege");
        // SAFETY: it takes a right from the child, or cannot and need not, and does nothing else.
        unsafe {
            command.pre_exec(|| {
                libc::prctl(libc::PR_CAPBSET_DROP, CAP_SYS_ADMIN);
                Ok(())
            })
        };
        return passes(&mut command);
    }
    let net = sealed();
    let to = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 8), 80);
    let client = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    assert_eq!(connect(&client, &to), Err(Errno::CONNREFUSED));
    assert_eq!(net.take_unmatched().len(), 1);
    assert!(
        seccomp().is_some_and(|told| told.contains("NoNewPrivs:\t1")),
        "{:?}",
        seccomp()
    );
}
