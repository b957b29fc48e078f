//! A public item that changes by accident breaks users by accident: the whole surface stands in `api/`, a line for
//! each item, and a change to it has to be made there too, where a reviewer sees it.
//!
//! rustdoc's JSON is unstable, so rustdoc alone is told that it may write it; the rest of the build is what every
//! user gets. Auto traits and blanket impls are left out: they bury the items, and `Send` is asserted in the code.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::run::{Line, part};
use crate::workspace::{Member, Workspace};

/// What the pinned `public-api` reads. rustdoc 1.95 writes it.
const FORMAT: u64 = 57;

const ROLE: &str = "STANDIN_XTASK_AS_RUSTDOC";

/// When cargo calls this tool in rustdoc's place, it is rustdoc with leave to write JSON.
///
/// The leave is an environment variable that build scripts in the graph look at; given to cargo as a whole it would
/// build every proc macro again.
pub(crate) fn as_rustdoc() -> Option<ExitCode> {
    let rustdoc = std::env::var_os(ROLE)?;
    let status = Command::new(rustdoc)
        .args(std::env::args_os().skip(1))
        .env("RUSTC_BOOTSTRAP", "1")
        .status();
    Some(match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cannot run rustdoc: {error}");
            ExitCode::FAILURE
        }
    })
}

pub(crate) fn api(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    let bless = match rest {
        [] => false,
        [flag] if flag == "--bless" => true,
        _ => return Err("takes --bless or nothing".to_owned()),
    };
    let folder = workspace.root.join("api");
    let mut expected = BTreeSet::new();
    let mut changed = Vec::new();
    for member in workspace.published() {
        if member.library().is_none() {
            continue;
        }
        let file = format!("{}.txt", member.name);
        let path = folder.join(&file);
        part(format!("API of {}", member.name), || {
            let now = listing(workspace, member)?;
            let before = std::fs::read_to_string(&path).unwrap_or_default();
            if bless {
                write(&path, &now)?;
            }
            let difference = difference(&before, &now);
            print!("{difference}");
            if !difference.is_empty() || !path.is_file() {
                changed.push(format!("api/{file}"));
            }
            Ok(())
        })?;
        expected.insert(file);
    }
    for stale in stale(&folder, &expected) {
        if bless {
            std::fs::remove_file(folder.join(&stale))
                .map_err(|error| format!("cannot remove api/{stale}: {error}"))?;
        }
        changed.push(format!("api/{stale} (no crate of that name)"));
    }
    match (changed.is_empty(), bless) {
        (true, _) => Ok(()),
        (false, true) => {
            println!("rewritten: {}", changed.join(", "));
            Ok(())
        }
        (false, false) => Err(format!(
            "the public API is not what the repository says: {}\nwhere that is meant: cargo xtask api --bless, and a line in CHANGELOG.md",
            changed.join(", ")
        )),
    }
}

fn listing(workspace: &Workspace, member: &Member) -> Result<String, String> {
    let this = std::env::current_exe().map_err(|error| format!("where am I? {error}"))?;
    let rustdoc = std::env::var("RUSTDOC").unwrap_or_else(|_| "rustdoc".to_owned());
    let json = ["-Z", "unstable-options", "--output-format", "json"];
    Line::cargo(&workspace.root)
        .args(["rustdoc", "--quiet", "--lib", "--all-features", "-p"])
        .args([member.name.as_str(), "--"])
        .args(json)
        .env("RUSTDOC", &this.to_string_lossy())
        .env(ROLE, &rustdoc)
        .output()?;
    let library = member.library().map_or("", |target| &target.name);
    let path = workspace
        .target
        .join(format!("doc/{}.json", library.replace('-', "_")));
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("rustdoc left no {}: {error}", path.display()))?;
    readable(&text)?;
    let surface = |derived_too: bool| {
        public_api::Builder::from_rustdoc_json(&path)
            .omit_auto_trait_impls(true)
            .omit_blanket_impls(true)
            .omit_auto_derived_impls(!derived_too)
            .build()
            .map(|surface| surface.items().map(ToString::to_string).collect())
            .map_err(|error| format!("cannot list {}: {error}", member.name))
    };
    let lines = with_derived(surface(false)?, surface(true)?);
    Ok(lines.into_iter().map(|line| line + "\n").collect())
}

/// That a type derives `Clone` is worth a line, that it then has a method `clone` is not.
fn with_derived(mut items: BTreeSet<String>, all: BTreeSet<String>) -> BTreeSet<String> {
    let derived = |line: &String| line.starts_with("impl") && !line.contains("StructuralPartialEq");
    items.extend(all.into_iter().filter(derived));
    items
}

fn readable(json: &str) -> Result<(), String> {
    let value: serde_json::Value =
        serde_json::from_str(json).map_err(|error| format!("rustdoc's JSON is not: {error}"))?;
    match value["format_version"].as_u64() {
        Some(FORMAT) => Ok(()),
        other => Err(format!(
            "this rustdoc writes format {other:?}, the pinned public-api reads {FORMAT} (Rust 1.95): \
             run it there, or move `public-api` in xtask/Cargo.toml and FORMAT in xtask/src/api.rs together"
        )),
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Lines that went (`-`) and came (`+`); both texts are sorted and without doubles.
fn difference(before: &str, now: &str) -> String {
    let before: BTreeSet<&str> = before.lines().collect();
    let now: BTreeSet<&str> = now.lines().collect();
    let went = before.difference(&now).map(|line| format!("- {line}\n"));
    let came = now.difference(&before).map(|line| format!("+ {line}\n"));
    went.chain(came).collect()
}

fn stale(folder: &Path, expected: &BTreeSet<String>) -> BTreeSet<String> {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".txt") && !expected.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_signature_is_a_line_gone_and_a_line_come() {
        let before = "pub fn a()\npub fn b()\n";
        let now = "pub fn a(u8)\npub fn b()\n";
        assert_eq!(difference(before, now), "- pub fn a()\n+ pub fn a(u8)\n");
        assert_eq!(difference(now, now), "");
    }

    #[test]
    fn a_derive_is_one_line() {
        let lines = |lines: &[&str]| lines.iter().map(ToString::to_string).collect();
        let items = lines(&["pub struct A"]);
        let all = lines(&[
            "pub struct A",
            "impl Clone for A",
            "impl StructuralPartialEq for A",
            "pub fn A::clone(&self) -> A",
        ]);
        let expected: BTreeSet<String> = lines(&["impl Clone for A", "pub struct A"]);
        assert_eq!(with_derived(items, all), expected);
    }

    #[test]
    fn another_format_is_refused_with_the_mend() {
        assert!(readable(r#"{"format_version": 57}"#).is_ok());
        let said = readable(r#"{"format_version": 58}"#).expect_err("another format");
        assert!(
            said.contains("Some(58)") && said.contains("xtask/Cargo.toml"),
            "{said}"
        );
    }
}
