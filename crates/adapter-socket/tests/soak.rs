//! 100,000 connections over 64 threads leave no descriptor and no thread behind.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::{fs, thread};

use clients::{get, start};
use standin_core::prelude::*;

const THREADS: usize = 64;
const CONNECTIONS: usize = 100_000;
/// Connections of one engine; after them it ends, and the next one begins.
const OF_AN_ENGINE: usize = 125;

fn count(folder: &str) -> usize {
    fs::read_dir(folder).expect("of this process").count()
}

fn engines(connections: usize) {
    for engine in 0..connections / OF_AN_ENGINE {
        let _net = start();
        let answer = format!("{:?} {engine}", thread::current().id());
        mock::get("http://api.standin.test/")
            .times(OF_AN_ENGINE as u64)
            .reply(answer.clone());
        for _ in 0..OF_AN_ENGINE {
            assert_eq!(get("api.standin.test:80", "/").expect("answered"), answer);
        }
    }
}

#[test]
#[ignore = "half a minute"]
fn many_connections_leave_nothing_behind() {
    thread::spawn(|| engines(OF_AN_ENGINE))
        .join()
        .expect("the thread of ours is there now");
    let before = (count("/proc/self/fd"), count("/proc/self/task"));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| engines(CONNECTIONS.div_ceil(THREADS * OF_AN_ENGINE) * OF_AN_ENGINE));
        }
    });
    // What a closed connection leaves is cleared away by our thread, which may be at it still: now, and when it was counted before.
    let now = || (count("/proc/self/fd"), count("/proc/self/task"));
    let is_clear = |now: (usize, usize)| now.0 <= before.0 && now.1 <= before.1;
    let mut left = 100_000;
    while !is_clear(now()) && left > 0 {
        thread::yield_now();
        left -= 1;
    }
    let after = now();
    assert!(is_clear(after), "before: {before:?}, after: {after:?}");
}
