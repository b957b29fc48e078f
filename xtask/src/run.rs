//! A check that says nothing for two minutes looks hung: every part says what it runs, and its seconds.

use std::fmt::Display;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Runs one part of a command, under its name and with its seconds.
pub(crate) fn part<T>(
    name: impl Display,
    work: impl FnOnce() -> Result<T, String>,
) -> Result<T, String> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the tool reports real seconds; it has no engine whose clock it could ask"
    )]
    let start = Instant::now();
    println!("== {name}");
    let result = work();
    let verdict = if result.is_ok() { "ok" } else { "FAILED" };
    println!(
        "== {name}: {verdict}, {:.1} s",
        start.elapsed().as_secs_f64()
    );
    result
}

/// A command line that runs in `root`, printed before it runs.
pub(crate) struct Line {
    command: Command,
    shown: String,
}

impl Line {
    pub(crate) fn new(root: &Path, program: &str) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root);
        Self {
            command,
            shown: program.to_owned(),
        }
    }

    pub(crate) fn cargo(root: &Path) -> Self {
        let mut line = Self::new(root, "cargo");
        // Set by the `cargo` that runs this tool, for this tool; they are not for the packages it builds.
        for name in [
            "CARGO_MANIFEST_DIR",
            "CARGO_MANIFEST_PATH",
            "CARGO_PKG_NAME",
        ] {
            line.command.env_remove(name);
        }
        line
    }

    pub(crate) fn args<S: AsRef<str>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        for arg in args {
            self.command.arg(arg.as_ref());
            self.shown.push(' ');
            self.shown.push_str(arg.as_ref());
        }
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self.shown = format!("{name}={value:?} {}", self.shown);
        self
    }

    /// Runs it with the terminal as its own.
    pub(crate) fn run(mut self) -> Result<(), String> {
        println!("$ {}", self.shown);
        let status = self
            .command
            .status()
            .map_err(|error| format!("cannot run `{}`: {error}", self.shown))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("`{}` failed ({status})", self.shown))
        }
    }

    /// Runs it and hands back what it wrote: (standard output, standard error).
    pub(crate) fn output(mut self) -> Result<(String, String), String> {
        let output = self
            .command
            .output()
            .map_err(|error| format!("cannot run `{}`: {error}", self.shown))?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            Ok((stdout, stderr))
        } else {
            Err(format!(
                "`{}` failed ({})\n{stderr}",
                self.shown, output.status
            ))
        }
    }

    /// Runs it as a check on which any warning is a failure, and prints nothing when all is well.
    pub(crate) fn without_warnings(self) -> Result<(), String> {
        let shown = self.shown.clone();
        println!("$ {shown}");
        let (_, stderr) = self.output()?;
        // Cargo replays the warnings of what it does not build again, so a second run fails as the first.
        if stderr.lines().any(|line| line.starts_with("warning")) {
            return Err(format!("`{shown}` warned\n{stderr}"));
        }
        Ok(())
    }
}
