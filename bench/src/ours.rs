//! standin's part of each row: how it does what the floor and the peers do. `None` until it can; then the row prints its ratio and whether
//! its promise holds. The requests and the declarations are those of the floors: `floors::dispatch` and `rows::scaling` have them.

use crate::row::Start;

/// `dispatch/prepared`: an engine with one persistent mock, `rows::dispatch::in_chunks` around `serve_now`.
pub fn dispatch_prepared() -> Option<Start> {
    None
}

/// `dispatch/built`: `floors::dispatch::request(URL)` and `serve_now`.
pub fn dispatch_built() -> Option<Start> {
    None
}

/// `dispatch/life`: a new engine, one mock, one `serve_now`, verify, drop.
pub fn life() -> Option<Start> {
    None
}

/// `latency/middleware`: reqwest-middleware with standin's terminal middleware.
pub fn middleware() -> Option<Start> {
    None
}

/// `latency/tower`: standin's service.
pub fn tower() -> Option<Start> {
    None
}

/// `latency/hyper-memory`: standin's in-memory stream under a hyper client.
pub fn hyper_memory() -> Option<Start> {
    None
}

/// `latency/loopback`: a listener on a thread of its own.
pub fn loopback() -> Option<Start> {
    None
}

/// `latency/loopback-own-runtime`: a listener on the caller's runtime.
pub fn loopback_callers_runtime() -> Option<Start> {
    None
}

/// `scaling/exact`: `n` mocks of `exact_url(i)`, the last one asked for.
pub fn exact(_n: usize) -> Option<Start> {
    None
}

/// `scaling/mixed-hit`: `n` mocks of `mixed(i).declared`, the last one's `requested` asked for.
pub fn mixed_hit(_n: usize) -> Option<Start> {
    None
}

/// `scaling/mixed-miss`: the same mocks, `MIXED_MISS` asked for.
pub fn mixed_miss(_n: usize) -> Option<Start> {
    None
}

/// `scaling/regex`: `n` mocks with `regex(i)` for the path, `regex_request(n - 1)` asked for.
pub fn regexes(_n: usize) -> Option<Start> {
    None
}

/// `scaling/one-use`: `n` one-use mocks of `exact_url(0)`, used up; the time of each use.
pub fn one_use(_n: usize) -> Option<Start> {
    None
}

/// `scaling/register`: `n` mocks of `exact_url(i)` on a new engine; the time of each.
pub fn register(_n: usize) -> Option<Start> {
    None
}

/// `scaling/loopback-exact`: as `exact`, through a listener.
pub fn loopback_exact(_n: usize) -> Option<Start> {
    None
}

/// `scaling/loopback-regex`: as `regexes`, through a listener.
pub fn loopback_regexes(_n: usize) -> Option<Start> {
    None
}

/// `scaling/loopback-one-use`: as `one_use`, through a listener.
pub fn loopback_one_use(_n: usize) -> Option<Start> {
    None
}

/// `lifetime/pooled`: activate, one mock, one GET through a kept reqwest client with standin's adapter, verify, drop.
pub fn life_through_reqwest() -> Option<Start> {
    None
}

/// `lifetime/own-server`: an engine with a listener, one mock, one GET, verify, drop.
pub fn life_with_listener() -> Option<Start> {
    None
}

/// `memory/journal-entry`: `rows::memory::per_entry` around `REQUESTS` calls of `serve_now`, with the journal's bound raised to hold them.
pub fn journal_entry() -> Option<Start> {
    None
}
