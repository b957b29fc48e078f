//! One request, decided in process.

use std::time::{Duration, Instant};

use crate::floors::dispatch::{One, URL, request};
use crate::ours;
use crate::row::{Bound, Row, Start, Work, start};

pub fn rows() -> Vec<Row> {
    vec![
        Row::time("dispatch/prepared", "One mock: match, count, journal, reply; the request is made beforehand and dropped afterwards.")
            .floor(prepared())
            .ours(Bound::Floor(1.5), ours::dispatch_prepared()),
        Row::time("dispatch/built", "The same with building the request and dropping it.")
            .floor(built())
            .ours(Bound::Floor(1.5), ours::dispatch_built()),
        Row::time(
            "dispatch/life",
            "An engine, one mock, one call, verify and drop, in process. The floor is that of `dispatch/built`: one call alone. Five calls of \
             standin's own are promised, of 1.5 floors each.",
        )
        .floor(built())
        .ours(Bound::Floor(7.5), ours::life()),
    ]
}

fn prepared() -> Start {
    start(|| {
        let one = One::new();
        Work::timed(move |n| in_chunks(n, || request(URL), |request| one.serve(request)))
    })
}

fn built() -> Start {
    start(|| {
        let one = One::new();
        Work::repeat(move || one.serve(&request(URL)))
    })
}

/// Times `serve` alone: makes 256 requests, serves them, drops them, and so on.
pub fn in_chunks<R, T>(
    n: u64,
    mut make: impl FnMut() -> R,
    mut serve: impl FnMut(&R) -> T,
) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = n;
    while left > 0 {
        let chunk = left.min(256);
        let requests: Vec<R> = (0..chunk).map(|_| make()).collect();
        let began = Instant::now();
        for request in &requests {
            std::hint::black_box(serve(request));
        }
        took += began.elapsed();
        left -= chunk;
    }
    took
}
