//! How often a mock answers, and how often it must.

use std::fmt;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// How many uses a mock must have before verification is content, and how many it has at most.
///
/// Once by default, as in pook. The lower bound is what verification asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    pub(crate) min: u64,
    /// `None` is without end.
    pub(crate) max: Option<u64>,
}

impl Times {
    /// Once.
    pub const ONCE: Self = Self {
        min: 1,
        max: Some(1),
    };

    /// The least number of uses.
    pub fn min(self) -> u64 {
        self.min
    }

    /// The greatest number of uses; `None` is without end.
    pub fn max(self) -> Option<u64> {
        self.max
    }

    /// Whether `count` lies within.
    pub fn contains(self, count: u64) -> bool {
        count >= self.min && self.max.is_none_or(|max| count <= max)
    }
}

impl fmt::Display for Times {
    /// As reports say it: `1 call`, `at least 2 calls`, `1 to 3 calls`, `no call`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = |n: u64| if n == 1 { "call" } else { "calls" };
        match (self.min, self.max) {
            (0, Some(0)) => f.write_str("no call"),
            (0, None) => f.write_str("any number of calls"),
            (min, None) => write!(f, "at least {min} {}", calls(min)),
            (0, Some(max)) => write!(f, "at most {max} {}", calls(max)),
            (min, Some(max)) if min == max => write!(f, "{min} {}", calls(min)),
            (min, Some(max)) => write!(f, "{min} to {max} calls"),
        }
    }
}

/// A number or a range of numbers: `5`, `1..=3`, `2..`, `..4`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of times",
    label = "not a number of times",
    note = "expected a number such as `5` or a range such as `1..=3`, `2..`, `..=4`"
)]
pub trait IntoTimes {
    /// The range.
    fn into_times(self) -> Times;
}

impl IntoTimes for Times {
    fn into_times(self) -> Times {
        self
    }
}

macro_rules! times {
    ($($kind:ty),*) => {$(
        impl IntoTimes for $kind {
            fn into_times(self) -> Times {
                let n = count(self as i128);
                Times { min: n, max: Some(n) }
            }
        }
        impl IntoTimes for Range<$kind> {
            fn into_times(self) -> Times {
                Times { min: count(self.start as i128), max: Some(count(self.end as i128 - 1)) }
            }
        }
        impl IntoTimes for RangeInclusive<$kind> {
            fn into_times(self) -> Times {
                Times { min: count(*self.start() as i128), max: Some(count(*self.end() as i128)) }
            }
        }
        impl IntoTimes for RangeFrom<$kind> {
            fn into_times(self) -> Times {
                Times { min: count(self.start as i128), max: None }
            }
        }
        impl IntoTimes for RangeTo<$kind> {
            fn into_times(self) -> Times {
                Times { min: 0, max: Some(count(self.end as i128 - 1)) }
            }
        }
        impl IntoTimes for RangeToInclusive<$kind> {
            fn into_times(self) -> Times {
                Times { min: 0, max: Some(count(self.end as i128)) }
            }
        }
    )*};
}
times!(i32, u32, u64, usize);

impl IntoTimes for RangeFull {
    fn into_times(self) -> Times {
        Times { min: 0, max: None }
    }
}

/// Below none there is nothing: a negative number counts as 0, an empty range is found by the declaration's check.
fn count(n: i128) -> u64 {
    u64::try_from(n.max(0)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_they_are_written() {
        assert_eq!(
            5.into_times(),
            Times {
                min: 5,
                max: Some(5)
            }
        );
        assert_eq!(
            (1..=3).into_times(),
            Times {
                min: 1,
                max: Some(3)
            }
        );
        assert_eq!(
            (1..3).into_times(),
            Times {
                min: 1,
                max: Some(2)
            }
        );
        assert_eq!((2..).into_times(), Times { min: 2, max: None });
        assert_eq!(
            (..4).into_times(),
            Times {
                min: 0,
                max: Some(3)
            }
        );
        assert_eq!((..).into_times(), Times { min: 0, max: None });
    }

    #[test]
    fn reports_say_them_in_words() {
        let words = |times: Times| times.to_string();
        assert_eq!(words(1.into_times()), "1 call");
        assert_eq!(words(0.into_times()), "no call");
        assert_eq!(words((1..).into_times()), "at least 1 call");
        assert_eq!(words((2..=4).into_times()), "2 to 4 calls");
    }
}
