//! The table of peers.md names tests; a table of tests that are gone says nothing.

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
    let named = table.split('`').filter_map(|code| code.split_once(".rs::"));
    let mut missing = Vec::new();
    let mut found = 0;
    for (file, name) in named {
        let text = fs::read_to_string(root.join(format!("{file}.rs"))).unwrap_or_default();
        let is_there = ["fn", "mod"].iter().any(|kind| {
            let item = format!("{kind} {name}");
            text.match_indices(&item)
                .any(|(at, _)| text[at + item.len()..].starts_with(['(', '<', ';']))
        });
        match is_there {
            true => found += 1,
            false => missing.push(format!("{file}.rs::{name}")),
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(found > 30, "{found}");
}
