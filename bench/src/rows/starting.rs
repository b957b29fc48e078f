//! What does it cost to have a server, and to be rid of it? Nothing is asked of it.

use std::any::Any;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::floors::hyper;
use crate::ours;
use crate::peers::{self, Peer};
use crate::row::{Bound, Row, Start, Work, start};

/// As in `lifetime`: what a peer leaves behind is for good.
const MOST_SERVERS: u64 = 20;

/// A server that runs, and its URL.
pub type Running = (Box<dyn Any>, String);

/// Which part of a server's life is timed.
#[derive(Clone, Copy)]
pub enum Part {
    Whole,
    Begin,
    End,
}

pub fn rows() -> Vec<Row> {
    vec![
        row(
            Part::Whole,
            Bound::Peer(0.2),
            Row::time(
                "starting/whole",
                "A server is started, its URL is asked for, and it is ended. The floor is a hyper server on a thread.",
            ),
        ),
        row(
            Part::Begin,
            // httptest binds on the caller's thread, and leaves the rest to its own.
            Bound::Of(0.1, &["wiremock", "mockito"]),
            Row::time("starting/begin", "Of that: until its URL is known."),
        ),
        row(
            Part::End,
            Bound::Floor(0.15),
            Row::time("starting/end", "Of that: its end."),
        ),
    ]
}

fn row(part: Part, bound: Bound, row: Row) -> Row {
    let mut row = row.most(MOST_SERVERS).floor(timed(part, || {
        let server = hyper::Server::start();
        let url = server.url();
        (Box::new(server), url)
    }));
    for peer in peers::ALL {
        row = row.peer(peer.name(), own(part, peer));
    }
    row = row.reference(
        "a bare listener",
        timed(part, || {
            let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a port");
            let address = listener
                .local_addr()
                .expect("a bound socket has an address");
            (Box::new(listener), format!("http://{address}"))
        }),
    );
    row.reference(
        "standin, without a runtime",
        ours::starting_on_its_thread(part),
    )
    .ours(bound, ours::starting(part))
}

fn own(part: Part, peer: &'static dyn Peer) -> Start {
    start(move || {
        peer.own().ok_or("every server is pooled")?;
        (timed(part, move || {
            let server = peer.own().expect("there was one before");
            let url = server.url();
            (Box::new(server), url)
        }))()
    })
}

/// Starts and ends servers, and says how long that part of it took.
pub fn timed(part: Part, begin: impl Fn() -> Running + 'static) -> Start {
    start(move || {
        Work::timed(move |n| {
            let mut took = Duration::ZERO;
            for _ in 0..n {
                let began = Instant::now();
                let (server, url) = begin();
                let begin = began.elapsed();
                std::hint::black_box(url);
                let ending = Instant::now();
                drop(server);
                let end = ending.elapsed();
                took += match part {
                    Part::Whole => begin + end,
                    Part::Begin => begin,
                    Part::End => end,
                };
            }
            took
        })
    })
}
