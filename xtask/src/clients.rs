//! A client is tested as its users build it: alone, with its own lock file, so that no feature of another crate gets in.

use crate::run::{Line, part};
use crate::workspace::Workspace;

/// Runs the tests of every crate in `clients/`, or of the one that is named. One target folder serves all.
pub(crate) fn clients(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    let names = names(workspace)?;
    let mut failed = Vec::new();
    for name in chosen(&names, rest)? {
        // There, so that what a crate's `.cargo/config.toml` says holds.
        let folder = workspace.root.join("clients").join(name);
        let target = workspace.target.join("clients");
        let run = part(format!("client {name}"), || {
            Line::cargo(&folder)
                .args(["test", "--locked"])
                .env("CARGO_TARGET_DIR", &target.to_string_lossy())
                .run()
        });
        failed.extend(run.err());
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("\n"))
    }
}

/// The crates in `clients/`, sorted.
pub(crate) fn names(workspace: &Workspace) -> Result<Vec<String>, String> {
    let folder = workspace.root.join("clients");
    let entries = std::fs::read_dir(&folder)
        .map_err(|error| format!("cannot list {}: {error}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn chosen<'n>(names: &'n [String], wanted: &[String]) -> Result<Vec<&'n str>, String> {
    if let Some(unknown) = wanted.iter().find(|wanted| !names.contains(wanted)) {
        return Err(format!(
            "there is no client `{unknown}`; there are: {}",
            names.join(", ")
        ));
    }
    let chosen = names
        .iter()
        .filter(|name| wanted.is_empty() || wanted.contains(name));
    Ok(chosen.map(String::as_str).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_run_unless_some_are_named() {
        let names = ["kube", "octocrab"].map(str::to_owned);
        assert_eq!(
            chosen(&names, &[]),
            Ok(names.iter().map(String::as_str).collect())
        );
        assert_eq!(chosen(&names, &names[1..]), Ok(vec!["octocrab"]));
        assert_eq!(
            chosen(&names, &["okto".to_owned()]),
            Err("there is no client `okto`; there are: kube, octocrab".to_owned())
        );
    }
}
