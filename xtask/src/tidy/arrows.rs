//! Layers that may call each other both ways are one layer: the arrows between our crates, as ARCHITECTURE.md draws them.

use super::Finding;
use crate::workspace::Member;

/// Package, and what of ours it may use. A crate that is not here has no place in the drawing yet.
const ARROWS: &[(&str, &[&str])] = &[
    ("standin-core", &[]),
    ("standin-wire", &["standin-core"]),
    ("standin-hyper", &["standin-core", "standin-wire"]),
    ("standin-reqwest", &["standin-core", "standin-wire"]),
    ("standin-ureq", &["standin-core", "standin-wire"]),
    (
        "standin-socket",
        &["standin-core", "standin-wire", "standin-hooks"],
    ),
    ("standin-hooks", &[]),
    (
        "standin",
        &[
            "standin-core",
            "standin-wire",
            "standin-hyper",
            "standin-reqwest",
            "standin-ureq",
            "standin-socket",
        ],
    ),
    ("xtask", &[]),
];

/// Core decides and never acts: what brings I/O or a runtime has no business in its graph.
const NOT_IN_CORE: &[&str] = &[
    "async-std",
    "futures",
    "hyper",
    "hyper-util",
    "libc",
    "mio",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "tokio",
];

pub(super) fn check(members: &[Member]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in members {
        let mut said = |what: String| {
            findings.push(Finding::new(&member.file("Cargo.toml"), 0, what));
        };
        let Some((_, may)) = ARROWS.iter().find(|(name, _)| *name == member.name) else {
            said(format!(
                "{} is not in the arrows: say in xtask/src/tidy/arrows.rs what it may use",
                member.name
            ));
            continue;
        };
        for dependency in &member.dependencies {
            let name = dependency.name.as_str();
            let ours = members.iter().find(|other| other.name == name);
            // A suite that is never published may serve the tests of any crate.
            let suite = dependency.dev && ours.is_some_and(|ours| !ours.publish);
            // A crate may enable its own features for its own tests.
            let itself = dependency.dev && name == member.name;
            if ours.is_some() && !suite && !itself && !may.contains(&name) {
                let may = if may.is_empty() {
                    "none of ours".to_owned()
                } else {
                    may.join(", ")
                };
                said(format!("{} uses {name}; it may use {may}", member.name));
            }
            if member.name == "standin-core" && !dependency.dev && NOT_IN_CORE.contains(&name) {
                said(format!(
                    "core has no I/O and no runtime, and {name} brings them"
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn member(name: &str, uses: &[&str]) -> Member {
        let dependency = |name: &&str| Dependency {
            name: (*name).to_owned(),
            dev: false,
        };
        Member {
            name: name.to_owned(),
            publish: true,
            dependencies: uses.iter().map(dependency).collect(),
            ..Member::default()
        }
    }

    fn said(members: &[Member]) -> Vec<String> {
        check(members)
            .into_iter()
            .map(|finding| finding.said)
            .collect()
    }

    #[test]
    fn arrows_point_to_core() {
        let core = || member("standin-core", &["http"]);
        let wire = || member("standin-wire", &["standin-core", "hyper"]);
        let hyper = member("standin-hyper", &["standin-core", "standin-wire", "tower"]);
        let all = member(
            "standin",
            &["standin-core", "standin-wire", "standin-hyper"],
        );
        assert_eq!(said(&[core(), wire(), hyper, all]), [""; 0]);

        let upward = member("standin-core", &["standin-wire"]);
        assert_eq!(
            said(&[upward, wire()]),
            ["standin-core uses standin-wire; it may use none of ours"]
        );
        let sideways = member("standin-reqwest", &["standin-hyper"]);
        assert_eq!(
            said(&[sideways, member("standin-hyper", &[])]),
            ["standin-reqwest uses standin-hyper; it may use standin-core, standin-wire"]
        );
    }

    #[test]
    fn a_private_suite_may_serve_the_tests_of_any_crate() {
        let mut core = member("standin-core", &["xtask"]);
        let mut suite = member("xtask", &[]);
        suite.publish = false;
        assert_eq!(said(&[member("standin-core", &["xtask"]), suite]).len(), 1);
        let mut suite = member("xtask", &[]);
        suite.publish = false;
        core.dependencies[0].dev = true;
        assert_eq!(said(&[core, suite]), [""; 0]);
    }

    #[test]
    fn a_runtime_in_core_and_a_crate_without_a_place_are_found() {
        assert_eq!(
            said(&[member("standin-core", &["tokio"])]),
            ["core has no I/O and no runtime, and tokio brings them"]
        );
        assert!(said(&[member("standin-new", &[])])[0].contains("not in the arrows"));
    }
}
