//! Whose connection is it? Rows of 24 tests at once, 12 requests each to the same host: right, wrong, refused.
//!
//! Each test is a thread that `main` starts, as libtest does. Whatever else a row has, its wrong are 0.

#![expect(
    clippy::print_stdout,
    reason = "a harness of its own prints what it ran"
)]

use std::process::ExitCode;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod clients;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod rows;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if has("--list") {
        if !has("--ignored") {
            println!("matrix: test");
        }
        return ExitCode::SUCCESS;
    }
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if !has("--ignored") && !rows::run() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
