//! One element inserted into an array must read as one element, not as a change of every element after it.
//!
//! [`align`] decides which expected element answers to which received one: equal ones first, then those that look alike.

use serde_json::Value;

use super::{Mode, agree, equal};

/// The longest run of elements that is aligned; longer ones are compared index by index.
const LONGEST: usize = 200;

/// How much an agreeing pair counts; a pair that only looks alike counts at most half.
const AGREES: u32 = 1000;

/// One step through two arrays: an index into the expected one, one into the received one, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The two elements answer to each other; they may differ.
    Pair(usize, usize),
    /// Expected, and nothing answers to it.
    Missing(usize),
    /// Received, and nothing was expected to be there.
    Extra(usize),
}

/// The steps through both arrays, in order.
pub(super) fn align(mode: Mode, expected: &[Value], received: &[Value]) -> Vec<Step> {
    if mode == Mode::Equal && expected.len() == received.len() {
        return (0..expected.len()).map(|n| Step::Pair(n, n)).collect();
    }
    let shorter = expected.len().min(received.len());
    let head = (0..shorter)
        .take_while(|&n| agree(mode, &expected[n], &received[n]))
        .count();
    let from_end = |n: usize| {
        agree(
            mode,
            &expected[expected.len() - 1 - n],
            &received[received.len() - 1 - n],
        )
    };
    let tail = (0..shorter - head).take_while(|&n| from_end(n)).count();

    let middle_expected = &expected[head..expected.len() - tail];
    let middle_received = &received[head..received.len() - tail];
    let middle = if middle_expected.len() <= LONGEST && middle_received.len() <= LONGEST {
        best(mode, middle_expected, middle_received)
    } else {
        by_index(middle_expected.len(), middle_received.len())
    };

    let mut steps: Vec<Step> = (0..head).map(|n| Step::Pair(n, n)).collect();
    steps.extend(middle.into_iter().map(|step| match step {
        Step::Pair(i, j) => Step::Pair(i + head, j + head),
        Step::Missing(i) => Step::Missing(i + head),
        Step::Extra(j) => Step::Extra(j + head),
    }));
    steps.extend(
        (1..=tail)
            .rev()
            .map(|n| Step::Pair(expected.len() - n, received.len() - n)),
    );
    steps
}

fn by_index(expected: usize, received: usize) -> Vec<Step> {
    let both = expected.min(received);
    let pairs = (0..both).map(|n| Step::Pair(n, n));
    pairs
        .chain((both..expected).map(Step::Missing))
        .chain((both..received).map(Step::Extra))
        .collect()
}

/// The alignment with the highest sum of likeness; among equal ones that which pairs earliest.
fn best(mode: Mode, expected: &[Value], received: &[Value]) -> Vec<Step> {
    let (rows, columns) = (expected.len(), received.len());
    let width = columns + 1;
    let mut likeness = vec![0; rows * columns];
    // sums[i, j] is the best that can be made of what follows i and j.
    let mut sums = vec![0; (rows + 1) * width];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let alike = alike(mode, &expected[i], &received[j]);
            likeness[i * columns + j] = alike;
            let pair = alike + sums[(i + 1) * width + j + 1];
            sums[i * width + j] = pair
                .max(sums[(i + 1) * width + j])
                .max(sums[i * width + j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut steps = Vec::with_capacity(rows.max(columns));
    while i < rows && j < columns {
        let sum = sums[i * width + j];
        if sum == likeness[i * columns + j] + sums[(i + 1) * width + j + 1] {
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

/// Never zero: a changed element reads better than one that is missing and another that is extra.
fn alike(mode: Mode, expected: &Value, received: &Value) -> u32 {
    if agree(mode, expected, received) {
        return AGREES;
    }
    match (expected, received) {
        (Value::Object(a), Value::Object(b)) => {
            let shared = a
                .iter()
                .filter(|(key, value)| b.get(*key).is_some_and(|other| equal(value, other)))
                .count();
            // At most half of AGREES, so the narrowing cannot fail.
            2 + u32::try_from(498 * shared / a.len().max(1)).unwrap_or(0)
        }
        (Value::Array(_), Value::Array(_)) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Step::{Extra, Missing, Pair};
    use super::*;

    fn steps(mode: Mode, expected: Value, received: Value) -> Vec<Step> {
        align(
            mode,
            expected.as_array().unwrap(),
            received.as_array().unwrap(),
        )
    }

    #[test]
    fn finds_one_inserted_and_one_removed() {
        assert_eq!(
            steps(Mode::Equal, json!([1, 2, 3]), json!([1, 9, 2, 3])),
            [Pair(0, 0), Extra(1), Pair(1, 2), Pair(2, 3)]
        );
        assert_eq!(
            steps(Mode::Equal, json!([1, 2, 3]), json!([1, 3])),
            [Pair(0, 0), Missing(1), Pair(2, 1)]
        );
    }

    #[test]
    fn pairs_what_looks_alike() {
        let (a, b) = (
            json!([{"sku": "B", "n": 2}]),
            json!([{"sku": "A", "n": 1}, {"sku": "B", "n": 3}]),
        );
        assert_eq!(steps(Mode::Includes, a, b), [Extra(0), Pair(0, 1)]);
    }

    #[test]
    fn a_long_run_goes_by_index() {
        let a: Vec<_> = (0..300).map(|n| json!(n)).collect();
        let b: Vec<_> = (1000..1301).map(|n| json!(n)).collect();
        let steps = align(Mode::Equal, &a, &b);
        assert_eq!(steps.len(), 301);
        assert_eq!(steps[300], Extra(300));
    }

    #[test]
    fn one_inserted_into_thousands() {
        let a: Vec<_> = (0..5000).map(|n| json!(n)).collect();
        let mut b = a.clone();
        b.insert(2500, json!("new"));
        let odd: Vec<_> = align(Mode::Equal, &a, &b)
            .into_iter()
            .filter(|step| !matches!(step, Pair(..)))
            .collect();
        assert_eq!(odd, [Extra(2500)]);
    }
}
