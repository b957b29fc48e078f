//! With the feature `tracing` each decision is one event, which a subscriber of the user's gets.
#![cfg(feature = "tracing")]

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};

use standin_core::prelude::*;
use standin_core::{Connect, Destination, Engine, Outcome, OwnedEngine, RequestRef};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Writes each event as a line: level, target, fields by name.
#[derive(Clone, Default)]
struct Lines {
    written: Arc<Mutex<Vec<String>>>,
    at_most: Option<Level>,
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.at_most.is_none_or(|level| *metadata.level() <= level)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut line = format!("{} {}", event.metadata().level(), event.metadata().target());
        for (name, value) in fields.0 {
            write!(line, " {name}={value}").unwrap();
        }
        self.written.lock().unwrap().push(line);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The events that `act` makes.
fn events(lines: Lines, act: impl FnOnce(OwnedEngine)) -> Vec<String> {
    let engine = Engine::new().lenient();
    tracing::subscriber::with_default(lines.clone(), || act(engine));
    let lines = lines.written.lock().unwrap();
    lines.clone()
}

fn ask(engine: &Engine, request: Request) {
    match engine.serve_blocking(request) {
        Outcome::Reply(answered) => answered.ticket.settle(),
        Outcome::PassThrough(passed) => passed.ticket.settle(),
        _ => {}
    }
}

#[test]
fn a_call_that_is_answered_is_one_event_of_level_debug() {
    let said = events(Lines::default(), |engine| {
        engine.get("https://x.io/a").named("users").reply(200);
        ask(&engine, Request::get("https://x.io/a?api_key=hunter2"));
    });
    let [line] = said.as_slice() else {
        panic!("{said:#?}")
    };
    let begin = "DEBUG standin call=1 method=GET mock=`users` (mock::get(\"https://x.io/a\")) at ";
    assert!(line.starts_with(begin), "{line}");
    let end = " outcome=answered url=https://x.io/a?api_key=***(7)";
    assert!(line.ends_with(end), "{line}");
}

#[test]
fn a_request_that_nothing_matches_is_a_warning_with_the_nearest_miss() {
    let said = events(Lines::default(), |engine| {
        let narrow = engine.get("https://x.io/a").header("accept", "text/html");
        narrow.optional().reply(200);
        ask(
            &engine,
            Request::get("https://x.io/a").with_header("accept", "text/plain"),
        );
    });
    let [line] = said.as_slice() else {
        panic!("{said:#?}")
    };
    assert!(
        line.starts_with("WARN standin call=1 method=GET nearest=mock::get("),
        "{line}"
    );
    assert!(
        line.contains("header `accept`: expected text/html, received text/plain"),
        "{line}"
    );
    assert!(
        line.ends_with(" outcome=unmatched url=https://x.io/a"),
        "{line}"
    );
}

#[test]
fn every_way_to_a_decision_makes_one() {
    let said = events(Lines::default(), |engine| {
        engine.get("https://x.io/at-once").reply(200);
        let look = http::Request::get("https://x.io/at-once").body(()).unwrap();
        let reply = engine.reply_at_once(&RequestRef::of(&look, b""));
        assert!(reply.is_some());
        engine.get("https://x.io/fault").reply(Fault::Reset);
        ask(&engine, Request::get("https://x.io/fault"));
        engine.get("https://x.io/real").pass_through();
        ask(&engine, Request::get("https://x.io/real"));
        engine
            .get("https://x.io/panics")
            .reply(|_: &Request| -> u16 { panic!("oh") });
        ask(&engine, Request::get("https://x.io/panics"));
        engine.get("https://down.io").reply(Fault::Refused);
        let to = Destination::new("https", "down.io", None);
        let met = engine.connect_at(&to, standin_core::FaultStep::Connect);
        assert!(matches!(met, Connect::Fault(_)), "{met:?}");
        engine.malformed(&"http://x.io".parse().unwrap(), "no request", b"\x16\x03");
        let handle = engine.handle();
        // The closure's panic fails it.
        assert!(catch_unwind(|| drop(engine)).is_err());
        ask(&handle, Request::get("https://x.io/late"));
    });
    let outcomes: Vec<(&str, &str)> = said
        .iter()
        .map(|line| {
            let outcome = line.split("outcome=").nth(1).unwrap_or_default();
            (
                line.split(' ').next().unwrap(),
                outcome.split(' ').next().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("DEBUG", "answered"),
        ("DEBUG", "faulted"),
        ("DEBUG", "passed_through"),
        ("WARN", "failed"),
        ("DEBUG", "faulted"),
        ("WARN", "malformed"),
        ("WARN", "ended"),
    ];
    assert_eq!(outcomes, expected, "{said:#?}");
}

#[test]
fn who_asks_for_warnings_is_told_no_more() {
    let warnings = Lines {
        at_most: Some(Level::WARN),
        ..Lines::default()
    };
    let said = events(warnings, |engine| {
        engine.get("https://x.io/a").reply(200);
        ask(&engine, Request::get("https://x.io/a"));
        ask(&engine, Request::get("https://x.io/b"));
    });
    assert_eq!(said.len(), 1, "{said:#?}");
}
