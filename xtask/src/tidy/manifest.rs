//! A manifest is read by the registry, by users and by lawyers: what each must say.

use super::Finding;
use crate::workspace::Member;

/// Crates with lints of their own, each with its reason.
const OWN_LINTS: &[(&str, &str)] = &[
    (
        "standin-socket",
        "the hooks are unsafe by nature, and a forbidden lint cannot be allowed again",
    ),
    ("standin-hooks", "exports symbols of libc"),
];

pub(super) fn check(member: &Member, path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (there, key) in [
        (member.description, "description"),
        (member.license, "license"),
        (member.repository, "repository"),
        (member.rust_version, "rust-version"),
    ] {
        if !there {
            findings.push(Finding::new(path, 0, format!("no `{key}`")));
        }
    }
    if !OWN_LINTS.iter().any(|(name, _)| *name == member.name) && !inherits_lints(text) {
        findings.push(Finding::new(
            path,
            0,
            "the workspace's lints are not inherited: `[lints]`, `workspace = true`",
        ));
    }
    if member.name == "standin-core" {
        findings.extend(uncommented(path, text));
    }
    findings
}

/// The lines of a manifest with the table that each stands in.
fn lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().scan("", |table, line| {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            *table = name.trim_end_matches(']');
        }
        Some((*table, line))
    })
}

fn inherits_lints(text: &str) -> bool {
    let plain = |line: &str| line.split('#').next().unwrap_or("").replace(' ', "");
    lines(text).any(|(table, line)| {
        let line = plain(line);
        (table == "lints" && line == "workspace=true") || line == "lints.workspace=true"
    })
}

/// A dependency of core is a dependency of every user: it earns its place in the line above it.
fn uncommented(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut above = "";
    let mut depth = 0_i32;
    for (at, (table, line)) in lines(text).enumerate() {
        let begins = depth == 0 && !line.is_empty() && !line.starts_with(['#', '[']);
        let one_each = table == "dependencies"
            || (table.starts_with("target.") && table.ends_with(".dependencies"));
        let own_table = table.starts_with("dependencies.") && line.starts_with('[');
        if ((one_each && begins) || own_table) && !above.starts_with('#') {
            let name = line
                .trim_start_matches("[dependencies.")
                .split(['.', ' ', '=', ']'])
                .next();
            let said = format!(
                "no comment above says why core needs `{}`",
                name.unwrap_or(line)
            );
            findings.push(Finding::new(path, at + 1, said));
        }
        if !line.starts_with(['#', '[']) {
            depth +=
                line.matches(['[', '{']).count() as i32 - line.matches([']', '}']).count() as i32;
        }
        above = line;
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_inherited_in_either_form() {
        assert!(inherits_lints("[package]\n\n[lints]\nworkspace = true\n"));
        assert!(inherits_lints("[package]\nlints.workspace = true\n"));
        assert!(!inherits_lints("[dependencies]\nworkspace = true\n"));
        assert!(!inherits_lints("[lints]\n# workspace = true\n"));
    }

    #[test]
    fn a_dependency_of_core_has_its_reason_above_it() {
        let text = "[dependencies]\n# Types.\nhttp = \"1\"\nbytes = \"1\"\n# Wide.\nregex = { version = \"1\", features = [\n  \"std\",\n] }\n\n[dev-dependencies]\ninsta = \"1\"\n";
        let findings = uncommented("Cargo.toml", text);
        let found: Vec<_> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(found, [4]);
        assert!(findings[0].said.contains("`bytes`"), "{findings:?}");
        assert_eq!(
            uncommented("Cargo.toml", "[dependencies.http]\nversion = \"1\"\n").len(),
            1
        );
        assert_eq!(
            uncommented(
                "Cargo.toml",
                "# Types.\n[dependencies.http]\nversion = \"1\"\n"
            )
            .len(),
            0
        );
    }

    #[test]
    fn what_the_registry_wants_is_there() {
        let bare = Member::default();
        let said: Vec<_> = check(&bare, "Cargo.toml", "lints.workspace = true")
            .into_iter()
            .map(|finding| finding.said)
            .collect();
        assert_eq!(
            said,
            [
                "no `description`",
                "no `license`",
                "no `repository`",
                "no `rust-version`"
            ]
        );
    }
}
