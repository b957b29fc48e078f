//! Whose connection is it, of clients that the workspace does not build? As `crates/adapter-socket/tests/matrix.rs` has it.

use std::process::ExitCode;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod clients {
    pub(crate) use standin::activate as start;
}
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[path = "../../../crates/adapter-socket/tests/rows/counted.rs"]
mod counted;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod rows;

fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if !rows::run() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
