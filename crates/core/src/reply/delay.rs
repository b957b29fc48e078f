//! How long something takes: always the same, or drawn, so that a test meets the times that a network has.

use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;
use std::time::Duration;

use crate::declare::DeclareError;

/// A length of time: a [`Duration`], a range of them (uniform), [`log_normal`](Self::log_normal) or
/// [computed](Self::computed).
///
/// What is drawn depends on nothing but the engine's seed, the mock and the use, so `STANDIN_SEED` repeats it.
///
/// ```
/// # use standin_core::prelude::*;
/// # use standin_core::Delay;
/// let jitter = reply(200).delay(millis(20)..=millis(80));
/// let realistic = reply(200).delay(Delay::log_normal(millis(90), 0.4));
/// let backoff = reply(503).delay(Delay::computed(|use_number| secs(1 << use_number)));
/// ```
#[derive(Clone)]
pub struct Delay(Kind);

#[derive(Clone)]
enum Kind {
    Fixed(Duration),
    Uniform(Duration, Duration),
    LogNormal { median: Duration, sigma: f64 },
    Computed(Arc<dyn Fn(u64) -> Duration + Send + Sync>),
    Invalid(DeclareError),
}

impl Delay {
    /// Log-normal, as the latencies of servers are: half of them below `median`; `sigma` (0.4 is usual) spreads them.
    #[track_caller]
    pub fn log_normal(median: Duration, sigma: f64) -> Self {
        if sigma.is_finite() && sigma >= 0.0 {
            Self(Kind::LogNormal { median, sigma })
        } else {
            Self(Kind::Invalid(DeclareError::new(format!(
                "the spread of a log-normal delay is a number from 0, and {sigma} is not"
            ))))
        }
    }

    /// What the closure says of the use, counted from 1. It is asked when the mock is claimed, outside any lock.
    pub fn computed(of: impl Fn(u64) -> Duration + Send + Sync + 'static) -> Self {
        Self(Kind::Computed(Arc::new(of)))
    }

    /// Its length, where nothing has to be drawn or asked for it.
    pub(crate) fn fixed(&self) -> Option<Duration> {
        match &self.0 {
            Kind::Fixed(duration) => Some(*duration),
            _ => None,
        }
    }

    pub(crate) fn holds_closure(&self) -> bool {
        matches!(self.0, Kind::Computed(_))
    }

    pub(crate) fn error(&self) -> Option<&DeclareError> {
        match &self.0 {
            Kind::Invalid(error) => Some(error),
            _ => None,
        }
    }

    /// Its length at one use. User code may run.
    pub(crate) fn drawn(&self, number: u64, draw: &mut dyn FnMut() -> f64) -> Duration {
        match &self.0 {
            Kind::Fixed(duration) => *duration,
            Kind::Uniform(from, to) => *from + (*to - *from).mul_f64(draw()),
            Kind::LogNormal { median, sigma } => {
                // Box and Muller; the logarithm never sees 0.
                let (radius, angle) = (1.0 - draw(), draw());
                let normal = (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos();
                Duration::try_from_secs_f64(median.as_secs_f64() * (sigma * normal).exp())
                    .unwrap_or(Duration::MAX)
            }
            Kind::Computed(of) => of(number),
            Kind::Invalid(_) => Duration::ZERO,
        }
    }
}

impl From<Duration> for Delay {
    fn from(duration: Duration) -> Self {
        Self(Kind::Fixed(duration))
    }
}

impl From<RangeInclusive<Duration>> for Delay {
    #[track_caller]
    fn from(range: RangeInclusive<Duration>) -> Self {
        let (from, to) = range.into_inner();
        if from <= to {
            Self(Kind::Uniform(from, to))
        } else {
            Self(Kind::Invalid(DeclareError::new(format!(
                "a delay from {from:?} to {to:?} has its ends the wrong way round"
            ))))
        }
    }
}

impl From<Range<Duration>> for Delay {
    #[track_caller]
    fn from(range: Range<Duration>) -> Self {
        Self::from(range.start..=range.end)
    }
}

impl fmt::Debug for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Fixed(duration) => write!(f, "{duration:?}"),
            Kind::Uniform(from, to) => write!(f, "{from:?}..={to:?}"),
            Kind::LogNormal { median, sigma } => write!(f, "log-normal({median:?}, {sigma})"),
            Kind::Computed(_) => f.write_str("computed"),
            Kind::Invalid(error) => write!(f, "{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> impl FnMut() -> f64 {
        let mut nth = 0;
        move || {
            nth += 1;
            crate::reply::plan::draw(7, 1, nth)
        }
    }

    #[test]
    fn a_range_is_kept_to_and_filled() {
        let delay = Delay::from(Duration::from_millis(20)..=Duration::from_millis(80));
        let mut draw = stream();
        let drawn: Vec<_> = (0..1000).map(|_| delay.drawn(1, &mut draw)).collect();
        assert!(drawn.iter().all(|d| (20..=80).contains(&d.as_millis())));
        assert!(
            drawn.iter().any(|d| d.as_millis() < 25) && drawn.iter().any(|d| d.as_millis() > 75)
        );
    }

    #[test]
    fn half_of_a_log_normal_lies_below_its_median() {
        let delay = Delay::log_normal(Duration::from_millis(90), 0.4);
        let mut draw = stream();
        let drawn: Vec<_> = (0..4000)
            .map(|_| delay.drawn(1, &mut draw).as_millis())
            .collect();
        let below = drawn.iter().filter(|d| **d < 90).count();
        assert!((1800..2200).contains(&below), "{below}");
        // 95 % lie within two sigma: 90 ms * e^(+-0.8).
        let near = drawn.iter().filter(|d| (40..=201).contains(*d)).count();
        assert!((3700..3900).contains(&near), "{near}");
    }
}
