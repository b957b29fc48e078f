//! The registry against a plain list that is scanned from its beginning: whatever is declared, asked, moved and removed, the
//! same mock answers.

mod model;
mod ops;

use proptest::collection::vec;
use proptest::prelude::*;

use model::{Host, Model, Path, Spec};
use ops::{Op, op};

use super::Registry;
use crate::engine::{Engine, OwnedEngine};
use crate::{Guard, MockHandle, Outcome, Request};

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
                        priority: None,
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
                if spec.priority.is_none() {
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
                let target = self.model.mocks[self.model.at(other)].clone();
                let depth = self.model.mocks[self.model.at(number)].depth;
                // One of another depth stays where it is.
                if number != other && depth == target.depth {
                    self.model.reposition(number, |model| model.at(other));
                    let at = self.model.at(number);
                    self.model.mocks[at].priority = target.priority;
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

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
            .next(&target, None, 1, &mut found);
        assert_eq!(found.len(), 1);
        assert!(found[0].1.is_open() && found[0].1.uses() == 0);
        assert_eq!(answer(&engine, request.clone()), Some(number));
    }
    let mut found = Vec::new();
    engine
        .state()
        .registry
        .index()
        .next(&target, None, 1, &mut found);
    assert!(found.is_empty(), "all are spent, and none is in the index");
}

#[test]
fn a_registry_of_nothing_finds_nothing() {
    let mut registry = Registry::default();
    let mut found = Vec::new();
    registry
        .index()
        .next(&Request::get("https://a.io/").target(), None, 9, &mut found);
    assert!(found.is_empty());
}

#[test]
fn spreading_never_takes_the_count_of_reorders_back() {
    let engine = Engine::new().lenient();
    for number in 0..20 {
        let declared = engine.get(crate::matching::pattern::re(&format!("/{number}$")));
        drop(declared.optional().reply(200));
    }
    let _unmatched = engine.serve_blocking(Request::get("https://x.io/none"));
    let mut state = engine.state();
    let before = state.registry.reorders();
    assert!(before > 0);
    state.registry.spread();
    assert!(state.registry.reorders() > before);
}
