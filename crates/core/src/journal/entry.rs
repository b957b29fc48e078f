//! One call as the engine keeps it.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::conversation::{Pipe, Talked};
use crate::journal::record::Record;
use crate::miss::Miss;
use crate::registry::Live;
use crate::reply::Reply;

/// How an exchange stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    Pending,
    Answered,
    Faulted,
    PassedThrough,
    Unmatched,
    /// What came was no request.
    Malformed,
    Aborted,
    Panicked,
    Failed,
}

/// What a mock's user code said, kept because it is asked once only.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    Missed(Miss),
    Filtered,
    Declined,
    /// It was registered after the request came, which therefore did not see it.
    Late,
    /// No mock's, but that of the engine's hook that was added here, and rejected the request or panicked.
    Hook(&'static Location<'static>),
}

/// One call. Small, because a test may make many.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Nanoseconds since the engine began: enough for 584 years.
    at: u64,
    /// The engine's stamp, comparable to those of mocks.
    pub(crate) stamp: u64,
    /// The innermost scope at that time.
    pub(crate) scope: u64,
    pub(crate) record: Record,
    pub(crate) mock: Option<Arc<Live>>,
    pub(super) reply: Option<Arc<Reply>>,
    extra: Option<Box<Extra>>,
    pub(crate) settled: Settled,
    /// Whether its body is still to come.
    pub(crate) is_body_open: bool,
    /// Whether it counts as a use of the mock.
    pub(crate) counts: bool,
    /// Taken by `take_unmatched`: verification is content with it.
    pub(crate) taken: bool,
    /// Which of its mock's steps answered, where `reply` does not say.
    step: u32,
}

/// What few entries have.
#[derive(Debug, Default)]
struct Extra {
    /// What user code said no to, and to which mock; kept for requests that nothing matched.
    verdicts: Vec<(u64, Verdict)>,
    /// What a closure panicked or failed with, or what is wrong with something malformed.
    message: String,
    /// Of a connection: what is said on it.
    pipe: Option<Pipe>,
    talked: Option<Box<Talked>>,
}

impl Entry {
    #[inline]
    pub(crate) fn claimed(
        at: Duration,
        stamp: u64,
        scope: u64,
        record: Record,
        live: Arc<Live>,
    ) -> Self {
        Self {
            at: at.as_nanos() as u64,
            stamp,
            scope,
            record,
            mock: Some(live),
            reply: None,
            extra: None,
            settled: Settled::Pending,
            is_body_open: false,
            counts: true,
            taken: false,
            step: 0,
        }
    }

    pub(crate) fn of_no_mock(
        at: Duration,
        stamp: u64,
        scope: u64,
        record: Record,
        settled: Settled,
        verdicts: Vec<(u64, Verdict)>,
    ) -> Self {
        Self {
            at: at.as_nanos() as u64,
            stamp,
            scope,
            record,
            mock: None,
            reply: None,
            extra: (!verdicts.is_empty()).then(|| {
                Box::new(Extra {
                    verdicts,
                    ..Extra::default()
                })
            }),
            settled,
            is_body_open: false,
            counts: false,
            taken: false,
            step: 0,
        }
    }

    /// As a call that its mock answers with the reply of this step, and that has come to its end.
    pub(crate) fn answered(self, step: u32) -> Self {
        Self {
            settled: Settled::Answered,
            step,
            ..self
        }
    }

    /// What the client got.
    pub(crate) fn reply(&self) -> Option<&Arc<Reply>> {
        let by_mock = || match self.settled {
            Settled::Answered => self.mock.as_ref()?.declaration.plan.reply(self.step),
            _ => None,
        };
        self.reply.as_ref().or_else(by_mock)
    }

    /// Since the engine began.
    pub(crate) fn at(&self) -> Duration {
        Duration::from_nanos(self.at)
    }

    /// As a connection, on which both sides speak from now on.
    pub(crate) fn with_pipe(mut self, pipe: Pipe) -> Self {
        self.extra.get_or_insert_default().pipe = Some(pipe);
        self
    }

    /// Of a connection: what is said on it.
    pub(crate) fn pipe(&self) -> Option<&Pipe> {
        self.extra.as_ref()?.pipe.as_ref()
    }

    /// With what is wrong with it.
    pub(crate) fn with_message(mut self, message: &str) -> Self {
        self.set_message(message);
        self
    }

    pub(crate) fn set_message(&mut self, message: &str) {
        message.clone_into(&mut self.extra.get_or_insert_default().message);
    }

    /// What user code said no to, and to which mock.
    pub(crate) fn verdicts(&self) -> &[(u64, Verdict)] {
        self.extra.as_ref().map_or(&[], |extra| &extra.verdicts)
    }

    /// What a closure panicked or failed with, or what is wrong with something malformed.
    pub(crate) fn message(&self) -> &str {
        self.extra.as_ref().map_or("", |extra| &extra.message)
    }

    /// What was said, where it became a conversation.
    pub(crate) fn talked(&self) -> Option<&Talked> {
        self.extra.as_ref()?.talked.as_deref()
    }

    pub(super) fn talked_mut(&mut self) -> Option<&mut Talked> {
        self.extra.as_mut()?.talked.as_deref_mut()
    }

    #[cfg(feature = "websocket")]
    pub(super) fn talks(&mut self) -> &mut Talked {
        let extra = self.extra.get_or_insert_default();
        extra.talked.get_or_insert_default()
    }

    /// Of its bodies, in bytes.
    pub(super) fn held(&self) -> usize {
        self.record.body().len() + self.talked().map_or(0, Talked::bytes)
    }

    /// Whether a test fails for it, or may once it ends.
    pub(super) fn is_owed(&self) -> bool {
        match self.settled {
            _ if self.is_under_way() => true,
            Settled::Panicked | Settled::Failed => !self.taken,
            _ => false,
        }
    }

    /// Whether it is still being answered, or its body is still to come.
    pub(super) fn is_under_way(&self) -> bool {
        self.settled == Settled::Pending || self.is_body_open
    }
}
