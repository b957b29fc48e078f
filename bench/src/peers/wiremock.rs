//! wiremock.

use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Journal, Path, Peer, Server, Uses};
use crate::client::wait;

pub struct Wiremock;

impl Peer for Wiremock {
    fn name(&self) -> &'static str {
        "wiremock"
    }

    fn pooled(&self) -> Option<Box<dyn Server>> {
        Some(Box::new(wait(MockServer::start())))
    }

    fn own(&self) -> Option<Box<dyn Server>> {
        Some(Box::new(wait(MockServer::builder().start())))
    }

    fn journal(&self) -> Journal {
        Journal::All
    }
}

impl Server for MockServer {
    fn url(&self) -> String {
        self.uri()
    }

    fn mount(&mut self, at: &Path, uses: Uses) {
        let mock = match at {
            Path::Exact(exact) => Mock::given(method("GET")).and(path(exact.as_str())),
            Path::Regex(regex) => Mock::given(method("GET")).and(path_regex(regex.as_str())),
        };
        let mock = mock.respond_with(ResponseTemplate::new(200).set_body_string("ok"));
        wait(self.register(match uses {
            Uses::Any => mock,
            Uses::Once => mock.up_to_n_times(1).expect(1),
        }));
    }

    /// Dropping it verifies.
    fn verify(self: Box<Self>) {}
}
