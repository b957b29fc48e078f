//! A library that was told no variable opens the system's bundle by name: system libcurl, over OpenSSL or GnuTLS.

use std::ffi::{CStr, CString, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use libc::FILE;

use super::bundle::is_well_known;

/// `fopen` of a well-known bundle opens standin's; `None` for any other file, and for one that is to be written.
///
/// # Safety
/// As of the function of libc.
pub(crate) unsafe fn fopen(path: *const c_char, mode: *const c_char) -> Option<*mut FILE> {
    // SAFETY: the caller's own contract.
    let bundle = unsafe { in_place_of(path, mode) }?;
    // SAFETY: both are strings of C, the mode as the caller gave it.
    Some(unsafe { standin_hooks::real::fopen(bundle.as_ptr(), mode) })
}

/// As [`fopen`].
///
/// # Safety
/// As of the function of libc.
pub(crate) unsafe fn fopen64(path: *const c_char, mode: *const c_char) -> Option<*mut FILE> {
    // SAFETY: the caller's own contract.
    let bundle = unsafe { in_place_of(path, mode) }?;
    // SAFETY: both are strings of C, the mode as the caller gave it.
    Some(unsafe { standin_hooks::real::fopen64(bundle.as_ptr(), mode) })
}

/// # Safety
/// Both are null or strings of C.
unsafe fn in_place_of(path: *const c_char, mode: *const c_char) -> Option<CString> {
    if path.is_null() || mode.is_null() {
        return None;
    }
    // SAFETY: strings of C, as the caller says.
    let (path, mode) = unsafe { (CStr::from_ptr(path), CStr::from_ptr(mode)) };
    let reads = mode.to_bytes().starts_with(b"r") && !mode.to_bytes().contains(&b'+');
    if !reads || !is_well_known(Path::new(OsStr::from_bytes(path.to_bytes()))) {
        return None;
    }
    CString::new(super::bundle()?.path().as_bytes()).ok()
}
