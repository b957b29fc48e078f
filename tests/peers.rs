//! The table of peers.md names tests; a table of tests that are gone, or that nobody runs, says nothing.

use std::fs;
use std::path::Path;

#[test]
fn each_test_of_the_table_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join("crates").is_dir() {
        // In a package of its own the crate has no neighbours.
        return;
    }
    let table = fs::read_to_string(root.join("tests/peers.md")).expect("the table");
    let suite = fs::read_to_string(root.join("tests/conformance/main.rs")).expect("the suite");
    let named = table.split('`').filter_map(|code| code.split_once(".rs::"));
    let mut missing = Vec::new();
    let mut found = 0;
    for (file, name) in named {
        let text = fs::read_to_string(root.join(format!("{file}.rs"))).unwrap_or_default();
        let is_mounted =
            file.starts_with("tests/conformance/") && suite.contains(&format!(" {name},"));
        match is_test(&text, name) || is_mounted && has(&text, "fn", name).is_some() {
            true => found += 1,
            false => missing.push(format!("{file}.rs::{name}")),
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 30, "{found}");
}

/// Where an item of this kind and name stands.
fn has(text: &str, kind: &str, name: &str) -> Option<usize> {
    let item = format!("{kind} {name}");
    let mut all = text.match_indices(&item).map(|(at, _)| at);
    all.find(|at| text[at + item.len()..].starts_with(['(', '<', ';', ' ']))
}

/// Whether it is a function that libtest runs, or a module of such.
fn is_test(text: &str, name: &str) -> bool {
    let attributes = |at| {
        let before: &str = &text[..at];
        let above = before.lines().rev();
        let mut above = above.take_while(|line| !line.is_empty() && !line.ends_with(['}', ';']));
        above.any(|line| line.contains("#[test]") || line.contains("#[tokio::test"))
    };
    has(text, "mod", name).is_some() || has(text, "fn", name).is_some_and(attributes)
}
