//! What happens around and within a reply: waits, gates, a pace, a break in the middle.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};

use crate::declare::DeclareError;
use crate::reply::action::Head;
use crate::reply::body::Body;
use crate::reply::delay::Delay;
use crate::reply::fault::{Chance, Fault, FaultStep, Transport};
use crate::reply::gate::Gate;
use crate::reply::header_text::HeaderText;
use crate::reply::reply::Reply;

/// What stands before a head or between two chunks.
#[derive(Debug, Clone)]
pub(super) enum Pause {
    For(Delay),
    Until(Gate),
    Informational(Head),
}

/// What few replies have.
#[derive(Debug, Clone, Default)]
pub(super) struct Motion {
    look_up: Option<Delay>,
    connect: Option<Delay>,
    /// Before the chunk of this number; of all, before the trailers.
    pub(super) pauses: BTreeMap<usize, Vec<Pause>>,
    pub(super) gaps: Option<Delay>,
    pub(super) pace: Option<Pace>,
    pub(super) breaks: Option<(usize, Fault)>,
    pub(super) noise: Option<Bytes>,
    early: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Pace {
    Dribble { pieces: usize, total: Duration },
    Bandwidth { bytes_per_second: u64 },
}

impl Reply {
    /// Waits before the head is sent, by the clock of whoever carries the reply out: a duration, a range of them, or any
    /// [`Delay`].
    #[track_caller]
    pub fn delay(mut self, delay: impl Into<Delay>) -> Self {
        let delay = self.valid(delay.into());
        self.before.push(Pause::For(delay));
        self
    }

    /// Waits before the head is sent until the test opens the gate.
    pub fn hold(mut self, gate: &Gate) -> Self {
        self.before.push(Pause::Until(gate.clone()));
        self
    }

    /// Waits while the client looks the name up, when this reply is the mock's next: a slow resolver, whose answer is right.
    ///
    /// Who connects to an address has none. An adapter that sees no look-up waits while the client connects, or before the head.
    /// A look-up that fails late is `Fault::NameTryAgain.delay(..)`.
    #[track_caller]
    pub fn lookup_delay(mut self, delay: impl Into<Delay>) -> Self {
        let delay = self.valid(delay.into());
        self.motion().look_up = Some(delay);
        self
    }

    /// Waits while the client connects, when this reply is the mock's next. A connection that a pool keeps has none; an adapter
    /// that sees no connecting waits before the head.
    #[track_caller]
    pub fn connect_delay(mut self, delay: impl Into<Delay>) -> Self {
        let delay = self.valid(delay.into());
        self.motion().connect = Some(delay);
        self
    }

    /// Waits between the head and the body.
    #[track_caller]
    pub fn body_delay(mut self, delay: impl Into<Delay>) -> Self {
        let delay = self.valid(delay.into());
        self.pauses(0).insert(0, Pause::For(delay));
        self
    }

    /// Adds a chunk to the body: `reply(200).chunk("one").gap(secs(1)).chunk("two")`.
    pub fn chunk(self, chunk: impl Into<Bytes>) -> Self {
        let mut chunks = match &self.body {
            Body::Chunks(chunks) => chunks.to_vec(),
            Body::Whole(bytes) => vec![bytes.clone()],
            Body::Empty | Body::Live(_) => Vec::new(),
        };
        chunks.push(chunk.into());
        self.chunks(chunks)
    }

    /// Waits behind the chunks so far.
    #[track_caller]
    pub fn gap(mut self, delay: impl Into<Delay>) -> Self {
        let delay = self.valid(delay.into());
        let at = self.chunks_so_far();
        self.pauses(at).push(Pause::For(delay));
        self
    }

    /// Waits behind the chunks so far until the test opens the gate.
    pub fn gate(mut self, gate: &Gate) -> Self {
        let at = self.chunks_so_far();
        self.pauses(at).push(Pause::Until(gate.clone()));
        self
    }

    /// Waits between every two chunks; each time as long as is drawn then.
    #[track_caller]
    pub fn gaps(mut self, delay: impl Into<Delay>) -> Self {
        let delay = self.valid(delay.into());
        self.motion().gaps = Some(delay);
        self
    }

    /// Sends the body in so many pieces, evenly over `total`.
    #[track_caller]
    pub fn dribble(mut self, pieces: usize, total: Duration) -> Self {
        if pieces == 0 {
            self.hold_error(DeclareError::new("a body cannot be sent in no pieces"));
        }
        self.motion().pace = Some(Pace::Dribble { pieces, total });
        self
    }

    /// Sends the body at this rate.
    #[track_caller]
    pub fn bandwidth(mut self, bytes_per_second: u64) -> Self {
        if bytes_per_second == 0 {
            self.hold_error(DeclareError::new(
                "at no bytes a second a body never comes: that is `.body_delay(..)` or `.hold(&gate)`",
            ));
        }
        self.motion().pace = Some(Pace::Bandwidth { bytes_per_second });
        self
    }

    /// Strikes with `fault` after so many bytes of the body. With [`Fault::Closed`] the body is shorter than its
    /// `content-length`; with [`Fault::BrokenChunk`] it is sent in chunks.
    ///
    /// ```
    /// # use standin_core::prelude::*;
    /// let cut_short = reply(200).body("hello world").breaks_after(5, Fault::Closed);
    /// ```
    #[track_caller]
    pub fn breaks_after(mut self, bytes: usize, fault: Fault) -> Self {
        let strikes_within = matches!(fault.step(), FaultStep::Request | FaultStep::Body)
            || matches!(fault, Fault::Garbage(_));
        if !strikes_within || fault == Fault::RefusedStream {
            self.hold_error(DeclareError::new(format!(
                "{fault} strikes before a body: give it alone, `.reply({fault})`"
            )));
        }
        self.motion().breaks = Some((bytes, fault));
        self
    }

    /// Sends these bytes before the head. In process there is no place for them, and verification says so.
    pub fn garbage_first(mut self, bytes: impl Into<Bytes>) -> Self {
        self.motion().noise = Some(bytes.into());
        self
    }

    /// Answers when the head of the request is there: its body is not read, unless a matcher needs it. The journal has none of
    /// it then.
    pub fn early(mut self) -> Self {
        self.motion().early = true;
        self
    }

    /// Sends an informational head (1xx) before the reply, where the transport has such: HTTP/1.1.
    ///
    /// hyper's server writes none over HTTP/2: a server of TLS agrees on HTTP/1.1 with a client that offers both, and else a note, which a
    /// test prints that fails, says that it was not sent. In process nobody would see it.
    #[track_caller]
    pub fn informational<N: AsRef<str>, V: HeaderText>(
        mut self,
        status: u16,
        headers: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut head = http::Response::new(());
        match StatusCode::from_u16(status) {
            Ok(status)
                if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS =>
            {
                *head.status_mut() = status;
            }
            _ => self.hold_error(DeclareError::new(format!(
                "{status} is not the status of an informational reply: those are 100 and 102 to 199"
            ))),
        }
        for (name, value) in headers {
            if let Some((name, value)) = self.checked(name.as_ref(), value) {
                head.headers_mut().append(name, value);
            }
        }
        self.before.push(Pause::Informational(Head(head)));
        self
    }

    /// Sends 103 with these `link` headers first; see [`informational`](Self::informational).
    #[track_caller]
    pub fn early_hints<V: HeaderText>(self, links: impl IntoIterator<Item = V>) -> Self {
        let links: Vec<_> = links.into_iter().map(|link| ("link", link)).collect();
        self.informational(103, links)
    }

    /// This reply with the probability `p` (0 to 1), drawn from the engine's seed; [`or`](Chance::or) says what happens else.
    pub fn chance(self, p: f64) -> Chance {
        Chance { reply: self, p }
    }

    /// The fault that strikes within the body, and after how many bytes of it.
    pub fn breaks(&self) -> Option<(usize, &Fault)> {
        let (bytes, fault) = self.motion.as_ref()?.breaks.as_ref()?;
        Some((*bytes, fault))
    }

    /// Why it cannot be carried out over this transport; `None` where it can.
    pub fn without_meaning(&self, over: Transport) -> Option<String> {
        let fault = self.as_fault().or(self.breaks().map(|(_, fault)| fault));
        let why = fault.and_then(|fault| Some((fault.to_string(), fault.without_meaning(over)?)));
        let (what, why) = why.or_else(|| {
            let has_noise = self.motion.as_ref()?.noise.is_some();
            (has_noise && over == Transport::InProcess).then(|| {
                let why = "in process no bytes are written";
                ("`garbage_first(..)`".to_owned(), why)
            })
        })?;
        Some(format!("{what} has no meaning here: {why}"))
    }

    /// Why it cannot be carried out where no TLS is spoken; `None` where it can.
    pub fn without_tls(&self) -> Option<String> {
        let fault = self.as_fault()?;
        (fault.step() == FaultStep::Tls)
            .then(|| format!("{fault} has no meaning here: over plain HTTP there is no handshake"))
    }

    /// Which of HTTP/1.1 and HTTP/2 alone can carry it out, or HTTP/2 where it says so. That it is of HTTP/1.1 says nothing: any
    /// `http::Response` is at first.
    pub(crate) fn wanted_version(&self) -> Option<Version> {
        let is_of = |over| self.without_meaning(over).is_none();
        // No server here can write those over HTTP/2.
        let has_informational =
            (self.before.iter()).any(|it| matches!(it, Pause::Informational(_)));
        match (is_of(Transport::Http1), is_of(Transport::Http2)) {
            (true, false) => Some(Version::HTTP_11),
            (true, true) if has_informational => Some(Version::HTTP_11),
            (false, true) => Some(Version::HTTP_2),
            _ => self.version.filter(|version| *version == Version::HTTP_2),
        }
    }

    /// Whether it is sent when the head of the request is there.
    pub fn is_early(&self) -> bool {
        self.as_fault()
            .is_some_and(|fault| fault.step() == FaultStep::Head)
            || self.motion.as_ref().is_some_and(|motion| motion.early)
    }

    /// Whether it has something to say to who connects.
    pub(crate) fn meets_connections(&self) -> bool {
        self.connect_delays().next().is_some()
            || self.as_fault().is_some_and(Fault::strikes_at_connect)
    }

    /// How long who connects has to wait, and at which step.
    pub(crate) fn connect_delays(&self) -> impl Iterator<Item = (FaultStep, &Delay)> {
        let motion = self.motion.iter();
        motion.flat_map(|motion| {
            let look_up = motion.look_up.iter().map(|it| (FaultStep::Resolve, it));
            look_up.chain(motion.connect.iter().map(|it| (FaultStep::Connect, it)))
        })
    }

    fn motion(&mut self) -> &mut Motion {
        self.motion.get_or_insert_default()
    }

    pub(super) fn pauses(&mut self, at: usize) -> &mut Vec<Pause> {
        self.motion().pauses.entry(at).or_default()
    }

    fn chunks_so_far(&self) -> usize {
        match &self.body {
            Body::Chunks(chunks) => chunks.len(),
            Body::Empty => 0,
            Body::Whole(_) | Body::Live(_) => 1,
        }
    }

    fn valid(&mut self, delay: Delay) -> Delay {
        if let Some(error) = delay.error() {
            self.hold_error(error.clone());
        }
        delay
    }

    fn delays(&self) -> impl Iterator<Item = &Delay> {
        let motion = self.motion.iter();
        let within = motion
            .clone()
            .flat_map(|motion| motion.pauses.values().flatten());
        let pauses = self
            .before
            .iter()
            .chain(within)
            .filter_map(|pause| match pause {
                Pause::For(delay) => Some(delay),
                Pause::Until(_) | Pause::Informational(_) => None,
            });
        let others = motion.flat_map(|motion| {
            let connecting = motion.look_up.iter().chain(&motion.connect);
            connecting.chain(&motion.gaps)
        });
        pauses.chain(others)
    }

    /// Whether a delay of it is known only at its use.
    pub(crate) fn is_drawn(&self) -> bool {
        self.delays().any(|delay| delay.fixed().is_none())
    }

    /// Whether a closure of the user's is in it.
    pub(crate) fn holds_closure(&self) -> bool {
        matches!(self.body, Body::Live(_)) || self.delays().any(Delay::holds_closure)
    }

    /// With the delays of one use. User code may run.
    pub(crate) fn drawn(&self, number: u64, mut draw: impl FnMut() -> f64) -> Self {
        let mut drawn = self.clone();
        let mut fix = |delay: &mut Delay| *delay = delay.drawn(number, &mut draw).into();
        let fix_all = |pauses: &mut Vec<Pause>, fix: &mut dyn FnMut(&mut Delay)| {
            for pause in pauses {
                if let Pause::For(delay) = pause {
                    fix(delay);
                }
            }
        };
        // What is waited for while connecting first: who connects draws it too.
        if let Some(motion) = &mut drawn.motion {
            motion.look_up.iter_mut().for_each(&mut fix);
            motion.connect.iter_mut().for_each(&mut fix);
        }
        fix_all(&mut drawn.before, &mut fix);
        if let Some(motion) = &mut drawn.motion {
            motion
                .pauses
                .values_mut()
                .for_each(|pauses| fix_all(pauses, &mut fix));
            if let (Some(gaps), Body::Chunks(chunks)) = (motion.gaps.take(), &drawn.body) {
                for at in 1..chunks.len() {
                    let mut gap = gaps.clone();
                    fix(&mut gap);
                    motion.pauses.entry(at).or_default().push(Pause::For(gap));
                }
            }
        }
        drawn
    }

    /// Why it cannot be sent like this.
    pub(super) fn check_motion(&self) -> Result<(), DeclareError> {
        let Some(motion) = &self.motion else {
            return Ok(());
        };
        if matches!(self.body, Body::Live(_))
            && (motion.pace.is_some() || motion.breaks.is_some() || motion.gaps.is_some())
        {
            return Err(DeclareError::new(
                "a live body has its own pace and its own faults: `gaps`, `dribble`, `bandwidth` and `breaks_after` are of bodies \
                 that are known",
            ));
        }
        if let Some((bytes, fault)) = &motion.breaks {
            let length = self.body.len();
            let is_sized = !matches!(self.body, Body::Chunks(_)) && *fault != Fault::BrokenChunk;
            if *bytes > length || (*bytes == length && is_sized) {
                return Err(DeclareError::new(format!(
                    "the body has {length} bytes and is over before {fault} strikes after {bytes}"
                )));
            }
        }
        Ok(())
    }

    /// Whether the body's length is not told beforehand.
    pub(super) fn is_unsized(&self) -> bool {
        matches!(self.body, Body::Chunks(_) | Body::Live(_))
            || self
                .breaks()
                .is_some_and(|(_, fault)| *fault == Fault::BrokenChunk)
    }
}

/// Trailers and a body that moves go out piece by piece.
pub(super) fn is_still(motion: Option<&Motion>, trailers: Option<&HeaderMap>, body: &Body) -> bool {
    motion.is_none() && trailers.is_none() && !matches!(body, Body::Chunks(_) | Body::Live(_))
}
