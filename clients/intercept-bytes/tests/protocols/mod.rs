//! Servers of the test's own.
#![allow(dead_code, unreachable_pub, reason = "each test file uses some of them")]

use std::collections::BTreeMap;

use bytes::{Buf, BytesMut};
use standin::prelude::*;
use standin::{ToClient, Protocol};

/// A Redis with GET, SET and INCRBY; whatever else it is asked is fine.
#[derive(Clone, Default)]
pub struct Redis(BTreeMap<String, String>);

impl Protocol for Redis {
    fn heard(&mut self, unread: &mut BytesMut, line: &mut ToClient) {
        while let Some((command, length)) = command(unread) {
            unread.advance(length);
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["SET", key, value] => {
                    self.0.insert((*key).to_owned(), (*value).to_owned());
                    line.send("+OK\r\n");
                }
                ["GET", key] => match self.0.get(*key) {
                    Some(value) => line.send(format!("${}\r\n{value}\r\n", value.len())),
                    None => line.send("$-1\r\n"),
                },
                ["INCRBY", key, by] => {
                    let value = self.0.entry((*key).to_owned()).or_default();
                    let sum = value.parse().unwrap_or(0) + by.parse().unwrap_or(0);
                    *value = sum.to_string();
                    line.send(format!(":{sum}\r\n"));
                }
                _ => line.send("+OK\r\n"),
            }
        }
    }
}

/// The next command, and its length; `None` when it is not whole yet.
fn command(unread: &[u8]) -> Option<(Vec<String>, usize)> {
    let (count, mut at) = number(unread, 0, b'*')?;
    let mut words = Vec::new();
    for _ in 0..count {
        let (length, start) = number(unread, at, b'$')?;
        let word = unread.get(start..start + length)?;
        words.push(String::from_utf8_lossy(word).into_owned());
        at = start + length + 2;
    }
    (at <= unread.len()).then_some((words, at))
}

fn number(unread: &[u8], at: usize, kind: u8) -> Option<(usize, usize)> {
    let rest = unread.get(at..)?.strip_prefix(&[kind])?;
    let end = rest.windows(2).position(|two| two == b"\r\n")?;
    let number = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    Some((number, at + 1 + end + 2))
}

/// PostgreSQL for one simple query whose answer is one text. Where the client asks for TLS first, it gets it.
pub async fn postgres(mut io: Connection) -> std::io::Result<()> {
    let mut startup = message(&mut io).await?;
    if startup == 80_877_103_u32.to_be_bytes().as_slice() {
        io.send("S");
        io.start_tls().await?;
        startup = message(&mut io).await?;
    }
    assert_eq!(&startup[..4], 196_608_u32.to_be_bytes(), "version 3.0");
    io.send([&b"R\0\0\0\x08\0\0\0\0"[..], b"Z\0\0\0\x05I"].concat());
    io.expect("Q").await?;
    let query = message(&mut io).await?;
    assert_eq!(&query[..], b"SELECT name FROM users\0");
    let mut columns = b"\0\x01name\0".to_vec();
    columns.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);
    io.send(framed(b'T', &columns));
    io.send(framed(b'D', b"\0\x01\0\0\0\x03Ada"));
    io.send(framed(b'C', b"SELECT 1\0"));
    io.send(framed(b'Z', b"I"));
    // X, and the end.
    io.read().await;
    Ok(())
}

async fn message(io: &mut Connection) -> std::io::Result<bytes::Bytes> {
    let mut length = io.read_exact(4).await?;
    let length = length.get_u32() as usize;
    io.read_exact(length - 4).await
}

fn framed(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend_from_slice(&(content.len() as u32 + 4).to_be_bytes());
    message.extend_from_slice(content);
    message
}
