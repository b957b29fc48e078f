//! httpmock, whose servers are always pooled.

use httpmock::Mock;
use httpmock::prelude::*;

use super::{Journal, Path, Peer, Server, Uses};

pub struct Httpmock;

impl Peer for Httpmock {
    fn name(&self) -> &'static str {
        "httpmock"
    }

    fn pooled(&self) -> Option<Box<dyn Server>> {
        Some(Box::new(Running {
            server: MockServer::start(),
            once: Vec::new(),
        }))
    }

    fn own(&self) -> Option<Box<dyn Server>> {
        None
    }

    fn journal(&self) -> Journal {
        Journal::Last(100)
    }
}

struct Running {
    server: MockServer,
    once: Vec<usize>,
}

impl Server for Running {
    fn url(&self) -> String {
        self.server.base_url()
    }

    fn mount(&mut self, at: &Path, uses: Uses) {
        let mock = self.server.mock(|when, then| {
            let when = when.method(GET);
            _ = match at {
                Path::Exact(exact) => when.path(exact.as_str()),
                Path::Regex(regex) => when.path_matches(regex.as_str()),
            };
            then.status(200).body("ok");
        });
        if let Uses::Once = uses {
            mock.up_to_n_times(1);
            self.once.push(mock.id());
        }
    }

    fn verify(self: Box<Self>) {
        for id in &self.once {
            Mock::new(*id, &self.server).assert_calls(1);
        }
    }
}
