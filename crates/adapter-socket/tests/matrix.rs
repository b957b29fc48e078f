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
mod past_libc;
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
    if !has("--ignored") && !runs() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// All rows, and in a process of its own once more: a seal cannot be undone.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn runs() -> bool {
    const SETTING: &str = "STANDIN_INTERCEPT";
    if std::env::var_os(SETTING).is_some_and(|said| said == "sealed") {
        println!("\nsealed:");
        return rows::run(true);
    }
    let is_fine = rows::run(false);
    let sealed = std::env::current_exe().and_then(|this| {
        let mut command = std::process::Command::new(this);
        command.env(SETTING, "sealed").status()
    });
    is_fine && sealed.is_ok_and(|status| status.success())
}
