//! What does a journal keep for each request?

use crate::allocations;
use crate::client::Client;
use crate::floors::dispatch::{One, URL, request};
use crate::ours;
use crate::peers::{self, Journal, Path, Peer, Uses};
use crate::row::{Bound, Row, Start, Work, start};

/// Small GETs that are sent.
pub const REQUESTS: u64 = 10_000;

pub fn rows() -> Vec<Row> {
    let mut row = Row::bytes(
        "memory/journal-entry",
        "Live bytes of the process after 10,000 small GETs (of httpmock, which keeps 100, after 80), divided by their number.",
    )
    .floor(floor());
    for peer in peers::ALL {
        row = row.peer(peer.name(), kept(peer));
    }
    vec![row.ours(Bound::Value(300.0), ours::journal_entry())]
}

/// Live bytes for each of `requests`, which `send` sends.
pub fn per_entry(requests: u64, send: impl FnOnce(u64)) -> f64 {
    allocations::count(|| send(requests)).live as f64 / requests as f64
}

fn floor() -> Start {
    start(|| {
        let one = One::new();
        Ok(Work::Value(per_entry(REQUESTS, |n| {
            for _ in 0..n {
                one.serve(&request(URL));
            }
        })))
    })
}

fn kept(peer: &'static dyn Peer) -> Start {
    start(move || {
        let requests = match peer.journal() {
            Journal::All => REQUESTS,
            Journal::Last(most) => most * 8 / 10,
            Journal::Nothing => return Err("keeps no matched request".into()),
        };
        let mut server = peer.server();
        server.mount(&Path::Exact("/users/7".into()), Uses::Any);
        let (client, url) = (Client::new(), format!("{}/users/7", server.url()));
        // The connection and its buffers are not the journal's.
        client.get(&url, 5);
        Ok(Work::Value(per_entry(requests, |n| client.get(&url, n))))
    })
}
