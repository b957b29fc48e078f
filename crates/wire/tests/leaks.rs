//! What a listener opens, it closes: no descriptor and no thread stays. Alone in its process, because it counts them.

#![cfg(all(feature = "listen", target_os = "linux"))]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use standin_core::Engine;
use standin_wire::Listener;

fn count(of: &str) -> usize {
    std::fs::read_dir(format!("/proc/self/{of}"))
        .expect("/proc")
        .count()
}

/// A client that is answered and stays connected.
fn asks(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).expect("it listens");
    client
        .write_all(b"GET /a HTTP/1.1\r\nhost: x.io\r\n\r\n")
        .expect("written");
    let mut said = [0; 12];
    client.read_exact(&mut said).expect("answered");
    assert_eq!(&said, b"HTTP/1.1 200");
    client
}

fn life(times: usize) {
    for _ in 0..times {
        let engine = Engine::new();
        engine.get("/a").times(2).reply(200);
        let listener = Listener::of(&engine);
        let mut clients = [asks(listener.address()), asks(listener.address())];
        drop(listener);
        for client in &mut clients {
            let mut rest = Vec::new();
            // Served to its end, or cut: over in any case.
            let _ = client.read_to_end(&mut rest);
        }
    }
}

/// The last task lets go of its socket when its thread gets to it.
fn settles(descriptors: usize) {
    for _ in 0..1_000_000 {
        if count("fd") <= descriptors {
            return;
        }
        std::thread::yield_now();
    }
    panic!("{descriptors} before, {} now", count("fd"));
}

#[test]
fn listeners_share_one_thread_and_leave_nothing_open() {
    life(1);
    let (descriptors, threads) = (count("fd"), count("task"));
    life(50);
    settles(descriptors);
    assert_eq!(count("task"), threads);

    let others: Vec<_> = (0..1000).map(|_| Engine::new()).collect();
    let many: Vec<_> = others
        .iter()
        .map(|other| {
            other.get("/a").reply(200);
            Listener::of(other)
        })
        .collect();
    assert_eq!(count("task"), threads);
    assert!(count("fd") <= descriptors + many.len());
    let clients: Vec<_> = many.iter().map(|one| asks(one.address())).collect();
    assert_eq!(count("task"), threads);
    drop(clients);
    drop(many);
    settles(descriptors);
}
