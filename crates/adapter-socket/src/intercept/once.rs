//! A thread that is started in a `Once` (rayon's global pool, a static runtime) serves the whole process, whoever came first.
//!
//! Nothing tells that a `Once` is running, but the stack does: one unwinds it, and looks for the functions that stand on it
//! inside two different `Once`s and not outside. They are found before `main`, by unwinding from there; names play no part, so
//! that a stripped executable is as good.

use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Once, OnceLock};

/// Frames that are looked at; what lies deeper is not a thread's start.
const DEPTH: usize = 512;

/// The functions that run an initialiser; made once, before `main`.
static RUNNERS: AtomicPtr<Vec<usize>> = AtomicPtr::new(std::ptr::null_mut());

#[repr(C)]
struct Context {
    _opaque: [u8; 0],
}

/// `_URC_NO_REASON`: go on.
const GO_ON: i32 = 0;
/// `_URC_END_OF_STACK`: it is enough.
const ENOUGH: i32 = 5;

// The unwinder that std itself is linked to.
unsafe extern "C" {
    fn _Unwind_Backtrace(
        frame: extern "C" fn(*mut Context, *mut c_void) -> i32,
        argument: *mut c_void,
    ) -> i32;
    fn _Unwind_GetIP(context: *mut Context) -> usize;
    fn _Unwind_FindEnclosingFunction(address: *mut c_void) -> *mut c_void;
}

/// Whether this thread is inside an initialiser of std's or once_cell's.
pub(super) fn is_running() -> bool {
    // SAFETY: it is null or comes from `calibrate`, and is never freed.
    let Some(runners) = (unsafe { RUNNERS.load(Ordering::Acquire).as_ref() }) else {
        return false;
    };
    let mut found = false;
    each_function(|function| {
        found = runners.contains(&function);
        !found
    });
    found
}

/// Finds the functions that run initialisers. Called before `main`, where no initialiser is running.
pub(super) fn calibrate() {
    let (mut once, mut lock) = (Vec::new(), Vec::new());
    Once::new().call_once(|| once = functions());
    OnceLock::<usize>::new().get_or_init(|| {
        lock = functions();
        lock.len()
    });
    let (mut cell, mut other_cell) = (Vec::new(), Vec::new());
    once_cell::sync::OnceCell::<usize>::new().get_or_init(|| {
        cell = functions();
        cell.len()
    });
    once_cell::sync::OnceCell::<[u8; 3]>::new().get_or_init(|| {
        other_cell = functions();
        [0; 3]
    });
    let outside = functions();
    let shared = |a: &[usize], b: &[usize]| -> Vec<usize> {
        let both = a.iter().filter(|function| b.contains(function));
        both.filter(|function| !outside.contains(function))
            .copied()
            .collect()
    };
    let mut runners = shared(&once, &lock);
    runners.extend(shared(&cell, &other_cell));
    RUNNERS.store(Box::into_raw(Box::new(runners)), Ordering::Release);
}

#[inline(never)]
fn functions() -> Vec<usize> {
    let mut functions = Vec::new();
    each_function(|function| {
        functions.push(function);
        true
    });
    functions
}

/// Calls `look` with the start of each function on the stack, until it says that it has seen enough.
fn each_function<F: FnMut(usize) -> bool>(look: F) {
    struct Walk<F> {
        look: F,
        left: usize,
    }
    extern "C" fn frame<F: FnMut(usize) -> bool>(context: *mut Context, walk: *mut c_void) -> i32 {
        // SAFETY: it is the `Walk` of the call below, which nobody else uses meanwhile.
        let walk = unsafe { &mut *walk.cast::<Walk<F>>() };
        // SAFETY: the unwinder gave this context. The address is one behind the call.
        let at = unsafe { _Unwind_GetIP(context) }.wrapping_sub(1);
        // SAFETY: it only looks the address up.
        let function =
            unsafe { _Unwind_FindEnclosingFunction(std::ptr::without_provenance_mut(at)) };
        walk.left -= 1;
        if (walk.look)(function.addr()) && walk.left > 0 {
            GO_ON
        } else {
            ENOUGH
        }
    }
    let mut walk = Walk { look, left: DEPTH };
    // SAFETY: `frame` takes the `Walk` that it is given here, and neither unwinds nor keeps it.
    unsafe { _Unwind_Backtrace(frame::<F>, (&raw mut walk).cast()) };
}
