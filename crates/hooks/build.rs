//! Where a process can be hooked is one question with many parts: it is answered here, once, as `cfg(hooked)`.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(hooked)");
    let is = |key: &str, value: &str| env::var(key).is_ok_and(|there| there == value);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    // A static executable would define `connect` twice.
    let is_static = features.split(',').any(|feature| feature == "crt-static");
    let is_miri = env::var_os("CARGO_CFG_MIRI").is_some();
    if is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && !is_static
        && !is_miri
    {
        println!("cargo::rustc-cfg=hooked");
        // For the build scripts of crates that use this one.
        println!("cargo::metadata=hooked=1");
    }
}
