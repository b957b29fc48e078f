//! One file for all libraries that read `SSL_CERT_FILE`: standin's CA, and everything that was trusted before, so that
//! what passes through is still verified.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd};
use std::path::{Path, PathBuf};

/// What OpenSSL, rustls-native-certs, rustls-platform-verifier and openssl-probe read.
pub(super) const VARIABLE: &str = "SSL_CERT_FILE";

/// Where distributions have their bundle, as openssl-probe looks for it.
pub(super) const WELL_KNOWN: [&str; 10] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs/ca-bundle.crt",
    "/usr/lib/ssl/cert.pem",
    "/usr/local/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];

/// The file, and what keeps it there.
#[derive(Debug)]
pub(super) struct Bundle {
    path: OsString,
    /// In memory, as long as the process lives: this is its only name.
    _memory: Option<File>,
}

impl Bundle {
    /// In memory, or in a temporary file where the name of such a file cannot be opened (a user namespace).
    pub(super) fn make() -> io::Result<Self> {
        let contents = contents();
        Self::in_memory(&contents).or_else(|_| Self::in_a_file(&contents))
    }

    pub(super) fn path(&self) -> &OsStr {
        &self.path
    }

    fn in_memory(contents: &[u8]) -> io::Result<Self> {
        // SAFETY: the name is a string of C.
        let fd = unsafe { libc::memfd_create(c"standin-roots".as_ptr(), libc::MFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new, and nobody else's.
        let mut memory = unsafe { File::from_raw_fd(fd) };
        memory.write_all(contents)?;
        // With the number of this process, so that a child that was started by `exec` finds it too.
        let path = format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd());
        File::open(&path)?;
        Ok(Self {
            path: path.into(),
            _memory: Some(memory),
        })
    }

    fn in_a_file(contents: &[u8]) -> io::Result<Self> {
        let mut template = std::env::temp_dir()
            .join("standin-roots-XXXXXX")
            .into_os_string()
            .into_encoded_bytes();
        template.push(0);
        // SAFETY: it is a string of C that may be written.
        let fd = unsafe { libc::mkstemp(template.as_mut_ptr().cast()) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new, and nobody else's.
        let mut file = unsafe { File::from_raw_fd(fd) };
        file.write_all(contents)?;
        template.pop();
        // SAFETY: bytes of an `OsString`, of which ASCII was replaced by ASCII.
        let path = unsafe { OsString::from_encoded_bytes_unchecked(template) };
        extern "C" fn remove() {
            if let Some(bundle) = super::bundle() {
                let _ = std::fs::remove_file(&bundle.path);
            }
        }
        // SAFETY: the function is there as long as the process.
        unsafe { libc::atexit(remove) };
        Ok(Self {
            path,
            _memory: None,
        })
    }
}

/// The roots that were trusted before, and standin's.
fn contents() -> Vec<u8> {
    let named = std::env::var_os(VARIABLE)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    let known = || WELL_KNOWN.iter().map(PathBuf::from);
    let mut contents = match named {
        Some(path) => std::fs::read(path).unwrap_or_default(),
        None => known()
            .find_map(|path| std::fs::read(path).ok())
            .unwrap_or_default(),
    };
    if !contents.is_empty() && !contents.ends_with(b"\n") {
        contents.push(b'\n');
    }
    contents.extend_from_slice(standin_wire::tls::ca_pem().as_bytes());
    contents
}

/// Whether `path` is a bundle of the system.
pub(super) fn is_well_known(path: &Path) -> bool {
    WELL_KNOWN.iter().any(|known| path == Path::new(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_memory_has_no_name_it_is_a_file() {
        let bundle = Bundle::in_a_file(b"roots\n").expect("a temporary folder");
        assert_eq!(std::fs::read(bundle.path()).expect("a file"), b"roots\n");
        std::fs::remove_file(bundle.path()).expect("removed");
    }
}
