//! Which unmatched traffic may leave.

use standin_core::prelude::*;
use standin_core::{CallOutcome, Destination, Engine, IntoNetworkFilter, Outcome};

use crate::served::{Served, get, lenient, panic_of};

fn leaves<M>(filter: impl IntoNetworkFilter<M>, urls: &[&str]) -> Vec<bool> {
    let engine = lenient();
    engine.enable_network(filter);
    urls.iter()
        .map(|url| matches!(get(&engine, url), Served::Passed))
        .collect()
}

#[test]
fn the_network_is_closed_by_default() {
    let engine = lenient();
    assert!(get(&engine, "http://localhost:1/").is_unmatched());
}

#[test]
fn a_host_opens_all_its_ports() {
    let urls = [
        "http://db.local/",
        "https://db.local:8443/a",
        "http://other.local/",
        "http://a.db.local/",
    ];
    assert!(leaves("db.local", &urls)[0]);
    assert_eq!(leaves("db.local", &urls)[2..], [false, false]);
    assert!(leaves("DB.local", &urls)[0], "in any case");
}

#[test]
fn a_host_without_a_port_opens_every_port() {
    assert_eq!(
        leaves(
            "localhost",
            &["http://localhost:54321/", "https://localhost/"]
        ),
        [true, true]
    );
}

#[test]
fn a_host_and_port_open_that_port() {
    let urls = [
        "http://localhost:8080/",
        "http://localhost:8081/",
        "http://localhost/",
    ];
    assert_eq!(leaves("localhost:8080", &urls), [true, false, false]);
    assert_eq!(
        leaves("x.io:443", &["https://x.io/", "http://x.io/"]),
        [true, false]
    );
}

#[test]
fn a_wildcard_opens_the_hosts_below() {
    assert_eq!(
        leaves("*.x.io", &["https://a.x.io/", "https://x.io/"]),
        [true, false]
    );
}

#[test]
fn a_block_opens_its_addresses() {
    let urls = ["http://10.1.2.3/", "http://11.1.2.3/", "http://x.io/"];
    assert_eq!(leaves("10.0.0.0/8", &urls), [true, false, false]);
    assert_eq!(leaves("0.0.0.0/0", &urls), [true, true, false]);
    assert_eq!(
        leaves("fe80::/10", &["http://[fe80::1]/", "http://[::1]/"]),
        [true, false]
    );
    assert_eq!(leaves("::1/128", &["http://[::1]:8080/"]), [true]);
}

#[test]
fn a_regex_is_over_the_host() {
    assert_eq!(
        leaves(re(r"^db\d+\."), &["http://db7.local/", "http://x.io/db7."]),
        [true, false]
    );
}

#[test]
fn a_closure_sees_the_destination() {
    let filter =
        |to: &Destination| to.host == "x.io" && to.port == Some(443) && to.scheme == "https";
    assert_eq!(
        leaves(filter, &["https://X.io/", "http://x.io/"]),
        [true, false]
    );
}

#[test]
fn any_opens_all() {
    assert_eq!(leaves(any(), &["https://x.io/", "http://y/"]), [true, true]);
}

#[test]
fn several_filters_are_alternatives_and_can_be_closed_again() {
    let engine = lenient();
    engine.enable_network("a.io");
    engine.enable_network("b.io");
    assert!(matches!(get(&engine, "https://a.io/"), Served::Passed));
    assert!(matches!(get(&engine, "https://b.io/"), Served::Passed));
    assert!(get(&engine, "https://c.io/").is_unmatched());
    engine.disable_network();
    assert!(get(&engine, "https://a.io/").is_unmatched());
}

#[test]
fn a_mock_wins_over_an_open_network() {
    let engine = Engine::new();
    engine.enable_network(any());
    engine.get("https://x.io/").reply(200);
    assert_eq!(get(&engine, "https://x.io/").status(), 200);
    assert!(
        matches!(get(&engine, "https://x.io/"), Served::Passed),
        "spent, it is a miss"
    );
}

#[test]
fn what_passed_is_in_the_journal_and_no_failure() {
    let engine = Engine::new();
    engine.enable_network(any());
    get(&engine, "https://x.io/");
    assert_eq!(*engine.calls()[0].outcome(), CallOutcome::PassedThrough);
    engine.verify();
}

#[test]
fn a_mock_can_pass_through_whatever_the_policy_says() {
    let engine = lenient();
    let mock = engine.get("https://x.io/real").pass_through();
    assert!(matches!(get(&engine, "https://x.io/real"), Served::Passed));
    assert!(
        get(&engine, "https://x.io/real").is_unmatched(),
        "once, as every mock"
    );
    mock.assert_called(1);
}

#[test]
fn the_real_server_gets_the_request_as_it_came_whatever_maps_made_of_it() {
    let sent = |engine: &Engine| {
        let request = Request::post("https://x.io/real").with_body("as it came");
        let Outcome::PassThrough(passed) = engine.serve_blocking(request) else {
            panic!()
        };
        let body = passed.request.text().into_owned();
        passed.ticket.settle();
        body
    };
    let engine = Engine::new();
    engine
        .post("https://x.io/real")
        .map(|request| request.set_body("mapped"))
        .body("mapped")
        .pass_through();
    assert_eq!(sent(&engine), "as it came");
    engine.enable_network(any());
    engine.map(|request| request.set_body("mapped by all"));
    assert_eq!(sent(&engine), "as it came");
}

#[test]
fn a_report_says_for_what_the_network_is_open() {
    let engine = Engine::new();
    engine.enable_network("a.io");
    get(&engine, "https://b.io/");
    let report = engine.report().to_string();
    assert!(
        report.contains("open for") && report.contains("a.io"),
        "{report}"
    );
    engine.take_unmatched();
}

#[test]
fn what_is_no_host_is_a_mistake() {
    let engine = Engine::new();
    for wrong in ["x.io/path", "/path", "10.0.0.0/33", "", "x y"] {
        let said = panic_of(|| engine.enable_network(wrong));
        assert!(!said.is_empty(), "{wrong}: {said}");
    }
    assert!(panic_of(|| engine.enable_network(re("["))).contains("not valid"));
    assert!(panic_of(|| engine.enable_network(not(re("[")))).contains("not valid"));
}
