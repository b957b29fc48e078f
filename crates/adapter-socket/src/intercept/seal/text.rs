//! Where the instructions are that make system calls without a function of libc that is hooked.

use std::ffi::{c_int, c_void};
use std::ops::Range;

use libc::{dl_phdr_info, size_t};

/// Addresses of instructions.
pub(super) type Text = Range<u64>;

/// The executable's own, and those of libc's `syscall`: whoever calls that names the system call, and no function.
pub(super) fn passing_by() -> Vec<Text> {
    let mut text: Vec<Text> = Vec::new();
    let place: *mut Vec<Text> = &raw mut text;
    // SAFETY: `of_executable` is given the place that it takes, and nobody else has it meanwhile.
    unsafe { libc::dl_iterate_phdr(Some(of_executable), place.cast()) };
    text.extend(function_of_libc());
    text
}

/// Takes what of the first object may be executed, and asks for no other: the first is the executable.
///
/// # Safety
/// `info` is as `dl_iterate_phdr` says, and `text` a `Vec<Text>` that nobody else has.
unsafe extern "C" fn of_executable(
    info: *mut dl_phdr_info,
    _size: size_t,
    text: *mut c_void,
) -> c_int {
    // SAFETY: the caller's own contract.
    let (info, text) = unsafe { (&*info, &mut *text.cast::<Vec<Text>>()) };
    for at in 0..info.dlpi_phnum {
        // SAFETY: the object says how many headers it has.
        let header = unsafe { &*info.dlpi_phdr.add(usize::from(at)) };
        if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_X != 0 {
            let from = info.dlpi_addr.wrapping_add(header.p_vaddr);
            text.push(from..from.saturating_add(header.p_memsz));
        }
    }
    1
}

/// Of dlfcn.h: the entry of the symbol is wanted.
const RTLD_DL_SYMENT: c_int = 1;

/// libc's `syscall`; `None` where it cannot be found, as in a libc without symbols' sizes.
fn function_of_libc() -> Option<Text> {
    // SAFETY: the names are strings of C, and the places are there that the last call writes to; a symbol's entry stays.
    unsafe {
        let libc = libc::dlopen(c"libc.so.6".as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD);
        if libc.is_null() {
            return None;
        }
        let function = libc::dlsym(libc, c"syscall".as_ptr());
        libc::dlclose(libc);
        let mut info: libc::Dl_info = std::mem::zeroed();
        let mut entry: *mut c_void = std::ptr::null_mut();
        let found = libc::dladdr1(function, &raw mut info, &raw mut entry, RTLD_DL_SYMENT);
        let entry = entry.cast::<libc::Elf64_Sym>().as_ref();
        let size = entry
            .filter(|_| found != 0 && info.dli_saddr == function)?
            .st_size;
        let from = function as u64;
        (size > 0).then(|| from..from + size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_s_own_text_is_there_and_libc_s_is_not() {
        let text = passing_by();
        let is_there = |function: *const ()| {
            let address = function as u64;
            text.iter().any(|text| text.contains(&address))
        };
        assert!(is_there(passing_by as *const ()));
        let libc = function_of_libc().expect("libc has it");
        assert!((1..4096).contains(&(libc.end - libc.start)), "{libc:?}");
        assert!(is_there(libc.start as *const ()));
        // SAFETY: the name is a string of C.
        let other = unsafe { libc::dlsym(libc::RTLD_NEXT, c"connect".as_ptr()) };
        assert!(!is_there(other.cast_const().cast()));
    }
}
