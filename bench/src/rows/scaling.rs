//! What does a request cost as mocks grow? In process, where the index is seen alone, and over loopback beside the peers.

use std::time::Duration;

use crate::client::{Client, time};
use crate::floors::dispatch::{Many, Queue, request};
use crate::floors::hyper;
use crate::ours;
use crate::peers::{self, Path, Peer, Uses};
use crate::row::{Bound, Row, Start, Work, start};

const NUMBERS: [usize; 5] = [1, 10, 100, 1_000, 10_000];

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(NUMBERS.map(|n| {
        Row::time("scaling/exact", "In process: n mocks, each an exact path of one host; the request that only the last one matches.")
            .point(n)
            .floor(found((0..n).map(exact_url).collect(), exact_url(n - 1)))
            .ours(Bound::First(1.5), ours::exact(n))
    }));
    rows.extend(NUMBERS.map(|n| {
        Row::time(
            "scaling/mixed-hit",
            "In process: n mocks, exact paths, templates and hosts mixed; the request that only the last one matches. \
             The floor hashes the URLs that are asked for.",
        )
        .point(n)
        .floor(found((0..n).map(|i| mixed(i).requested).collect(), mixed(n - 1).requested))
        .ours(Bound::First(1.5), ours::mixed_hit(n))
    }));
    rows.extend(NUMBERS.map(|n| {
        Row::time(
            "scaling/mixed-miss",
            "The same mocks; a request on one of their hosts that none of them matches.",
        )
        .point(n)
        .floor(found(
            (0..n).map(|i| mixed(i).requested).collect(),
            MIXED_MISS.into(),
        ))
        .ours(Bound::First(1.5), ours::mixed_miss(n))
    }));
    rows.extend([1, 10, 100, 1_000].map(|n| {
        Row::time("scaling/regex", "In process: n mocks, each a regex for its path; the request that only the last one matches.")
            .point(n)
            .ours(Bound::First(5.0), ours::regexes(n))
    }));
    rows.extend([100, 1_000, 10_000].map(|n| {
        Row::time(
            "scaling/one-use",
            "In process: n one-use mocks on one URL, used up one by one; the time of each use. The instructions of a use are the same for any n, \
             within a tenth; that ten thousand mocks do not fit into the processor's caches is what is left.",
        )
        .point(n)
        .each(n)
        .floor(queue(n))
        .ours(Bound::First(2.0), ours::one_use(n))
    }));
    rows.extend([1_000, 10_000].map(|n| {
        let row = Row::time(
            "scaling/register",
            "Registering one of n mocks, each an exact path.",
        )
        .point(n)
        .each(n)
        .floor(insert(n));
        with_peers(row, |peer| register(peer, n)).ours(Bound::Value(1_000.0), ours::register(n))
    }));
    rows.extend(NUMBERS.map(|n| {
        let row = Row::time("scaling/loopback-exact", "Over loopback: n mocks, each an exact path; the request that only the one asked last matches.")
            .point(n)
            .floor(loopback_floor(1));
        with_peers(row, |peer| last_of(peer, n, exact, exact)).ours(Bound::First(1.5), ours::loopback_exact(n))
    }));
    rows.extend([1, 10, 100, 1_000].map(|n| {
        let row = Row::time(
            "scaling/loopback-regex",
            "Over loopback: the same with a regex for each path.",
        )
        .point(n)
        .floor(loopback_floor(1));
        with_peers(row, |peer| last_of(peer, n, regex, regex_request))
            .ours(Bound::First(5.0), ours::loopback_regexes(n))
    }));
    rows.extend([100, 1_000, 10_000].map(|n| {
        let row = Row::time(
            "scaling/loopback-one-use",
            "Over loopback: n one-use mocks on one URL, used up one by one; the time of each use.",
        )
        .point(n)
        .each(n)
        .floor(loopback_floor(n));
        with_peers(row, |peer| use_up(peer, n)).ours(Bound::First(1.5), ours::loopback_one_use(n))
    }));
    rows
}

/// The `i`th exact path.
pub fn exact(i: usize) -> String {
    format!("/items/{i}/details")
}

/// A URL with the `i`th exact path.
pub fn exact_url(i: usize) -> String {
    format!("https://api.x.io{}", exact(i))
}

/// The `i`th regex, for a whole path.
pub fn regex(i: usize) -> String {
    format!("^/items/{i}/[a-z]+$")
}

/// A path that the `i`th regex alone matches.
pub fn regex_request(i: usize) -> String {
    exact(i)
}

/// A declaration among mixed ones.
pub struct Mixed {
    /// As standin declares it.
    #[allow(dead_code, reason = "standin's part reads it")]
    pub declared: String,
    /// A URL that matches it alone.
    pub requested: String,
}

/// What no mock of `mixed` matches, on a host that many of them have.
pub const MIXED_MISS: &str = "https://api.x.io/none/of/these";

/// The `i`th of exact paths, templates and hosts in turn.
pub fn mixed(i: usize) -> Mixed {
    match i % 3 {
        0 => Mixed {
            declared: exact_url(i),
            requested: exact_url(i),
        },
        1 => Mixed {
            declared: format!("https://api.x.io/users{i}/{{id}}/posts"),
            requested: format!("https://api.x.io/users{i}/7/posts"),
        },
        _ => Mixed {
            declared: format!("https://h{i}.x.io/"),
            requested: format!("https://h{i}.x.io/"),
        },
    }
}

fn with_peers(mut row: Row, start: impl Fn(&'static dyn Peer) -> Start) -> Row {
    for peer in peers::ALL {
        row = row.peer(peer.name(), start(peer));
    }
    row
}

fn found(urls: Vec<String>, asked: String) -> Start {
    start(move || {
        let mut many = Many::new();
        for url in &urls {
            many.add(url);
        }
        Work::repeat(move || many.serve(&request(&asked)))
    })
}

fn queue(n: usize) -> Start {
    start(move || {
        Work::timed(move |rounds| {
            let mut took = Duration::ZERO;
            for _ in 0..rounds {
                let queue = Queue::new(n);
                took += time(|| {
                    for _ in 0..n {
                        std::hint::black_box(
                            queue.serve(&request(&exact_url(0))).expect("a use is left"),
                        );
                    }
                });
            }
            took
        })
    })
}

fn insert(n: usize) -> Start {
    start(move || {
        let urls: Vec<String> = (0..n).map(exact_url).collect();
        Work::timed(move |rounds| {
            let mut took = Duration::ZERO;
            for _ in 0..rounds {
                let mut many = Many::new();
                took += time(|| urls.iter().for_each(|url| many.add(url)));
            }
            took
        })
    })
}

fn register(peer: &'static dyn Peer, n: usize) -> Start {
    start(move || {
        let paths: Vec<Path> = (0..n).map(|i| Path::Exact(exact(i))).collect();
        Work::timed(move |rounds| {
            let mut took = Duration::ZERO;
            for _ in 0..rounds {
                let mut server = peer.server();
                took += time(|| paths.iter().for_each(|path| server.mount(path, Uses::Any)));
            }
            took
        })
    })
}

/// One repetition is `each` requests.
fn loopback_floor(each: usize) -> Start {
    start(move || {
        let server = hyper::Server::start();
        let (client, url) = (Client::new(), format!("{}{}", server.url(), exact(0)));
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = &server;
            client.get(&url, n * each as u64);
        })))
    })
}

fn last_of(
    peer: &'static dyn Peer,
    n: usize,
    declared: fn(usize) -> String,
    requested: fn(usize) -> String,
) -> Start {
    start(move || {
        let mut server = peer.server();
        let wrap = if declared(0) == requested(0) {
            Path::Exact
        } else {
            Path::Regex
        };
        for i in 0..n {
            server.mount(&wrap(declared(i)), Uses::Any);
        }
        let last = if peer.newest_first() { 0 } else { n - 1 };
        let (client, url) = (
            Client::new(),
            format!("{}{}", server.url(), requested(last)),
        );
        Ok(Work::Repeat(Box::new(move |n| {
            let _running = &server;
            client.get(&url, n);
        })))
    })
}

fn use_up(peer: &'static dyn Peer, n: usize) -> Start {
    start(move || {
        if let Some(why) = peer.no_one_use() {
            return Err(why.into());
        }
        let client = Client::new();
        Work::timed(move |rounds| {
            let mut took = Duration::ZERO;
            for _ in 0..rounds {
                let mut server = peer.server();
                for _ in 0..n {
                    server.mount(&Path::Exact(exact(0)), Uses::Once);
                }
                let url = format!("{}{}", server.url(), exact(0));
                took += time(|| client.get(&url, n as u64));
                server.verify();
            }
            took
        })
    })
}
