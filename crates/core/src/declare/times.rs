//! How often a mock answers, and how often it must.

use std::fmt;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use crate::mistake::mistaken;

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
pub trait IntoTimes: Sized {
    /// The range.
    ///
    /// # Panics
    /// When no count lies in it: a negative number, an empty range.
    #[track_caller]
    fn into_times(self) -> Times;

    /// The twin of [`into_times`](Self::into_times) that returns the mistake.
    #[doc(hidden)]
    fn try_into_times(self) -> Result<Times, String> {
        Ok(self.into_times())
    }
}

impl IntoTimes for Times {
    fn into_times(self) -> Times {
        self
    }
}

macro_rules! times {
    ($kind:ty, $value:ident => $bounds:expr) => {
        impl IntoTimes for $kind {
            fn into_times(self) -> Times {
                match self.try_into_times() {
                    Ok(times) => times,
                    Err(error) => mistaken(error),
                }
            }

            fn try_into_times(self) -> Result<Times, String> {
                let $value = self;
                let written = format!("{:?}", $value);
                let (min, max) = $bounds;
                read(&written, min, max)
            }
        }
    };
    ($($kind:ty),*) => {$(
        times!($kind, n => (n as i128, Some(n as i128)));
        times!(Range<$kind>, r => (r.start as i128, Some(r.end as i128 - 1)));
        times!(RangeInclusive<$kind>, r => (*r.start() as i128, Some(*r.end() as i128)));
        times!(RangeFrom<$kind>, r => (r.start as i128, None));
        times!(RangeTo<$kind>, r => (0, Some(r.end as i128 - 1)));
        times!(RangeToInclusive<$kind>, r => (0, Some(r.end as i128)));
    )*};
}
times!(i32, u32, u64, usize);

impl IntoTimes for RangeFull {
    fn into_times(self) -> Times {
        Times { min: 0, max: None }
    }
}

/// The bounds of what was written, both of them counts that can be.
fn read(written: &str, min: i128, max: Option<i128>) -> Result<Times, String> {
    if min < 0 || max.is_some_and(|max| max < -1 || max == -1 && written.contains('-')) {
        return Err(format!(
            "`{written}` is below 0, and nothing happens less often than never: write `never()`, or `0`"
        ));
    }
    let count = |n: i128| u64::try_from(n).unwrap_or(u64::MAX);
    match max {
        Some(max) if max < min => Err(if max >= 0 && max + 1 == min && !written.contains('=') {
            format!(
                "the range `{written}` is empty, because its end is not part of it: write `{min}`, or `{min}..={min}`"
            )
        } else if max < 0 {
            format!(
                "the range `{written}` is empty, because its end is not part of it: write `never()`, or `0`"
            )
        } else {
            format!("the range `{written}` is empty: write the smaller number first")
        }),
        max => Ok(Times {
            min: count(min),
            max: max.map(count),
        }),
    }
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

    #[test]
    fn what_holds_no_count_is_refused_with_the_mend() {
        let mends = |wrong: Result<Times, String>, mend: &str| {
            let said = wrong.unwrap_err();
            assert!(said.contains(mend), "{said}");
        };
        mends((-1).try_into_times(), "`-1` is below 0");
        mends((-2..3).try_into_times(), "`-2..3` is below 0");
        mends((..-1).try_into_times(), "`..-1` is below 0");
        mends((..=-1).try_into_times(), "`..=-1` is below 0");
        mends((0..0).try_into_times(), "write `never()`");
        mends((..0_u64).try_into_times(), "write `never()`");
        mends((5..5).try_into_times(), "write `5`, or `5..=5`");
        #[expect(clippy::reversed_empty_ranges, reason = "that is the mistake")]
        {
            mends((5..2).try_into_times(), "smaller number first");
            mends((5..=4).try_into_times(), "smaller number first");
            mends((3..0).try_into_times(), "write");
        }
        assert_eq!((0..1).try_into_times(), Ok(0.into_times()));
    }
}
