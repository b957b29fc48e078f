//! An executable that was linked with `--exclude-libs` exports no hooks: shared libraries pass by them, which is said, and clients in
//! Rust do not.
#![cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]

mod clients;

use std::ffi::CStr;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::{env, fs, io};

use clients::get;
use standin_core::prelude::*;

const NAME: &str = "what_is_not_exported_is_told_and_rust_s_clients_are_answered";

/// Sections of symbols, and the visibility of one that the loader passes over (elf.h).
const SHT_DYNSYM: u32 = 11;
const STV_HIDDEN: u8 = 2;

fn number<const N: usize>(image: &[u8], at: usize) -> usize {
    let bytes: [u8; N] = image[at..at + N].try_into().expect("in the file");
    let mut wide = [0; 8];
    wide[..N].copy_from_slice(&bytes);
    u64::from_le_bytes(wide) as usize
}

/// Hides what an executable exports, as that option of the linker does: how many symbols there were.
fn hide(image: &mut [u8]) -> usize {
    let (sections, size, count) = (
        number::<8>(image, 0x28),
        number::<2>(image, 0x3a),
        number::<2>(image, 0x3c),
    );
    let mut hidden = 0;
    for section in (0..count).map(|index| sections + index * size) {
        if number::<4>(image, section + 4) as u32 != SHT_DYNSYM {
            continue;
        }
        let (from, length) = (
            number::<8>(image, section + 0x18),
            number::<8>(image, section + 0x20),
        );
        for symbol in (from..from + length).step_by(24) {
            let is_defined = number::<2>(image, symbol + 6) != 0;
            if is_defined {
                image[symbol + 5] = STV_HIDDEN;
                hidden += 1;
            }
        }
    }
    hidden
}

/// A client of C in a shared library: what such a one would call.
fn seen_by_libraries(name: &CStr) -> *mut libc::c_void {
    // SAFETY: the name is a string of C.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

#[test]
fn what_is_not_exported_is_told_and_rust_s_clients_are_answered() {
    if env::var_os("STANDIN_HIDDEN").is_some() {
        return hidden();
    }
    assert_eq!(standin_socket::start(), Ok(()));
    let mut image = fs::read(env::current_exe().expect("it runs")).expect("read");
    assert!(hide(&mut image) > 0, "nothing was exported");
    let copy = env::temp_dir().join(format!("standin-hidden-{}", std::process::id()));
    fs::write(&copy, image).expect("written");
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o700)).expect("set");
    let ran = Command::new(&copy)
        .args(["--exact", NAME, "--nocapture"])
        .env("STANDIN_HIDDEN", "1")
        .output();
    fs::remove_file(&copy).expect("removed");
    let ran = ran.expect("started");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

fn hidden() {
    let why = standin_socket::start().expect_err("it is said").to_string();
    assert!(
        why.contains("--exclude-libs")
            && why.contains("`connect`")
            && why.contains("`standin::listen()`"),
        "{why}"
    );
    assert_ne!(
        seen_by_libraries(c"connect").cast_const().cast(),
        libc::connect as *const (),
        "the loader passes it over"
    );
    let net = standin_core::activate();
    mock::get("http://api.standin.test/zen").reply("Keep it logically awesome.");
    let said = get("api.standin.test:80", "/zen").expect("answered");
    assert_eq!(said, "Keep it logically awesome.");
    let refused = get("192.0.2.8:80", "/").expect_err("refused");
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    net.take_unmatched();
}
