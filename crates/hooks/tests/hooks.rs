//! The whole process calls the hooks, a table answers what it wants, and the rest is as it was.
#![cfg(target_os = "linux")]

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use libc::{c_char, c_int, sockaddr, socklen_t};
use standin_hooks::{Heritage, Table, Threads, bypass, install, install_threads};

/// `ENOTUNIQ`: nothing else here says this.
const ANSWERED: i32 = libc::ENOTUNIQ;

static TABLE: Table = Table {
    connect: Some(refuse_port_1),
    getaddrinfo: Some(panic_over_names),
    ..Table::EMPTY
};

/// Port 1 is answered, port 2 panics, and a connection from inside is nobody's business.
unsafe fn refuse_port_1(_: c_int, address: *const sockaddr, _: socklen_t) -> Option<c_int> {
    // SAFETY: the tests connect to IPv4 addresses only.
    let port = unsafe { u16::from_be((*address.cast::<libc::sockaddr_in>()).sin_port) };
    match port {
        1 => {
            let inside = TcpStream::connect(("127.0.0.1", 1)).expect_err("nobody listens");
            assert_eq!(inside.kind(), io::ErrorKind::ConnectionRefused);
            // SAFETY: this thread's own.
            unsafe { *libc::__errno_location() = ANSWERED };
            Some(-1)
        }
        2 => std::panic::resume_unwind(Box::new("a mistake in a hook")),
        _ => None,
    }
}

unsafe fn panic_over_names(
    _: *const c_char,
    _: *const c_char,
    _: *const libc::addrinfo,
    _: *mut *mut libc::addrinfo,
) -> Option<c_int> {
    std::panic::resume_unwind(Box::new("a mistake in a hook"))
}

fn connect(port: u16) -> io::Error {
    TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).expect_err("nobody listens")
}

#[test]
fn the_process_calls_the_hooks() {
    assert_eq!(standin_hooks::check(), Ok(()));
}

#[test]
fn a_table_answers_what_it_wants() {
    install(&TABLE);
    assert_eq!(connect(1).raw_os_error(), Some(ANSWERED));
    assert_eq!(connect(3).raw_os_error(), Some(libc::ECONNREFUSED));
    let _bypass = bypass();
    assert_eq!(connect(1).raw_os_error(), Some(libc::ECONNREFUSED));
}

#[test]
fn a_panic_in_a_hook_passes_through() {
    install(&TABLE);
    assert_eq!(connect(2).raw_os_error(), Some(libc::ECONNREFUSED));
    let listener = TcpListener::bind("localhost:0").expect("resolved by libc");
    let address = listener.local_addr().expect("bound");
    TcpStream::connect(address).expect("somebody listens");
}

static HANDED: AtomicU64 = AtomicU64::new(0);

std::thread_local! {
    static MINE: std::cell::Cell<Heritage> = const { std::cell::Cell::new([0, 0]) };
}

#[test]
fn a_thread_inherits_before_it_runs() {
    static THREADS: Threads = Threads {
        inherit: || [MINE.get()[0] + 1, HANDED.fetch_add(1, Ordering::Relaxed)],
        adopt: |heritage| MINE.set(heritage),
    };
    install_threads(&THREADS);
    MINE.set([40, 0]);
    let child = thread::spawn(|| (MINE.get()[0], thread::spawn(|| MINE.get()[0]).join().ok()));
    assert_eq!(child.join().expect("no panic"), (41, Some(42)));
}

#[test]
fn a_thread_may_exit_in_the_middle() {
    extern "C-unwind" fn main(_: *mut libc::c_void) -> *mut libc::c_void {
        unsafe extern "C-unwind" {
            fn pthread_exit(value: *mut libc::c_void) -> !;
        }
        // SAFETY: no frame between here and the thread's start has anything to drop.
        unsafe { pthread_exit(std::ptr::without_provenance_mut(7)) }
    }
    unsafe extern "C" {
        fn pthread_create(
            thread: *mut libc::pthread_t,
            attributes: *const libc::pthread_attr_t,
            main: extern "C-unwind" fn(*mut libc::c_void) -> *mut libc::c_void,
            argument: *mut libc::c_void,
        ) -> c_int;
    }
    let (mut id, mut value) = (0, std::ptr::null_mut());
    // SAFETY: both places are valid, and the thread is joined once.
    let codes = unsafe {
        (
            pthread_create(&raw mut id, std::ptr::null(), main, std::ptr::null_mut()),
            libc::pthread_join(id, &raw mut value),
        )
    };
    assert_eq!((codes, value.addr()), ((0, 0), 7));
}
