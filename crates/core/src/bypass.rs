//! What passes through is on its way to the real network, and the hooks of the same process would take it for one more
//! connection of the test.

use std::cell::Cell;

thread_local! {
    static BYPASSED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `connect`, whose connections and look-ups of names are real: interception lets them by.
///
/// An adapter calls this around what opens the connection of a request that passes through. It holds on this thread until
/// `connect` returns, however that comes; a future is polled in it, each time anew.
///
/// ```
/// let connected = standin_core::bypass(|| std::net::TcpStream::connect("127.0.0.1:1"));
/// assert!(connected.is_err());
/// ```
pub fn bypass<T>(connect: impl FnOnce() -> T) -> T {
    let _restored = Restore(
        BYPASSED
            .try_with(|bypassed| bypassed.replace(true))
            .unwrap_or(false),
    );
    connect()
}

/// Whether this thread is in [`bypass`]: asked by what intercepts.
pub fn is_bypassed() -> bool {
    BYPASSED.try_with(Cell::get).unwrap_or(false)
}

struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        let _ = BYPASSED.try_with(|bypassed| bypassed.set(self.0));
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn it_lasts_as_long_as_the_call_whichever_way_that_ends() {
        bypass(|| {
            assert!(bypass(is_bypassed));
            assert!(is_bypassed());
        });
        let _panicked = catch_unwind(|| bypass(|| panic!("while connecting")));
        assert!(!is_bypassed());
    }

    #[test]
    fn it_is_of_one_thread() {
        let elsewhere = bypass(|| std::thread::spawn(is_bypassed).join());
        assert!(elsewhere.is_ok_and(|bypassed| !bypassed));
    }
}
