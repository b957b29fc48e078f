//! A repository with a dozen checks is only checked when each of them is one command that is easy to remember.
//!
//! `cargo xtask <command>`, each of which prints what it runs and how long that took. CI runs the same commands.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its user"
)]

mod api;
mod clients;
mod commands;
mod locks;
mod package;
mod run;
mod targets;
mod tidy;
mod tsan;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

const USAGE: &str = "\
cargo xtask <command>

  check              formatting, clippy and rustdoc, warnings denied
  features           every feature of every crate alone, and none, compiles
  tidy               the rules of this repository that no compiler knows
  api [--bless]      compares the public API with api/*.txt, or rewrites these
  test [args]        all tests, then all doctests
  loom               the models of core's concurrency
  asan [args]        interception under AddressSanitizer, where a nightly toolchain is installed
  tsan [args]        interception under ThreadSanitizer: needs std's source
  fuzz [s] [target]  s seconds (60) of each fuzz target of fuzz/, or of one, where cargo-fuzz and a nightly toolchain are
  soak               100,000 intercepted connections leave nothing behind
  wasm               core compiles for wasm32, where that target is installed
  targets [triple..] all crates compile for Windows, macOS and musl, and core for wasm32: needs std's source
  package [--verify] every crate packages, with its licences and README; --verify builds each too
  clients [name..]   the tests of published clients in clients/, each a crate of its own
  locks [--mend]     the lock files of clients/ and bench/ are as cargo would write them, or are written
  bench [args]       the benchmarks in bench/
  docs [args]        the documentation; --open shows it
  ci                 all that lands a change, as .ci/run does it

`check` takes one of fmt, clippy, rustdoc to run that alone.";

fn main() -> ExitCode {
    if let Some(code) = api::as_rustdoc() {
        return code;
    }
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    match dispatch(&command, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(said) => {
            eprintln!("xtask {command}: {said}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, rest: &[String]) -> Result<(), String> {
    if matches!(command, "" | "help" | "-h" | "--help") {
        println!("{USAGE}");
        return Ok(());
    }
    let workspace = Workspace::load()?;
    match command {
        "check" => commands::check(&workspace, rest),
        "features" => commands::features(&workspace),
        "tidy" => tidy::tidy(&workspace),
        "api" => api::api(&workspace, rest),
        "test" => commands::test(&workspace, rest),
        "loom" => commands::loom(&workspace),
        "asan" => commands::asan(&workspace, rest),
        "tsan" => tsan::tsan(&workspace, rest),
        "fuzz" => commands::fuzz(&workspace, rest),
        "soak" => commands::soak(&workspace),
        "wasm" => commands::wasm(&workspace),
        "targets" => targets::targets(&workspace, rest),
        "package" => package::package(&workspace, rest),
        "clients" => clients::clients(&workspace, rest),
        "locks" => locks::locks(&workspace, rest),
        "bench" => commands::bench(&workspace, rest),
        "docs" => commands::docs(&workspace, rest),
        "ci" => commands::ci(&workspace),
        other => Err(format!("there is no command `{other}`\n\n{USAGE}")),
    }
}
