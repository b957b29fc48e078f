//! What a client meets that connects, before it has asked anything.

use std::panic::catch_unwind;
use std::time::Duration;

use http::Version;
use standin_core::prelude::*;
use standin_core::{CallOutcome, Connect, Delay, Destination, Engine, FaultStep, Outcome, Request};

use crate::served::lenient;

fn to(host: &str) -> Destination {
    Destination::new("https", host, None)
}

/// The fault of a connect, settled.
fn fault(met: Connect) -> Option<Fault> {
    match met {
        Connect::Fault(answered) => {
            let fault = answered.reply.as_fault().cloned();
            answered.ticket.settle();
            fault
        }
        _ => None,
    }
}

/// What a client meets that takes all steps.
fn connect(engine: &Engine, to: &Destination) -> Connect {
    let steps = [
        FaultStep::Resolve,
        FaultStep::Connect,
        FaultStep::Tls,
        FaultStep::Accept,
    ];
    let mut all = steps.into_iter().map(|step| engine.connect_at(to, step));
    all.find(|met| !matches!(met, Connect::Open(None)))
        .unwrap_or(Connect::Open(None))
}

fn wait(met: Connect) -> Option<Duration> {
    match met {
        Connect::Open(wait) => wait,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_in_order_whose_authority_fits_and_that_strikes_now_is_claimed() {
    let engine = Engine::new();
    engine.get("https://x.io/a").optional().reply(200);
    engine.get("https://y.io/").reply(Fault::Refused);
    let later = engine.delete("https://x.io/b").reply(Fault::Unreachable);
    let first = engine
        .post("https://x.io/c")
        .priority(-1)
        .reply(Fault::NameNotFound);
    assert_eq!(
        fault(connect(&engine, &to("x.io"))),
        Some(Fault::NameNotFound)
    );
    assert_eq!(
        fault(connect(&engine, &to("x.io"))),
        Some(Fault::Unreachable)
    );
    assert_eq!(fault(connect(&engine, &to("x.io"))), None);
    assert_eq!(fault(connect(&engine, &to("z.io"))), None);
    assert_eq!(fault(connect(&engine, &to("y.io"))), Some(Fault::Refused));
    first.assert_called(1);
    later.assert_called(1);
}

#[test]
fn the_journal_says_that_it_was_a_connect() {
    let engine = Engine::new();
    let down = engine.get("https://x.io/a").reply(Fault::Refused);
    assert!(fault(connect(&engine, &to("x.io"))).is_some());
    let call = down.last_call();
    assert_eq!((call.method().as_str(), call.host()), ("CONNECT", "x.io"));
    assert_eq!(call.outcome(), &CallOutcome::Faulted);
    assert_eq!(
        call.reply().and_then(|reply| reply.as_fault()),
        Some(&Fault::Refused)
    );
}

#[test]
fn a_sequence_is_met_where_it_is() {
    let engine = Engine::new();
    engine
        .get("https://x.io/")
        .reply(replies![Fault::Refused, 200, Fault::TlsHandshake]);
    assert_eq!(fault(connect(&engine, &to("x.io"))), Some(Fault::Refused));
    assert_eq!(fault(connect(&engine, &to("x.io"))), None);
    match engine.serve_blocking(Request::get("https://x.io/")) {
        Outcome::Reply(answered) => answered.ticket.settle(),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        fault(connect(&engine, &to("x.io"))),
        Some(Fault::TlsHandshake)
    );
}

#[test]
fn a_client_without_a_connect_phase_meets_it_at_the_request() {
    let engine = Engine::new();
    engine.get("https://x.io/").reply(Fault::Refused);
    match engine.serve_blocking(Request::get("https://x.io/")) {
        Outcome::Reply(answered) => {
            assert_eq!(answered.reply.as_fault(), Some(&Fault::Refused));
            answered.ticket.settle();
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fault(connect(&engine, &to("x.io"))), None);
}

#[test]
fn a_chance_is_the_same_at_the_connect_and_at_the_request() {
    let engine = Engine::new();
    let flaky = engine
        .get("https://x.io/")
        .times(200)
        .reply(Fault::Refused.chance(0.5).or(200));
    let mut refused = 0;
    for _ in 0..200 {
        match fault(connect(&engine, &to("x.io"))) {
            Some(_) => refused += 1,
            None => match engine.serve_blocking(Request::get("https://x.io/")) {
                Outcome::Reply(answered) => {
                    assert!(answered.reply.as_fault().is_none(), "it was drawn already");
                    answered.ticket.settle();
                }
                other => panic!("{other:?}"),
            },
        }
    }
    assert!((60..140).contains(&refused), "{refused}");
    flaky.assert_called(200);
}

#[test]
fn a_slow_connect_is_no_use() {
    let engine = Engine::new();
    let slow = engine
        .get("https://x.io/")
        .reply(reply(200).connect_delay(secs(3)));
    assert_eq!(wait(connect(&engine, &to("x.io"))), Some(secs(3)));
    assert_eq!(wait(connect(&engine, &to("y.io"))), None);
    slow.assert_called(0);
    slow.remove();
    let drawn = engine
        .get("https://x.io/")
        .reply(reply(200).connect_delay(secs(1)..=secs(9)));
    let first = wait(connect(&engine, &to("x.io")));
    assert!(
        first.is_some_and(|wait| (secs(1)..=secs(9)).contains(&wait)),
        "{first:?}"
    );
    assert_eq!(
        wait(connect(&engine, &to("x.io"))),
        first,
        "of the same use"
    );
    drawn.remove();
}

#[test]
fn a_slow_look_up_is_of_its_step_and_no_use() {
    let engine = Engine::new();
    let slow = engine.get("https://x.io/").reply(
        reply(200)
            .lookup_delay(secs(5))
            .connect_delay(secs(1)..=secs(9)),
    );
    let at = |step| wait(engine.connect_at(&to("x.io"), step));
    let nowhere = Destination::new("", "x.io", None);
    let looked_up = wait(engine.connect_at(&nowhere, FaultStep::Resolve));
    assert_eq!(looked_up, Some(secs(5)));
    let connected = at(FaultStep::Connect).expect("slow");
    assert!((secs(1)..=secs(9)).contains(&connected), "{connected:?}");
    assert_eq!(at(FaultStep::Tls), None);
    assert_eq!(at(FaultStep::Accept), None);
    engine
        .get("https://192.0.2.1/")
        .optional()
        .reply(reply(200).lookup_delay(secs(5)));
    let by_address = wait(engine.connect_at(&to("192.0.2.1"), FaultStep::Resolve));
    assert_eq!(by_address, None, "nothing was looked up");
    slow.assert_called(0);
    slow.remove();
}

#[test]
fn a_path_alone_never_meets_loopback_but_on_a_listener() {
    let engine = Engine::new();
    let here = Destination::new("http", "127.0.0.1", Some(8080));
    engine.get("/a").reply(Fault::ResetOnAccept);
    let other = engine.get("/a").reply(Fault::Refused);
    assert_eq!(fault(connect(&engine, &here)), None);
    assert_eq!(
        fault(engine.accept_at(&here, FaultStep::Accept)),
        Some(Fault::ResetOnAccept)
    );
    assert_eq!(
        fault(engine.accept_at(&here, FaultStep::Accept)),
        None,
        "what comes before is left for the request"
    );
    other.remove();
}

#[test]
fn a_pattern_over_urls_waits_for_the_request() {
    let engine = Engine::new();
    let down = engine.get(re("^https://x[.]io/")).reply(Fault::Refused);
    assert_eq!(fault(connect(&engine, &to("y.io"))), None);
    assert_eq!(fault(connect(&engine, &to("x.io"))), None);
    down.remove();
}

#[test]
fn a_closure_of_a_delay_that_panics_fails_the_test() {
    let engine = Engine::new();
    let odd = Delay::computed(|_| panic!("no time"));
    engine
        .get("https://x.io/")
        .reply(Fault::Refused.delay(odd.clone()));
    assert!(matches!(connect(&engine, &to("x.io")), Connect::Failed(_)));
    engine
        .get("https://y.io/")
        .times(0..)
        .reply(reply(200).connect_delay(odd));
    assert!(matches!(connect(&engine, &to("y.io")), Connect::Failed(_)));
    let failed = catch_unwind(move || drop(engine)).expect_err("verification fails");
    let report = failed.downcast::<String>().expect("the report");
    assert!(report.contains("no time"), "{report}");
}

#[test]
fn of_a_connection_to_another_host_the_report_tells_the_host_alone() {
    let engine = lenient();
    engine.set_lenient(false);
    engine.get("https://x.io:8443/a").optional().reply(200);
    // The look-up of a name has no port yet, from which a scheme could be told.
    let asked = Request::connect("http://x.com/".parse().expect("a URI"));
    assert!(matches!(
        engine.serve_blocking(asked),
        Outcome::Unmatched(_)
    ));
    let told = engine.report().to_string();
    assert!(told.contains("x.com\n"), "{told}");
    assert!(
        !told.contains("scheme") && !told.contains("8443\n"),
        "{told}"
    );
    engine.take_unmatched();
}

#[test]
fn step_by_step_only_what_is_of_the_step_strikes_and_each_mock_waits_its_turn() {
    let engine = Engine::new();
    engine.get("https://x.io/a").reply(Fault::NameTryAgain);
    engine
        .get("https://x.io/b")
        .reply(replies![Fault::Refused, Fault::NameNotFound]);
    engine.get("https://x.io/c").reply(Fault::TlsHandshake);
    let at = |step| fault(engine.connect_at(&to("x.io"), step));
    assert_eq!(
        at(FaultStep::Connect),
        Some(Fault::Refused),
        "a look-up that nobody made"
    );
    let nowhere = Destination::new("", "x.io", None);
    let name = fault(engine.connect_at(&nowhere, FaultStep::Resolve));
    assert_eq!(name, Some(Fault::NameTryAgain), "of whatever port");
    assert_eq!(at(FaultStep::Resolve), Some(Fault::NameNotFound));
    assert_eq!(at(FaultStep::Resolve), None);
    assert_eq!(at(FaultStep::Accept), None, "its step is over");
    assert_eq!(at(FaultStep::Tls), Some(Fault::TlsHandshake));
}

#[test]
fn a_fault_that_is_still_to_come_holds_back_those_behind_it() {
    let engine = Engine::new();
    engine
        .get("https://x.io/a")
        .reply(Fault::CertificateExpired);
    engine.get("https://x.io/b").reply(Fault::Refused);
    let at = |step| fault(engine.connect_at(&to("x.io"), step));
    assert_eq!(at(FaultStep::Connect), None);
    assert_eq!(at(FaultStep::Tls), Some(Fault::CertificateExpired));
    assert_eq!(at(FaultStep::Connect), Some(Fault::Refused));
}

#[test]
fn who_is_at_a_loopback_address_meets_what_is_declared_for_localhost() {
    let engine = Engine::new();
    engine
        .get("http://localhost:8080/")
        .reply(Fault::ResetOnAccept);
    let here = Destination::new("http", "127.0.0.1", Some(8080));
    assert_eq!(fault(engine.connect_at(&here, FaultStep::Accept)), None);
    assert_eq!(
        fault(engine.accept_at(&here, FaultStep::Accept)),
        Some(Fault::ResetOnAccept)
    );
}

#[test]
fn a_fault_of_tls_has_no_place_in_plain_http() {
    let engine = Engine::new();
    for faults in [
        replies![Fault::CertificateExpired],
        replies![200, Fault::TlsHandshake.delay(secs(1))],
    ] {
        let refused = engine.get("http://x.io/").try_reply(faults);
        let said = refused.expect_err("there is no handshake").to_string();
        assert!(said.contains("mock the `https` URL"), "{said}");
    }
    let either = engine.get("x.io/").optional();
    either.reply(Fault::CertificateExpired);
    let why = Fault::TlsHandshake.delay(secs(1)).without_tls();
    assert!(why.is_some_and(|why| why.ends_with("there is no handshake")));
    assert_eq!(Fault::Reset.delay(secs(1)).without_tls(), None);
}

#[test]
fn a_version_is_wanted_while_a_reply_needs_it() {
    let engine = Engine::new();
    let wanted = |host, is_named| engine.wanted_version(&to(host), is_named);
    let http_1 = Some(Version::HTTP_11);
    engine.get("https://x.io/").reply(200);
    assert_eq!(wanted("x.io", true), None);
    let cut = engine
        .get("https://x.io/cut")
        .reply(replies![Fault::HeadCut, 200]);
    engine
        .get("https://y.io/")
        .optional()
        .reply(Fault::GoAway(0));
    assert_eq!(wanted("x.io", true), http_1);
    assert_eq!(wanted("y.io", true), Some(Version::HTTP_2));
    let hinted = reply(200).early_hints(["</a.css>; rel=preload"]);
    engine.get("https://w.io/").optional().reply(hinted);
    assert_eq!(wanted("w.io", true), http_1);
    let second = reply(200).version(Version::HTTP_2);
    engine.get("https://z.io/").optional().reply(second);
    assert_eq!(wanted("z.io", true), Some(Version::HTTP_2));
    let broken = reply(200).body("hello").breaks_after(2, Fault::BrokenChunk);
    let any = engine.get("/any").optional().reply(broken);
    assert_eq!(wanted("127.0.0.1", false), http_1);
    assert_eq!(wanted("127.0.0.1", true), None);
    any.remove();
    for path in ["cut", "cut", ""] {
        drop(engine.serve_blocking(Request::get(format!("https://x.io/{path}"))));
    }
    assert!(cut.is_spent() && wanted("x.io", true).is_none());
}
