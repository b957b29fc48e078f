//! Host names beyond ASCII travel as punycode; a declaration may spell them as people do.
//!
//! Only the encoder of RFC 3492, section 6.3, is needed: both sides are compared in their encoded form.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 0x80;

/// Labels of DNS end at 63 octets. Far beyond that there is nothing to encode for, and below it the sums cannot overflow.
const LONGEST: usize = 256;

/// The label in its `xn--` form; `None` when it is too long to be one. The label is in lower case already.
pub(crate) fn encode(label: &str) -> Option<String> {
    let chars: Vec<u32> = label.chars().map(u32::from).collect();
    if chars.len() > LONGEST {
        return None;
    }
    let mut out = String::from("xn--");
    out.extend(label.chars().filter(char::is_ascii));
    let basic = out.len() - "xn--".len();
    if basic > 0 {
        out.push('-');
    }
    let basic = basic as u32;
    let (mut n, mut delta, mut bias, mut handled) = (INITIAL_N, 0u32, INITIAL_BIAS, basic);
    while (handled as usize) < chars.len() {
        let next = chars.iter().copied().filter(|&c| c >= n).min()?;
        delta += (next - n) * (handled + 1);
        n = next;
        for &c in &chars {
            if c < n {
                delta += 1;
            } else if c == n {
                push_delta(&mut out, delta, bias);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta += 1;
        n += 1;
    }
    Some(out)
}

fn push_delta(out: &mut String, delta: u32, bias: u32) {
    let mut rest = delta;
    let mut k = BASE;
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < threshold {
            break;
        }
        out.push(digit(threshold + (rest - threshold) % (BASE - threshold)));
        rest = (rest - threshold) / (BASE - threshold);
        k += BASE;
    }
    out.push(digit(rest));
}

fn digit(value: u32) -> char {
    let value = value as u8;
    char::from(if value < 26 {
        b'a' + value
    } else {
        b'0' + (value - 26)
    })
}

fn adapt(delta: u32, handled: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / handled;
    let mut k = 0;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn encodes_the_samples_of_the_rfc_and_known_names() {
        let samples = [
            ("bücher", "xn--bcher-kva"),
            ("münchen", "xn--mnchen-3ya"),
            ("ü", "xn--tda"),
            ("例え", "xn--r8jz45g"),
            ("中国", "xn--fiqs8s"),
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            (
                "なぜみんな日本語を話してくれないのか",
                "xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa",
            ),
            (
                "почемужеонинеговорятпорусски",
                "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l",
            ),
            ("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"),
            ("☃", "xn--n3h"),
            ("gmŊq🌍ic📧Ņ", "xn--gmqic-67a5az6873g7qda"),
        ];
        for (label, expected) in samples {
            assert_eq!(encode(label).as_deref(), Some(expected), "{label}");
        }
    }

    #[test]
    fn a_label_that_no_dns_could_hold_is_left_alone() {
        assert_eq!(encode(&"ü".repeat(257)), None);
        assert!(encode(&"\u{10FFFF}".repeat(256)).is_some());
    }
}
