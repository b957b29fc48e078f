//! What streams takes no more memory than what is under way. Alone in its process, because it looks at the peak of it all.

#![cfg(all(feature = "listen", target_os = "linux"))]

use std::io::{Read, Write};
use std::net::TcpStream;

use standin_core::{Digest, Engine, Request, reply};
use standin_wire::Listener;

const MIB: usize = 1 << 20;

/// The most memory that this process ever had, in MiB.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.parse::<usize>().ok())
        .expect("a peak")
        / 1024
}

fn ask(listener: &Listener, head: &str) -> TcpStream {
    let mut client = TcpStream::connect(listener.address()).expect("it listens");
    let head = format!("{head} HTTP/1.1\r\nhost: x.io\r\nconnection: close\r\n");
    client.write_all(head.as_bytes()).expect("written");
    client
}

#[test]
fn a_hundred_mebibytes_go_through_a_listener() {
    let engine = Engine::new();
    let listener = Listener::of(&engine);
    let piece = vec![b'z'; MIB];

    // Down: the pieces are one piece of memory, and what is under way is no more than a few.
    engine
        .get("/down")
        .reply(reply(200).chunks(vec![bytes::Bytes::from(piece.clone()); 100]));
    let before = peak();
    let mut client = ask(&listener, "GET /down");
    client.write_all(b"\r\n").expect("written");
    let (mut read, mut buffer) = (0, vec![0; 64 << 10]);
    loop {
        match client.read(&mut buffer).expect("read") {
            0 => break,
            length => read += length,
        }
    }
    assert!(read > 100 * MIB, "{read}");
    assert!(peak() - before < 20, "{before} MiB before, {} now", peak());

    // Up, where nobody looks at it: what the journal keeps, and what is under way.
    engine.read_bodies(MIB);
    let unread = engine.post("/unread").reply(201);
    upload(&listener, "POST /unread", &piece);
    assert!(engine.settled_within(std::time::Duration::from_secs(60)));
    assert!(peak() - before < 70, "{before} MiB before, {} now", peak());
    let whole = vec![b'z'; 100 * MIB];
    assert_eq!(unread.last_call().body_digest(), Some(Digest::of(&whole)));

    // Up, matched whole.
    engine.read_bodies(256 * MIB);
    let matched = engine
        .post("/matched")
        .when(|request: &Request| request.body().len() == 100 * MIB)
        .reply(201);
    upload(&listener, "POST /matched", &piece);
    let call = matched.last_call();
    assert_eq!((call.body().len(), call.body_len()), (16 * MIB, 100 * MIB));
    assert_eq!(call.body_digest(), Some(Digest::of(&whole)));
}

/// A hundred pieces, and what is said to them.
fn upload(listener: &Listener, head: &str, piece: &[u8]) {
    let mut client = ask(listener, head);
    let length = format!("content-length: {}\r\n\r\n", 100 * piece.len());
    client.write_all(length.as_bytes()).expect("written");
    for _ in 0..100 {
        client.write_all(piece).expect("written");
    }
    let mut said = String::new();
    client.read_to_string(&mut said).expect("answered");
    assert!(said.starts_with("HTTP/1.1 201"), "{said}");
}
