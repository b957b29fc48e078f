//! httptest.

use httptest::matchers::{all_of, matches, request};
use httptest::responders::status_code;
use httptest::{Expectation, ServerHandle, ServerPool};

use super::{Journal, Path, Peer, Server, Uses};

static POOL: ServerPool = ServerPool::new(50);

pub struct Httptest;

impl Peer for Httptest {
    fn name(&self) -> &'static str {
        "httptest"
    }

    fn pooled(&self) -> Option<Box<dyn Server>> {
        Some(Box::new(POOL.get_server()))
    }

    fn own(&self) -> Option<Box<dyn Server>> {
        Some(Box::new(httptest::Server::run()))
    }

    fn journal(&self) -> Journal {
        Journal::Nothing
    }

    fn newest_first(&self) -> bool {
        true
    }

    fn no_one_use(&self) -> Option<&'static str> {
        Some("a spent mock answers 500, not the next one")
    }
}

fn expectation(at: &Path, uses: Uses) -> Expectation {
    let builder = match at {
        Path::Exact(exact) => Expectation::matching(request::method_path("GET", exact.clone())),
        Path::Regex(regex) => Expectation::matching(all_of![
            request::method("GET"),
            request::path(matches(regex.clone()))
        ]),
    };
    let builder = match uses {
        Uses::Any => builder.times(0..),
        Uses::Once => builder.times(1),
    };
    builder.respond_with(status_code(200).body("ok"))
}

impl Server for httptest::Server {
    fn url(&self) -> String {
        format!("http://{}", self.addr())
    }

    fn mount(&mut self, at: &Path, uses: Uses) {
        self.expect(expectation(at, uses));
    }

    /// Dropping it verifies.
    fn verify(self: Box<Self>) {}
}

impl Server for ServerHandle<'static> {
    fn url(&self) -> String {
        format!("http://{}", self.addr())
    }

    fn mount(&mut self, at: &Path, uses: Uses) {
        self.expect(expectation(at, uses));
    }

    /// Dropping it verifies.
    fn verify(self: Box<Self>) {}
}
