//! What is to be done for a reply that moves, as actions.

use std::sync::Arc;

use standin_core::prelude::*;
use standin_core::{Action, Delay, Engine, Live, Outcome, Transport};

/// The actions of a reply after it was declared, in short.
fn actions(reply: Reply) -> Vec<String> {
    let engine = Engine::new();
    engine.get("https://x.io/").reply(reply);
    let reply = match engine.serve_blocking(Request::get("https://x.io/")) {
        Outcome::Reply(answered) => {
            answered.ticket.settle();
            answered.reply
        }
        other => panic!("{other:?}"),
    };
    let said = |action| match action {
        Action::WaitToConnect(duration) => format!("connect {duration:?}"),
        Action::Wait(duration) => format!("{duration:?}"),
        Action::Hold(_) => "gate".into(),
        Action::Informational(head) => format!("{}", head.with_body(()).status().as_u16()),
        Action::Head(head) => {
            let head = head.with_body(());
            let length = head.headers().get("content-length");
            let length = length.map_or("-", |length| length.to_str().expect("text"));
            format!("{} {length}", head.status().as_u16())
        }
        Action::Chunk(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Action::Trailers(_) => "trailers".into(),
        Action::Fault(fault) => fault.to_string(),
        other => format!("{other:?}"),
    };
    reply.actions().map(said).collect()
}

fn error(reply: Reply) -> String {
    let engine = Engine::new();
    let refused = engine
        .get("https://x.io/")
        .try_reply(reply)
        .expect_err("a mistake");
    refused.to_string()
}

#[test]
fn everything_has_its_place() {
    let gate = Gate::new();
    let all = reply(200)
        .connect_delay(secs(1))
        .lookup_delay(secs(7))
        .early_hints(["</a.css>; rel=preload"])
        .delay(secs(2))
        .body_delay(secs(3))
        .chunk("one")
        .gap(secs(4))
        .gate(&gate)
        .chunk("two")
        .gaps(secs(5))
        .gap(secs(6))
        .trailer("x-sum", "1");
    assert_eq!(
        actions(all),
        [
            "connect 7s",
            "connect 1s",
            "103",
            "2s",
            "200 -",
            "3s",
            "one",
            "4s",
            "gate",
            "5s",
            "two",
            "6s",
            "trailers"
        ]
    );
}

#[test]
fn a_body_with_a_pace_keeps_its_length() {
    let dribbled = reply(200).body("abcdefg").dribble(3, secs(30));
    assert_eq!(
        actions(dribbled),
        ["200 7", "10s", "abc", "10s", "def", "10s", "g"]
    );
    let narrow = reply(200).body("abcdefg").bandwidth(30);
    assert_eq!(
        actions(narrow),
        ["200 7", "100ms", "abc", "100ms", "def", "33.333333ms", "g"]
    );
}

#[test]
fn a_break_cuts_the_body_there() {
    let short = reply(200)
        .body("hello world")
        .breaks_after(5, Fault::Closed);
    assert_eq!(actions(short), ["200 11", "hello", "Fault::Closed"]);
    let chunked = reply(200)
        .chunk("ab")
        .gap(secs(1))
        .chunk("cd")
        .gap(secs(2))
        .chunk("ef");
    assert_eq!(
        actions(chunked.clone().breaks_after(3, Fault::Reset)),
        ["200 -", "ab", "1s", "c", "2s", "Fault::Reset"]
    );
    assert_eq!(
        actions(chunked.breaks_after(0, Fault::Reset)),
        ["200 -", "Fault::Reset"]
    );
    assert_eq!(
        actions(Fault::BrokenChunk.delay(secs(1))),
        ["1s", "200 -", "Fault::BrokenChunk"]
    );
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (reply, said) in [
        (
            reply(200).body("five.").breaks_after(5, Fault::Closed),
            "the body has 5 bytes and is over before Fault::Closed strikes after 5",
        ),
        (
            reply(200).body("five.").breaks_after(2, Fault::Refused),
            "Fault::Refused strikes before a body: give it alone, `.reply(Fault::Refused)`",
        ),
        (
            reply(200).delay(secs(2)..=secs(1)),
            "a delay from 2s to 1s has its ends the wrong way round",
        ),
        (
            reply(200).gap(Delay::log_normal(secs(1), -1.0)),
            "the spread of a log-normal delay is a number from 0, and -1 is not",
        ),
        (
            reply(200).body("a").dribble(0, secs(1)),
            "a body cannot be sent in no pieces",
        ),
        (
            reply(200).informational(200, [("a", "b")]),
            "200 is not the status of an informational reply",
        ),
        (
            reply(200).body(Live::of(|| ["a"].into_iter())).bandwidth(5),
            "a live body has its own pace and its own faults",
        ),
    ] {
        let error = error(reply);
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_fault_knows_where_it_has_no_meaning() {
    let over = [Transport::InProcess, Transport::Http1, Transport::Http2];
    let none = |fault: Fault| over.map(|over| fault.without_meaning(over).is_none());
    assert_eq!(none(Fault::Reset), [true, true, true]);
    assert_eq!(none(Fault::GoAway(0)), [false, false, true]);
    assert_eq!(none(Fault::BrokenChunk), [true, true, false]);
    assert_eq!(none(Fault::HalfClosed), [false, true, true]);
}

#[test]
fn a_delay_depends_on_seed_mock_and_use_alone() {
    let waits = |engine: &Engine| {
        let drawn = reply(200).delay(secs(1)..=secs(9)).gap(secs(1)..=secs(9));
        engine.get("https://x.io/").times(3).reply(drawn);
        let mut waits = Vec::new();
        for _ in 0..3 {
            match engine.serve_blocking(Request::get("https://x.io/")) {
                Outcome::Reply(answered) => {
                    waits.extend(answered.reply.actions().filter_map(|action| match action {
                        Action::Wait(duration) => Some(duration),
                        _ => None,
                    }));
                    answered.ticket.settle();
                }
                other => panic!("{other:?}"),
            }
        }
        waits
    };
    let engine = Engine::new();
    let mut drawn = waits(&engine);
    assert_eq!(drawn.len(), 6);
    drawn.sort();
    drawn.dedup();
    assert_eq!(drawn.len(), 6, "each drawn by itself: {drawn:?}");
}

#[test]
fn an_engine_that_ends_lets_go_of_what_its_replies_hold() {
    let held = Arc::new(());
    let engine = Engine::new();
    let (in_body, in_delay) = ((Arc::clone(&held), engine.clone()), Arc::clone(&held));
    let live = Live::of(move || {
        let _held = &in_body;
        ["a"].into_iter()
    });
    let delay = Delay::computed(move |_| {
        let _held = &in_delay;
        secs(1)
    });
    engine
        .get("https://x.io/")
        .reply(reply(200).body(live).delay(delay));
    match engine.serve_blocking(Request::get("https://x.io/")) {
        Outcome::Reply(answered) => answered.ticket.settle(),
        other => panic!("{other:?}"),
    }
    assert!(Arc::strong_count(&held) > 1);
    drop(engine);
    assert_eq!(Arc::strong_count(&held), 1);
}
