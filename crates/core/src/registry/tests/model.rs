//! Mocks and requests of a small world, and the list that is scanned from its beginning, with the simplest code that could be
//! right.

use std::cmp::Reverse;

use crate::matching::{glob, re};
use crate::{Declaration, Request};

pub(super) const HOSTS: [&str; 3] = ["a.io", "sub.a.io", "b.io"];
pub(super) const PATHS: [&str; 5] = ["/", "/users", "/users/7", "/users/7/", "/orders/7/items"];
pub(super) const METHODS: [&str; 3] = ["GET", "POST", "HEAD"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    Any,
    Literal(usize),
    /// `*.a.io`
    Below,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    Any,
    Literal(usize),
    /// `/users/{id}`
    Template,
    /// `/{*rest}`
    Rest,
    /// `re("^/users/[0-9]$")` over the path
    Regex,
    /// `glob("/*/7")` over the path
    Glob,
    /// `/users` and below
    Prefix,
    /// `re("io/users")` over the whole URL; the host plays no part.
    Url,
}

#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) method: Option<usize>,
    pub(super) host: Host,
    pub(super) port: Option<u16>,
    pub(super) path: Path,
    pub(super) query: bool,
    pub(super) times: Option<u64>,
    /// `None`: not said.
    pub(super) priority: Option<i32>,
}

#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) method: usize,
    pub(super) host: usize,
    pub(super) port: Option<u16>,
    pub(super) path: usize,
    pub(super) query: bool,
}

impl Spec {
    pub(super) fn declaration(&self, number: usize) -> Declaration {
        let host = match self.host {
            Host::Any => "*",
            Host::Literal(at) => HOSTS[at],
            Host::Below => "*.a.io",
        };
        let port = self.port.map_or(String::new(), |port| format!(":{port}"));
        let path = match self.path {
            Path::Literal(at) => PATHS[at],
            Path::Template => "/users/{id}",
            Path::Rest => "/{*rest}",
            _ => "",
        };
        let draft = match self.path {
            Path::Url => Declaration::any(re("io/users")),
            _ => Declaration::any(format!("{host}{port}{path}")),
        };
        let draft = match self.path {
            Path::Regex => draft.path(re("^/users/[0-9]$")),
            Path::Glob => draft.path(glob("/*/7")),
            Path::Prefix => draft.path_prefix("/users"),
            _ => draft,
        };
        let draft = self
            .method
            .into_iter()
            .fold(draft, |draft, method| draft.method(METHODS[method]));
        let draft = if self.query {
            draft.query("q", "1")
        } else {
            draft
        };
        let draft = match self.times {
            Some(times) => draft.times(times),
            None => draft.persist(),
        };
        let draft = match self.priority {
            Some(priority) => draft.priority(priority),
            None => draft,
        };
        draft.optional().reply(number.to_string())
    }

    pub(super) fn fits(&self, ask: &Ask) -> bool {
        let (host, path) = (HOSTS[ask.host], PATHS[ask.path]);
        let line =
            self.method.is_none_or(|method| method == ask.method) && (!self.query || ask.query);
        if self.path == Path::Url {
            let port = ask
                .port
                .filter(|port| *port != 443)
                .map_or(String::new(), |port| format!(":{port}"));
            return line && format!("{host}{port}{path}").contains("io/users");
        }
        line && match self.host {
            Host::Any => true,
            Host::Literal(at) => at == ask.host,
            Host::Below => host == "sub.a.io",
        } && match (self.port, self.host) {
            (None, Host::Any) => true,
            (port, _) => port.unwrap_or(443) == ask.port.unwrap_or(443),
        } && match self.path {
            Path::Any | Path::Rest | Path::Url => true,
            Path::Literal(at) => at == ask.path,
            Path::Template | Path::Regex | Path::Glob => path == "/users/7",
            Path::Prefix => path.starts_with("/users"),
        }
    }
}

impl Ask {
    pub(super) fn request(&self) -> Request {
        let port = self.port.map_or(String::new(), |port| format!(":{port}"));
        let query = if self.query { "?q=1" } else { "" };
        let url = format!(
            "https://{}{port}{}{query}",
            HOSTS[self.host], PATHS[self.path]
        );
        Request::new(METHODS[self.method].parse().unwrap(), url)
    }
}

/// A mock in the plain list. The list is in the order of places.
#[derive(Debug, Clone)]
pub(super) struct Plain {
    pub(super) number: usize,
    pub(super) spec: Spec,
    pub(super) scope: usize,
    pub(super) depth: usize,
    pub(super) priority: i32,
    pub(super) uses: u64,
    pub(super) removed: bool,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) mocks: Vec<Plain>,
    pub(super) scopes: Vec<usize>,
    pub(super) opened: usize,
    pub(super) declared: usize,
}

impl Model {
    pub(super) fn of(&mut self, spec: &Spec, scope: usize, depth: usize) -> Plain {
        self.declared += 1;
        let spec = spec.clone();
        Plain {
            number: self.declared - 1,
            priority: spec.priority.unwrap_or(0),
            spec,
            scope,
            depth,
            uses: 0,
            removed: false,
        }
    }

    pub(super) fn declare(&mut self, spec: &Spec) -> usize {
        let (scope, depth) = (self.scopes.last().copied().unwrap_or(0), self.scopes.len());
        let mock = self.of(spec, scope, depth);
        let number = mock.number;
        self.mocks.push(mock);
        number
    }

    pub(super) fn at(&self, number: usize) -> usize {
        self.mocks
            .iter()
            .position(|mock| mock.number == number)
            .unwrap()
    }

    pub(super) fn answer(&mut self, ask: &Ask) -> Option<usize> {
        let mut order: Vec<usize> = (0..self.mocks.len()).collect();
        order.sort_by_key(|&at| (Reverse(self.mocks[at].depth), self.mocks[at].priority));
        let found = order.into_iter().find(|&at| {
            let mock = &self.mocks[at];
            !mock.removed
                && mock.spec.times.is_none_or(|times| mock.uses < times)
                && mock.spec.fits(ask)
        })?;
        self.mocks[found].uses += 1;
        Some(self.mocks[found].number)
    }

    pub(super) fn reposition(&mut self, number: usize, place: impl FnOnce(&Self) -> usize) {
        let mock = self.mocks.remove(self.at(number));
        let place = place(self);
        self.mocks.insert(place, mock);
    }
}
