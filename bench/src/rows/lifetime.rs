//! What does a test pay beyond its request? Set-up, one mock, one request, verify, tear-down.

use crate::client::Client;
use crate::floors::hyper;
use crate::ours;
use crate::peers::{self, Path, Peer, Server, Uses};
use crate::row::{Bound, Row, Start, Work, start};

/// An own server costs a port that the system keeps for a minute, and mockito's a thread and descriptors for good.
const MOST_SERVERS: u64 = 20;

pub fn rows() -> Vec<Row> {
    let mut pooled = Row::time(
        "lifetime/pooled",
        "A server from the peer's pool, one mock, one GET by a client that is kept, verify, give back. The floor is one GET of a hyper server that runs.",
    )
    .floor(running());
    let mut own = Row::time(
        "lifetime/own-server",
        "The same with a server started and ended for it. The floor starts a hyper server on a thread, asks it once, ends it.",
    )
    .most(MOST_SERVERS)
    .floor(started());
    for peer in peers::ALL {
        pooled = pooled.peer(peer.name(), life(peer, Peer::pooled, "has no pool"));
        own = own.peer(peer.name(), life(peer, Peer::own, "every server is pooled"));
    }
    vec![
        pooled.ours(Bound::Floor(1.0), ours::life_through_reqwest()),
        own.ours(Bound::Floor(1.05), ours::life_with_listener()),
    ]
}

fn life(
    peer: &'static dyn Peer,
    server: fn(&'static dyn Peer) -> Option<Box<dyn Server>>,
    without: &'static str,
) -> Start {
    start(move || {
        // Kept, so that the pool's first server is not started in a round.
        server(peer).ok_or(without)?;
        let client = Client::new();
        Work::repeat(move || {
            let mut server = server(peer).expect("there was one before");
            server.mount(&Path::Exact("/users/7".into()), Uses::Once);
            client.get(&format!("{}/users/7", server.url()), 1);
            server.verify();
        })
    })
}

fn running() -> Start {
    start(|| {
        let (server, client) = (hyper::Server::start(), Client::new());
        Work::repeat(move || client.get(&format!("{}/users/7", server.url()), 1))
    })
}

fn started() -> Start {
    start(|| {
        let client = Client::new();
        Work::repeat(move || {
            let server = hyper::Server::start();
            client.get(&format!("{}/users/7", server.url()), 1);
        })
    })
}
