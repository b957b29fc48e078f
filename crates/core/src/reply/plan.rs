//! What a mock answers from use to use.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::conversation::{Conversation, Serve};
use crate::declare::DeclareError;
use crate::matching::Condition;
use crate::reply::into_answer::{Answer, Kind};
use crate::reply::into_reply::SequenceStep;
use crate::reply::reply::Reply;
use crate::request::Request;
use crate::request_body::RequestBody;

pub(crate) type SyncReply = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;
pub(crate) type AsyncReply =
    Arc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;
pub(crate) type StreamedReply =
    Arc<dyn Fn(Request, RequestBody) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// What a mock answers; made by everything that implements [`IntoReply`](crate::IntoReply).
#[derive(Clone)]
pub struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Whether it was declared as a sequence, which then decides the number of uses.
    pub(crate) sequence: bool,
    pub(crate) cycle: bool,
}

#[derive(Clone)]
pub(crate) enum Step {
    Fixed(Arc<Reply>),
    Chance {
        reply: Arc<Reply>,
        p: f64,
        otherwise: Box<Step>,
    },
    Closure(SyncReply),
    Async(AsyncReply),
    /// A connection, of a mock that answers those.
    Serve(Serve),
    /// It takes the body as that comes.
    Streamed(StreamedReply),
    PassThrough,
    Converse(Conversation, Arc<Reply>),
    Failed(Arc<str>),
    Declined,
    Invalid(DeclareError),
}

impl Step {
    pub(crate) fn fixed(answer: Answer) -> Self {
        Self::from_kind(answer.0)
    }

    fn from_kind(kind: Kind) -> Self {
        match kind {
            Kind::Reply(reply) => match reply.finish() {
                Ok(reply) => Self::Fixed(reply),
                Err(error) => Self::Invalid(error),
            },
            Kind::Chance {
                reply,
                p,
                otherwise,
            } => match reply.finish() {
                Ok(reply) => Self::Chance {
                    reply,
                    p,
                    otherwise: Box::new(Self::from_kind(*otherwise)),
                },
                Err(error) => Self::Invalid(error),
            },
            Kind::Declined => Self::Declined,
            Kind::Failed(message) => Self::Failed(message.into()),
            Kind::Invalid(error) => Self::Invalid(error),
        }
    }

    fn has(&self, such: &impl Fn(&Reply) -> bool) -> bool {
        match self {
            Self::Fixed(reply) => such(reply),
            Self::Chance {
                reply, otherwise, ..
            } => such(reply) || otherwise.has(such),
            _ => false,
        }
    }

    fn error(&self) -> Option<&DeclareError> {
        match self {
            Self::Invalid(error) => Some(error),
            Self::Chance { otherwise, .. } => otherwise.error(),
            _ => None,
        }
    }

    /// Whether it is a `None` that was written as a value, or has one behind its chance.
    pub(crate) fn may_come_to_declining(&self) -> bool {
        match self {
            Self::Declined => true,
            Self::Chance { otherwise, .. } => otherwise.may_come_to_declining(),
            _ => false,
        }
    }
}

impl Plan {
    /// That of a declaration which its terminal has not given one yet.
    pub(crate) fn none() -> Self {
        Self {
            steps: Vec::new(),
            sequence: false,
            cycle: false,
        }
    }

    pub(crate) fn one(step: Step) -> Self {
        Self {
            steps: vec![step],
            sequence: false,
            cycle: false,
        }
    }

    pub(crate) fn pass_through() -> Self {
        Self::one(Step::PassThrough)
    }

    #[track_caller]
    pub(crate) fn sequence(elements: impl IntoIterator<Item = SequenceStep>) -> Self {
        let steps: Vec<Step> = elements
            .into_iter()
            .flat_map(|element| element.0.steps)
            .collect();
        if steps.is_empty() {
            return Self::one(Step::Invalid(DeclareError::new(
                "an empty sequence answers nothing: give it a reply, or declare the mock with `times(0)`",
            )));
        }
        Self {
            steps,
            sequence: true,
            cycle: false,
        }
    }

    pub(crate) fn error(&self) -> Option<&DeclareError> {
        self.steps.iter().find_map(Step::error)
    }

    /// The step of the use with this number, counted from 1.
    pub(crate) fn step(&self, number: u64) -> &Step {
        &self.steps[self.place(number)]
    }

    fn place(&self, number: u64) -> usize {
        let at = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        if self.cycle {
            at % self.steps.len()
        } else {
            at.min(self.steps.len() - 1)
        }
    }

    /// Whether every step is a reply that is known already.
    pub(crate) fn is_fixed(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Fixed(reply) => !reply.is_drawn() && !reply.holds_closure(),
            _ => false,
        })
    }

    /// Whether one of its replies, as far as they are values, is such.
    pub(crate) fn has(&self, such: impl Fn(&Reply) -> bool) -> bool {
        self.steps.iter().any(|step| step.has(&such))
    }

    /// The reply of the use with this number, where it is a value; `draw` decides chances. Nothing of the user's runs.
    pub(crate) fn value(&self, number: u64, draw: impl FnOnce() -> f64) -> Option<Arc<Reply>> {
        let mut step = self.step(number);
        let drawn = matches!(step, Step::Chance { .. }).then(draw);
        loop {
            match (step, drawn) {
                (Step::Fixed(reply), _) => return Some(Arc::clone(reply)),
                (Step::Chance { reply, p, .. }, Some(drawn)) if drawn < *p => {
                    return Some(Arc::clone(reply));
                }
                (Step::Chance { otherwise, .. }, _) => step = otherwise,
                _ => return None,
            }
        }
    }

    /// Whether every step is a reply that can be sent at once and whole.
    pub(crate) fn is_plain(&self) -> bool {
        let plain = |step: &Step| matches!(step, Step::Fixed(reply) if reply.is_plain());
        self.steps.iter().all(plain)
    }

    /// The reply of the use with this number, where it is known already, and the step that it is.
    pub(crate) fn fixed(&self, number: u64) -> Option<(Arc<Reply>, u32)> {
        let step = u32::try_from(self.place(number)).ok()?;
        Some((Arc::clone(self.reply(step)?), step))
    }

    /// The reply of a step, where it is known already.
    pub(crate) fn reply(&self, step: u32) -> Option<&Arc<Reply>> {
        match self.steps.get(step as usize) {
            Some(Step::Fixed(reply)) => Some(reply),
            _ => None,
        }
    }

    /// The closure that may decline, and so is asked before the claim: one that stands alone.
    pub(crate) fn may_decline(&self) -> Option<&SyncReply> {
        match self.steps.as_slice() {
            [Step::Closure(closure)] => Some(closure),
            _ => None,
        }
    }

    /// Whether it is a conversation that begins with no other method.
    pub(crate) fn begins_with_get(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, Step::Converse(talk, _) if talk.begins_with_get()))
    }

    /// What a request has to ask for, so that a conversation can follow.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        let talks = self.steps.iter().find_map(|step| match step {
            Step::Converse(conversation, _) => Some(conversation),
            _ => None,
        });
        talks.map_or_else(Vec::new, Conversation::conditions)
    }

    /// Whether the use with this number takes the body as it comes.
    pub(crate) fn streams(&self, number: u64) -> bool {
        matches!(self.step(number), Step::Streamed(_))
    }

    /// Whether some use takes the body as it comes.
    pub(crate) fn may_stream(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, Step::Streamed(_)))
    }

    /// Whether it needs the whole request.
    pub(crate) fn needs_body(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, Step::Closure(_) | Step::Async(_)))
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.steps).finish()
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(reply) => match reply.as_fault() {
                Some(fault) => write!(f, "{fault:?}"),
                None => write!(f, "{} with {} bytes", reply.status(), reply.as_body().len()),
            },
            Self::Chance { p, otherwise, .. } => {
                write!(f, "a reply with p = {p}, else {otherwise:?}")
            }
            Self::Closure(_) => f.write_str("closure"),
            Self::Async(_) | Self::Streamed(_) => f.write_str("async closure"),
            Self::Serve(serve) => write!(f, "{serve:?}"),
            Self::PassThrough => f.write_str("pass through"),
            Self::Converse(conversation, _) => write!(f, "{conversation:?}"),
            Self::Failed(message) => write!(f, "error: {message}"),
            Self::Declined => f.write_str("declines"),
            Self::Invalid(error) => write!(f, "{error}"),
        }
    }
}

/// The draw of this place (counted from 1) within the use: what its delays are drawn from.
pub(crate) fn draw_within(seed: u64, mock: u64, number: u64, place: u64) -> f64 {
    draw(
        seed ^ place.wrapping_mul(0xd134_2543_de82_ef95),
        mock,
        number,
    )
}

/// A draw between 0 and 1 that depends on nothing but (seed, mock, use).
pub(crate) fn draw(seed: u64, mock: u64, number: u64) -> f64 {
    let mut mixed = seed ^ mock.rotate_left(32) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2 {
        mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
    }
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}
