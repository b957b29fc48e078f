//! A real server on loopback, so that what passes through can be told from a mock.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;

/// Answers every request of as many connections with 299.
pub(crate) fn server(connections: usize) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().expect("a client");
            thread::spawn(move || {
                let mut asked = [0; 4096];
                while stream.read(&mut asked).is_ok_and(|read| read > 0) {
                    let said = b"HTTP/1.1 299 Real\r\ncontent-length: 4\r\n\r\nreal";
                    if stream.write_all(said).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}
