//! The registry against a plain list that is scanned from its beginning: whatever is declared, asked, moved and removed, the
//! same mock answers.

use std::cmp::Reverse;

use proptest::collection::vec;
use proptest::prelude::*;

use super::Registry;
use crate::engine::{Engine, OwnedEngine};
use crate::matching::{glob, re};
use crate::{Declaration, Guard, MockHandle, Outcome, Request};

const HOSTS: [&str; 3] = ["a.io", "sub.a.io", "b.io"];
const PATHS: [&str; 5] = ["/", "/users", "/users/7", "/users/7/", "/orders/7/items"];
const METHODS: [&str; 3] = ["GET", "POST", "HEAD"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    Any,
    Literal(usize),
    /// `*.a.io`
    Below,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
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
struct Spec {
    method: Option<usize>,
    host: Host,
    port: Option<u16>,
    path: Path,
    query: bool,
    times: Option<u64>,
    priority: i32,
}

#[derive(Debug, Clone)]
struct Ask {
    method: usize,
    host: usize,
    port: Option<u16>,
    path: usize,
    query: bool,
}

#[derive(Debug, Clone)]
enum Op {
    Declare(Spec),
    /// So many regexes at once that they are gathered in a tier.
    DeclareRegexes(usize),
    Ask(Ask),
    Remove(usize),
    Replace(usize, Spec),
    SetPriority(usize, i32),
    MoveBefore(usize, usize),
    MoveLast(usize),
    OpenScope,
    CloseScope,
    RemoveAll,
}

impl Spec {
    fn declaration(&self, number: usize) -> Declaration {
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
        draft
            .priority(self.priority)
            .optional()
            .reply(number.to_string())
    }

    fn fits(&self, ask: &Ask) -> bool {
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
    fn request(&self) -> Request {
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
struct Plain {
    number: usize,
    spec: Spec,
    scope: usize,
    depth: usize,
    priority: i32,
    uses: u64,
    removed: bool,
}

#[derive(Debug, Default)]
struct Model {
    mocks: Vec<Plain>,
    scopes: Vec<usize>,
    opened: usize,
    declared: usize,
}

impl Model {
    fn of(&mut self, spec: &Spec, scope: usize, depth: usize) -> Plain {
        self.declared += 1;
        let spec = spec.clone();
        Plain {
            number: self.declared - 1,
            priority: spec.priority,
            spec,
            scope,
            depth,
            uses: 0,
            removed: false,
        }
    }

    fn declare(&mut self, spec: &Spec) -> usize {
        let (scope, depth) = (self.scopes.last().copied().unwrap_or(0), self.scopes.len());
        let mock = self.of(spec, scope, depth);
        let number = mock.number;
        self.mocks.push(mock);
        number
    }

    fn at(&self, number: usize) -> usize {
        self.mocks
            .iter()
            .position(|mock| mock.number == number)
            .unwrap()
    }

    fn answer(&mut self, ask: &Ask) -> Option<usize> {
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

    fn reposition(&mut self, number: usize, place: impl FnOnce(&Self) -> usize) {
        let mock = self.mocks.remove(self.at(number));
        let place = place(self);
        self.mocks.insert(place, mock);
    }
}

/// The engine and the list, side by side.
struct Both {
    guards: Vec<Guard>,
    engine: OwnedEngine,
    handles: Vec<MockHandle>,
    model: Model,
}

impl Both {
    fn new() -> Self {
        let engine = Engine::new().lenient();
        Self {
            guards: vec![engine.activate()],
            engine,
            handles: Vec::new(),
            model: Model::default(),
        }
    }

    fn declare(&mut self, spec: &Spec) {
        let number = self.model.declare(spec);
        self.handles.push(self.engine.add(spec.declaration(number)));
    }

    /// A mock that is there and was not removed.
    fn pick(&self, at: usize) -> Option<usize> {
        let there: Vec<usize> = self
            .model
            .mocks
            .iter()
            .filter(|mock| !mock.removed)
            .map(|mock| mock.number)
            .collect();
        (!there.is_empty()).then(|| there[at % there.len()])
    }

    fn run(&mut self, op: &Op) {
        match op {
            Op::Declare(spec) => self.declare(spec),
            Op::DeclareRegexes(many) => {
                for at in 0..*many {
                    let path = [Path::Regex, Path::Glob, Path::Url][at % 3];
                    let host = [Host::Any, Host::Literal(0)][at % 2];
                    self.declare(&Spec {
                        method: None,
                        host,
                        port: None,
                        path,
                        query: false,
                        times: Some(1),
                        priority: 0,
                    });
                }
            }
            Op::Ask(ask) => {
                let expected = self.model.answer(ask);
                let found = answer(&self.engine, ask.request());
                assert_eq!(found, expected, "{ask:?} among {:#?}", self.model.mocks);
            }
            Op::Remove(at) => {
                if let Some(number) = self.pick(*at) {
                    let at = self.model.at(number);
                    self.model.mocks[at].removed = true;
                    self.handles[number].remove();
                }
            }
            Op::Replace(at, spec) => {
                let Some(number) = self.pick(*at) else { return };
                let at = self.model.at(number);
                let (scope, depth, priority) = (
                    self.model.mocks[at].scope,
                    self.model.mocks[at].depth,
                    self.model.mocks[at].priority,
                );
                let mut mock = self.model.of(spec, scope, depth);
                if spec.priority == 0 {
                    mock.priority = priority;
                }
                let new = mock.number;
                self.model.mocks[at].removed = true;
                self.model.mocks.insert(at + 1, mock);
                let handle = self.handles[number].replace(spec.declaration(new));
                self.handles.push(handle);
            }
            Op::SetPriority(at, priority) => {
                if let Some(number) = self.pick(*at) {
                    let at = self.model.at(number);
                    self.model.mocks[at].priority = *priority;
                    self.handles[number].set_priority(*priority);
                }
            }
            Op::MoveBefore(at, before) => {
                let (Some(number), Some(other)) = (self.pick(*at), self.pick(*before)) else {
                    return;
                };
                self.handles[number].move_before(&self.handles[other]);
                if number != other {
                    let target = self.model.mocks[self.model.at(other)].clone();
                    self.model.reposition(number, |model| model.at(other));
                    let at = self.model.at(number);
                    (self.model.mocks[at].depth, self.model.mocks[at].priority) =
                        (target.depth, target.priority);
                }
            }
            Op::MoveLast(at) => {
                if let Some(number) = self.pick(*at) {
                    self.handles[number].move_last();
                    self.model.reposition(number, |model| model.mocks.len());
                }
            }
            Op::OpenScope => {
                self.model.opened += 1;
                self.model.scopes.push(self.model.opened);
                self.guards.push(self.engine.activate());
            }
            Op::CloseScope => {
                if let Some(scope) = self.model.scopes.pop() {
                    self.model.mocks.retain(|mock| mock.scope != scope);
                    self.guards.pop();
                }
            }
            Op::RemoveAll => {
                self.model.mocks.clear();
                self.engine.remove_all();
            }
        }
        for mock in &self.model.mocks {
            assert_eq!(
                self.handles[mock.number].count(),
                mock.uses,
                "uses of mock {}",
                mock.number
            );
        }
    }
}

impl Drop for Both {
    fn drop(&mut self) {
        while let Some(guard) = self.guards.pop() {
            drop(guard);
        }
    }
}

fn answer(engine: &Engine, request: Request) -> Option<usize> {
    match engine.serve_blocking(request) {
        Outcome::Reply(answered) => {
            let number = String::from_utf8_lossy(&answered.reply.as_body().to_bytes())
                .parse()
                .unwrap();
            answered.ticket.settle();
            Some(number)
        }
        Outcome::Unmatched(_) => None,
        other => panic!("{other:?}"),
    }
}

fn host() -> impl Strategy<Value = Host> {
    prop_oneof![
        Just(Host::Any),
        (0..HOSTS.len()).prop_map(Host::Literal),
        Just(Host::Below)
    ]
}

fn path() -> impl Strategy<Value = Path> {
    prop_oneof![
        Just(Path::Any),
        (0..PATHS.len()).prop_map(Path::Literal),
        Just(Path::Template),
        Just(Path::Rest),
        Just(Path::Regex),
        Just(Path::Glob),
        Just(Path::Prefix),
        Just(Path::Url),
    ]
}

fn port() -> impl Strategy<Value = Option<u16>> {
    prop_oneof![4 => Just(None), 1 => Just(Some(443)), 1 => Just(Some(8443))]
}

fn spec() -> impl Strategy<Value = Spec> {
    let method = prop_oneof![2 => Just(None), 1 => (0..METHODS.len()).prop_map(Some)];
    let times =
        prop_oneof![3 => Just(Some(1)), 1 => Just(Some(0)), 1 => Just(Some(3)), 1 => Just(None)];
    let priority = prop_oneof![4 => Just(0), 1 => -2..3];
    (
        method,
        host(),
        port(),
        path(),
        prop::bool::weighted(0.2),
        times,
        priority,
    )
        .prop_map(|(method, host, port, path, query, times, priority)| Spec {
            method,
            host,
            port,
            path,
            query,
            times,
            priority,
        })
}

fn ask() -> impl Strategy<Value = Ask> {
    (
        0..METHODS.len(),
        0..HOSTS.len(),
        port(),
        0..PATHS.len(),
        any::<bool>(),
    )
        .prop_map(|(method, host, port, path, query)| Ask {
            method,
            host,
            port,
            path,
            query,
        })
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => spec().prop_map(Op::Declare),
        1 => (1..40_usize).prop_map(Op::DeclareRegexes),
        20 => ask().prop_map(Op::Ask),
        2 => any::<usize>().prop_map(Op::Remove),
        2 => (any::<usize>(), spec()).prop_map(|(at, spec)| Op::Replace(at, spec)),
        2 => (any::<usize>(), -2..3).prop_map(|(at, priority)| Op::SetPriority(at, priority)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(at, before)| Op::MoveBefore(at, before)),
        1 => any::<usize>().prop_map(Op::MoveLast),
        2 => Just(Op::OpenScope),
        2 => Just(Op::CloseScope),
        1 => prop::bool::weighted(0.2).prop_map(|all| if all { Op::RemoveAll } else { Op::OpenScope }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_registry_answers_as_a_plain_list_would(ops in vec(op(), 1..80)) {
        let mut both = Both::new();
        for op in &ops {
            both.run(op);
        }
    }
}

#[test]
fn moving_before_the_same_mock_again_and_again_runs_out_of_no_room() {
    let engine = Engine::new().lenient();
    let url = "https://a.io/";
    let last = engine.get(url).persist().optional().reply("last");
    let movers: Vec<MockHandle> = (0..3)
        .map(|at| engine.get(url).persist().optional().reply(at.to_string()))
        .collect();
    for round in 0..100 {
        let mover = &movers[round % 3];
        mover.move_before(&last);
        // The two that moved before it are farther from `last`: the first of the three is the one that waited longest.
        if round >= 2 {
            assert_eq!(
                answer(&engine, Request::get(url)),
                Some((round + 1) % 3),
                "round {round}"
            );
        }
    }
}

#[test]
fn ten_thousand_one_use_mocks_on_one_url_are_used_up_in_order_and_each_is_looked_at_once() {
    const MANY: usize = 10_000;
    let engine = Engine::new();
    for number in 0..MANY {
        engine.get("https://a.io/x").reply(number.to_string());
    }
    let request = Request::get("https://a.io/x");
    let target = request.target();
    for number in 0..MANY {
        // The one at the head is the next to answer: no spent mock stands before it.
        let mut found = Vec::new();
        engine
            .state()
            .registry
            .index()
            .next(target, None, 1, &mut found);
        assert_eq!(found.len(), 1);
        assert!(found[0].1.is_open() && found[0].1.uses() == 0);
        assert_eq!(answer(&engine, request.clone()), Some(number));
    }
    let mut found = Vec::new();
    engine
        .state()
        .registry
        .index()
        .next(target, None, 1, &mut found);
    assert!(found.is_empty(), "all are spent, and none is in the index");
}

#[test]
fn a_registry_of_nothing_finds_nothing() {
    let mut registry = Registry::default();
    let mut found = Vec::new();
    registry
        .index()
        .next(Request::get("https://a.io/").target(), None, 9, &mut found);
    assert!(found.is_empty());
}
