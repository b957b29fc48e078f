//! What stands on the wire, byte by byte, where a reply is no plain one.

#![cfg(feature = "listen")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use standin_core::prelude::*;
use standin_core::{CallOutcome, Engine, IntoReply, OwnedEngine};
use standin_wire::{Listener, TokioClock};

const GET: &str = "GET /a HTTP/1.1\r\nhost: x.io\r\n\r\n";

fn engine() -> OwnedEngine {
    Engine::with_clock(TokioClock)
}

/// What a server says to these bytes until it ends.
fn said_to<M>(reply: impl IntoReply<M>, asked: &str) -> String {
    let engine = engine();
    engine.any("/a").reply(reply);
    let listener = Listener::of(&engine);
    let mut client = TcpStream::connect(listener.address()).expect("it listens");
    client.write_all(asked.as_bytes()).expect("written");
    let mut said = Vec::new();
    client.read_to_end(&mut said).expect("an end");
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn a_head_is_cut_in_half() {
    let said = said_to(Fault::HeadCut, GET);
    assert_eq!(
        said,
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-len"
    );
}

#[test]
fn garbage_is_what_was_declared() {
    assert_eq!(said_to(Fault::garbage("\0\u{1}\u{2}"), GET), "\0\u{1}\u{2}");
    let before = reply(200)
        .body("late")
        .garbage_first("?!")
        .breaks_after(2, Fault::Closed);
    let said = said_to(before, GET);
    assert!(
        said.starts_with("?!HTTP/1.1 200 OK\r\n") && said.ends_with("\r\n\r\nla"),
        "{said}"
    );
}

#[test]
fn a_body_is_shorter_than_it_says() {
    let said = said_to(
        reply(200)
            .body("hello world")
            .breaks_after(5, Fault::Closed),
        GET,
    );
    assert!(
        said.contains("content-length: 11\r\n") && said.ends_with("\r\n\r\nhello"),
        "{said}"
    );
}

#[test]
fn a_chunk_has_no_length() {
    let said = said_to(
        reply(200)
            .body("hello world")
            .breaks_after(5, Fault::BrokenChunk),
        GET,
    );
    assert!(
        said.ends_with("\r\n\r\n5\r\nhello\r\nno length\r\n"),
        "{said}"
    );
    let said = said_to(Fault::BrokenChunk, GET);
    assert!(
        said.ends_with("transfer-encoding: chunked\r\n\r\nno length\r\n"),
        "{said}"
    );
}

#[test]
fn what_was_answered_before_the_end_is_out() {
    let said = said_to(replies!["one", Fault::Closed], &GET.repeat(2));
    assert!(said.ends_with("\r\n\r\none"), "{said}");
    let said = said_to(replies!["one", Fault::garbage("two")], &GET.repeat(2));
    assert!(said.ends_with("\r\n\r\nonetwo"), "{said}");
}

#[test]
fn informational_heads_stand_before_the_head() {
    let hinted = reply(204)
        .early_hints(["</a.css>"])
        .informational(102, [("x-step", "1")]);
    let said = said_to(replies![hinted, Fault::Closed], &GET.repeat(2));
    let begin = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 102 Processing\r\nx-step: 1\r\n\r\n";
    assert!(
        said.starts_with(&format!("{begin}HTTP/1.1 204 No Content\r\n")),
        "{said}"
    );
}

#[test]
fn the_body_of_an_early_reply_is_not_waited_for() {
    let asked = "POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 1000\r\n\r\nthe beginning";
    let said = said_to(reply(413).early().body("no"), asked);
    assert!(
        said.starts_with("HTTP/1.1 413 ") && said.ends_with("no"),
        "{said}"
    );
}

#[test]
fn half_closed_it_reads_on() {
    let engine = engine();
    engine.post("/a").reply(Fault::HalfClosed);
    let listener = Listener::of(&engine);
    let mut client = TcpStream::connect(listener.address()).expect("it listens");
    let asked = "POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 2\r\n\r\nhi";
    client.write_all(asked.as_bytes()).expect("written");
    let mut said = Vec::new();
    client.read_to_end(&mut said).expect("an end");
    assert!(said.is_empty());
    // Far more than the buffers between hold: somebody reads it.
    client.write_all(&vec![b'z'; 32 << 20]).expect("read");
    client.shutdown(Shutdown::Write).expect("shut");
    assert_eq!(engine.calls()[0].outcome(), &CallOutcome::Faulted);
}

#[test]
fn an_endless_header_ends_with_its_reader() {
    let engine = engine();
    engine.get("/a").reply(Fault::EndlessHeader);
    let listener = Listener::of(&engine);
    let mut client = TcpStream::connect(listener.address()).expect("it listens");
    client.write_all(GET.as_bytes()).expect("written");
    let mut read = vec![0; 8 << 20];
    client.read_exact(&mut read).expect("it goes on");
    assert!(read.starts_with(b"HTTP/1.1 200 OK\r\nx-standin: aaaa"));
    assert_eq!(read.iter().filter(|byte| **byte == b'\n').count(), 1);
    drop(client);
    // The thread that all listeners share goes on serving.
    engine.get("/b").reply(Fault::Closed);
    let mut other = TcpStream::connect(listener.address()).expect("it listens");
    other
        .write_all(b"GET /b HTTP/1.1\r\n\r\n")
        .expect("written");
    assert_eq!(other.read_to_end(&mut Vec::new()).expect("an end"), 0);
}

#[test]
fn a_reset_is_one_at_every_step() {
    let engine = engine();
    let listener = Listener::of(&engine);
    for (fault, body) in [
        (Fault::ResetOnAccept, ""),
        (Fault::ResetOnHead, ""),
        (Fault::Reset, "hi"),
    ] {
        engine.post("/a").reply(fault.clone());
        let mut client = TcpStream::connect(listener.address()).expect("it listens");
        let asked = format!("POST /a HTTP/1.1\r\nhost: x.io\r\ncontent-length: 2\r\n\r\n{body}");
        // One that is reset already cannot be written to.
        let written = client.write_all(asked.as_bytes());
        let ended = written.and_then(|()| client.read_to_end(&mut Vec::new()).map(|_| ()));
        let kind = ended.expect_err("a reset").kind();
        assert!(
            matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
            "{fault}: {kind}"
        );
        assert_eq!(
            engine.calls().last().map(|call| call.outcome().clone()),
            Some(CallOutcome::Faulted)
        );
    }
}
