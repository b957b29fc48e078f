//! mockito.

use std::ops::DerefMut;

use mockito::{Matcher, Mock, ServerOpts};

use super::{Journal, Path, Peer, Server, Uses};

pub struct Mockito;

impl Peer for Mockito {
    fn name(&self) -> &'static str {
        "mockito"
    }

    fn pooled(&self) -> Option<Box<dyn Server>> {
        Some(Box::new(Running {
            server: mockito::Server::new(),
            once: Vec::new(),
        }))
    }

    fn own(&self) -> Option<Box<dyn Server>> {
        let server = Box::new(mockito::Server::new_with_opts(ServerOpts::default()));
        Some(Box::new(Running {
            server,
            once: Vec::new(),
        }))
    }

    fn journal(&self) -> Journal {
        Journal::Nothing
    }
}

struct Running<S> {
    server: S,
    once: Vec<Mock>,
}

impl<S: DerefMut<Target = mockito::Server>> Server for Running<S> {
    fn url(&self) -> String {
        self.server.url()
    }

    fn mount(&mut self, at: &Path, uses: Uses) {
        let matcher = match at {
            Path::Exact(exact) => Matcher::Exact(exact.clone()),
            Path::Regex(regex) => Matcher::Regex(regex.clone()),
        };
        let mock = self
            .server
            .mock("GET", matcher)
            .with_status(200)
            .with_body("ok");
        match uses {
            Uses::Any => _ = mock.expect_at_least(0).create(),
            Uses::Once => self.once.push(mock.expect(1).create()),
        }
    }

    fn verify(self: Box<Self>) {
        for mock in &self.once {
            mock.assert();
        }
    }
}
