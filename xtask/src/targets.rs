//! No machine with another system is at hand, and rustup need not have std for it: that the crates compile there can be known all the
//! same, from std's source.
//!
//! Nothing is linked and nothing runs.

use std::path::Path;

use crate::run::{Line, part};
use crate::workspace::Workspace;

struct Target {
    triple: &'static str,
    /// Where there is no room for more than core.
    is_core_alone: bool,
    /// For the C of ring, where the system has one that compiles for this target.
    cc: Option<&'static str>,
}

const TARGETS: [Target; 6] = [
    full("x86_64-pc-windows-gnu", Some("x86_64-w64-mingw32-gcc")),
    full("aarch64-apple-darwin", None),
    full("x86_64-apple-darwin", None),
    full("x86_64-unknown-linux-musl", Some("musl-gcc")),
    core("wasm32-unknown-unknown"),
    core("wasm32-wasip1"),
];

const fn full(triple: &'static str, cc: Option<&'static str>) -> Target {
    Target {
        triple,
        is_core_alone: false,
        cc,
    }
}

const fn core(triple: &'static str) -> Target {
    Target {
        triple,
        is_core_alone: true,
        cc: None,
    }
}

/// A cargo, and its compiler.
pub(crate) const TOOLCHAINS: [[&str; 2]; 2] =
    [["cargo", "rustc"], ["/usr/bin/cargo", "/usr/bin/rustc"]];

const NEEDS: &str = "needs a compiler with the source of std: `rustup component add rust-src`, or Debian's packages rustc-web, cargo-web \
                     and rust-web-src";

/// Checks every published crate, with all features, for each target or for those that are named.
pub(crate) fn targets(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    let known = TARGETS.map(|target| target.triple);
    if let Some(unknown) = rest.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!(
            "there is no target `{unknown}`; there are: {}",
            known.join(", ")
        ));
    }
    let [cargo, rustc] = with_source(&workspace.root)?;
    let wanted = |target: &&Target| rest.is_empty() || rest.iter().any(|it| it == target.triple);
    let mut failed = Vec::new();
    for target in TARGETS.iter().filter(wanted) {
        let checked = part(target.triple, || check(workspace, cargo, rustc, target));
        failed.extend(checked.err());
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n")),
    }
}

/// A cargo and its compiler that have std's source.
pub(crate) fn with_source(root: &Path) -> Result<[&'static str; 2], String> {
    let has_source = |[_, rustc]: &[&str; 2]| has_source(root, rustc);
    let found = TOOLCHAINS.into_iter().find(has_source);
    found.ok_or_else(|| format!("not checked: it {NEEDS}"))
}

fn has_source(root: &Path, rustc: &str) -> bool {
    let sysroot = Line::new(root, rustc).args(["--print", "sysroot"]).output();
    sysroot.is_ok_and(|(sysroot, _)| {
        let std = "lib/rustlib/src/rust/library/std/Cargo.toml";
        Path::new(sysroot.trim()).join(std).is_file()
    })
}

fn check(workspace: &Workspace, cargo: &str, rustc: &str, target: &Target) -> Result<(), String> {
    let published = workspace.published().map(|member| member.name.as_str());
    let packages: Vec<&str> = match target.is_core_alone {
        true => vec!["standin-core"],
        false => published.collect(),
    };
    let folder = workspace.target.join("targets");
    let mut line = Line::new(&workspace.root, cargo)
        .args(["check", "--lib", "--target", target.triple])
        .args(["-Zbuild-std=std,panic_abort"])
        .args(packages.iter().flat_map(|name| ["-p", name]))
        .env("RUSTC", rustc)
        // The flag is the compiler's business: it is the one that std's source belongs to.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &folder.to_string_lossy());
    if !target.is_core_alone {
        line = line.args(["--all-features"]);
        let there = target.cc.filter(|cc| is_there(&workspace.root, cc));
        let triple = target.triple.replace('-', "_");
        if let Some(cc) = there {
            line = line.env(&format!("CC_{triple}"), cc);
        } else {
            println!("the C of ring is not compiled: no compiler of C for this target is here");
            for tool in ["CC", "AR", "RANLIB"] {
                line = line.env(&format!("{tool}_{triple}"), "true");
            }
            // Else Apple's tools are asked where it is.
            line = line.env("SDKROOT", "/");
        }
    }
    line.without_warnings()
}

fn is_there(root: &Path, cc: &str) -> bool {
    Line::new(root, cc).args(["--version"]).output().is_ok()
}
