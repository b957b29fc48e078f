//! What comes on a connection may be no request at all. That is unexpected too, so the journal has it and verification tells it.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, Version};

use crate::engine::{Engine, trace, wake};
use crate::journal::{Entry, Record, Settled};
use crate::report::Finding;
use crate::request::Request;
use crate::secret;

/// Bytes of its beginning that a report shows.
const BEGINNING: usize = 100;

impl Engine {
    /// Tells of something that came to `to`, a URL, and was no request: what is wrong with it, and how it begins.
    ///
    /// The journal has it as [`CallOutcome::Malformed`](crate::CallOutcome::Malformed), and verification fails with it as with
    /// a request that no mock matches: unless lenient, or taken with [`take_unmatched`](Self::take_unmatched).
    pub fn malformed(&self, to: &Uri, why: &str, beginning: &[u8]) {
        let method = beginning.split(|byte| *byte == b' ').next();
        let method = method.and_then(|name| Method::from_bytes(name).ok());
        let request = Request::from_parts(
            method.unwrap_or_default(),
            to.clone(),
            Version::HTTP_11,
            HeaderMap::new(),
            Bytes::copy_from_slice(beginning),
        );
        let record = Record::of(&request, self.body_bound());
        let at = self.elapsed();
        let mut state = self.state();
        if self.has_ended() {
            return;
        }
        let (stamp, scope) = (state.next_stamp(), state.innermost().id);
        let settled = Settled::Malformed;
        let entry = Entry::of_no_mock(at, stamp, scope, record, settled, Vec::new());
        let (call, displaced) = state.journal.push(entry.with_message(why));
        wake(state);
        drop(displaced);
        trace::call(self, call, "malformed");
    }
}

/// Equal ones are one finding.
pub(super) fn findings(entries: &[&Entry]) -> Vec<Finding> {
    let mut counts: Vec<(&Entry, u64)> = Vec::new();
    let mut places: HashMap<(&Record, &str), usize> = HashMap::new();
    for entry in entries {
        let next = counts.len();
        match *places
            .entry((&entry.record, entry.message()))
            .or_insert(next)
        {
            at if at == next => counts.push((entry, 1)),
            at => counts[at].1 += 1,
        }
    }
    let told = |(entry, count): (&Entry, u64)| {
        let body = entry.record.body();
        let beginning = body[..body.len().min(BEGINNING)].escape_ascii().to_string();
        Finding::Malformed {
            to: secret::url(&entry.record.request().url()).into_owned(),
            message: entry.message().to_owned(),
            beginning,
            count,
        }
    };
    counts.into_iter().map(told).collect()
}
