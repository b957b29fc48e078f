//! What the journal keeps, drops and forgets.

use std::time::Duration;

use super::*;
use crate::journal::Record;
use crate::request::Request;

fn unmatched(body: &'static str) -> Entry {
    let request = Request::post("https://x.io/none").with_body(body);
    Entry::of_no_mock(
        Duration::ZERO,
        1,
        0,
        Record::of(&request, 100),
        Settled::Unmatched,
        Vec::new(),
    )
}

#[test]
fn sweeping_goes_on_where_it_stopped() {
    let mut journal = Journal::default();
    drop(journal.set_body_bound(8));
    for count in 1..100 {
        drop(journal.push(unmatched("12345678")));
        assert_eq!((journal.swept_all, journal.body_bytes), (count, 8));
    }
}

#[test]
fn a_lenient_journal_keeps_nothing_that_was_pushed_out() {
    let mut journal = Journal {
        lenient: true,
        ..Journal::default()
    };
    drop(journal.set_calls_bound(2));
    for _ in 0..10 {
        drop(journal.push(unmatched("1")));
    }
    assert_eq!((journal.unmatched.len(), journal.owed.len()), (2, 0));
    assert_eq!(journal.body_bytes, 2);
}

#[test]
fn what_is_cleared_leaves_no_body_behind() {
    let mut journal = Journal::default();
    drop(journal.set_calls_bound(2));
    for _ in 0..5 {
        drop(journal.push(unmatched("1")));
    }
    assert_eq!((journal.unmatched().count(), journal.body_bytes), (5, 5));
    drop(journal.clear());
    assert_eq!((journal.unmatched().count(), journal.body_bytes), (0, 0));
    assert_eq!(journal.push(unmatched("1")).0, 6);
}
