//! In the place of a call that is trapped its thread gets a signal: what answers that is the call.
//!
//! It runs on the thread's own stack, where the hook would have run had the client called libc. It may lock and allocate as a hook
//! may, because the signal comes at that one instruction and nowhere else: nobody is inside the allocator who makes a system call of
//! sockets. Signals stay as they were, so that a call from in here can be trapped like any other.

use std::ffi::c_void;
use std::io;
use std::sync::atomic::{AtomicPtr, Ordering};

use libc::{c_int, c_long, c_uint, siginfo_t, socklen_t, ucontext_t};

use super::filter::MARK;
use super::registers::{self, Call};

/// `SYS_SECCOMP` of asm-generic/siginfo.h: a filter sent it.
const BY_A_FILTER: c_int = 1;

/// The arguments of a `connect` that only says that it is heard: no kernel gives that answer.
const PROBE: [usize; 3] = [usize::MAX, 0, MARK as usize];

/// What the process did about the signal before.
static BEFORE: AtomicPtr<libc::sigaction> = AtomicPtr::new(std::ptr::null_mut());

/// Answers traps from now on.
pub(super) fn listen() -> Result<(), c_int> {
    // SAFETY: all bytes zero are a valid `sigaction`, which blocks nothing.
    let (mut action, mut before): (libc::sigaction, libc::sigaction) =
        unsafe { (std::mem::zeroed(), std::mem::zeroed()) };
    // Not on an alternative stack, which is small.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_RESTART;
    action.sa_sigaction = trapped as *const () as usize;
    // SAFETY: both are valid, and the function is of the kind that the flags say.
    unsafe {
        if libc::sigaction(libc::SIGSYS, &raw const action, &raw mut before) != 0 {
            return Err(io::Error::last_os_error().raw_os_error().unwrap_or(0));
        }
    }
    // It stays as long as the process: the seal is made once.
    BEFORE.store(Box::into_raw(Box::new(before)), Ordering::Release);
    Ok(())
}

/// Leaves the signal to who had it before.
pub(super) fn stop_listening() {
    // SAFETY: it is null or what `listen` left there.
    if let Some(before) = unsafe { BEFORE.load(Ordering::Acquire).as_ref() } {
        // SAFETY: it is what the kernel said.
        unsafe { libc::sigaction(libc::SIGSYS, before, std::ptr::null_mut()) };
    }
}

/// Whether a call of the executable's own is trapped and answered, and one by libc's `syscall`.
pub(super) fn is_heard() -> bool {
    let [descriptor, address, length] = PROBE;
    // SAFETY: there is no such descriptor.
    let said = unsafe {
        [
            registers::raw(libc::SYS_connect, PROBE),
            libc::syscall(libc::SYS_connect, descriptor, address, length),
        ]
    };
    said == [c_long::from(MARK); 2]
}

/// # Safety
/// As the kernel calls the handler of a signal.
unsafe extern "C" fn trapped(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's contract: both are valid, and nobody else's. The place is this thread's own.
    unsafe {
        let is_ours = (*info).si_code == BY_A_FILTER && (*info).si_errno == c_int::from(MARK);
        if !is_ours {
            return hand_on(signal, info, context);
        }
        let place = libc::__errno_location();
        let errno = *place;
        let context = &mut *context.cast::<ucontext_t>();
        let call = registers::call(context);
        let result = carry_out(call);
        registers::answer(context, result);
        // Who makes a system call itself does not expect that it touches this.
        *place = errno;
    }
}

/// Calls the function of libc of this name, which is a hook, and says what the system call would.
///
/// # Safety
/// As of the system call.
unsafe fn carry_out(call: Call) -> c_long {
    // The other registers hold whatever they held.
    if call.number == libc::SYS_connect && call.arguments[..3] == PROBE {
        return c_long::from(MARK);
    }
    let [a, b, c, d, e, f] = call.arguments;
    let descriptor = a as c_int;
    // SAFETY: the arguments of a system call are those of the function of its name.
    let result = unsafe {
        match call.number {
            libc::SYS_connect => c_long::from(libc::connect(descriptor, b as _, c as socklen_t)),
            libc::SYS_getpeername => c_long::from(libc::getpeername(descriptor, b as _, c as _)),
            libc::SYS_getsockopt => {
                let (level, name) = (b as c_int, c as c_int);
                c_long::from(libc::getsockopt(descriptor, level, name, d as _, e as _))
            }
            libc::SYS_sendto => {
                libc::sendto(descriptor, b as _, c, d as c_int, e as _, f as socklen_t) as c_long
            }
            libc::SYS_recvfrom => {
                libc::recvfrom(descriptor, b as _, c, d as c_int, e as _, f as _) as c_long
            }
            libc::SYS_sendmsg => libc::sendmsg(descriptor, b as _, c as c_int) as c_long,
            libc::SYS_recvmsg => libc::recvmsg(descriptor, b as _, c as c_int) as c_long,
            libc::SYS_sendmmsg => {
                c_long::from(libc::sendmmsg(descriptor, b as _, c as c_uint, d as _))
            }
            libc::SYS_recvmmsg => {
                let flags = d as _;
                c_long::from(libc::recvmmsg(
                    descriptor,
                    b as _,
                    c as c_uint,
                    flags,
                    e as _,
                ))
            }
            _ => return -c_long::from(libc::ENOSYS),
        }
    };
    match result {
        // SAFETY: this thread's own.
        -1 => -c_long::from(unsafe { *libc::__errno_location() }),
        result => result,
    }
}

/// What the process did before about a signal that is none of ours.
///
/// # Safety
/// As the kernel calls the handler of a signal.
unsafe fn hand_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: it is null or what `listen` left there; a function that the kernel would have called is of the kind that its flags say.
    unsafe {
        let before = BEFORE.load(Ordering::Acquire).as_ref();
        match before.map_or(libc::SIG_DFL, |before| before.sa_sigaction) {
            libc::SIG_IGN => {}
            libc::SIG_DFL => {
                libc::signal(signal, libc::SIG_DFL);
                libc::raise(signal);
            }
            function if before.is_some_and(|before| before.sa_flags & libc::SA_SIGINFO != 0) => {
                let function: unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void) =
                    std::mem::transmute(function);
                function(signal, info, context);
            }
            function => {
                let function: unsafe extern "C" fn(c_int) = std::mem::transmute(function);
                function(signal);
            }
        }
    }
}
