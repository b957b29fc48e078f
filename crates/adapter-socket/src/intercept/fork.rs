//! A forked child has the sockets of its parent, one thread, and locks as they were: what the parent answered it goes on answering.

use std::cell::RefCell;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicU32, Ordering};

use super::world::{self, World};

std::thread_local! {
    /// Held while the process is being copied, so that the copy has a world that nobody is changing.
    static HELD: RefCell<Option<MutexGuard<'static, World>>> = const { RefCell::new(None) };
}

/// The number of this process: asking the kernel at each connection would be felt.
static PROCESS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn process() -> u32 {
    match PROCESS.load(Ordering::Relaxed) {
        0 => {
            let process = std::process::id();
            PROCESS.store(process, Ordering::Relaxed);
            process
        }
        process => process,
    }
}

/// Follows forks from now on.
pub(super) fn follow() {
    // SAFETY: the three functions live as long as the process, and do nothing that a thread of it may not.
    unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
}

extern "C" fn before() {
    let world = world::lock();
    let _ = HELD.try_with(|held| held.replace(Some(world)));
}

extern "C" fn in_parent() {
    release();
    let _bypass = standin_hooks::bypass();
    // The child has nobody who could accept for it.
    let engines = world::lock().engines().to_vec();
    for active in engines {
        let hosts = world::lock().hosts_of(&active);
        hosts.iter().for_each(|host| host.attend(&active));
    }
}

extern "C" fn in_child() {
    PROCESS.store(0, Ordering::Relaxed);
    release();
}

fn release() {
    let _ = HELD.try_with(|held| held.take());
}
