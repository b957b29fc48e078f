//! What needs a process of its own: a seed from the environment, and guards that drop while a test panics.

use std::process::{Command, Output};

use standin_core::prelude::*;
use standin_core::{Action, Engine, Outcome};

/// Runs one test of this file again in a process of its own, with a role that it would else refuse.
fn child(test: &str, seed: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env("STANDIN_SEED", seed)
        .env("STANDIN_TEST_ROLE", test)
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap()
}

fn has_role(test: &str) -> bool {
    std::env::var("STANDIN_TEST_ROLE").is_ok_and(|role| role == test)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
#[expect(clippy::print_stderr, reason = "the test that runs this one reads it")]
fn draws() {
    if !has_role("draws") {
        return;
    }
    let engine = Engine::new();
    for url in ["https://x.io/a", "https://x.io/b"] {
        engine
            .get(url)
            .times(40)
            .reply(Fault::Reset.chance(0.5).or(200));
    }
    let draw = |at: usize| match engine
        .serve_blocking(Request::get(["https://x.io/a", "https://x.io/b"][at % 2]))
    {
        Outcome::Reply(answered) if answered.reply.as_fault().is_some() => 'x',
        _ => '.',
    };
    let drawn: String = (0..80).map(draw).collect();
    let slow = reply(200)
        .delay(millis(1)..=secs(9))
        .gap(millis(1)..=secs(9));
    engine.get("https://x.io/slow").times(9).reply(slow);
    let waits: Vec<_> = (0..9)
        .flat_map(
            |_| match engine.serve_blocking(Request::get("https://x.io/slow")) {
                Outcome::Reply(answered) => answered.reply.actions().collect::<Vec<_>>(),
                other => panic!("{other:?}"),
            },
        )
        .filter_map(|action| match action {
            Action::Wait(wait) => Some(wait),
            _ => None,
        })
        .collect();
    eprintln!("seed {} drew {drawn} {waits:?}", engine.seed());
}

#[test]
fn standin_seed_makes_every_chance_the_same() {
    let drawn = |seed| text(&child("draws", seed).stderr);
    let seven = drawn("7");
    assert!(seven.contains("seed 7 drew "), "{seven}");
    assert_eq!(seven, drawn("7"));
    assert_ne!(
        seven.replace("seed 7", ""),
        drawn("8").replace("seed 8", "")
    );
    assert!(drawn("many").contains("STANDIN_SEED is `many`, and a seed is a number"));
}

#[test]
fn fails_by_itself() {
    if !has_role("fails_by_itself") {
        return;
    }
    let net = standin_core::activate();
    let mock = mock::get("https://x.io/").reply(Fault::Reset.chance(0.5).or(200));
    drop(net.serve_blocking(Request::get("https://x.io/")));
    mock.assert_called(1);
    panic!("nothing that a mock knows of");
}

#[test]
fn a_seed_is_told_where_a_test_fails_by_itself() {
    let said = text(&child("fails_by_itself", "7").stderr);
    let note = "note: chances were drawn from STANDIN_SEED=7";
    assert!(said.contains(note), "{said}");
}

#[test]
fn panics_while_engines_are_unhappy() {
    if !has_role("panics_while_engines_are_unhappy") {
        return;
    }
    let net = standin_core::activate();
    let _scope = standin_core::activate();
    let _owned = Engine::new();
    mock::get("https://x.io/never").reply(200);
    drop(net.serve_blocking(Request::get("https://x.io/other")));
    panic!("the first panic");
}

#[test]
fn a_failing_test_prints_what_standin_saw_and_does_not_abort() {
    let output = child("panics_while_engines_are_unhappy", "1");
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(101),
        "libtest went on to the end: {said}"
    );
    assert!(
        said.contains("the first panic") && said.contains("https://x.io/never"),
        "{said}"
    );
    assert!(said.contains("the test was failing already"), "{said}");
    assert!(said.contains("test result: FAILED"), "{said}");
}

#[test]
fn returns_early() {
    if !has_role("returns_early") {
        return;
    }
    let early = || -> Result<(), String> {
        let _net = standin_core::activate();
        mock::get("https://x.io/never").reply(200);
        Err("the cause".into())
    };
    early().unwrap();
}

#[test]
fn fails_while_it_waits() {
    if !has_role("fails_while_it_waits") {
        return;
    }
    let net = standin_core::activate();
    for path in ["slow", "done"] {
        net.get(format!("https://x.io/{path}"))
            .reply(reply(200).delay(secs(30)));
    }
    let waiting = net.serve_blocking(Request::get("https://x.io/slow?token=hunter2"));
    match net.serve_blocking(Request::get("https://x.io/done")) {
        Outcome::Reply(answered) => answered.ticket.settle(),
        other => panic!("{other:?}"),
    }
    assert!(
        matches!(waiting, Outcome::Failed(_)),
        "an assertion of the test's own"
    );
}

#[test]
fn a_test_that_fails_is_told_which_answer_it_waited_for() {
    let said = text(&child("fails_while_it_waits", "1").stderr);
    assert!(
        said.contains("note: the answer to GET https://x.io/slow?token=***(7) by mock::get(\"https://x.io/slow\") at ")
            && said.contains("was still under way when its client left or the test failed"),
        "{said}"
    );
    assert!(
        !said.contains("the answer to GET https://x.io/done"),
        "{said}"
    );
}

#[test]
fn ends_with_a_report() {
    let mocked = |net: &Engine| net.get("https://x.io/never").reply(200);
    if has_role("ends_with_a_report") {
        match std::env::var("STANDIN_SEED").as_deref() {
            Ok("1") => {
                let net = standin_core::activate();
                mocked(&net);
                net.finish(None);
            }
            Ok("2") => {
                let net = standin_core::activate();
                mocked(&net);
                net.verify();
            }
            _ => {
                mocked(&Engine::new());
            }
        }
    }
}

#[test]
fn an_early_return_is_spoken_of_only_where_there_may_have_been_one() {
    let said = |way| text(&child("ends_with_a_report", way).stderr);
    for seen in [said("1"), said("2")] {
        assert!(
            seen.contains("was never called") && seen.contains("verified for"),
            "{seen}"
        );
        assert!(!seen.contains("an early `?`"), "{seen}");
    }
    let owned = said("3");
    assert!(
        owned.contains("an early `?` may be the cause")
            && owned.contains("with `standin::activate()`"),
        "{owned}"
    );
}

#[test]
fn declares_what_cannot_work() {
    if has_role("declares_what_cannot_work") {
        Engine::new().get("ftp://x.io/").reply(200);
    }
}

#[test]
fn the_mend_of_a_declaration_does_not_drown_in_a_backtrace() {
    let said = text(&child("declares_what_cannot_work", "1").stderr);
    let mut lines = said
        .lines()
        .skip_while(|line| !line.contains("panicked at") || !line.contains("processes.rs"));
    assert!(lines.next().is_some(), "the line of the user: {said}");
    assert!(
        lines.next().unwrap_or_default().contains("leave it out"),
        "{said}"
    );
    assert!(
        said.contains("stack backtrace:") && lines.count() < 15,
        "the hook has run, and few frames are shown: {said}"
    );
}

#[test]
fn a_test_that_returns_early_is_told_that_its_error_may_be_hidden() {
    let output = child("returns_early", "1");
    let said = text(&output.stderr);
    assert!(
        said.contains("If the test returns a `Result`, an early `?` may be the cause"),
        "{said}"
    );
    let last = said
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default();
    assert!(!output.status.success() && !last.is_empty());
}
