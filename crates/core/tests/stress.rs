//! Many threads at once on one engine: uses are exact, and the journal misses nothing.

use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;

use standin_core::prelude::*;
use standin_core::{Engine, Outcome};

const THREADS: usize = 8;
const REQUESTS: usize = 1_000;

#[test]
fn uses_are_exact_under_many_threads() {
    let engine = Engine::new().lenient();
    let first = engine.get("https://x.io/a").times(500).reply(200);
    let second = engine
        .get("https://x.io/{any}")
        .times(250)
        .reply(|_: &Request| 201);
    let start = Barrier::new(THREADS);
    let counts = thread::scope(|scope| {
        let clients: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let mut counts = [0_u64; 3];
                    for _ in 0..REQUESTS {
                        match engine.serve_blocking(Request::get("https://x.io/a")) {
                            Outcome::Reply(answered) => {
                                counts[usize::from(answered.reply.status() == 201)] += 1;
                                answered.ticket.settle();
                            }
                            Outcome::Unmatched(_) => counts[2] += 1,
                            other => panic!("{other:?}"),
                        }
                    }
                    counts
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .fold([0; 3], |sum, counts| {
                [sum[0] + counts[0], sum[1] + counts[1], sum[2] + counts[2]]
            })
    });
    assert_eq!(counts, [500, 250, (THREADS * REQUESTS) as u64 - 750]);
    assert_eq!((first.count(), second.count()), (500, 250));
    let calls = engine.calls();
    assert_eq!(calls.len(), THREADS * REQUESTS);
    let numbers: HashSet<u64> = calls.iter().map(|call| call.number()).collect();
    assert_eq!(numbers.len(), calls.len());
}

#[test]
fn declaring_removing_and_moving_while_others_ask_leaves_the_counts_right() {
    let engine = Engine::new().lenient();
    let url = "https://x.io/a";
    let start = Barrier::new(THREADS);
    let answered: u64 = thread::scope(|scope| {
        let clients: Vec<_> = (0..THREADS)
            .map(|number| {
                let (engine, start) = (&engine, &start);
                scope.spawn(move || {
                    start.wait();
                    let mut answered = 0;
                    for round in 0..REQUESTS / 4 {
                        let mock = engine
                            .get("*")
                            .path(re("^/a$"))
                            .optional()
                            .priority((round % 3) as i32)
                            .reply(200);
                        match (number + round) % 4 {
                            0 => mock.set_priority(-1),
                            1 => mock.move_last(),
                            2 => mock.remove(),
                            _ => drop(mock.replace(
                                standin_core::Declaration::get(url).optional().reply(201),
                            )),
                        }
                        if let Outcome::Reply(reply) = engine.serve_blocking(Request::get(url)) {
                            answered += 1;
                            reply.ticket.settle();
                        }
                    }
                    answered
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .sum()
    });
    assert_eq!(
        engine
            .calls()
            .iter()
            .filter(|call| call.mock().is_some())
            .count() as u64,
        answered
    );
    let total = (THREADS * (REQUESTS / 4)) as u64;
    assert!(answered <= total && answered > 0);
}
