//! Most connections are not made by the test's own thread: what a thread knows of whose it is, it knows from who started it.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use standin_hooks::{Heritage, Threads};

use super::{once, world};

/// The lineage of threads that belong to the whole process.
pub(super) const PROCESS: u64 = u64::MAX;
/// The lineage of `main`, and of threads that nobody saw start.
pub(super) const ROOT: u64 = 0;

/// Which lineage a thread is of, and the engine that was active where it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descent {
    pub(super) lineage: u64,
    /// The engine's number; 0 when there was none.
    pub(super) engine: u64,
    /// The last engine that was made active on this very thread; 0 when there was none.
    pub(super) own: u64,
    /// Whether the lineage began with this thread.
    pub(super) is_founder: bool,
}

/// Set in a heritage whose lineage begins with the thread that adopts it.
const FOUNDER: u64 = 1 << 63;

thread_local! {
    static MINE: Cell<Descent> = const {
        Cell::new(Descent { lineage: ROOT, engine: 0, own: 0, is_founder: false })
    };
}

static FOUNDED: AtomicU64 = AtomicU64::new(0);

pub(super) static THREADS: Threads = Threads { inherit, adopt };

pub(super) fn mine() -> Descent {
    MINE.try_with(Cell::get).unwrap_or(Descent {
        lineage: PROCESS,
        engine: 0,
        own: 0,
        is_founder: false,
    })
}

/// A lineage of its own for this thread and those that it starts from now on.
pub(super) fn found() -> u64 {
    let lineage = next();
    let _ = MINE.try_with(|mine| {
        mine.set(Descent {
            lineage,
            is_founder: true,
            ..mine.get()
        });
    });
    lineage
}

/// Remembers which engine was made active here.
pub(super) fn activated(engine: u64) {
    let _ = MINE.try_with(|mine| {
        mine.set(Descent {
            own: engine,
            ..mine.get()
        });
    });
}

/// How many threads `main` has started, or others that nobody saw start: libtest's tests are among them.
pub(super) fn founded() -> u64 {
    FOUNDED.load(Ordering::Relaxed)
}

fn next() -> u64 {
    FOUNDED.fetch_add(1, Ordering::Relaxed) + 1
}

fn inherit() -> Heritage {
    let mine = mine();
    let active = world::explicit().map_or(0, |engine| engine.number);
    if mine.lineage == PROCESS {
        return [PROCESS, 0];
    }
    if mine.lineage == ROOT && active == 0 && mine.engine == 0 {
        // A thread that is started by nobody's thread founds a lineage: a test, most of the time.
        return [next() | FOUNDER, 0];
    }
    let is_initialising = once::is_running();
    world::entered(is_initialising);
    if is_initialising {
        return [PROCESS, 0];
    }
    let lineage = match mine.lineage {
        ROOT => next() | FOUNDER,
        lineage => lineage,
    };
    let engine = if active == 0 { mine.engine } else { active };
    [lineage, engine]
}

fn adopt([lineage, engine]: Heritage) {
    let is_founder = lineage != PROCESS && lineage & FOUNDER != 0;
    let _ = MINE.try_with(|mine| {
        mine.set(Descent {
            lineage: if is_founder {
                lineage & !FOUNDER
            } else {
                lineage
            },
            engine,
            own: 0,
            is_founder,
        });
    });
}
