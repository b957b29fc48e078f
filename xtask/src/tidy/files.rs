//! What can be said of a file without reading it as Rust: its name, its length, and the machine that it was written on.

use std::collections::BTreeMap;

use super::Finding;
use super::source::is_test_path;

/// Longer than this, a file of Rust holds a second noun.
const LONGEST: usize = 500;

/// Files that may be longer, each with its reason.
const LONG: &[(&str, &str)] = &[];

/// Files that may name a machine's own folders, each with its reason.
const OF_A_MACHINE: &[(&str, &str)] = &[("xtask/src/tidy/files.rs", "the rule and its tests")];

/// Names that say nothing of what is inside, so that everything ends up there.
const NAMES: &[&str] = &[
    "common", "helper", "helpers", "imp", "misc", "util", "utils",
];

/// Folders of somebody's own machine.
const FOLDERS: &[&str] = &[
    "/home/",
    "/root/",
    "/tmp/",
    "/Users/",
    "/work/",
    "C:\\Users\\",
];

pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if path.ends_with(".rs") {
        findings.extend(name(path));
        findings.extend(length(path, text.lines().count()));
    }
    if !path.ends_with(".lock") && !is_test_path(path) && !excepted(OF_A_MACHINE, path) {
        findings.extend(machine(path, text));
    }
    findings
}

fn name(path: &str) -> Option<Finding> {
    let parts = path.trim_end_matches(".rs").split('/');
    let bad = parts.into_iter().find(|part| NAMES.contains(part))?;
    Some(Finding::new(
        path,
        0,
        format!("`{bad}` names no noun: call the file after what it holds"),
    ))
}

fn length(path: &str, lines: usize) -> Option<Finding> {
    let outside = ["bench/", "fuzz/", "xtask/"];
    if lines <= LONGEST
        || outside.iter().any(|folder| path.starts_with(folder))
        || excepted(LONG, path)
    {
        return None;
    }
    Some(Finding::new(
        path,
        0,
        format!(
            "{lines} lines; look for the second noun past {LONGEST}, or give a reason in xtask/src/tidy/files.rs"
        ),
    ))
}

fn machine(path: &str, text: &str) -> Vec<Finding> {
    let named = |line: &str| {
        FOLDERS.iter().copied().find(|folder| {
            line.match_indices(folder).any(|(at, _)| {
                // `https://x.io/home/7` is a path on a server: only one that begins here is a machine's.
                let begins = |c: char| !c.is_alphanumeric() && !"/._-}~$".contains(c);
                let goes_on = |c: char| c.is_alphanumeric() || c == '.' || c == '_';
                line[..at].chars().next_back().is_none_or(begins)
                    && line[at + folder.len()..]
                        .chars()
                        .next()
                        .is_some_and(goes_on)
            })
        })
    };
    let found = text.lines().enumerate().filter_map(|(at, line)| {
        let folder = named(line)?;
        let said = format!("`{folder}` is a folder of one machine");
        Some(Finding::new(path, at + 1, said))
    });
    found.collect()
}

fn excepted(table: &[(&str, &str)], path: &str) -> bool {
    table.iter().any(|(excepted, _)| *excepted == path)
}

/// An exception that is needed no more hides the next offence.
pub(super) fn unused_exceptions(texts: &BTreeMap<String, String>) -> Vec<Finding> {
    let here = "xtask/src/tidy/files.rs";
    let lines = |path: &str| texts.get(path).map_or(0, |text| text.lines().count());
    let long = LONG.iter().filter(|(path, _)| lines(path) <= LONGEST);
    let gone = OF_A_MACHINE
        .iter()
        .filter(|(path, _)| !texts.contains_key(*path));
    long.chain(gone)
        .map(|(path, _)| Finding::new(here, 0, format!("{path} needs its exception no more")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_holds_anything_is_found_in_every_part_of_a_path() {
        for bad in [
            "src/utils.rs",
            "tests/common/mod.rs",
            "a/imp.rs",
            "a/misc/x.rs",
        ] {
            assert!(name(bad).is_some(), "{bad}");
        }
        for good in ["src/commands.rs", "src/uncommon.rs", "src/miss.rs"] {
            assert_eq!(name(good), None, "{good}");
        }
    }

    #[test]
    fn length_counts_outside_the_tools_only() {
        assert_eq!(length("src/a.rs", 500), None);
        assert!(length("src/a.rs", 501).is_some());
        assert_eq!(length("bench/src/a.rs", 501), None);
    }

    #[test]
    fn a_path_of_a_machine_is_told_from_a_path_of_a_server() {
        let found = |line: &str| !machine("docs/a.md", line).is_empty();
        assert!(found("see /home/ann/notes"));
        assert!(found(r#"open("/tmp/x.sock")"#));
        assert!(found(r"C:\Users\ann"));
        assert!(!found("https://x.io/home/7"));
        assert!(!found("`{root}/tmp/x`"));
        assert!(!found("the folder /tmp/ itself"));
    }

    #[test]
    fn tests_and_locks_may_name_them() {
        assert!(check("src/a.rs", "// /tmp/x").len() == 1);
        assert!(check("tests/a.rs", "// /tmp/x").is_empty());
        assert!(check("src/a/tests.rs", "// /tmp/x").is_empty());
        assert!(check("Cargo.lock", "/tmp/x").is_empty());
    }
}
