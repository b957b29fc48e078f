//! A connection to the real network takes more than one poll, and between them the thread is others'.

use std::future::{Future, poll_fn};
use std::pin::pin;

/// Polls `connecting` as [`standin_core::bypass`] runs a call: its connections are real, and interception lets them by.
///
/// Names that it looks up on another thread are intercepted there, and what they stand for is connected to here.
pub async fn bypassed<F: Future>(connecting: F) -> F::Output {
    let mut connecting = pin!(connecting);
    poll_fn(|cx| standin_core::bypass(|| connecting.as_mut().poll(cx))).await
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use standin_core::is_bypassed;

    use super::*;

    #[test]
    fn each_poll_is_in_it_and_nothing_between() {
        let mut polls = 0;
        let mut future = pin!(bypassed(poll_fn(|_| {
            assert!(is_bypassed());
            polls += 1;
            if polls < 3 {
                Poll::Pending
            } else {
                Poll::Ready(polls)
            }
        })));
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            let polled = future.as_mut().poll(&mut cx);
            assert!(!is_bypassed());
            if polled.is_ready() {
                break;
            }
        }
    }
}
