//! Hooks run on every thread of a process at once: whether they race is seen by ThreadSanitizer alone, and it needs to see all of std too.
//!
//! So std is built for it, by a toolchain that has the source. Its runtime is that toolchain's, or another's: they are of one LLVM.

use std::path::{Path, PathBuf};

use crate::run::{Line, part};
use crate::targets::{TOOLCHAINS, with_source};
use crate::workspace::Workspace;

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// Children of fork start threads, detached threads outlive the tests, and the handler of SIGSYS is called where a function would be.
const OPTIONS: &str =
    "die_after_fork=0 report_thread_leaks=0 report_signal_unsafe=0 history_size=4";

pub(crate) fn tsan(workspace: &Workspace, rest: &[String]) -> Result<(), String> {
    let root = &workspace.root;
    let [cargo, rustc] = with_source(root)?;
    let own = runtime(root, rustc);
    let lent = || {
        TOOLCHAINS
            .iter()
            .find_map(|[_, rustc]| runtime(root, rustc))
    };
    let mut flags = vec!["-Zsanitizer=thread".to_owned()];
    if own.is_none() {
        let Some(lent) = lent() else {
            return Err("not checked: no toolchain has the runtime (librustc-stable_rt.tsan.a); rustup's have".to_owned());
        };
        flags.push("-Zexternal-clangrt".to_owned());
        // Before all else: what it intercepts is libc's, and its own symbols are weak.
        let whole = [
            "-Wl,--whole-archive",
            &lent.to_string_lossy(),
            "-Wl,--no-whole-archive",
        ];
        flags.extend(whole.map(|arg| format!("-Zpre-link-arg={arg}")));
    }
    let suppressed = root.join("xtask/tsan.supp");
    let folder = workspace.target.join("tsan");
    part("interception under ThreadSanitizer", || {
        Line::new(root, cargo)
            .args(["test", "-p", "standin-socket", "--features", "tls"])
            .args(["-Zbuild-std", "--target", TRIPLE, "--tests"])
            .args(rest)
            .env("RUSTC", rustc)
            .env("RUSTC_BOOTSTRAP", "1")
            .env(
                "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
                &flags.join(" "),
            )
            .env("CARGO_TARGET_DIR", &folder.to_string_lossy())
            .env(
                "TSAN_OPTIONS",
                &format!("{OPTIONS} suppressions={}", suppressed.display()),
            )
            .run()
    })
}

/// What a program that is looked at by it is linked with.
fn runtime(root: &Path, rustc: &str) -> Option<PathBuf> {
    let line = Line::new(root, rustc).args(["--print", "target-libdir", "--target", TRIPLE]);
    let (libraries, _) = line.output().ok()?;
    let entries = std::fs::read_dir(libraries.trim()).ok()?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.to_string_lossy().ends_with("_rt.tsan.a"));
    found.sort();
    found.into_iter().next()
}
