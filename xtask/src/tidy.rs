//! A rule that is only written down is broken by the third person who touches the code: those that matter run here.
//!
//! Every rule is a function from text to findings, tested on small strings; this file feeds them.

mod arrows;
mod clients;
mod files;
mod manifest;
mod modules;
mod providers;
mod rust;
mod source;

use std::collections::BTreeMap;
use std::path::Path;

use self::source::Source;
use crate::run::{Line, part};
use crate::workspace::Workspace;

/// A rule broken, where, and what to do.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    /// From 1; 0 where the file as a whole is meant.
    line: usize,
    said: String,
}

impl Finding {
    fn new(path: &str, line: usize, said: impl Into<String>) -> Self {
        let (path, said) = (path.to_owned(), said.into());
        Self { path, line, said }
    }
}

pub(crate) fn tidy(workspace: &Workspace) -> Result<(), String> {
    part("tidy", || {
        let texts = texts(&workspace.root)?;
        let findings = findings(workspace, &texts);
        for Finding { path, line, said } in &findings {
            println!("{path}:{line}: {said}");
        }
        println!("{} files read", texts.len());
        match findings.len() {
            0 => Ok(()),
            n => Err(format!("findings: {n}")),
        }
    })
}

fn findings(workspace: &Workspace, texts: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut findings = arrows::check(&workspace.members);
    findings.extend(clients::check(texts));
    findings.extend(providers::check(
        texts.get("Cargo.lock").map_or("", String::as_str),
    ));
    findings.extend(files::unused_exceptions(texts));
    for (path, text) in texts {
        findings.extend(files::check(path, text));
    }
    let sources: BTreeMap<&str, Source> = texts
        .iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .map(|(path, text)| (path.as_str(), Source::new(path, text)))
        .collect();
    for source in sources.values() {
        findings.extend(rust::check(source));
    }
    for member in &workspace.members {
        findings.extend(modules::check(member, &sources));
        let path = member.file("Cargo.toml");
        let text = texts.get(&path).map_or("", String::as_str);
        findings.extend(manifest::check(member, &path, text));
    }
    findings.sort();
    findings.dedup();
    findings
}

/// Every text file that is tracked or about to be, by its path from the root.
fn texts(root: &Path) -> Result<BTreeMap<String, String>, String> {
    let list = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let names = match Line::new(root, "git").args(list).output() {
        Ok((names, _)) => names.split('\0').map(str::to_owned).collect(),
        Err(said) => {
            println!("all files are read, not the tracked ones alone: {said}");
            let mut names = Vec::new();
            walk(root, "", &mut names).map_err(|error| format!("cannot list files: {error}"))?;
            names
        }
    };
    let mut texts = BTreeMap::new();
    for name in names {
        // A name that is gone from the disk, a link to a folder and what is not text have nothing to read.
        if let Ok(text) = std::fs::read_to_string(root.join(&name)) {
            texts.insert(name, text);
        }
    }
    Ok(texts)
}

/// The files below `folder`, from the root, in a copy of the sources without their history.
fn walk(root: &Path, folder: &str, names: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = format!("{folder}{}", entry.file_name().to_string_lossy());
        if !entry.file_type()?.is_dir() {
            names.push(name);
        } else if !matches!(name.rsplit('/').next(), Some("target" | ".git")) {
            walk(root, &format!("{name}/"), names)?;
        }
    }
    Ok(())
}
