//! Conversations without a stream: the adapter is the test.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::BytesMut;

use super::*;
use crate::engine::{Accepted, Carried, Connect, Turn};
use crate::network::Destination;
use crate::prelude::*;
use crate::{CallOutcome, Engine, Fault, FaultStep, OwnedEngine};

const REDIS: &str = "redis.standin.test:6379";

fn to_redis() -> Destination {
    Destination::new("http", "redis.standin.test", Some(6379))
}

fn taken(engine: &Engine) -> Box<Accepted> {
    match engine.connect_at(&to_redis(), FaultStep::Connect) {
        Connect::Serve(conversing) => conversing,
        other => panic!("{other:?}"),
    }
}

fn talk(engine: &Engine) -> Carried {
    taken(engine).begin(|_: Duration| Box::pin(std::future::ready(())))
}

/// What the mock says now, and how that ends.
fn said(talk: &mut Carried) -> (String, String) {
    let mut all = Vec::new();
    loop {
        match talk.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Turn::Write(bytes)) => all.extend_from_slice(&bytes),
            Poll::Ready(Turn::Shutdown) => {}
            Poll::Ready(turn) => {
                return (String::from_utf8_lossy(&all).into(), format!("{turn:?}"));
            }
            Poll::Pending => return (String::from_utf8_lossy(&all).into(), String::new()),
        }
    }
}

/// The report of an engine that fails, its places without their lines.
fn report(engine: OwnedEngine) -> String {
    let report = engine.report().to_string();
    drop(std::panic::catch_unwind(std::panic::AssertUnwindSafe(
        || drop(engine),
    )));
    let mut lines: Vec<String> = report.lines().map(str::to_owned).collect();
    for line in &mut lines {
        while let Some(at) = line.find("tests.rs:") {
            let end = line[at + 9..].find(|c: char| !c.is_ascii_digit());
            let end = end.map_or(line.len(), |end| at + 9 + end);
            line.replace_range(at..end, "tests");
        }
        *line = line.replace("crates/core/src/conversation/bytes/", "");
    }
    lines.join("\n")
}

#[test]
fn a_script_is_played_and_told() {
    let engine = Engine::new();
    let redis = engine
        .tcp(REDIS)
        .serve(script().expect("PING\r\n").send("+PONG\r\n").close());
    let mut talk = talk(&engine);
    talk.heard(b"PI");
    assert_eq!(said(&mut talk), (String::new(), String::new()));
    talk.heard(b"NG\r\n");
    assert_eq!(said(&mut talk), ("+PONG\r\n".into(), "Over".into()));
    let call = redis.last_call();
    assert_eq!(call.method(), "CONNECT");
    assert_eq!(call.uri(), REDIS);
    assert_eq!(*call.outcome(), CallOutcome::Answered);
    assert_eq!(call.body(), "PING\r\n");
    assert_eq!(
        call.conversation(),
        [
            Said::Client("PING\r\n".into()),
            Said::Mock("+PONG\r\n".into())
        ]
    );
}

#[test]
fn other_bytes_fail_with_expected_against_received() {
    let engine = Engine::new();
    engine.tcp(REDIS).named("cache").serve(
        script()
            .expect("PING\r\n")
            .send("+PONG\r\n")
            .expect("QUIT\r\n"),
    );
    let mut talk = talk(&engine);
    talk.heard(b"PING\r\n");
    assert_eq!(said(&mut talk), ("+PONG\r\n".into(), String::new()));
    talk.heard(b"QUIX\r\n");
    assert_eq!(said(&mut talk), (String::new(), "Break(Reset)".into()));
    drop(talk);
    assert_eq!(
        report(engine),
        r#"standin: 1 conversation went otherwise

mock::tcp("redis.standin.test:6379") named "cache" at tests heard something else on a connection to redis.standin.test:6379
  step 3, .expect(..), at tests: they are one letter apart
    expected  "QUIT\r\n"
    received  "QUIX\r\n"
                  ^"#
    );
}

#[test]
fn bytes_are_shown_as_numbers() {
    let engine = Engine::new();
    engine.tcp(REDIS).serve(script().expect([0, 1, 2]));
    let mut talk = talk(&engine);
    talk.heard(&[0, 1, 3]);
    said(&mut talk);
    let report = report(engine);
    assert!(report.contains("00 01 02"), "{report}");
    assert!(report.contains("00 01 03"), "{report}");
}

#[test]
fn a_script_that_waits_still_fails_whoever_left() {
    for leave in [true, false] {
        let engine = Engine::new();
        engine
            .tcp(REDIS)
            .serve(script().expect("PING\r\n").expect_line(re("^QUIT")));
        let mut talk = talk(&engine);
        talk.heard(b"PING\r\nQU");
        said(&mut talk);
        if leave {
            talk.ended();
            said(&mut talk);
        }
        let report = report(engine);
        assert!(
            report.contains("step 2, .expect_line(..), at tests")
                && report.contains("a line that is re(\"^QUIT\")")
                && report.contains("received  \"QU\""),
            "{report}"
        );
    }
}

#[test]
fn one_that_never_began_fails_for_what_it_waits_for_first() {
    let engine = Engine::new();
    engine
        .tcp(REDIS)
        .serve(script().send("220 hello\r\n").expect("QUIT\r\n"));
    let conversing = taken(&engine);
    let report = report(engine);
    assert!(
        report.contains(
            "step 2, .expect(..), at tests does not fit\n    expected  \"QUIT\\r\\n\"\n    received  nothing more"
        ),
        "{report}"
    );
    drop(conversing);
}

#[test]
fn what_comes_after_a_script_fails_unless_it_is_let_be() {
    let engine = Engine::new();
    let ping = || script().expect("PING").send("PONG");
    engine.tcp(REDIS).serve([ping().ignore_rest(), ping()]);
    for _ in 0..2 {
        let mut talk = talk(&engine);
        talk.heard(b"PINGmore");
        said(&mut talk);
    }
    let report = report(engine);
    assert!(
        report.contains("standin: 1 conversation went otherwise")
            && report.contains("after the script's last step at tests")
            && report.contains("received  \"more\""),
        "{report}"
    );
}

#[test]
fn a_closure_reads_and_writes() {
    let engine = Engine::new();
    engine.tcp(REDIS).serve(async |mut io: Connection| {
        while let Some(line) = io.read_line().await? {
            io.send(format!("{}\n", line.to_uppercase()));
        }
        std::io::Result::Ok(())
    });
    let mut talk = talk(&engine);
    talk.heard(b"a\r\nb\nc");
    assert_eq!(said(&mut talk), ("A\nB\n".into(), String::new()));
    talk.ended();
    assert_eq!(said(&mut talk).1, "Break(Reset)");
    let report = report(engine);
    assert!(report.contains("the client said half a line"), "{report}");
}

#[test]
fn a_closure_expects_at_its_own_line_and_one_that_panics_is_told() {
    let engine = Engine::new();
    engine.tcp(REDIS).serve(async |mut io: Connection| {
        io.expect("PING").await?;
        std::io::Result::Ok(())
    });
    engine.tcp(REDIS).serve(async |_: Connection| {
        if true {
            panic!("on purpose")
        }
    });
    let mut first = talk(&engine);
    first.heard(b"PONG");
    said(&mut first);
    let mut second = talk(&engine);
    assert_eq!(said(&mut second).1, "Break(Reset)");
    let report = report(engine);
    assert!(
        report.contains("io.expect(..) at tests") && report.contains("on purpose"),
        "{report}"
    );
}

#[test]
fn no_more_is_taken_in_than_is_read_but_for_who_waits_for_more() {
    let engine = Engine::new();
    let gate = Gate::new();
    let held = gate.clone();
    engine.tcp(REDIS).serve(move |mut io: Connection| {
        let held = held.clone();
        async move {
            held.opened().await;
            drop(io.read_exact(3 << 20).await);
            io.send("all");
        }
    });
    let mut talk = talk(&engine);
    let mebibyte = vec![0; 1 << 20];
    talk.heard(&mebibyte);
    said(&mut talk);
    assert!(talk.is_full());
    gate.open();
    for _ in 0..2 {
        said(&mut talk);
        assert!(!talk.is_full());
        talk.heard(&mebibyte);
    }
    assert_eq!(said(&mut talk), ("all".into(), "Over".into()));
}

#[derive(Clone)]
struct Echo;

impl Protocol for Echo {
    fn opened(&mut self, line: &mut ToClient) {
        line.send("hello ");
    }

    fn heard(&mut self, unread: &mut BytesMut, line: &mut ToClient) {
        line.send(unread.split());
    }

    fn closed(&mut self, line: &mut ToClient) {
        line.send(" bye");
    }
}

#[test]
fn a_protocol_of_ones_own_hears_and_says() {
    let engine = Engine::new();
    engine.tcp(REDIS).serve(Echo);
    let mut talk = talk(&engine);
    talk.heard(b"a");
    talk.heard(b"b");
    talk.ended();
    assert_eq!(said(&mut talk), ("hello ab bye".into(), "Over".into()));
}

#[test]
fn each_connection_is_a_use_and_one_too_many_is_told() {
    let engine = Engine::new();
    engine
        .tcp(REDIS)
        .times(2)
        .serve(script().send("hi").close());
    for _ in 0..2 {
        assert_eq!(said(&mut talk(&engine)).0, "hi");
    }
    assert!(matches!(
        engine.connect_at(&to_redis(), FaultStep::Connect),
        Connect::Unmatched(_)
    ));
    let report = report(engine);
    assert!(
        report.contains("a connection to redis.standin.test:6379 matched no mock")
            && report.contains("its 2 uses are spent"),
        "{report}"
    );
}

#[test]
fn one_that_nobody_connects_to_is_told() {
    let engine = Engine::new();
    engine.tcp(REDIS).serve(Echo);
    let report = report(engine);
    assert!(report.contains("was never called"), "{report}");
}

#[test]
fn requests_never_claim_a_mock_of_connections_nor_the_other_way_round() {
    let engine = Engine::new();
    let engine = engine.lenient();
    let bytes = engine.tcp(REDIS).optional().serve(Echo);
    let other = Destination::new("http", "redis.standin.test", Some(80));
    assert!(matches!(
        engine.connect_at(&other, FaultStep::Connect),
        Connect::Open(None)
    ));
    for request in [
        Request::get("http://redis.standin.test:6379/"),
        Request::connect(http::Uri::from_static(REDIS)),
    ] {
        let outcome = engine.serve_blocking(request);
        assert!(
            matches!(outcome, crate::Outcome::Unmatched(_)),
            "{outcome:?}"
        );
    }
    bytes.assert_not_called();
    let requests = engine.any(format!("http://{REDIS}/")).reply(200);
    drop(talk(&engine));
    assert!(
        matches!(
            engine.connect_at(&to_redis(), FaultStep::Connect),
            Connect::Open(None)
        ),
        "there are mocks of requests too"
    );
    drop(engine.serve_blocking(Request::get("http://redis.standin.test:6379/")));
    requests.assert_called(1);
}

#[test]
fn a_fault_is_met_at_the_connect_or_on_the_connection() {
    let engine = Engine::new();
    engine
        .tcp(REDIS)
        .serve([Fault::Refused, Fault::Reset, Fault::Hang]);
    assert!(matches!(
        engine.connect_at(&to_redis(), FaultStep::Connect),
        Connect::Fault(_)
    ));
    assert_eq!(said(&mut talk(&engine)).1, "Break(Reset)");
    assert_eq!(said(&mut talk(&engine)).1, "");
    let outcomes = engine.calls();
    let outcomes: Vec<_> = outcomes.iter().map(|call| call.outcome().clone()).collect();
    // The ticket of the first was dropped by this test.
    assert_eq!(
        outcomes,
        [
            CallOutcome::Aborted,
            CallOutcome::Faulted,
            CallOutcome::Answered
        ]
    );
}

#[test]
fn what_cannot_work_is_refused_where_it_is_written() {
    let engine = Engine::new();
    let refused = |authority: &str| {
        let refused = engine.tcp(authority).try_serve(Echo);
        refused.expect_err("no place").to_string()
    };
    assert!(refused("redis.standin.test").contains("has no port"));
    assert!(refused("http://x.io:80/").contains("no place to connect to"));
    assert!(refused("/only/path").contains("no place to connect to"));
    let after = engine.tcp(REDIS).try_serve(script().close().send("x"));
    assert!(
        after
            .expect_err("it follows the end")
            .to_string()
            .contains("`.close()` ends the script")
    );
    let pattern = engine.tcp(REDIS).try_serve(script().expect_line(re("(")));
    assert!(pattern.is_err());
    engine
        .unix("/x")
        .try_serve(script().expect(""))
        .expect_err("nothing");
}

#[test]
fn a_socket_of_unix_is_claimed_by_its_path() {
    let engine = Engine::new();
    let version = engine
        .unix("/var/run/Docker.sock")
        .http()
        .get("/version")
        .reply(200);
    let bytes = engine.unix("@bus").serve(Echo);
    let docker = Destination::unix(b"/var/run/Docker.sock");
    assert!(engine.claims(&docker));
    assert!(!engine.claims(&Destination::unix(b"/var/run/docker.sock")));
    let url = format!("http://{}/version", docker.host);
    drop(engine.serve_blocking(Request::get(url)));
    version.assert_called(1);
    assert!(matches!(
        engine.connect_at(&Destination::unix(b"@bus"), FaultStep::Connect),
        Connect::Serve(_)
    ));
    bytes.assert_called(1);
}
