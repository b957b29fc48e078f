//! One element inserted into a list must read as one element, not as a change of every element after it.
//!
//! [`align`] decides which expected element answers to which received one: equal ones first, then those that look alike.

/// The longest run of elements that is aligned; longer ones are compared index by index.
const LONGEST: usize = 200;

/// How much a pair that agrees counts; one that only looks alike counts at most half.
const AGREES: usize = 1000;

/// One step through two lists: an index into the expected one, one into the received one, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The two elements answer to each other; they may differ.
    Pair(usize, usize),
    /// Expected, and nothing answers to it.
    Missing(usize),
    /// Received, and nothing was expected to be there.
    Extra(usize),
}

/// How like each other two elements are that do not agree: `of` things were looked at and `shared` of them are the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likeness {
    pub(super) shared: usize,
    pub(super) of: usize,
}

impl Likeness {
    /// Two elements that have nothing in common.
    pub(super) const NONE: Self = Self { shared: 0, of: 0 };

    /// Never zero: a changed element reads better than one that is missing and another that is extra.
    fn weight(self) -> usize {
        let span = AGREES / 2 - 2;
        (span * self.shared.min(self.of))
            .checked_div(self.of)
            .map_or(1, |weight| weight + 2)
    }
}

/// The steps through a list of `expected` elements and one of `received`, in order.
///
/// `agree` and `alike` are asked with an index into each.
pub(super) fn align(
    expected: usize,
    received: usize,
    agree: impl Fn(usize, usize) -> bool,
    alike: impl Fn(usize, usize) -> Likeness,
) -> Vec<Step> {
    let shorter = expected.min(received);
    let head = (0..shorter).take_while(|&n| agree(n, n)).count();
    let tail = (1..=shorter - head)
        .take_while(|&n| agree(expected - n, received - n))
        .count();

    let (rows, columns) = (expected - head - tail, received - head - tail);
    let middle = if rows <= LONGEST && columns <= LONGEST {
        best(rows, columns, |i, j| {
            let (i, j) = (i + head, j + head);
            if agree(i, j) {
                AGREES
            } else {
                alike(i, j).weight()
            }
        })
    } else {
        by_index(rows, columns)
    };

    let mut steps = by_index(head, head);
    steps.extend(middle.into_iter().map(|step| match step {
        Step::Pair(i, j) => Step::Pair(i + head, j + head),
        Step::Missing(i) => Step::Missing(i + head),
        Step::Extra(j) => Step::Extra(j + head),
    }));
    steps.extend(
        (1..=tail)
            .rev()
            .map(|n| Step::Pair(expected - n, received - n)),
    );
    steps
}

/// The steps that pair the elements at equal indices.
pub(super) fn by_index(expected: usize, received: usize) -> Vec<Step> {
    let both = expected.min(received);
    let pairs = (0..both).map(|n| Step::Pair(n, n));
    pairs
        .chain((both..expected).map(Step::Missing))
        .chain((both..received).map(Step::Extra))
        .collect()
}

/// The alignment with the highest sum of weights; among equal ones that which pairs earliest.
fn best(rows: usize, columns: usize, weight: impl Fn(usize, usize) -> usize) -> Vec<Step> {
    let width = columns + 1;
    let mut weights = vec![0; rows * columns];
    // sums[i, j] is the best that can be made of what follows i and j.
    let mut sums = vec![0; (rows + 1) * width];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let weight = weight(i, j);
            weights[i * columns + j] = weight;
            let pair = weight + sums[(i + 1) * width + j + 1];
            sums[i * width + j] = pair
                .max(sums[(i + 1) * width + j])
                .max(sums[i * width + j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut steps = Vec::with_capacity(rows.max(columns));
    while i < rows && j < columns {
        let sum = sums[i * width + j];
        if sum == weights[i * columns + j] + sums[(i + 1) * width + j + 1] {
            steps.push(Step::Pair(i, j));
            (i, j) = (i + 1, j + 1);
        } else if sum == sums[i * width + j + 1] {
            steps.push(Step::Extra(j));
            j += 1;
        } else {
            steps.push(Step::Missing(i));
            i += 1;
        }
    }
    steps.extend((i..rows).map(Step::Missing));
    steps.extend((j..columns).map(Step::Extra));
    steps
}

#[cfg(test)]
mod tests {
    use super::Step::{Extra, Missing, Pair};
    use super::*;

    fn steps(expected: &[u32], received: &[u32]) -> Vec<Step> {
        let alike = |i: usize, j: usize| Likeness {
            shared: usize::from(expected[i] / 10 == received[j] / 10),
            of: 1,
        };
        align(
            expected.len(),
            received.len(),
            |i, j| expected[i] == received[j],
            alike,
        )
    }

    #[test]
    fn finds_one_inserted_and_one_removed() {
        assert_eq!(
            steps(&[10, 20, 30], &[10, 90, 20, 30]),
            [Pair(0, 0), Extra(1), Pair(1, 2), Pair(2, 3)]
        );
        assert_eq!(
            steps(&[10, 20, 30], &[10, 30]),
            [Pair(0, 0), Missing(1), Pair(2, 1)]
        );
        assert_eq!(steps(&[], &[10]), [Extra(0)]);
        assert_eq!(steps(&[10], &[]), [Missing(0)]);
    }

    #[test]
    fn pairs_what_looks_alike() {
        assert_eq!(steps(&[21], &[10, 22]), [Extra(0), Pair(0, 1)]);
        assert_eq!(steps(&[11], &[92, 93]), [Pair(0, 0), Extra(1)]);
    }

    #[test]
    fn a_long_run_goes_by_index() {
        let (expected, received): (Vec<_>, Vec<_>) = ((0..300).collect(), (1000..1301).collect());
        let steps = steps(&expected, &received);
        assert_eq!(steps.len(), 301);
        assert_eq!(steps[300], Extra(300));
    }

    #[test]
    fn one_inserted_into_thousands() {
        let expected: Vec<u32> = (0..5000).collect();
        let mut received = expected.clone();
        received.insert(2500, 9999);
        let odd: Vec<_> = steps(&expected, &received)
            .into_iter()
            .filter(|step| !matches!(step, Pair(..)))
            .collect();
        assert_eq!(odd, [Extra(2500)]);
    }
}
