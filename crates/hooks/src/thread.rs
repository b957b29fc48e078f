//! Whose work a thread does is known to the thread that starts it: something must be handed down before the child runs.

use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};

use libc::{c_int, pthread_attr_t, pthread_t};

use crate::guard::ask;
use crate::symbols::Next;

static THREADS: AtomicPtr<Threads> = AtomicPtr::new(std::ptr::null_mut());
static NEXT: Next = Next::new(c"pthread_create");
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
std::arch::global_asm!(
    ".weak __interceptor_pthread_create",
    ".pushsection .data.rel.ro.standin,\"aw\"",
    ".balign 8",
    ".hidden standin_sanitized_pthread_create",
    ".globl standin_sanitized_pthread_create",
    "standin_sanitized_pthread_create:",
    ".quad __interceptor_pthread_create",
    ".popsection",
);

/// Under ASan its own interceptor is what stands behind ours: in the same executable and not exported, so that nothing finds it
/// but a weak reference.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn sanitized() -> *mut c_void {
    unsafe extern "C" {
        static standin_sanitized_pthread_create: *mut c_void;
    }
    // SAFETY: the word above, which the linker fills in, and nobody writes.
    unsafe { standin_sanitized_pthread_create }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn sanitized() -> *mut c_void {
    std::ptr::null_mut()
}

/// What a thread hands down to one that it starts; what it means is the business of who installed [`Threads`].
pub type Heritage = [u64; 2];

/// What is asked where a thread is started. Hooks pass through while it runs.
#[derive(Debug, Clone, Copy)]
pub struct Threads {
    /// On the thread that starts another: what it hands down.
    pub inherit: fn() -> Heritage,
    /// On the new thread, before anything else runs there.
    pub adopt: fn(Heritage),
}

/// Lets threads that are started from now on inherit.
pub fn install_threads(threads: &'static Threads) {
    THREADS.store(std::ptr::from_ref(threads).cast_mut(), Ordering::Release);
}

type Main = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;
type Create =
    unsafe extern "C" fn(*mut pthread_t, *const pthread_attr_t, Main, *mut c_void) -> c_int;

pub(crate) fn find() {
    NEXT.get();
}

/// What a new thread begins with.
struct Start {
    main: Main,
    argument: *mut c_void,
    threads: &'static Threads,
    heritage: Heritage,
}

/// Starts a thread that inherits.
///
/// # Safety
/// As of the function of libc.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn pthread_create(
    thread: *mut pthread_t,
    attributes: *const pthread_attr_t,
    main: Main,
    argument: *mut c_void,
) -> c_int {
    let sanitized = sanitized();
    let next = if sanitized.is_null() {
        NEXT.get()
    } else {
        sanitized
    };
    if next.is_null() {
        return libc::ENOSYS;
    }
    // SAFETY: the symbol of this name has this type.
    let create: Create = unsafe { std::mem::transmute(next) };
    // SAFETY: it is null or comes from the `&'static` of `install_threads`, and nobody writes through it.
    let threads = unsafe { THREADS.load(Ordering::Acquire).as_ref() };
    let heritage = threads.and_then(|threads| Some((threads, ask(|| Some((threads.inherit)()))?)));
    let Some((threads, heritage)) = heritage else {
        // SAFETY: the caller's own contract.
        return unsafe { create(thread, attributes, main, argument) };
    };
    // libc's allocator and not Rust's, which a test may have replaced by one that counts.
    // SAFETY: the size is not zero.
    let start: *mut Start = unsafe { libc::malloc(size_of::<Start>()) }.cast();
    if start.is_null() {
        return libc::EAGAIN;
    }
    // SAFETY: `malloc` gives room and alignment for a `Start`, and nobody else has it.
    unsafe {
        start.write(Start {
            main,
            argument,
            threads,
            heritage,
        });
    }
    // SAFETY: the caller's own contract, and `begin` takes the `Start` that it is given.
    let created = unsafe { create(thread, attributes, begin, start.cast()) };
    if created != 0 {
        // SAFETY: no thread began with it, so it is still ours alone.
        unsafe { libc::free(start.cast()) };
    }
    created
}

/// `C-unwind`, with nothing left to drop: a thread that ends by `pthread_exit` unwinds through it.
unsafe extern "C-unwind" fn begin(start: *mut c_void) -> *mut c_void {
    let given: *mut Start = start.cast();
    // SAFETY: `pthread_create` gave this thread a `Start` that it made, and let go of it.
    let Start {
        main,
        argument,
        threads,
        heritage,
    } = unsafe { given.read() };
    // SAFETY: it came from `malloc`, and was read for the last time.
    unsafe { libc::free(start) };
    ask(|| {
        (threads.adopt)(heritage);
        Some(())
    });
    // SAFETY: the function and the argument that `pthread_create` was called with.
    unsafe { main(argument) }
}
