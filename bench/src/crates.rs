//! What does a user pay in crates and build time? For each feature set, a crate that depends on nothing else is built from clean into an
//! empty target folder, as a first `cargo build` on a warm registry does.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::command;

struct Case {
    name: &'static str,
    /// The line under `[dependencies]`; `ROOT` is where standin's sources are.
    dependency: &'static str,
}

const CASES: &[Case] = &[
    Case {
        name: CLIENT,
        dependency: r#"reqwest = "0.13""#,
    },
    Case {
        name: "wiremock",
        dependency: r#"wiremock = "0.6""#,
    },
    Case {
        name: "mockito",
        dependency: r#"mockito = "1.7""#,
    },
    Case {
        name: "httpmock",
        dependency: r#"httpmock = "0.9""#,
    },
    Case {
        name: "httptest",
        dependency: r#"httptest = "0.16""#,
    },
    Case {
        name: "standin-core",
        dependency: r#"standin-core = { path = "ROOT/crates/core" }"#,
    },
    Case {
        name: "standin, no features",
        dependency: r#"standin = { path = "ROOT", default-features = false }"#,
    },
    Case {
        name: "standin, default",
        dependency: r#"standin = { path = "ROOT" }"#,
    },
    Case {
        name: "standin, reqwest alone",
        dependency: r#"standin = { path = "ROOT", default-features = false, features = ["reqwest"] }"#,
    },
    Case {
        name: "standin, hyper alone",
        dependency: r#"standin = { path = "ROOT", default-features = false, features = ["hyper"] }"#,
    },
    Case {
        name: "standin, tower alone",
        dependency: r#"standin = { path = "ROOT", default-features = false, features = ["tower"] }"#,
    },
    Case {
        name: "standin, default and reqwest",
        dependency: r#"standin = { path = "ROOT", features = ["reqwest"] }"#,
    },
];

/// What a user of the tool is likely to have already.
const CLIENT: &str = "reqwest (for comparison)";

/// Prints a table of the cases whose name contains `filter`.
pub fn report(filter: &str, save: bool) -> Result<(), String> {
    let folder = Temporary::new()?;
    let reqwest = prepare(&folder.0, &CASES[0])?;
    let known: BTreeSet<String> = reqwest
        .crates
        .iter()
        .map(|name| without_version(name))
        .collect();
    let mut text = String::from(
        "\n### crates\n\nCrates in the graph of normal and build dependencies, those among them that a user of reqwest 0.13 does not have\n\
         already, and the time of a clean dev build on a warm registry.\n\n\
         | crate | crates | beyond reqwest | clean build |\n|---|---:|---:|---:|\n",
    );
    for case in CASES.iter().filter(|case| case.name.contains(filter)) {
        eprintln!("{}", case.name);
        let line = prepare(&folder.0, case).and_then(|prepared| {
            let seconds = prepared.build()?;
            let new = prepared
                .crates
                .iter()
                .filter(|name| !known.contains(&without_version(name)))
                .count();
            Ok(format!(
                "| {} | {} | {new} | {seconds:.1} s |",
                case.name,
                prepared.crates.len()
            ))
        });
        _ = match line {
            Ok(line) => writeln!(text, "{line}"),
            Err(why) => writeln!(text, "| {} | skipped: {} | | |", case.name, reason(&why)),
        };
    }
    println!("{text}");
    if save {
        command::save("crates.md", &text)
    } else {
        Ok(())
    }
}

struct Prepared {
    folder: PathBuf,
    crates: BTreeSet<String>,
}

/// Writes the crate, fetches what it needs and lists it.
fn prepare(folder: &Path, case: &Case) -> Result<Prepared, String> {
    let folder = folder.join(case.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    let root = command::home()
        .join("..")
        .canonicalize()
        .map_err(|error| error.to_string())?;
    if case.name.starts_with("standin,") && !has_package(&root) {
        return Err("there is no such package yet".into());
    }
    let dependency = case.dependency.replace("ROOT", &root.to_string_lossy());
    let manifest = format!(
        "[package]\nname = \"user\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n[dependencies]\n{dependency}\n"
    );
    write(&folder.join("Cargo.toml"), &manifest)?;
    write(&folder.join("src/lib.rs"), "")?;
    cargo(&folder, &["fetch", "--quiet"])?;
    let tree = cargo(
        &folder,
        &[
            "tree",
            "--offline",
            "--prefix",
            "none",
            "--edges",
            "normal,build",
            "--no-dedupe",
        ],
    )?;
    let crates = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?))
        })
        .filter(|name| !name.starts_with("user "))
        .collect();
    Ok(Prepared { folder, crates })
}

fn has_package(root: &Path) -> bool {
    std::fs::read_to_string(root.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.lines().any(|line| line == "[package]"))
}

impl Prepared {
    /// Seconds of a build into an empty target folder.
    fn build(&self) -> Result<f64, String> {
        let began = Instant::now();
        cargo(&self.folder, &["build", "--quiet", "--offline"])?;
        let seconds = began.elapsed().as_secs_f64();
        std::fs::remove_dir_all(self.folder.join("target")).map_err(|error| error.to_string())?;
        Ok(seconds)
    }
}

fn without_version(name: &str) -> String {
    name.split(' ').next().unwrap_or_default().to_owned()
}

/// The first line in which cargo says what is wrong; results are committed, so without the folder that it happened in.
fn reason(why: &str) -> &str {
    let why = why.split(" (").next().unwrap_or(why);
    why.lines()
        .find_map(|line| line.trim().strip_prefix("error: "))
        .unwrap_or(why)
        .trim()
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    path.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn cargo(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WRAPPER")
        .args(arguments)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A folder that goes with this value.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("standin-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What is left in a temporary folder harms nobody.
        _ = std::fs::remove_dir_all(&self.0);
    }
}
