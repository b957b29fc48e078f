//! Not all that goes wrong is a request: a client may turn away before it says one, and then the report has to say why none came.

use http::{Method, StatusCode};

use crate::engine::Engine;
use crate::journal::{Call, CallOutcome};
use crate::secret;

/// Answers that were not out, told of a test that fails.
const UNDER_WAY: usize = 3;

/// Different notes that are kept; a report tells ten.
const KEPT: usize = 16;

/// What adapters noted, in the order in which it first happened.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<(String, u64)>);

impl Notes {
    pub(super) fn add(&mut self, note: String) {
        let is_full = self.0.len() >= KEPT;
        match self.0.iter_mut().find(|(known, _)| *known == note) {
            Some((_, count)) => *count += 1,
            None if is_full => {}
            None => self.0.push((note, 1)),
        }
    }

    pub(super) fn withdraw(&mut self, note: &str) {
        if let Some(at) = self.0.iter().position(|(known, _)| known == note) {
            self.0[at].1 -= 1;
            if self.0[at].1 == 0 {
                self.0.remove(at);
            }
        }
    }

    pub(super) fn told(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(note, count)| match count {
            1 => note.clone(),
            _ => format!("{note} (x{count})"),
        })
    }
}

/// # Notes
impl Engine {
    /// Notes what a report should tell although it is no request: a connection on which none could come, and why. For
    /// adapters; it fails nothing by itself, and is told in each report, or else printed when the engine ends, which libtest shows where the
    /// test fails. A sentence without a full stop.
    pub fn note(&self, note: impl Into<String>) {
        let note = note.into();
        self.state().notes.add(note);
    }

    /// Takes one such [`note`](Self::note) back: what it says is not so any more.
    pub fn withdraw_note(&self, note: &str) {
        self.state().notes.withdraw(note);
    }

    /// What a test that fails by an assertion of its own may have waited for: answers that were not out, as notes.
    pub(crate) fn under_way(&self) -> Vec<String> {
        let calls = self.calls();
        let told = calls.iter().filter(|call| is_under_way(call)).map(|call| {
            let (request, by) = (call.request(), call.mock().map(ToString::to_string));
            format!(
                "the answer to {} {} by {} was still under way when its client left or the test failed",
                request.method(),
                secret::url(&request.url()),
                by.unwrap_or_default(),
            )
        });
        told.take(UNDER_WAY).collect()
    }
}

/// Whether a mock has begun an answer that has an end: what stays open as long as a client likes has none.
fn is_under_way(call: &Call) -> bool {
    let is_talk = call.request().method() == Method::CONNECT
        || call
            .reply()
            .is_some_and(|reply| reply.status() == StatusCode::SWITCHING_PROTOCOLS);
    let is_open = matches!(call.outcome(), CallOutcome::Pending | CallOutcome::Aborted);
    is_open && !is_talk && call.mock().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_notes_are_one_and_all_are_few() {
        let mut notes = Notes::default();
        for number in 0..100 {
            notes.add(format!("note {}", number % 20));
        }
        let told: Vec<String> = notes.told().collect();
        assert_eq!(told.len(), KEPT);
        assert_eq!(told[0], "note 0 (x5)");
    }

    #[test]
    fn one_that_is_withdrawn_is_one_less() {
        let mut notes = Notes::default();
        notes.add("twice".to_owned());
        notes.add("twice".to_owned());
        notes.withdraw("twice");
        notes.withdraw("never");
        assert_eq!(notes.told().collect::<Vec<_>>(), ["twice"]);
        notes.withdraw("twice");
        assert_eq!(notes.told().count(), 0);
    }
}
