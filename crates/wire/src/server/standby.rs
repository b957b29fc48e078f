//! A test may block the only thread of the runtime that serves its listener: by a client that blocks, or a program that it waits for.
//! Both would wait for ever. So a thread of ours looks after such listeners, and takes over the clients that nobody accepts.
//!
//! It does that by the machine's time, so not where the runtime's is paused, and a listener that ends soon costs it nothing.

use std::sync::OnceLock;
#[cfg(target_os = "linux")]
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
#[cfg(target_os = "linux")]
use std::time::Duration;

#[cfg(target_os = "linux")]
use tokio::io::{Interest, unix::AsyncFd};
use tokio::runtime::{Builder, Handle};
#[cfg(target_os = "linux")]
use tokio::sync::Notify;

#[cfg(target_os = "linux")]
use super::listening::Serves;

/// After how long a listener is looked after: most have ended.
#[cfg(target_os = "linux")]
const SOON: Duration = Duration::from_millis(50);
/// How long a client waits for the runtime.
#[cfg(target_os = "linux")]
const GRACE: Duration = Duration::from_millis(100);
/// The same where it has not come since the last one waited in vain.
#[cfg(target_os = "linux")]
const MORE: Duration = Duration::from_millis(10);

/// Whether there is somebody to look after listeners.
pub(super) const IS_THERE: bool = cfg!(target_os = "linux");

/// Listeners that have just begun.
#[cfg(target_os = "linux")]
static BEGUN: Mutex<Vec<Weak<Serves>>> = Mutex::new(Vec::new());
#[cfg(target_os = "linux")]
static HAVE_BEGUN: Notify = Notify::const_new();

/// The runtime of the thread that serves every listener made outside of a runtime. It lasts as long as the process.
pub(super) fn handle() -> Handle {
    static SHARED: OnceLock<Handle> = OnceLock::new();
    let start = || {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap_or_else(|error| panic!("a runtime for listeners cannot be made: {error}"));
        let handle = runtime.handle().clone();
        thread::Builder::new()
            .name("standin".to_owned())
            .spawn(move || runtime.block_on(look_after_all()))
            .unwrap_or_else(|error| panic!("a thread for listeners cannot be started: {error}"));
        handle
    };
    SHARED.get_or_init(start).clone()
}

/// Takes over the clients of a listener whose runtime does not come to accept them.
#[cfg(target_os = "linux")]
pub(super) fn look_after(serves: &Arc<Serves>) {
    handle();
    let mut begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
    begun.push(Arc::downgrade(serves));
    // Whoever is awake will see more than one.
    if begun.len() == 1 {
        HAVE_BEGUN.notify_one();
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn look_after(_: &std::sync::Arc<super::listening::Serves>) {}

#[cfg(not(target_os = "linux"))]
async fn look_after_all() {
    std::future::pending().await
}

#[cfg(target_os = "linux")]
async fn look_after_all() {
    loop {
        HAVE_BEGUN.notified().await;
        tokio::time::sleep(SOON).await;
        let begun = std::mem::take(&mut *BEGUN.lock().unwrap_or_else(PoisonError::into_inner));
        for serves in begun {
            if serves.strong_count() > 0 {
                tokio::spawn(stand_by(serves));
            }
        }
    }
}

#[cfg(target_os = "linux")]
async fn stand_by(serves: Weak<Serves>) {
    let descriptor = (serves.upgrade()).and_then(|serves| serves.descriptor());
    #[allow(
        deprecated,
        reason = "its successor is newer than the tokio that this asks for, and a listener of std's keeps its descriptor"
    )]
    let watched = descriptor.map(|it| AsyncFd::with_interest(it, Interest::READABLE));
    let Some(Ok(watched)) = watched else {
        return;
    };
    let polls = || serves.upgrade().and_then(|serves| serves.polls());
    // Where the runtime was when it was too late the last time.
    let mut missed = None;
    while let Ok(mut ready) = watched.readable().await {
        ready.clear_ready();
        let Some(seen) = polls() else {
            return;
        };
        let is_late = missed == Some(seen);
        tokio::time::sleep(if is_late { MORE } else { GRACE }).await;
        while let Some(serves) = serves.upgrade()
            && let Some(client) = serves.take(seen)
        {
            missed = Some(seen);
            if let Ok(client) = tokio::net::TcpStream::from_std(client) {
                serves.serve(client);
            }
        }
    }
}
