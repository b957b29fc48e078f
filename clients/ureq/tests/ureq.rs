//! ureq as it comes, with rustls and gzip, over standin's connector.

use std::io::ErrorKind;
use std::time::Duration;

use client_ureq::zen;
use standin::prelude::*;

#[test]
fn a_hard_coded_https_url_is_answered() {
    let _net = standin::activate();
    let asked = mock::get("https://api.github.com/zen").header("accept-encoding", "gzip").reply("Keep it logically awesome.");
    assert_eq!(zen(&standin::ureq::agent()).expect("answered"), "Keep it logically awesome.");
    asked.assert_called(1);
}

#[test]
fn a_delay_beyond_ureqs_timeout_is_its_timeout() {
    let _net = standin::activate();
    mock::get("https://api.github.com/zen").reply(reply(200).delay(secs(30)));
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_millis(200)));
    let refused = zen(&standin::ureq::agent_with(config.build()));
    assert!(matches!(refused, Err(ureq::Error::Timeout(ureq::Timeout::Global))), "{refused:?}");
}

#[test]
fn a_connection_that_breaks_is_an_io_error() {
    let _net = standin::activate();
    mock::get("https://api.github.com/zen").reply(Fault::Reset);
    let refused = zen(&standin::ureq::agent());
    assert!(matches!(&refused, Err(ureq::Error::Io(error)) if error.kind() == ErrorKind::ConnectionReset), "{refused:?}");
}
