//! What happens to a registry, at random.

use proptest::prelude::*;

use super::model::{Ask, HOSTS, Host, METHODS, PATHS, Path, Spec};

#[derive(Debug, Clone)]
pub(super) enum Op {
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
    let priority = prop_oneof![4 => Just(None), 1 => (-2..3).prop_map(Some)];
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

pub(super) fn op() -> impl Strategy<Value = Op> {
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
