//! A program that makes its own connections, mocked from below: `cargo run --example interception`, on Linux with glibc.

#![allow(clippy::print_stdout, reason = "an example shows what happens")]

use std::io::{self, Read, Write};
use std::net::TcpStream;

use standin::prelude::*;

/// The code under test. It knows nothing of standin.
fn zen() -> io::Result<String> {
    let mut client = TcpStream::connect("api.example.com:80")?;
    client.write_all(b"GET /zen HTTP/1.0\r\nhost: api.example.com\r\n\r\n")?;
    let mut reply = String::new();
    client.read_to_string(&mut reply)?;
    let (_, body) = reply
        .split_once("\r\n\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(body.to_owned())
}

fn main() -> anyhow::Result<()> {
    // Elsewhere it says what to use instead.
    standin::intercept::start()?;
    let _net = standin::activate();
    mock::get("http://api.example.com/zen").reply("Keep it logically awesome.");
    println!("It says: {}", zen()?);
    Ok(())
}
