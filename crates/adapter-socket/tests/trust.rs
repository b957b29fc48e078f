//! What a process with interception trusts, before `main` and without a line written for it.
#![cfg(all(target_os = "linux", target_env = "gnu", feature = "tls"))]

mod clients;

use std::ffi::CString;
use std::process::{Command, Stdio};

use standin_wire::tls::ca_pem;

/// Reads a file as a library of C does, by each of two functions.
fn read_by_fopen(path: &str) -> Option<String> {
    let path = CString::new(path).expect("no zero byte");
    // SAFETY: strings of C.
    let [file, other] = unsafe {
        [
            libc::fopen(path.as_ptr(), c"r".as_ptr()),
            libc::fopen64(path.as_ptr(), c"r".as_ptr()),
        ]
    };
    let text = read(file);
    assert_eq!(read(other), text);
    text
}

fn read(file: *mut libc::FILE) -> Option<String> {
    if file.is_null() {
        return None;
    }
    let mut text = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        // SAFETY: the buffer has that many bytes, and the file is open.
        let count = unsafe { libc::fread(buffer.as_mut_ptr().cast(), 1, buffer.len(), file) };
        if count == 0 {
            break;
        }
        text.extend_from_slice(&buffer[..count]);
    }
    // SAFETY: it is open.
    unsafe { libc::fclose(file) };
    Some(String::from_utf8(text).expect("PEM is text"))
}

#[test]
fn the_variable_names_a_bundle_with_the_ca_and_what_was_trusted_before() {
    let path = std::env::var("SSL_CERT_FILE").expect("set before main");
    let bundle = std::fs::read_to_string(&path).expect("a file");
    assert!(bundle.ends_with(ca_pem()), "{}", bundle.len());
    if let Ok(system) = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt") {
        assert!(bundle.starts_with(&system));
    }
}

#[test]
fn a_child_reads_the_same_bundle() {
    let child = Command::new("sh")
        .args(["-c", "cat \"$SSL_CERT_FILE\""])
        .stderr(Stdio::inherit())
        .output()
        .expect("a shell");
    assert!(String::from_utf8_lossy(&child.stdout).ends_with(ca_pem()));
}

#[test]
fn a_library_that_opens_the_systems_bundle_gets_this_one() {
    let _net = clients::start();
    for path in [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
    ] {
        assert!(
            read_by_fopen(path).expect("opened").ends_with(ca_pem()),
            "{path}"
        );
    }
    assert_eq!(
        read_by_fopen("/etc/hostname"),
        std::fs::read_to_string("/etc/hostname").ok()
    );
    // What writes is left alone.
    // SAFETY: strings of C; the folder does not exist.
    let written = unsafe {
        libc::fopen(
            c"/etc/pki/tls/certs/none/ca-bundle.crt".as_ptr(),
            c"w".as_ptr(),
        )
    };
    assert!(written.is_null());
}

/// Runs this test again in a process of its own with a variable set, and takes what it prints on the line `SSL_CERT_FILE=`.
fn variable_of_a_child(name: &str, value: &str) -> Option<String> {
    let child = Command::new(std::env::current_exe().expect("this executable"))
        .args(["--exact", "prints_the_variable", "--nocapture", "--ignored"])
        .env_remove("SSL_CERT_FILE")
        .env(name, value)
        .output()
        .expect("a child");
    let text = String::from_utf8_lossy(&child.stdout).into_owned();
    let line = text
        .lines()
        .find_map(|line| line.split_once("BUNDLE<<"))
        .expect("its line");
    let said = line.1.strip_suffix(">>").expect("its end");
    (said != "none").then(|| said.to_owned())
}

#[test]
#[ignore = "a part of the tests beside it"]
#[expect(clippy::print_stdout, reason = "who started it reads it")]
fn prints_the_variable() {
    let contents = std::env::var("SSL_CERT_FILE")
        .ok()
        .and_then(|path| std::fs::read_to_string(path).ok());
    println!(
        "\nBUNDLE<<{}>>",
        contents.map_or("none".into(), |text| text.replace('\n', " "))
    );
}

#[test]
fn switched_off_the_variable_is_not_set() {
    assert_eq!(variable_of_a_child("STANDIN_INTERCEPT", "off"), None);
    assert!(variable_of_a_child("STANDIN_INTERCEPT", "on").is_some());
}

#[test]
fn a_bundle_that_the_user_named_is_kept() {
    let path = std::env::temp_dir().join(format!("standin-own-roots-{}", std::process::id()));
    std::fs::write(&path, "the user's own").expect("written");
    let bundle = variable_of_a_child("SSL_CERT_FILE", path.to_str().expect("text"));
    std::fs::remove_file(&path).expect("removed");
    assert!(
        bundle
            .expect("set")
            .starts_with("the user's own -----BEGIN CERTIFICATE-----")
    );
}
