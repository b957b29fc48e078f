//! A file that no `mod` names is never built: its tests pass for ever.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::source::Source;
use crate::workspace::Member;

pub(super) fn check(member: &Member, sources: &BTreeMap<&str, Source>) -> Vec<Finding> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<(String, bool)> = member
        .targets
        .iter()
        .map(|target| (target.file.clone(), true))
        .collect();
    while let Some((path, root)) = open.pop() {
        let Some(source) = sources.get(path.as_str()) else {
            continue;
        };
        if reached.insert(path.clone()) {
            open.extend(
                named(source, root, sources)
                    .into_iter()
                    .map(|path| (path, false)),
            );
        }
    }
    let folders = ["src/", "tests/", "examples/", "benches/"].map(|folder| member.file(folder));
    // Cases of compile-fail tests are built by a test that names their folder.
    let given = |path: &str| {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = folder.strip_prefix(&member.file("")).unwrap_or(folder);
        let mention = format!("\"{folder}/");
        folder.contains('/')
            && reached
                .iter()
                .any(|file| sources[file.as_str()].text.contains(&mention))
    };
    sources
        .keys()
        .filter(|path| {
            folders
                .iter()
                .any(|folder| path.starts_with(folder.as_str()))
        })
        .filter(|path| !reached.contains(**path) && !given(path))
        .map(|path| {
            Finding::new(
                path,
                0,
                "no target and no `mod` reaches this file, so it is never built",
            )
        })
        .collect()
}

/// The files that the modules declared in `source` stand in.
fn named(source: &Source, root: bool, sources: &BTreeMap<&str, Source>) -> Vec<String> {
    let (folder, name) = source.path.rsplit_once('/').unwrap_or(("", source.path));
    let stem = name.trim_end_matches(".rs");
    let own = if root || stem == "mod" {
        folder.to_owned()
    } else {
        format!("{folder}/{stem}")
    };
    let mut files = Vec::new();
    for at in source.words("mod") {
        let rest = source.code[at + 3..].trim_start();
        let Some((module, _)) = rest.split_once(';') else {
            continue;
        };
        let module = module.trim_end();
        if module.is_empty() || !module.chars().all(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        if let Some(path) = path_attribute(source, at) {
            files.push(join(folder, &path));
            continue;
        }
        let candidates = [
            format!("{own}/{module}.rs"),
            format!("{own}/{module}/mod.rs"),
        ];
        let found = candidates
            .into_iter()
            .find(|path| sources.contains_key(path.as_str()));
        // Declared inside an inline module, whose name is one more folder.
        let nested = || {
            let end = format!("/{module}.rs");
            let mut below = sources
                .keys()
                .filter(|path| path.starts_with(&format!("{own}/")));
            below
                .find(|path| path.ends_with(&end))
                .map(|path| (*path).to_owned())
        };
        files.extend(found.or_else(nested));
    }
    files
}

/// `x` of `#[path = "x"]` in the attributes of the `mod` at `at`.
fn path_attribute(source: &Source, at: usize) -> Option<String> {
    let start = source.code[..at]
        .rfind([';', '{', '}'])
        .map_or(0, |end| end + 1);
    let attribute = start + source.code[start..at].find("#[path")?;
    let text = &source.text[attribute..at];
    Some(text.split('"').nth(1)?.to_owned())
}

fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Target;

    fn orphans(targets: &[&str], files: &[(&str, &str)]) -> Vec<String> {
        let target = |file: &&str| Target {
            file: (*file).to_owned(),
            ..Target::default()
        };
        let member = Member {
            folder: "c".to_owned(),
            targets: targets.iter().map(target).collect(),
            ..Member::default()
        };
        let sources = files
            .iter()
            .map(|(path, text)| (*path, Source::new(path, text)))
            .collect();
        let findings = check(&member, &sources);
        findings.into_iter().map(|finding| finding.path).collect()
    }

    #[test]
    fn a_file_that_nothing_names_is_an_orphan() {
        let files = [
            (
                "c/src/lib.rs",
                "mod a;\n// mod lost;\nmod shown { mod deep; }",
            ),
            (
                "c/src/a.rs",
                "#[cfg(test)]\nmod tests;\n#[path = \"../odd.rs\"]\nmod b;",
            ),
            ("c/src/a/tests.rs", ""),
            ("c/src/shown/deep.rs", ""),
            ("c/odd.rs", ""),
            ("c/src/odd.rs", ""),
            ("c/src/lost.rs", ""),
            ("c/tests/whole.rs", "mod suite;"),
            ("c/tests/suite/mod.rs", "mod one;"),
            ("c/tests/suite/one.rs", ""),
            ("c/tests/suite/two.rs", ""),
            ("d/src/other.rs", ""),
        ];
        assert_eq!(
            orphans(&["c/src/lib.rs", "c/tests/whole.rs"], &files),
            ["c/src/lost.rs", "c/src/odd.rs", "c/tests/suite/two.rs"]
        );
    }

    #[test]
    fn cases_of_a_compile_fail_test_are_given_to_it() {
        let files = [
            (
                "c/tests/ui.rs",
                "fn a() { t.compile_fail(\"tests/ui/*.rs\") }",
            ),
            ("c/tests/ui/bad.rs", ""),
            ("c/tests/gui/bad.rs", ""),
        ];
        assert_eq!(orphans(&["c/tests/ui.rs"], &files), ["c/tests/gui/bad.rs"]);
    }
}
