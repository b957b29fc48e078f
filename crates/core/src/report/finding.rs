//! What went wrong, as data: a test's failure must be readable by a person, a file and a program alike.
//!
//! A [`Finding`] holds everything that is known about one fault; [`Report::render`](super::Report::render) decides how much
//! of it is shown, and in which words.

use std::fmt;
use std::panic;
use std::time::Duration;

use serde_core::{Serialize, Serializer};

use super::RequestDump;
use crate::Miss;
use crate::data::{serialize_struct, serialize_variant};

/// A place in the source of a test.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Location {
    /// The file, as the compiler names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

serialize_struct!(Location { file, line, column });

impl From<&panic::Location<'_>> for Location {
    fn from(place: &panic::Location<'_>) -> Self {
        Self {
            file: place.file().to_owned(),
            line: place.line(),
            column: place.column(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A mock as a report speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockLine {
    /// What tells it from every other mock of its engine. Never shown.
    pub id: u64,
    /// The declaration as it was written: `mock::get("https://api.github.com/users/7")`.
    pub title: String,
    /// The name given by `.named(..)`.
    pub name: Option<String>,
    /// Where it was declared.
    pub location: Location,
}

serialize_struct!(MockLine {
    id,
    title,
    name,
    location
});

impl MockLine {
    pub(crate) fn new(id: u64, title: impl Into<String>, location: impl Into<Location>) -> Self {
        Self {
            id,
            title: title.into(),
            name: None,
            location: location.into(),
        }
    }

    pub(crate) fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// A request as far as one line tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestLine {
    /// The method.
    pub method: String,
    /// The whole URL.
    pub url: String,
}

serialize_struct!(RequestLine { method, url });

impl RequestLine {
    pub(crate) fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
        }
    }
}

/// A mock that did not answer a request, and why.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Near {
    /// The mock.
    pub mock: MockLine,
    /// Why it did not answer.
    pub why: NearWhy,
    /// Whether a closure of its declaration, which was not asked, might have said no.
    pub unasked: bool,
}

serialize_struct!(Near { mock, why, unasked });

impl Near {
    pub(crate) fn new(mock: MockLine, why: NearWhy) -> Self {
        Self {
            mock,
            why,
            unasked: false,
        }
    }

    pub(crate) fn unasked(self) -> Self {
        Self {
            unasked: true,
            ..self
        }
    }
}

/// Why a mock did not answer a request that came near it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum NearWhy {
    /// Some of its matchers said no. The most telling miss comes first.
    Mismatched(Vec<Miss>),
    /// It matches, and all its uses are spent.
    Spent {
        /// How many uses it had.
        uses: u64,
    },
    /// It matches, and was declared with `times(0)`.
    Never,
    /// One of its filters rejected the request.
    Filtered,
    /// It matches, and the closure that should reply returned `None`.
    Declined,
    /// It matches, and was removed before the request came.
    Removed,
}

impl Serialize for NearWhy {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Mismatched(misses) => {
                to.serialize_newtype_variant("NearWhy", 0, "mismatched", misses)
            }
            Self::Spent { uses } => serialize_variant!(to, "NearWhy", 1, "spent" { uses }),
            Self::Never => to.serialize_unit_variant("NearWhy", 2, "never"),
            Self::Filtered => to.serialize_unit_variant("NearWhy", 3, "filtered"),
            Self::Declined => to.serialize_unit_variant("NearWhy", 4, "declined"),
            Self::Removed => to.serialize_unit_variant("NearWhy", 5, "removed"),
        }
    }
}

impl fmt::Display for MockLine {
    /// The name or the title, and the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "`{name}` ({}) at {}", self.title, self.location),
            None => write!(f, "{} at {}", self.title, self.location),
        }
    }
}

/// A step of a script that was still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NextStep {
    /// What it is: `expect text "hi"`.
    pub step: String,
    /// Where it was declared.
    pub location: Location,
}

serialize_struct!(NextStep { step, location });

/// The unmatched request that came nearest to a mock, and what kept it away.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NearRequest {
    /// The request.
    pub request: RequestLine,
    /// What did not fit. The most telling miss comes first.
    pub misses: Vec<Miss>,
}

serialize_struct!(NearRequest { request, misses });

impl NearRequest {
    pub(crate) fn new(request: RequestLine, misses: Vec<Miss>) -> Self {
        Self { request, misses }
    }
}

/// One thing that went wrong.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Finding {
    /// A user's closure panicked.
    Panicked {
        /// The mock whose closure it was.
        mock: MockLine,
        /// The request that it was given.
        request: RequestLine,
        /// The panic's message.
        message: String,
        /// Where it panicked, where that is known.
        location: Option<Location>,
    },
    /// A closure returned an error, or a reply could not be made.
    Failed {
        /// The mock that should have replied.
        mock: MockLine,
        /// The request that it was given.
        request: RequestLine,
        /// What failed, with its causes.
        message: String,
    },
    /// The script of a conversation was not played to its end.
    Unplayed {
        /// The mock whose script it is.
        mock: MockLine,
        /// The request with which the conversation began.
        request: RequestLine,
        /// How many steps were played.
        played: usize,
        /// How many there are.
        steps: usize,
        /// The step that was still to come; none behind the last.
        next: Option<NextStep>,
        /// What the client said instead.
        miss: Option<Miss>,
        /// How it ended, where it did: `the client left`.
        how: Option<String>,
        /// The last messages, each as a line: `client: text "hi"`.
        said: Vec<String>,
        /// How many came before those.
        earlier: usize,
    },
    /// A client said something else on a connection than the mock's script or closure expects, or too little.
    Conversation {
        /// The mock of connections.
        mock: MockLine,
        /// Where the client connected to.
        to: String,
        /// Which step, what it expected and what was received.
        miss: Miss,
    },
    /// A builder was dropped before a terminal such as `.reply(..)` registered it.
    Unfinished {
        /// The builder.
        mock: MockLine,
    },
    /// What came on a connection was no HTTP request.
    Malformed {
        /// Where it came, as a URL.
        to: String,
        /// What is wrong with it.
        message: String,
        /// How it begins, with its control characters escaped; empty where that is not known.
        beginning: String,
        /// How many equal ones came.
        count: u64,
    },
    /// A request matched no mock.
    Unmatched {
        /// The request; the first of them where equal ones came.
        request: RequestDump,
        /// How many equal requests came.
        count: u64,
        /// From the first of them to the last.
        span: Duration,
        /// The mocks that came nearest, best first.
        nearest: Vec<Near>,
        /// How many mocks were registered when it came, spent ones included.
        mocks: usize,
        /// Why it was kept from the real network, as a sentence without a full stop, where that is worth saying.
        blocked: Option<String>,
    },
    /// A mock was called less often than it expects.
    Unmet {
        /// The mock.
        mock: MockLine,
        /// What it expects: `1 call`, `at least 1 call`, `2 to 4 calls`.
        expected: String,
        /// How often it was called.
        calls: u64,
        /// The unmatched request that came nearest.
        nearest: Option<NearRequest>,
    },
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Panicked {
                mock,
                request,
                message,
                location,
            } => {
                serialize_variant!(serializer, "Finding", 0, "panicked" { mock, request, message, location })
            }
            Self::Failed {
                mock,
                request,
                message,
            } => serialize_variant!(serializer, "Finding", 1, "failed" { mock, request, message }),
            Self::Conversation { mock, to, miss } => {
                serialize_variant!(serializer, "Finding", 2, "conversation" { mock, to, miss })
            }
            Self::Unplayed {
                mock,
                request,
                played,
                steps,
                next,
                miss,
                how,
                said,
                earlier,
            } => {
                serialize_variant!(serializer, "Finding", 7, "unplayed" { mock, request, played, steps, next, miss, how, said, earlier })
            }
            Self::Unfinished { mock } => {
                serialize_variant!(serializer, "Finding", 3, "unfinished" { mock })
            }
            Self::Malformed {
                to,
                message,
                beginning,
                count,
            } => {
                serialize_variant!(serializer, "Finding", 4, "malformed" { to, message, beginning, count })
            }
            Self::Unmatched {
                request,
                count,
                span,
                nearest,
                mocks,
                blocked,
            } => {
                serialize_variant!(serializer, "Finding", 5, "unmatched" { request, count, span, nearest, mocks, blocked })
            }
            Self::Unmet {
                mock,
                expected,
                calls,
                nearest,
            } => {
                serialize_variant!(serializer, "Finding", 6, "unmet" { mock, expected, calls, nearest })
            }
        }
    }
}

impl Finding {
    /// The order in which a report tells them: causes before what they cause.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Panicked { .. } => 0,
            Self::Failed { .. } => 1,
            Self::Conversation { .. } | Self::Unplayed { .. } => 2,
            Self::Unfinished { .. } => 3,
            Self::Malformed { .. } => 4,
            Self::Unmatched { .. } => 5,
            Self::Unmet { .. } => 6,
        }
    }
}
