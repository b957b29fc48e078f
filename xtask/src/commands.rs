//! What people run all day, as command lines: each is here once, and CI calls these.

use crate::run::{Line, part};
use crate::workspace::Workspace;

pub(crate) fn check(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    let only = rest.first().map(String::as_str);
    let root = &workspace.root;
    if !matches!(only, None | Some("fmt" | "clippy" | "rustdoc")) {
        return Err("takes fmt, clippy, rustdoc or nothing".to_owned());
    }
    let wanted = |name| only.is_none_or(|only| only == name);
    if wanted("fmt") {
        part("formatting", || {
            Line::cargo(root).args(["fmt", "--all", "--check"]).run()
        })?;
    }
    if wanted("clippy") {
        let clippy = ["clippy", "--workspace", "--all-targets", "--quiet"];
        let deny = ["--", "-D", "warnings"];
        part("clippy, all features", || {
            Line::cargo(root)
                .args(clippy)
                .args(["--all-features"])
                .args(deny)
                .run()
        })?;
        part("clippy, default features", || {
            Line::cargo(root).args(clippy).args(deny).run()
        })?;
    }
    if wanted("rustdoc") {
        part("rustdoc", || rustdoc(workspace, &[]))?;
    }
    Ok(())
}

fn rustdoc(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    Line::cargo(&workspace.root)
        .args(["doc", "--workspace", "--no-deps", "--all-features"])
        .args(["--exclude", "xtask"])
        .args(rest)
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

pub(crate) fn docs(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    part("docs", || rustdoc(workspace, rest))
}

pub(crate) fn features(workspace: &Workspace) -> Result<(), String> {
    for member in &workspace.members {
        if member.library().is_none() {
            continue;
        }
        part(format!("features of {} alone", member.name), || {
            let check = ["check", "--lib", "--quiet", "--no-default-features", "-p"];
            let check = || {
                Line::cargo(&workspace.root)
                    .args(check)
                    .args([&member.name])
            };
            check().without_warnings()?;
            for feature in &member.features {
                check()
                    .args(["--features", feature.as_str()])
                    .without_warnings()?;
            }
            Ok(())
        })?;
    }
    part("what the compiler says of a feature that is off", || {
        Line::cargo(&workspace.root)
            .args([
                "test",
                "--quiet",
                "--no-default-features",
                "-p",
                "standin-core",
                "--test",
                "ui",
            ])
            .args(["a_feature_that_is_off"])
            .run()
    })
}

pub(crate) fn test(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    let root = &workspace.root;
    let nextest = Line::cargo(root)
        .args(["nextest", "--version"])
        .output()
        .is_ok();
    part("tests", || {
        let line = Line::cargo(root);
        let line = if nextest {
            line.args(["nextest", "run"])
        } else {
            println!(
                "cargo-nextest is not installed; `cargo test` runs the tests of a file in one process"
            );
            line.args(["test", "--all-targets", "--no-fail-fast"])
        };
        line.args(["--workspace", "--all-features"])
            .args(rest)
            .run()
    })?;
    if !rest.is_empty() {
        println!("doctests are not run when tests are picked");
        return Ok(());
    }
    part("doctests", || {
        Line::cargo(root)
            .args(["test", "--doc", "--workspace", "--all-features"])
            .run()
    })
}

/// The models are unit tests: core's lock is loom's only while its own tests are built.
pub(crate) fn loom(workspace: &Workspace) -> Result<(), String> {
    part("models of core's concurrency", || {
        Line::cargo(&workspace.root)
            .args(["test", "-p", "standin-core", "--release", "--lib"])
            .args(["engine::models"])
            .env("RUSTFLAGS", "--cfg loom")
            .run()
    })
}

/// The hooks are C's own functions: what they do to memory is looked at by a compiler that std was not built with. Of races nothing can
/// be said in that way: `tsan.rs`.
pub(crate) fn asan(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    const TRIPLE: &str = "x86_64-unknown-linux-gnu";
    let has_nightly = Line::cargo(&workspace.root)
        .args(["+nightly", "--version"])
        .output()
        .is_ok();
    if !has_nightly {
        println!(
            "NOT CHECKED: no nightly toolchain is installed (rustup toolchain install nightly)"
        );
        return Ok(());
    }
    let target = workspace.target.join("asan");
    part("interception under AddressSanitizer", || {
        Line::cargo(&workspace.root)
            .args([
                "+nightly",
                "test",
                "-p",
                "standin-socket",
                "--features",
                "tls",
            ])
            .args(["--target", TRIPLE, "--tests"])
            .args(rest)
            // A build script and a proc macro are the host's.
            .env(
                "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
                "-Zsanitizer=address",
            )
            .env("CARGO_TARGET_DIR", &target.to_string_lossy())
            .env("ASAN_OPTIONS", "detect_leaks=0")
            .run()
    })
}

/// What was found before is in the tests of the crate that had it; the seeds are where a target begins.
pub(crate) fn fuzz(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    let (seconds, only) = match rest {
        [] => (60, None),
        [seconds] => (seconds_of(seconds)?, None),
        [seconds, target] => (seconds_of(seconds)?, Some(target.as_str())),
        _ => return Err("takes seconds and the name of a target, or nothing".to_owned()),
    };
    let fuzz = || Line::cargo(&workspace.root).args(["+nightly", "fuzz"]);
    let Ok((targets, _)) = fuzz().args(["list"]).output() else {
        println!(
            "NOT CHECKED: needs a nightly toolchain and cargo-fuzz (cargo install cargo-fuzz)"
        );
        return Ok(());
    };
    let targets: Vec<&str> = targets.lines().map(str::trim).collect();
    if let Some(only) = only.filter(|only| !targets.contains(only)) {
        return Err(format!(
            "there is no target `{only}`: {}",
            targets.join(", ")
        ));
    }
    for target in targets {
        if only.is_some_and(|only| only != target) {
            continue;
        }
        part(format!("fuzzing {target}"), || {
            let corpus = format!("fuzz/corpus/{target}");
            std::fs::create_dir_all(workspace.root.join(&corpus))
                .map_err(|error| format!("{corpus}: {error}"))?;
            fuzz()
                .args(["run", "-s", "none", target])
                .args([&corpus, &format!("fuzz/seeds/{target}")])
                .args(["--", "-timeout=10", "-max_len=8192"])
                .args([&format!("-max_total_time={seconds}")])
                .run()
        })?;
    }
    Ok(())
}

fn seconds_of(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is no number of seconds"))
}

pub(crate) fn soak(workspace: &Workspace) -> Result<(), String> {
    part("100,000 connections", || {
        Line::cargo(&workspace.root)
            .args(["test", "-p", "standin-socket", "--all-features"])
            .args(["--test", "soak", "--", "--ignored"])
            .run()
    })
}

pub(crate) fn wasm(workspace: &Workspace) -> Result<(), String> {
    const TRIPLE: &str = "wasm32-unknown-unknown";
    let (libraries, _) = Line::new(&workspace.root, "rustc")
        .args(["--print", "target-libdir", "--target", TRIPLE])
        .output()?;
    if !std::path::Path::new(libraries.trim()).is_dir() {
        println!("NOT CHECKED: the target {TRIPLE} is not installed (rustup target add {TRIPLE})");
        return Ok(());
    }
    part("core on wasm32", || {
        Line::cargo(&workspace.root)
            .args(["check", "-p", "standin-core", "--lib", "--target", TRIPLE])
            .run()
    })
}

pub(crate) fn bench(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    if !workspace.root.join("bench/Cargo.toml").is_file() {
        println!("there is no bench/ here: nothing to run");
        return Ok(());
    }
    part("bench", || {
        Line::cargo(&workspace.root)
            .args(["bench", "--manifest-path", "bench/Cargo.toml"])
            .args(rest)
            .run()
    })
}

/// The parts and their budgets stand in one place, the script that lands a change.
pub(crate) fn ci(workspace: &Workspace) -> Result<(), String> {
    Line::new(&workspace.root, "bash").args([".ci/run"]).run()
}
