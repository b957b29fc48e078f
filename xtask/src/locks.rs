//! A crate outside the workspace has a lock file of its own, which nobody sees when a dependency of ours changes: it goes stale until
//! somebody builds that crate, and then `--locked` refuses.

use crate::clients;
use crate::run::{Line, part};
use crate::workspace::Workspace;

/// Fails where the lock file of a client's crate or of the benchmarks is not what cargo would write; `--mend` writes it.
///
/// Nothing is built, and no crate is fetched: what cargo's index says of the locked versions is enough.
pub(crate) fn locks(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    let mends = match rest {
        [] => false,
        [mend] if mend == "--mend" => true,
        _ => return Err("takes --mend or nothing".to_owned()),
    };
    let mut manifests: Vec<String> = clients::names(workspace)?
        .iter()
        .map(|name| format!("clients/{name}/Cargo.toml"))
        .collect();
    manifests.push("bench/Cargo.toml".to_owned());
    part(format!("{} lock files", manifests.len()), || {
        let mut stale = Vec::new();
        for manifest in &manifests {
            let update = |how: &[&str]| {
                Line::cargo(&workspace.root)
                    .args(["update", "--quiet", "--workspace", "--manifest-path"])
                    .args([manifest])
                    .args(how)
                    .output()
            };
            if mends {
                update(&[])?;
                continue;
            }
            // What was fetched before is enough to say yes, and to ask nobody is faster.
            let kept = update(&["--locked", "--offline"]).or_else(|_| update(&["--locked"]));
            match kept {
                Ok(_) => {}
                Err(said) if is_stale(&said) => stale.push(manifest.replace(".toml", ".lock")),
                // The index is not to be had, or the crate does not resolve.
                Err(said) => return Err(said),
            }
        }
        match stale.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "stale: {}; `cargo xtask locks --mend` writes them as they have to be",
                stale.join(", ")
            )),
        }
    })
}

/// Whether cargo would have written another file, and refused for that.
fn is_stale(said: &str) -> bool {
    said.contains("--locked was passed to prevent")
}

#[cfg(test)]
mod tests {
    use super::is_stale;

    #[test]
    fn a_stale_lock_is_told_from_an_index_that_is_not_there() {
        assert!(is_stale(
            "error: cannot update the lock file /w/clients/ureq/Cargo.lock because --locked was passed to prevent this"
        ));
        assert!(!is_stale(
            "error: no matching package named `bytes` found\nlocation searched: crates.io index"
        ));
    }
}
