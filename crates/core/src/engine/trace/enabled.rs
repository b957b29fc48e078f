//! Events of the crate `tracing`: at level debug for what was answered or let through, warn for the rest.

use tracing::{Level, debug, enabled, warn};

use crate::engine::exchange::Exchange;
use crate::engine::outcome::Outcome;
use crate::engine::{Engine, Unmatched, verify};
use crate::report::{Finding, visible};
use crate::request::Request;
use crate::secret;

/// Characters of a URL.
const URL: usize = 300;

/// An exchange has decided.
pub(in crate::engine) fn decided(exchange: &Exchange, outcome: &Outcome) {
    if !enabled!(target: "standin", Level::WARN) {
        return;
    }
    let engine = &exchange.engine;
    let (outcome, nearest) = match outcome {
        Outcome::Reply(answered) if answered.reply.as_fault().is_some() => ("faulted", None),
        Outcome::Reply(_) => ("answered", None),
        Outcome::PassThrough(_) => ("passed_through", None),
        Outcome::Converse(_) => ("converses", None),
        Outcome::Unmatched(unmatched) => ("unmatched", nearest(unmatched)),
        Outcome::Failed(_) => ("failed", None),
        Outcome::Tunnel => ("tunnel", None),
        Outcome::Ended => ("ended", None),
    };
    match exchange.call {
        Some(number) => of_call(engine, number, outcome, nearest),
        None => event(None, exchange.request(), outcome, None, None),
    }
}

/// A call was decided that is no exchange.
pub(in crate::engine) fn call(engine: &Engine, number: u64, outcome: &'static str) {
    if enabled!(target: "standin", Level::WARN) {
        of_call(engine, number, outcome, None);
    }
}

fn of_call(engine: &Engine, number: u64, outcome: &'static str, nearest: Option<String>) {
    let found = {
        let state = engine.state();
        let entry = state.journal.get(number);
        entry.map(|entry| (entry.record.clone(), entry.mock.clone()))
    };
    if let Some((record, live)) = found {
        let mock = live.map(|live| live.line().to_string());
        event(Some(number), &record.request(), outcome, mock, nearest);
    }
}

fn event(
    call: Option<u64>,
    request: &Request,
    outcome: &'static str,
    mock: Option<String>,
    nearest: Option<String>,
) {
    let method = request.method().as_str();
    let url = visible(&secret::url(&request.url()), URL);
    let url = &*url;
    if matches!(
        outcome,
        "answered" | "converses" | "faulted" | "passed_through" | "tunnel"
    ) {
        debug!(target: "standin", call, method, url, outcome, mock, nearest);
    } else {
        warn!(target: "standin", call, method, url, outcome, mock, nearest);
    }
}

/// The nearest mock and what it missed; not kept, so that the client's error says what it says without a subscriber.
fn nearest(unmatched: &Unmatched) -> Option<String> {
    let report = verify::report_of_call(&unmatched.engine, &unmatched.open);
    match report.findings.first() {
        Some(Finding::Unmatched { nearest, .. }) => nearest.first().map(verify::line_of_near),
        _ => None,
    }
}
