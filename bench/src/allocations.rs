//! What does a piece of work allocate, and what does it keep? A global allocator that counts while it is asked to; the rest of the
//! time it costs one relaxed load, so that the timed rounds are not slowed by it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static COUNTS: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);

/// What all threads did while a piece of work ran.
pub struct Allocations {
    /// Calls that allocated or grew a block.
    pub number: u64,
    /// Bytes allocated and not freed again; negative where the work freed what was there before.
    pub live: i64,
}

/// Runs `work` and counts the allocations of the whole process meanwhile.
pub fn count(work: impl FnOnce()) -> Allocations {
    ALLOCATIONS.store(0, Relaxed);
    LIVE.store(0, Relaxed);
    COUNTS.store(true, Relaxed);
    work();
    COUNTS.store(false, Relaxed);
    Allocations {
        number: ALLOCATIONS.load(Relaxed),
        live: LIVE.load(Relaxed),
    }
}

struct Counting;

fn note(allocations: u64, bytes: i64) {
    if COUNTS.load(Relaxed) {
        ALLOCATIONS.fetch_add(allocations, Relaxed);
        LIVE.fetch_add(bytes, Relaxed);
    }
}

// SAFETY: every call is handed on to `System` unchanged, and counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: the caller keeps the contract of `alloc`, which is `System`'s.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(0, -(layout.size() as i64));
        // SAFETY: `block` came from `System`, through this allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as i64 - layout.size() as i64);
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}
