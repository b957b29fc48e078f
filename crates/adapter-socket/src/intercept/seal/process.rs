//! What it takes to seal a process: nothing that passes by already, somebody who answers, the filter, and a call that shows that they
//! have found each other.

use std::fs;
use std::io;

use libc::{c_int, c_ulong, c_ushort};

use super::{filter, text, trap};
use crate::unavailable::Unsealed;

/// Seals the process.
pub(super) fn close() -> Result<(), Unsealed> {
    let text = text::passing_by();
    let program = filter::program(&text).ok_or(Unsealed::Text)?;
    if let Some(descriptor) = ring() {
        return Err(Unsealed::Ring(descriptor));
    }
    trap::listen().map_err(Unsealed::Handler)?;
    if let Err(why) = install(&program) {
        trap::stop_listening();
        return Err(why);
    }
    if trap::is_heard() {
        Ok(())
    } else {
        Err(Unsealed::Unheard)
    }
}

/// The descriptor of a ring of io_uring that is there already: what is told to it makes no system call that could be trapped.
fn ring() -> Option<c_int> {
    let descriptors = fs::read_dir("/proc/self/fd").ok()?;
    let mut rings: Vec<c_int> = descriptors
        .flatten()
        .filter(|entry| {
            let what = fs::read_link(entry.path());
            what.is_ok_and(|what| what.as_os_str() == "anon_inode:[io_uring]")
        })
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    rings.sort_unstable();
    rings.first().copied()
}

/// Lets the kernel ask the filter at each system call of every thread.
fn install(program: &[libc::sock_filter]) -> Result<(), Unsealed> {
    match set(program) {
        // Who may not gain privileges may filter itself, and who may administer the system need not give that up.
        Err(Unsealed::Filter(libc::EACCES)) => {
            // SAFETY: nothing is passed but numbers.
            if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
                return Err(Unsealed::Filter(last_errno()));
            }
            set(program)
        }
        done => done,
    }
}

fn set(program: &[libc::sock_filter]) -> Result<(), Unsealed> {
    let program = libc::sock_fprog {
        len: program.len() as c_ushort,
        filter: program.as_ptr().cast_mut(),
    };
    // Without the second flag older kernels slow down every thread that has a filter.
    let flags: c_ulong = libc::SECCOMP_FILTER_FLAG_TSYNC | libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    let operation = libc::SECCOMP_SET_MODE_FILTER;
    // SAFETY: the program is as long as it says, and the kernel copies and checks it.
    match unsafe { libc::syscall(libc::SYS_seccomp, operation, flags, &raw const program) } {
        0 => Ok(()),
        -1 => Err(Unsealed::Filter(last_errno())),
        thread => Err(Unsealed::Thread(thread as c_int)),
    }
}

fn last_errno() -> c_int {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}
