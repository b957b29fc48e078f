//! A crate that builds here can still be refused by the registry, or arrive there without its licences.

use crate::run::{Line, part};
use crate::workspace::{Member, Workspace};

/// What each package carries, by name.
const CARRIED: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

pub(crate) fn package(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    let verify = match rest {
        [] => false,
        [flag] if flag == "--verify" => true,
        _ => return Err("takes --verify or nothing".to_owned()),
    };
    let mut said = Vec::new();
    part("what each package carries", || {
        for member in workspace.published() {
            let (list, _) = Line::cargo(&workspace.root)
                .args(["package", "--list", "--allow-dirty", "-p", &member.name])
                .output()?;
            said.extend(complaints(member, &list));
        }
        if said.is_empty() {
            Ok(())
        } else {
            Err(said.join("\n"))
        }
    })?;
    part("packaging", || {
        let line = Line::cargo(&workspace.root).args(["package", "--workspace", "--allow-dirty"]);
        let private = workspace.members.iter().filter(|member| !member.publish);
        let line = private.fold(line, |line, member| line.args(["--exclude", &member.name]));
        let line = if verify {
            line
        } else {
            line.args(["--no-verify"])
        };
        line.run()
    })
}

fn complaints(member: &Member, list: &str) -> Vec<String> {
    let mut said: Vec<String> = CARRIED
        .iter()
        .filter(|name| !list.lines().any(|line| line == **name))
        .map(|name| {
            let up = "../".repeat(
                member
                    .folder
                    .split('/')
                    .filter(|part| !part.is_empty())
                    .count(),
            );
            match *name {
                "README.md" => format!("{}: write {}", member.name, member.file(name)),
                _ => format!("{}: ln -s {up}{name} {}", member.name, member.file(name)),
            }
        })
        .collect();
    if !member.readme {
        said.push(format!("{}: its manifest names no readme", member.name));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_package_lacks_is_said_with_the_mend() {
        let member = Member {
            name: "standin-x".to_owned(),
            folder: "crates/x".to_owned(),
            readme: true,
            ..Member::default()
        };
        assert_eq!(
            complaints(&member, "LICENSE-APACHE\nREADME.md\nsrc/lib.rs\n"),
            ["standin-x: ln -s ../../LICENSE-MIT crates/x/LICENSE-MIT"]
        );
        assert!(complaints(&member, "LICENSE-APACHE\nLICENSE-MIT\nREADME.md\n").is_empty());
    }
}
