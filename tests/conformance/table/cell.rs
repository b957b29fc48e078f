//! What one client reports of one fault, in few words.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use http_body_util::BodyExt;
use standin::prelude::*;
use tokio::time::timeout;

use super::rows::Row;
use crate::client::{Client, Refused, Told, Upload, post};

/// The host that every row mocks.
pub const URL: &str = "x.io/";

#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub text: String,
    /// Of the innermost `io::Error`.
    pub kind: Option<io::ErrorKind>,
}

impl Cell {
    pub fn is_none(&self) -> bool {
        self.text.starts_with("*none*")
    }
}

pub async fn cell<C: Client>(row: &Row) -> Cell {
    let net = standin::activate();
    (row.declare)();
    let body = match row.upload {
        true => Upload::open([Bytes::from_static(b"the beginning of an upload")]),
        false => Upload::whole("order"),
    };
    let reported = report::<C>(post(URL, body)).await;
    net.settled_within(std::time::Duration::ZERO);
    let said = catch_unwind(AssertUnwindSafe(|| drop(net)));
    let failed = said
        .err()
        .map(|said| *said.downcast::<String>().expect("the report is text"));
    match (reported, failed) {
        (Err(refused), Some(report)) => {
            let said = refused.text();
            let why = said
                .split(" has no meaning here: ")
                .nth(1)
                .unwrap_or_else(|| panic!("{} fails verification:\n{report}\n{said}", row.code));
            assert!(report.contains(why.trim()), "{report}");
            Cell {
                text: format!("*none*: {}", why.trim()),
                kind: None,
            }
        }
        (Ok(text), None) => Cell { text, kind: None },
        (Err(refused), None) => named(&refused),
        (Ok(text), Some(report)) => panic!("{}: {text}, and\n{report}", row.code),
    }
}

/// What came, where nothing went wrong.
async fn report<C: Client>(request: http::Request<Upload>) -> Result<String, Refused> {
    let client = C::new();
    let Some(opened) = client.open_within(secs(3600), request).await else {
        return Ok("waits for ever".to_owned());
    };
    let mut opened = opened?;
    let mut read = 0;
    loop {
        match timeout(secs(3600), opened.body_mut().frame()).await {
            Err(_) => {
                return Ok(format!(
                    "{}, {read} bytes, then waits for ever",
                    opened.status().as_u16()
                ));
            }
            Ok(None) => return Ok(format!("{}, {read} bytes", opened.status().as_u16())),
            Ok(Some(Ok(frame))) => read += frame.data_ref().map_or(0, Bytes::len),
            Ok(Some(Err(error))) if C::gave_up(&error) => {
                return Ok(format!(
                    "{}, {read} bytes, then waits for ever",
                    opened.status().as_u16()
                ));
            }
            Ok(Some(Err(error))) => {
                let within = Within(opened.status().as_u16(), read, error);
                return Err(Refused::from(Box::new(within) as crate::client::BoxError));
            }
        }
    }
}

/// An error within a body, and what came before it.
#[derive(Debug)]
struct Within(u16, usize, crate::client::BoxError);

impl std::fmt::Display for Within {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} bytes, then", self.0, self.1)
    }
}

impl std::error::Error for Within {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.2)
    }
}

/// What a client says of a handshake, without the moments and names of the case.
fn of_tls(said: &str) -> Option<String> {
    let is_of_tls = ["invalid peer certificate: ", "received fatal alert: "];
    let (what, which) = said.split_once(": ")?;
    is_of_tls
        .iter()
        .any(|start| said.starts_with(start))
        .then(|| {
            let end = which.find([':', ';', '"', '(']).unwrap_or(which.len());
            format!("{what}: {}", which[..end].trim_end())
        })
}

/// Without how much of a reply there was when it was enough, and without links.
fn in_short(said: &str) -> &str {
    let said = said.split(": https://").next().unwrap_or(said);
    match said.split_once(" is too big: ") {
        Some((what, _)) => &said[..what.len() + " is too big".len()],
        None => said,
    }
}

fn named(refused: &Refused) -> Cell {
    let mut words = Vec::new();
    if let Some(within) = refused.find::<Within>() {
        words.push(format!("{within} "));
    }
    let connects = refused
        .find::<hyper_util::client::legacy::Error>()
        .is_some_and(hyper_util::client::legacy::Error::is_connect);
    if connects {
        words.push("connect: ".into());
    }
    // Errors of hyper that hold an `io::Error` only as words are known by what they say.
    let io = refused
        .chain()
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .last();
    let h2 = refused
        .chain()
        .find_map(|error| error.downcast_ref::<h2::Error>());
    let kind = io.map(io::Error::kind);
    let reason = h2.and_then(h2::Error::reason);
    // What libc's resolver says has a kind without a name.
    let is_nameless = kind.is_some_and(|kind| format!("{kind:?}") == "Uncategorized");
    match (kind, reason) {
        (Some(_), _) if is_nameless => {
            let last = refused.chain().last().map(ToString::to_string);
            words.push(format!("io, \"{}\"", last.unwrap_or_default()));
        }
        (Some(io::ErrorKind::Other), _) => {
            let last = refused
                .chain()
                .last()
                .map(ToString::to_string)
                .unwrap_or_default();
            words.push(format!("io `Other`, \"{last}\""));
        }
        (Some(kind), _) => {
            words.push(format!("io `{kind:?}`"));
            let last = refused.chain().last().map(ToString::to_string);
            if let Some(said) = last.as_deref().and_then(of_tls) {
                words.push(format!(", \"{said}\""));
            }
        }
        (None, Some(reason)) => {
            let what = h2.map_or("", |h2| match () {
                () if h2.is_go_away() => "GOAWAY ",
                () if h2.is_reset() => "RST_STREAM ",
                () => "",
            });
            words.push(format!("h2 `{what}{reason:?}`"));
        }
        (None, None) => {
            assert!(refused.find::<Told>().is_none(), "{refused:?}");
            let last = refused.chain().last().expect("an error");
            assert!(last.source().is_none());
            words.push(format!("\"{}\"", in_short(&last.to_string())));
        }
    }
    Cell {
        text: words.concat().replace('|', "\\|"),
        kind,
    }
}
