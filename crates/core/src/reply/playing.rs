//! From what was declared to what is to be done: a reply as actions, in order.

use std::time::Duration;

use bytes::Bytes;

use crate::reply::action::Action;
use crate::reply::body::Body;
use crate::reply::delay::Delay;
use crate::reply::motion::{Motion, Pace, Pause};
use crate::reply::reply::Reply;

impl Reply {
    /// What has to be done, step by step, by whoever carries the reply out.
    pub fn actions(&self) -> impl Iterator<Item = Action> + use<> {
        let mut actions = Vec::new();
        let motion = self.motion.as_deref();
        let connect = self.connect_delays().filter_map(|(_, it)| it.fixed());
        actions.extend(connect.map(Action::WaitToConnect));
        actions.extend(self.before.iter().filter_map(Pause::action));
        if let Some(fault) = self.as_fault() {
            actions.push(Action::Fault(fault.clone()));
            return actions.into_iter();
        }
        let noise = motion.and_then(|motion| motion.noise.clone());
        actions.extend(noise.map(Action::Noise));
        actions.push(Action::Head(self.head()));
        let whole;
        let chunks: &[Bytes] = match &self.body {
            Body::Empty => &[],
            Body::Whole(bytes) => std::slice::from_ref(bytes),
            Body::Chunks(chunks) => chunks,
            Body::Live(live) => {
                actions.extend(motion.into_iter().flat_map(|motion| motion.before(0)));
                actions.push(Action::Live(live.clone()));
                actions.extend(motion.into_iter().flat_map(|motion| motion.before(1)));
                &[]
            }
        };
        let breaks = self.breaks();
        let chunks = match breaks {
            Some((bytes, _)) => {
                whole = cut(chunks, bytes);
                &whole
            }
            None => chunks,
        };
        match motion {
            _ if matches!(self.body, Body::Live(_)) => {}
            Some(motion) => motion.play(chunks, &mut actions),
            None => actions.extend(chunks.iter().cloned().map(Action::Chunk)),
        }
        match breaks {
            Some((_, fault)) => actions.push(Action::Fault(fault.clone())),
            None => {
                let trailers = self.trailers.as_deref().cloned();
                actions.extend(trailers.map(Action::Trailers));
            }
        }
        actions.into_iter()
    }
}

impl Pause {
    fn action(&self) -> Option<Action> {
        Some(match self {
            Self::For(delay) => Action::Wait(delay.fixed()?),
            Self::Until(gate) => Action::Hold(gate.clone()),
            Self::Informational(head) => Action::Informational(head.clone()),
        })
    }
}

impl Motion {
    fn before(&self, chunk: usize) -> impl Iterator<Item = Action> + '_ {
        self.pauses
            .get(&chunk)
            .into_iter()
            .flatten()
            .filter_map(Pause::action)
    }

    fn play(&self, chunks: &[Bytes], actions: &mut Vec<Action>) {
        let length: usize = chunks.iter().map(Bytes::len).sum();
        for (at, chunk) in chunks.iter().enumerate() {
            actions.extend(self.before(at));
            if at > 0 {
                actions.extend(self.gaps.as_ref().and_then(Delay::fixed).map(Action::Wait));
            }
            self.pace(chunk, length, actions);
        }
        actions.extend(self.before(chunks.len()));
    }

    fn pace(&self, chunk: &Bytes, length: usize, actions: &mut Vec<Action>) {
        let (size, rest) = match self.pace {
            None => return actions.push(Action::Chunk(chunk.clone())),
            Some(Pace::Dribble { pieces, total }) => {
                let pieces = pieces.clamp(1, length.max(1));
                let share = total / u32::try_from(pieces).unwrap_or(u32::MAX);
                (length.div_ceil(pieces), share)
            }
            Some(Pace::Bandwidth { bytes_per_second }) => {
                // Ten pieces a second are even enough, and few.
                let size = usize::try_from(bytes_per_second / 10)
                    .unwrap_or(usize::MAX)
                    .max(1);
                (
                    size,
                    Duration::from_secs_f64(size as f64 / bytes_per_second.max(1) as f64),
                )
            }
        };
        let mut left = chunk.clone();
        while !left.is_empty() {
            let piece = left.split_to(size.max(1).min(left.len()));
            let share = match self.pace {
                Some(Pace::Bandwidth { .. }) => rest.mul_f64(piece.len() as f64 / size as f64),
                _ => rest,
            };
            actions.push(Action::Wait(share));
            actions.push(Action::Chunk(piece));
        }
    }
}

/// The first so many bytes of these chunks.
fn cut(chunks: &[Bytes], bytes: usize) -> Vec<Bytes> {
    let mut left = bytes;
    let mut cut = Vec::new();
    for chunk in chunks {
        if left == 0 {
            break;
        }
        let taken = left.min(chunk.len());
        cut.push(chunk.slice(..taken));
        left -= taken;
    }
    cut
}
