//! A certificate is a tree of DER values; these are the few kinds that ours are made of.

/// Universal and constructed tags, by the names of X.680.
pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// A tag of the field `number`, explicit (or of a constructed kind).
pub(super) const fn field(number: u8) -> u8 {
    0xa0 | number
}

/// A tag of the field `number` in the place of the kind's own.
pub(super) const fn implicit(number: u8) -> u8 {
    0x80 | number
}

/// One value: its tag, its length, and its parts one after another.
pub(super) fn value<P: AsRef<[u8]>>(tag: u8, parts: &[P]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.as_ref().len()).sum();
    let bytes = length.to_be_bytes();
    let significant = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let mut out = vec![tag];
    if length >= 0x80 {
        out.push(0x80 | significant.len() as u8);
        out.extend(significant);
    } else {
        out.push(length as u8);
    }
    for part in parts {
        out.extend(part.as_ref());
    }
    out
}

/// A non-negative number, given as bytes.
pub(super) fn integer(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = &bytes[zeros.min(bytes.len().saturating_sub(1))..];
    // A set first bit would be a minus.
    let sign: &[u8] = match digits.first() {
        Some(0x80..) => &[0],
        _ => &[],
    };
    value(INTEGER, &[sign, digits])
}

/// Bits that fill whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0], bytes])
}

/// A moment, in seconds since 1970 (UTC), as certificates write it: with two digits of the year until 2049.
pub(super) fn time(seconds: i64) -> Vec<u8> {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let clock = format!(
        "{month:02}{day:02}{:02}{:02}{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    );
    if (1950..2050).contains(&year) {
        value(UTC_TIME, &[format!("{:02}{clock}", year % 100)])
    } else {
        value(GENERALIZED_TIME, &[format!("{year:04}{clock}")])
    }
}

/// The date of a day since 1970, counted in years that begin in March, so that a leap day is a year's last.
fn date(days: i64) -> (i64, i64, i64) {
    const OF_400_YEARS: i64 = 146_097;
    /// From the first of March of the year 0 to 1970.
    const BEFORE_1970: i64 = 719_468;
    let days = days + BEFORE_1970;
    let (era, day) = (days.div_euclid(OF_400_YEARS), days.rem_euclid(OF_400_YEARS));
    let year = (day - day / 1_460 + day / 36_524 - day / (OF_400_YEARS - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (month, carried) = match month {
        0..=9 => (month + 3, 0),
        _ => (month - 9, 1),
    };
    (era * 400 + year + carried, month, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        for (length, head) in [
            (0, vec![4, 0]),
            (127, vec![4, 127]),
            (128, vec![4, 0x81, 128]),
            (256, vec![4, 0x82, 1, 0]),
        ] {
            let written = value(OCTET_STRING, &[vec![7; length]]);
            assert_eq!(written[..head.len()], head);
            assert_eq!(written.len(), head.len() + length);
        }
    }

    #[test]
    fn numbers_are_never_negative() {
        assert_eq!(integer(&[0, 0, 5]), [2, 1, 5]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0]), [2, 1, 0]);
    }

    #[test]
    fn moments_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "700101000000Z"),
            (951_782_399, "000228235959Z"),
            (951_782_400, "000229000000Z"),
            (951_868_800, "000301000000Z"),
            (1_709_251_199, "240229235959Z"),
            (2_524_607_999, "491231235959Z"),
            (2_524_608_000, "20500101000000Z"),
            (4_107_542_400, "21000301000000Z"),
            (-1, "691231235959Z"),
        ] {
            let written = time(seconds);
            assert_eq!(String::from_utf8_lossy(&written[2..]), expected);
        }
    }
}
