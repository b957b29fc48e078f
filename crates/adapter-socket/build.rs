//! Interception is where standin-hooks defines its symbols, and only that crate knows where.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(hooked)");
    if env::var_os("DEP_STANDIN_HOOKS_HOOKED").is_some() {
        println!("cargo::rustc-cfg=hooked");
    }
}
