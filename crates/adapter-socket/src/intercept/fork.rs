//! A forked child has the sockets of its parent, one thread, and locks as they were: what the parent answered it goes on answering.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use standin_core::Held;

use super::world::{self, Active, World};
use crate::connections::Kept;
use crate::responder;

std::thread_local! {
    /// Held while the process is being copied, so that the copy has nothing that somebody was changing.
    static HELD: RefCell<Option<Stopped>> = const { RefCell::new(None) };
}

/// Everything that a child may need, let go in this order.
struct Stopped {
    _connections: Vec<MutexGuard<'static, Kept>>,
    _engines: Vec<Held<'static>>,
    _responder: responder::Held,
    _world: MutexGuard<'static, World>,
    _wire: standin_wire::Held,
    _doors: RwLockWriteGuard<'static, ()>,
    /// Last: what is held is theirs.
    _owners: Vec<Arc<Active>>,
}

impl Stopped {
    fn new() -> Self {
        let doors = DOORS.write().unwrap_or_else(PoisonError::into_inner);
        let wire = standin_wire::hold();
        let world = world::lock();
        let owners = world.engines().to_vec();
        let hold = |active: &Arc<Active>| {
            let held = active.engine.hold();
            // SAFETY: it borrows from an engine that `_owners` keeps, which is dropped after it.
            unsafe { std::mem::transmute::<Held<'_>, Held<'static>>(held) }
        };
        let hold_connections = |active: &Arc<Active>| {
            let held = active.connections.hold();
            // SAFETY: as above.
            unsafe { std::mem::transmute::<MutexGuard<'_, Kept>, MutexGuard<'static, Kept>>(held) }
        };
        Self {
            _connections: owners.iter().map(hold_connections).collect(),
            _engines: owners.iter().map(hold).collect(),
            _responder: responder::hold(),
            _world: world,
            _wire: wire,
            _doors: doors,
            _owners: owners,
        }
    }
}

/// Held by whoever uses doors, in any number, so that no fork comes between; asked for before any other lock, and once.
static DOORS: RwLock<()> = RwLock::new(());

pub(super) fn not_now() -> RwLockReadGuard<'static, ()> {
    DOORS.read().unwrap_or_else(PoisonError::into_inner)
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
    let stopped = Stopped::new();
    let _ = HELD.try_with(|held| held.replace(Some(stopped)));
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
    responder::in_child();
}

fn release() {
    let stopped = HELD.try_with(RefCell::take);
    drop(stopped);
}
